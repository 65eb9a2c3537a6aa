"""Every dialogue over Telegram: real HTTP, and a person who sees texts and presses buttons.

One line and one Telegram for all of them, and another person for each. What holds of every message
(its rows, what its buttons carry, what has left the chat) is checked as it is heard: see
`tests.telegram_person`.
"""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.dialogues import DIALOGUES, Ledger
from tests.line_made import Watch
from tests.telegram_live import PATIENCE, Live, live, telegram
from tests.telegram_made import until
from tests.telegram_person import Person, Reading, picks_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUICK, REST = ("en", "ug", "zh-Hans"), ("zh-Hant", "ja")
PEOPLE = itertools.count(5_550_001)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    watch = Watch()
    home = tmp_path_factory.mktemp("line")
    async with telegram(watch) as server, live(home, server, watch, by_hand=True) as line:
        yield line


@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("language", QUICK)
async def test_dialogue(up: Live, name: str, language: str) -> None:
    await talk(up, name, language)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("language", REST)
async def test_dialogue_in_the_other_languages(up: Live, name: str, language: str) -> None:
    await talk(up, name, language)


async def talk(up: Live, name: str, language: str) -> None:
    """Go through a dialogue, check its claims, and what was sent on the way."""
    person = Person(up, next(PEOPLE), language, reading=Reading(up.line))
    await up.quiet()
    person = await person.plays(name, ledger=await Ledger.of(up.line))
    if any(pick == "wipe" for _, pick in picks_of(person.prompt)):
        await empties(person)
    assert any(len(row) == 2 for one in person.everything for row in one["buttons"])
    await check_wire(person)


async def empties(person: Person) -> None:
    """Clear the chat by the button that is offered in the end; files stay: there may be no other."""
    person.presses(pick="wipe")
    await person.hears("wiped")
    left = [one["id"] for one in person.stands() if one["kind"] == "text"]
    assert left == [person.seen]


async def check_wire(person: Person) -> None:
    """Check what Telegram was asked: plain words, without a preview, every press answered."""
    server = person.up.server
    sent = [one.wire for one in server.world.sent if one.chat == person.id]
    assert {str(one["link_preview_options"]) for one in sent} == {"{'is_disabled': True}"}
    marks = {mark["type"] for one in sent for mark in one.get("entities", ())}
    assert marks <= {"bot_command"}  # Telegram's own, and nothing of ours
    await until(
        lambda: all(server.query(one)["answered"] for one in person.queries), seconds=PATIENCE
    )
    # Nothing was refused: Telegram here takes no formatting, and no more than its limits.
    assert {call["status"] for call in server.calls(chat=person.id)} == {200}
    assert all(server.query(one)["text"] == "" for one in person.queries)
