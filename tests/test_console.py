"""The console lays out what there is, loses nothing, and numbers what it reads."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.console import (
    PIECE,
    WIDTH,
    Console,
    Style,
    lay_out,
    lines,
    refusal,
    said,
    width,
    wrapped,
)
from bot.engine.events import Said, Sent
from bot.errors import BotError, DeliveryFailed, Refused
from bot.ports import Channel, Depot, Message, Option

CONTENT = bytes(range(256)) * 1_000
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


# --- files ------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with a space in its name."""
    path = tmp_path / "the letter.pdf"
    path.write_bytes(CONTENT)
    return path


async def fetched(path: str) -> bytes:
    return b"".join([piece async for piece in Console().fetch(path)])


def test_a_line_may_send_a_file_of_this_computer(file: Path) -> None:
    came = said(7, f"  /file {file} ", session="hand")
    assert (came.event_id, came.event) == ("hand 7", Sent())
    assert came.media is not None
    assert (came.media.kind, came.media.name, came.media.type, came.media.size) == (
        "document",
        "the letter.pdf",
        "application/pdf",
        256_000,
    )
    assert str(file) not in repr(came)
    assert refusal(f"/file {file}", by_hand=True) == ""


def test_where_a_file_lies_may_be_said_from_here_or_from_home(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("HOME", str(file.parent))
    for place in (file.name, f"./{file.name}", f"~/{file.name}"):
        media = said(1, f"/file {place}").media
        assert media is not None
        assert Path(media.reference) == file


@pytest.mark.parametrize("line", ["/file", "/file ", "/files x", "a /file x", "/file x\ny"])
def test_words_are_words(line: str) -> None:
    came = said(1, line)
    assert (came.event, came.media) == (Said(text=line), None)
    assert refusal(line, by_hand=False) == ""


@pytest.mark.parametrize("place", ["nothing.pdf", ".", "~nobody-of-that-name/x", "x\0y"])
def test_a_file_that_is_not_there_is_not_sent(place: str, tmp_path: Path) -> None:
    assert "no such file" in refusal(f"/file {tmp_path}/{place}", by_hand=False)
    assert "no such file" in refusal(f"/file {place}", by_hand=False)


async def test_a_file_is_read_piece_by_piece_and_left_alone(file: Path) -> None:
    pieces = [piece async for piece in Console().fetch(str(file))]
    assert max(map(len, pieces)) <= PIECE
    await Console().forget(str(file))
    assert b"".join(pieces) == CONTENT
    assert await fetched(str(file)) == CONTENT


@pytest.mark.parametrize(("place", "kind"), [("gone.pdf", Refused), ("", DeliveryFailed)])
async def test_a_file_that_went_away_meanwhile_is_lost(
    tmp_path: Path, place: str, kind: type[BotError]
) -> None:
    with pytest.raises(BotError) as caught:
        await fetched(str(tmp_path / place))
    error = caught.value
    assert type(error) is kind
    assert (error.__context__, error.__cause__) == (None, None)
    assert str(tmp_path) not in f"{error!r} {error}"


def test_it_is_a_depot_for_everything() -> None:
    console = Console()
    depot: Depot = console
    channel: Channel = console
    assert (depot.name, depot.largest, depot.dangerous) == (channel.name, 0, True)
