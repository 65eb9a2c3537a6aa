"""The hours in which a person wants to be written to: a part of the day that they chose, there.

Rules of this file: time is passed in. A person chose a part of a day and named a country, never a
zone. Where the countries they named have several zones, their hours are those that suit all of
these; where none do, or none is known, there are no hours, and staff are told why: nothing is
guessed. The parts are narrow on purpose: at these hours everybody calls them so. The server keeps
to the same moments each day and knows no zone, so where clocks are changed while a reply may still
wait, it is given only those hours that are right before and after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from storage.hours import Hours

ANY = "any"
#: When each part of the day begins and ends, by the clock of whoever chose it; ours.
PARTS = {
    "morning": (time(8), timedelta(hours=3)),
    "midday": (time(12), timedelta(hours=2)),
    "evening": (time(18), timedelta(hours=3)),
    "night": (time(23), timedelta(hours=2)),
}
#: Hours that suit all zones of a country are at least as long: a server that is started again while
#: they are must not let them pass.
SHORTEST = timedelta(hours=1)
#: Days on which a reply may still wait for its hours: until its packet is no longer good (28, see
#: `desk.acting`), and those that it then waits for.
WAITS = 30
#: Days around today in which hours are looked for: no two zones are further apart than two.
DAYS = range(-2, 4 + WAITS)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """When somebody wants to be written to: `part` of the day, "" when at any time.

    `countries` are the codes of those they named, `zones` those of all of them: none where one of
    them is in no list.
    """

    part: str = ""
    countries: tuple[str, ...] = ()
    zones: tuple[ZoneInfo, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[str], countries: Iterable[str]) -> Self:
        """Return the wish of whoever chose these codes."""
        named = tuple(dict.fromkeys(countries))
        found = [_zones(country) for country in named]
        zones = tuple(zone for some in found for zone in some) if all(found) else ()
        return cls(part=next(iter(set(parts) - {ANY}), ""), countries=named, zones=zones)

    def hours(self, now: datetime) -> Hours | None:
        """Return the hours that are now, or come next; None where they are not known.

        Where clocks are changed soon they are those of before and after; but if these are not now,
        and it is that part of the day, the hours are of today, so that the reply may go at once.
        """
        if self.part not in PARTS or not self.zones:
            return None
        spans = _spans(self.zones[0], self.part, now)
        for zone in self.zones[1:]:
            spans = _shared(spans, _spans(zone, self.part, now))
        fit = sorted(one for one in spans if one[1] - one[0] >= SHORTEST)
        first = next((one for one in fit if one[1] > now), None)
        if first is None:
            return None
        today = Hours(opens=first[0], closes=first[1])
        lasting = _lasting(first, fit)
        if lasting is None or (today.include(now) and not lasting.include(now)):
            return today
        return lasting

    def clocks(self, moment: datetime) -> tuple[datetime, ...]:
        """Return what the clocks show there at a moment, each once, the earliest first."""
        local = {moment.astimezone(zone).replace(tzinfo=None) for zone in self.zones}
        return tuple(sorted(local))


def _spans(zone: ZoneInfo, part: str, now: datetime) -> list[Span]:
    """Return the part of the day on the days around now, by a zone's clock, in UTC."""
    begins, lasts = PARTS[part]
    days = (now.astimezone(zone).date() + timedelta(days=number) for number in DAYS)
    local = (datetime.combine(day, begins, zone) for day in days)
    # By the clock on the wall: adding to an aware time does not look whether it is put forward.
    return [(one.astimezone(now.tzinfo), (one + lasts).astimezone(now.tzinfo)) for one in local]


def _lasting(first: Span, spans: Sequence[Span]) -> Hours | None:
    """Return what of the first hours is right on each later day as well, if that is long enough."""
    found = first
    for number in range(1, WAITS + 1):
        later = timedelta(days=number)
        moved = _shared([found], [(opens - later, closes - later) for opens, closes in spans])
        found = max(moved, key=lambda one: one[1] - one[0], default=(first[0], first[0]))
    opens, closes = found
    return Hours(opens=opens, closes=closes) if closes - opens >= SHORTEST else None


def _shared(ones: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return what spans have in common with others."""
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in product(ones, others))
    return [span for span in both if span[0] < span[1]]


@cache
def _zones(country: str) -> tuple[ZoneInfo, ...]:
    """Return the zones of a country; none where one is not in this computer's list of them."""
    named = sorted(zone for zone, of in get_global("zone_territories").items() if of == country)
    try:
        return tuple(map(ZoneInfo, named))
    except (ZoneInfoNotFoundError, ValueError):
        return ()
