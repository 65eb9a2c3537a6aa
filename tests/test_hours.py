"""A reply that has hours waits for them at the line, whatever happens meanwhile, and no longer."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.hours import DAY, Hours
from storage.memory import MemoryStore
from storage.unit import Store
from tests.caseworker import Caseworker, reported
from tests.line_made import Draws, Made, Watch, made
from tests.test_followup import Kept, shown
from tests.test_windows import pass_by
from tests.watched import new_keys

LATE, LONG = timedelta(hours=7), timedelta(hours=3)


def in_seven_hours(line: Made) -> Hours:
    """Return three hours that begin in seven."""
    opens = line.watch().replace(microsecond=0) + LATE
    return Hours(opens=opens, closes=opens + LONG)


async def at(line: Made, **time: float) -> int:
    """Let time pass, and a round; return how many replies were done with."""
    line.watch.forward(**time)
    return await line.app.followup.round()


async def test_a_reply_waits_for_its_hours_and_is_sent_once(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        await staff.writes(hours=in_seven_hours(line))
        for hours in (0, 6, 0.99):
            assert await at(line, hours=hours) == 0
            assert (shown(line.inbox), await staff.outcomes()) == ([], ["waiting"])
        assert await at(line, hours=0.02) == 1
        assert (len(shown(line.inbox)), await staff.outcomes()) == (1, ["sent"])
        assert await at(line, days=1) == 0
        assert len(shown(line.inbox)) == 1


async def test_hours_that_were_missed_come_again_the_next_day(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        hours = in_seven_hours(line)
        line.watch.forward(hours=10, minutes=1)  # the desk was without a network for so long
        await staff.writes(hours=hours)
        assert await at(line) == 0
        assert await at(line, hours=20, minutes=58) == 0
        assert await at(line, minutes=2) == 1
        assert (line.watch() - hours.opens) // DAY == 1


@pytest.mark.parametrize("sqlite", [False, True])
async def test_it_waits_over_restarts(tmp_path: Path, sqlite: bool) -> None:
    keys, watch = new_keys(tmp_path), Watch()
    store: Store | None = None
    if not sqlite:
        store = Kept(MemoryStore(keys[0].identity.sign_bytes)).store
    signer = None
    for turn in range(3):
        draws = Draws(b"turn %d" % turn)
        async with made(
            tmp_path, store=store, sqlite=sqlite, keys=keys, watch=watch, draws=draws
        ) as line:
            if signer is None:
                await reported(line)
                staff = Caseworker(line)
                await staff.writes(hours=in_seven_hours(line))
                signer = staff.signer
            staff = Caseworker(line, signer=signer)
            done = await at(line, hours=3)
            assert (done, len(shown(line.inbox))) == (turn // 2, turn // 2)
            assert await staff.outcomes() == ["waiting" if turn < 2 else "sent"]


async def test_one_that_may_go_now_does_not_wait_behind_one_that_may_not(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        await staff.writes("In the evening.", hours=in_seven_hours(line))
        await staff.writes("At once.")
        assert await at(line) == 1
        assert [text[:8] for text in shown(line.inbox)] == ["At once."]
        assert await staff.outcomes() == ["waiting", "sent"]
        assert await at(line, hours=7) == 1
        assert [text[:8] for text in shown(line.inbox)] == ["At once.", "In the e"]


async def test_the_days_for_an_answer_begin_when_it_is_sent(tmp_path: Path) -> None:
    async with made(tmp_path, reply_days=14) as line:
        person = await reported(line)
        staff = Caseworker(line)
        await staff.writes(hours=in_seven_hours(line))
        assert await at(line) == 0
        assert await line.app.store.chats() == ()  # nothing is open before
        assert await at(line, hours=7) == 1
        person.hears()
        assert await pass_by(line, person, days=13, hours=23) == []
        assert [m.id for m in await person.says("here I am")] == ["added"]
        assert await pass_by(line, person, hours=1) == []
        assert await line.app.store.chats() == ()


async def test_a_case_that_leaves_takes_it_along_before_its_hours(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        case = await staff.writes(hours=in_seven_hours(line))
        assert await at(line, hours=1) == 0
        await staff.deletes(case)
        assert await at(line, minutes=1) == 1
        assert (await staff.outcomes())[0] == "withdrawn"
        assert await line.app.store.replies() == ()
        assert await at(line, hours=7) == 0
        assert shown(line.inbox) == []
