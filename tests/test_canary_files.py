"""A canary in every file, name and caption, on both chat apps, at a real running line.

Searched as `tests.canary` says: every file of the server's folder, the process's temporary files,
what it printed, what staff are sent by mail, and the folders of the emulated Signal bridge. What a
bridge keeps of people, its contacts, is named in docs/threats.md: of them nothing else may be there.
The line is killed in the middle of each file.
"""

import asyncio
import hashlib
import os
import shutil
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.files import short_hash
from storage import age, entry
from tests.canary import Forms, found, found_in, number_forms, text_forms
from tests.post_office import PostOffice
from tests.running import TOKEN, Firm, Process
from tests.signal_server import NUMBER
from tests.signal_server import Emulator as Bridge
from tests.signal_server import serving as serving_signal
from tests.talkers import content_of
from tests.telegram_made import until
from tests.telegram_server import Emulator as Telegram
from tests.telegram_server import serving as serving_telegram
from tests.test_canary import WORDS
from tests.test_story_signal import cases, door
from tests.test_thief import table
from tests.thief import Loot, Thief

UUID = "c0ffee00-4711-4a11-8bad-0451deadbeef"
PHONE = 998_901_234_567
ON_SIGNAL = {
    "uuid": UUID,
    "number": f"+{PHONE}",
    "name": "Kanarienvogel Zeisig",
    "username": "zeisig_0451_handle.17",
}
PEER = 7_123_456_789
ON_TELEGRAM = {"id": PEER, "first_name": "Zwitschernder", "username": "finken_0451_handle"}
MARK = "canary-inside-a-file-0451 "
NAMES = ("canary-passport-scan.jpg", "قۇشقاچ-canary.pdf", "金絲雀-canary.jpg")
CAPTIONS = ("canary-of-a-caption-7f3a", "二つ目のカナリア")
TYPES = ("image/jpeg", "application/pdf")
#: Bytes: enough to be killed in the middle of it.
LARGE = 12 * 1024 * 1024
STARTS = (b"\xff\xd8\xff\xe0", b"%PDF-1.7\n", b"OggS")
WAIT = 60.0
TO = ("anna@desk.example",)
BEGIN = ("/start", "English", "1", "1", "1", "1")
SEND = ("/done", "1", "/send", "1")
#: How often a kill is tried until it comes in the middle.
TRIES = 5


