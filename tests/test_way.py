"""A further address: asked for once, sealed with a yes only, opened by the desk, written to by choice."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.events import Chose, Said
from desk.errors import OtherCaseInside
from desk.opening import open_journal
from storage import age
from storage.age import Identity
from storage.errors import FieldError
from storage.outcome import Outcome
from storage.rows import JournalRow
from storage.way import FurtherAddress, decode, encode
from tests.caseworker import TEXT, Caseworker
from tests.line_made import LANGUAGES, Inbox, Made, Person, made
from tests.stores import DAY, a_row, case
from tests.test_accounts import gives, with_code

WAY = FurtherAddress(
    case=case("c"), channel="signal", language="zh-Hans", day=DAY, address=bytes(range(160))
)
READING = Identity.generate()
KEY = "2026Q4.1-general"


def row(way: FurtherAddress) -> JournalRow:
    return a_row(age.seal(encode(way), [READING.recipient]), key=KEY)


# --- what stands in the seal ---------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["signal", "telegram", "console"])
def test_it_is_read_as_it_was_written_in_one_size(channel: str) -> None:
    one = replace(WAY, channel=channel)
    assert decode(encode(one)) == one
    assert len(encode(one)) == 4096


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        encode(WAY).replace(b'"kind":"way"', b'"kind":"receipt"'),
        encode(WAY).replace(b'"address":"00', b'"address":"'),
        encode(WAY).replace(b'"channel":"signal"', b'"channel":"two words"'),
        encode(WAY).replace(b'"channel":"signal"', b'"channel":"signal","peer":"x"'),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FieldError):
        decode(data)


def test_a_desk_knows_it_and_shows_no_address() -> None:
    [opened] = open_journal([row(WAY)], {KEY: READING})
    assert opened.way == WAY
    assert opened.known
    assert WAY.address.hex() not in repr(opened)
    assert repr(WAY.address) not in repr(opened)


def test_one_of_another_case_is_refused() -> None:
    with pytest.raises(OtherCaseInside):
        open_journal([row(replace(WAY, case=case("d")))], {KEY: READING})


# --- from one app to the other -------------------------------------------------------------------


def beside(line: Made, inbox: Inbox) -> Person:
    """Return somebody in the other app."""
    return replace(line, inbox=inbox).person("somebody")


async def offered(person: Person, code: str, language: int = 1) -> list[str]:
    """Give the code, add a word, be done, and say yes; return what was heard at the end."""
    await person.says(code)
    await person.says(str(language))
    await person.says("I am in another app now.")
    assert [m.id for m in await person.says("/done")] == ["contact-here"]
    return [m.id for m in await person.says("1")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_reply_to_the_second_address_goes_to_that_chat_and_not_to_the_first(
    tmp_path: Path, language: str
) -> None:
    first, second = Inbox(name="telegram"), Inbox(name="signal")
    async with made(tmp_path, channels=[first, second]) as line:
        _, code, sent = await with_code(line)
        other = beside(line, second)
        heard = await offered(other, code, 1 + LANGUAGES.index(language))
        assert heard == ["contact-kept", "end"]
        staff = Caseworker(line)
        [way] = await staff.further(sent)
        assert (way.case, way.channel, way.language) == (sent, "signal", language)
        assert way.day == line.watch().date()
        await staff.writes_further(sent)
        assert await line.app.followup.round() == 1
        [shown] = second.take("somebody")
        assert shown.text.startswith(TEXT)
        assert first.got == {}
        await staff.writes()
        assert await line.app.followup.round() == 1
        assert len(first.take("person")) == 1
        assert second.got == {}
        assert await staff.outcomes() == ["sent", "sent"]


async def test_an_address_of_one_case_is_no_address_of_another(tmp_path: Path) -> None:
    first, second = Inbox(name="telegram"), Inbox(name="signal")
    async with made(tmp_path, channels=[first, second]) as line:
        _, code, sent = await with_code(line, "anna")
        _, _, another = await with_code(line, "bert")
        await offered(beside(line, second), code)
        staff = Caseworker(line)
        [way] = await staff.further(sent)
        assert await staff.tries(another, way.address) is Outcome.DAMAGED
        assert await line.app.followup.round() == 0
        assert await staff.further(another) == []


@pytest.mark.parametrize("word", ["2", "/stop", "/done", "one thing more"])
async def test_without_a_yes_no_address_is_kept(tmp_path: Path, word: str) -> None:
    async with made(tmp_path) as line:
        person, code, sent = await with_code(line)
        await gives(person, code)
        await person.says("/done")
        await person.says(word)
        assert await Caseworker(line).further(sent) == []


async def test_half_an_hour_of_silence_is_no_yes(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code, sent = await with_code(line)
        await gives(person, code)
        await person.says("/done")
        line.watch.forward(minutes=31)
        await line.app.jobs.timers()
        await line.deliver()
        assert [m.id for m in person.hears()] == ["end"]
        assert await Caseworker(line).further(sent) == []


@pytest.mark.parametrize("by", ["1", "/yes", "button"])
async def test_a_case_that_leaves_meanwhile_gets_no_address(tmp_path: Path, by: str) -> None:
    async with made(tmp_path) as line:
        person, code, sent = await with_code(line)
        await gives(person, code)
        [asked] = await person.says("/done")
        await Caseworker(line).deletes(sent)
        revision = asked.revision
        said = Chose(revision=revision, pick="0") if by == "button" else Said(text=by)
        assert [m.id for m in await person.does(said)] == ["adds-over", "status"]
        assert await Caseworker(line).further(sent) == []
