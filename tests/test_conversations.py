"""Every dialogue of `conversations/`, in every language, on a channel of this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.ports import Message
from tests.dialogues import (
    DIALOGUES,
    Ledger,
    Row,
    code_in,
    expected,
    file_of,
    goes_elsewhere,
    rows_left,
    rows_of,
    words_of,
)
from tests.line_made import LANGUAGES, Inbox, Made, Person, made

LARGEST = 1024 * 1024


@dataclass
class Shelf:
    """A depot that has what was put there."""

    name: str = "test"
    largest: int = LARGEST
    dangerous: bool = False
    there: dict[str, bytes] = field(default_factory=dict)

    def put(self, data: bytes) -> str:
        reference = str(len(self.there))
        self.there[reference] = data
        return reference

    async def fetch(self, reference: str) -> AsyncIterator[bytes]:
        yield self.there[reference]

    async def forget(self, reference: str) -> None:
        self.there[reference] = b""


@dataclass
class Talk:
    """Somebody who plays a dialogue, in one chat or in several."""

    line: Made
    shelf: Shelf
    language: str
    chats: list[Person] = field(default_factory=list)
    code: str = ""
    chosen: bool = False  # whether the line knows the person's language
    heard: list[Message] = field(default_factory=list)

    @property
    def person(self) -> Person:
        return self.chats[-1]

    def goes_elsewhere(self) -> None:
        self.chats.append(self.line.person(f"person {len(self.chats)}"))

    async def does(self, row: Row) -> None:
        file = file_of(row)
        if goes_elsewhere(row):
            self.goes_elsewhere()
        elif file is not None:
            size = LARGEST + 1 if file.large else len(file.data)
            told = {"kind": file.kind, "name": file.name, "type": file.type, "size": size}
            await self.person.sends(self.shelf.put(file.data), voice=file.kind == "voice", **told)
            self._hears(row, "")
        else:
            asked = self.person.heard[-1] if self.person.last else ""
            content = self.line.app.content
            said = words_of(row, self.language, asked, content.form, content.texts, self.code)
            known = rows_left(self.line.app.home, "chats") > 0
            self.chosen = row.rest == "{language}" or (self.chosen and known)
            await self.person.says(said)
            self._hears(row, said)

    def _hears(self, row: Row, said: str) -> None:
        assert self.person.last, row.where
        self.heard += self.person.last
        for message in self.person.last:
            self.code = code_in(message.text) or self.code
            foreign = message.id in {"draft-language", "hello", "code-found"} or said == "/original"
            right = message.language == self.language or not self.chosen
            assert foreign or right, f"{row.where}: {message.id}"

    async def waits(self) -> list[str]:
        """Return what comes by itself when the files are fetched; what was asked still is."""
        await self.line.fetch()
        return [message.id for message in self.line.inbox.take(self.person.name)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_conversation(name: str, language: str, tmp_path: Path) -> None:
    await walk(name, language, tmp_path, Inbox())


@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_a_channel_that_can_remove_changes_no_conversation(name: str, tmp_path: Path) -> None:
    """The same texts come, in the same order; only wiping is no longer refused."""
    said = await walk(name, "ug", tmp_path, Inbox(removes=True, vanishes=True))
    assert {message.id for message in said if message.wipe} <= {"wiped", "stopped"}
    assert all(message.wipe for message in said if message.id in {"wiped", "stopped"})
    offered = {m.id for m in said if "wipe" in {option.pick for option in m.actions}}
    assert offered <= {"end", "status", "q-LATER", "q-NOCONSENT", "q-D3E"}


async def walk(name: str, language: str, tmp_path: Path, inbox: Inbox) -> list[Message]:
    """Go through a dialogue; return everything that the person heard."""
    shelf = Shelf()
    async with made(tmp_path, sqlite=True, channels=[inbox], depots=[shelf]) as line:
        talk = Talk(line, shelf, language)
        talk.goes_elsewhere()
        ledger = await Ledger.of(line)
        for row in rows_of(name, language):
            match row.kind:
                case ">":
                    await talk.does(row)
                case "<":
                    wanted = expected(row, language, removes=inbox.removes)
                    assert talk.person.heard == wanted, row.where
                case "~":
                    assert await talk.waits() == row.rest.split(), row.where
                case "@":
                    came = line.inbox.take(talk.chats[-2].name)
                    assert [message.id for message in came] == row.rest.split(), row.where
                case _:
                    await ledger.check(row)
    return talk.heard
