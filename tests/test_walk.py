"""The walk through a new server: what cannot stand is asked again, and what comes of it loads."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import check
from bot.setup import settings_text
from bot.walk import Answers, walk

TOKEN = "123456789:AAEhBOweik6ad6PsVYTVVPoZQ1r4D0yT5gk"
ALL = "en zh-Hans ug"


def walked(
    *typed: str, look: Callable[[str], str] = lambda _: "@garden_bot"
) -> tuple[Answers, str]:
    """Type answers in turn; return what came of it and all that was said."""
    left, said = list(typed), []

    def ask(question: str) -> str:
        said.append(question)
        return left.pop(0)

    answers = walk(ask, ask, said.append, look, all_languages=ALL)
    assert left == []
    return answers, "\n".join(said)


def test_a_walk_ends_with_settings_that_load() -> None:
    answers, said = walked('Garden "Desk"', TOKEN, "", "+81 3 0000", "EN, ug en")
    assert answers == Answers(
        name='Garden "Desk"',
        token=TOKEN,
        handle="@garden_bot",
        contact="+81 3 0000",
        drafts=("en", "ug"),
    )
    settings = check(tomllib.loads(settings_text(answers)))
    assert (settings.name, settings.telegram.on) == ('Garden "Desk"', True)
    assert settings.offer_drafts == ("en", "ug")
    assert settings.handles == "Telegram: @garden_bot"
    assert "where others may look" in said
    assert TOKEN not in said + repr(answers) + settings_text(answers)


def test_a_number_on_signal_is_in_the_settings_and_what_comes_next_is_told() -> None:
    answers, said = walked("Garden", "", "+81 90 1234 5678", "http://signal:8080", "", "")
    settings = check(tomllib.loads(settings_text(answers)))
    assert (settings.signal.on, settings.signal.number) == (True, "+819012345678")
    assert settings.signal.bridge == "http://signal:8080"
    assert settings.handles == "Signal: +819012345678"
    assert settings.telegram.on is False
    for word in ("recommended", "quietline signal register", "quietline signal link"):
        assert word in said
    usual, _ = walked("Garden", TOKEN, "+819012345678", "", "", "")
    settings = check(tomllib.loads(settings_text(usual)))
    assert settings.signal.bridge == "http://127.0.0.1:8080"
    assert settings.handles == "Telegram: @garden_bot, Signal: +819012345678"


def test_nothing_but_a_name_is_needed() -> None:
    answers, _ = walked("Garden", "", "", "", "")
    settings = check(tomllib.loads(settings_text(answers)))
    assert (settings.telegram.on, settings.offer_drafts, settings.contact) == (False, (), "")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (["", "x" * 61, "two\tcells", "Garden", "", "", "", ""], "needs a name"),
        (["Garden", "not a token", TOKEN, "", "", ""], "That is no token"),
        (["Garden", "", "", "x" * 121, "two\tcells", "", ""], "at most 120"),
        (["Garden", TOKEN, "", "", "en klingon", "en"], "No texts are here in: klingon"),
        (["Garden", TOKEN, "", "", "tr", "en"], "No texts are here in: tr"),
        (["Garden", "", "090-1234", "+81 90 1234 5678", "", "", ""], "One looks like +81"),
        (["Garden", "", "+819012345678", "signal:8080", "", "", ""], "One looks like http://"),
    ],
)
def test_what_cannot_stand_is_asked_again(typed: list[str], reason: str) -> None:
    _, said = walked(*typed)
    assert reason in said


def test_a_token_that_telegram_does_not_know_is_asked_again() -> None:
    tokens = []

    def look(token: str) -> str:
        tokens.append(token)
        if len(tokens) == 1:
            raise ValueError("Telegram does not know that token.")
        return "@garden_bot"

    answers, said = walked("Garden", TOKEN, TOKEN[:-1] + "X", "", "", "", look=look)
    assert answers.token == TOKEN[:-1] + "X"
    assert "does not know" in said


def test_without_telegram_in_reach_the_name_is_asked() -> None:
    answers, _ = walked("Garden", TOKEN, "garden", "garden_bot", "", "", "", look=lambda _: "")
    assert answers.handle == "@garden_bot"


def test_the_word_for_offering_drafts_on_the_paper_does_so() -> None:
    paper = (Path(__file__).parent.parent / "docs" / "commands.md").read_text("utf-8")
    (found, put) = re.search(r"^sed -i 's/(\^# offer.+)/(offer.+)/' server", paper, re.MULTILINE).groups()  # type: ignore[union-attr]  # fmt: skip
    text = re.sub(found, put, settings_text(Answers(name="Garden")), flags=re.MULTILINE)
    assert check(tomllib.loads(text)).offer_drafts == ("en", "ja")


def test_what_is_said_fits_a_terminal() -> None:
    _, said = walked("Garden", TOKEN, "+819012345678", "", "", "")
    assert max(map(len, said.splitlines())) <= 80
