"""For some days after staff have written, what the person says here goes to their case."""

from pathlib import Path

import pytest

from bot.engine.state import Mode
from storage.entry import File, Words
from storage.memory import MemoryStore
from storage.standing import Leaving
from tests.caseworker import Caseworker, reported
from tests.depots import Drawer
from tests.line_made import Draws, Made, Person, Watch, made
from tests.test_followup import Kept, shown
from tests.watched import new_keys


async def written_to(line: Made, name: str = "person") -> tuple[Person, Caseworker, bytes]:
    """Return somebody to whom staff have written, and their case."""
    person, staff = await reported(line, name), Caseworker(line)
    case = await staff.writes()
    assert await line.app.followup.round() == 1
    person.hears()
    return person, staff, case


async def words(staff: Caseworker, case: bytes) -> list[str]:
    """Return the words that were added to a case."""
    added = [one for one in await staff.answers() if one.case == case]
    return [one.value.words for one in added if isinstance(one.value, Words)]


async def pass_by(line: Made, person: Person, **time: float) -> list[str]:
    """Let time pass; return the ids of what the person is told."""
    line.watch.forward(**time)
    await line.app.jobs.timers()
    await line.deliver()
    return [message.id for message in person.hears()]


async def test_an_answer_goes_to_the_case_and_nothing_of_it_is_shown(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        assert [m.id for m in await person.says("He is with our aunt.")] == ["added"]
        assert [m.id for m in await person.says("She is well.")] == ["added"]
        assert await words(staff, case) == ["He is with our aunt.", "She is well."]
        assert [m.id for m in await person.says("/done")] == ["end"]
        assert await line.app.store.chats() == ()


async def test_voice_and_files_go_to_the_case(tmp_path: Path) -> None:
    shelf = Drawer()
    shelf.put("voice", b"OggS and what was said")
    async with made(tmp_path, depots=[shelf]) as line:
        person, staff, case = await written_to(line)
        assert [m.id for m in await person.sends("voice", voice=True)] == ["file-coming"]
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        [one] = await staff.answers()
        assert isinstance(one.value, File)
        assert one.case == case
        assert [m.id for m in await person.says("more")] == ["added"]


async def test_it_stays_open_for_its_days_and_closes_without_a_word(tmp_path: Path) -> None:
    async with made(tmp_path, reply_days=14) as line:
        person, staff, case = await written_to(line)
        assert await pass_by(line, person, days=3) == []
        assert [m.id for m in await person.says("later")] == ["added"]
        assert await pass_by(line, person, hours=1) == []  # no half hour closes it
        assert await pass_by(line, person, days=10, hours=22) == []
        assert len(await line.app.store.chats()) == 1
        assert await pass_by(line, person, hours=1) == []
        assert await line.app.store.chats() == ()
        assert [m.id for m in await person.says("too late")] == ["hello"]
        assert await words(staff, case) == ["later"]


async def test_it_is_found_in_the_next_month(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        line.watch.forward(days=10)  # 2 December
        assert [m.id for m in await person.says("in December")] == ["added"]
        assert await words(staff, case) == ["in December"]
        assert await pass_by(line, person, days=4, minutes=1) == []
        assert await line.app.store.chats() == ()


async def test_a_reply_finds_the_window_of_last_month(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        line.watch.forward(days=10)
        await staff.writes("And your sister?")
        assert await line.app.followup.round() == 1
        assert len(await line.app.store.chats()) == 1
        assert [m.id for m in await person.says("She too.")] == ["reply", "added"]
        assert await pass_by(line, person, days=13) == []
        assert await words(staff, case) == ["She too."]


@pytest.mark.parametrize("stop", ["/stop", "/done", "/pause"])
async def test_stop_closes_it(tmp_path: Path, stop: str) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        await person.says("one thing")
        assert [m.id for m in await person.says(stop)] == ["end"]
        assert await line.app.store.chats() == ()
        assert await words(staff, case) == ["one thing"]
        standing = await staff.standing(case)
        assert standing is not None
        assert standing.leaving is Leaving.STAYS  # only a case code asks for that


async def test_it_survives_a_restart_also_where_drafts_do_not(tmp_path: Path) -> None:
    keys, watch = new_keys(tmp_path), Watch()
    store = Kept(MemoryStore(keys[0].identity.sign_bytes)).store
    drafts = "ephemeral"
    async with made(tmp_path, store=store, keys=keys, watch=watch, drafts=drafts) as line:
        await written_to(line)
    draws = Draws(b"again")
    async with made(
        tmp_path, store=store, keys=keys, watch=watch, drafts=drafts, draws=draws
    ) as line:
        person = line.person()
        person.number = 50
        assert [m.id for m in await person.says("after the restart")] == ["added"]
        assert len(await Caseworker(line).answers()) == 1


async def test_where_a_report_is_open_no_window_opens_and_that_is_said(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff = await reported(line), Caseworker(line)
        for text in ("/start", "1", "1", "1", "1", "1", "a second report"):
            await person.says(text)
        await staff.writes()
        await line.app.followup.round()
        [text] = shown(line.inbox)
        assert line.app.intake.speaker.render("en", "reply-later") in text
        [row] = await line.app.store.chats()
        place = line.app.intake.chats.open(row)
        assert place is not None
        assert place.state.mode is Mode.ASKING
        assert not place.state.window
        assert await staff.outcomes() == ["sent"]


async def test_who_has_just_begun_is_not_disturbed(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        ticks = [0.0]
        line.app.followup.ticks = lambda: ticks[0]
        person, staff = await reported(line), Caseworker(line)
        await person.says("/start")
        await staff.writes()
        await line.app.followup.round()
        assert shown(line.inbox) == []
        assert await staff.outcomes() == ["waiting"]
        await pass_by(line, person, hours=1)
        ticks[0] += 300
        await line.app.followup.round()
        assert len(shown(line.inbox)) == 1


async def test_what_is_left_of_a_case_that_leaves_is_closed_and_not_said(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        await staff.writes("Still there?")
        await staff.deletes(case)
        await line.app.followup.round()
        assert person.hears() == []
        assert await line.app.store.chats() == ()
        assert await staff.outcomes() == ["sent", "withdrawn", "taken"]
        assert [m.id for m in await person.says("and this?")] == ["hello"]
        assert await words(staff, case) == []
