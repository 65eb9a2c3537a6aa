"""A message in Signal is text that no app drops: short bodies, in order, each sane by itself."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.cutting import pieces
from bot.channels.signal.layout import MOST, lay_out, size
from bot.engine import answers
from bot.engine.codes import draw_code, show_code
from bot.engine.model import Command
from bot.forms import xlsform
from bot.forms.compile import compile_form
from bot.ports import Message, Option
from bot.texts import load, shipped
from bot.texts.scripts import FSI, PDI, RLM, strip_isolates

INTAKE = Path(xlsform.__file__).parent / "intake" / "intake-1.md"
UYGHUR = "بۇ جۈملە ئۇيغۇرچە يېزىلغان، ئۇنىڭ ئىككى قىسمى بار؟ شۇنداق. "


def message(text: str = "a question", **fields: object) -> Message:
    return Message(id="q", text=text, **fields)  # type: ignore[arg-type]


def words(bodies: tuple[str, ...]) -> list[str]:
    return [word for body in bodies for word in strip_isolates(body).split()]


# --- what it looks like -------------------------------------------------------------------------


def test_choices_are_a_list_and_actions_are_words() -> None:
    asked = message(
        how="Answer with a number or with the words.",
        options=(
            Option(label="Yes", pick="0", number=1, ticked=True),
            Option(label="No", pick="1", number=2),
        ),
        actions=(Option(label="Skip", pick="skip"), Option(label="Stop and delete", pick="stop")),
    )
    (body,) = lay_out(asked, "said first")
    assert body.split("\n") == [
        "said first", "", "a question", "", "1. ☑ Yes", "2. No", "",
        "Answer with a number or with the words.", "Skip · Stop and delete",
    ]  # fmt: skip


def test_an_empty_message_is_nothing() -> None:
    assert lay_out(message("")) == lay_out(message(" \n ")) == lay_out(message(FSI + PDI)) == ()


def test_from_right_to_left_each_line_begins_there() -> None:
    options = tuple(
        Option(label=label, pick="0", number=n) for n, label in enumerate(("ھەئە", "English"), 1)
    )
    (body,) = lay_out(message("سوئال", options=options, language="ug"))
    assert body == f"سوئال\n\n{RLM}1. ھەئە\n{RLM}2. {FSI}English{PDI}"
    (body,) = lay_out(message("Question", options=options, language="en"))
    assert body == f"Question\n\n1. {FSI}ھەئە{PDI}\n2. English"


# --- where it is cut ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "end"),
    [
        ("This is one sentence of several. ", "."),
        ("这是一个句子，有两个部分。", "。"),
        ("本当ですか？そうです。", "？。"),
        (UYGHUR, "؟."),
    ],
)
def test_it_is_cut_after_a_sentence(sentence: str, end: str) -> None:
    text = sentence * 100
    bodies = lay_out(message(text))
    assert len(bodies) > 1
    assert all(body[-1] in end for body in bodies)
    assert "".join(bodies).replace(" ", "") == text.replace(" ", "")


def test_paragraphs_stay_whole_where_they_can() -> None:
    paragraphs = [f"{n} " + "word " * 150 + "end" for n in range(6)]
    bodies = lay_out(message("\n\n".join(paragraphs)))
    assert [part for body in bodies for part in body.split("\n\n")] == paragraphs
    assert len(bodies) == 3


@pytest.mark.parametrize("before", range(1700, 1800, 3))
def test_a_case_code_stays_in_one_piece(before: int) -> None:
    code = show_code(draw_code(bytes(32)))
    for filler in ("x", "字", "x "):
        text = filler * (before // size(filler)) + f" {FSI}{code}{PDI}. More of it. " + "y" * 900
        bodies = lay_out(message(text))
        assert sum(code in body for body in bodies) == 1


@pytest.mark.parametrize("letter", ["👩🏽\u200d🚀", "🇺🇳", "é", "ۇ\u0301", "ก็", "한"])
def test_no_letter_is_cut(letter: str) -> None:
    letter = unicodedata.normalize("NFD", letter)
    bodies = lay_out(message(letter * 900))
    assert len(bodies) > 1
    assert all(body == letter * (len(body) // len(letter)) for body in bodies)


def test_isolates_are_closed_where_a_piece_ends_and_open_in_the_next() -> None:
    text = f"before {FSI}" + "a sentence. " * 300 + f"{PDI} after"
    bodies = lay_out(message(text))
    assert len(bodies) > 2
    for body in bodies:
        assert body.count(FSI) == body.count(PDI) == 1
    assert words(bodies) == strip_isolates(text).split()


def test_isolates_without_end_are_left_out() -> None:
    text = (FSI * 40 + "a sentence. ") * 120
    bodies = lay_out(message(text))
    assert words(bodies) == strip_isolates(text).split()
    assert all(size(body) <= MOST for body in bodies)


TEXT = st.lists(
    st.sampled_from(
        ["word", "字", "。", ". ", "\n\n", "\n", " ", "ئۇ", FSI, PDI, "\u2067", "😀", "👩🏽\u200d🚀", "e\u0301",
         "🇺🇳", "1234 5678", "x" * 300, "字" * 200, "؟ "]
    ),
    max_size=300,
).map("".join)  # fmt: skip


@given(TEXT, st.sampled_from(["en", "ug", "ja", ""]), TEXT)
def test_no_body_is_too_long_no_word_lost_and_the_order_kept(
    text: str, language: str, label: str
) -> None:
    options = (Option(label=label, pick="0", number=1),)
    laid = message(text, language=language, options=options, how="how")
    bodies = lay_out(laid, "first")
    assert bodies
    assert all(0 < size(body) <= MOST for body in bodies)
    marks = re.compile(f"[{RLM}\\s]")
    shown = marks.sub("", strip_isolates("".join(bodies)))
    assert shown == marks.sub("", strip_isolates(f"first{text}1.{label}how"))


@given(TEXT)
def test_pieces_joined_are_the_text_again(text: str) -> None:
    cut = pieces(text, 200, size)
    assert "".join(cut) == text
    assert all(size(piece) <= 200 for piece in cut)


def test_cutting_a_long_text_takes_no_long_time() -> None:
    assert len(lay_out(message("1234 " * 20_000))) > 50


# --- what the list says may be written -------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant", "ug", "ja"])
def test_each_action_may_be_written_as_it_stands_there(language: str) -> None:
    texts = load(shipped())
    read = xlsform.read(INTAKE.read_bytes(), INTAKE.name)
    form = compile_form(read, texts, languages=texts.tags, drafts=texts.tags)
    names = ("skip", "keep", "back", "done", "more", "why", "pause", "stop", "wipe")
    picks = {"keep": Command.SKIP}
    for name in names:
        label = texts.render(language, f"button-{name}")
        (body,) = lay_out(message(actions=(Option(label=label, pick=name),), language=language))
        found = answers.command(form, body.split("\n")[-1])
        assert found is not None, name
        assert found[0] is (picks.get(name) or Command(name))
