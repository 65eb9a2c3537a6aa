"""Limits and faults of the emulator: what goes wrong does so when it is told to, and only then."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.telegram_server import serving
from tests.telegram_server.faults import Wrong
from tests.telegram_server.plain import Bot, plain
from tests.telegram_server.refusals import Unplayable

NOON = 1_800_000_000.0


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving(now=lambda: NOON) as server, plain(server) as bot:
        server.meet(7)
        server.meet(8)
        yield bot


# --- limits ---------------------------------------------------------------------------------


async def test_without_limits_many_messages_go_at_once(bot: Bot) -> None:
    await asyncio.gather(*(bot.says() for _ in range(100)))
    assert bot.server.counters()["statuses"] == {"200": 100}


async def test_a_chat_gets_a_burst_and_then_one_a_second(bot: Bot) -> None:
    bot.server.limits(chat=1, burst=3)
    for _ in range(3):
        await bot.says()
    refused = await bot.ask("sendMessage", chat_id=7, text="too fast")
    assert refused == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    await bot.says(chat=8)
    bot.server.clock(advance=1)
    await bot.says()
    assert (await bot.ask("sendMessage", chat_id=7, text="x"))["error_code"] == 429
    assert len(bot.server.sent(7)) == 4


async def test_all_chats_together_have_a_limit_too(bot: Bot) -> None:
    bot.server.limits(overall=30)
    for chat in range(100, 130):
        bot.server.meet(chat)
        await bot.says(chat=chat)
    assert (await bot.ask("sendMessage", chat_id=8, text="x"))["error_code"] == 429
    bot.server.clock(advance=0.5)
    for _ in range(15):
        await bot.says()
    assert (await bot.ask("sendMessage", chat_id=8, text="x"))["error_code"] == 429


async def test_what_is_refused_for_speed_costs_nothing(bot: Bot) -> None:
    bot.server.limits(chat=1, overall=30)
    await bot.says()
    for _ in range(50):
        assert (await bot.ask("sendMessage", chat_id=7, text="x"))["error_code"] == 429
    await bot.says(chat=8)


async def test_edits_count_and_typing_and_answers_do_not(bot: Bot) -> None:
    bot.server.limits(chat=1)
    number = await bot.says()
    edit = {"chat_id": 7, "message_id": number, "text": "new"}
    assert (await bot.ask("editMessageText", **edit))["error_code"] == 429
    for _ in range(5):
        await bot.get("sendChatAction", chat_id=7, action="typing")
    assert await bot.get("deleteMessages", chat_id=7, message_ids=[number])
    bot.server.limits()
    await bot.says()
    await bot.says()


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (400, "Bad Request: "),
        (401, "Unauthorized"),
        (403, "Forbidden: bot was blocked by the user"),
        (429, "Too Many Requests: retry after 9"),
        (500, "Internal Server Error"),
    ],
)
async def test_the_next_calls_are_refused_and_do_nothing(bot: Bot, answer: int, says: str) -> None:
    bot.server.fail("sendMessage", answer, times=2, retry_after=9)
    await bot.get("getMe")
    for _ in range(2):
        refused = await bot.ask("sendMessage", chat_id=7, text="x")
        assert refused["error_code"] == answer
        assert refused["description"].startswith(says)
        assert refused.get("parameters") == ({"retry_after": 9} if answer == 429 else None)
    assert bot.server.sent() == []
    await bot.says()
    assert [call["status"] for call in bot.server.calls("sendMessage")] == [answer, answer, 200]


async def test_a_gateway_in_between_answers_no_json(bot: Bot) -> None:
    bot.server.fail("sendmessage", 502)
    answer = await bot.web.post(f"{bot.url}/sendMessage", json={"chat_id": 7, "text": "x"})
    assert answer.status_code == 502
    assert answer.text.startswith("<html>")
    assert bot.server.sent() == []


async def test_a_fault_can_meet_one_chat_only_or_any_method(bot: Bot) -> None:
    bot.server.fail("sendMessage", 500, chat=8)
    await bot.says(chat=7)
    assert (await bot.ask("sendMessage", chat_id=8, text="x"))["error_code"] == 500
    bot.server.fail("*", 500, times=2)
    assert (await bot.ask("getMe"))["error_code"] == 500
    assert (await bot.ask("getUpdates"))["error_code"] == 500
    bot.server.fail("*", 500, times=1_000)
    bot.server.heal()
    await bot.get("getMe")


@pytest.mark.parametrize(("done", "sent"), [(None, 1), (True, 1), (False, 0)])
async def test_a_connection_closes_with_the_work_done_or_not(
    bot: Bot, done: bool | None, sent: int
) -> None:
    bot.server.fail("sendMessage", "close", done=done)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await bot.ask("sendMessage", chat_id=7, text="x")
    assert len(bot.server.sent()) == sent
    assert bot.server.calls()[0]["status"] == 0
    await bot.says()


async def test_garbage_comes_after_the_work_was_done(bot: Bot) -> None:
    bot.server.fail("sendMessage", "garbage")
    with pytest.raises(json.JSONDecodeError):
        await bot.ask("sendMessage", chat_id=7, text="x")
    assert len(bot.server.sent()) == 1


async def test_a_hanging_call_has_done_its_work_and_answers_late(bot: Bot) -> None:
    bot.server.fail("sendMessage", "hang", seconds=60)
    hanging = asyncio.create_task(bot.says())
    assert (await bot.server.wait(7))["messages"][0]["text"] == "words"
    await bot.get("getMe")
    assert not hanging.done()
    hanging.cancel()
    bot.server.fail("sendMessage", "hang", seconds=0.01)
    await bot.says()


async def test_a_hanging_call_that_does_nothing_ends_without_an_answer(bot: Bot) -> None:
    bot.server.fail("sendMessage", "hang", seconds=0.01, done=False)
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.ask("sendMessage", chat_id=7, text="x")
    assert bot.server.sent() == []


async def test_a_poll_can_lose_its_answer_and_updates_come_again(bot: Bot) -> None:
    number = bot.server.say(7, "kept")["update_id"]
    for how in ("close", "garbage"):
        bot.server.fail("getUpdates", how)
        with pytest.raises((httpx.RemoteProtocolError, json.JSONDecodeError)):
            await bot.texts()
    assert await bot.texts() == ["kept"]
    bot.server.fail("getUpdates", "close")
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.texts(number + 1)
    assert bot.server.queue()["pending"] == []


# --- downloads ------------------------------------------------------------------------------


@pytest.fixture
async def file(bot: Bot) -> str:
    """Return where a file of 300,000 bytes is downloaded from."""
    bot.server.send(7, "document", size=300_000)
    (update,) = await bot.get("getUpdates")
    file = await bot.get("getFile", file_id=update["message"]["document"]["file_id"])
    return f"{bot.files}/{file['file_path']}"


@pytest.mark.parametrize(("answer", "length"), [("short", 150_000), ("long", 300_001)])
async def test_a_download_may_have_another_length(
    bot: Bot, file: str, answer: Wrong, length: int
) -> None:
    whole = (await bot.web.get(file)).content
    bot.server.fail("download", answer)
    wrong = (await bot.web.get(file)).content
    assert (len(whole), len(wrong)) == (300_000, length)
    assert wrong[:300_000] == whole[:length]
    assert (await bot.web.get(file)).content == whole


async def test_a_download_may_break_off_in_the_middle(bot: Bot, file: str) -> None:
    bot.server.fail("download", "close")
    with pytest.raises(httpx.RemoteProtocolError, match="150000 bytes, expected 300000"):
        await bot.web.get(file)
    assert len((await bot.web.get(file)).content) == 300_000


async def test_a_download_may_be_slow_or_hang(bot: Bot, file: str) -> None:
    for answer in ("slow", "hang"):
        bot.server.fail("download", answer, seconds=0.01)
        assert len((await bot.web.get(file)).content) == 300_000
        bot.server.fail("download", answer, seconds=60)
        with pytest.raises(httpx.ReadTimeout):
            await bot.web.get(file, timeout=0.1)


@pytest.mark.parametrize("answer", [401, 404, 429, 500, 502])
async def test_a_download_may_be_refused(bot: Bot, file: str, answer: int) -> None:
    bot.server.fail("download", answer)
    assert (await bot.web.get(file)).status_code == answer
    bot.server.fail("*", 500)
    assert (await bot.web.get(file)).status_code == 200  # it is no method


async def test_a_fault_that_cannot_be_is_not_taken(bot: Bot) -> None:
    with pytest.raises(Unplayable):
        bot.server.fail("sendTelepathy", 500)
    with pytest.raises(Unplayable):
        bot.server.fail("sendMessage", "explode")  # type: ignore[arg-type]
    with pytest.raises(Unplayable):
        bot.server.fail("sendMessage", "short")
    with pytest.raises(Unplayable):
        bot.server.fail("download", "garbage")
