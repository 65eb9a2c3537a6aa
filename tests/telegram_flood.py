"""A flood: one chat writes without end while others report, and how long their reports take.

For the test and for the benchmark; nothing here judges a time.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.line_made import Watch
from tests.playing import Shown
from tests.telegram_live import Live, live, telegram
from tests.telegram_person import Person, Reading

FLOODER, FIRST = 8_880_000, 8_880_001


@dataclass(frozen=True, kw_only=True)
class Flooded:
    """Seconds of each report, without and with a flood; what the flooder was sent and left."""

    messages: int
    without: Sequence[float]
    beside: Sequence[float]
    waited: float  # seconds until the first of the others was answered at all
    sent: Sequence[Shown]
    letters: int
    cases: int
    wait: str  # the words that tell somebody to wait

    def figures(self) -> str:
        """Return the figures in a line."""
        one, other = (statistics.median(times) for times in (self.without, self.beside))
        return (
            f"{len(self.without)} people report at once in {one:.2f} s, and in {other:.2f} s behind"
            f" {self.messages:,} messages of one chat: {self.waited:.2f} s until they are let go."
        )


async def flooded(home: Path, *, messages: int, people: int, compare: bool = True) -> Flooded:
    """Let people report at once when a flood is already there; to compare, as many before it."""
    watch = Watch()
    async with telegram(watch) as server, live(home, server, watch) as up:
        reading = Reading(up.line)
        without: Sequence[float] = ()
        if compare:
            without, _ = await _report(up, range(FIRST, FIRST + people), reading)
        server.flood(FLOODER, messages)
        beside, waited = await _report(up, range(FIRST + people, FIRST + 2 * people), reading)
        await up.quiet()
        tag = up.line.app.intake.chats.tag("telegram", str(FLOODER), watch().date())
        return Flooded(
            messages=messages,
            without=without,
            beside=beside,
            waited=waited,
            sent=server.sent(FLOODER),
            letters=sum(one.tag == tag for unit in up.store.units for one in unit.letters),
            cases=(await up.line.app.store.totals()).cases,
            wait=reading.label("en", "wait"),
        )


async def _report(up: Live, ids: Sequence[int], reading: Reading) -> tuple[list[float], float]:
    """Let people report; return the seconds of each, and those until the first was answered."""
    began = time.perf_counter()

    async def first() -> float:
        await up.server.wait(ids[0], timeout=600)
        return time.perf_counter() - began

    async def report(id_: int) -> float:
        await Person(up, id_, reading=reading, seconds=0).plays("short_report")
        return time.perf_counter() - began

    waited, *times = await asyncio.gather(first(), *map(report, ids))
    return times, waited
