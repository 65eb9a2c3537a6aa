"""A canary in everything a person writes, and the number of their chat: nowhere outside a seal.

Searched as `tests.canary` says, in every file of a server: database, write-ahead log, blobs, logs,
what staff are sent, temporary files. The first tests show that the finder finds.
"""

import asyncio
import base64
import logging
import random
import shutil
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.channels.console import PEER as CONSOLE
from bot.digest import make_digest
from bot.engine.events import Chose, Deleted, Edited, Event, Said, Sent, Unsupported
from bot.errors import BotError
from bot.ports import Incoming
from storage.unit import Unit
from tests.canary import LARGE, Forms, found, found_in, number_forms, text_forms
from tests.demo_made import Printed, cases, kill_when, run
from tests.line_made import Made, made
from tests.quiet import logged
from tests.reports import short
from tests.stores import open_file
from tests.watched import Watched, new_keys

PEER = 7_123_456_789
WORDS = ("kanarienvogel-0451", "قۇشقاچ-سايرايدۇ", "金絲雀在唱歌", "second-canary-7f3a")
MISSED = "canary-that-is-no-answer"
PHRASE, DURESS = "canary-phrase", "canary-under-duress"
ALL = (*WORDS, MISSED, PHRASE, DURESS)
FORMS: list[Forms] = [*map(text_forms, ALL), number_forms(PEER)]

LONG = " ".join([WORDS[0]] * 400)  # over several pages of the database

#: A report with a canary wherever a person can write something, also where it is no answer.
EVENTS: tuple[Event, ...] = (
    Said(text=MISSED),
    Said(text=MISSED),
    Said(text="English"),
    Said(text=MISSED),
    Said(text="1"),
    Said(text="1"),
    Said(text=f"/{MISSED}"),
    Said(text="1"),
    Said(text="1"),
    *(Said(text=word) for word in WORDS),
    Said(text=LONG),
    Edited(text=MISSED),
    Deleted(),
    Sent(voice=True),
    Unsupported(),
    Chose(revision=1, pick=MISSED),
    Said(text=f"{MISSED} 12345678"),
    Said(text="2"),
    Said(text="/pause"),
    Said(text=MISSED),
    Said(text="/done"),
    Said(text=MISSED),
    Said(text="1, 2"),
    Said(text="4"),
    Said(text=MISSED),
    Said(text="2021"),
    Said(text=MISSED),
    Said(text="1"),
    Said(text="1"),
    Said(text="1"),
    Said(text="1"),
    Said(text=PHRASE),
    Said(text=DURESS),
    Said(text="2"),
    Said(text="1, 3"),
    Said(text="1"),
    *(Said(text="/skip") for _ in range(4)),
    Said(text=MISSED),
    Said(text="/change"),
    Said(text="5"),
    Said(text=WORDS[1]),
    Said(text="/done"),
)
SEND = Said(text="1")


# --- the finder finds ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ALL)
def test_a_text_is_found_in_every_form(text: str, tmp_path: Path) -> None:
    chance = random.Random(text)
    for name, form in text_forms(text).items():
        file = tmp_path / "file"
        file.write_bytes(chance.randbytes(777) + form + chance.randbytes(333))
        assert any(line.startswith(f"{name} in ") for line in found([text_forms(text)], tmp_path))
        file.unlink()
    assert found([text_forms(text)], tmp_path) == []


@pytest.mark.parametrize("before", range(9))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_text_is_found_inside_encoded_bytes(before: int, encode: object, tmp_path: Path) -> None:
    assert callable(encode)
    for text in ALL:
        for after in range(4):
            whole = bytes(range(before)) + text.encode() + bytes(range(after))
            (tmp_path / "file").write_bytes(encode(whole))
            assert found([text_forms(text)], tmp_path)
            (tmp_path / "file").write_bytes(whole.hex().encode())
            assert found([text_forms(text)], tmp_path)


