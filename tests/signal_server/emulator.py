"""The emulator: one world, what people do in it, what goes wrong, and who waits for what.

`answer` answers the bot; everything else is the test's side, and is reached over HTTP by the same
names (`CONTROLS`).
"""

import asyncio
import json
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from tests.signal_server import envelopes
from tests.signal_server.faults import DONE_ANYWAY, FOREVER, WRONG, Answer, Fault, Wrong, refusal
from tests.signal_server.oddities import Oddities
from tests.signal_server.refusals import PLAIN, Refused, Unplayable
from tests.signal_server.request import Request
from tests.signal_server.routes import NAMES, RECEIVE, Known
from tests.signal_server.seeing import Seeing, Seen, after, seen
from tests.signal_server.sending import account, send
from tests.signal_server.steering import Steering
from tests.signal_server.telling import Telling
from tests.signal_server.world import EARS, JSON_RPC, NEWS, QUEUE, TAKEN, Call, Letter, Who, World

T = TypeVar("T")
_UPGRADE = (
    "websocket: the client is not using the websocket protocol: "
    "'upgrade' token not found in 'Connection' header"
)


class Emulator(Oddities, Seeing, Steering):
    """The bridge, as one bot and a test see it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.world.rung = self._ring
        self.telling = Telling(world)
        self.url = ""  # the bridge
        self.control = ""  # where it is steered
        self.closing = asyncio.Event()
        self._bells: dict[Hashable, asyncio.Event] = {}
        self._lock = asyncio.Lock()  # of the account, in the modes that run signal-cli for a call
        self._answered = 0  # messages of the bot that habits were applied to

    @property
    def number(self) -> str:
        """The account."""
        return self.world.number

    # --- the bot's side ---------------------------------------------------------------------

    async def answer(self, known: Known, request: Request) -> Answer:
        """Answer one call of the bot, as it should be or as it was told to go wrong."""
        world = self.world
        people = [person for each in request.recipients() if (person := world.addressed(each))]
        persons = tuple(person.uuid for person in people)
        fault = world.faults.take(known.name, persons)
        if known.cli and not self.telling.daemon:
            answer = Answer(0, delay=FOREVER, closes=True)
        elif fault is not None and not fault.done:
            answer = fault.shape(None, world.number)
        else:
            answer = await self._work(known, request, fault)
            if fault is not None and not fault.reason:
                answer = fault.shape(answer, world.number)
        status = 0 if answer.closes else answer.status
        call = Call(known.name, request.method, request.path, persons, world.now(), status)
        world.calls.append(call)
        if answer.delay:
            await self._linger(answer.delay)
        return answer

    async def _work(self, known: Known, request: Request, fault: Fault | None) -> Answer:
        if not known.cli:
            return self._try(known, request, fault)
        if self.pause:
            await self._linger(self.pause)
        if self.world.mode == JSON_RPC:
            answer = await self._receive(request) if known.name == RECEIVE else None
            answer = answer or self._try(known, request, fault)
            await self.telling.poster.passed()
            return answer
        async with self._lock:
            if known.name == RECEIVE:
                return await self._receive(request)
            return self._try(known, request, fault)

    def _try(self, known: Known, request: Request, fault: Fault | None) -> Answer:
        try:
            if fault is not None and fault.reason and known.name == "send":
                return send(self.world, request, fault.reason)
            return known.work(self.world, request)
        except Refused as refused:
            return refusal(refused)
        finally:
            self._habits()

    async def knock(self, path: str) -> Answer:
        """Answer a websocket that wants to hear: 101 is welcome."""
        fault = self.world.faults.take(RECEIVE, ())
        status = 101 if self.world.mode == JSON_RPC else 200
        answer = Answer(status) if fault is None else fault.shape(None, self.number)
        seen_as = 0 if answer.closes else answer.status
        self.world.calls.append(Call(RECEIVE, "GET", path, (), self.world.now(), seen_as))
        if answer.delay:
            await self._linger(answer.delay)
        return answer

    async def _receive(self, request: Request) -> Answer:
        """Take what waits at Signal, after waiting for something to come."""
        if self.world.mode == JSON_RPC:
            body = json.dumps({"error": _UPGRADE}).encode()
            return Answer(400, b"Bad Request\n" + body, PLAIN)
        try:
            seconds, most = request.whole("timeout", 1), request.whole("max_messages", 0)
            files = not request.chosen("ignore_attachments")
            stories = not request.chosen("ignore_stories")
            account(self.world, request.number)
        except Refused as refused:
            return refusal(refused)
        await self._something(seconds)
        if not self.telling.up:  # signal-cli ended with the bridge: what waits still waits
            return Answer(0, delay=FOREVER, closes=True)
        found = self.telling.receive(most, files=files, stories=stories)
        return Answer(200, json.dumps(found, ensure_ascii=False).encode(), PLAIN)

    async def _something(self, seconds: float) -> None:
        """Wait until something waits at Signal, but not for ever."""
        self.telling.polls += 1
        self._ring(EARS)
        try:
            async with asyncio.timeout(seconds):
                while not self.telling.waiting and not self.closing.is_set():
                    await self._rung(QUEUE)
        except TimeoutError:
            return
        finally:
            self.telling.polls -= 1
            self._ring(EARS)

    def _habits(self) -> None:
        """Let apps answer what has come to them with receipts."""
        fresh = self.world.sent[self._answered :]
        self._answered = len(self.world.sent)
        for item in fresh:
            person = self.world.people.get(item.place)
            if not item.shown or person is None:
                continue
            for kind in self.kinds:
                stamp = self.world.stamp()
                told = envelopes.receipt(kind, stamp, [item.timestamp])
                wire = envelopes.envelope(person, stamp, receiptMessage=told)
                self.telling.tell(
                    Letter(timestamp=stamp, person=person, envelope=wire, account=self.number)
                )

    async def _linger(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    # --- waiting ----------------------------------------------------------------------------

    async def wait(
        self,
        person: Who | None = None,
        *,
        after: int = 0,
        change: int | None = None,
        count: int = 1,
        group: str = "",
        timeout: float = 30.0,  # noqa: ASYNC109 - part of what is waited for
    ) -> Seen:
        """Wait for what the bot says in a chat: see the package's docstring.

        Raises:
            TimeoutError: it did not.
        """
        place = self._place(person, group)

        def ready() -> Seen | None:
            if change is not None and place.change <= change:
                return None
            found = after_(self.world, place, after)
            return found if change is not None or len(found["messages"]) >= count else None

        return await self._until(("chat", place.place), ready, timeout)

    async def news(self, change: int = 0, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait for anything the bot does in any chat, after `change`."""

        def ready() -> Seen | None:
            found = self.world.news[change:]
            told = [
                {"what": what, "person": place, **({} if item is None else seen(item))}
                for what, place, item in found
            ]
            return {"change": change + len(found), "news": told} if found else None

        return await self._until(NEWS, ready, timeout)

    async def settled(self, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait until nothing is under way to the bot."""
        ready = lambda: self.queue() if self.telling.quiet else None  # noqa: E731
        return await self._until(TAKEN, ready, timeout)

    async def connected(self, *, count: int = 1, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait until so many websockets hear, or polls wait."""

        def ready() -> Seen | None:
            return self.queue() if len(self.telling.ears) + self.telling.polls >= count else None

        return await self._until(EARS, ready, timeout)

    async def disconnected(self, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait until nobody hears."""
        ready = lambda: None if self.telling.ears or self.telling.polls else self.queue()  # noqa: E731
        return await self._until(EARS, ready, timeout)

    async def _until(self, key: Hashable, ready: Callable[[], T | None], timeout: float) -> T:  # noqa: ASYNC109 - as above
        async with asyncio.timeout(timeout):
            while (found := ready()) is None:
                await self._rung(key)
                if self.closing.is_set():
                    raise TimeoutError
        return found

    async def _rung(self, key: Hashable) -> None:
        await self._bells.setdefault(key, asyncio.Event()).wait()

    def _ring(self, key: Hashable) -> None:
        if bell := self._bells.pop(key, None):
            bell.set()

    # --- faults, and the end ----------------------------------------------------------------

    def fail(
        self,
        name: str,
        answer: Wrong,
        *,
        times: int = 1,
        person: Who | None = None,
        seconds: float = 0.0,
        done: bool | None = None,
        text: str = "",
        tokens: Sequence[str] = ("tok-1",),
    ) -> None:
        """Let the next calls of a name go wrong."""
        if name not in {*NAMES, "*"} or not (isinstance(answer, int) or answer in WRONG):
            raise Unplayable(f"no such call or answer: {name} {answer}")
        uuid = None if person is None else self.world.person(person).uuid
        work = answer in DONE_ANYWAY if done is None else done
        fault = Fault(name, answer, times, uuid, seconds, work, text, list(tokens))
        fault.done = work or bool(fault.reason)
        self.world.faults.waiting.append(fault)

    def do(self, actions: Sequence[dict[str, Any]]) -> list[Any]:
        """Do many things in one go."""
        done = []
        for action in actions:
            fields = dict(action)
            name = fields.pop("do", "")
            if name not in CONTROLS - WAITS - {"do"}:
                raise Unplayable(f"nothing to do: {name!r}")
            done.append(getattr(self, name)(**fields))
        return done

    async def close(self) -> None:
        """Let go of everybody who waits."""
        self.closing.set()
        for key in list(self._bells):
            self._ring(key)
        await self.telling.poster.stop()


after_ = after
WAITS = frozenset({"wait", "news", "settled", "connected", "disconnected", "down", "up", "restart"})
CONTROLS = WAITS | {
    *("meet", "say", "send", "long", "edit", "remote_delete", "react", "receipt", "typing"),
    *("story", "sync", "call", "poll", "vote", "sticker", "contact", "payment", "blank", "timer"),
    *("identity_changed", "raw", "block", "unblock", "deactivate", "habits", "flood", "do"),
    *("chat", "sent", "calls", "counters", "posts", "queue", "contacts", "profile", "folders"),
    *("identities", "fail", "heal", "lose", "bursts", "stall", "cut", "daemon", "redeliver"),
    *("delay", "clock", "trust", "registered", "webhook"),
}
