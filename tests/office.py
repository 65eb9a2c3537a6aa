"""An organisation in a folder: the real commands, run as its people run them."""

import atexit
import contextlib
import io
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from desk.__main__ import main
from desk.terminal import Answer, Script
from storage import folder
from storage.line import Line, parse

TODAY = date(2026, 11, 22)
NOON = datetime.combine(TODAY, time(12), UTC)


class Office:
    """Runs `quietline-desk` with a line folder, a root card in a file, and a desk a person."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.line_folder = place / "line"
        self.cards = place / "cards.txt"
        self.today, self.time = TODAY, time(12, tzinfo=UTC)
        self.terminal = Script()

    @classmethod
    def throwaway(cls, place: Path, *names: str) -> "Office":
        """Return an office with a throw-away line, people on its staff, and keys.

        Where several have the same people they are copies of one: the same line, the same keys.
        """
        shutil.copytree(_throwaway(*names), place, dirs_exist_ok=True)
        return cls(place)

    def desk(self, name: str) -> Path:
        """Return a person's own folder."""
        return self.place / "desks" / name

    def now(self) -> datetime:
        """Return the time there."""
        return datetime.combine(self.today, self.time)

    def attempt(
        self, *command: str, desk: str = "nobody", answers: Iterable[Answer] = ()
    ) -> tuple[int, str]:
        """Run a command; return its exit code and what it said on standard error."""
        self.terminal = Script(answers)
        places = ["--line", str(self.line_folder), "--desk", str(self.desk(desk))]
        wrong = io.StringIO()
        with contextlib.redirect_stderr(wrong):
            code = main(
                [*command, *places, "--today", str(self.today)],
                terminal=self.terminal,
                clock=self.now,
            )
        return code, wrong.getvalue()

    def run(self, *command: str, desk: str = "nobody", answers: Iterable[Answer] = ()) -> str:
        """Run a command that must end well; return what it showed."""
        code, wrong = self.attempt(*command, desk=desk, answers=answers)
        assert (code, wrong) == (0, ""), wrong
        return self.terminal.shown

    def refuse(self, *command: str, desk: str = "nobody", answers: Iterable[Answer] = ()) -> str:
        """Run a command that must be refused in one line; return it."""
        code, wrong = self.attempt(*command, desk=desk, answers=answers)
        assert code == 1
        assert wrong.startswith("quietline-desk: ")
        assert wrong.endswith(".\n")
        assert wrong.count("\n") == 1
        return wrong

    def sign(self, *command: str) -> str:
        """Run a command that asks for the root card, with the card's file."""
        return self.run(*command, "--card", str(self.cards))

    def join(self, name: str, *options: str) -> str:
        """Have a person join, and the root's holder put them on the staff."""
        self.run("join", name, "--throwaway", desk=name)
        return self.add(name, *options)

    def add(self, name: str, *options: str) -> str:
        """Put a person who has joined on the staff."""
        join = self.desk(name) / f"{name}.join"
        return self.sign("org", "add", str(join), "--compared", *options)

    def let_lead(self, name: str) -> None:
        """Give a person the right to lead as well, and the compartment that goes with it."""
        before = self.line.person(name)
        assert before is not None
        compartments = ",".join(dict.fromkeys([*before.compartments, "lead"]))
        self.add(name, "--rights", "read,act,lead", "--compartments", compartments)

    @property
    def line(self) -> Line:
        """The statement as it lies in the line folder."""
        return parse(folder.read(self.line_folder).text)


@cache
def _throwaway(*names: str) -> Path:
    """Make an office once for all tests: its commands take their time."""
    place = Path(mkdtemp(prefix="quietline-office-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    office = Office(place)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    for name in names:
        office.join(name)
    office.sign("keys")
    return place
