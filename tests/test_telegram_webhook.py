"""The door opens to Telegram only, and 200 means that what was brought is safe."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.telegram import Connection
from bot.channels.telegram.decode import ALLOWED
from bot.channels.telegram.webhook import MOST, TRIES, Webhook
from bot.engine.events import Chose, Said
from bot.http import WEBHOOK, listening, make_http
from bot.ports import Message, Option
from tests.telegram_made import TOKEN, Keeper, Surroundings, connected, until
from tests.telegram_server import Emulator, serving

PERSON, OTHER = 5_550_001, 5_550_002
SECRET = "s3cret_-word"
CHAT = {"id": PERSON, "type": "private", "first_name": "Canary"}


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as emulator:
        emulator.backoff(seconds=0.02, most=0.1)
        yield emulator


@pytest.fixture
def told() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def connection(server: Emulator, told: Surroundings) -> AsyncIterator[Connection]:
    async with connected(server, told) as made:
        yield made


@asynccontextmanager
async def door(connection: Connection, keeper: Keeper) -> AsyncIterator[Webhook]:
    woken: list[str] = []
    async with connection.door(SECRET, keeper.receive, woken.append, lambda: "") as webhook:
        yield webhook


@asynccontextmanager
async def brought(connection: Connection, keeper: Keeper) -> AsyncIterator[str]:
    """Let the emulator bring updates to a real door."""
    async with door(connection, keeper) as webhook:
        app = make_http(ready=lambda: True, webhook=webhook.take)
        async with listening(app, "127.0.0.1:0") as where:
            await connection.register(f"http://{where}{WEBHOOK}", SECRET)
            yield where


def body(text: str = "words", **fields: Any) -> bytes:  # noqa: ANN401 - JSON
    message = {"message_id": 1, "date": 1, "chat": CHAT, "text": text, **fields}
    return json.dumps({"update_id": 900, "message": message}).encode()


# --- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret", ["", SECRET[:-1], SECRET + "x", SECRET.upper(), "é", "\udc80", "字"]
)
async def test_nobody_comes_in_without_the_secret(connection: Connection, secret: str) -> None:
    keeper = Keeper()
    async with door(connection, keeper) as webhook:
        assert await webhook.take(secret, body()) == 403
        assert await webhook.take(secret, b"x" * (MOST + 1)) == 403
    assert keeper.seen == []


@pytest.mark.parametrize(
    "sent", [b"", b"{", b"[]", b"7", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b"9" * 10_000]
)
async def test_what_is_no_json_object_is_refused(connection: Connection, sent: bytes) -> None:
    async with door(connection, Keeper()) as webhook:
        assert await webhook.take(SECRET, sent) == 400


async def test_what_is_too_long_is_refused(connection: Connection) -> None:
    async with door(connection, Keeper()) as webhook:
        assert await webhook.take(SECRET, body() + b" " * MOST) == 413


async def test_it_says_yes_only_when_the_update_is_safe(connection: Connection) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    async with door(connection, keeper) as webhook:
        taking = asyncio.create_task(webhook.take(SECRET, body()))
        await until(lambda: keeper.seen)
        assert not taking.done()
        keeper.gates[str(PERSON)].set()
        assert await taking == 200
    assert [one.event for one in keeper.kept] == [Said(text="words")]


async def test_what_cannot_be_kept_is_to_be_brought_again(connection: Connection) -> None:
    keeper = Keeper(failing=lambda _: TRIES)
    async with door(connection, keeper) as webhook:
        assert await webhook.take(SECRET, body()) == 503
        assert len(keeper.seen) == TRIES
        assert await webhook.take(SECRET, body()) == 200


@pytest.mark.parametrize("update", [{}, {"update_id": 1}, {"update_id": 1, "message": 7}, {"a": 1}])
async def test_what_means_nothing_is_taken_and_does_not_come_again(
    connection: Connection, update: dict[str, Any]
) -> None:
    keeper = Keeper()
    async with door(connection, keeper) as webhook:
        assert await webhook.take(SECRET, json.dumps(update).encode()) == 200
    assert keeper.seen == []


async def test_the_secret_is_in_no_repr(connection: Connection) -> None:
    async with door(connection, Keeper()) as webhook:
        assert SECRET not in repr(webhook)


# --- as Telegram brings it --------------------------------------------------------------------


async def test_what_people_do_is_brought_in_order_each_once(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper()
    async with brought(connection, keeper):
        for number in range(10):
            server.say(PERSON, f"a{number}")
            server.say(OTHER, f"/help@A_quiet_bot {number}")
        await server.settled()
    for person, expected in ((PERSON, "a{}"), (OTHER, "/help {}")):
        events = [one.event for one in keeper.kept if one.peer == str(person)]
        assert events == [Said(text=expected.format(number)) for number in range(10)]


async def test_what_could_not_be_kept_is_brought_again_until_it_is(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper(failing=lambda _: 2 * TRIES + 1)
    async with brought(connection, keeper):
        server.say(PERSON, "words")
        await server.settled()
    assert [one.event for one in keeper.kept] == [Said(text="words")]
    assert server.webhook()["last_error_message"].startswith("Wrong response from the webhook: 503")


async def test_a_button_pressed_is_answered(server: Emulator, connection: Connection) -> None:
    keeper = Keeper()
    server.meet(PERSON)
    options = (Option(label="Yes", pick="0"),)
    async with brought(connection, keeper):
        await connection.channel.deliver(str(PERSON), Message(id="q", text="?", options=options))
        query = server.press(PERSON, label="Yes")["query_id"]
        await server.settled()
        await until(lambda: server.query(query)["answered"])
    assert [one.event for one in keeper.kept] == [Chose(revision=0, pick="0")]


async def test_registering_asks_for_what_is_listed_and_drops_nothing(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    server.say(PERSON, "before")
    server.fail("setWebhook", "close")
    server.fail("setWebhook", 401)
    server.fail("setWebhook", 429, retry_after=7)
    await connection.register("http://127.0.0.1:9/telegram", SECRET)
    assert server.queue()["allowed"] == list(ALLOWED)
    assert len(server.queue()["pending"]) == 1
    assert server.world.webhook.secret == SECRET
    assert server.world.webhook.connections == 40
    assert told.troubles == ["telegram-token"]
    assert 7.0 in told.slept