def file_of(number: int, size: int = 0) -> bytes:
    """Return a file that is full of canaries, its own."""
    own = f"{MARK}{number} ".encode()
    start = STARTS[number % len(STARTS)]
    return start + own * (-(-max(size, 40_000) // len(own)))


def said_forms() -> list[Forms]:
    """Return everything that people say and send."""
    texts = (*WORDS, *NAMES, *CAPTIONS, MARK)
    return [text_forms(text) for text in texts]


def signal_forms() -> list[Forms]:
    """Return who the person on Signal is: what a bridge knows of them."""
    own = uuid.UUID(UUID)
    texts = (UUID, str(ON_SIGNAL["name"]), str(ON_SIGNAL["username"]))
    shapes = {"bytes": own.bytes, "hex": own.hex.encode(), "number": str(own.int).encode()}
    return [shapes, *map(text_forms, texts), number_forms(PHONE)]


def person_forms() -> list[Forms]:
    """Return who people are."""
    names = [str(ON_TELEGRAM["first_name"]), str(ON_TELEGRAM["username"])]
    return [*signal_forms(), *map(text_forms, names), number_forms(PEER)]


@dataclass
class House:
    """A real line, both chat apps and the mail server that it talks to."""

    firm: Firm
    telegram: Telegram
    bridge: Bridge
    post: PostOffice
    line: Process
    place: Path  # of all files of the line's
    forms: list[Forms] = field(default_factory=lambda: [*said_forms(), *person_forms()])

    async def up(self) -> None:
        assert "The line is up" in await self.line.start()

    def leaks(self) -> list[str]:
        """Return what lies where it should not: files, names of files, prints, mails."""
        beside = [*self.line.printed, *self.line.errors]
        beside += [mail.content.decode() for mail in self.post.taken]
        here = found_in(self.forms, "\0".join(beside).encode())
        return [*found(self.forms, self.place), *here]

    def blobs(self) -> list[Path]:
        """Return the files in the line's folder of files."""
        return [path for path in (self.firm.home / "blobs").rglob("*") if path.is_file()]

    def on_the_bridge(self) -> list[Path]:
        """Return the files that lie on the bridge."""
        return list(Path(self.bridge.folders()["attachments"]).iterdir())

    def bridge_leaks(self) -> list[str]:
        """Return what lies on the bridge beside its contacts."""
        folders = self.bridge.folders()
        others = [Path(folders[name]) for name in ("attachments", "tmp")]
        return [*found(said_forms(), Path(folders["root"])), *found(signal_forms(), *others)]


@asynccontextmanager
async def house(founded: Firm, place: Path, bridge_folder: Path) -> AsyncIterator[House]:
    """Bring the line up on both apps; its temporary files lie in `place` too."""
    firm = founded.copy(place / "firm")
    here = f"127.0.0.1:{door()}"
    file = firm.home / "quietline.toml"
    file.write_text(file.read_text("utf-8").replace("127.0.0.1:0", here))
    async with (
        serving_telegram(token=TOKEN) as telegram,
        serving_signal(folder=bridge_folder) as bridge,
        PostOffice(tls="none").opened() as post,
    ):
        firm.set(
            f"""
[telegram]
on = true
server = "{telegram.url}"
per_second = 1000
per_chat = 1000

[signal]
on = true
number = "{NUMBER}"
bridge = "{bridge.url}"
receive = "webhook"
per_second = 1000
per_chat = 1000

[mail]
server = "127.0.0.1"
port = {post.port}
security = "none"
sender = "line@desk.example"
to = {list(TO)}
"""
        )
        named = await asyncio.to_thread(firm.line, "signal", "webhook", "--host", here)
        bridge.webhook(named.stdout.strip().partition("=")[2])
        line = Process(["bot", "run", "--home", str(firm.home)], place / "firm")
        made = House(firm, telegram, bridge, post, line, place)
        left = firm.home / "line" / ".seen.0123abcd"  # as a kill leaves it
        left.write_bytes(b"")
        os.utime(left, (0, 0))
        await made.up()
        assert not left.exists()
        try:
            yield made
        finally:
            if line.running is not None:
                await line.end()


# --- two people -------------------------------------------------------------------------------


@dataclass
class Person:
    """Somebody on one of the apps."""

    house: House
    sent: list[str] = field(default_factory=list)  # hashes

    def messages(self) -> list[str]:
        """Return what the line has said to them and what stands there."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        raise NotImplementedError

    def send(self, content: bytes, name: str = "", caption: str = "", kind: int = 0) -> None:
        raise NotImplementedError

    async def settled(self) -> None:
        raise NotImplementedError

    async def says(self, *texts: str) -> None:
        """Say things, each once the one before was answered."""
        for text in texts:
            before = self.messages()
            self.say(text)
            await self.settled()
            await until(lambda b=before: self.messages() != b, seconds=WAIT)  # type: ignore[misc]
            await until(self.house_is_quiet, seconds=WAIT)

    async def sends(self, content: bytes, **more: Any) -> None:  # noqa: ANN401 - of `send`
        """Send a file; wait until it is said to be kept."""
        self.sent.append(hashlib.sha256(content).hexdigest())
        self.send(content, **more)
        await self.receipt(content)

    async def receipt(self, content: bytes) -> None:
        """Wait until they are told that a file is kept, by its hash."""
        shown = short_hash(hashlib.sha256(content).hexdigest())
        await until(lambda: any(shown in text for text in self.messages()), seconds=WAIT)

    async def hears(self, name: str) -> None:
        """Wait for a text."""
        blank = "\N{BULLET}"
        texts = content_of(self.house.firm.home).texts
        said = texts.render("en", name, number=blank, code=blank).split(blank)[-1]
        words = said.strip("\u2068\u2069 .")
        await until(lambda: any(words in text for text in self.messages()), seconds=WAIT)

    def house_is_quiet(self) -> bool:
        """Tell whether no letter waits."""
        with closing(sqlite3.connect(self.house.firm.home / "quietline.db", timeout=WAIT)) as base:
            (waiting,) = base.execute("SELECT count(*) FROM letters").fetchone()
        return int(waiting) == 0


class OnSignal(Person):
    """Somebody on Signal."""

    def messages(self) -> list[str]:
        sent = self.house.bridge.sent(ON_SIGNAL)
        return [one["text"] for one in sent]

    def say(self, text: str) -> None:
        self.house.bridge.say(ON_SIGNAL, text)

    def send(self, content: bytes, name: str = "", caption: str = "", kind: int = 0) -> None:
        file = {"content": content, "type": TYPES[kind], "filename": name or None}
        self.house.bridge.send(ON_SIGNAL, [file], text=caption)

    async def settled(self) -> None:
        await self.house.bridge.settled(timeout=WAIT)


class OnTelegram(Person):
    """Somebody on Telegram."""

    def messages(self) -> list[str]:
        return [one["text"] for one in self.house.telegram.sent(PEER)]

    def say(self, text: str) -> None:
        self.house.telegram.say(ON_TELEGRAM, text)

    def send(self, content: bytes, name: str = "", caption: str = "", kind: int = 0) -> None:
        del kind
        self.house.telegram.send(
            ON_TELEGRAM,
            "document",
            content=content,
            caption=caption,
            file_name=name,
        )

    async def settled(self) -> None:
        await self.house.telegram.settled(timeout=WAIT)


async def killed_within(made: House, one: Person, number: int) -> None:
    """Have the line killed in the middle of a file, which is kept in the end all the same."""
    for attempt in range(TRIES):
        content = file_of(number + attempt * 10, LARGE)
        one.sent.append(hashlib.sha256(content).hexdigest())
        one.send(content, name=NAMES[0])
        await until(lambda: torn(made), seconds=WAIT)
        assert made.line.running is not None
        made.line.running.send_signal(signal.SIGKILL)
        await made.line.kill()
        middle = torn(made)
        assert made.leaks() == []
        await made.up()
        await one.receipt(content)
        assert torn(made) == []
        if middle:
            return
    raise AssertionError("it was never in the middle")


def torn(made: House) -> list[Path]:
    """Return the files that are half there."""
    return [path for path in made.blobs() if path.suffix == ".part"]


# --- what is nowhere --------------------------------------------------------------------------


async def check_told(make: Callable[[House], Person], made: House) -> None:
    """Let somebody tell and send whatever can hold a canary; look everywhere all the time."""
    one = make(made)
    await one.says(*BEGIN, *WORDS[:2])
    await one.sends(file_of(1), name=NAMES[0], caption=CAPTIONS[0])
    await one.sends(file_of(2), name=NAMES[1], caption=CAPTIONS[1], kind=1)
    assert made.leaks() == []
    await killed_within(made, one, 3)
    made.bridge.fail("attachment", "close", times=1)
    made.bridge.fail("delete-attachment", 502)
    made.telegram.fail("download", "short")
    content = file_of(5)
    one.sent.append(hashlib.sha256(content).hexdigest())
    one.send(content, name=NAMES[2])
    await one.hears("file-coming")
    await one.receipt(content)
    assert made.leaks() == []
    await one.says(*SEND)
    await one.hears("end")
    assert made.leaks() == []
    await check_case(made, one)


async def check_case(made: House, one: Person) -> None:
    """Check that there was something to find: it is in the case, and staff can open it."""
    (answers,) = await asyncio.to_thread(cases, made.firm)
    files = [a.value for a in answers if isinstance(a.value, entry.File)]
    words = {a.value.words for a in answers if isinstance(a.value, entry.Words)}
    assert {*WORDS[:2], *CAPTIONS} <= words
    assert sorted(file.sha256 for file in files) == sorted(one.sent)
    assert set(NAMES) <= {file.name for file in files}
    keys = made.firm.reading_keys()
    lying = {path.stem: path for path in made.blobs()}
    assert set(lying) == {file.blob.hex() for file in files}
    for file in files:
        opened = age.open(lying[file.blob.hex()].read_bytes(), keys)
        assert hashlib.sha256(opened).hexdigest() == file.sha256


async def test_a_canary_in_a_file_of_signal_s_is_nowhere_outside_a_seal(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all", tmp_path / "bridge") as made:
        await check_told(OnSignal, made)
        made.firm.line("digest", "now")
        await until(lambda: made.post.taken, seconds=WAIT)
        assert await made.line.end() == 0
        assert made.leaks() == []
        assert {error for error in made.line.errors if error} == set()
        left = len(made.on_the_bridge())
        assert left <= 1, "but for the one whose erasing was refused"
        for path in made.on_the_bridge():
            path.unlink()
        assert made.bridge_leaks() == []
        # What a bridge keeps of people, it keeps: that is said on paper, and not hidden.
        assert found(signal_forms(), Path(made.bridge.folders()["data"]))


@pytest.mark.thorough
async def test_a_canary_in_a_file_of_telegram_s_is_nowhere_outside_a_seal(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all", tmp_path / "bridge") as made:
        await check_told(OnTelegram, made)
        assert await made.line.end() == 0
        assert made.leaks() == []
        assert {error for error in made.line.errors if error} == set()


async def test_a_file_that_the_bridge_lost_while_the_line_was_killed_is_asked_for_again(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all", tmp_path / "bridge") as made:
        one = OnSignal(made)
        await one.says(*BEGIN, WORDS[0])
        made.bridge.fail("attachment", "hang", seconds=0, done=False)
        one.send(file_of(1), name=NAMES[0])
        await one.hears("file-coming")
        await made.line.kill()
        assert made.leaks() == []
        await made.bridge.down()
        await made.bridge.up()  # its folder is memory
        made.bridge.heal()
        await made.up()
        await one.hears("file-lost")
        assert made.blobs() == []
        await one.sends(file_of(1), name=NAMES[0])
        await one.says(*SEND)
        await one.hears("end")
        assert await made.line.end() == 0
        assert made.leaks() == []
        assert made.bridge_leaks() == []
        assert made.on_the_bridge() == []
        (answers,) = await asyncio.to_thread(cases, made.firm)
        assert [a.value.sha256 for a in answers if isinstance(a.value, entry.File)] == one.sent


# --- a thief ----------------------------------------------------------------------------------


def stolen(made: House, to: Path) -> Loot:
    """Copy a server's folder while the line runs, but for what is handed out; open all of it."""
    shutil.copytree(made.firm.home, to, ignore=shutil.ignore_patterns("digests"))
    return Thief(to).open_all()


async def test_a_thief_gets_of_files_on_signal_what_the_paper_says(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all", tmp_path / "bridge") as made:
        one = OnSignal(made)
        await one.says(*BEGIN, WORDS[0])
        await one.sends(file_of(1), name=NAMES[0], caption=CAPTIONS[0])
        made.bridge.fail("attachment", 502, times=1_000)
        one.send(file_of(2), name=NAMES[1], kind=1)
        await one.hears("file-coming")
        await until(lambda: "502" in made.bridge.counters()["statuses"], seconds=WAIT)
        loot = stolen(made, tmp_path / "open")
        # On its way, a file names its chat and itself, and nothing that is in it.
        assert loot.kinds["fetches"] == table()["fetches"][0]
        assert loot.kinds["blobs"] == table()["blobs"][0]
        opened = b"\0".join(loot.opened)
        assert found_in([text_forms(NAMES[1]), text_forms(UUID)], opened)
        inside = (WORDS[0], NAMES[0], CAPTIONS[0], MARK, str(ON_SIGNAL["name"]))
        assert found_in([*map(text_forms, inside), number_forms(PHONE)], opened) == []
        made.bridge.heal()
        await made.line.kill()
        await made.up()
        await one.receipt(file_of(2))
        await one.says(*SEND)
        await one.hears("end")
        assert await made.line.end() == 0
        loot = stolen(made, tmp_path / "sent")
        paper = table()
        assert [place for place, kinds in loot.kinds.items() if not kinds <= paper[place][1]] == []
        assert loot.kinds["fetches"] == set()
        assert found_in([*said_forms(), *signal_forms()], b"\0".join(loot.opened)) == []
