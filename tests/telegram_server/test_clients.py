"""Three clients we did not write, against the emulator: aiogram, python-telegram-bot, grammY.

Each reads the answers strictly, in its own way; what they understand is compared with what was
said.
"""

import asyncio
import warnings
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiogram
import aiogram.exceptions as wrong
import pytest
import telegram
import telegram.error
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BotCommand, BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from tests.telegram_server import Emulator, serving
from tests.telegram_server.faults import Wrong
from tests.telegram_server.plain import plain
from tests.telegram_server.recorded import record
from tests.test_age_peers import NODE

TOKEN = "42:TEST"
GRAMMY = Path(__file__).parent.parent / "node" / "grammy.mjs"
KEYS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="y")]])
THEIR_KEYS = telegram.InlineKeyboardMarkup.from_button(
    telegram.InlineKeyboardButton("Yes", callback_data="y")
)


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(TOKEN) as server:
        server.meet({"id": 7, "first_name": "Ana", "language_code": "ug"})
        yield server


@pytest.fixture
async def gram(server: Emulator) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    async with aiogram.Bot(TOKEN, session=session) as bot:
        yield bot


@pytest.fixture
async def ptb(server: Emulator) -> AsyncIterator[telegram.Bot]:
    bot = telegram.Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )
    async with bot:
        yield bot


# --- aiogram --------------------------------------------------------------------------------


async def test_aiogram_talks_with_a_person(server: Emulator, gram: aiogram.Bot) -> None:
    assert (await gram.me()).username == "a_quiet_bot"
    server.say(7, "/start CODE")
    (update,) = await gram.get_updates(timeout=5, allowed_updates=["message", "callback_query"])
    assert update.message is not None
    assert update.message.from_user is not None
    assert (update.message.text, update.message.from_user.language_code) == ("/start CODE", "ug")
    await gram.send_chat_action(7, "typing")
    asked = await gram.send_message(7, "which?", reply_markup=KEYS, protect_content=True)
    assert asked.has_protected_content
    pressed = server.press(7, label="Yes")
    (update,) = await gram.get_updates(offset=update.update_id + 1)
    assert update.callback_query is not None
    assert update.callback_query.message == asked
    assert await gram.answer_callback_query(pressed["query_id"], text="seen")
    edited = await gram.edit_message_text("new", chat_id=7, message_id=asked.message_id)
    assert isinstance(edited, aiogram.types.Message)
    assert edited.edit_date is not None
    keyed = await gram.edit_message_reply_markup(
        chat_id=7, message_id=asked.message_id, reply_markup=KEYS
    )
    assert isinstance(keyed, aiogram.types.Message)
    assert keyed.reply_markup is not None
    assert keyed.reply_markup.model_dump() == KEYS.model_dump()
    assert await gram.delete_message(7, asked.message_id)
    assert await gram.delete_messages(7, [update.update_id, 1])
    assert server.chat(7)["messages"] == []


async def test_aiogram_presents_the_bot(server: Emulator, gram: aiogram.Bot) -> None:
    commands = [BotCommand(command="help", description="ياردەم")]
    assert await gram.set_my_commands(commands, language_code="ug")
    (known,) = await gram.get_my_commands(language_code="ug")
    assert known.model_dump() == commands[0].model_dump()
    assert await gram.delete_my_commands(language_code="ug")
    assert await gram.set_my_name("N", language_code="ug")
    assert (await gram.get_my_name("ug")).name == "N"
    assert await gram.set_my_description("D")
    assert (await gram.get_my_description()).description == "D"
    assert await gram.set_my_short_description("S")
    assert (await gram.get_my_short_description()).short_description == "S"
    assert await gram.set_chat_menu_button(menu_button=aiogram.types.MenuButtonCommands())
    assert (await gram.get_chat_menu_button()).type == "commands"
    assert (await gram.get_chat(7)).first_name == "Ana"
    assert await gram.set_webhook("http://127.0.0.1:9/", secret_token="s", max_connections=3)
    info = await gram.get_webhook_info()
    assert (info.url, info.max_connections) == ("http://127.0.0.1:9/", 3)
    assert await gram.delete_webhook(drop_pending_updates=True)
    server.add(7, {"id": -5, "type": "group", "title": "G"})
    assert await gram.leave_chat(-5)


