"""How much one chat may send: a bucket that fills with time, in memory, under the chat's tag.

The same answer for everyone, so that it says nothing; nothing about it is kept.
"""

from collections import OrderedDict
from dataclasses import dataclass

#: One event a second, and a burst of thirty (facts: 60 events a minute for each conversation).
RATE = 1.0
BURST = 30.0
#: Chats remembered at once; the ones silent for longest are forgotten, with a full bucket.
MOST_CHATS = 100_000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Limits:
    """Buckets by chat."""

    def __init__(self, *, rate: float = RATE, burst: float = BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def allow(self, tag: bytes, now: float) -> bool:
        """Say whether the chat may send one more event at `now` (seconds)."""
        bucket = self._buckets.pop(tag, None) or _Bucket(self._burst, now)
        bucket.level = min(self._burst, bucket.level + max(0.0, now - bucket.at) * self._rate)
        bucket.at = max(bucket.at, now)
        self._buckets[tag] = bucket
        if len(self._buckets) > MOST_CHATS:
            self._buckets.popitem(last=False)
        if bucket.level < 1.0:
            return False
        bucket.level -= 1.0
        return True