@pytest.mark.parametrize("name", number_forms(PEER))
def test_a_number_is_found_in_every_form(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    form = number_forms(PEER)[name]
    (tmp_path / "file").write_bytes(chance.randbytes(500) + form + chance.randbytes(500))
    assert f"{name} in {tmp_path / 'file'}" in found([number_forms(PEER)], tmp_path)


@pytest.mark.parametrize("width", ["<q", ">q", "sqlite", "json", "text"])
def test_a_number_is_found_as_programs_keep_it(width: str, tmp_path: Path) -> None:
    if width == "sqlite":
        with closing(sqlite3.connect(tmp_path / "db")) as database:
            database.execute("CREATE TABLE t (peer INTEGER, words TEXT)")
            database.execute("INSERT INTO t VALUES (?, ?)", (PEER, WORDS[1]))
            database.commit()
        assert found([text_forms(WORDS[1])], tmp_path)
    else:
        import struct

        packed = struct.pack(width, PEER) if width[1:] == "q" else f'{{"peer": {PEER}}}'.encode()
        (tmp_path / "file").write_bytes(packed)
    assert found([number_forms(PEER)], tmp_path)


@pytest.mark.parametrize("size", [0, LARGE])
def test_what_is_large_is_looked_through_as_what_is_small(size: int) -> None:
    noise = random.Random(size).randbytes(size // 2)
    for form in {form for one in FORMS for form in one.values()}:
        names = [name for one in FORMS for name, own in one.items() if own in form]
        assert names
        assert found_in(FORMS, noise + form + noise) == names
        assert found_in(FORMS, noise + form[:-1] + noise) == found_in(FORMS, form[:-1])
    assert found_in(FORMS, noise) == found_in([], noise) == []


def test_a_text_is_found_in_a_file_s_name_and_in_a_utf_16_database(tmp_path: Path) -> None:
    (tmp_path / f"letter-{PEER}.txt").touch()
    assert found([number_forms(PEER)], tmp_path)
    with closing(sqlite3.connect(tmp_path / "db")) as database:
        database.execute("PRAGMA encoding = 'UTF-16'")
        database.execute("CREATE TABLE t (words TEXT)")
        database.execute("INSERT INTO t VALUES (?)", (WORDS[2],))
        database.commit()
    assert found([text_forms(WORDS[2])], tmp_path)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(random.Random("nothing").randbytes(1 << 20))
    assert found(FORMS, tmp_path) == []


# --- a line in this process -----------------------------------------------------------------------


@dataclass
class Talk:
    """A person with a numeric chat who leaves canaries, and the server's folder beside it."""

    line: Made
    home: Path
    number: int = 0
    search: bool = False  # after each event, while its letters wait
    reprs: list[str] = field(default_factory=list)

    async def does(self, event: Event, *, deliver: bool = True) -> None:
        self.number += 1
        come = Incoming(channel="test", peer=str(PEER), event_id=str(self.number), event=event)
        self.reprs += [repr(come), str(come)]
        await self.line.app.intake.receive(come)
        if self.search and self.number % 4 == 0:
            assert found(FORMS, self.home) == []
        while deliver and await self.line.app.delivery.round():
            pass

    async def tells(self) -> None:
        await self.does(Said(text="/start"))
        for event in EVENTS:
            await self.does(event)

    def heard(self) -> list[str]:
        return [message.id for message in self.line.inbox.take(str(PEER))]


async def hand_over(line: Made, folder: Path) -> None:
    """Make what staff are sent by mail."""
    await make_digest(
        line.app.store,
        line=line.line,
        identity=line.credentials.identity,
        folder=folder,
        today=line.watch().date(),
    )


async def test_a_canary_is_nowhere_while_a_person_tells_and_after(tmp_path: Path) -> None:
    with logged(tmp_path / "log"):
        async with made(tmp_path, sqlite=True) as line:
            line.credentials.write(tmp_path / "credentials")
            talk = Talk(line, tmp_path, search=True)
            await talk.tells()
            assert talk.heard()[-1] == "review"
            await talk.does(SEND)
            assert talk.heard() == ["sent-known", "end"]
            await hand_over(line, tmp_path / "digests")
            assert found(FORMS, tmp_path) == []
            ((submission, answers),) = await line.cases()
        assert found(FORMS, tmp_path) == []
    assert submission.return_address is not None
    kept = [getattr(a.value, "words", "") for a in answers if a.question in {"A1", "F3", "F3B"}]
    assert kept == [WORDS[1], PHRASE, DURESS]  # so there was something to find


async def test_a_canary_is_nowhere_after_stopping(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        for last in (1, 5, 12, 20, len(EVENTS)):
            talk = Talk(line, tmp_path, number=1_000 * last)
            await talk.does(Said(text="/start"))
            for event in EVENTS[:last]:
                await talk.does(event, deliver=False)
            await talk.does(Said(text="/stop"))
            assert talk.heard()[-1] == "stopped"
            assert found(FORMS, tmp_path) == []
    assert found(FORMS, tmp_path) == []


async def test_a_canary_is_nowhere_after_the_line_was_cut_off(tmp_path: Path) -> None:
    """The files as they are in the middle of everything: what a power cut, or a thief, finds."""
    home, copies = tmp_path / "home", tmp_path / "copies"
    for folder in (home, copies):
        folder.mkdir()
    async with made(home, sqlite=True) as line:
        talk = Talk(line, home)
        for number, event in enumerate((Said(text="/start"), *EVENTS, SEND)):
            work = asyncio.create_task(talk.does(event))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            for file in home.iterdir() if number % 3 == 0 else ():
                shutil.copy(file, copies / f"{number}-{file.name}")
            await work
    assert len(list(copies.iterdir())) > 30
    assert found(FORMS, tmp_path) == []


class Everything(logging.Handler):
    """Remembers every record, whatever its level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(f"{vars(record)} {record.getMessage()}")


def quoting(store: Watched) -> Iterator[Exception]:
    """Yield errors such as libraries raise: with all that they were given in them."""
    while True:
        yield ValueError(f"cannot keep {' '.join(ALL)} of {PEER}")
        yield UnicodeEncodeError("utf-8", f"{ALL} {PEER}", 0, 1, "surrogates not allowed")
        yield KeyError(PEER, *ALL, store)


async def test_a_canary_is_nowhere_when_steps_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = new_keys(tmp_path)
    store = Watched(open_file(tmp_path / "quietline.db", keys[0].identity.sign_bytes))
    errors = quoting(store)
    records = Everything()
    crossed: list[BaseException] = []
    with logged(tmp_path / "log") as log:
        logging.getLogger().addHandler(records)
        async with made(tmp_path, store=store.store, keys=keys) as line:
            talk = Talk(line, tmp_path)
            for number, event in enumerate((Said(text="/start"), *EVENTS)):
                tries = number % 5  # 0: none fails; 3: it is set aside; 4: not even that is kept

                def fails(unit: Unit, upto: int = store.failures + tries) -> Exception | None:
                    return next(errors) if unit.seen and store.failures < upto else None

                store.fails = fails
                try:
                    await talk.does(event)
                except BotError as raised:
                    crossed.append(raised)
        assert store.failures > 50
        assert crossed
        assert {entry["event"] for entry in log()} == {"poison"}
    assert found(FORMS, tmp_path) == []
    told = [*capfd.readouterr(), caplog.text, *records.records, *talk.reprs]
    told += [repr(unit) for unit in store.units]
    for error in crossed:
        told += [repr(error), *traceback.format_exception(error)]
        assert error.__context__ is None
    assert found_in(FORMS, "\n".join(told).encode()) == []


async def test_a_canary_is_in_no_repr(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        talk = Talk(line, tmp_path)
        await talk.tells()
        keyring = line.app.intake.keyring
        tag = keyring.tag("test", str(PEER), "2026-11")
        row = await line.app.store.chat(tag)
        assert row is not None
        place = line.app.intake.chats.open(row)
        assert place is not None
        assert place.peer == str(PEER)
        shown: list[object] = [
            line.app,
            row,
            place,
            place.state,
            *talk.reprs,
            *line.inbox.take(str(PEER)),
            *EVENTS,
        ]
        shown += [*await line.app.store.drafts(place.state.case), *await line.app.store.due(2**40)]
        await talk.does(SEND, deliver=False)
        shown += [*await line.app.store.letters()]
        for submission, answers in await line.cases():
            shown += [submission, *answers]
    told = "\n".join(f"{one!r} {one}" for one in shown)
    assert found_in(FORMS, told.encode()) == []
    assert (
        found_in(
            [{"master": line.credentials.master, "hex": line.credentials.master.hex().encode()}],
            told.encode(),
        )
        == []
    )


# --- the real line, as a process --------------------------------------------------------------------


def report() -> list[str]:
    """Return a piped report with canaries in it."""
    lines = short("en", words=WORDS[0])
    return [*lines[:1], *[MISSED] * 9, *lines[1:6], *WORDS[1:], *[LONG] * 9, *lines[6:]]


def test_a_canary_is_nowhere_after_a_run(demo_ready: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    shown = run(keep, report())
    assert all(word in shown for word in WORDS)  # the desk shows what nobody else can
    (case,) = cases(keep)
    assert case.words("A1") == [*WORDS, *[LONG] * 9]
    assert found(FORMS, tmp_path) == []
    assert CONSOLE.encode() not in (keep / "server" / "quietline.db").read_bytes()


def test_a_canary_is_nowhere_after_a_kill(demo_ready: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    chance = random.Random("canary")
    printed: list[Printed] = []
    for echoes in (11, 7, 3):

        def moment(out: str, echoes: int = echoes) -> bool:
            return out.count("\n› ") >= echoes or "caseworker" in out

        printed.append(kill_when(keep, report(), moment, chance.uniform(0, 0.01)))
        assert printed[-1].killed
        assert found_in(FORMS, printed[-1].error.encode()) == []
        assert found(FORMS, tmp_path) == []
    assert any(WORDS[0] in one.out for one in printed)
    run(keep, report())
    assert found(FORMS, tmp_path) == []


def test_a_canary_is_nowhere_after_stop_and_delete(demo_ready: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    lines = [*report()[:25], "/stop"]
    printed = kill_when(keep, lines, lambda _: False)
    assert printed.code == 0
    assert "Nothing was sent" in printed.out
    assert found(FORMS, tmp_path) == []
    with closing(sqlite3.connect(keep / "server" / "quietline.db")) as database:
        for table in ("chats", "drafts", "codes", "letters", "timers", "journal"):
            count = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own tables
            assert count == (0,)
