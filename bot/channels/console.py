"""The console: a conversation in this terminal, by hand or from piped lines.

It lays out messages and reads lines, nothing else. A line's number is its event id, so that the
same lines given again skip what was taken before. Nothing here is kept or logged. `/file PATH`
sends a file of this computer, which is read when it is fetched and stays where it is.
"""

import asyncio
import mimetypes
import os
import re
import sys
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from bot.engine.events import Said, Sent
from bot.errors import BotError, DeliveryFailed, Refused
from bot.ports import Incoming, Media, Message, Rate
from bot.texts.languages import language as about
from bot.texts.scripts import strip_isolates

NAME = "console"
PEER = "console"
WIDTH = 76
#: Bytes after which a terminal drops what is typed or pasted into one line (Linux, N_TTY).
TERMINAL_LINE = 4_095
#: Bytes of a file in hand at a time.
PIECE = 64 * 1024
_FILE = re.compile(r"/file\s+(\S.*)")
#: A sign of Chinese or Japanese with the point after it, or a word with the spaces after it.
_PIECES = re.compile(
    r"[\u3040-\u9fff\uff00-\uffef][、。，：；！？」』）]*|[^\s\u3040-\u9fff\uff00-\uffef]+\s*|\s+"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How things look: colours where there is a terminal, plain text elsewhere."""

    bold: str = ""
    dim: str = ""
    accent: str = ""
    off: str = ""

    @classmethod
    def of(cls, out: TextIO) -> "Style":
        """Return the style that suits an output."""
        if out.isatty():
            return cls(bold="\033[1m", dim="\033[2m", accent="\033[36m", off="\033[0m")
        return cls()


@dataclass(kw_only=True, slots=True)
class Console:
    """The channel of one person at this terminal. Implements `bot.ports.Channel`, and `Depot`."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    name: str = NAME
    removes: bool = False
    vanishes: bool = False
    rate: Rate = field(default_factory=Rate)
    delivered: int = 0
    largest: int = 0
    dangerous: bool = True  # it is the person's own computer, and nothing is opened here

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        """Show one message; the console has one person, so the peer is always the same."""
        del peer
        self.out.write(lay_out(message, Style.of(self.out)))
        self.out.flush()
        self.delivered += 1
        return ()

    async def fetch(self, reference: str) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a file of this computer; see `bot.ports.Depot`."""
        failed: BotError | None = None
        try:
            with await asyncio.to_thread(Path(reference).open, "rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    yield piece
        except FileNotFoundError:
            failed = Refused()
        except OSError as error:
            failed = DeliveryFailed(type(error).__name__)
        if failed is not None:
            raise failed

    async def forget(self, reference: str) -> None:
        """Leave the file alone: it is the person's own."""

    def echo(self, line: str) -> None:
        """Show a piped line as what the person wrote; what would steer the terminal is left out."""
        style = Style.of(self.out)
        shown = "".join(" " if unicodedata.category(c) == "Cc" else c for c in line)
        self.out.write(f"{style.accent}›{style.off} {shown}\n\n")
        self.out.flush()


def lay_out(message: Message, style: Style) -> str:
    """Return a message as lines of text."""
    message = _plain(message)
    lines = [
        f"{style.bold}{line}{style.off}" if line else ""
        for part in message.text.split("\n")
        for line in wrapped(part)
    ]
    for option in message.options:
        first, *rest = wrapped(("☑ " if option.ticked else "") + option.label)
        lines.append(f"  {style.accent}{option.number:>2}{style.off}  {first}")
        lines += [f"      {line}" for line in rest]
    hints = wrapped(message.how) if message.how else []
    hints += _joined([f"/{action.pick} {action.label}" for action in message.actions])
    lines += [f"{style.dim}{line}{style.off}" for line in hints]
    return "\n".join(f"  {line}".rstrip() for line in lines) + "\n\n"


def _plain(message: Message) -> Message:
    """Leave out isolates where everything runs from left to right: some terminals show them."""
    if about(message.language or "en").direction == "rtl":
        return message
    options = tuple(replace(o, label=strip_isolates(o.label)) for o in message.options)
    return replace(message, text=strip_isolates(message.text), options=options)


def wrapped(text: str) -> list[str]:
    """Wrap to the width: between words, or between the signs of a script that has no spaces."""
    lines, line, used = [], "", 0
    for piece in _PIECES.findall(text):
        size = width(piece)
        if line and used + width(piece.rstrip()) > WIDTH:
            lines.append(line.rstrip())
            line, used = "", 0
        line += piece
        used += size
    return [*lines, line.rstrip()]


def _joined(parts: list[str]) -> list[str]:
    """Put parts beside each other, with dots between, on as few lines as they need."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width(longer) <= WIDTH:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def width(text: str) -> int:
    """Return how many columns a terminal needs: two for wide signs, none for marks."""
    return sum(_columns(c) for c in text)


def _columns(sign: str) -> int:
    if unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


async def lines(
    source: TextIO, *, prompt: Callable[[], None] | None = None
) -> AsyncIterator[tuple[int, str]]:
    """Yield numbered lines of the person, from 1; line ends are cut off, nothing else.

    At a terminal the wait can be interrupted; a pipe or file is read in a thread.
    """
    reader = Keys(source.fileno()) if source.isatty() else None
    number = 0
    while True:
        if prompt is not None:
            prompt()
        line = await (reader.line() if reader else asyncio.to_thread(source.readline))
        if not line:
            return
        number += 1
        yield number, line.rstrip("\r\n")


class Keys:
    """Lines that somebody types at a terminal."""

    def __init__(self, descriptor: int) -> None:
        """Read from a terminal's file descriptor, which gives a line at a time."""
        self._descriptor = descriptor
        self._typed = b""

    async def line(self) -> str:
        """Return the next line with its end; "" when the terminal is closed."""
        while b"\n" not in self._typed:
            data = await self._read()
            if not data:
                break
            self._typed += data
        line, end, self._typed = self._typed.partition(b"\n")
        return (line + end).decode("utf-8", "surrogateescape")

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def is_ready() -> None:
            if not ready.done():
                ready.set_result(None)

        loop.add_reader(self._descriptor, is_ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, 1 << 16)


def refusal(line: str, *, by_hand: bool) -> str:
    """Return why a line cannot be taken as what the person wrote, "" when it can."""
    if any("\ud800" <= sign <= "\udfff" for sign in line):
        return "That line is not UTF-8 text, and was not taken."
    if by_hand and len(line.encode()) >= TERMINAL_LINE:
        return "The terminal cuts lines as long as that, so it was not taken. Write it in parts."
    if (path := _path(line)) is not None and not path.is_file():
        return "There is no such file on this computer, so nothing was sent."
    return ""


def said(number: int, line: str, *, session: str = "") -> Incoming:
    """Return a line as what came in; a session by hand has numbers of its own."""
    event_id = f"{session} {number}" if session else str(number)
    came = Incoming(channel=NAME, peer=PEER, event_id=event_id, event=Said(text=line))
    path = _path(line)
    return came if path is None else replace(came, event=Sent(), media=_media(path))


def _path(line: str) -> Path | None:
    """Return the file that a line sends; None when it is words."""
    found = _FILE.fullmatch(line.strip())
    return None if found is None else Path(os.path.expanduser(found[1])).absolute()  # noqa: PTH111 - a name nobody has is a name


def _media(path: Path) -> Media:
    return Media(
        reference=str(path),
        kind="document",
        name=path.name,
        type=mimetypes.guess_type(path.name)[0] or "",
        size=path.stat().st_size,
    )
