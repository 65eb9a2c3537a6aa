"""When digests are due, and when a mail that failed is tried again. The time is passed in.

Rules of this file: a digest belongs to one day of its time zone and is due from that day's moment
on. A time that the clocks skip is the moment after the gap, a time that comes twice is its first
pass, and a day that a zone skips altogether has no digest. Moments are in UTC: two local times of
one zone cannot be compared when the clocks change between them.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.settings import Digest

DAY = timedelta(days=1)
#: How long a mail waits after it failed for the first, second, ... time; then always LONGEST.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
LONGEST = timedelta(hours=3)


def moment(day: date, digest: Digest) -> datetime:
    """Return when the digest of a day is due, in UTC."""
    local = datetime.combine(day, digest.time, tzinfo=digest.where)
    return local.astimezone(UTC)


def day_of(now: datetime, digest: Digest) -> date:
    """Return the day whose digest is the latest due; before the hour that is the day before."""
    day = now.astimezone(digest.where).date()
    while moment(day, digest) > now:
        day -= DAY
    return day


def due(last_day: date | None, now: datetime, digest: Digest) -> bool:
    """Tell whether a digest is to be made; `last_day` is the `day_of` the last one, if any."""
    return last_day is None or last_day < day_of(now, digest)


def next_at(now: datetime, digest: Digest) -> datetime:
    """Return when the next digest is due, in UTC: always later than `now`."""
    day = day_of(now, digest) + DAY
    while moment(day, digest) <= now:  # a day that a zone skipped
        day += DAY
    return moment(day, digest)


@dataclass(kw_only=True, slots=True)
class Patience:
    """How often something failed in a row, since when, and when it is tried again."""

    failures: int = 0
    since: datetime | None = None
    again: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Tell whether to try now; a clock that was set back delays nothing for long."""
        return self.again is None or not now < self.again <= now + LONGEST

    def fail(self, now: datetime) -> None:
        """Note a failure."""
        wait = WAITS[self.failures] if self.failures < len(WAITS) else LONGEST
        self.failures += 1
        self.since = self.since or now
        self.again = now + wait

    def succeed(self) -> None:
        """Note that it works."""
        self.failures, self.since, self.again = 0, None, None

    def hurry(self) -> None:
        """Try again at once; what failed before is not forgotten."""
        self.again = None

    def has_lasted(self, now: datetime, how_long: timedelta) -> bool:
        """Tell whether it has failed for longer than that."""
        return self.since is not None and now - self.since > how_long
