"""The console lays out what there is, loses nothing, and numbers what it reads."""

import io

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.console import WIDTH, Console, Style, lay_out, lines, said, width, wrapped
from bot.ports import Message, Option

WORDS = st.text(st.sampled_from("abc ,。、我们中文あ ئۇيغۇر\u2068\u2069x"), max_size=300)


@given(WORDS)
def test_wrapping_changes_nothing_but_line_ends(text: str) -> None:
    assert "".join(wrapped(text)).replace(" ", "") == text.replace(" ", "")


@given(WORDS)
def test_no_line_is_wider_than_the_screen_unless_a_word_is(text: str) -> None:
    for line in wrapped(text):
        assert width(line) <= WIDTH or " " not in line.strip()


def test_every_part_of_a_message_is_shown() -> None:
    message = Message(
        id="q-A2",
        text="Which of these?\nChoose all.",
        how="Answer with numbers.",
        options=(Option(label="One", pick="0", number=1, ticked=True),),
        actions=(Option(label="Skip", pick="skip"),),
    )
    shown = lay_out(message, Style())
    for part in (
        "Which of these?",
        "Choose all.",
        " 1  ☑ One",
        "Answer with numbers.",
        "/skip Skip",
    ):
        assert part in shown


async def test_lines_are_numbered_and_otherwise_untouched() -> None:
    source = io.StringIO("one\r\n  two  \n\nlast")
    found = [pair async for pair in lines(source)]
    assert found == [(1, "one"), (2, "  two  "), (3, ""), (4, "last")]


def test_the_number_of_a_piped_line_is_its_event_id() -> None:
    assert said(7, "x").event_id == "7"
    assert said(7, "x", session="hand").event_id != "7"


async def test_what_is_delivered_is_printed() -> None:
    out = io.StringIO()
    await Console(out=out).deliver("console", Message(id="stopped", text="Deleted."))
    assert "Deleted." in out.getvalue()


def test_an_echo_does_not_steer_the_terminal() -> None:
    out = io.StringIO()
    Console(out=out).echo("a \x1b[31mred\x07 line")
    assert out.getvalue() == "›  a  [31mred  line\n\n".replace("›  a", "› a")
