"""Whoever says a word of ours tells their language by it, where the app does not tell."""

from pathlib import Path

import pytest

from bot.engine import answers
from bot.texts.languages import LANGUAGES as KNOWN
from tests.line_made import made

LANGUAGES = ("en", "ja", "ug", "zh-Hans", "zh-Hant")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_in_their_own_words_is_answered_in_them(
    language: str, tmp_path: Path
) -> None:
    async with made(tmp_path) as line:
        words = line.app.content.texts.catalogue(language).words("word-verify")
        form = line.app.content.form
        own = [word for word in words if answers.tongue(form, word)]
        assert {answers.tongue(form, word) for word in own} <= {language}
        person = line.person(language)
        for word in own:
            assert {one.language for one in await person.says(word)} == {language}
        assert own or language == "zh-Hant"  # some words are the same in both scripts


async def test_a_slash_and_other_words_tell_nothing(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        form = line.app.content.form
        for said in ("/stop", "\uff0fstop", "", "1", "something else", KNOWN["ug"].autonym):
            assert answers.tongue(form, said) == ""
