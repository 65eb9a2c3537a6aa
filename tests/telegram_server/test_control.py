"""How a test plays people: in its own process, over HTTP, and through a process of its own."""

import asyncio
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.telegram_server import Emulator, serving
from tests.telegram_server import __doc__ as paper
from tests.telegram_server.emulator import CONTROLS
from tests.telegram_server.plain import NO_CERTIFICATES, Bot, plain
from tests.telegram_server.refusals import Unplayable
from tests.telegram_server.remote import Remote

ROOT = Path(__file__).parent.parent.parent
KEYS = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving() as server, plain(server) as bot:
        server.meet(7)
        yield bot


@pytest.fixture
async def remote(bot: Bot) -> AsyncIterator[Remote]:
    async with Remote(bot.server.url) as remote:
        yield remote


def test_every_control_is_explained() -> None:
    assert paper is not None
    words = set(paper.replace(",", " ").split())
    assert [name for name in sorted(CONTROLS) if name not in words] == []
    assert all(callable(getattr(Emulator, name)) for name in CONTROLS)


# --- waiting --------------------------------------------------------------------------------


async def test_a_wait_ends_with_what_the_bot_says_next(bot: Bot) -> None:
    first = await bot.says("one")
    assert [m["text"] for m in (await bot.server.wait(7))["messages"]] == ["one"]
    waits = asyncio.create_task(bot.server.wait(7, after=first, count=2))
    await bot.says("two")
    bot.server.say(7, "not the bot")
    assert not waits.done()
    await bot.says("three")
    assert [m["text"] for m in (await waits)["messages"]] == ["two", "three"]


async def test_a_wait_for_a_chat_that_is_not_there_yet_is_fine(bot: Bot) -> None:
    waits = asyncio.create_task(bot.server.wait(9))
    bot.server.say(9, "/start")
    await bot.says("hello", chat=9)
    assert [m["text"] for m in (await waits)["messages"]] == ["hello"]


async def test_an_edit_and_a_deletion_are_changes_too(bot: Bot) -> None:
    number = await bot.says("one")
    for method, fields, texts in (
        ("editMessageText", {"text": "two"}, ["two"]),
        ("deleteMessage", {}, []),
    ):
        change = bot.server.chat(7)["change"]
        waits = asyncio.create_task(bot.server.wait(7, change=change))
        await bot.get(method, chat_id=7, message_id=number, **fields)
        assert [m["text"] for m in (await waits)["messages"]] == texts


async def test_one_wait_hears_of_all_chats(bot: Bot) -> None:
    bot.server.meet(8)
    number = await bot.says("one", chat=8)
    told = await bot.server.news()
    waits = asyncio.create_task(bot.server.news(told["change"]))
    await bot.get("deleteMessage", chat_id=8, message_id=number)
    assert [(n["what"], n["chat"]) for n in told["news"]] == [("sent", 8)]
    assert [(n["what"], n["id"]) for n in (await waits)["news"]] == [("deleted", number)]


async def test_a_wait_in_vain_ends(bot: Bot) -> None:
    bot.server.say(7, "unheard")
    for waits in (
        bot.server.wait(7, timeout=0.01),
        bot.server.news(timeout=0.01),
        bot.server.settled(timeout=0.01),
        bot.server.polled(timeout=0.01),
    ):
        with pytest.raises(TimeoutError):
            await waits


async def test_the_bot_has_settled_when_it_has_acknowledged_everything(bot: Bot) -> None:
    number = bot.server.flood(7, 3)["last"]["update_id"]
    waits = asyncio.create_task(bot.server.settled())
    assert len(await bot.texts()) == 3
    assert not waits.done()
    await bot.texts(number + 1)
    assert (await waits)["pending"] == []


# --- over HTTP ------------------------------------------------------------------------------


async def test_everything_can_be_played_over_http(bot: Bot, remote: Remote) -> None:
    said = await remote.say(person={"id": 7, "first_name": "Ana"}, text="/start")
    await bot.says("which?", reply_markup=KEYS)
    seen = await remote.wait(chat=7, after=said["message_id"])
    assert seen["messages"][0]["buttons"] == [[{"text": "Yes", "data": "y"}]]
    pressed = await remote.press(person=7, label="Yes")
    assert await remote.query(query_id=pressed["query_id"]) == bot.server.query(pressed["query_id"])
    await remote.send(person=7, kind="document", content="aGVsbG8=")
    await remote.album(person=7, items=[{"kind": "photo"}, {"kind": "photo"}])
    sent = await remote.send(person=7, kind="voice")
    assert (await remote.lose(person=7, message_id=sent["message_id"]))["files"] == 1
    assert await remote.chat(chat=7) == bot.server.chat(7)
    assert await remote.sent() == bot.server.sent()
    assert await remote.counters() == bot.server.counters()
    await remote.fail(method="getMe", answer=500)
    assert (await bot.ask("getMe"))["error_code"] == 500
    assert await remote.queue() == bot.server.queue()
    assert await remote.webhook() == bot.server.webhook()
    assert await remote.clock(advance=100) == pytest.approx(time.time() + 100, abs=50)


