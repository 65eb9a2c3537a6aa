"""Completeness: each fault that a translation can have is found, and named by its rule."""

import pytest

from bot.texts import Texts
from bot.texts.completeness import check, plural_forms

ENGLISH = """
button-skip = Skip
greet = Hello { $name }.
left = { $n ->
    [one] { $n } question left.
   *[other] { $n } questions left.
 }
via = { $channel ->
    [signal] On Signal.
   *[telegram] On Telegram.
 }
call = Call 112 or 1-800, within 48 hours.
lines = One line,
    and another.
word-stop = stop | cancel
word-yes = yes
"""
UYGHUR = """
button-skip = ئاتلاش
greet = سالام { $name }.
left = { $n ->
    [one] { $n } سوئال قالدى.
   *[other] { $n } سوئال قالدى.
 }
via = { $channel ->
    [signal] Signal دا.
   *[telegram] Telegram دا.
 }
call = ٤٨ سائەت ئىچىدە 112 ياكى 1-800 گە تېلېفون قىلىڭ.
lines = بىر قۇر،
    يەنە بىر قۇر.
word-stop = توختات | stop
word-yes = ھەئە
"""


def found(*, ug: str = "", en: str = "", **other: str) -> set[tuple[str, str, str]]:
    """Return (language, id, rule) for the fixtures with some messages replaced."""
    own = {"en": {"own.ftl": en}, "ug": {"own.ftl": ug}}
    own |= {tag.replace("_", "-"): {"own.ftl": text} for tag, text in other.items()}
    texts = Texts(
        {"en": {"line.ftl": ENGLISH}, "ug": {"line.ftl": UYGHUR}}, own, on_fault=lambda _: None
    )
    return {(finding.language, finding.name, finding.rule) for finding in check(texts)}


def test_a_whole_translation_has_no_findings() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("text", "name", "rule"),
    [
        ("new = يېڭى\n", "new", "extra"),
        ("broken = { $x\n", "broken", "unreadable"),
        ("greet = سالام.\n", "greet", "values"),
        ("greet = سالام { $name } { $city }.\n", "greet", "values"),
        ("left = { $n ->\n *[other] { $n }\n }\n", "left", "plurals"),
        ("left = { $n ->\n [one] { $n }\n [few] { $n }\n *[other] { $n }\n }\n", "left", "plurals"),
        ("via = { $channel ->\n [signal] ھە\n *[mail] ياق\n }\n", "via", "choices"),
        ("greet = \u202eسالام { $name }.\n", "greet", "bidi"),
        ("greet = \u200fسالام { $name }.\n", "greet", "bidi"),
        ("greet = \u2068سالام { $name }.\n", "greet", "bidi"),
        ("greet = سا\u00adلام { $name }.\n", "greet", "control"),
        ("greet = سا\u0007لام { $name }.\n", "greet", "control"),
        ("greet = سا\tلام { $name }.\n", "greet", "control"),
        ("greet = سالام،\n    { $name }.\n", "greet", "lines"),
        ("lines = بىر قۇر\n", "lines", "lines"),
        ("button-skip = ئات\n    لاش\n", "button-skip", "lines"),
        ("greet = " + "س" * 340 + " { $name }\n", "greet", "long"),
        ("button-skip = " + "س" * 41 + "\n", "button-skip", "long"),
        ("call = 48 سائەت، 113 ياكى 1-800.\n", "call", "digits"),
        ("call = 48 سائەت، 112.\n", "call", "digits"),
        ("greet = { $name } 7.\n", "greet", "digits"),
        ('word-stop = { "" }\n', "word-stop", "words"),
        ("word-stop = توختات | …\n", "word-stop", "words"),
        ("word-stop = توختات | توختات\n", "word-stop", "words"),
        ("word-stop = ھەئە\n", "word-stop", "clash"),
        ("word-yes = Cancel\n", "word-yes", "clash"),
        ("greet = 你好 { $name }.\n", "greet", "han"),
    ],
)
def test_a_fault_is_found(text: str, name: str, rule: str) -> None:
    assert ("ug", name, rule) in found(ug=text)


def test_a_missing_message_is_found() -> None:
    assert found(en="more = More.\n") == {("ug", "more", "missing")}


def test_one_fault_is_one_finding() -> None:
    assert found(ug="greet = سالام.\n") == {("ug", "greet", "values")}
    assert found(ug="broken = { $x\n") == {("ug", "broken", "unreadable")}


def test_english_is_held_to_the_same_rules() -> None:
    assert ("en", "long", "long") in found(en="long = " + "x" * 351 + "\n")
    assert ("en", "word-go", "clash") in found(en="word-go = Stop\n")


def test_isolates_and_joiners_may_stand_in_a_text() -> None:
    assert found(ug="greet = سالام \u2068abc\u2069 ئا\u200cب { $name }.\n") == set()


def test_the_longest_variant_counts() -> None:
    variant = "س" * 200
    text = f"left = {{ $n ->\n [one] {variant}{{ $n }}\n *[other] {variant}{{ $n }}\n }}\n"
    assert found(ug=text) == set()  # one variant is shown, not both


def test_what_a_value_usually_is_can_be_told() -> None:
    texts = Texts({"en": {"line.ftl": "greet = Hello { $link }.\n"}})
    assert check(texts) == ()
    assert [finding.rule for finding in check(texts, samples={"link": 345})] == ["long"]


def test_chinese_may_be_written_in_chinese() -> None:
    rules = {
        rule for tag, _, rule in found(zh_Hans="greet = 你好 { $name }。\n") if tag == "zh-Hans"
    }
    assert rules == {"missing"}


def test_plural_forms_are_those_of_the_language() -> None:
    assert plural_forms("zh-Hans") == {"other"}
    assert plural_forms("ug-Latn") == {"one", "other"}
    assert plural_forms("ar") == {"zero", "one", "two", "few", "many", "other"}


def test_a_finding_reads_as_a_line() -> None:
    texts = Texts({"en": {"line.ftl": "a = { $x\n"}}, on_fault=lambda _: None)
    (finding,) = check(texts)
    assert str(finding).startswith("en  a  unreadable: line.ftl line 1: ")
