"""The console: a conversation in this terminal, by hand or from piped lines.

It lays out messages and reads lines, nothing else. A line's number is its event id, so that the
same lines given again skip what was taken before. Nothing here is kept or logged.
"""

import asyncio
import re
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import TextIO

from bot.engine.events import Said
from bot.ports import Incoming, Message
from bot.texts.languages import language as about
from bot.texts.scripts import strip_isolates

NAME = "console"
PEER = "console"
WIDTH = 76
#: One line of a pipe; longer ones are a mistake, and refused rather than cut.
MOST_BYTES = 1_000_000
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
    """The channel of one person at this terminal."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    name: str = NAME
    delivered: int = 0

    async def deliver(self, peer: str, message: Message) -> None:
        """Show one message; the console has one person, so the peer is always the same."""
        del peer
        self.out.write(lay_out(message, Style.of(self.out)))
        self.out.flush()
        self.delivered += 1

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
        mark = "☑ " if option.ticked else ""
        lines.append(f"  {style.accent}{option.number:>2}{style.off}  {mark}{option.label}")
    hints = wrapped(message.how) if message.how else []
    hints += _joined([f"/{action.pick} {action.label}" for action in message.actions])
    lines += [f"{style.dim}{line}{style.off}" for line in hints]
    return "\n".join(f"  {line}".rstrip() for line in lines) + "\n\n"


def _plain(message: Message) -> Message:
    """Leave out isolates where everything runs from left to right: some terminals show them."""
    if about(message.language or "en").direction == "rtl":
        return message
    return replace(message, text=strip_isolates(message.text))


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
    """Yield numbered lines of the person, from 1; line ends are cut off, nothing else."""
    number = 0
    while True:
        if prompt is not None:
            prompt()
        line = await asyncio.to_thread(source.readline, MOST_BYTES)
        if not line:
            return
        number += 1
        yield number, line.rstrip("\r\n")


def said(number: int, line: str, *, session: str = "") -> Incoming:
    """Return a line as what came in; a session by hand has numbers of its own."""
    event_id = f"{session} {number}" if session else str(number)
    return Incoming(channel=NAME, peer=PEER, event_id=event_id, event=Said(text=line))
