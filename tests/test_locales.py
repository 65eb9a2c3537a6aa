"""The shipped texts: five languages, complete, and honest about being drafts."""

import re
from pathlib import Path

import pytest

from bot.content import shipped_texts
from bot.engine.model import Command
from bot.profile import SHOWN
from bot.texts import Status, Texts
from bot.texts.completeness import MOST_CHARACTERS, check
from bot.texts.languages import NEVER_CHINESE, may_stand_in
from bot.texts.scripts import has_han

ROOT = Path(__file__).parent.parent
FIVE = ("en", "ja", "ug", "zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def texts() -> Texts:
    whole, safety = shipped_texts()
    return Texts(whole, safety=safety)


def test_five_languages_are_shipped(texts: Texts) -> None:
    assert texts.tags == FIVE


@pytest.mark.parametrize("tag", FIVE)
def test_every_text_is_there_and_whole(texts: Texts, tag: str) -> None:
    assert texts.catalogue(tag).messages
    assert [str(finding) for finding in check(texts) if finding.language == tag] == []


@pytest.mark.parametrize("tag", FIVE)
def test_every_text_can_be_rendered(texts: Texts, tag: str) -> None:
    catalogue = texts.catalogue(tag)
    for name, message in catalogue.messages.items():
        values = {key: 3 if key in message.counts else "x" for key in message.variables}
        text = catalogue.render(name, **values)
        assert text.strip()
        assert "{" not in text
        assert len(text) <= MOST_CHARACTERS or name.startswith("word-")


@pytest.mark.parametrize("tag", FIVE)
def test_no_shipped_text_claims_a_review(texts: Texts, tag: str) -> None:
    catalogue = texts.catalogue(tag)
    assert catalogue.safety_names
    assert Status.REVIEWED not in {catalogue.status(name) for name in catalogue.messages}


def test_uyghur_is_written_in_uyghur(texts: Texts) -> None:
    catalogue = texts.catalogue("ug")
    assert catalogue.direction == "rtl"
    for name, message in catalogue.messages.items():
        assert not has_han(message.source), name


def test_no_shipped_language_can_turn_into_chinese(texts: Texts) -> None:
    for tag in NEVER_CHINESE & set(texts.tags):
        assert not may_stand_in(tag, "zh-Hans")
        assert not may_stand_in(tag, "zh-Hant")


def test_every_text_is_said_somewhere() -> None:
    """A text that no code names is dead: nobody would notice if it were wrong."""
    code = "\n".join(p.read_text("utf-8") for p in (ROOT / "bot").rglob("*.py"))
    texts = shipped_texts()[0]["en"]
    names = {
        name
        for file in ("line.ftl", "safety.ftl")
        for name in re.findall(r"^([a-z][\w-]*) =", texts[file], re.MULTILINE)
    }
    built = {n for n in names if n.startswith(("word-", "button-", "command-", "q-"))}
    dead = {n for n in names - built if f'"{n}"' not in code}
    assert dead <= {"closed-ephemeral", "paused-ephemeral"}  # put together from their first words
    commands = {f"word-{command.value}" for command in Command} | {"word-thanks"}  # outside of all
    assert {n for n in built if n.startswith("word-")} == commands
    shown = {f"command-{command.value}" for command in SHOWN}
    assert {n for n in built if n.startswith("command-")} == shown


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        ("en", "asked"),
        ("ja", "頼みました"),
        ("ug", "سورىدۇق"),
        ("zh-Hans", "已请"),
        ("zh-Hant", "已請"),
    ],
)
def test_an_app_is_asked_to_remove_and_never_said_to_have_deleted(
    texts: Texts, tag: str, asked: str
) -> None:
    for name in ("vanished", "wiped", "not-wiped"):
        assert asked in texts.render(tag, name, app="Telegram")


def test_the_question_for_consent_promises_no_more_than_an_alert_can_do(texts: Texts) -> None:
    """It goes out after a random time (design §6.8), and is read within what was configured."""
    for tag in FIVE:
        said = texts.render(tag, "q-D2-alert", alert_hours="7")
        assert "7" in said
        assert said != texts.render(tag, "q-D2", hours="7")
    assert "at once" not in texts.render("en", "q-D2-alert", alert_hours="7")
