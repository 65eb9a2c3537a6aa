"""What people see of the line before they write is set where it differs; what is there is seen."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.channels.telegram import Connection
from bot.channels.telegram.looking import look
from bot.channels.telegram.profile import by_code
from bot.profile import Profile
from bot.settings import Telegram
from tests.telegram_made import TOKEN, connected
from tests.telegram_server import Emulator, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
async def connection(server: Emulator) -> AsyncIterator[Connection]:
    async with connected(server) as made:
        yield made


def made(language: str, **fields: object) -> Profile:
    told = {"about": f"about {language}", "short": f"short {language}", "name": "A line", **fields}
    commands = (("help", f"help {language}"), ("stop", f"stop {language}"))
    return Profile(language=language, commands=commands, **told)  # type: ignore[arg-type]


PROFILES = [made(tag) for tag in ("en", "zh-Hant", "zh-Hans", "ug", "ckb", "ja")]


def test_languages_are_known_by_two_letters_and_the_first_stands_for_the_rest() -> None:
    found = by_code(PROFILES)
    assert {code: one.language for code, one in found.items()} == {
        "": "en",
        "en": "en",
        "zh": "zh-Hant",
        "ug": "ug",
        "ja": "ja",
    }
    assert by_code([]) == {}


@pytest.mark.parametrize(
    ("menu", "default"),
    [
        (("zh-Hans", "zh-Hant", "ug", "ja", "en"), "en"),
        (("zh-Hans", "ja", "ug"), "ja"),
        (("zh-Hant-TW", "yue-Hant", "bo"), "bo"),
        (("zh-Hans", "ug-Latn"), "ug-Latn"),
        (("ug", "en"), "en"),
    ],
)
async def test_who_reads_tibetan_or_mongolian_is_never_shown_chinese(
    server: Emulator, connection: Connection, menu: tuple[str, ...], default: str
) -> None:
    await connection.introduce([made("zh-Hans")])  # of an earlier day, when nothing else was there
    await connection.introduce([made(tag) for tag in menu])
    seen = server.profile()
    for code in ("bo", "mn", "ug", "de"):
        shown = code if code in menu else default
        for what in ("description", "short_description"):
            texts = seen[what]
            assert texts.get(code, texts[""]).split()[-1] == shown
        commands = {one["language_code"]: one["commands"] for one in seen["commands"]}
        described = commands.get(code, commands[""])[0]["description"]
        assert described == f"help {shown}"
    assert seen["description"]["zh"] == f"about {menu[0] if menu[0][:2] == 'zh' else 'zh-Hans'}"


async def test_a_line_in_chinese_only_says_nothing_to_everybody_else(
    server: Emulator, connection: Connection
) -> None:
    await connection.introduce([made("ug")])
    await connection.introduce([made("zh-Hant"), made("zh-Hans")])
    seen = server.profile()
    assert seen["name"] == {"": "A line"}
    assert seen["description"].get("", "") == seen["short_description"].get("", "") == ""
    assert seen["description"]["zh"] == "about zh-Hant"
    commands = {one["language_code"]: one["commands"] for one in seen["commands"]}
    assert commands.get("", []) == []
    assert commands["zh"][0]["description"] == "help zh-Hant"


async def test_a_profile_is_set_in_each_language_and_then_left_alone(
    server: Emulator, connection: Connection
) -> None:
    assert (
        await connection.introduce(PROFILES) == 14
    )  # what falls back to the default needs no setting
    seen = server.profile()
    assert seen["name"] == {"": "A line"}
    assert seen["description"][""] == "about en"
    assert seen["description"]["zh"] == "about zh-Hant"
    assert seen["short_description"]["ug"] == "short ug"
    commands = {one["language_code"]: one["commands"] for one in seen["commands"]}
    assert commands["ja"] == [
        {"command": "help", "description": "help ja"},
        {"command": "stop", "description": "stop ja"},
    ]
    before = len(server.calls())
    assert await connection.introduce(PROFILES) == 0
    assert not any(call["method"].startswith("set") for call in server.calls()[before:])


async def test_only_what_differs_is_set(server: Emulator, connection: Connection) -> None:
    await connection.introduce(PROFILES)
    assert await connection.introduce([*PROFILES[:-1], made("ja", short="new")]) == 1
    assert server.profile()["short_description"]["ja"] == "new"


async def test_words_longer_than_telegram_takes_are_cut_and_not_refused(
    server: Emulator, connection: Connection
) -> None:
    long = made("en", about="word " * 200, short="word " * 50, name="word " * 20)
    await connection.introduce([long])
    seen = server.profile()
    assert len(seen["description"][""]) == 509
    assert len(seen["short_description"][""]) == 119
    assert len(seen["name"][""]) == 59


@pytest.mark.parametrize("wrong", [400, 401, 429, 502, "close", "garbage"])
async def test_a_failure_is_no_reason_not_to_come_up(
    server: Emulator, connection: Connection, wrong: int | str
) -> None:
    server.fail("setMyDescription", wrong, done=False)  # type: ignore[arg-type]
    assert await connection.introduce(PROFILES) < 14
    await connection.introduce(PROFILES)
    assert server.profile()["description"]["ja"] == "about ja"


# --- looking ----------------------------------------------------------------------------------


async def test_what_telegram_knows_of_the_line_is_seen(server: Emulator) -> None:
    seen = await look(TOKEN, Telegram(server=server.url), lambda: datetime.now(UTC))
    assert seen.error == ""
    assert seen.username == "a_quiet_bot"
    assert seen.webhook == ""
    assert seen.pending == 0


async def test_a_door_that_does_not_open_is_seen(server: Emulator, connection: Connection) -> None:
    server.say(7, "words")
    await connection.register("http://127.0.0.1:9/telegram", "secret")
    async with connected(server):
        seen = await look(TOKEN, Telegram(server=server.url), lambda: NOW)
    assert seen.webhook == "http://127.0.0.1:9/telegram"
    assert seen.pending == 1
    assert seen.allowed == ("message", "edited_message", "callback_query", "my_chat_member")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (401, "telegram-token"),
        (404, "telegram-token"),
        (502, "no-answer"),
        ("close", "no-answer"),
        ("garbage", "no-answer"),
        (429, "no-connection"),
    ],
)
async def test_what_goes_wrong_is_a_code(server: Emulator, wrong: int | str, code: str) -> None:
    server.fail("getMe", wrong)  # type: ignore[arg-type]
    seen = await look(TOKEN, Telegram(server=server.url), lambda: NOW)
    assert seen.error == code
    assert TOKEN not in repr(seen)


async def test_a_server_that_is_not_there_is_a_code() -> None:
    seen = await look(TOKEN, Telegram(server="http://127.0.0.1:9"), lambda: NOW)
    assert seen.error == "no-connection"


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Sun, 22 Nov 2026 12:10:00 GMT", -600.0),
        ("Sun, 22 Nov 2026 11:59:59 GMT", 1.0),
        ("yesterday", None),
        ("", None),
    ],
)
async def test_a_clock_that_is_wrong_is_seen(date: str, skew: float | None) -> None:
    bot = {"id": 42, "is_bot": True, "first_name": "A line", "username": "line_bot"}
    results = {
        "getMe": bot,
        "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method = head.split(" ", 2)[1].rpartition("/")[2]
        body = json.dumps({"ok": True, "result": results[method]}).encode()
        lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"Date: {date}"] if date else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await look(TOKEN, Telegram(server=f"http://127.0.0.1:{port}"), lambda: NOW)
    assert (seen.error, seen.username, seen.skew) == ("", "line_bot", skew)
