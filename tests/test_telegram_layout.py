"""What a person sees: texts in pieces that fit, buttons in rows that read the right way."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.layout import MOST_DATA, lay_out, press
from bot.channels.telegram.units import LIMIT, columns, pieces, units, whole
from bot.engine.model import Command
from bot.ports import Message, Option

ANY_TEXT = st.text(st.characters(exclude_categories=()))
SIGNS = [
    "a",
    "é",
    "e\u0301",
    " ",
    "\n",
    ". ",
    "。",
    "字",
    "😀",
    "👨\u200d👩\u200d👧",
    "🇯🇵",
    "👍🏽",
    "ئۇ",
    "\u2068x\u2069",
    "\u1100\u1161\u11a8",
]


def message(text: str = "a question", **fields: object) -> Message:
    return Message(id="q", text=text, **fields)  # type: ignore[arg-type]


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(label=label, pick=str(n), number=n + 1) for n, label in enumerate(labels))


def labels(shown: Message) -> list[list[str]]:
    return [[button.label for button in row] for row in lay_out(shown).rows]


# --- texts ------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(SIGNS), max_size=120).map("".join), st.integers(14, 60))
def test_no_piece_is_too_long_and_nothing_is_lost_or_torn(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert "".join(found) == text
    assert all(units(piece) <= limit for piece in found)
    for piece in found[1:]:
        assert unicodedata.category(piece[0])[0] != "M"
        assert piece[0] not in "\u200d\U0001f3fd\u11a8"
        flags = [sign for sign in piece if "\U0001f1e6" <= sign <= "\U0001f1ff"]
        assert len(flags) % 2 == 0


@given(ANY_TEXT, st.integers(2, 9))
def test_whatever_the_text_is_its_pieces_fit_and_can_be_sent(text: str, limit: int) -> None:
    found = pieces(whole(text), limit)
    assert all(units(piece) <= limit for piece in found)
    assert "".join(found).encode().decode() == whole(text)


def test_units_are_counted_as_telegram_counts() -> None:
    for text in ("abc", "字", "😀", "👨\u200d👩\u200d👧", "e\u0301"):
        assert units(text) == len(text.encode("utf-16-le")) // 2


def test_a_text_of_just_the_limit_is_one_message_and_one_more_makes_two() -> None:
    assert len(lay_out(message("a" * LIMIT)).pieces) == 1
    assert len(lay_out(message("😀" * (LIMIT // 2))).pieces) == 1
    assert len(lay_out(message("a" * (LIMIT + 1))).pieces) == 2
    assert len(lay_out(message("😀" * (LIMIT // 2) + "a")).pieces) == 2


def test_a_long_text_is_cut_at_a_paragraph_else_a_sentence_else_a_word() -> None:
    assert pieces("one. two\n\nthree. four five", 16) == ["one. two\n\n", "three. four five"]
    assert pieces("one two. three four", 14) == ["one two. ", "three four"]
    assert pieces("一二三。四五六七。八", 6) == ["一二三。", "四五六七。八"]
    assert pieces("one two three", 9) == ["one two ", "three"]
    assert pieces("onetwothree", 6) == ["onetwo", "three"]


@pytest.mark.parametrize(
    "letter",
    [
        "e\u0301",
        "👨\u200d👩\u200d👧",
        "🇯🇵",
        "👍🏽",
        "❤\ufe0f",
        "ཀྲུ",
        "ကို",
        "किं",
        "\u1100\u1161\u11a8",
        "\r\n",
    ],
)
def test_a_letter_is_not_torn(letter: str) -> None:
    for limit in range(units(letter) + 1, units(letter) + 8):
        assert pieces("字" * (limit - 1) + letter, limit) == ["字" * (limit - 1), letter]
        assert all(piece.replace(letter, "") == "" for piece in pieces(letter * 9, limit))


def test_a_letter_longer_than_a_message_is_torn_rather_than_lost() -> None:
    text = "e" + "\u0301" * 30
    assert "".join(pieces(text, 10)) == text


def test_pieces_of_nothing_but_space_are_not_sent() -> None:
    assert lay_out(message(" \n" * LIMIT)).pieces == ()
    assert lay_out(message("")).pieces == ()
    assert lay_out(message("a" + "\n" * 3 * LIMIT + "b")).pieces[-1].endswith("b")
    assert all(piece.strip() for piece in lay_out(message("a" + "\n" * 3 * LIMIT + "b")).pieces)


def test_what_was_removed_is_said_first_and_how_to_answer_only_where_nothing_can_be_pressed() -> (
    None
):
    asked = message("When?", how="Write a year.")
    assert lay_out(asked, "Removed.").pieces == ("Removed.\nWhen?\nWrite a year.",)
    assert lay_out(message("", how=""), "Removed.").pieces == ("Removed.",)
    chosen = message("Which?", how="Answer with a number.", options=options("a", "b"))
    assert lay_out(chosen).pieces == ("Which?",)


# --- buttons ----------------------------------------------------------------------------------


def test_short_choices_share_a_row_and_long_ones_do_not() -> None:
    shown = message(options=options("Yes", "No", "I would rather not say", "Later"))
    assert labels(shown) == [["Yes", "No"], ["I would rather not say"], ["Later"]]


def test_wide_signs_count_twice() -> None:
    assert labels(message(options=options("八个字的选择在此", "是"))) == [
        ["八个字的选择在此", "是"]
    ]
    assert labels(message(options=options("九个字的选择在这里", "是"))) == [
        ["九个字的选择在这里"],
        ["是"],
    ]
    assert columns("e\u0301字\u2068") == 3


def test_choices_that_a_button_would_cut_off_stand_in_the_text_too() -> None:
    long = "Violence, or someone came at me in person"
    made = tuple(Option(label=a, pick=str(n), number=n) for n, a in enumerate(("No", long), 9))
    laid = lay_out(message("Which?", how="With a number.", options=made), "Removed.")
    assert laid.pieces == (f"Removed.\nWhich?\n9. No\n10. {long}",)
    assert [[one.label for one in row] for row in laid.rows] == [["No"], [long]]
    fits = "a" * 36
    assert lay_out(message("Which?", options=options("No", fits))).pieces == ("Which?",)
    wide = "字" * 19
    assert wide in lay_out(message("Which?", options=options("No", wide))).pieces[0]


def test_actions_stand_below_the_choices_two_in_a_row() -> None:
    actions = tuple(
        Option(label=name, pick=name) for name in ("skip", "back", "pause it all for today")
    )
    shown = message(options=options("Yes"), actions=actions)
    assert labels(shown) == [["Yes"], ["skip", "back"], ["pause it all for today"]]


def test_rows_are_mirrored_where_people_read_from_the_right() -> None:
    actions = tuple(Option(label=name, pick=name) for name in ("skip", "back", "stop"))
    shown = message(options=options("1", "2", "3"), actions=actions, language="ug")
    assert labels(shown) == [["2", "1"], ["3"], ["back", "skip"], ["stop"]]
    assert labels(message(options=options("1", "2"), language="zh-Hans")) == [["1", "2"]]
    assert labels(message(options=options("1", "2"), language="no such")) == [["1", "2"]]


def test_what_is_ticked_shows_it() -> None:
    ticked = (Option(label="a", pick="0", ticked=True), Option(label="b", pick="1"))
    assert labels(message(options=ticked)) == [["☑ a", "b"]]


def test_buttons_stand_under_the_last_piece_and_under_none_when_there_is_no_text() -> None:
    laid = lay_out(message("a" * 2 * LIMIT, options=options("Yes")))
    assert len(laid.pieces) == 2
    assert len(laid.rows) == 1
    assert lay_out(message("", options=options("Yes"))).rows == ()


@given(
    st.lists(st.builds(Option, label=ANY_TEXT, pick=ANY_TEXT, ticked=st.booleans()), max_size=8),
    st.integers(0, 2**40),
    st.sampled_from(["en", "ug", "ja"]),
)
def test_every_row_has_one_or_two_buttons_and_each_says_and_carries_something(
    made: list[Option], revision: int, language: str
) -> None:
    shown = lay_out(
        message(options=tuple(made), actions=tuple(made), revision=revision, language=language)
    )
    buttons = [button for row in shown.rows for button in row]
    assert len(buttons) == 2 * len(made)
    assert all(1 <= len(row) <= 2 for row in shown.rows)
    for button in buttons:
        assert button.label.strip()
        assert button.label.encode()
        assert 1 <= len(button.data.encode()) <= MOST_DATA
        assert button.data.isascii()


PICKS = [*(str(n) for n in range(40)), *(command.value for command in Command), "zh-Hant-TW"]


@given(st.sampled_from(PICKS), st.integers(0, 2**63))
def test_what_a_button_carries_comes_back_as_it_was(pick: str, revision: int) -> None:
    laid = lay_out(message(options=(Option(label="a", pick=pick),), revision=revision))
    assert press(laid.rows[0][0].data) == (revision, pick)


@pytest.mark.parametrize("data", [None, 7, "", "x", "1.", ".1", "1.a\n", "g.a", "1 .a"])
def test_what_no_button_of_ours_carries_is_nothing(data: object) -> None:
    assert press(data) == (-1, "")


def test_nothing_of_a_person_is_in_a_repr() -> None:
    laid = lay_out(message("secret words", options=options("secret label")))
    assert "secret" not in repr(laid)
    assert "secret" not in repr(laid.rows)
