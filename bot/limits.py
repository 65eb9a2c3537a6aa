"""How fast: what a channel may send, what one chat may send us, how often somebody may guess. Pure.

Rules of this file: time is passed in, in seconds of any clock, and nothing is ever slept. A bucket
is one number, the time at which it is full again; who is idle is forgotten, so a million chats
cost nothing. Keys are opaque: the tag of a chat.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum

from bot.ports import Rate

#: Seconds that are no wait: less than any clock here can tell apart.
GRAIN = 1e-6
#: Entries that are kept before it is worth looking for idle ones.
FEW = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A token bucket: `most` at once after a silence, then one in `every` seconds (0: no limit).

    Its state is the time at which it is full again.
    """

    most: int
    every: float

    @classmethod
    def of(cls, rate: float, burst: int) -> "Bucket":
        """Return the bucket of so many a second; 0 is without limit."""
        return cls(most=max(burst, 1), every=1 / rate if rate else 0.0)

    def missing(self, full: float, now: float) -> float:
        """Return in how many seconds it is full; a clock that was set back fills it at once."""
        seconds = full - now
        return seconds if 0 < seconds <= (self.most + 1) * self.every else 0.0

    def wait(self, full: float, now: float) -> float:
        """Return the seconds until one may be taken."""
        seconds = self.missing(full, now) - (self.most - 1) * self.every
        return seconds if seconds > GRAIN else 0.0

    def taken(self, full: float, now: float) -> float:
        """Return the state once one is taken."""
        return now + self.missing(full, now) + self.every


class Pace:
    """How much a channel may send: overall, and to each chat."""

    def __init__(self, rate: Rate) -> None:
        """Begin with full buckets."""
        self._overall = Bucket.of(rate.overall, rate.burst)
        self._chat = Bucket.of(rate.chat, rate.burst)
        self._overall_full = float("-inf")
        self._full: dict[bytes, float] = {}
        self._delayed: dict[bytes, float] = {}
        self._crowd = FEW

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._full.keys() | self._delayed.keys())

    def own(self, key: bytes, now: float) -> float:
        """Return the seconds that a chat waits for its own pace and delay; nothing is taken."""
        wait = self._chat.wait(self._full.get(key, now), now)
        delay = self._delayed.get(key, now) - now
        return max(wait, delay if delay > GRAIN else 0.0)

    def wait(self, key: bytes, now: float) -> float:
        """Return the seconds until this chat may be sent one message; 0.0: now, and it is taken."""
        wait = max(self.own(key, now), self._overall.wait(self._overall_full, now))
        if wait:
            return wait
        if self._overall.every:
            self._overall_full = self._overall.taken(self._overall_full, now)
        if self._chat.every:
            self._full[key] = self._chat.taken(self._full.get(key, now), now)
        self._delayed.pop(key, None)
        self._forget(now)
        return 0.0

    def delay(self, key: bytes, until: float) -> None:
        """Let this chat, and nobody else, wait until then."""
        self._delayed[key] = max(until, self._delayed.get(key, until))

    def _forget(self, now: float) -> None:
        """Forget who is idle, whenever twice as many are remembered as were busy the last time."""
        if len(self._full) + len(self._delayed) < self._crowd:
            return
        self._full = {key: full for key, full in self._full.items() if full > now}
        self._delayed = {key: until for key, until in self._delayed.items() if until > now}
        self._crowd = max(FEW, 2 * (len(self._full) + len(self._delayed)))


@dataclass(slots=True)
class _Spell:
    full: float
    told: bool = False


@dataclass(kw_only=True, slots=True)
class Flood:
    """How much one chat may send us: `most` events at once, and as many as one in `every_seconds`.

    A spell begins with the first event that is too many, and is over when half of `most` would be
    taken again. Until then none is, as the person was told: of what they go on to write, some would
    be kept and some not, and they could not tell which.

    Each event counts at the time at which it was sent: what was written over hours while the line
    was down comes at once, and is no flood.

    At most `chats` are remembered; the one that was quiet the longest is forgotten.
    """

    class Answer(Enum):
        """Whether an event is taken; FIRST_NO once in a spell, so that the person is told once."""

        YES = "yes"
        FIRST_NO = "first-no"
        NO = "no"

    most: int = 40
    every_seconds: float = 2.0
    chats: int = 100_000
    _spells: dict[bytes, _Spell] = field(default_factory=dict, init=False, repr=False)
    _crowd: int = field(default=FEW, init=False, repr=False)

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._spells)

    def take(self, key: bytes, now: float) -> Answer:
        """Take an event of a chat, or not."""
        bucket = Bucket(most=self.most, every=self.every_seconds)
        spell = self._spells.pop(key, None) or _Spell(now)
        self._spells[key] = spell  # the last in the order: it was quiet the shortest
        self._forget(now)
        if not self._lasts(bucket, spell, now):
            spell.told = False
        if spell.told:
            return Flood.Answer.NO
        if not bucket.wait(spell.full, now):
            spell.full = bucket.taken(spell.full, now)
            return Flood.Answer.YES
        spell.told = True
        return Flood.Answer.FIRST_NO

    def refuses(self, key: bytes, now: float) -> bool:
        """Tell whether an event of a chat would be a NO; it is one then, and changes nothing."""
        spell = self._spells.get(key)
        if spell is None or not spell.told:
            return False
        return self._lasts(Bucket(most=self.most, every=self.every_seconds), spell, now)

    def _lasts(self, bucket: Bucket, spell: _Spell, now: float) -> bool:
        """Tell whether a spell, once begun, is not over; half of `most` may be less than one."""
        half = self.most * self.every_seconds / 2
        return bucket.missing(spell.full, now) > half or bucket.wait(spell.full, now) > 0

    def untell(self, key: bytes) -> None:
        """Take back that a chat was told: it could not be, and is told by the next event."""
        if spell := self._spells.get(key):
            spell.told = False

    def forgive(self, key: bytes) -> None:
        """Take back the last event of a chat: it had come before."""
        if spell := self._spells.get(key):
            spell.full -= self.every_seconds

    def _forget(self, now: float) -> None:
        """Forget who is idle, now and then; and the quietest when there are too many."""
        if len(self._spells) >= self._crowd:
            self._spells = {key: one for key, one in self._spells.items() if one.full >= now}
            self._crowd = max(FEW, 2 * len(self._spells))
        while len(self._spells) > self.chats:
            del self._spells[next(iter(self._spells))]


@dataclass(kw_only=True, slots=True)
class Tries:
    """How often something may be tried within `seconds`: by one chat, and by all together.

    Half of what all have is for chats that have not tried yet; a few that try often leave it alone.
    """

    each: int
    all: int
    seconds: float
    _times: deque[tuple[float, bytes]] = field(default_factory=deque, init=False, repr=False)
    _counts: Counter[bytes] = field(default_factory=Counter, init=False, repr=False)

    def take(self, key: bytes, now: float) -> int:
        """Take a try of a chat; return which of its tries it is, 0 when it is none.

        A clock that was set back frees everybody.
        """
        while self._times and not 0 <= now - self._times[0][0] < self.seconds:
            _, gone = self._times.popleft()
            self._counts[gone] -= 1
            if not self._counts[gone]:
                del self._counts[gone]
        tried = self._counts[key]
        if tried >= self.each or len(self._times) >= (self.all // 2 if tried else self.all):
            return 0
        self._times.append((now, key))
        self._counts[key] += 1
        return tried + 1
