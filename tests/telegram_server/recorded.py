"""One of everything: each method called, each kind of update told; what came over HTTP is kept.

The judges of what is kept did not write the emulator: the official types, and two clients.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.emulator import Emulator
from tests.telegram_server.media import ALBUMS, MAKERS
from tests.telegram_server.plain import Bot, plain
from tests.telegram_server.updates import KINDS

GROUP: dict[str, Any] = {"id": -4001, "type": "group", "title": "A group"}
CHANNEL: dict[str, Any] = {
    "id": -1002000000001,
    "type": "channel",
    "title": "A channel",
    "username": "a_channel",
}
ANA = {"id": 7, "first_name": "Ana", "last_name": "B", "username": "ana_b", "language_code": "ug"}
BUTTONS = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "y"}, {"text": "No", "callback_data": "n"}],
        [{"text": "Read", "url": "https://example.org/"}],
    ]
}


@dataclass
class Recorded:
    """What the emulator has answered and told."""

    answers: list[tuple[str, Any]] = field(default_factory=list)
    refusals: list[Any] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)


class Recorder:
    """A bot that calls everything and writes down what comes back."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._offset = 0
        self.recorded = Recorded()

    async def call(self, method: str, **fields: Any) -> Any:  # noqa: ANN401 - JSON
        answer = await self._bot.ask(method, **fields)
        if answer["ok"]:
            self.recorded.answers.append((method, answer["result"]))
            return answer["result"]
        self.recorded.refusals.append(answer)
        return None

    async def poll(self) -> list[Any]:
        updates: list[Any] = await self.call("getUpdates", offset=self._offset)
        self.recorded.updates += updates
        self._offset = updates[-1]["update_id"] + 1 if updates else self._offset
        return updates


async def record(server: Emulator) -> Recorded:
    """Play one of everything."""
    async with plain(server) as bot:
        recorder = Recorder(bot)
        await recorder.call("getUpdates", allowed_updates=list(KINDS))
        await _people(server, recorder)
        await _messages(server, recorder)
        await _profile(recorder)
        await _webhook(recorder)
        await _groups(server, recorder)
        await _refusals(server, recorder)
        await recorder.poll()
    return recorder.recorded


async def _people(server: Emulator, recorder: Recorder) -> None:
    said = server.say(ANA, "/start CODE and 🙂 /help@a_quiet_bot")
    server.say({"id": 8, "is_premium": True}, "你好", reply_to=None)
    for kind in MAKERS:
        server.send(7, kind, caption="a caption /stop" if kind in ALBUMS else "")
    server.album(7, [{"kind": "photo", "caption": "two"}, {"kind": "video"}])
    server.say(7, "answering", reply_to=said["message_id"])
    server.edit(7, said["message_id"], text="/start changed")
    server.business(9, "to somebody else")
    timer = {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}}
    server.say(7, "x", extra=timer)
    server.block(8)
    server.unblock(8)
    await recorder.poll()


async def _messages(server: Emulator, recorder: Recorder) -> None:
    call = recorder.call
    await call("sendChatAction", chat_id=7, action="typing")
    plain = await call("sendMessage", chat_id=7, text="plain", protect_content=True)
    asked = await call(
        "sendMessage",
        chat_id=7,
        text="Is it? /why",
        reply_markup=BUTTONS,
        link_preview_options={"is_disabled": True},
        reply_parameters={"message_id": plain["message_id"]},
    )
    number = asked["message_id"]
    pressed = server.press(7, label="No")
    await call("answerCallbackQuery", callback_query_id=pressed["query_id"], text="seen")
    await call("editMessageText", chat_id=7, message_id=number, text="New", reply_markup=BUTTONS)
    await call("editMessageReplyMarkup", chat_id=7, message_id=number)
    document = server.send(7, "document", content="aGVsbG8=", file_name="words.txt")
    updates = await recorder.poll()
    sent = next(u for u in updates if u.get("message", {}).get("document"))["message"]
    assert sent["message_id"] == document["message_id"]
    file_id = sent["document"]["file_id"]
    await call("getFile", file_id=file_id)
    for method, name in (
        ("sendDocument", "document"),
        ("sendPhoto", "photo"),
        ("sendVoice", "voice"),
        ("sendVideo", "video"),
        ("sendAudio", "audio"),
    ):
        await call(method, chat_id=7, caption="with words", **{name: file_id})
    await call("deleteMessage", chat_id=7, message_id=plain["message_id"])
    server.press(7, message_id=plain["message_id"], data="gone")
    await call("deleteMessages", chat_id=7, message_ids=[number, 999_999])
    await recorder.poll()


async def _profile(recorder: Recorder) -> None:
    call = recorder.call
    await call("getMe")
    commands = [{"command": "help", "description": "ياردەم"}]
    await call("setMyCommands", commands=commands, language_code="ug")
    await call("getMyCommands", language_code="ug")
    await call("deleteMyCommands", language_code="ug")
    for what, name in (
        ("Name", "name"),
        ("Description", "description"),
        ("ShortDescription", "short_description"),
    ):
        await call(f"setMy{what}", **{name: "Quiet"})
        await call(f"getMy{what}", language_code="zh")
    await call("setChatMenuButton", menu_button={"type": "commands"})
    await call("getChatMenuButton")
    await call("getChat", chat_id=7)


async def _webhook(recorder: Recorder) -> None:
    await recorder.call("getWebhookInfo")
    await recorder.call("setWebhook", url="https://127.0.0.1:9/hook", secret_token="s")
    await recorder.call("getWebhookInfo")
    await recorder.call("getUpdates")
    await recorder.call("deleteWebhook")


async def _groups(server: Emulator, recorder: Recorder) -> None:
    server.add(7, GROUP)
    server.say(7, "in a group", chat=GROUP["id"])
    await recorder.call("sendMessage", chat_id=GROUP["id"], text="to all")
    server.upgrade(-4001)
    await recorder.call("sendMessage", chat_id=GROUP["id"], text="moved")
    await recorder.call("getChat", chat_id=-1_000_000_004_001)
    server.add(7, CHANNEL)
    post = server.say(7, "a post", chat=CHANNEL["id"])
    server.edit(7, post["message_id"], text="a better post", chat=CHANNEL["id"])
    await recorder.call("sendMessage", chat_id=CHANNEL["id"], text="posted")
    await recorder.call("leaveChat", chat_id=CHANNEL["id"])
    server.kick(7, -1_000_000_004_001)
    await recorder.poll()


async def _refusals(server: Emulator, recorder: Recorder) -> None:
    await recorder.call("sendMessage", chat_id=404, text="to nobody")
    server.fail("sendMessage", 429, retry_after=7)
    await recorder.call("sendMessage", chat_id=7, text="too fast")
    server.block(7)
    await recorder.call("sendMessage", chat_id=7, text="blocked")


def as_literal(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a value as a literal of TypeScript.

    `@grammyjs/types` wants it said that a message replied to holds none itself.
    """
    return json.dumps(_ended(value)).replace('"undefined"', "undefined")


def _ended(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_ended(each) for each in value]
    if not isinstance(value, dict):
        return value
    ended = {key: _ended(each) for key, each in value.items()}
    if answered := ended.get("reply_to_message"):
        answered["reply_to_message"] = "undefined"
    return ended
