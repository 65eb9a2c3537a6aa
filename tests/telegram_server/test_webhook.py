"""Updates that are posted: order, side by side, tried again, with the secret."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.telegram_server import Emulator, serving
from tests.telegram_server.plain import Bot, plain
from tests.telegram_server.webhook import HEADER

PATIENCE = 60
CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Receiver:
    """The bot's web server: keeps what comes, and answers when and how it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.came: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.news = asyncio.Event()
        self.held: set[str] = set()  # texts that are answered only after `free`
        self.free = asyncio.Event()
        self.answers: list[web.Response] = []

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.came.append(update)
        self.headers.append(dict(request.headers))
        self.news.set()
        if self.held & set(self.texts[-1:]):
            await self.free.wait()
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def texts(self) -> list[str]:
        return [u.get("message", {}).get("text", "pressed") for u in self.came]

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not ready():
                await self.news.wait()
                self.news.clear()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving() as server, plain(server) as bot:
        server.backoff(seconds=0.001, most=0.001)
        yield bot


async def settle(server: Emulator) -> None:
    await server.settled(timeout=PATIENCE)


async def test_updates_are_posted_in_order_with_the_secret(bot: Bot, hook: Receiver) -> None:
    bot.server.say(7, "before")
    await bot.get("setWebhook", url=hook.url, secret_token="a_Secret-1")
    bot.server.flood(7, 50, text="n")
    await settle(bot.server)
    assert hook.texts == ["before", *(f"n {number}" for number in range(1, 51))]
    assert {headers[HEADER] for headers in hook.headers} == {"a_Secret-1"}
    assert {headers["Content-Type"] for headers in hook.headers} == {"application/json"}


async def test_a_slow_chat_holds_up_nobody_else_and_nothing_overtakes_it(
    bot: Bot, hook: Receiver
) -> None:
    await bot.get("setWebhook", url=hook.url)
    hook.held = {"slow"}
    bot.server.say(7, "slow")
    bot.server.say(7, "after it")
    for person in range(100, 110):
        bot.server.say(person, "other")
    await hook.until(lambda: len(hook.came) == 11)
    assert sorted(hook.texts) == ["other"] * 10 + ["slow"]
    hook.free.set()
    await settle(bot.server)
    assert hook.texts[-1] == "after it"


async def test_a_press_does_not_wait_for_a_message(bot: Bot, hook: Receiver) -> None:
    bot.server.meet(7)
    keys = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    await bot.says(reply_markup=keys)
    await bot.get("setWebhook", url=hook.url)
    hook.held = {"slow"}
    bot.server.say(7, "slow")
    bot.server.press(7, label="Yes")
    await hook.until(lambda: set(hook.texts) == {"slow", "pressed"})
    hook.free.set()
    await settle(bot.server)


async def test_no_more_are_posted_at_once_than_allowed(bot: Bot, hook: Receiver) -> None:
    await bot.get("setWebhook", url=hook.url, max_connections=1)
    hook.held = {"slow"}
    bot.server.say(7, "slow")
    bot.server.say(8, "other")
    await hook.until(lambda: bool(hook.came))
    await bot.get("getMe")
    assert hook.texts == ["slow"]
    hook.free.set()
    await settle(bot.server)
    assert hook.texts == ["slow", "other"]


async def test_an_update_is_posted_until_it_is_taken(bot: Bot, hook: Receiver) -> None:
    hook.answers = [web.Response(status=500), web.Response(status=302), web.Response(status=204)]
    await bot.get("setWebhook", url=hook.url)
    bot.server.say(7, "again")
    bot.server.say(7, "next")
    await settle(bot.server)
    assert hook.texts == ["again", "again", "again", "next"]
    info = bot.server.webhook()
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert info["pending_update_count"] == 0


