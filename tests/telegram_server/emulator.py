"""The emulator: one world, what people do in it, what goes wrong, and who waits for what.

`call` answers the bot; everything else is the test's side, and is reached over HTTP by the same
names (`CONTROLS`).
"""

import asyncio
import json
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from tests.telegram_server.arguments import Arguments
from tests.telegram_server.faults import DOWNLOAD, Answer, Fault, Wrong
from tests.telegram_server.methods import LIMITED, METHODS, NAMES, POLL
from tests.telegram_server.receiving import Polls
from tests.telegram_server.refusals import NOT_FOUND, Refused, Unplayable, too_many
from tests.telegram_server.seeing import Seeing, Seen, after, seen
from tests.telegram_server.standing import Standing
from tests.telegram_server.webhook import Poster
from tests.telegram_server.world import NEWS, POLLS, QUEUE, TAKEN, TOKEN, Call, World

T = TypeVar("T")
_DONE_ANYWAY = frozenset({"hang", "close", "garbage"})
_OF_DOWNLOADS = frozenset({"hang", "close", "slow", "short", "long"})


class Emulator(Standing, Seeing):
    """Telegram, as one bot and a test see it."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        now: Callable[[], float] = time.time,
        world: World | None = None,
    ) -> None:
        self.world = world or World(token, now)
        self.world.rung = self._ring
        self.url = ""  # where it is served
        self.closing = asyncio.Event()
        self._bells: dict[Hashable, asyncio.Event] = {}
        self._polls = Polls(self.world, lambda: self._rung(QUEUE))
        self._pauses = (0.05, 1.0)
        self._poster: Poster | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    # --- the bot's side ---------------------------------------------------------------------

    async def call(self, name: str, given: Arguments) -> Answer:
        """Answer one call of the bot, as it should be or as it was told to go wrong."""
        method = NAMES.get(name.lower())
        if method is None:
            return _answer(404, NOT_FOUND)
        fault = self.world.faults.take(method, given.chat)
        answer = await self._work(method, given) if fault is None or fault.done else None
        if fault is not None:
            answer = fault.shape(answer)
        assert answer is not None
        status = 0 if answer.closes else answer.status
        self.world.calls.append(Call(method, given.chat, self.world.now(), status))
        if answer.delay:
            await self._linger(answer.delay)
        return answer

    async def _work(self, method: str, given: Arguments) -> Answer:
        try:
            if method in LIMITED and (wait := self._limit(given)):
                raise too_many(wait)
            if method == POLL:
                result: Any = await self._polls.get_updates(given)
            else:
                result = METHODS[method](self.world, given)
        except Refused as refused:
            return _answer(refused.code, refused.wire)
        self._follow_webhook()
        return _answer(200, {"ok": True, "result": result})

    def _limit(self, given: Arguments) -> int:
        return self.world.limits.refusal(given.chat, self.world.now())

    async def _linger(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    # --- waiting ----------------------------------------------------------------------------

    async def wait(
        self,
        chat: int,
        *,
        after: int = 0,
        change: int | None = None,
        count: int = 1,
        timeout: float = 30.0,  # noqa: ASYNC109 - part of what is waited for
    ) -> Seen:
        """Wait for what the bot says in a chat: see the package's docstring.

        Raises:
            TimeoutError: it did not.
        """

        def ready() -> Seen | None:
            place = self.world.chats.get(chat)
            if place is None or (change is not None and place.change <= change):
                return None
            found = after_(place, after)
            return found if change is not None or len(found["messages"]) >= count else None

        return await self._until(chat, ready, timeout)

    async def news(self, change: int = 0, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait for anything the bot does to its messages, in any chat, after `change`."""

        def ready() -> Seen | None:
            found = self.world.news[change:]
            told = [{"what": what, "chat": m.chat, **seen(m)} for what, m in found]
            return {"change": change + len(found), "news": told} if found else None

        return await self._until(NEWS, ready, timeout)

    async def settled(self, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait until the bot has acknowledged every update."""
        ready = lambda: None if self.world.updates.pending else self.queue()  # noqa: E731
        return await self._until(TAKEN, ready, timeout)

    async def polled(self, *, timeout: float = 30.0) -> Seen:  # noqa: ASYNC109 - as above
        """Wait until the bot has taken everything and waits for more."""
        ready = lambda: self.queue() if self._polls.waiting else None  # noqa: E731
        return await self._until(POLLS, ready, timeout)

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
        if key == QUEUE and self._poster is not None and self._poster.current:
            self._poster.load()

    # --- rules and faults -------------------------------------------------------------------

    def limits(self, *, chat: float = 0.0, overall: float = 0.0, burst: int = 1) -> None:
        """Set how many messages a second are taken; 0 is without limit."""
        self.world.limits.set(chat=chat, overall=overall, burst=burst)

    def fail(
        self,
        method: str,
        answer: Wrong,
        *,
        times: int = 1,
        chat: int | None = None,
        seconds: float = 0.0,
        retry_after: int = 1,
        done: bool | None = None,
    ) -> None:
        """Let the next calls of a method go wrong."""
        name = method if method in {"*", DOWNLOAD} else NAMES.get(method.lower())
        known = _OF_DOWNLOADS if method == DOWNLOAD else _DONE_ANYWAY
        if name is None or not (isinstance(answer, int) or answer in known):
            raise Unplayable(f"no such method or answer: {method} {answer}")
        work = answer in _DONE_ANYWAY if done is None else done
        fault = Fault(name, answer, times, chat, seconds, retry_after, work)
        self.world.faults.waiting.append(fault)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.world.faults.waiting.clear()

    def redeliver(self, *, acknowledged: bool = False) -> int:
        """Tell again what is unacknowledged, or everything ever told; return how much."""
        told = self.world.updates.repeat(acknowledged=acknowledged)
        self._ring(QUEUE)
        return len(told)

    def clock(self, *, advance: float = 0.0, at: float | None = None) -> float:
        """Move the time of messages and limits; return it."""
        if at is not None:
            self.world.shift = at - self.world.base()
        self.world.shift += advance
        self._ring(QUEUE)
        return self.world.now()

    def backoff(self, *, seconds: float, most: float) -> None:
        """Set how soon a webhook is tried again, from the next setWebhook on."""
        self._pauses = (seconds, most)

    def do(self, actions: Sequence[dict[str, Any]]) -> list[Any]:
        """Do many things that need no waiting."""
        done = []
        for action in actions:
            fields = dict(action)
            name = fields.pop("do")
            if name not in CONTROLS - WAITS:
                raise Unplayable(f"nothing to do: {name!r}")
            done.append(getattr(self, name)(**fields))
        return done

    # --- the webhook, and the end -----------------------------------------------------------

    def _follow_webhook(self) -> None:
        """Post to where the bot last said, and stop posting elsewhere."""
        if self._poster is not None and not self._poster.current:
            stopping = asyncio.create_task(self._poster.stop())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)
            self._poster = None
        if self._poster is None and self.world.webhook.url:
            self._poster = Poster(self.world, self._obey, *self._pauses)
            self._poster.load()

    async def _obey(self, name: str, values: dict[str, Any]) -> None:
        await self.call(name, Arguments(values))

    def start(self) -> None:
        """Go on posting where a kept world was."""
        self._follow_webhook()

    async def close(self) -> None:
        """Let go of everybody who waits."""
        self.closing.set()
        self._polls.closing = True
        for key in list(self._bells):
            self._ring(key)
        if self._poster is not None:
            await self._poster.stop()
        await asyncio.gather(*self._stopping)


after_ = after
WAITS = frozenset({"wait", "news", "settled", "polled"})
CONTROLS = WAITS | {
    *(
        "meet",
        "say",
        "send",
        "album",
        "press",
        "edit",
        "remove",
        "lose",
        "business",
        "flood",
        "raw",
    ),
    *("block", "unblock", "deactivate", "add", "kick", "upgrade"),
    *("chat", "sent", "calls", "counters", "query", "queue", "profile", "webhook"),
    *("limits", "fail", "heal", "redeliver", "clock", "backoff", "do"),
}


def _answer(status: int, wire: Any) -> Answer:  # noqa: ANN401 - JSON
    return Answer(status, json.dumps(wire, ensure_ascii=False).encode("utf-8", "surrogatepass"))
