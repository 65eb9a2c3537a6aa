"""What `delivery` goes by: the way to a channel, the errand to a chat, and the bell that wakes it.

Nothing here knows a letter. Time is asked of what is passed in.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.limits import Pace
from bot.ports import Channel, Clock, Sleep, Ticks
from storage.unit import Store

Forget = Callable[[str], Awaitable[object]]  # has a channel forget a peer
#: Messages in flight on one channel.
IN_FLIGHT = 64
#: A chat that fails waits 1, 2, 4, ... seconds, and never longer than this.
LONGEST_WAIT = 300.0
#: Failures after which a chat is woken when another's letter goes; before, it does not wait long.
SOME = 3
#: A chat to which nothing has gone for so many seconds, though it was tried, is a trouble.
STUCK_SECONDS = 3_600.0


@dataclass(kw_only=True, slots=True)
class Way:
    """A channel, and how much of it may be used at once."""

    channel: Channel
    pace: Pace
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def to(cls, channel: Channel) -> "Way":
        """Return the way to a channel, as fast as it says."""
        return cls(channel=channel, pace=Pace(channel.rate))

    @asynccontextmanager
    async def turn(self, tag: bytes, ticks: Ticks, sleep: Sleep) -> AsyncIterator[None]:
        """Wait until a chat may be sent one message: its own pace first, then the queue of all."""
        while seconds := self.pace.own(tag, ticks()):
            await sleep(seconds)
        async with self.slots:
            async with self.gate:
                while seconds := self.pace.wait(tag, ticks()):
                    await sleep(seconds)
            yield


@dataclass(kw_only=True, slots=True)
class Bell:
    """Wakes whoever rests."""

    rung: bool = False
    _asleep: asyncio.Future[object] | None = field(default=None, init=False, repr=False)

    def ring(self) -> None:
        """Wake who rests, or keep from resting who is about to."""
        self.rung = True
        if self._asleep is not None:
            self._asleep.cancel()

    async def rest(self, seconds: float, sleep: Sleep) -> None:
        """Rest for some seconds, or until it rings."""
        if self.rung:
            return
        self._asleep = asleep = asyncio.ensure_future(sleep(seconds))
        try:
            await asyncio.wait({asleep})
        finally:
            asleep.cancel()
            self._asleep = None


@dataclass(kw_only=True, slots=True)
class Errand:
    """What is known while letters are brought to one chat."""

    tag: bytes
    patient: bool = True  # waits for its turn
    channel: str = ""
    bell: Bell = field(default_factory=Bell)
    again: bool = False  # letters may have come since the last look
    home: bool = False  # the line ends: nothing new is sent
    more: bool = False  # there were more than were looked at
    hand: set[bytes] = field(default_factory=set)  # keys of the letters that it carries
    failures: int = 0
    failing_since: float | None = None  # ticks
    went: int = 0  # what had gone on its channel when it failed the last time
    done: int = 0

    def failed(self) -> float:
        """Count a failure; return the seconds to wait after it."""
        self.failures += 1
        return min(2.0 ** min(self.failures - 1, 10), LONGEST_WAIT)


@dataclass(slots=True)
class Stuck:
    """Notes the channels on which nothing goes to some chat any more, and sees when they are back.

    That noting fails says nothing new: the store is as unwell as the letter. After an outage the
    first letter that goes wakes the chats that wait for the channel, but not those that failed
    while others' letters went: what they wait for is something else.
    """

    store: Store
    clock: Clock
    _tags: dict[str, set[bytes]] = field(default_factory=dict, init=False, repr=False)
    _went: Counter[str] = field(default_factory=Counter, init=False, repr=False)
    _waiting: dict[str, dict[bytes, Bell]] = field(default_factory=dict, init=False, repr=False)

    async def begin(self, channels: Iterable[str]) -> None:
        """Settle what an earlier run has noted: what lasts is noted again."""
        for channel in channels:
            with suppress(Exception):
                await self.store.settle(_code(channel))

    async def failed(self, errand: Errand, now: float) -> None:
        """Count an attempt that sent nothing, at `now` (ticks)."""
        if errand.failing_since is None:
            errand.failing_since = now
        waiting, went = self._waiting.setdefault(errand.channel, {}), self._went[errand.channel]
        waiting.pop(errand.tag, None)
        if errand.channel and went == errand.went and errand.failures >= SOME:
            waiting[errand.tag] = errand.bell
        errand.went = went
        tags = self._tags.setdefault(errand.channel, set())
        stuck = now - errand.failing_since >= STUCK_SECONDS
        if errand.channel and stuck and errand.tag not in tags:
            with suppress(Exception):
                await self.store.trouble(_code(errand.channel), self.clock().date())
                tags.add(errand.tag)

    async def went(self, errand: Errand) -> None:
        """Count a letter that went; the last chat that was stuck settles the trouble."""
        errand.failing_since = None
        self._went[errand.channel] += 1
        for bell in self._waiting.pop(errand.channel, {}).values():
            bell.ring()
        tags = self._tags.get(errand.channel, set())
        if errand.tag in tags:
            tags.discard(errand.tag)
            if not tags:
                await self.store.settle(_code(errand.channel))


def _code(channel: str) -> str:
    return f"{channel}-stuck"
