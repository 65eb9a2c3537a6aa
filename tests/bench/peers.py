"""The same conversation in the two bot libraries that people use for it, each as well as it can be.

Both answer every message with one plain message, through their own encoding and decoding, into a
channel that is not there; updates are made beforehand, and those of the rows that begin with raw
ones are read by the library in the time that is measured. Neither seals anything.

python-telegram-bot: an Application with a ConversationHandler, a handler for each question, updates
one after the other (a ConversationHandler may not be given several at once). PicklePersistence
writes all that it has whenever it writes, so it is given nothing but user data; `Keeps` tells when
it writes. It does not replace its file at once: a crash in the wrong moment loses every chat, which
is less than a step of ours promises.

aiogram: a Dispatcher with MemoryStorage and one handler, updates bound to their bot (otherwise it
reads each of them again).
"""

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiogram import Bot, Dispatcher, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.filters import CommandStart, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from telegram import Chat, Message, Update, User
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    ConversationHandler,
    MessageHandler,
    PersistenceInput,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from tests.bench.clock import NotCounted, Took
from tests.bench.talk import ANSWERS, DONE, body

TOKEN = "1:not-a-token"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SAID = tuple(line for line in ANSWERS if line != DONE)
#: About as long as a question of the shipped form with its choices.
QUESTION = "When did it happen, or when did it begin? You can give a year or a month, or skip this."
NAME = "report"
CHATS = 64
#: Answers of a chat that is stored and says nothing.
HALFWAY = len(SAID) // 2

_BOT = {"id": 1, "is_bot": True, "first_name": "Line", "username": "line_bot"}
_SENT = {
    "message_id": 2,
    "date": 1,
    "chat": {"id": 5, "type": "private"},
    "from": _BOT,
    "text": QUESTION,
}


def _anew(text: str) -> str:
    """Return a text as it comes, in memory of its own: a pickle holds what is shared only once."""
    return text.encode().decode()


def _reply(method: str) -> str:
    return json.dumps({"ok": True, "result": _BOT if method == "getMe" else _SENT})


# --- python-telegram-bot -----------------------------------------------------------------------


