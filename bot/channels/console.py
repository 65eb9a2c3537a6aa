"""The console: a conversation in this terminal, by hand or from piped lines.

It lays out messages and reads lines, nothing else. A line's number is its event id, so that the
same lines given again skip what was taken before. Nothing here is kept or logged.
"""

import asyncio
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TextIO

from bot.engine.events import Said
from bot.ports import Incoming, Message

NAME = "console"
PEER = "console"
WIDTH = 76
#: One line of a pipe; longer ones are a mistake, and refused rather than cut.
MOST_BYTES = 1_000_000


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
        """Show a piped line as what the person wrote."""
        style = Style.of(self.out)
        self.out.write(f"{style.accent}›{style.off} {line}\n\n")
        self.out.flush()


def lay_out(message: Message, style: Style) -> str:
    """Return a message as lines of text."""
    body = [_wrapped(line) for line in message.text.split("\n")]
    lines = [f"{style.bold}{line}{style.off}" if line else "" for part in body for line in part]
    for option in message.options:
        mark = "☑ " if option.ticked else ""
        lines.append(f"  {style.accent}{option.number:>2}{style.off}  {mark}{option.label}")
    if message.how:
        lines.append(f"{style.dim}{message.how}{style.off}")
    if message.actions:
        lines.append(style.dim + " · ".join(f"/{a.pick} {a.label}" for a in message.actions))
        lines[-1] += style.off
    return "\n".join(f"  {line}".rstrip() for line in lines) + "\n\n"


def _wrapped(line: str) -> list[str]:
    """Wrap where there are spaces; scripts without spaces are left to the terminal."""
    return textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


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
