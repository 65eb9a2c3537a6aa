"""Every dialogue over Signal: real HTTP, and a person who reads lists and answers in writing.

One line and one bridge for all of them, and another person for each. Messages come over a websocket
in every language; by polls, and brought to the door, in three: one runs from right to left, one
has no spaces. What holds of every message is checked as it is heard: see
`tests.signal_person`.
"""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.dialogues import DIALOGUES, Ledger
from tests.line_made import LANGUAGES, Watch
from tests.signal_live import Live, bridge, live
from tests.signal_person import MOST_BYTES, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = itertools.count(1_001)
#: Of polls and the door: what goes every way that a message can go, and all the rest.
WAYS = ("poll", "webhook")
FIRST = ("code_moves", "evidence", "wipe")
REST = sorted(DIALOGUES.keys() - set(FIRST))
SOME = ("en", "ug", "zh-Hans")


async def up_by(receive: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    watch = Watch()
    home = tmp_path_factory.mktemp("line")
    async with bridge(watch, receive) as server, live(home, server, watch, receive=receive) as up:
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    async for line in up_by("websocket", tmp_path_factory):
        yield line


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def other(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Live]:
    async for line in up_by(request.param, tmp_path_factory):
        yield line


@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("language", SOME)
async def test_dialogue(up: Live, name: str, language: str) -> None:
    await talk(up, name, language)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(DIALOGUES))
@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag not in SOME])
async def test_dialogue_in_the_other_languages(up: Live, name: str, language: str) -> None:
    await talk(up, name, language)


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("language", SOME)
async def test_dialogue_another_way(other: Live, name: str, language: str) -> None:
    await talk(other, name, language)


@pytest.mark.thorough
@pytest.mark.parametrize("name", REST)
@pytest.mark.parametrize("language", SOME)
async def test_the_other_dialogues_another_way(other: Live, name: str, language: str) -> None:
    await talk(other, name, language)


async def talk(up: Live, name: str, language: str) -> None:
    """Go through a dialogue, check its claims, and what was sent on the way."""
    await up.quiet()
    begun = Person.of(up, next(PEOPLE), language, name)
    ended = await begun.plays(name, ledger=await Ledger.of(up.line))
    if ended.reading.label(language, "button-wipe") in ended.under():
        await ended.says(ended.command("/wipe", language))
        await ended.hears("wiped")
        ended.notes(["wiped"], name, late=False)
    await up.quiet()
    for person in (begun, ended):
        check_wire(person)


def check_wire(person: Person) -> None:
    """Check what the bridge was asked: nothing was refused, dropped or sent twice."""
    server = person.up.server
    sent = server.sent(person.id)
    assert sent
    assert all(one["shown"] and 0 < one["bytes"] <= MOST_BYTES for one in sent)
    assert all(one["texts"] == [one["text"]] and not one["attachments"] for one in sent)
    assert server.counters()["dropped"] == server.counters()["lost"] == 0
    assert {call["status"] for call in server.calls(person=person.id)} <= {200, 201, 204}
    assert list(Path(server.folders()["attachments"]).iterdir()) == []  # nobody needs a file twice
