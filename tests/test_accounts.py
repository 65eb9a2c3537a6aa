"""With the case code a person sees how their report stands, and has it deleted; from any chat."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import renewed
from bot.erasing import kept
from bot.farewell import tombstones
from bot.texts.scripts import strip_isolates
from storage import packet
from storage.outcome import Outcome
from storage.packet import Header, Packet
from storage.standing import RETENTION, RETENTION_TOLD, Leaving
from tests.caseworker import Caseworker, reported
from tests.dialogues import code_in
from tests.line_made import LANGUAGES, Made, Person, made
from tests.reports import short
from tests.test_windows import written_to


async def with_code(line: Made, name: str = "person") -> tuple[Person, str, bytes]:
    """Return somebody who has reported, their code, and their case."""
    person = await reported(line, name)
    (code,) = filter(None, (code_in(strip_isolates(m.text)) for m in person.last))
    return person, code, (await line.cases())[-1][0].case


async def gives(person: Person, code: str) -> list[str]:
    """Give the code; choose a language where that is asked."""
    heard = [m.id for m in await person.says(code)]
    if heard == ["code-found", "hello"]:
        await person.says("1")
    return person.heard


def status_of(person: Person) -> str:
    """Return what they are told of how the case stands."""
    (text,) = [m.text for m in person.last if m.id == "status"]
    return strip_isolates(text)


async def reports(staff: Caseworker, case: bytes, what: str) -> Outcome:
    """Have a desk report something."""
    staff.sequence += 1
    today = staff.line.watch().date()
    header = Header(
        kind="report",
        case=case,
        author="tenzin",
        device=staff.device,
        sequence=staff.sequence,
        day=today,
        expires=today + timedelta(days=1),
        line="ab" * 32,
        key="",
        report=what,
    )
    data = packet.encode(Packet(header=header, parts={}))
    signature = packet.sign(data, staff.signer)
    return (await staff.packets().take(data, signature, staff.line.watch())).outcome


async def test_the_account_is_true_and_always_of_one_shape(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, case = await with_code(line)
        staff = Caseworker(line)
        line.app = renewed(line.app, staff.packets().line)
        await gives(person, code)
        seen = []
        for step in ("none", "opened", "written", "answered", "asked", "erased"):
            if step == "opened":
                assert await reports(staff, case, "opened") is Outcome.TAKEN
            elif step == "written":
                await staff.writes()
            elif step == "answered":
                await line.app.followup.round()
                await gives(person, code)
            elif step == "asked":
                await person.says("/delete")
                await person.says("1")
            elif step == "erased":
                assert await reports(staff, case, "erased") is Outcome.TAKEN
                await gives(person, code)
            if step in {"none", "opened", "written", "answered"}:
                await person.says("/status")
            seen.append(status_of(person))
        locked, opened = "Locked: yes. ", "Opened by a person of the team: "
        not_asked, asked = "Deletion: not asked for.", "Deletion: asked for; "
        copies = "people of the team have deleted their copy."
        assert seen == [
            f"{locked}{opened}not yet. Answered: not yet. {not_asked}",
            f"{locked}{opened}yes. Answered: not yet. {not_asked}",
            f"{locked}{opened}yes. Answered: not yet. {not_asked}",
            f"{locked}{opened}yes. Answered: yes. {not_asked}",
            f"{locked}{opened}yes. Answered: yes. {asked}0 of 1 {copies}",
            f"{locked}{opened}yes. Answered: yes. {asked}1 of 1 {copies}",
        ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_in_every_language_a_code_shows_and_deletes(tmp_path: Path, language: str) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await person.says("/start")
        for text in short(language):
            await person.says(text)
        (code,) = filter(None, (code_in(strip_isolates(m.text)) for m in person.last))
        await person.says(code)
        await person.says(str(1 + LANGUAGES.index(language)))
        words = line.app.content.texts.catalogue(language).words
        assert [m.id for m in await person.says(words("word-status")[0])] == ["status", "adding"]
        assert not re.search(r"[{}]", status_of(person))
        assert [m.id for m in await person.says(words("word-delete")[0])] == ["delete-sure"]
        assert [m.language for m in person.last] == [language]
        assert [m.id for m in await person.says(words("word-yes")[0])] == [
            "delete-asked",
            "status",
        ]
        assert await line.app.store.chats() == ()
        assert [m.id for m in await person.says(code)] == ["code-found", "hello"]
        await person.says("/delete")
        assert [m.id for m in await person.says("/status")] == ["hello"]
        await person.says(str(1 + LANGUAGES.index(language)))
        assert person.last[-1].id == "status"
        assert person.last[-1].language == language
        assert await line.app.store.chats() == ()


async def test_the_wish_from_another_chat_ends_what_staff_would_say(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, case = await with_code(line)
        staff = Caseworker(line)
        await staff.writes()
        await line.app.followup.round()
        assert len(await line.app.store.chats()) == 1  # the window
        await staff.writes("One more thing.")
        other = line.person("other")
        await gives(other, code)
        await other.says("/delete")
        assert [m.id for m in await other.says("/yes")] == ["delete-asked", "status"]
        standing = await staff.standing(case)
        assert standing is not None
        assert (standing.leaving, standing.by) == (Leaving.LEAVES, "person")
        person.hears()
        assert [m.id for m in await person.says("before the next round")] == ["adds-over"]
        await line.app.followup.round()
        assert person.hears() == []
        assert await line.app.store.chats() == ()
        assert await staff.outcomes() == ["sent", "withdrawn"]
        assert await staff.answers() == []
        for who in (person, other):
            assert (await gives(who, code))[-1] == "status"
        line.watch.forward(hours=49)
        assert await line.app.jobs.erase() == 1
        assert (await gives(person, code))[-1] == "status"
        assert not any(row.sealed for row in await line.app.store.journal(case))


async def test_who_adds_while_another_deletes_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, case = await with_code(line)
        await gives(person, code)
        await Caseworker(line).deletes(case)
        assert [m.id for m in await person.says("too late")] == ["adds-over", "status"]
        assert await Caseworker(line).answers() == []
        assert await line.app.store.chats() == ()


async def test_what_a_person_was_told_is_being_deleted_is_not_kept(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, case = await with_code(line)
        erasing = line.app.jobs.erasing
        await erasing.ask(case, RETENTION, line.watch())
        today, staff = line.watch().date(), Caseworker(line)
        later = today + timedelta(days=100)
        standing = await staff.standing(case)
        assert standing is not None
        assert kept(standing, case, later, today) is not None
        assert (await gives(person, code))[-1] == "status"
        assert "Deletion: asked for" in status_of(person)
        standing = await staff.standing(case)
        assert standing is not None
        assert (standing.leaving, standing.by) == (Leaving.LEAVES, RETENTION_TOLD)
        assert kept(standing, case, later, today) is None
        [stone] = await tombstones(line.app.store, line.line)
        assert stone.by == RETENTION
        await gives(person, code)
        assert await staff.standing(case) == standing
        line.watch.forward(hours=48)
        assert await line.app.jobs.erase() == 1


async def test_a_reply_window_shows_and_deletes_nothing(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, staff, case = await written_to(line)
        for text in ("/status", "/delete"):
            assert [m.id for m in await person.says(text)] == ["code-how", "adding"]
            assert {a.pick for m in person.last for a in m.actions} == {"done"}
        standing = await staff.standing(case)
        assert standing is not None
        assert standing.leaving is Leaving.STAYS


async def test_a_file_instead_of_a_yes_deletes_nothing(tmp_path: Path) -> None:
    from tests.depots import Drawer

    drawer = Drawer()
    drawer.put("photo", b"\xff\xd8\xff and a picture")
    async with made(tmp_path, depots=[drawer]) as line:
        person, code, case = await with_code(line)
        await gives(person, code)
        await person.says("/delete")
        assert [m.id for m in await person.sends("photo")] == ["file-coming"]
        assert await Caseworker(line).standing(case) is None


async def test_half_an_hour_without_a_yes_deletes_nothing(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, case = await with_code(line)
        await gives(person, code)
        await person.says("/delete")
        line.watch.forward(minutes=31)
        await line.app.jobs.timers()
        await line.deliver()
        assert [m.id for m in person.hears()] == ["end"]
        assert await Caseworker(line).standing(case) is None
