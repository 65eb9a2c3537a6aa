"""Whether this machine's clock can be believed when something is to be destroyed by it.

Rules of this file: a doubt delays and never destroys. A clock is doubted when it runs ahead of a
count of seconds that nobody can set, or when the line begins far later than its last digest and
all that was asked for. A doubt ends when its days have passed, so that a deletion is late and not
forgotten, or when the clock is put back. Where it delays something it is noted as a trouble, which
stays over a restart.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.ports import Ticks
from storage.standing import Standing
from storage.unit import Store

CODE = "clock-ahead"
#: How far a clock may run ahead while the line is up; a machine that slept for a night may.
AHEAD = timedelta(hours=12)
#: For how long a line may have been down, or said nothing: its clock is believed all the same.
GAP = timedelta(days=4)
#: For how long a clock is doubted, in whole days: one to two days in all.
DAYS = timedelta(days=2)
#: The clock that goes on while a machine sleeps, by its Linux number; elsewhere there is none.
COUNTED: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """Return seconds that nobody can set and that pass in a machine's sleep too, where it can."""
    return time.clock_gettime(COUNTED)


@dataclass(kw_only=True, slots=True)
class Steady:
    """Looks at the clock of one line."""

    ticks: Ticks = seconds
    _last: tuple[datetime, float] | None = field(default=None, init=False)
    _since: date | None = field(default=None, init=False)

    async def doubts(self, store: Store, now: datetime, leaving: Sequence[Standing]) -> bool:
        """Look at the clock; tell whether it is doubted. `leaving` are the cases that leave."""
        today, ticks = now.astimezone(UTC).date(), self.ticks()
        if self._last is None:
            self._since = await _noted(store) or await _later(store, today, leaving)
        elif now - self._last[0] > timedelta(seconds=ticks - self._last[1]) + AHEAD:
            self._since = today
            await store.settle(CODE)  # an older doubt begins anew
        self._last = now, ticks
        if self._since is None:
            return False
        if self._since <= today < self._since + DAYS:
            return True
        self._since = None
        await store.settle(CODE)
        return False

    async def tell(self, store: Store, now: datetime) -> bool:
        """Note that something waits because the clock is doubted; return whether that is news."""
        today = now.astimezone(UTC).date()
        noted = [one.last for one in await store.troubles() if one.code == CODE]
        if today in noted:
            return False
        await store.trouble(CODE, today)
        return True


async def _noted(store: Store) -> date | None:
    """Return since when the clock was doubted before a restart."""
    return next((one.since for one in await store.troubles() if one.code == CODE), None)


async def _later(store: Store, today: date, leaving: Sequence[Standing]) -> date | None:
    """Return today, if nothing of the days before shows that the line was up.

    What is of today may have been made a moment ago, by the same clock.
    """
    last = await store.last_digest()
    digests = () if last is None else await store.digests(max(last.number - 2, 0))
    days = [*(one.day for one in digests), *(one.asked for one in leaving if one.asked)]
    newest = max((day for day in days if day < today), default=today)
    return today if today - newest > GAP else None
