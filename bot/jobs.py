"""What happens by the clock: timers that run out, what retention drops, and who runs it when.

Each job takes the time from the clock it is given and can be run at any moment. `Timetable` runs
them in the process that holds the line's home, and nowhere else: its times are in memory only, so
a job that was missed is looked at again when the line is up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import logs
from bot.alerts import Alerts
from bot.erasing import Erasing
from bot.fetching import Fetching
from bot.intake import Intake
from bot.ports import Clock
from storage import retention
from storage.rows import Swept
from storage.unit import LINE, Store

Job = Callable[[], Awaitable[object]]
#: Seconds between two looks whether the clock was set back.
LOOK_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Jobs:
    """The jobs of one line."""

    store: Store
    intake: Intake
    clock: Clock
    return_months: int
    alerts: Alerts
    fetching: Fetching
    erasing: Erasing

    async def timers(self) -> int:
        """Ring every timer that has run out; return how many. One that fails delays no other.

        Then destroy the cases whose wait is over.
        """
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
        await self.erase()
        return len(due)

    async def erase(self) -> int:
        """Destroy the cases whose wait is over; return how many."""
        gone = await self.erasing.round(self.clock())
        if gone:
            self.fetching.bell.ring()  # their files are doomed
        return gone

    async def retention(self) -> Swept:
        """Drop what is over, and files of nobody's."""
        swept = await retention.sweep(self.store, self.clock(), return_months=self.return_months)
        logs.event("swept", count=swept.drafts)
        await self.erasing.retire(self.clock())
        await self.fetching.orphans()
        return swept


class Timetable:
    """Runs jobs again and again, every so many seconds, never one beside itself.

    The scheduler goes by the clock: when that is set back, it would wait until the old time comes
    again. So what is due later than one turn from now is run at once.
    """

    def __init__(self, clock: Clock, *, look: float = LOOK_SECONDS) -> None:
        self._clock = clock
        self._look = look
        self._turns: dict[str, timedelta] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stopping = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None}
        )
        self._scheduler.add_listener(_failed, EVENT_JOB_ERROR)

    def every(self, seconds: float, job: Job, *, name: str, after: float = 0.0) -> None:
        """Add a job; it begins `after` some seconds."""
        self._turns[name] = timedelta(seconds=max(seconds, after))

        async def run() -> None:
            try:
                await job()
            except asyncio.CancelledError:
                if not self._stopping:  # else it was cut off, and goes on at the next start
                    raise

        self._scheduler.add_job(
            run,
            "interval",
            seconds=seconds,
            id=name,
            max_instances=1,
            next_run_time=self._clock() + timedelta(seconds=after),
        )

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._scheduler.start()
        self._looking = asyncio.get_running_loop().create_task(self._watch_the_clock())

    def stop(self) -> None:
        """End; a job that runs is finished by whoever cancels it."""
        self._stopping = True
        if self._looking is not None:
            self._looking.cancel()
        self._scheduler.shutdown(wait=False)

    async def _watch_the_clock(self) -> None:
        while True:
            await asyncio.sleep(self._look)
            now = self._clock()
            for job in self._scheduler.get_jobs():
                if job.next_run_time > now + self._turns[job.id]:
                    logs.event("clock-set-back", text=job.id)
                    job.modify(next_run_time=now)


def _failed(event: JobExecutionEvent) -> None:
    """Log that a job failed: its name and the kind of error, never what the error says."""
    logs.event("job-failed", text=event.job_id, error=type(event.exception).__name__)
