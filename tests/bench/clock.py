"""Time that something took, and trials that are made in turns.

Wall time is what a person waits; CPU time is that of this process with all its threads, and says
the same on a busy machine. Trials are interleaved round after round, so that whatever else the
machine does befalls all of them.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median


class NotCounted(Exception):
    """A step did not do what is counted."""


@dataclass(slots=True)
class Took:
    """Seconds that some work took, and how many things it did."""

    count: int = 0
    cpu: float = 0.0
    wall: float = 0.0

    @contextmanager
    def measured(self, count: int) -> Iterator[None]:
        """Add what is done inside: so many things."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall
        self.count += count

    @property
    def per_cpu(self) -> float:
        """Things in a second of CPU time."""
        return self.count / self.cpu

    @property
    def per_second(self) -> float:
        """Things in a second."""
        return self.count / self.wall


@dataclass(frozen=True, slots=True)
class Middle:
    """Medians over the rounds: things in a second of CPU time, and in a second."""

    per_cpu: float
    per_second: float


Trial = Callable[[], Awaitable[Took]]


def in_turns(trials: Mapping[str, Trial], rounds: int) -> dict[str, Middle]:
    """Make every trial once a round; the first round only warms up."""
    found: dict[str, list[Took]] = {name: [] for name in trials}
    for number in range(rounds + 1):
        for name, trial in trials.items():
            gc.collect()
            took = asyncio.run(_run(trial))
            if number:
                found[name].append(took)
    return {
        name: Middle(median(t.per_cpu for t in all_), median(t.per_second for t in all_))
        for name, all_ in found.items()
    }


async def _run(trial: Trial) -> Took:
    return await trial()