async def test_many_things_can_be_done_in_one_call(bot: Bot, remote: Remote) -> None:
    actions = [{"do": "say", "person": n, "text": f"/start {n}"} for n in range(100, 200)]
    done = await remote.do(actions=actions)
    assert [d["message_id"] for d in done] == list(range(1, 101))
    assert await bot.texts() == [f"/start {n}" for n in range(100, 200)]
    for wrong in ({"do": "wait", "chat": 7}, {"do": "close"}):
        with pytest.raises(Unplayable):
            await remote.do(actions=[wrong])


async def test_what_cannot_be_done_is_said(remote: Remote) -> None:
    with pytest.raises(Unplayable, match="button"):
        await remote.press(person=7, label="None")
    with pytest.raises(Unplayable, match="text"):
        await remote.say(person=7, words="x")
    with pytest.raises(TimeoutError):
        await remote.wait(chat=7, timeout=0.01)
    with pytest.raises(AttributeError):
        await remote.close()


@pytest.mark.parametrize(("name", "body", "status"), [("close", b"", 404), ("say", b"{", 400)])
async def test_only_controls_are_reached(bot: Bot, name: str, body: bytes, status: int) -> None:
    answer = await bot.web.post(f"{bot.server.url}/control/{name}", content=body)
    assert answer.status_code == status
    await bot.get("getMe")


# --- the end, and another process -----------------------------------------------------------


async def test_the_end_lets_go_of_who_waits_and_of_the_port() -> None:
    async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES) as web:
        async with serving() as server:
            bot = Bot(server, web)
            server.fail("getMe", "hang", seconds=60)
            hanging = asyncio.create_task(bot.get("getMe"))
            waits = asyncio.create_task(server.wait(7))
            poll = asyncio.create_task(bot.texts(timeout=50))
            await server.polled()
            began = time.monotonic()
        assert time.monotonic() - began < 30
        assert await poll == []
        assert (await hanging)["id"] == 42
        with pytest.raises(TimeoutError):
            await waits
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port))


@asynccontextmanager
async def process(*options: str) -> AsyncIterator[tuple[Process, Remote]]:
    command = [sys.executable, "-m", "tests.telegram_server", "--token", "42:T", *options]
    run = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=ROOT)
    assert run.stdout is not None
    try:
        url = (await run.stdout.readline()).decode().strip()
        async with Remote(url) as remote:
            yield run, remote
    finally:
        if run.returncode is None:
            run.send_signal(signal.SIGTERM)
        assert await run.wait() == 0
        assert await run.stdout.read() == b""


async def test_a_process_prints_where_it_is_and_ends_on_sigterm() -> None:
    async with process() as (_, remote):
        assert await remote.queue() == {"pending": [], "last": 99_999_999, "allowed": []}


async def test_a_kept_world_goes_on_where_it_was(tmp_path: Path) -> None:
    store = str(tmp_path / "world")
    async with process("--store", store) as (_, remote):
        said = await remote.say(person={"id": 7, "first_name": "Ana"}, text="before")
        await remote.send(person=7, kind="photo")
        await remote.clock(advance=1_000_000)
    async with process("--store", store) as (_, remote):
        after = await remote.say(person=7, text="after")
        assert after["update_id"] == said["update_id"] + 2
        assert after["message_id"] == said["message_id"] + 2
        texts = [message["text"] for message in (await remote.chat(chat=7))["messages"]]
        assert texts == ["before", "", "after"]
        assert await remote.clock() > time.time() + 900_000


async def test_a_process_may_be_a_server_of_ones_own(tmp_path: Path) -> None:
    kept = tmp_path / "42:T" / "voice" / "file_0.oga"
    async with process("--local", str(tmp_path)) as (_, remote):
        await remote.send(person=7, kind="voice", content="d29yZHM=")
        url = f"{remote.url}/bot42:T"
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES) as web:
            (update,) = (await web.get(f"{url}/getUpdates")).json()["result"]
            asked = {"file_id": update["message"]["voice"]["file_id"]}
            file = (await web.get(f"{url}/getFile", params=asked)).json()["result"]
    assert (kept.read_bytes(), str(kept)) == (b"words", file["file_path"])


async def test_2000_people_cost_little(bot: Bot, remote: Remote) -> None:
    people = range(1_000, 3_000)
    began = time.process_time()
    await remote.do(actions=[{"do": "say", "person": n, "text": "/start"} for n in people])
    offset = got = 0
    while got < len(people):
        updates = await bot.get("getUpdates", offset=offset)
        got, offset = got + len(updates), updates[-1]["update_id"] + 1
    await bot.get("getUpdates", offset=offset)
    assert (got, bot.server.queue()["pending"]) == (2_000, [])
    assert time.process_time() - began < 20
