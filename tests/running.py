"""A real line as its operator runs it: `quietline run` as a process, between Telegram and a post office.

The keys are real ones, made on paper as on the first day; the desk's owner is Anna. All three
processes can be killed and started again, and none knows that it is in a test.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from desk import cards, keyfile
from desk.cards import Kind
from desk.terminal import Answer
from storage import age, archive, entry, package
from storage.age import Identity
from storage.signature import fingerprint
from tests.office import Office
from tests.test_keys import passphrase

TREE = Path(__file__).parent.parent
TOKEN = "7000000001:AAtoken-of-a-bot-that-is-only-emulated"
HANDLE = "@garden_desk_bot"
LANGUAGES = ("en", "zh-Hans", "zh-Hant", "ug", "ja")

SETTINGS = """\
name = "Garden Desk"
contact = "+81 3 0000 0000"
handles = "Telegram: @garden_desk_bot"
languages = ["en", "zh-Hans", "zh-Hant", "ug", "ja"]
offer_drafts = ["en", "zh-Hans", "zh-Hant", "ug", "ja"]
listen = "127.0.0.1:0"
"""


def _typed(kind: Kind) -> Callable[[str], str]:
    """Return what a person types who copied a card from the screen."""
    return lambda shown: " ".join(cards.words(cards.find(shown, kind, file="")))


@dataclass
class Firm:
    """An organisation with a real line: the office, the server's home, Anna's words, the cards'."""

    place: Path
    home: Path
    words: str
    root: str
    recovery: str = field(default="", repr=False)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)  # colleagues' words

    @property
    def office(self) -> Office:
        """The office, as of today."""
        office = Office(self.place)
        office.today = datetime.now(UTC).date()
        return office

    def copy(self, place: Path) -> "Firm":
        """Return the same in another folder."""
        shutil.copytree(self.place, place, dirs_exist_ok=True)
        return replace(self, place=place, home=place / "server")

    def set(self, text: str) -> None:
        """Add settings."""
        file = self.home / "quietline.toml"
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    def line(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of `quietline` in the home."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command, "--home", str(self.home)],
            cwd=TREE,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment(self.home),
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def cases(self) -> list[tuple[package.Submission, list[entry.Answer]]]:
        """Export a bundle and open every case in it with Anna's key."""
        self.line("bundle", "export")
        bundle = max((self.home / "digests").glob("bundle-*.tar"))
        keys = self.reading_keys()
        found = []
        with bundle.open("rb") as file:
            for member in archive.read(file, max_members=1 << 20):
                if member.name.startswith("journal/") and member.name.endswith("000000.age"):
                    opened = package.unpack(age.open(member.data, keys))
                    answers = [entry.decode(age.open(a.sealed, keys)) for a in opened.answers]
                    found.append((opened.submission, answers))
        return found

    def reading_keys(self) -> list[Identity]:
        """Open every reading key with Anna's own."""
        from desk import keys as desk_keys

        own = keyfile.load(self.office.desk("anna"), lambda: self.words)
        line = desk_keys.trusted_line(self.office.desk("anna"), self.office.line_folder)
        opened = desk_keys.open_all(self.office.line_folder, line, own.reading)
        return [one.identity for one in opened.values()]


def _joins(office: Office, name: str, root: str, card: str, *, rights: str) -> str:
    """Have somebody join and put them on the staff; return their words."""
    shown = office.run("join", name, "--root", root, desk=name, answers=["", passphrase])
    join = str(office.desk(name) / f"{name}.join")
    office.run("org", "add", join, *rights.split(), answers=["yes", card])
    lighten(office.desk(name) / keyfile.SEALED, passphrase(shown))
    return passphrase(shown)


def lighten(file: Path, words: str) -> None:
    """Seal a key file again with little work: it is opened often, and took 0.6 seconds each time."""
    spelled = keyfile.spelled(words)
    opened = age.open_with_passphrase(file.read_bytes(), spelled)
    file.write_bytes(age.seal_with_passphrase(opened, spelled, work=10))


def found_firm(place: Path, *others: str) -> Firm:
    """Found an organisation, with paper cards and all, and set its server up.

    Anna leads; `others` read and act.
    """
    office = Office(place)
    office.today = datetime.now(UTC).date()
    answers: list[Answer] = ["", "", _typed(Kind.ROOT), _typed(Kind.RECOVERY)]
    paper = office.run("org", "init", "--name", "Garden Desk", answers=answers)
    root_card = " ".join(cards.words(cards.find(paper, Kind.ROOT, file="")))
    root = fingerprint(office.line.root)
    lead = "--rights read,act,lead --compartments general,relatives,lead"
    words = _joins(office, "anna", root, root_card, rights=lead)
    theirs = {
        one: _joins(office, one, root, root_card, rights="--rights read,act") for one in others
    }
    office.run("keys", answers=[root_card])
    recovery = " ".join(cards.words(cards.find(paper, Kind.RECOVERY, file="")))
    home = place / "server"
    firm = Firm(place=place, home=home, words=words, root=root, recovery=recovery, others=theirs)
    settings, token = place / "settings.toml", place / "token.txt"
    settings.write_text(SETTINGS, encoding="utf-8")
    token.write_text(TOKEN + "\n", encoding="ascii")
    firm.line("init", "--settings", str(settings), "--handle", HANDLE, "--token-file", str(token))
    token.unlink()
    request = str(firm.home / "server.request")
    office.run("org", "sign-server", request, answers=[root_card])
    firm.line("line", "load", str(office.line_folder), "--root", root)
    return firm


def environment(place: Path) -> dict[str, str]:
    """Return the environment of a process that works in a place: its temporary files too."""
    return {**os.environ, "PYTHONUTF8": "1", "TMPDIR": str(place.parent)}


@dataclass
class Process:
    """A process of ours that says in one line when it is up."""

    arguments: list[str]
    place: Path
    errors: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    running: asyncio.subprocess.Process | None = None
    _complaining: asyncio.Task[bytes] | None = None

    async def start(self) -> str:
        """Start it; return the line that it said when it was up."""
        self.running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self.arguments,
            cwd=TREE,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(self.place),
        )
        # Read as it comes: whoever writes into a full pipe waits for ever.
        assert self.running.stderr is not None
        self._complaining = asyncio.create_task(self.running.stderr.read())
        assert self.running.stdout is not None
        said = (await self.running.stdout.readline()).decode().strip()
        assert said, (await self.end(signal.SIGKILL)) and self.errors
        self.printed.append(said)
        return said

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code."""
        assert self.running is not None
        with contextlib.suppress(ProcessLookupError):
            self.running.send_signal(number)
        assert self.running.stdout is not None
        out = await self.running.stdout.read()
        assert self._complaining is not None
        error = await self._complaining
        await self.running.wait()
        self.printed.append(out.decode(errors="replace"))
        self.errors.append(error.decode(errors="replace"))
        code = self.running.returncode
        self.running = None
        assert code is not None
        return code

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        await self.end(signal.SIGKILL)


@contextlib.asynccontextmanager
async def started(*arguments: str, place: Path) -> AsyncIterator[tuple[Process, str]]:
    """Start a process; end it with the block."""
    process = Process(list(arguments), place)
    try:
        yield process, await process.start()
    finally:
        if process.running is not None:
            await process.end()
