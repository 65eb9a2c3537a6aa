"""Which language a channel's hint stands for: it orders the menu, and no more."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import negotiate, order_menu
from bot.texts.languages import LANGUAGES, may_stand_in, parts

FIVE = ("en", "zh-Hans", "zh-Hant", "ug", "ja")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("zh-hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("classic-zh-cn", "zh-Hans"),
        ("zh-hans-raw", "zh-Hans"),
        ("zh-hant-raw", "zh-Hant"),
        ("cmn-Hant", "zh-Hant"),
        ("ug", "ug"),
        ("ug-Arab", "ug"),
        ("ug-CN", "ug"),
        ("uig", "ug"),
        ("ja-JP", "ja"),
        ("ug-Latn", None),  # another script
        ("ug-Cyrl", None),
        ("de", None),
        ("", None),
        ("-", None),
        ("pirate", None),
        ("x" * 500, None),
    ],
)
def test_a_hint_finds_its_language(wanted: str, found: str | None) -> None:
    assert negotiate(wanted, FIVE, {}) == found


@pytest.mark.parametrize(
    ("wanted", "offered", "found"),
    [
        ("prs", ["fa", "fa-AF"], "fa-AF"),
        ("prs", ["fa"], "fa"),
        ("no", ["nb"], "nb"),
        ("pt", ["pt-BR"], "pt-BR"),
        ("pt-PT", ["pt-BR"], None),
        ("pt-BR", ["pt", "pt-BR"], "pt-BR"),
        ("zh-HK", ["zh-Hant", "zh-Hant-HK"], "zh-Hant-HK"),
        ("zh-TW", ["zh-Hant-HK", "zh-Hant"], "zh-Hant"),
        ("zh-HK", ["zh-Hans"], None),
        ("kk-CN", ["kk-Cyrl", "kk-Arab"], "kk-Arab"),
        ("kk", ["kk-Arab", "kk-Cyrl"], "kk-Cyrl"),
        ("mn-CN", ["mn"], None),
        ("mn-Cyrl", ["mn"], "mn"),
        ("uz-AF", ["uz"], None),
        ("ug-Latn-TR", ["ug", "ug-Latn"], "ug-Latn"),
    ],
)
def test_no_match_crosses_scripts(wanted: str, offered: list[str], found: str | None) -> None:
    assert negotiate(wanted, offered, {}) == found


def test_reserves_are_tried_in_order() -> None:
    reserves = {"ug": ["tr", "en"], "yue": ["zh-Hant"]}
    assert negotiate("ug", ["en", "tr"], reserves) == "tr"
    assert negotiate("ug-CN", ["en", "zh-Hans"], reserves) == "en"
    assert negotiate("yue-HK", FIVE, reserves) == "zh-Hant"
    assert negotiate("ky", ["en", "ru"], reserves) is None


@pytest.mark.parametrize("wanted", ["ug", "bo", "mn", "mn-Mong", "ug-Latn"])
@pytest.mark.parametrize("chinese", ["zh-Hans", "zh-Hant", "zh-Hant-HK", "yue-Hant"])
def test_chinese_never_stands_in(wanted: str, chinese: str) -> None:
    assert not may_stand_in(wanted, chinese)
    assert negotiate(wanted, [chinese], {wanted: [chinese]}) is None


def test_other_scripts_stand_in_where_the_organisation_says_so() -> None:
    assert may_stand_in("ug", "en")
    assert may_stand_in("ug", "ja")
    assert may_stand_in("yue-Hant", "zh-Hant")
    assert not may_stand_in("yue-Hant", "zh-Hans")
    assert not may_stand_in("ug", "ug-Latn")


def test_the_hint_only_orders_the_menu() -> None:
    assert order_menu("zh-TW", FIVE) == ("zh-Hant", "en", "zh-Hans", "ug", "ja")
    for nothing in (None, "", "de", "???"):
        assert order_menu(nothing, FIVE) == FIVE


@given(st.text(max_size=80) | st.from_regex(r"[a-z]{2,3}(-[A-Za-z]{2,4}){0,3}", fullmatch=True))
def test_any_hint_keeps_every_language_on_the_menu(hint: str) -> None:
    assert sorted(order_menu(hint, FIVE)) == sorted(FIVE)


@given(st.sampled_from(sorted(LANGUAGES)), st.sampled_from(sorted(LANGUAGES)))
def test_what_is_found_is_in_the_same_script(wanted: str, other: str) -> None:
    found = negotiate(wanted, [other], {})
    if found is not None:
        mine, theirs = parts(wanted), parts(found)
        assert mine is not None
        assert theirs is not None
        assert (mine.language, mine.script) == (theirs.language, theirs.script)


@pytest.mark.parametrize("tag", sorted(LANGUAGES))
def test_babel_has_plural_rules_for_every_language(tag: str) -> None:
    assert negotiate(tag, [tag], {}) == tag
    Locale.parse(tag, sep="-")
