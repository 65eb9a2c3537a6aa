"""A flood: one chat writes without end while others report, and how long their reports take.

For the test and for the benchmark; nothing here judges a time.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.line_made import Watch
from tests.telegram_live import Live, live, telegram
from tests.telegram_person import Person, Reading, Shown

FLOODER, FIRST = 8_880_000, 8_880_001


@dataclass(frozen=True, kw_only=True)
class Flooded:
    """Seconds of each report, without and with a flood; what the flooder was sent and left."""

    messages: int
    without: Sequence[float]
    beside: Sequence[float]
    drained: float  # seconds until the last message of the flood was let go
    sent: Sequence[Shown]
    letters: int  # the most that ever waited for anybody
    cases: int
    waits: str  # the text that tells the flooder to wait

    def figures(self) -> str:
        """Return the figures in a line."""
        one, other = (statistics.median(times) for times in (self.without, self.beside))
        return (
            f"a report takes {one:.2f} s, and {other:.2f} s beside {self.messages:,} messages of "
            f"one chat, which are let go after {self.drained:.2f} s; it is sent {len(self.sent)}"
        )


async def flooded(home: Path, *, messages: int, people: int) -> Flooded:
    """Let people report at once, and then as many again beside a flood that is already there."""
    watch, ids = Watch(), itertools.count(FIRST)
    async with telegram(watch) as server, live(home, server, watch) as up:
        reading = Reading(up.line)
        somebody = lambda: Person(up, next(ids), reading=reading, seconds=0)  # noqa: E731
        without = await _report([somebody() for _ in range(people)])
        began = time.perf_counter()
        server.flood(FLOODER, messages)
        last = server.queue()["last"]
        draining = asyncio.create_task(_drained(up, last))
        beside = await _report([somebody() for _ in range(people)])
        drained = await draining - began
        await up.quiet()
        return Flooded(
            messages=messages,
            without=without,
            beside=beside,
            drained=drained,
            sent=server.sent(FLOODER),
            letters=up.store.most_letters,
            cases=len(await up.line.cases()),
            waits=reading.label("en", "wait"),
        )


async def _report(people: Sequence[Person]) -> list[float]:
    async def one(person: Person) -> float:
        began = time.perf_counter()
        await person.plays("short_report")
        return time.perf_counter() - began

    return list(await asyncio.gather(*map(one, people)))


async def _drained(up: Live, last: int) -> float:
    """Return when an update was let go."""
    pending = up.server.world.updates.pending
    while pending and next(iter(pending)) <= last:
        await up.server.acknowledged()
    return time.perf_counter()
