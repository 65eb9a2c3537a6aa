"""A chat that was told to wait: what it goes on to send costs one look each, and nobody's word."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.decode import Decoded, decode
from bot.channels.telegram.glance import glance
from bot.channels.telegram.webhook import Webhook
from bot.engine.events import Chose, Event, Said, Unsupported
from bot.limits import Flood
from bot.ports import Incoming, Rate
from storage.memory import MemoryStore
from tests.line_made import Inbox, made
from tests.telegram_made import TOKEN, Keeper, connected, until
from tests.telegram_server import Emulator, serving
from tests.test_telegram_decode import CHAT, GROUP, KINDS, PERSON, SERVICE, STRANGE
from tests.watched import Watched, new_keys

MOST = Flood().most
HASTY, OTHER = 5_570_001, 5_570_002
BASE: Mapping[str, Any] = {"message_id": 3, "date": 1_700_000_000, "chat": CHAT, "from": PERSON}
WRITTEN = {**BASE, "text": "words"}
PRESSED = {
    "id": "77",
    "from": PERSON,
    "chat_instance": "1",
    "message": {**WRITTEN, "message_id": 9},
    "data": "2a.stop",
}
#: What one look tells.
PLAIN: Mapping[str, dict[str, Any]] = {
    "words": {"message": WRITTEN},
    "an edit": {"edited_message": {**WRITTEN, "edit_date": 1_700_000_009}},
    "a button": {"callback_query": PRESSED},
    "a button of nobody's": {"callback_query": {**PRESSED, "data": "made up"}},
    "a sticker": {"message": {**BASE, "sticker": STRANGE["sticker"]}},
    "a place": {"message": {**BASE, "location": STRANGE["location"]}},
}
#: What must be decoded.
REST: Mapping[str, dict[str, Any]] = {
    "a command": {"message": {**BASE, "text": "/stop"}},
    "a command, wide": {"message": {**BASE, "text": " \uff0fstop"}},
    "a group": {"message": {**WRITTEN, "chat": GROUP}},
    "a button in a group": {"callback_query": {**PRESSED, "message": {**WRITTEN, "chat": GROUP}}},
    "a button of no message": {"callback_query": {**PRESSED, "message": None}},
    "something new": {"message": {**BASE, "something_new": {}}},
    "no date": {"message": {**WRITTEN, "date": None}},
    "two things": {"message": WRITTEN, "callback_query": PRESSED},
    "no words": {"message": {**WRITTEN, "text": 7}},
    "somebody who blocked us": {"my_chat_member": {"chat": CHAT}},
    **{kind: {"message": {**BASE, kind: held}} for kind, held in KINDS.items()},
    **{kind: {"message": {**BASE, kind: held}} for kind, held in SERVICE.items()},
}


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(TOKEN) as made:
        yield made


# --- one look ---------------------------------------------------------------------------------


@pytest.mark.parametrize("update", PLAIN.values(), ids=PLAIN)
def test_one_look_tells_what_decoding_would(update: dict[str, Any]) -> None:
    decoded = decode({"update_id": 900, **update})
    seen = glance(update, 900)
    assert seen is not None
    assert decoded.callback == seen.callback
    ((theirs,), (ours,)) = decoded.incomings, seen.incomings
    message = "" if isinstance(theirs.event, Chose) else theirs.message  # it stands there anyway
    assert ours == replace(theirs, hint="", message=message)


@pytest.mark.parametrize("update", REST.values(), ids=REST)
def test_what_is_not_plain_is_left_to_the_decoder(update: dict[str, Any]) -> None:
    assert glance(update, 900) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*BASE, *PRESSED, "type", "text"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(kind=st.sampled_from(["message", "edited_message", "callback_query"]), body=_JSON)
def test_whatever_comes_a_look_at_it_fails_at_nothing(kind: str, body: object) -> None:
    seen = glance({kind: body}, 1)
    assert seen is None or seen.incomings


# --- who decides ------------------------------------------------------------------------------


@given(times=st.lists(st.floats(0, 30, width=16), max_size=120), most=st.integers(1, 10))
def test_what_is_refused_at_a_look_is_what_would_be_refused(times: list[float], most: int) -> None:
    flood, now = Flood(most=most), 0.0
    for step in times:
        now += step
        refused = flood.refuses(b"a", now)
        assert refused is (flood.take(b"a", now) is Flood.Answer.NO)


async def test_who_was_told_to_wait_costs_no_commit_and_may_still_stop(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    inbox = Inbox(rate=Rate(chat=1e6, burst=1_000))
    async with made(tmp_path, store=store.store, keys=keys, channels=[inbox]) as line:
        intake = line.app.intake

        def came(number: int, event: Event) -> Incoming:
            return Incoming(channel="test", peer="person", event_id=str(number), event=event)

        for number in range(MOST + 1):  # the last of them is told to wait
            assert not intake.lets_go(came(number, Said(text="words")))
            await intake.receive(came(number, Said(text="words")))
        commits = len(store.units)
        for event in (Said(text="words"), Unsupported(), Chose(revision=1, pick="0")):
            assert intake.lets_go(came(1_000, event))
            assert not intake.lets_go(replace(came(1_000, event), peer="another"))
            assert not intake.lets_go(replace(came(1_000, event), channel="elsewhere"))
        assert len(store.units) == commits
        assert not intake.lets_go(came(1_001, Chose(revision=1, pick="stop")))
        assert not intake.lets_go(came(1_002, Said(text="/stop")))
        line.watch.forward(seconds=60)
        assert not intake.lets_go(came(1_003, Said(text="words")))


async def test_what_is_let_go_at_a_look_leaves_the_chat_when_it_is_wiped(tmp_path: Path) -> None:
    inbox = Inbox(rate=Rate(chat=1e6, burst=1_000), removes=True, vanishes=True)
    async with made(tmp_path, channels=[inbox]) as line:
        intake = line.app.intake
        said = Incoming(channel="test", peer="person", event_id="0", event=Said(text="words"))
        for number in range(MOST + 1):
            await intake.receive(replace(said, event_id=str(number), message=str(number)))
        assert intake.lets_go(replace(said, event_id="a", message="1000"))
        tag = intake.chats.tag("test", "person", line.watch().date())
        assert intake.left.of(tag) == ("1000",)


# --- what Telegram gives ----------------------------------------------------------------------


class Strict(Keeper):
    """Lets everything of the hasty one go, and knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go: list[Incoming] = []

    def lets_go(self, incoming: Incoming) -> bool:
        if incoming.peer != str(HASTY):
            return False
        self.let_go.append(incoming)
        return True