class NoNetwork(BaseRequest):
    """Takes what the library has encoded, and answers as Telegram would."""

    @property
    def read_timeout(self) -> float | None:
        """Nothing is waited for."""
        return None

    async def initialize(self) -> None:
        """Connect to nothing."""

    async def shutdown(self) -> None:
        """Leave nothing."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        """Answer at once."""
        if request_data is not None:
            request_data.json_parameters  # noqa: B018 - what a real one would send
        return 200, _reply(url.rpartition("/")[2]).encode()


Context = CallbackContext[Any, dict[int, str], Any, Any]
App = Application[Any, Any, Any, Any, Any, Any]


def _asking(number: int) -> Callable[[Update, Context], Any]:
    """Return the handler of a question: keep the answer, ask the next."""

    async def take(update: Update, context: Context) -> int:
        message, data = update.message, context.user_data
        if message is not None and data is not None:
            data[number] = message.text or ""
            await message.reply_text(QUESTION)
        return min(number + 1, len(SAID) - 1)

    return take


async def _begin(update: Update, _context: Context) -> int:
    if update.message is not None:
        await update.message.reply_text(QUESTION)
    return 0


class Keeps(Enum):
    """What of a step is in its file when the next begins."""

    NOTHING = auto()
    TWICE = auto()  # everything, as the library comes: once for the answer, once for the state
    ONCE = auto()  # everything, written once (`on_flush`)
    SYNCED = auto()  # the same, and the disk has it: this survives a loss of power, as ours does


@asynccontextmanager
async def _telegram_bot(file: Path, keeps: Keeps, stored: int) -> AsyncIterator[App]:
    handler = ConversationHandler(
        entry_points=[MessageHandler(filters.TEXT, _begin)],
        states={n: [MessageHandler(filters.TEXT, _asking(n))] for n in range(len(SAID))},
        fallbacks=[],
        name=NAME,
        persistent=keeps is not Keeps.NOTHING,
    )
    builder = ApplicationBuilder().token(TOKEN).request(NoNetwork()).updater(None).job_queue(None)
    if keeps is not Keeps.NOTHING:
        nothing_else = PersistenceInput(bot_data=False, chat_data=False, callback_data=False)
        kept = PicklePersistence(file, store_data=nothing_else, on_flush=True)
        for number in range(CHATS, stored):
            await kept.update_user_data(number, dict(enumerate(map(_anew, SAID[:HALFWAY]))))
            await kept.update_conversation(NAME, (number, number), HALFWAY)
        kept.on_flush = keeps is not Keeps.TWICE
        builder = builder.persistence(kept)
    app = builder.build()
    app.add_handler(handler)
    await app.initialize()
    yield app
    await app.shutdown()


def _update(app: App, number: int, text: str) -> Update:
    person = User(number, "Person", is_bot=False)
    message = Message(1, NOW, Chat(number, "private"), from_user=person, text=_anew(text))
    message.set_bot(app.bot)
    return Update(1, message=message)


async def telegram_bot(
    keeps: Keeps, *, stored: int = CHATS, count: int = len(SAID), raw: bool = False
) -> Took:
    """Measure 64 chats that each give `count` answers, among so many that are stored.

    `raw`: each update begins as JSON that was just parsed, as a poller or a webhook has it.
    """
    took = Took()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "kept"
        async with _telegram_bot(file, keeps, stored) as app:
            for number in range(CHATS):
                await app.process_update(_update(app, number, "/start"))
            await _keep(app, keeps, file)
            said = [(number, text) for text in SAID[:count] for number in range(CHATS)]
            given: list[Any] = [
                json.loads(body(at, *one)) if raw else _update(app, *one)
                for at, one in enumerate(said)
            ]
            with took.measured(len(given)):
                for one in given:
                    update = Update.de_json(one, app.bot) if raw else one
                    await app.process_update(update)
                    await _keep(app, keeps, file)
            if any(len(app.user_data[n]) != count for n in range(CHATS)):
                raise NotCounted
    return took


async def _keep(app: App, keeps: Keeps, file: Path) -> None:
    if app.persistence is None:
        return
    await app.update_persistence()
    if keeps is not Keeps.TWICE:
        await app.persistence.flush()
    if keeps is Keeps.SYNCED:
        with file.open("rb") as written:
            os.fsync(written.fileno())


# --- aiogram -----------------------------------------------------------------------------------


class NoSession(AiohttpSession):
    """Takes what the library has encoded, and answers as Telegram would."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109
    ) -> TelegramType:
        """Answer at once."""
        self.build_form_data(bot, method)
        answer = self.check_response(bot, method, 200, _reply(method.__api_method__))
        return answer.result  # type: ignore[return-value]


class Report(StatesGroup):
    """Somebody is telling something."""

    asking = State()


async def _start(message: types.Message, state: FSMContext) -> None:
    await state.set_state(Report.asking)
    await message.answer(QUESTION)


async def _take(message: types.Message, state: FSMContext) -> None:
    answers = await state.get_data()
    await state.update_data({str(len(answers)): message.text})
    await message.answer(QUESTION)


async def aiogram(count: int = 5) -> Took:
    """Measure 64 chats that each give `count` answers; it takes its time for each."""
    took = Took()
    bot = Bot(TOKEN, session=NoSession())
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.message.register(_start, CommandStart())
    dispatcher.message.register(_take, StateFilter(Report))

    def update(number: int, text: str) -> types.Update:
        name = {"id": number + 1, "first_name": "Person"}
        both = {"chat": {**name, "type": "private"}, "from": {**name, "is_bot": False}}
        message = {"message_id": 1, "date": 1, "text": _anew(text), **both}
        whole = {"update_id": 1, "message": message}
        return types.Update.model_validate(whole, context={"bot": bot})

    for number in range(CHATS):
        await dispatcher.feed_update(bot, update(number, "/start"))
    updates = [update(n, text) for text in SAID[:count] for n in range(CHATS)]
    with took.measured(len(updates)):
        for one in updates:
            await dispatcher.feed_update(bot, one)
    for number in range(CHATS):
        kept = await dispatcher.fsm.get_context(bot, number + 1, number + 1).get_data()
        if len(kept) != count:
            raise NotCounted
    await bot.session.close()
    return took
