"""A clock far ahead destroys nothing at once: it is doubted for a day or two, and that is told."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from bot.findings import meaning
from bot.steady import AHEAD, CODE, COUNTED, GAP, Steady
from storage.rows import DigestRow
from storage.standing import PERSON, Leaving
from tests.served import Served, case_id

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HASH = bytes(32)
YEARS = timedelta(days=3650)
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """A line with a case whose deletion is asked for, a clock that can be set, and restarts."""

    served: Served
    now: datetime = NOW
    ticks: float = 0.0
    erasing: Erasing = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, off: timedelta = timedelta()) -> None:
        """Start the line anew, after a time; nothing counts the seconds meanwhile."""
        self.now += off
        self.ticks = 0.0
        steady = Steady(ticks=lambda: self.ticks)
        self.erasing = Erasing(store=self.served.store, hours=48, months=24, steady=steady)

    async def passes(self, time: timedelta) -> int:
        """Let time pass, hour by hour, with a round in each; return how many cases went."""
        gone = 0
        for _ in range(time // HOUR):
            self.now += HOUR
            self.ticks += HOUR.total_seconds()
            gone += await self.erasing.round(self.now)
        return gone

    async def troubles(self) -> list[tuple[str, date]]:
        return [(one.code, one.since) for one in await self.served.store.troubles()]


@pytest.fixture
async def machine(tmp_path: Path) -> Machine:
    served = Served(tmp_path)
    await served.send(1)
    made = Machine(served)
    await made.erasing.ask(case_id(1), PERSON, NOW)
    return made


async def stays(machine: Machine) -> bool:
    standing = await machine.served.store.standing(case_id(1))
    assert standing is not None
    return standing.leaving is Leaving.LEAVES


async def test_a_steady_clock_is_believed(machine: Machine) -> None:
    assert await machine.passes(timedelta(hours=47)) == 0
    assert await machine.passes(HOUR) == 1
    assert await machine.troubles() == []


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_clock_that_leaps_ahead_destroys_nothing_for_a_day_at_least(
    machine: Machine, restarts: bool
) -> None:
    await machine.passes(3 * HOUR)
    machine.now += YEARS
    if restarts:
        machine.restart()
    leapt = machine.now
    assert await machine.passes(timedelta(hours=24)) == 0
    assert await machine.troubles() == [(CODE, leapt.date())]
    assert "clock" in meaning(CODE)
    assert await stays(machine)
    assert await machine.passes(timedelta(hours=24)) == 1  # nobody came to mend it
    assert await machine.troubles() == []


async def test_a_clock_that_is_mended_meanwhile_goes_on_as_if_nothing_was(machine: Machine) -> None:
    await machine.passes(3 * HOUR)
    machine.now += YEARS
    await machine.passes(5 * HOUR)
    machine.now -= YEARS
    assert await machine.passes(timedelta(hours=39)) == 0
    assert await machine.troubles() == []
    assert await machine.passes(HOUR) == 1


async def test_a_doubt_stays_over_restarts_and_ends_all_the_same(machine: Machine) -> None:
    await machine.passes(3 * HOUR)
    machine.now += YEARS
    leapt, gone = machine.now, 0
    while not gone:
        gone = await machine.passes(5 * HOUR)
        machine.restart()
    assert timedelta(hours=24) <= machine.now - leapt <= timedelta(hours=53)


async def test_what_was_made_by_the_same_clock_today_proves_nothing(machine: Machine) -> None:
    store = machine.served.store
    for number, day in enumerate((NOW.date(), (NOW + YEARS).date()), 1):
        row = DigestRow(
            number=number, day=day, sha256=HASH, heads=HASH, journal_sequence=0, index_sequence=0
        )
        await store.record_digest(row)
    machine.restart(YEARS)
    assert await machine.passes(HOUR) == 0
    assert await stays(machine)


async def test_a_line_that_was_down_for_a_while_is_believed(machine: Machine) -> None:
    machine.restart(GAP)
    assert await machine.passes(HOUR) == 1


async def test_a_machine_that_slept_for_a_night_is_believed(machine: Machine) -> None:
    await machine.passes(timedelta(hours=40))
    machine.now += AHEAD
    assert await machine.passes(HOUR) == 1


def test_the_seconds_of_a_machine_s_sleep_are_counted() -> None:
    """Else a computer that sleeps each night doubts its clock each day, and erases nothing."""
    assert COUNTED == time.CLOCK_BOOTTIME
    assert Steady().ticks() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=60)


async def test_what_nothing_waits_for_is_no_trouble(machine: Machine) -> None:
    await machine.passes(HOUR)
    machine.now += 2 * AHEAD
    assert await machine.passes(HOUR) == 0
    assert await machine.troubles() == []