async def test_what_is_let_go_is_acknowledged_and_never_taken(server: Emulator) -> None:
    keeper = Strict()
    async with connected(server) as connection:
        server.flood(HASTY, 350)
        server.say(OTHER, "words")
        run = connection.run(keeper.receive, str, str, keeper.lets_go)
        running = asyncio.create_task(run)
        try:
            await keeper.has(1)
            await server.settled()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert len(keeper.let_go) == 350
    assert [one.peer for one in keeper.seen] == [str(OTHER)]


async def test_a_hundred_that_are_let_go_stand_before_nobody_who_waits(server: Emulator) -> None:
    """What is in hand and not done keeps its place; what is let go takes none."""
    keeper = Strict()
    keeper.gates[str(OTHER + 1)] = asyncio.Event()
    async with connected(server) as connection:
        server.flood(HASTY, 200)
        server.say(OTHER + 1, "slow")
        server.flood(HASTY, 50)
        server.say(OTHER, "words")
        run = connection.run(keeper.receive, str, str, keeper.lets_go)
        running = asyncio.create_task(run)
        try:
            await until(lambda: [one.peer for one in keeper.kept] == [str(OTHER)])
            keeper.gates[str(OTHER + 1)].set()
            await server.settled()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_at_the_door_what_is_let_go_is_taken_and_kept_nowhere(server: Emulator) -> None:
    keeper = Strict()
    update = {"update_id": 7, "message": {**WRITTEN, "chat": {**CHAT, "id": HASTY}}}
    async with (
        connected(server) as connection,
        connection.door("secret", keeper.receive, str, str, keeper.lets_go) as door,
    ):
        assert isinstance(door, Webhook)
        assert await door.take("secret", json.dumps(update).encode()) == 200
        assert await door.take("wrong", json.dumps(update).encode()) == 403
    assert (len(keeper.let_go), keeper.seen) == (1, [])


def test_nothing_of_a_person_s_is_shown_by_what_a_look_tells() -> None:
    seen = glance({"message": WRITTEN}, 900)
    assert isinstance(seen, Decoded)
    assert "words" not in repr(seen)
    assert str(CHAT["id"]) not in repr(seen)