async def test_aiogram_sends_and_fetches_files(server: Emulator, gram: aiogram.Bot) -> None:
    content = bytes(range(256)) * 1_000
    file = BufferedInputFile(content, "ئا.bin")
    document = (await gram.send_document(7, file, caption="words")).document
    photo = (await gram.send_photo(7, file)).photo
    voice = (await gram.send_voice(7, file)).voice
    assert document is not None
    assert photo is not None
    assert voice is not None
    for thing in (document, photo[-1], voice):
        downloaded = await gram.download(thing.file_id)
        assert downloaded is not None
        assert downloaded.read() == content
    assert document.file_name == "ئا.bin"


async def test_aiogram_reads_files_of_a_server_of_ones_own(tmp_path: Path) -> None:
    async with serving(TOKEN, local=tmp_path) as server:
        api = TelegramAPIServer.from_base(server.url, is_local=True)
        async with aiogram.Bot(TOKEN, session=AiohttpSession(api=api)) as bot:
            server.send(7, "voice", content="d29yZHM=")
            (update,) = await bot.get_updates()
            assert update.message is not None
            assert update.message.voice is not None
            downloaded = await bot.download(update.message.voice.file_id)
            assert downloaded is not None
            assert downloaded.read() == b"words"


async def test_aiogram_reads_an_album(server: Emulator, gram: aiogram.Bot) -> None:
    items = [{"kind": "photo", "content": bytes([n]) * 99, "caption": f"{n}"} for n in (1, 2)]
    group = server.album(7, [*items, {"kind": "video"}])["media_group_id"]
    messages = [update.message for update in await gram.get_updates()]
    assert [m and m.media_group_id for m in messages] == [group] * 3
    for message, item in zip(messages, items, strict=False):
        assert message is not None
        assert message.photo is not None
        largest = max(message.photo, key=lambda size: size.width)
        downloaded = await gram.download(largest.file_id)
        assert downloaded is not None
        assert (downloaded.read(), message.caption) == (item["content"], item["caption"])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (400, wrong.TelegramBadRequest),
        (401, wrong.TelegramUnauthorizedError),
        (403, wrong.TelegramForbiddenError),
        (429, wrong.TelegramRetryAfter),
        (500, wrong.TelegramServerError),
        (502, wrong.ClientDecodeError),
        ("close", wrong.TelegramNetworkError),
        ("garbage", wrong.ClientDecodeError),
    ],
)
async def test_aiogram_sees_each_fault(
    server: Emulator, gram: aiogram.Bot, answer: Wrong, error: type[Exception]
) -> None:
    server.fail("sendMessage", answer, retry_after=7)
    with pytest.raises(error) as caught:
        await gram.send_message(7, "x")
    if isinstance(caught.value, wrong.TelegramRetryAfter):
        assert caught.value.retry_after == 7
    assert len(server.sent()) == (answer in {"close", "garbage"})
    await gram.send_message(7, "y")


async def test_aiogram_sees_conflicts_moves_and_time_outs(
    server: Emulator, gram: aiogram.Bot
) -> None:
    older = asyncio.create_task(gram.get_updates(timeout=50))
    await server.polled()
    younger = asyncio.create_task(gram.get_updates(timeout=50))
    with pytest.raises(wrong.TelegramConflictError, match="terminated by other getUpdates"):
        await older
    server.say(7, "x")
    assert len(await younger) == 1
    server.add(7, {"id": -5, "type": "group", "title": "G"})
    new = server.upgrade(-5)["chat"]
    with pytest.raises(wrong.TelegramMigrateToChat) as caught:
        await gram.send_message(-5, "x")
    assert caught.value.migrate_to_chat_id == new
    server.fail("sendMessage", "hang", seconds=60)
    with pytest.raises(wrong.TelegramNetworkError):
        await gram.send_message(7, "late", request_timeout=1)
    assert server.sent(7)[-1]["text"] == "late"


async def test_aiogram_reads_everything_there_is(server: Emulator) -> None:
    for update in (await record(server)).updates:
        read = aiogram.types.Update.model_validate(update, strict=False)
        assert read.event_type in update
        assert read.event.model_extra in (None, {})


# --- python-telegram-bot --------------------------------------------------------------------


