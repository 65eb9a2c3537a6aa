"""How a case leaves: asked for, held at most once, carried out when it is due.

- Asked for by the person with their code, by staff in a signed packet, or by retention. From then
  on the case is in no view, and nothing more is said to the person but what they ask for.
- It is destroyed after a published wait. The lead may hold that once, for at most 14 days. Who
  asked a second time changes nothing, but that a person's or the staff's wish is more than
  retention's.
- Retention lets go of a few cases a day, for a clock may be wrong, and the lead can take that back.
  Never so what a person asked for, or was told.
- A clock that is doubted (`bot.steady`) destroys nothing for a day or two, and that is told.
- Nothing here knows a reason: that stands in the case, sealed to staff.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from bot import logs
from bot.steady import Steady
from storage.rows import CaseId
from storage.standing import (
    LET_GO,
    RETENTION,
    RETENTION_TOLD,
    Leaving,
    Standing,
    StandingChange,
)
from storage.unit import Outcome, Store, Unit

#: Days for which the lead may hold a deletion.
MOST_HELD = 14
#: Cases that retention lets go of in a day: so many, or one in a hundred of all that ever came.
MOST_A_DAY, IN_A_HUNDRED = 20, 100
#: The trouble when there are more.
FULL = "retention-full"
MONTHS = 12


def asked(before: Standing | None, case: CaseId, by: str, now: datetime, hours: int) -> Standing:
    """Return the standing of a case whose deletion is asked for; asked again, it is as it was.

    But for one that retention lets go of: that it was asked for then stands, and its day stays.
    """
    found = before or Standing(case=case)
    if found.leaving is Leaving.LEAVES and found.by in LET_GO and by not in LET_GO:
        return replace(found, revision=found.revision + 1, by=by)
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


def kept(before: Standing | None, case: CaseId, until: date | None, today: date) -> Standing | None:
    """Return the standing of a case that is kept to a day; None when it leaves all the same.

    That retention asked for its deletion is taken back, unless the person has been told of it.
    """
    found = before or Standing(case=case)
    found = replace(found, revision=found.revision + 1, keep_until=until)
    if found.leaving is Leaving.STAYS:
        return found
    if found.leaving is Leaving.GONE or found.by != RETENTION or until is None or until < today:
        return None
    return replace(found, leaving=Leaving.STAYS, asked=None, due=None, by="", held_until=None)


def promised(before: Standing) -> Standing:
    """Return the standing of a case after its person was told that it is being deleted."""
    if before.leaving is not Leaving.LEAVES or before.by != RETENTION:
        return before
    return replace(before, revision=before.revision + 1, by=RETENTION_TOLD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasing:
    """Lets cases go, for one line."""

    store: Store
    hours: int
    months: int  # for which the line keeps a case after its last entry
    steady: Steady | None = None  # without it the clock is believed

    @classmethod
    def of(cls, store: Store, hours: int, months: int) -> Self:
        """Return what lets cases go for a line that runs."""
        return cls(store=store, hours=hours, months=months, steady=Steady())

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
        leaving = await self.store.leaving(date.max)
        due = [row for row in leaving if _is_due(row, now)]
        if self.steady is not None and await self.steady.doubts(self.store, now, leaving):
            if due and await self.steady.tell(self.store, now):
                logs.event("clock-ahead", count=len(due))
            return 0
        for row in due:
            gone = replace(row, revision=row.revision + 1, leaving=Leaving.GONE, due=None)
            unit = Unit(day=now.date(), erase=(row.case,), standings=(StandingChange(row=gone),))
            await self.store.commit(unit)
        if due:
            logs.event("cases-erased", count=len(due))
        return len(due)

    async def retire(self, now: datetime) -> int:
        """Ask for the deletion of cases that retention ends, of a day's worth; return how many.

        What the store shows of today counts, so that a restart begins no new day.
        """
        today = now.astimezone(UTC).date()
        cases = (await self.store.totals()).cases
        most = max(MOST_A_DAY, cases // IN_A_HUNDRED)
        left = max(0, most - await self.store.let_go(today))
        over = await self.store.ended(months_before(today, self.months), today, left + 1)
        for case in over[:left]:
            await self.ask(case, RETENTION, now)
        await self._tell(today, full=len(over) > left)
        return len(over[:left])

    async def _tell(self, today: date, *, full: bool) -> None:
        """Note that there are more than a day's worth, or that this is over."""
        noted = {one.code: one.last for one in await self.store.troubles()}
        if full and noted.get(FULL) != today:
            logs.event("retention-full")
            await self.store.trouble(FULL, today)
        elif not full and FULL in noted:
            await self.store.settle(FULL)


def _is_due(row: Standing, now: datetime) -> bool:
    return row.leaving is Leaving.LEAVES and row.due is not None and row.due <= now.timestamp()


def months_before(today: date, months: int) -> date:
    """Return the last day that is so many whole months ago."""
    count = today.year * MONTHS + today.month - 1 - months
    first = date(count // MONTHS, count % MONTHS + 1, 1)
    following = date((count + 1) // MONTHS, (count + 1) % MONTHS + 1, 1)
    return min(first + timedelta(days=today.day - 1), following - timedelta(days=1))
