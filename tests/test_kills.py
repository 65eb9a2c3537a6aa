"""SIGKILL in the middle of a piped conversation, then the same input again, until it ends well.

Nothing that was acknowledged is missing, nothing is there twice, nothing is asked again as new. A
line is echoed once its answer is committed, so an echo is the acknowledgement that a person sees.
"""

import random
import shutil
import sqlite3
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import read_line
from bot.channels.console import NAME, PEER, Style, lay_out
from bot.demo_line import settings_text
from bot.engine.codes import read_code
from bot.keyring import Keyring
from storage.credentials import Credentials
from tests.demo_made import CODE, cases, kill_when, run
from tests.line_made import LANGUAGES, Inbox, Watch, made
from tests.reports import ANSWERS, WORDS, short
from tests.watched import Keys

PERSON = "You are the person who writes to the line"
CASEWORKER = "You are the caseworker"
ECHO = "› "
SECOND, THIRD = "part two: it was a Monday", "part three: they said they would come back"


def conversation(language: str) -> list[str]:
    """Return a report in which every line is told from every other, by spaces at its end."""
    report = short(language)
    lines = [*report[:6], SECOND, "/pause", "/start", THIRD, *report[6:]]
    words = {WORDS[language], SECOND, THIRD}
    return [line if line in words else line + " " * n for n, line in enumerate(lines)]


@dataclass
class Talk:
    """A conversation over several runs, each of which goes on where the last was killed."""

    messages: list[list[str]]  # as they come when nobody is killed, line by line
    lines: list[str]
    shown: int = 0  # messages that the person has seen
    echoed: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    repeats: int = 0

    def follow(self, out: str) -> None:
        """Take what a run printed; fail unless it goes on exactly where the last one was."""
        text = out.partition(PERSON)[2].partition(CASEWORKER)[0]
        self.codes |= set(CODE.findall(text))
        lines = as_lines(CODE.sub("CODE", text))
        for line in [line for line in lines if line.startswith(ECHO)]:
            self.echoed.append(line.removeprefix(ECHO))
        lines = [line for line in lines if line.startswith("  ")]  # the rest the demo says itself
        again = self._match(lines, self.shown - 1) if self.shown else None
        goes_on = self._match(lines, self.shown)
        self.repeats += goes_on is None  # the last one may come again, once
        shown = again if goes_on is None else goes_on
        assert shown is not None, f"after message {self.shown} came: {lines}"
        self.shown = shown

    def _match(self, lines: list[str], place: int) -> int | None:
        """Read lines as the messages from a place on; return how many are shown then, or None."""
        while lines:
            message = self.messages[place] if place < len(self.messages) else []
            if not message or lines[: len(message)] != message:
                return None
            lines = lines[len(message) :]
            place += 1
        return place

    def finish(self, kills: int) -> None:
        """Check the conversation as a whole."""
        assert self.shown == len(self.messages)
        assert self.repeats <= kills
        places = [self.lines.index(line) for line in self.echoed]
        assert places == sorted(set(places)), "a line was taken twice"
        assert len(self.lines) - len(places) <= kills, "an echo may be lost only by a kill"


async def uninterrupted(keep: Path, lines: list[str], tmp: Path) -> list[list[str]]:
    """Return the messages of this conversation as the console shows them."""
    server, watch = keep / "server", Watch(datetime.now(UTC))
    line = read_line(server, watch().date(), allow_throwaway=True)
    keys: Keys = (Credentials.read(server / "credentials"), line, {})
    console = Inbox(name=NAME)
    async with made(
        tmp, keys=keys, watch=watch, channels=[console], **tomllib.loads(settings_text(None))
    ) as here:
        person = here.person(PEER)
        messages = await person.says("/start")
        for said in lines:
            messages += await person.says(said)
    return [as_lines(CODE.sub("CODE", lay_out(message, Style()))) for message in messages]


