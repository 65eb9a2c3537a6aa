"""How a test plays people: in its own process, over HTTP, through a process of its own; the webhook."""

import asyncio
import base64
import hashlib
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.signal_server import Emulator, serving, uuid_of
from tests.signal_server import __doc__ as paper
from tests.signal_server.emulator import CONTROLS
from tests.signal_server.plain import Bot, hearing, plain
from tests.signal_server.refusals import Unplayable
from tests.signal_server.remote import Remote
from tests.signal_server.server import Port

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving() as bridge, plain(bridge) as bot:
        bridge.meet(7)
        yield bot


@pytest.fixture
async def remote(bot: Bot) -> AsyncIterator[Remote]:
    async with Remote(bot.bridge.control) as remote:
        yield remote


def test_every_control_is_explained() -> None:
    assert paper is not None
    words = set(paper.replace(",", " ").split())
    assert [name for name in sorted(CONTROLS) if name not in words] == []
    assert all(callable(getattr(Emulator, name)) for name in CONTROLS)


# --- waiting --------------------------------------------------------------------------------


async def test_a_wait_ends_with_what_the_bot_says_next(bot: Bot) -> None:
    first = await bot.says("one")
    assert [m["text"] for m in (await bot.bridge.wait(7))["messages"]] == ["one"]
    waits = asyncio.create_task(bot.bridge.wait(7, after=first, count=2))
    await bot.says("two")
    bot.bridge.say(7, "not the bot")
    assert not waits.done()
    await bot.says("three")
    assert [m["text"] for m in (await waits)["messages"]] == ["two", "three"]


async def test_a_wait_for_a_change_ends_with_an_edit(bot: Bot) -> None:
    stamp = await bot.says("one")
    change = bot.bridge.chat(7)["change"]
    waits = asyncio.create_task(bot.bridge.wait(7, change=change))
    await bot.says("two", edit_timestamp=stamp)
    assert [m["text"] for m in (await waits)["messages"]] == ["two"]


async def test_news_tells_of_everybody(bot: Bot) -> None:
    bot.bridge.meet(8)
    await bot.says("one")
    await bot.says("two", to=8)
    news = await bot.bridge.news()
    assert [(n["what"], n["person"], n["text"]) for n in news["news"]] == [
        ("sent", uuid_of(7), "one"),
        ("sent", uuid_of(8), "two"),
    ]
    later = asyncio.create_task(bot.bridge.news(news["change"]))
    await bot.says("three")
    assert [n["text"] for n in (await later)["news"]] == ["three"]


async def test_a_wait_that_is_in_vain_ends(bot: Bot) -> None:
    with pytest.raises(TimeoutError):
        await bot.bridge.wait(7, timeout=0.01)
    bot.bridge.daemon(on=False)
    bot.bridge.say(7, "waits")
    with pytest.raises(TimeoutError):
        await bot.bridge.settled(timeout=0.01)
    bot.bridge.daemon(on=True)
    await bot.bridge.settled()


# --- people ---------------------------------------------------------------------------------