async def test_ptb_talks_with_a_person(server: Emulator, ptb: telegram.Bot) -> None:
    assert ptb.username == "a_quiet_bot"
    server.say(7, "/start CODE")
    (update,) = await ptb.get_updates(timeout=5, allowed_updates=["message", "callback_query"])
    assert update.message is not None
    assert update.message.parse_entities() == {update.message.entities[0]: "/start"}
    assert await ptb.send_chat_action(7, "typing")
    asked = await ptb.send_message(7, "which?", reply_markup=THEIR_KEYS, protect_content=True)
    assert asked.reply_markup == THEIR_KEYS
    pressed = server.press(7, label="Yes")
    (update,) = await ptb.get_updates(offset=update.update_id + 1)
    assert update.callback_query is not None
    assert update.callback_query.message == asked
    assert await ptb.answer_callback_query(pressed["query_id"])
    edited = await ptb.edit_message_text("new", 7, asked.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.text == "new"
    assert await ptb.edit_message_reply_markup(7, asked.message_id, reply_markup=THEIR_KEYS)
    with pytest.raises(telegram.error.BadRequest, match="Message is not modified"):
        await ptb.edit_message_reply_markup(7, asked.message_id, reply_markup=THEIR_KEYS)
    assert await ptb.delete_message(7, asked.message_id)
    assert await ptb.delete_messages(7, [1, 2, 3])
    assert server.chat(7)["messages"] == []


async def test_ptb_presents_the_bot(server: Emulator, ptb: telegram.Bot) -> None:
    commands = [telegram.BotCommand("help", "ياردەم")]
    scope = telegram.BotCommandScopeAllPrivateChats()
    assert await ptb.set_my_commands(commands, scope, "ug")
    assert await ptb.get_my_commands(scope, "ug") == tuple(commands)
    assert await ptb.delete_my_commands(scope, "ug")
    assert await ptb.set_my_name("N")
    assert (await ptb.get_my_name("zh")).name == "N"
    assert await ptb.set_my_description("D", "ug")
    assert (await ptb.get_my_description("ug")).description == "D"
    assert await ptb.set_my_short_description("S")
    assert (await ptb.get_my_short_description()).short_description == "S"
    assert await ptb.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
    assert isinstance(await ptb.get_chat_menu_button(), telegram.MenuButtonCommands)
    assert (await ptb.get_chat(7)).first_name == "Ana"
    assert await ptb.set_webhook("http://127.0.0.1:9/", secret_token="s", max_connections=3)
    assert (await ptb.get_webhook_info()).max_connections == 3
    assert await ptb.delete_webhook()
    server.add(7, {"id": -5, "type": "group", "title": "G"})
    assert await ptb.leave_chat(-5)


async def test_ptb_sends_and_fetches_files(server: Emulator, ptb: telegram.Bot) -> None:
    content = bytes(range(256)) * 1_000
    document = await ptb.send_document(7, content, caption="words", filename="a.bin")
    photo = await ptb.send_photo(7, content)
    voice = await ptb.send_voice(7, content)
    assert document.document is not None
    assert voice.voice is not None
    for thing in (document.document, photo.photo[-1], voice.voice):
        file = await thing.get_file()
        assert bytes(await file.download_as_bytearray()) == content
    server.send(7, "video", size=21 * 1024 * 1024)
    update = (await ptb.get_updates())[-1]
    assert update.message is not None
    assert update.message.video is not None
    with pytest.raises(telegram.error.BadRequest, match="File is too big"):
        await update.message.video.get_file()
    lost = await ptb.send_document(7, content)
    assert lost.document is not None
    server.lose(7, lost.message_id)
    with pytest.raises(telegram.error.BadRequest, match="temporarily unavailable"):
        await lost.document.get_file()
    file = await document.document.get_file()
    server.fail("download", "close")
    with pytest.raises(telegram.error.NetworkError):
        await file.download_as_bytearray()


async def test_ptb_reads_files_of_a_server_of_ones_own(tmp_path: Path) -> None:
    async with serving(TOKEN, local=tmp_path) as server:
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        bot = telegram.Bot(
            TOKEN,
            base_url=f"{server.url}/bot",
            base_file_url=f"{server.url}/file/bot",
            request=request,
            local_mode=True,
        )
        async with bot:
            server.send(7, "video", size=21 * 1024 * 1024)
            (update,) = await bot.get_updates()
            assert update.message is not None
            assert update.message.video is not None
            path = await (await update.message.video.get_file()).download_to_drive()
            assert path.is_relative_to(tmp_path)
            assert path.stat().st_size == 21 * 1024 * 1024


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (400, telegram.error.BadRequest),
        (401, telegram.error.InvalidToken),
        (403, telegram.error.Forbidden),
        (429, telegram.error.RetryAfter),
        (500, telegram.error.NetworkError),
        (502, telegram.error.NetworkError),
        ("close", telegram.error.NetworkError),
        ("garbage", telegram.error.TelegramError),
    ],
)
async def test_ptb_sees_each_fault(
    server: Emulator, ptb: telegram.Bot, answer: Wrong, error: type[Exception]
) -> None:
    server.fail("sendMessage", answer, retry_after=7)
    warnings.simplefilter("ignore", PTBDeprecationWarning)  # retry_after becomes a timedelta
    with pytest.raises(error) as caught:
        await ptb.send_message(7, "x")
    if isinstance(caught.value, telegram.error.RetryAfter):
        assert caught.value.retry_after in (7, timedelta(seconds=7))
    assert len(server.sent()) == (answer in {"close", "garbage"})
    await ptb.send_message(7, "y")


