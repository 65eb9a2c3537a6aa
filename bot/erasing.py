"""How a case leaves: asked for, held at most once, carried out when it is due.

- Asked for by the person with their code, by staff in a signed packet, or by retention. From then
  on the case is in no view, and nothing more is said to the person but what they ask for.
- It is destroyed after a published wait. The lead may hold that once, for at most 14 days. Who
  asked a second time changes nothing.
- Nothing here knows a reason: that stands in the case, sealed to staff.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from bot import logs
from storage.rows import CaseId
from storage.standing import RETENTION, Leaving, Standing, StandingChange
from storage.unit import Outcome, Store, Unit

#: Days for which the lead may hold a deletion.
MOST_HELD = 14
#: Cases that one round of retention lets go of.
AT_ONCE = 1_000
MONTHS = 12


def asked(before: Standing | None, case: CaseId, by: str, now: datetime, hours: int) -> Standing:
    """Return the standing of a case whose deletion is asked for; asked again, it is as it was."""
    found = before or Standing(case=case)
    if found.leaving is not Leaving.STAYS:
        return found
    due = now + timedelta(hours=hours)
    return replace(
        found,
        revision=found.revision + 1,
        leaving=Leaving.LEAVES,
        asked=now.astimezone(UTC).date(),
        due=int(due.timestamp()),
        by=by,
    )


def held(before: Standing | None, until: date, today: date) -> Standing | None:
    """Return the standing of a case whose deletion is held to the end of a day, or None.

    None when there is nothing to hold, it was held before, or the day is past or too far.
    """
    if before is None or before.leaving is not Leaving.LEAVES or before.held_until is not None:
        return None
    if before.due is None or not today <= until <= today + timedelta(days=MOST_HELD):
        return None
    end = datetime.combine(until + timedelta(days=1), time(), UTC)
    due = max(before.due, int(end.timestamp()))
    return replace(before, revision=before.revision + 1, held_until=until, due=due)


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasing:
    """Lets cases go, for one line."""

    store: Store
    hours: int
    months: int  # for which the line keeps a case after its last entry

    async def ask(self, case: CaseId, by: str, now: datetime) -> Standing:
        """Ask that a case goes; return where that stands."""
        while True:
            before = await self.store.standing(case)
            after = asked(before, case, by, now, self.hours)
            if after == before:
                return after
            unit = Unit(day=now.date(), standings=(StandingChange(row=after),))
            if await self.store.commit(unit) is Outcome.COMMITTED:
                return after

    async def round(self, now: datetime) -> int:
        """Destroy what is due; return how many cases."""
        due = [row for row in await self.store.leaving() if _is_due(row, now)]
        for row in due:
            gone = replace(row, revision=row.revision + 1, leaving=Leaving.GONE, due=None)
            unit = Unit(day=now.date(), erase=(row.case,), standings=(StandingChange(row=gone),))
            await self.store.commit(unit)
        if due:
            logs.event("cases-erased", count=len(due))
        return len(due)

    async def retire(self, now: datetime) -> int:
        """Ask for the deletion of cases that retention ends; return how many."""
        today = now.astimezone(UTC).date()
        last = months_before(today, self.months)
        asked_for = 0
        for case in await self.store.ended(last, AT_ONCE):
            row = await self.store.standing(case)
            if row is None or not _is_kept(row, today):
                await self.ask(case, RETENTION, now)
                asked_for += 1
        return asked_for


def _is_due(row: Standing, now: datetime) -> bool:
    return row.leaving is Leaving.LEAVES and row.due is not None and row.due <= now.timestamp()


def _is_kept(row: Standing, today: date) -> bool:
    return row.keep_until is not None and row.keep_until >= today


def months_before(today: date, months: int) -> date:
    """Return the last day that is so many whole months ago."""
    count = today.year * MONTHS + today.month - 1 - months
    first = date(count // MONTHS, count % MONTHS + 1, 1)
    following = date((count + 1) // MONTHS, (count + 1) % MONTHS + 1, 1)
    return min(first + timedelta(days=today.day - 1), following - timedelta(days=1))
