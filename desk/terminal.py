"""The one seam to the person at the desk: what is said to them and what they type.

Rules of this file: commands speak and ask through `Terminal` only. `Keyboard` is the real one:
secrets are typed unseen when a terminal is there, and read from the pipe when none is; the language
is what the environment says. `Script` is its twin with prepared answers.
"""

import getpass
import os
import sys
from collections.abc import Callable, Iterable
from typing import Protocol

from desk.errors import NoInput

CLEAR = "\x1b[H\x1b[2J\x1b[3J"  # to the top, clear the screen, clear what has scrolled off

#: Where an environment says the language of messages, first the one that wins (POSIX, 8.2).
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")

Answer = str | Callable[[str], str]


class Terminal(Protocol):
    """Somebody to talk to. `locale` is the name of theirs, such as `ja_JP.UTF-8`, or ""."""

    colour: bool
    locale: str

    def say(self, text: str = "") -> None:
        """Show a line or several."""

    def tell(self, text: str) -> None:
        """Show how far something is, apart from what is said."""

    def ask(self, question: str) -> str:
        """Return what is typed; raise NoInput when nobody is there."""

    def ask_hidden(self, question: str) -> str:
        """Return what is typed without showing it."""

    def clear(self) -> None:
        """Take what was shown off the screen."""


class Keyboard:
    """The terminal, or the pipe, that the process was started with."""

    def __init__(self) -> None:
        self.colour = sys.stdout.isatty()
        self.locale = next(filter(None, map(os.environ.get, LOCALES)), None) or ""

    def say(self, text: str = "") -> None:
        """Write to standard output at once."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def tell(self, text: str) -> None:
        """Write to standard error."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def ask(self, question: str) -> str:
        """Write the question to standard error and read one line."""
        sys.stderr.write(question + " ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise NoInput(question)
        return line.strip()

    def ask_hidden(self, question: str) -> str:
        """Read one line without echo where there is a terminal."""
        if not sys.stdin.isatty():
            return self.ask(question)
        try:
            return getpass.getpass(question + " ").strip()
        except EOFError:
            raise NoInput(question) from None

    def clear(self) -> None:
        """Clear a terminal; a pipe cannot be cleared."""
        if self.colour:
            sys.stdout.write(CLEAR)
            sys.stdout.flush()


class Script:
    """A person whose answers are known: each a text, or made of what was shown so far."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self.colour = False
        self.locale = ""
        self.said: list[str] = []
        self.asked: list[str] = []
        self.told: list[str] = []
        self._answers = iter(answers)

    @property
    def shown(self) -> str:
        """Everything said so far."""
        return "\n".join(self.said)

    def say(self, text: str = "") -> None:
        """Remember what was said."""
        self.said.append(text)

    def tell(self, text: str) -> None:
        """Remember how far something was."""
        self.told.append(text)

    def ask(self, question: str) -> str:
        """Give the next answer."""
        self.asked.append(question)
        answer = next(self._answers, None)
        if answer is None:
            raise NoInput(question)
        return answer(self.shown) if callable(answer) else answer

    def ask_hidden(self, question: str) -> str:
        """Give the next answer."""
        return self.ask(question)

    def clear(self) -> None:
        """Remember that the screen was cleared."""
        self.said.append("(cleared)")
