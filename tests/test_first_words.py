"""Frightened people: they do not wait to be asked, call for help, and ask who is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine.events import Chose
from bot.texts.scripts import strip_isolates
from storage.entry import Words
from tests.caseworker import Caseworker
from tests.line_made import LANGUAGES, Made, made
from tests.reports import short
from tests.test_accounts import with_code
from tests.test_as_a_person import comes_to_words, picks, told
from tests.test_windows import written_to

#: More than one word would be, in each script.
STORY = {
    "en": "They are outside my house",
    "zh-Hans": "他们就在我家门外面",
    "zh-Hant": "他們就在我家門外面",
    "ug": "ئۇلار ئۆيۈمنىڭ سىرتىدا تۇرىدۇ",
    "ja": "家の外に人がいます",
}
ORIGINS = (
    "Tibet",
    "East Turkistan",
    "Xinjiang",
    "Inner Mongolia",
    "西藏",
    "新疆",
    "شەرقىي تۈركىستان",
)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Made]:
    async with made(tmp_path) as one:
        yield one


# --- before a language is chosen ----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_tells_it_at_once_learns_that_it_was_not_kept(line: Made, language: str) -> None:
    person = line.person()
    await person.says(STORY[language])
    assert person.heard == ["hello"]
    await person.says(short(language)[0])
    (said,) = [m for m in person.last if m.id == "unheard"]
    assert said.language == language
    assert "/code" in said.text
    await person.says("/language")
    await person.says(short(language)[0])
    assert "unheard" not in person.heard


async def test_words_instead_of_a_language_are_told_not_to_be_kept(line: Made) -> None:
    person = line.person()
    for text in ("/start", STORY["en"], "hi", "en"):
        await person.says(text)
    assert "unheard" in person.heard


@pytest.mark.parametrize("voice", [True, False])
async def test_a_first_photo_is_told_not_to_be_kept(line: Made, voice: bool) -> None:
    person = line.person()
    await person.sends("photo", voice=voice)
    assert person.heard == ["no-voice" if voice else "no-file", "hello"]
    await person.says("en")
    assert "unheard" in person.heard


@pytest.mark.parametrize("first", ["/start", "hi", "hello!", "help", "en", "👋", "你好"])
async def test_who_greets_has_lost_nothing(line: Made, first: str) -> None:
    person = line.person()
    for text in (first, "en"):
        await person.says(text)
    assert "unheard" not in person.heard


async def test_a_code_is_known_from_a_new_beginning(line: Made) -> None:
    person, code, _ = await with_code(line)
    await person.says(code)
    assert person.heard == ["code-found", "hello"]
    for text in (STORY["en"], "en"):
        await person.says(text)
    assert person.heard == ["draft-language", "unheard-here", "adding"]


# --- words where a choice is asked for ----------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_tells_it_too_soon_is_told_when_and_what_to_do_in_danger(
    line: Made, language: str
) -> None:
    person = line.person()
    for text in ("/start", short(language)[0], STORY[language]):
        await person.says(text)
    assert person.heard == ["wrong-early", "q-S1"]
    assert "/danger" in person.last[0].text
    await person.says("?!")
    assert person.heard == ["wrong-choice", "q-S1"]


async def test_who_tells_more_later_is_told_where_it_can_be_added(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("first", "/done", "and they took my brother away"):
        await person.says(text)
    assert person.heard == ["wrong-late", "q-A2"]
    for text in ("/send", "and they took my brother away"):
        await person.says(text)
    assert person.heard == ["wrong-late", "review"]
    for text in ("/change", "5", "/add", "and my brother", "/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["first", "and my brother"]


async def test_an_answer_is_added_to_by_its_button(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("first", "/done", "/back"):
        await person.says(text)
    (again,) = person.last
    assert picks(again)["add"] == "Add to my answer"
    assert picks(again)["add"] in again.how
    await person.does(Chose(revision=again.revision, pick="add"))
    assert person.heard == ["q-A1"]
    assert "takes the place" not in person.last[0].how
    assert picks(person.last[0])["done"] == "Done"
    for text in ("second", "/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["first", "second"]


async def test_what_has_no_parts_is_not_added_to(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("/add", "/skip", "/back"):
        await person.says(text)
    assert "add" not in picks(person.last[0])
    await person.says("/add")
    assert person.heard == ["no-command", "q-A1"]


async def test_who_has_nothing_to_send_is_asked_for_words(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("/send", "1"):
        await person.says(text)
    assert person.heard == ["not-enough", "q-A1"]
    for text in ("words", "/done", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["words"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_said_that_what_is_kept_is_not_sent_yet(line: Made, language: str) -> None:
    person = await comes_to_words(line, language)
    await person.says("words")
    words = {
        "en": "not sent yet",
        "zh-Hans": "还没有发送",
        "zh-Hant": "還沒有送出",
        "ug": "تېخى ئەۋەتىلمىدى",
        "ja": "まだ送信していません",
    }
    assert words[language] in person.last[-1].text


# --- calls for help -----------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["danger", "help", "救命", "助けて", "ياردەم"])
async def test_a_call_for_help_after_staff_wrote_reaches_them(line: Made, call: str) -> None:
    person, _, _ = await written_to(line)
    await person.says(call)
    assert person.heard[0] in {"danger", "help"}
    assert person.heard[-1] == "added"
    assert [one.value.words for one in await line.entries() if isinstance(one.value, Words)] == [
        call
    ]


async def test_a_command_with_a_slash_is_none_of_the_words(line: Made) -> None:
    person, _, _ = await written_to(line)
    for text in ("/danger", "/help"):
        await person.says(text)
        assert person.heard[-1] == "adding"
    assert await line.entries() == []


async def test_help_at_a_choice_is_no_word_for_the_team(line: Made) -> None:
    person, code, _ = await with_code(line)
    for text in (code, "en", "/done", "help"):
        await person.says(text)
    assert person.heard == ["help", "contact-here"]
    assert await line.entries() == []


async def test_a_call_for_help_is_not_kept_where_the_case_leaves(line: Made) -> None:
    person, staff, case = await written_to(line)
    await staff.deletes(case)
    await person.says("danger")
    assert person.heard == ["adds-over"]
    assert await line.entries() == []


async def test_a_call_for_help_is_kept_among_ones_own_words(line: Made) -> None:
    person = await comes_to_words(line)
    for text in ("first", "救命"):
        await person.says(text)
    assert person.heard == ["danger", "lines-none", "kept"]
    for text in ("/done", "/back", "emergency"):  # in the place of older words it takes nothing
        await person.says(text)
    assert person.heard == ["danger", "lines-none", "q-A1"]
    for text in ("/skip", "/send", "1"):
        await person.says(text)
    assert await told(line) == ["first", "救命"]


@pytest.mark.parametrize("place", ORIGINS)
async def test_where_one_is_pursued_no_police_number_is_advised(line: Made, place: str) -> None:
    person = line.person()
    for text in ["/start", *short("en")[:2], "2", place]:
        await person.says(text)
    assert person.heard == ["lines-origin", "q-D2"]


# --- who is there -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_who_is_there_is_told(line: Made, language: str) -> None:
    person = line.person()
    for text in ("/start", short(language)[0]):
        await person.says(text)
    for asked in line.app.content.texts.catalogue(language).words("word-who"):
        await person.says(asked + "?")
        assert person.heard == ["who", "q-S1"], asked
        assert "/verify" in person.last[0].text
    other = line.person("other")
    await other.says("who are you?")
    assert other.heard == ["who", "hello"]


async def test_who_does_not_delete_is_told_that_nothing_was(line: Made) -> None:
    person, code, case = await with_code(line)
    for text in (code, "en", "/delete", "no"):
        await person.says(text)
    assert person.heard == ["not-deleted", "adding"]
    for text in ("/delete", "wait, what does that mean"):
        await person.says(text)
    assert person.heard == ["not-deleted", "resumed", "adding"]
    assert await Caseworker(line).standing(case) is None


async def test_a_code_that_leads_nowhere_may_be_one_of_a_draft_that_is_gone(line: Made) -> None:
    person = line.person()
    await person.says("0000 0000 0000 0000 0000")
    assert person.heard == ["code-wrong"]
    assert "40 hours" in strip_isolates(person.last[0].text)


async def test_going_back_while_adding_is_no_first_question(line: Made) -> None:
    person, code, _ = await with_code(line)
    for text in (code, "en", "/back"):
        await person.says(text)
    assert person.heard == ["no-command", "adding"]


# --- thanks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_thanks_after_sending_begins_nothing(line: Made, language: str) -> None:
    person = line.person()
    for text in ["/start", *short(language)]:
        await person.says(text)
    assert person.heard[0] == "sent"
    for word in line.app.content.texts.catalogue(language).words("word-thanks"):
        await person.says(f"{word}!")
        assert person.heard == ["thanks"], word
        assert person.last[0].language == language
        assert "/code" in person.last[0].text
    place = await line.app.intake.chats.find(line.inbox.name, person.name, line.watch().date())
    assert place.expected == 0
    await person.says("/start")
    assert person.heard[0] == "hello"


async def test_thanks_among_own_words_are_words(line: Made) -> None:
    person = line.person()
    for text in ["/start", *short("en")[:5], "Thank you"]:
        await person.says(text)
    assert person.heard == ["kept"]