async def test_people_edit_delete_and_react_to_what_stands_there(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket_:
        first = bot.bridge.say(7, "one")["timestamp"]
        second = bot.bridge.edit(7, "two")["timestamp"]
        bot.bridge.edit(7, "three", chain=True)
        stamp = await bot.says()
        bot.bridge.react(7, "👍")
        told = [(await socket_.next())["envelope"] for _ in range(4)]
        assert [e["editMessage"]["targetSentTimestamp"] for e in told[1:3]] == [first, second]
        reaction = told[3]["dataMessage"]["reaction"]
        assert (reaction["targetSentTimestamp"], reaction["isRemove"]) == (stamp, False)
        own = bot.bridge.chat(7)["messages"][0]
        assert (own["text"], own["edited"], own["timestamp"]) == ("three", True, first)
        bot.bridge.remote_delete(7, target=second)
        gone = (await socket_.next())["envelope"]["dataMessage"]["remoteDelete"]
        assert gone == {"timestamp": second}
    assert [m["bot"] for m in bot.bridge.chat(7)["messages"]] == [True]


async def test_votes_are_indexes(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket_:
        asked = {"recipient": uuid_of(7), "question": "which?", "answers": ["a", "b"]}
        stamp = int((await bot.ask("POST", "/v1/polls/{n}", **asked)).json()["timestamp"])
        bot.bridge.vote(7, [1])
        vote = (await socket_.next())["envelope"]["dataMessage"]["pollVote"]
    assert (vote["optionIndexes"], vote["targetSentTimestamp"]) == ([1], stamp)
    with pytest.raises(Unplayable):
        bot.bridge.vote(7, [2])


async def test_a_long_text_comes_whole_or_in_an_attachment(bot: Bot) -> None:
    text = "ئۇيغۇر " * 300
    async with hearing(bot.bridge) as socket_:
        bot.bridge.long(7, text)
        assert await socket_.texts(1) == [text]
        (id_,) = bot.bridge.long(7, text, merged=False)["attachments"]
        told = (await socket_.next())["envelope"]["dataMessage"]
    assert told["attachments"][0]["contentType"] == "text/x-signal-plain"
    assert len(told["message"].encode()) <= 2_000
    assert text.startswith(told["message"])
    assert (await bot.ask("GET", f"/v1/attachments/{id_}")).text == text


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("say", {"text": ""}),
        ("send", {"files": []}),
        ("edit", {"text": "x"}),
        ("remote_delete", {}),
        ("react", {"emoji": "x"}),
        ("receipt", {}),
        ("receipt", {"kind": "seen", "target": 1}),
        ("say", {"text": "x", "quote": 5}),
        ("long", {"text": "short"}),
    ],
)
async def test_what_nobody_could_do_is_refused(bot: Bot, name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unplayable):
        getattr(bot.bridge, name)(9, **fields)
    assert bot.bridge.counters()["incoming"] == 0


# --- over HTTP ------------------------------------------------------------------------------


async def test_people_are_played_from_another_process(bot: Bot, remote: Remote) -> None:
    async with hearing(bot.bridge) as socket_:
        file = {"content": base64.b64encode(b"canary").decode(), "type": "text/plain"}
        done = await remote.send(person={"id": 7, "name": "Ana"}, files=[file], text="see")
        assert done["fate"] == "told"
        assert (await socket_.next())["envelope"]["sourceName"] == "Ana"
        await bot.says("thanks")
        assert (await remote.wait(person=7))["messages"][0]["text"] == "thanks"
        stands = (await remote.chat(person=7))["messages"][0]["attachments"][0]
        assert stands["sha256"] == hashlib.sha256(b"canary").hexdigest()
    actions = [{"do": "say", "person": 7, "text": "one"}, {"do": "typing", "person": 7}]
    assert [each["fate"] for each in await remote.do(actions=actions)] == ["lost", "lost"]


async def test_the_control_goes_on_while_the_bridge_is_down(bot: Bot, remote: Remote) -> None:
    await remote.down()
    assert (await remote.say(person=7, text="x"))["fate"] == "queued"
    assert (await remote.queue())["up"] is False
    await remote.up()
    assert (await bot.ask("GET", "/v1/health")).status_code == 204


async def test_the_control_says_what_is_wrong(bot: Bot, remote: Remote) -> None:
    with pytest.raises(Unplayable):
        await remote.edit(person=7, text="x")
    with pytest.raises(Unplayable):
        await remote.say(person=7)
    with pytest.raises(TimeoutError):
        await remote.wait(person=7, timeout=0.01)
    with pytest.raises(AttributeError):
        await remote.sing()
    async with httpx.AsyncClient(trust_env=False) as web:
        assert (await web.post(f"{bot.bridge.control}/control/sing")).status_code == 404


