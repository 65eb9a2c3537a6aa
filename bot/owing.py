"""Who was told of a gap and when, and who still is to be told: in memory, and pure.

A connection that flaps makes gap after gap. Each person is told of the first at once, then not
again within ten minutes, then not within the hour; a gap inside that pause is owed, never dropped.
A restart forgets all of this and loses nothing: it is a gap itself, and everybody is told of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: How long a person is not told again, after the first time and after each further one.
PAUSES = (timedelta(minutes=10), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Owing:
    """Remembers chats by their tag. Whoever told somebody, or cannot any more, says so."""

    _told: dict[bytes, tuple[datetime, int]] = field(default_factory=dict, repr=False)
    _owed: dict[bytes, str] = field(default_factory=dict, repr=False)

    def may_tell(self, tag: bytes, now: datetime) -> bool:
        """Say whether somebody may be told now."""
        when, times = self._told.get(tag, (now, 0))
        return not times or now - when >= PAUSES[min(times, len(PAUSES)) - 1]

    def tell(self, tag: bytes, now: datetime) -> None:
        """Remember that somebody was told; after a pause without a gap it begins anew."""
        when, times = self._told.get(tag, (now, 0))
        self._told[tag] = (now, times + 1 if now - when < 2 * PAUSES[-1] else 1)
        self.settle(tag)

    def owe(self, tag: bytes, text: str) -> None:
        """Remember that somebody is still to be told."""
        self._owed[tag] = text

    def owed(self, tag: bytes) -> str:
        """Return the text that somebody is still to be told, "" when there is none."""
        return self._owed.get(tag, "")

    def settle(self, tag: bytes) -> None:
        """Owe nothing any more: somebody was told, or has nothing open."""
        self._owed.pop(tag, None)

    def due(self, now: datetime) -> Iterator[tuple[bytes, str]]:
        """Yield who may be told now of what they are owed; forget who was told long ago."""
        over = now - 2 * PAUSES[-1]
        for tag in [tag for tag, (when, _) in self._told.items() if when < over]:
            del self._told[tag]
        yield from [(tag, text) for tag, text in self._owed.items() if self.may_tell(tag, now)]
