"""What comes twice is taken once: redelivered events, double taps, also across a restart."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.engine.events import Chose, Edited, Event, Said, Unsupported
from bot.ports import Incoming, Message
from storage.entry import Answer
from storage.unit import Outcome
from tests.line_made import LANGUAGES, Draws, Made, made
from tests.reports import short
from tests.watched import Keys, new_keys

PEER = "7123456789"
#: A pause and a second part of the words, so that codes and parts are doubled as well.
PAUSE, SECOND = "/pause", "and then they called"

Dump = dict[str, list[tuple[object, ...]]]


def lines(language: str) -> list[str]:
    report = short(language)
    return ["/start", *report[:6], PAUSE, "hello", SECOND, *report[6:]]


def dump(home: Path) -> Dump:
    """Return every row of every table."""
    with closing(sqlite3.connect(home / "quietline.db")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608 - names of our own tables
            for (name,) in names.fetchall()
        }


@asynccontextmanager
async def line_up(home: Path, keys: Keys, seed: int = 0) -> AsyncIterator[Made]:
    async with made(home, keys=keys, sqlite=True, draws=Draws(b"%d" % seed)) as line:
        yield line


@dataclass
class Told:
    """What a case holds, apart from what is drawn anew for each case."""

    answers: list[tuple[object, ...]]
    urgency: str

    @classmethod
    async def of(cls, line: Made) -> "Told":
        ((submission, answers),) = await line.cases()
        return cls([_plain(a) for a in answers], submission.index.urgency)


def _plain(answer: Answer) -> tuple[object, ...]:
    return (answer.question, answer.repeat, answer.part, answer.value, answer.sequence)


async def once(home: Path, language: str) -> Told:
    """Return what the case holds when each event comes once."""
    async with made(home, sqlite=True) as line:
        person = line.person(PEER)
        for said in lines(language):
            await person.says(said)
        return await Told.of(line)


# --- redelivery ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_event_twice_changes_nothing(language: str, tmp_path: Path) -> None:
    (tmp_path / "once").mkdir()
    (tmp_path / "twice").mkdir()
    keys = new_keys(tmp_path)
    async with line_up(tmp_path / "twice", keys) as line:
        for number, said in enumerate(lines(language)):
            come = Incoming(channel="test", peer=PEER, event_id=str(number), event=Said(text=said))
            assert await line.app.intake.receive(come) is Outcome.COMMITTED
            before = dump(tmp_path / "twice")
            assert len(before["letters"]) > 0
            assert await line.app.intake.receive(come) is Outcome.DUPLICATE  # the letters wait
            assert dump(tmp_path / "twice") == before
            while await line.app.delivery.round():
                pass
            heard = line.inbox.take(PEER)
            assert len(heard) == len(before["letters"])
            after = dump(tmp_path / "twice")
            assert await line.app.intake.receive(come) is Outcome.DUPLICATE  # they were sent
            assert dump(tmp_path / "twice") == after
            assert await line.app.delivery.round() == 0
        assert len(dump(tmp_path / "twice")["codes"]) == 1
        assert await Told.of(line) == await once(tmp_path / "once", language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_event_again_after_a_restart_changes_nothing(
    language: str, tmp_path: Path
) -> None:
    (tmp_path / "once").mkdir()
    home = tmp_path / "twice"
    home.mkdir()
    keys = new_keys(home)
    come = [
        Incoming(channel="test", peer=PEER, event_id=str(number), event=Said(text=said))
        for number, said in enumerate(lines(language))
    ]
    shown: list[Message] = []
    for number, event in enumerate(come):
        async with line_up(home, keys, number) as line:
            while await line.app.delivery.round():  # what the run before had not sent
                pass
            shown += line.inbox.take(PEER)
            before = dump(home)
            for earlier in come[max(0, number - 3) : number]:
                assert await line.app.intake.receive(earlier) is Outcome.DUPLICATE
            assert dump(home) == before
            assert await line.app.intake.receive(event) is Outcome.COMMITTED
    async with line_up(home, keys, len(come)) as line:
        for event in come:
            assert await line.app.intake.receive(event) is Outcome.DUPLICATE
        assert len(dump(home)["codes"]) == 1
        assert await Told.of(line) == await once(tmp_path / "once", language)
        while await line.app.delivery.round():
            pass
        shown += line.inbox.take(PEER)
    assert [m.id for m in shown].count("code") == 1
    assert [m.id for m in shown].count("end") == 1


async def test_an_event_is_known_for_seven_days(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        for number, said in enumerate(lines("en")):
            await line.receive(PEER, Said(text=said), str(number))
        line.inbox.take(PEER)
        line.watch.forward(days=7)
        await line.app.jobs.retention()
        assert await line.receive(PEER, Said(text="1"), "3") is Outcome.DUPLICATE
        assert line.inbox.take(PEER) == []
        line.watch.forward(days=1)
        await line.app.jobs.retention()
        assert dump(tmp_path)["seen"] == []


async def test_one_persons_event_is_not_anothers(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        for name in ("anna", "ben"):
            assert await line.receive(name, Said(text="hello"), "1") is Outcome.COMMITTED
            assert [m.id for m in line.inbox.take(name)] == ["hello"]


# --- double taps --------------------------------------------------------------------------------


async def tap_through(line: Made, language: str, taps: int) -> None:
    """Give a short report by buttons, pressing each of them so many times."""
    number = 0

    async def does(event: Event) -> list[Message]:
        nonlocal number
        number += 1
        await line.receive(PEER, event, str(number))
        return line.inbox.take(PEER)

    async def presses(heard: list[Message], pick: str) -> list[Message]:
        button = Chose(revision=heard[-1].revision, pick=pick)
        heard, told = await does(button), 0
        for _ in range(taps - 1):
            again = await does(button)
            if not again:  # it has just been said
                continue
            if again[0].id == "hello":  # the conversation is over: an old button begins a new one
                await does(Said(text="/stop"))
                break
            assert [m.id for m in again] == ["already", heard[-1].id]
            assert again[-1].options == heard[-1].options
            heard = again
            told += 1
        assert told <= 1
        return heard

    heard = await does(Said(text="/start"))
    heard = await presses(heard, str(line.app.content.form.languages.index(language)))
    for pick in ("0", "0", "0", "0"):
        heard = await presses(heard, pick)
    assert heard[-1].id == "q-A1"
    heard = await does(Said(text="my own words"))
    heard = await presses(heard, "done")
    for pick in ("0", "2", "done", "0", "0", "2", "0", "send"):
        heard = await presses(heard, pick)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_button_ten_times_is_one_choice(language: str, tmp_path: Path) -> None:
    (tmp_path / "once").mkdir()
    (tmp_path / "ten").mkdir()
    told = []
    for folder, taps in (("once", 1), ("ten", 10)):
        async with made(tmp_path / folder, sqlite=True) as line:
            await tap_through(line, language, taps)
            told.append(await Told.of(line))
            assert len(dump(tmp_path / folder)["codes"]) == 1
            assert dump(tmp_path / folder)["drafts"] == []
    assert told[0] == told[1]
    assert [row[0] for row in told[0].answers] == [
        "S1", "S2", "C1", "C2", "A1", "A2", "A3", "A4", "F1", "M0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "event", [Unsupported(), Edited(text="other words"), Chose(revision=1, pick="0")], ids=repr
)
async def test_what_is_no_answer_changes_no_answer(event: Event, tmp_path: Path) -> None:
    (tmp_path / "once").mkdir()
    (tmp_path / "more").mkdir()
    async with made(tmp_path / "more", sqlite=True) as line:
        person = line.person(PEER)
        for said in lines("en")[:-1]:
            await person.says(said)
            drafts = dump(tmp_path / "more")["drafts"]
            if said not in {"/start", PAUSE}:
                assert await person.does(event)
                assert dump(tmp_path / "more")["drafts"] == drafts
        await person.says(lines("en")[-1])
        assert await Told.of(line) == await once(tmp_path / "once", "en")
