"""What somebody finds out who uses the line: nothing is lost unsaid, and no way out is named twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine.events import Chose
from bot.helplines import COLUMNS
from bot.ports import Message
from storage.entry import Words
from tests.line_made import LANGUAGES, Made, Person, made
from tests.reports import short

NUMBER = "call me: 090 1234 5678"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Made]:
    async with made(tmp_path) as one:
        yield one


async def comes_to_words(line: Made, language: str = "en") -> Person:
    """Return somebody who is asked what happened."""
    person = line.person()
    for text in ["/start", *short(language)[:5]]:
        await person.says(text)
    assert person.heard == ["q-A1"]
    return person


def picks(message: Message) -> dict[str, str]:
    return {action.pick: action.label for action in message.actions}


async def told(line: Made) -> list[str]:
    """Return the words of the only case."""
    ((_, answers),) = await line.cases()
    return [one.value.words for one in answers if isinstance(one.value, Words)]


async def test_nothing_is_lost_when_somebody_writes_on_before_they_see_a_doubt(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("first", NUMBER, "third", "fourth"):
        await person.says(text)
    for text in ("/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["first", NUMBER, "third", "fourth"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_that_a_number_was_kept_is_said(line: Made, language: str) -> None:
    person = await comes_to_words(line, language)
    await person.says(NUMBER)
    await person.says("more")
    assert person.heard == ["number-kept", "kept"]
    assert "/change" in person.last[0].text


async def test_only_the_message_with_the_number_is_deleted_when_it_is_written_again(
    line: Made,
) -> None:
    person = await comes_to_words(line)
    for text in ("first", NUMBER, "2"):
        await person.says(text)
    assert person.heard == ["dropped", "q-A1"]
    assert "Only that message" in person.last[0].text
    for text in ("call me", "/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["first", "call me"]


async def test_who_comes_back_to_words_is_told_that_new_ones_take_their_place(line: Made) -> None:
    person = await comes_to_words(line)
    assert "takes the place" not in person.last[0].how
    for text in ("first", "second", "/done", "/back"):
        await person.says(text)
    (again,) = person.last
    assert "takes the place of all" in again.how
    assert picks(again)["skip"] == "Keep my answer"
    assert "done" not in picks(again)
    await person.does(Chose(revision=again.revision, pick="skip"))
    assert person.heard == ["q-A2"]
    for text in ("/back", "new"):
        await person.says(text)
    assert picks(person.last[0])["done"] == "Done"
    for text in ("and more", "/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["new", "and more"]


async def test_a_question_that_was_skipped_has_no_answer_to_keep(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("/skip", "/back"):
        await person.says(text)
    assert picks(person.last[0])["skip"] == "Skip"


async def test_before_consent_an_answer_can_be_kept_too(line: Made) -> None:
    person = line.person()
    for text in ["/start", *short("en")[:2], "/back"]:
        await person.says(text)
    assert person.heard == ["q-S1"]
    assert picks(person.last[0])["skip"] == "Keep my answer"


async def test_words_beside_the_last_question_are_told_not_to_be_kept(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("first", "stop", "they stopped me at the airport"):
        await person.says(text)
    assert person.heard == ["resumed", "q-A1"]
    for text in ("stop", "2"):
        await person.says(text)
    assert person.heard == ["q-A1"]


async def test_nobody_is_told_to_skip_what_cannot_be_skipped(line: Made) -> None:
    person = line.person()
    for text in ["/start", *short("en")[:3], "x", "x", "x"]:
        await person.says(text)
    assert person.heard == ["wrong-choice", "cannot-skip", "q-C1"]
    for text in ["1", "1", "words", "/done", "/review", "x", "x", "x"]:
        await person.says(text)
    assert person.heard == ["wrong-choice", "help", "review"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["China", "中国", "中國", "خىتاي", "中国本土", "PRC"])
async def test_a_country_of_origin_is_known_by_its_common_names(
    line: Made, language: str, name: str
) -> None:
    person = line.person()
    for text in ["/start", *short(language)[:2], "2", name]:
        await person.says(text)
    assert person.heard == ["lines-origin", "q-D2"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_label_that_is_quoted_can_be_written_as_it_stands(
    line: Made, language: str
) -> None:
    person = line.person()
    for text in ["/start", *short(language)[:2], "2", "Atlantis"]:
        await person.says(text)
    assert person.heard == ["wrong-country", "q-D1"]
    texts = line.app.content.texts
    label = texts.render(language, "c-country-XX")
    assert label in person.last[0].text
    for quoted in (f"«{label}»", f"「{label}」", f"“{label}”"):
        await person.says(quoted)
        assert person.heard[-1] == "q-D2"
        await person.says("/back")


async def test_who_may_hurt_themselves_is_told_where_somebody_listens_before_any_police(
    tmp_path: Path,
) -> None:
    row = "JP,110,0120 000 000,,false,false,x,2026-11-22,true"
    (tmp_path / "own.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8")
    async with made(tmp_path, helplines="own.csv") as line:
        person = line.person()
        for text in ["/start", *short("en")[:2], "4", "Japan"]:
            await person.says(text)
        assert person.heard == ["lines-crisis", "q-D3"]
        assert "0120 000 000" in person.last[0].text
        assert "110" not in person.last[0].text
        await person.says("/danger")
        assert person.heard == ["danger", "lines-crisis", "lines-row", "q-D3"]


async def test_who_corrects_the_country_is_told_the_lines_of_the_other_one(line: Made) -> None:
    person = line.person()
    for text in ["/start", *short("en")[:2], "2", "Japan"]:
        await person.says(text)
    assert person.heard == ["lines-none", "q-D2"]
    for text in ("/back", "Japan"):
        await person.says(text)
    assert person.heard == ["q-D2"]
    for text in ("/back", "China"):
        await person.says(text)
    assert person.heard == ["lines-origin", "q-D2"]