async def test_ptb_sees_conflicts_moves_and_time_outs(server: Emulator, ptb: telegram.Bot) -> None:
    older = asyncio.create_task(ptb.get_updates(timeout=50, read_timeout=60))
    await server.polled()
    async with plain(server) as other:
        assert await other.texts() == []
    with pytest.raises(telegram.error.Conflict, match="terminated by other getUpdates"):
        await older
    server.add(7, {"id": -5, "type": "group", "title": "G"})
    new = server.upgrade(-5)["chat"]
    with pytest.raises(telegram.error.ChatMigrated) as caught:
        await ptb.send_message(-5, "x")
    assert caught.value.new_chat_id == new
    server.fail("sendMessage", "hang", seconds=60)
    with pytest.raises(telegram.error.TimedOut):
        await ptb.send_message(7, "late", read_timeout=0.1)
    assert server.sent(7)[-1]["text"] == "late"


async def test_ptb_reads_everything_there_is(server: Emulator, ptb: telegram.Bot) -> None:
    warnings.simplefilter("ignore", PTBDeprecationWarning)  # some seconds become timedelta
    for told in (await record(server)).updates:
        read = telegram.Update.de_json(told, ptb)
        (kind,) = told.keys() - {"update_id"}
        thing = getattr(read, kind)
        assert thing is not None
        assert not thing.api_kwargs
        assert thing.from_user is None or not thing.from_user.api_kwargs


# --- grammY ---------------------------------------------------------------------------------


async def test_grammy_runs_a_bot_here(server: Emulator) -> None:
    server.meet(9)
    run = await asyncio.create_subprocess_exec(NODE, GRAMMY, TOKEN, server.url, stderr=PIPE)
    await server.polled(timeout=60)
    said = server.say(7, "/start CODE")["message_id"]
    seen = (await server.wait(7, after=said))["messages"][0]
    assert seen["text"] == "hello CODE"
    assert [[b["text"] for b in row] for row in seen["buttons"]] == [["Yes", "No"], ["R"]]
    change = server.chat(7)["change"]
    query = server.press(7, label="Yes")["query_id"]
    assert (await server.wait(7, change=change))["messages"][0]["text"] == "chosen"
    assert server.query(query)["text"] == "seen"
    number = 0
    for text, answer in (("/wrong", "Bad Request: message is too long"), ("/file", "here")):
        number = server.say(7, text)["message_id"]
        assert (await server.wait(7, after=number))["messages"][0]["text"] == answer
    server.edit(7, number, text="other")
    assert (await server.wait(7, after=number, count=2))["messages"][1]["text"] == "edited other"
    sent = server.send(7, "document", content="Ynl0ZXM=")["message_id"]
    assert (await server.wait(7, after=sent))["messages"][0]["text"] == "bytes 5"
    server.block(7)
    assert (await server.wait(9))["messages"][0]["text"] == "now kicked"
    server.unblock(7)
    server.say(7, "/quit")
    _, errors = await run.communicate()
    assert (run.returncode, errors) == (0, b"")
    assert server.queue()["pending"] == []
    assert sent not in [message["id"] for message in server.chat(7)["messages"]]
    assert server.profile()["commands"][0]["commands"] == [
        {"command": "start", "description": "begin"}
    ]
