"""What happens by the clock: timers that run out, what retention drops, and who runs it when.

Each job takes the time from the clock it is given and can be run at any moment. `Timetable` runs
them in the process that holds the line's home, and nowhere else: its times are in memory only, so
a job that was missed is looked at again when the line is up.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import logs
from bot.alerts import Alerts
from bot.intake import Intake
from bot.ports import Clock
from storage import retention
from storage.rows import Swept
from storage.unit import LINE, Store

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Jobs:
    """The jobs of one line."""

    store: Store
    intake: Intake
    clock: Clock
    return_months: int
    alerts: Alerts

    async def timers(self) -> int:
        """Ring every timer that has run out; return how many. One that fails delays no other."""
        now = self.clock()
        due = await self.store.due(int(now.timestamp()))
        for timer in due:
            try:
                if timer.tag != LINE:
                    await self.intake.ring(timer)
            except Exception as error:  # noqa: BLE001 - it rings again; the others must not wait
                logs.event("timer-failed", error=type(error).__name__)
        own = [timer for timer in due if timer.tag == LINE]
        if own:
            await self.alerts.ring(own, now)
        return len(due)

    async def retention(self) -> Swept:
        """Drop what is over."""
        swept = await retention.sweep(self.store, self.clock(), return_months=self.return_months)
        logs.event("swept", count=swept.drafts)
        return swept


class Timetable:
    """Runs jobs again and again: each at once, then every so many seconds, never beside itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None}
        )
        self._scheduler.add_listener(_failed, EVENT_JOB_ERROR)

    def every(self, seconds: float, job: Job, *, name: str) -> None:
        """Add a job."""
        self._scheduler.add_job(
            job,
            "interval",
            seconds=seconds,
            id=name,
            max_instances=1,
            next_run_time=self._clock(),
        )

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a job that runs is finished by whoever cancels it."""
        self._scheduler.shutdown(wait=False)


def _failed(event: JobExecutionEvent) -> None:
    """Log that a job failed: its name and the kind of error, never what the error says."""
    logs.event("job-failed", text=event.job_id, error=type(event.exception).__name__)
