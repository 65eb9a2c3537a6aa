"""The demo by hand: a real terminal of 80 columns, keys typed, the screen read as a person sees it."""

import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import pyte

from tests.demo_made import TREE

COLUMNS, ROWS = 80, 40
#: How long a screen may take to come; a slow machine is no failure, a silent one is.
PATIENCE = 60.0


@dataclass
class Terminal:
    """A program in a terminal."""

    process: subprocess.Popen[bytes]
    master: int
    screen: pyte.HistoryScreen
    stream: pyte.ByteStream

    def types(self, line: str) -> None:
        os.write(self.master, f"{line}\n".encode())

    def sees(self, words: str) -> str:
        """Read the screen until the words are on it; return everything that was ever on it."""
        until = time.monotonic() + PATIENCE
        while words not in self.text():
            assert time.monotonic() < until, self.text()
            assert self.read() or words in self.text(), self.text()
        return self.text()

    def read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        try:
            data = os.read(self.master, 1 << 16) if ready else b""
        except OSError:  # the program has ended
            data = b""
        self.stream.feed(data)
        return bool(data)

    def text(self) -> str:
        above = ["".join(line[c].data for c in range(COLUMNS)) for line in self.screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self.screen.display])


@contextmanager
def demo(keep: Path) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--keep", str(keep)],
        cwd=TREE,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "PYTHONUTF8": "1", "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    screen = pyte.HistoryScreen(COLUMNS, ROWS, history=2_000)
    try:
        yield Terminal(process, master, screen, pyte.ByteStream(screen))
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_somebody_types_a_report_and_sees_it_opened(demo_ready: Path, tmp_path: Path) -> None:
    keep = Path(shutil.copytree(demo_ready, tmp_path / "kept"))
    with demo(keep) as terminal:
        terminal.sees("Nothing leaves this computer.")
        terminal.sees("日本語")
        terminal.types("1")
        terminal.sees("Is this a safe moment")
        for answer, then in (
            ("1", "in danger right now?"),
            ("1", "May we receive and keep"),
            ("yes", "18 or older?"),
            ("1", "what happened?"),
            ("They came to my parents.", "Kept, but not sent yet."),
            ("/done", "Which of these fits?"),
            ("1", "When did the last thing happen?"),
            ("1", "In which country"),
            ("Germany", "write to you here about this?"),
            ("3", "You can finish here"),
            ("1", "Questions answered"),
            ("1", "Received and locked."),
        ):
            terminal.types(answer)
            terminal.sees(then)
        terminal.sees("You are the caseworker")
        shown = terminal.sees("Where everything lies")
    assert "They came to my parents." in shown.split("You are the caseworker")[1]
    assert "DE  Germany" in shown


def test_a_wrong_word_is_told_and_stop_ends_it(demo_ready: Path, tmp_path: Path) -> None:
    keep = Path(shutil.copytree(demo_ready, tmp_path / "kept"))
    with demo(keep) as terminal:
        terminal.sees("日本語")
        terminal.types("Klingon")
        terminal.types("English")
        terminal.sees("Is this a safe moment")
        terminal.types("perhaps")
        terminal.sees("That is none of the choices")
        terminal.types("/stop")
        terminal.sees("Deleted. Nothing was kept.")
        terminal.sees("Nothing was sent, so there is no case.")
