"""Consent is given to what was shown: words that were typed before do not give it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.engine.events import Chose, Event, Said
from bot.ports import Incoming, Message, Rate
from tests.line_made import Inbox, Made, made


@dataclass
class Paced(Inbox):
    """A chat app that makes us wait, though not for long."""

    rate: Rate = field(default_factory=lambda: Rate(chat=1000.0))


@dataclass
class Writer:
    """Somebody who writes, and reads only when it says so."""

    line: Made
    number: int = 0

    async def does(self, *events: Event) -> None:
        for event in events:
            self.number += 1
            come = Incoming(channel="test", peer="person", event_id=str(self.number), event=event)
            await self.line.app.intake.receive(come)

    async def reads(self) -> list[Message]:
        """Read all that waits."""
        while await self.line.app.store.letter_count():
            await self.line.app.delivery.round()
        return self.line.inbox.take("person")

    def kept(self) -> int:
        """Count the answers that are kept."""
        with closing(sqlite3.connect(self.line.app.home / "quietline.db")) as database:
            count: int = database.execute("SELECT count(*) FROM drafts").fetchone()[0]
            return count


PATHS = {"q-C1": ("/start", "English", "1", "1"), "q-D2": ("/start", "English", "1", "3", "1")}


@pytest.mark.parametrize("asked", PATHS)
async def test_words_typed_ahead_give_no_consent(tmp_path: Path, asked: str) -> None:
    async with made(tmp_path, channels=[Paced()], sqlite=True) as line:
        writer = Writer(line)
        await writer.does(*(Said(text=text) for text in (*PATHS[asked], "1", "1", "yes")))
        assert writer.kept() == 0
        assert (await writer.reads())[-1].id == asked
        await writer.does(Said(text="1"))
        assert writer.kept() > 0


async def test_a_button_gives_consent_and_so_does_a_word_once_all_was_read(tmp_path: Path) -> None:
    async with made(tmp_path, channels=[Paced()], sqlite=True) as line:
        writer = Writer(line)
        await writer.does(*(Said(text=text) for text in PATHS["q-C1"]))
        prompt = (await writer.reads())[-1]
        await writer.does(Said(text="/why"), Chose(revision=prompt.revision, pick="0"))
        assert writer.kept() == 0  # that button is of before
        prompt = (await writer.reads())[-1]
        await writer.does(Chose(revision=prompt.revision, pick="0"))
        assert writer.kept() > 0


async def test_who_types_ahead_can_still_stop(tmp_path: Path) -> None:
    async with made(tmp_path, channels=[Paced()], sqlite=True) as line:
        writer = Writer(line)
        await writer.does(*(Said(text=text) for text in (*PATHS["q-C1"], "/stop")))
        assert (await writer.reads())[-1].id == "stopped"
