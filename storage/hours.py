"""The hours of a day in which a person may be written to: from one moment to another, in UTC.

Rules of this file: plain values; no clock, no zone. Hours come again each day at the same moments:
who reckons them knows the person's zone (a desk), who keeps to them does not (the server). Whole
seconds, written as unix time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from storage.document import Document

DAY = timedelta(days=1)
LAST = 10**10  # unix seconds; ours


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """From `opens` to before `closes`, at most a day later, and so again each day; never before."""

    opens: datetime
    closes: datetime

    @classmethod
    def between(cls, *, opens: int, closes: int) -> Self:
        """Return the hours between two moments in unix seconds."""
        first, end = (datetime.fromtimestamp(one, UTC) for one in (opens, closes))
        return cls(opens=first, closes=end)

    def include(self, now: datetime) -> bool:
        """Tell whether it is in these hours now."""
        return now >= self.opens and (now - self.opens) % DAY < self.closes - self.opens

    def next(self, now: datetime) -> datetime:
        """Return when those began that are now, or when the next begin."""
        return self.opens + max((now - self.closes) // DAY + 1, 0) * DAY


def hours_fields(hours: Hours) -> dict[str, int]:
    """Return hours as they stand in a document."""
    return {"closes": int(hours.closes.timestamp()), "opens": int(hours.opens.timestamp())}


def read_hours(document: Document, key: str) -> Hours | None:
    """Read the hours below a field; where it is not there, as in what is older, there are none.

    Raises:
        FieldError: they are none.
    """
    if not document.has(key):
        return None
    section = document.section(key)
    opens, closes = (section.whole(name, high=LAST) for name in ("opens", "closes"))
    section.end()
    if not 0 < closes - opens <= DAY.total_seconds():
        raise document.wrong(key, "hours of one day")
    return Hours.between(opens=opens, closes=closes)
