"""Every dialogue of `conversations/`, in every language, on a channel of this process."""

from pathlib import Path

import pytest

from bot.ports import Message
from tests.dialogues import DIALOGUES, Ledger, expected, rows_left, rows_of, words_of
from tests.line_made import LANGUAGES, Inbox, made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_conversation(name: str, language: str, tmp_path: Path) -> None:
    await walk(name, language, tmp_path, Inbox())


@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_a_channel_that_can_remove_changes_no_conversation(name: str, tmp_path: Path) -> None:
    """The same texts come, in the same order; only wiping is no longer refused."""
    said = await walk(name, "ug", tmp_path, Inbox(removes=True))
    assert {message.id for message in said if message.wipe} <= {"wiped", "stopped"}
    assert all(message.wipe for message in said if message.id in {"wiped", "stopped"})
    offered = {m.id for m in said if "wipe" in {option.pick for option in m.actions}}
    assert offered <= {"end", "q-LATER", "q-NOCONSENT", "q-D3E"}


async def walk(name: str, language: str, tmp_path: Path, inbox: Inbox) -> list[Message]:
    """Go through a dialogue; return everything that the person heard."""
    heard: list[Message] = []
    async with made(tmp_path, sqlite=True, channels=[inbox]) as line:
        person = line.person()
        form, texts = line.app.content.form, line.app.content.texts
        ledger = await Ledger.of(line)
        chosen = False  # whether the line knows the person's language
        for row in rows_of(name, language):
            if row.kind == ">":
                asked = person.heard[-1] if person.last else ""
                said = words_of(row, language, asked, form, texts)
                known = rows_left(line.app.home, "chats") > 0
                chosen = row.rest == "{language}" or (chosen and known)
                await person.says(said)
                assert person.last, row.where
                heard += person.last
                for message in person.last:
                    foreign = message.id in {"draft-language", "hello"} or said == "/original"
                    right = message.language == language or not chosen
                    assert foreign or right, f"{row.where}: {message.id}"
            elif row.kind == "<":
                assert person.heard == expected(row, language, removes=inbox.removes), row.where
            else:
                await ledger.check(row)
    return heard
