"""The urgent alert: few, constant, late by chance, and never without somebody who gets it.

A step that asks for an alert sets a timer of the line's own, at a random moment within the time
that is configured (`carrying`). Here those timers become alerts: however many ran out, one goes
out, and not before some time has passed since the last.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import logs
from storage.rows import TimerRow
from storage.unit import LINE, Store, TimerChange, Unit

#: The one timer that stands for all that came too soon.
NEXT = "alert-next"


@dataclass(kw_only=True, slots=True)
class Alerts:
    """Sends alerts for one line; `send` returns when the alert is safe on disk.

    Without `send` there is nobody to alert: timers that an earlier configuration set just go.
    """

    store: Store
    send: Callable[[], Awaitable[None]] | None = None
    apart: int = 0  # seconds
    last: int = 0  # unix seconds

    async def ring(self, timers: Sequence[TimerRow], now: datetime) -> None:
        """Take the line's own timers that have run out."""
        at = int(now.timestamp())
        changes = [TimerChange(tag=LINE, name=one.name, due=None, revision=0) for one in timers]
        if self.send is None:
            pass
        elif self.last <= at < self.last + self.apart:  # one to come: the clock was set back
            later = self.last + self.apart
            changes.append(TimerChange(tag=LINE, name=NEXT, due=later, revision=0))
        else:
            await self.send()
            self.last = at
            logs.event("alert")
        await self.store.commit(Unit(day=now.date(), timers=tuple(changes)))