def as_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def rows(server: Path, table: str) -> int:
    """Count rows as whoever opens the database next would find them."""
    copy = server.parent / "looked-at"
    shutil.copytree(server, copy)
    with closing(sqlite3.connect(copy / "quietline.db")) as database:
        names = {n for (n,) in database.execute("SELECT name FROM sqlite_master")}
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 - names of our own tables
        count: int = database.execute(query).fetchone()[0] if table in names else 0
    shutil.rmtree(copy)
    return count


def moments(chance: random.Random) -> list[tuple[Callable[[str], bool], float]]:
    """Return when to kill: at the beginning, between answers, at the hand-over, at the desk."""

    def after(echoes: int) -> Callable[[str], bool]:
        return lambda out: out.count(f"\n{ECHO}") >= echoes or CASEWORKER in out

    return [
        (lambda out: PERSON in out, chance.uniform(0, 0.1)),
        (after(chance.randint(1, 5)), chance.uniform(0, 0.03)),
        (after(chance.randint(1, 5)), chance.uniform(0, 0.03)),
        (after(chance.randint(1, 3)), chance.uniform(0, 0.2)),
        (lambda out: CASEWORKER in out, chance.uniform(0, 0.5)),
    ]


async def kill_and_go_on(seed: str, language: str, ready: Path, tmp_path: Path) -> int:
    """Hold one conversation with kills in it; return how often the line was killed."""
    keep = tmp_path / "kept"
    shutil.copytree(ready, keep)
    lines = conversation(language)
    talk = Talk(await uninterrupted(keep, lines, tmp_path), lines)
    kills = 0
    for moment, delay in moments(random.Random(seed)):
        printed = kill_when(keep, lines, moment, delay)
        talk.follow(printed.out)
        if not printed.killed:
            assert printed.code == 0, printed.error
            continue
        kills += 1
        if talk.echoed:
            assert rows(keep / "server", "seen") > len(talk.echoed), "acknowledged, and not kept"
    out = run(keep, lines)
    talk.follow(out)
    talk.finish(kills)
    check_case(keep, language, talk.codes, out)
    return kills


def check_case(keep: Path, language: str, codes: set[str], out: str) -> None:
    """Check that there is one case, with exactly the words, and the code that was shown for it."""
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS[language], SECOND, THIRD]
    assert case.codes() == ANSWERS
    assert len(case.answers) == len(ANSWERS) + 3
    assert len({(a.question, a.part) for a in case.answers}) == len(case.answers)
    server = keep / "server"
    (code,) = codes
    digits = read_code(code)
    assert digits is not None
    keyring = Keyring(Credentials.read(server / "credentials"))
    with closing(sqlite3.connect(server / "quietline.db")) as database:
        ((lookup, sealed),) = database.execute("SELECT lookup, sealed FROM codes").fetchall()
        left = [rows(server, table) for table in ("chats", "drafts", "letters", "timers")]
    assert lookup == keyring.lookup(digits)
    assert case.submission.case.hex() in keyring.codes.open(sealed, lookup).decode()
    assert left == [0, 0, 0, 0]
    there = {p.name for p in (keep / "digests").iterdir() if not p.name.startswith(".")}
    assert there == {
        f"{name}{end}" for name in there for end in ("", ".sig") if name[-4:] != ".sig"
    }
    assert not (keep / "digests" / ".digest.next").exists()
    assert case.submission.number in out.partition(CASEWORKER)[2]


@pytest.mark.parametrize(("seed", "language"), [("first", "en"), ("second", "ug")])
async def test_a_killed_conversation_goes_on_where_it_was(
    seed: str, language: str, demo_ready: Path, tmp_path: Path
) -> None:
    assert await kill_and_go_on(seed, language, demo_ready, tmp_path) == 5


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(8))
async def test_two_hundred_kills_lose_nothing(
    seed: int, language: str, demo_ready: Path, tmp_path: Path
) -> None:
    assert await kill_and_go_on(f"thorough {seed}", language, demo_ready, tmp_path) == 5
