"""From Signal to the bot: what waits at Signal, what signal-cli takes, and whom it is told.

json-rpc: signal-cli takes each message at once and pushes it to every websocket that is ready, and
to the webhook; nobody keeps it. Else messages wait at Signal until a receive takes them for ever.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.signal_server.posting import Poster
from tests.signal_server.world import EARS, JSON_RPC, QUEUE, TAKEN, Letter, Wire, World


@dataclass(eq=False)
class Ear:
    """A websocket that hears; deaf for `gap` seconds after each frame."""

    number: str
    transport: asyncio.Transport
    frames: deque[str] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    deaf_until: float = 0.0
    writing: bool = False
    code: int = 0  # with which it is to be closed

    def offer(self, frame: str, gap: float) -> bool:
        """Take a frame, unless still busy with the one before."""
        now = asyncio.get_running_loop().time()
        if gap and (self.frames or self.writing or now < self.deaf_until):
            return False
        self.deaf_until = now + gap
        self.frames.append(frame)
        self.ready.set()
        return True


class Telling:
    """Tells the bot what people do, and knows what it was told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.waiting: deque[Letter] = deque()
        self.taken: dict[int, Letter] = {}
        self.ears: list[Ear] = []
        self.polls = 0  # that wait for something
        self.gap = 0.0
        self.lost_next = [0, 0]  # skip, then lose
        self.up = True
        self.daemon = True
        self.stalled = False
        self.held = False  # signal-cli is slow: it takes nothing before a websocket hears
        self.connections = 0
        self.poster = Poster(lambda: world.rung(TAKEN))

    @property
    def pushing(self) -> bool:
        """Whether signal-cli takes messages by itself now."""
        running = self.up and self.daemon and not self.held
        return self._world.mode == JSON_RPC and running and self._world.registered

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way to the bot."""
        busy = any(ear.frames or ear.writing for ear in self.ears)
        return not (self.waiting or busy or self.poster.busy)

    # --- arriving ---------------------------------------------------------------------------

    def tell(self, letter: Letter) -> str:
        """Let a message arrive; return what became of it."""
        self._world.counted["incoming"] += 1
        if not self.pushing:
            self.waiting.append(letter)
            self._world.rung(QUEUE)
            return "queued"
        return self._push(letter)

    def burst(self) -> None:
        """Push everything that has waited at Signal."""
        while self.waiting and self.pushing:
            self._push(self.waiting.popleft())
        self._world.rung(TAKEN)

    def _push(self, letter: Letter) -> str:
        params = self.take(letter)
        told = self._offer(params)
        self._world.counted["told" if told else "lost"] += 1
        self._world.rung(TAKEN)
        return "untrusted" if "exception" in params and letter.exception is None else _FATES[told]

    def _offer(self, params: Wire) -> bool:
        if self.lost_next[0]:
            self.lost_next[0] -= 1
        elif self.lost_next[1]:
            self.lost_next[1] -= 1
            return False
        frame = json.dumps(params, ensure_ascii=False)
        mine = [ear for ear in self.ears if ear.number == params["account"]]
        heard = [ear.offer(frame, self.gap) for ear in mine]
        posted = bool(self.poster.url)
        if posted:
            self.poster.put({"jsonrpc": "2.0", "method": "receive", "params": params})
        return posted or any(heard)

    def take(self, letter: Letter, *, files: bool = True) -> Wire:
        """Let signal-cli take a message: it learns keys and people, and fetches attachments."""
        self.taken[letter.timestamp] = letter
        params: Wire = {"envelope": letter.envelope, "account": letter.account}
        person = letter.person
        if letter.exception is not None:
            return {"exception": letter.exception, **params}
        if person is None:
            return params
        if not self._world.trusts(person):
            bare = {k: v for k, v in letter.envelope.items() if not k.endswith("Message")}
            why = {
                "message": f"Untrusted identity: {person.uuid}",
                "type": "UntrustedIdentityException",
            }
            return {"exception": why, **params, "envelope": bare}
        self._world.remember(person, _timer(letter.envelope))
        for name, content in letter.files if files else ():
            self._world.disk.keep(name, content)
        return params

    # --- the poll of the other modes --------------------------------------------------------

    def receive(self, most: int, *, files: bool, stories: bool) -> list[Wire]:
        """Take what waits at Signal, for ever."""
        found: list[Wire] = []
        while self.waiting and (not most or len(found) < most):
            letter = self.waiting.popleft()
            if stories or "storyMessage" not in json.dumps(letter.envelope):
                found.append(self.take(letter, files=files))
        self._world.counted["told"] += len(found)
        if found:
            self._world.rung(TAKEN)
        return found

    # --- websockets -------------------------------------------------------------------------

    def join(self, number: str, transport: asyncio.Transport) -> Ear:
        """Let a websocket hear; unknown numbers are accepted as silently as known ones."""
        ear = Ear(number, transport)
        self.ears.append(ear)
        self.connections += 1
        self._world.rung(EARS)
        if self.held:
            self.held = False
            self.burst()
        return ear

    def leave(self, ear: Ear) -> None:
        """Let go of a websocket that has gone."""
        self.ears.remove(ear)
        self._world.rung(EARS)
        self._world.rung(TAKEN)

    async def next(self, ear: Ear) -> str | None:
        """Wait for the next frame; None: the websocket is to be closed."""
        while not ear.code:
            if ear.frames and not self.stalled:
                ear.writing = True
                return ear.frames.popleft()
            ear.ready.clear()
            await ear.ready.wait()
        return None

    def written(self, ear: Ear) -> None:
        """Note that a frame has gone out."""
        ear.writing = False
        self._world.rung(TAKEN)

    def cut(self, code: int) -> int:
        """Close every websocket; 1006: without a word."""
        ears = list(self.ears)
        for ear in ears:
            if code == 1006:
                ear.transport.abort()
            else:
                ear.code = code
                ear.ready.set()
        return len(ears)

    def stall(self, *, on: bool) -> None:
        """Let websockets stay open and say nothing."""
        self.stalled = on
        for ear in self.ears:
            if on:
                ear.transport.pause_reading()
            else:
                ear.transport.resume_reading()
                ear.ready.set()


_FATES = {True: "told", False: "lost"}


def _timer(envelope: Any) -> int | None:  # noqa: ANN401 - JSON
    """Return the timer that a message carries, or None when it carries none."""
    if not isinstance(envelope, dict) or not isinstance(envelope.get("dataMessage"), dict):
        return None
    told = envelope["dataMessage"]
    in_group = "groupInfo" in told or "reaction" in told or "remoteDelete" in told
    return None if in_group else told.get("expiresInSeconds")
