"""A case that leaves: in no bundle and no inbox, told as a tombstone, and gone stays gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk.inbox import Item, read_inbox
from storage.standing import PERSON, Leaving, StandingChange
from storage.tombstone import Stage
from storage.unit import Unit
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


async def test_retention_spares_what_is_kept_longer(served: Served) -> None:
    today = NOW.date()
    standing = replace(
        await erasing(served).ask(case_id(2), PERSON, NOW),
        leaving=Leaving.STAYS,
        revision=2,
        keep_until=today,
    )
    await served.store.commit(Unit(day=today, standings=(StandingChange(row=standing),)))
    let_go = await erasing(served).let_go(today, NOW, [case_id(1), case_id(2)])
    assert let_go == 1
    assert [row.case for row in await served.store.leaving()] == [case_id(1)]