# --- as a process ---------------------------------------------------------------------------


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[tuple[Process, str, str]]:
    command = [sys.executable, "-m", "tests.signal_server", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
    assert process.stdout is not None
    try:
        bridge = (await process.stdout.readline()).decode().strip()
        control = (await process.stdout.readline()).decode().strip()
        yield process, bridge, control
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _sizes(folder: Path, name: str) -> list[int]:
    return [path.stat().st_size for path in folder.rglob(name)]


async def test_it_runs_as_a_process_and_ends_when_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ("--port", str(port), "--mode", "native", "--folder", str(tmp_path))
    async with _process(*arguments) as (process, url, control), Remote(control) as remote:
        assert url == f"http://127.0.0.1:{port}"
        done = await remote.send(person=7, files=[{"size": 5}], text="hello")
        async with httpx.AsyncClient(base_url=url, trust_env=False) as web:
            told = (await web.get("/v1/receive/%2B4915100000001?timeout=1")).json()
        assert [each["envelope"]["timestamp"] for each in told] == [done["timestamp"]]
        assert _sizes(tmp_path, done["attachments"][0]) == [5]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


# --- RECEIVE_WEBHOOK_URL --------------------------------------------------------------------


class Hook:
    """A bot's web server: keeps what is posted, and answers as it is told to."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.status = 200
        self.free = asyncio.Event()
        self.free.set()
        self.came = asyncio.Event()
        app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])
        self.port = Port(app, 0, 54)
        self.url = f"{self.port.url}/hook"

    async def _take(self, request: Request) -> Response:
        self.posted.append(await request.json())
        self.came.set()
        await self.free.wait()
        return Response(status_code=self.status)

    @property
    def texts(self) -> list[str]:
        return [each["params"]["envelope"]["dataMessage"]["message"] for each in self.posted]


@pytest.fixture
async def hook(bot: Bot) -> AsyncIterator[Hook]:
    hook = Hook()
    await hook.port.turn(up=True)
    bot.bridge.webhook(hook.url)
    yield hook
    hook.free.set()
    await bot.bridge.telling.poster.stop()
    await hook.port.end()


async def test_a_webhook_gets_everything_in_order(bot: Bot, hook: Hook) -> None:
    bot.bridge.flood(7, 200)
    await bot.bridge.settled()
    assert hook.texts == [f"message {n}" for n in range(1, 201)]
    assert {(each["jsonrpc"], each["method"]) for each in hook.posted} == {("2.0", "receive")}
    assert bot.bridge.counters()["posts"] == {"200": 200}


async def test_a_post_is_tried_once(bot: Bot, hook: Hook) -> None:
    hook.status = 500
    bot.bridge.say(7, "lost")
    await bot.bridge.settled()
    hook.status = 201
    bot.bridge.say(7, "taken")
    await bot.bridge.settled()
    assert hook.texts == ["lost", "taken"]
    assert bot.bridge.counters()["posts"] == {"500": 1, "201": 1}
    bot.bridge.webhook("http://127.0.0.1:9/nobody")
    bot.bridge.say(7, "to nobody")
    await bot.bridge.settled()
    assert bot.bridge.counters()["posts"]["0"] == 1


async def test_calls_wait_while_a_post_is_under_way(bot: Bot, hook: Hook) -> None:
    hook.free.clear()
    bot.bridge.say(7, "slow")
    await hook.came.wait()
    sending = asyncio.create_task(bot.says("answer"))
    await bot.bridge.wait(7)  # it has gone out
    assert (await bot.ask("GET", "/v1/health")).status_code == 204
    assert not sending.done()
    hook.free.set()
    await sending


async def test_a_websocket_hears_beside_a_webhook(bot: Bot, hook: Hook) -> None:
    async with hearing(bot.bridge) as socket_:
        bot.bridge.say(7, "twice")
        assert await socket_.texts(1) == ["twice"]
    await bot.bridge.settled()
    assert hook.texts == ["twice"]
