"""What happens by the clock: timers that run out, and what retention drops.

Each job takes the time from the clock it is given and can be run at any moment; who runs them,
and how often, is `app`'s business.
"""

from dataclasses import dataclass

from bot import logs
from bot.intake import Intake
from bot.ports import Clock
from storage import retention
from storage.rows import Swept
from storage.unit import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Jobs:
    """The jobs of one line."""

    store: Store
    intake: Intake
    clock: Clock
    return_months: int

    async def timers(self) -> int:
        """Ring every timer that has run out; return how many. One that fails delays no other."""
        due = await self.store.due(int(self.clock().timestamp()))
        for timer in due:
            try:
                await self.intake.ring(timer)
            except Exception as error:  # noqa: BLE001 - it rings again; the others must not wait
                logs.event("timer-failed", error=type(error).__name__)
        return len(due)

    async def retention(self) -> Swept:
        """Drop what is over."""
        swept = await retention.sweep(self.store, self.clock(), return_months=self.return_months)
        logs.event("swept", count=swept.drafts)
        return swept
