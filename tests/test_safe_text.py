"""A person's words on a screen: nothing obeys, nothing turns around, nothing hides, nothing is lost."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.layout import indent, paragraph, table, width_of, wrap
from desk.safe_text import is_safe, safe_line, safe_lines

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u200b\u2060\ufeff\u00ad\u180e\u2061\u2064\u206a\u206f\ufff9\U000e0041\u3164\u034f"
CONTROLS = "\0\a\b\t\n\x0b\f\r\x1b\x7f\x85\x90\x9b\x9d\u2028\u2029"
#: Words of many languages in which nothing is a trick, and everything must stay.
WORDS = [
    "ئىككى ساقچى ئاتا-ئانامنىڭ ئۆيىگە كېلىپ، مەن ھەققىدە سورىدى.",
    "两个警察去了我父母家，问了我的情况。",
    "警察官が二人、両親の家に来て、私のことを聞きました。",
    "བོད་ཡིག་གི་ཡི་གེ",
    "می\u200cخواهم به خانه بروم",  # Persian needs its non-joiner
    "क्\u200dष और क्\u200cष",  # Hindi chooses forms with both joiners
    "ᠮᠣᠩᠭᠣᠯ\u180eᠠ ᠪᠢᠴᠢᠭ᠌",  # Mongolian separators and selectors
    "👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 👋🏽 🏳\ufe0f\u200d🌈",
    "葛\U000e0100城",  # a variant of a character in a Japanese name
    "café naïve — “quoted” … ½ £€ \\u202e",
    "עברית 123 العربية",
]
TEXTS = st.text(
    st.characters() | st.sampled_from(BIDI + ZERO_WIDTH + CONTROLS + "\u200c\u200d\ufe0faا中")
)


@given(TEXTS)
def test_nothing_that_is_shown_controls_or_hides(text: str) -> None:
    shown = safe_line(text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert not set(shown) & set(BIDI)
    assert not set(shown) & (set(ZERO_WIDTH) - {"\u180e"})
    shown.encode()
    assert "\n" not in shown


@given(TEXTS)
def test_nothing_is_taken_away(text: str) -> None:
    def back(match: re.Match[str]) -> str:
        return chr(int(match[1] or match[2], 16))

    # Text that itself looks like an escape reads the same either way, so it is left out here.
    if re.search(r"\\[uU]", text) is None:
        shown = safe_line(text)
        assert re.sub(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})", back, shown) == text


@given(TEXTS)
def test_what_is_shown_once_is_shown_the_same_again(text: str) -> None:
    assert is_safe(safe_line(text))


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Mn", "Lo"))))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert safe_line(text.replace("\u2800", "")) == text.replace("\u2800", "")


@pytest.mark.parametrize("words", WORDS)
def test_words_of_every_language_are_shown_as_they_are(words: str) -> None:
    assert safe_line(words) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\a", "\\u001b[31mred\\u001b]0;title\\u0007"),
        ("\x9b31m", "\\u009b31m"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("pass\u200bword", "pass\\u200bword"),
        ("a\u200db", "a\\u200db"),
        ("中\u200d文", "中\\u200d文"),
        ("\u200cا", "\\u200cا"),
        ("👩\u200d", "👩\\u200d"),
        ("a\ufe0f\ufe0f", "a\ufe0f\\ufe0f"),
        ("\ufe0f", "\\ufe0f"),
        ("a\u180eb", "a\\u180eb"),
        ("tab\there", "tab\\u0009here"),
        ("\ud83d", "\\ud83d"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_tricks_are_shown(text: str, shown: str) -> None:
    assert safe_line(text) == shown


def test_lines_end_where_a_person_ended_them() -> None:
    assert safe_lines("one\ntwo\r\nthree\rfour\n") == ["one", "two", "three\\u000dfour", ""]


# --- the layout ------------------------------------------------------------------------------


@given(st.text(st.sampled_from("ab 中文 ئا\u0301.")), st.integers(2, 30))
def test_wrapped_pieces_are_the_line_and_no_piece_is_wider(line: str, width: int) -> None:
    pieces = wrap(line, width)
    assert "".join(pieces) == line
    for piece in pieces:
        assert width_of(piece.rstrip(" ")) <= width


def test_lines_break_at_spaces_and_between_wide_letters() -> None:
    assert wrap("one two three", 8) == ["one two ", "three"]
    assert wrap("警察官が二人", 5) == ["警察", "官が", "二人"]
    assert wrap("unbreakable", 4) == ["unbr", "eaka", "ble"]
    assert wrap("x" * 500, None) == ["x" * 500]


def test_columns_line_up_by_what_a_terminal_shows() -> None:
    assert table([("a", "b"), ("警察", "c")], by=0) == ["a     b", "警察  c"]


def test_a_paragraph_hangs_from_what_leads_it() -> None:
    assert paragraph("one two three", 10, by=4, first="A1") == ["A1  one", "    two", "    three"]
    assert indent(["a", ""], 2) == ["  a", ""]