async def test_a_web_server_that_is_away_is_tried_again(bot: Bot) -> None:
    async with receiving() as gone:
        pass
    await bot.get("setWebhook", url=gone.url)
    bot.server.say(7, "kept")
    async with asyncio.timeout(PATIENCE):
        while "last_error_message" not in (info := await bot.get("getWebhookInfo")):
            pass
    assert info["last_error_message"] == "Connection refused"
    assert info["pending_update_count"] == 1
    async with receiving() as hook:
        await bot.get("setWebhook", url=hook.url)
        await settle(bot.server)
        assert hook.texts == ["kept"]


async def test_a_webhook_and_a_poll_exclude_each_other(bot: Bot, hook: Receiver) -> None:
    poll = asyncio.create_task(bot.refused("getUpdates", timeout=50))
    await bot.server.polled()
    await bot.get("setWebhook", url=hook.url)
    assert await poll == "Conflict: terminated by setWebhook request"
    assert await bot.refused("getUpdates") == CONFLICT
    await bot.get("deleteWebhook")
    bot.server.say(7, "polled")
    assert await bot.texts() == ["polled"]
    assert hook.came == []
    await bot.get("setWebhook", url=hook.url)
    await bot.get("setWebhook", url="")
    assert await bot.texts() == ["polled"]


async def test_what_waits_can_be_dropped(bot: Bot, hook: Receiver) -> None:
    bot.server.say(7, "lost")
    await bot.get("setWebhook", url=hook.url, drop_pending_updates=True)
    bot.server.say(7, "heard")
    await settle(bot.server)
    assert hook.texts == ["heard"]
    await bot.get("deleteWebhook")
    bot.server.say(7, "lost too")
    await bot.get("deleteWebhook", drop_pending_updates=True)
    assert await bot.texts() == []


async def test_a_webhook_is_told_as_it_was_set(bot: Bot) -> None:
    url = "https://127.0.0.1:1/hook"
    fields = {"url": url, "max_connections": 7, "allowed_updates": ["message", "made_up"]}
    await bot.get("setWebhook", **fields)
    assert await bot.get("getWebhookInfo") == {
        "url": url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 7,
        "ip_address": "127.0.0.1",
        "allowed_updates": ["message"],
    }
    for wrong in ({"url": "http://example.org/"}, {"url": url, "secret_token": "a b"}):
        assert await bot.refused("setWebhook", **wrong)
    assert (await bot.get("getWebhookInfo"))["url"] == url


async def test_updates_can_be_posted_again(bot: Bot, hook: Receiver) -> None:
    await bot.get("setWebhook", url=hook.url)
    bot.server.say(7, "twice")
    await settle(bot.server)
    assert bot.server.redeliver(acknowledged=True) == 1
    await hook.until(lambda: hook.texts == ["twice", "twice"])


async def test_an_answer_may_hold_a_call(bot: Bot, hook: Receiver) -> None:
    call = {"method": "sendMessage", "chat_id": 7, "text": "by answer"}
    hook.answers = [web.json_response(call), web.json_response({"method": "getMe"})]
    await bot.get("setWebhook", url=hook.url)
    bot.server.say(7, "one")
    assert (await bot.server.wait(7))["messages"][0]["text"] == "by answer"
    bot.server.say(7, "two")
    await settle(bot.server)
    assert bot.server.calls("getMe") == []


async def test_a_webhook_that_is_set_again_as_it_was_goes_on(bot: Bot, hook: Receiver) -> None:
    await bot.get("setWebhook", url=hook.url)
    hook.held = {"slow"}
    bot.server.say(7, "slow")
    await hook.until(lambda: bool(hook.came))
    await bot.get("setWebhook", url=hook.url)
    hook.free.set()
    await settle(bot.server)
    assert hook.texts == ["slow"]


async def test_an_answer_that_is_no_call_is_an_answer(bot: Bot, hook: Receiver) -> None:
    json = "application/json"
    hook.answers = [web.Response(text=t, content_type=json) for t in ("{", "[]", '"x"', "{}")]
    await bot.get("setWebhook", url=hook.url)
    bot.server.flood(7, 5, text="n")
    await settle(bot.server)
    assert len(hook.came) == 5
