"""A case that leaves: in no bundle and no inbox, told as a tombstone, and gone stays gone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.erasing import FULL, MOST_A_DAY, Erasing, months_before
from bot.findings import meaning
from desk.inbox import Item, read_inbox
from storage.standing import PERSON, RETENTION, STAFF, Leaving, Standing, StandingChange
from storage.tombstone import Stage
from storage.unit import NewEntry, Unit
from tests.served import Desk, Served, case_id
from tests.test_bundle import contents

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    made = Served(tmp_path)
    await made.send(1)
    await made.send(2)
    await made.digest()
    return made


def items(desk: Desk) -> list[Item]:
    """Return what the desk's inbox shows."""
    return list(read_inbox(desk.mirror, desk.reader, lambda _: ()).items)


def erasing(served: Served) -> Erasing:
    return Erasing(store=served.store, hours=48, months=24)


async def test_a_leaving_case_is_told_and_not_given(served: Served) -> None:
    desk = Desk(served)
    desk.take_bundle((await served.bundle()).path)
    assert {item.case for item in items(desk)} == {case_id(1), case_id(2)}
    await erasing(served).ask(case_id(1), PERSON, NOW)
    made = await served.bundle()
    assert not [name for name in contents(made.path) if case_id(1).hex() in name]
    desk.take_bundle(made.path)
    [stone] = desk.mirror.told.tombstones()
    assert (stone.case, stone.stage, stone.by) == (case_id(1), Stage.LEAVING, PERSON)
    assert {item.case for item in items(desk)} == {case_id(2)}


async def test_what_is_due_is_destroyed_and_hashes_stay(served: Served) -> None:
    await erasing(served).ask(case_id(1), PERSON, NOW)
    assert await erasing(served).round(NOW + timedelta(hours=47)) == 0
    assert await erasing(served).round(NOW + timedelta(hours=48)) == 1
    assert await erasing(served).round(NOW + timedelta(hours=49)) == 0
    assert all(row.sealed == b"" for row in await served.store.journal(case_id(1)))
    desk = Desk(served)
    desk.take_bundle((await served.bundle()).path)
    assert [stone.stage for stone in desk.mirror.told.tombstones()] == [Stage.GONE]


async def test_gone_stays_gone_whatever_a_server_says_later(served: Served) -> None:
    desk = Desk(served)
    await erasing(served).ask(case_id(1), PERSON, NOW)
    await erasing(served).round(NOW + timedelta(hours=48))
    desk.take_bundle((await served.bundle()).path)
    [stone] = desk.mirror.told.tombstones()
    desk.mirror.told.keep((), ())
    desk.mirror.told.keep([replace(stone, stage=Stage.LEAVING)], ())
    assert [one.stage for one in desk.mirror.told.tombstones()] == [Stage.GONE]


async def test_asking_again_changes_nothing(served: Served) -> None:
    first = await erasing(served).ask(case_id(1), PERSON, NOW)
    again = await erasing(served).ask(case_id(1), PERSON, NOW + timedelta(hours=20))
    assert first == again
    assert again.leaving is Leaving.LEAVES


async def test_retention_ends_cases_but_for_those_kept_longer(served: Served) -> None:
    late = NOW + timedelta(days=2 * 366)
    kept = Standing(case=case_id(2), revision=1, keep_until=late.date())
    await served.store.commit(Unit(day=late.date(), standings=(StandingChange(row=kept),)))
    assert await erasing(served).retire(NOW + timedelta(days=720)) == 0
    assert await erasing(served).retire(late) == 1
    assert await erasing(served).retire(late) == 0
    [gone] = await served.store.leaving()
    assert (gone.case, gone.by) == (case_id(1), RETENTION)
    assert await erasing(served).retire(late + timedelta(days=1)) == 1


async def test_a_clock_far_ahead_takes_no_more_than_a_day_s_worth_each_day(served: Served) -> None:
    for number in range(3, MOST_A_DAY + 12):
        await served.send(number)
    ahead = datetime(2040, 1, 1, tzinfo=UTC)
    assert await erasing(served).retire(ahead) == MOST_A_DAY
    for _ in range(3):  # each as after a restart
        assert await erasing(served).retire(ahead + timedelta(hours=6)) == 0
    [trouble] = await served.store.troubles()
    assert (trouble.code, trouble.count) == (FULL, 1)
    assert "clock" in meaning(FULL)
    assert await erasing(served).retire(ahead + timedelta(days=1)) == 11
    assert await served.store.troubles() == ()


async def test_a_line_of_many_cases_lets_go_of_more_in_a_day(served: Served) -> None:
    key = served.office.line.reading_keys[0].id
    for number in range(3, 2_203):
        new = NewEntry(case=case_id(number), key=key, sealed=b"", day=NOW.date())
        await served.append(new)
    assert await erasing(served).retire(datetime(2040, 1, 1, tzinfo=UTC)) == 22


async def test_what_retention_asked_for_goes_over_to_whoever_asks_too(served: Served) -> None:
    late = NOW + timedelta(days=2 * 366)
    await erasing(served).retire(late)
    for number, by in ((1, PERSON), (2, STAFF)):
        before = await served.store.standing(case_id(number))
        after = await erasing(served).ask(case_id(number), by, late + timedelta(hours=1))
        assert before is not None
        assert after == replace(before, by=by, revision=2)
        again = await erasing(served).ask(case_id(number), RETENTION, late)
        assert again == after


@pytest.mark.parametrize(
    ("today", "months", "last"),
    [
        (date(2026, 11, 22), 24, date(2024, 11, 22)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 12, date(2025, 1, 31)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
    ],
)
def test_months_are_whole(today: date, months: int, last: date) -> None:
    assert months_before(today, months) == last
