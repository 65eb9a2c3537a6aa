"""The rules of the emulated Bot API, asked for over plain HTTP; clients are in `telegram_server/`.

What Telegram does is said in `tests/telegram_server`; here each rule is seen to hold.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.telegram_server import serving
from tests.telegram_server.plain import Bot, plain
from tests.telegram_server.refusals import Unplayable
from tests.telegram_server.words import cleaned, commands_in, units

TOKEN = "42:TEST"
NOON = 1_800_000_000.0
KEYS = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A bot, and Ana, who has written to it once."""
    async with serving(TOKEN, now=lambda: NOON) as server, plain(server) as bot:
        server.meet({"id": 7, "first_name": "Ana"})
        yield bot


# --- the door -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "code", "says"),
    [
        ("42:OTHER", 401, "Unauthorized"),
        ("43:TEST", 401, "Unauthorized"),
        ("none", 404, "Not Found"),
        ("42:", 404, "Not Found"),
    ],
)
async def test_a_wrong_token_gets_nothing(bot: Bot, token: str, code: int, says: str) -> None:
    for path in (f"/bot{token}/getMe", f"/file/bot{token}/documents/file_0"):
        answer = await bot.web.get(bot.server.url + path)
        assert (answer.status_code, answer.json()["error_code"]) == (code, code)
        assert answer.json() == {"ok": False, "error_code": code, "description": says}
    assert bot.server.calls() == []


async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    not_found = {"ok": False, "error_code": 404, "description": "Not Found"}
    assert await bot.ask("sendTelepathy") == not_found


async def test_arguments_come_in_every_way_a_client_sends_them(bot: Bot) -> None:
    url = f"{bot.url}/SENDmessage"
    keys = '{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}]]}'
    fields = {"chat_id": "7", "text": "a & b + c = 你好 🙂", "reply_markup": keys}
    multipart = {name: (None, value) for name, value in fields.items()}
    await bot.web.get(url, params=fields)
    await bot.web.post(url, params=fields)
    await bot.web.post(url, data=fields)
    await bot.web.post(url, files=multipart)
    await bot.web.post(url, json=fields | {"chat_id": 7, "reply_markup": KEYS})
    sent = bot.server.sent(7)
    assert [message["text"] for message in sent] == [fields["text"]] * 5
    assert [message["buttons"] for message in sent] == [[[{"text": "Yes", "data": "y"}]]] * 5


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    bot: Bot, content_type: str, body: bytes
) -> None:
    url = f"{bot.url}/getMe"
    answer = await bot.web.post(url, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("Bad Request: ")


# --- updates --------------------------------------------------------------------------------


async def test_an_update_comes_again_until_it_is_acknowledged(bot: Bot) -> None:
    first = bot.server.say(7, "one")["update_id"]
    second = bot.server.say(7, "two")["update_id"]
    assert second == first + 1
    for _ in range(2):
        assert await bot.texts() == ["one", "two"]
    assert await bot.texts(second) == ["two"]
    assert await bot.texts() == ["two"]
    assert await bot.texts(second + 1) == []
    assert bot.server.queue() == {"pending": [], "last": second, "allowed": []}


async def test_no_more_updates_come_than_the_limit(bot: Bot) -> None:
    bot.server.flood(7, 130, text="n")
    assert len(await bot.texts()) == 100
    assert await bot.texts(limit=3) == ["n 1", "n 2", "n 3"]
    assert len(await bot.texts(limit=1_000)) == 100


async def test_a_negative_offset_forgets_all_but_the_last(bot: Bot) -> None:
    bot.server.flood(7, 5, text="n")
    assert await bot.texts(-2) == ["n 4", "n 5"]
    assert await bot.texts() == ["n 4", "n 5"]
    assert await bot.texts(-100) == ["n 4", "n 5"]


async def test_a_long_poll_ends_as_soon_as_something_comes(bot: Bot) -> None:
    poll = asyncio.create_task(bot.texts(timeout=50))
    await bot.server.polled()
    bot.server.say(7, "late")
    assert await asyncio.wait_for(poll, 60) == ["late"]


async def test_a_long_poll_ends_empty_when_nothing_comes(bot: Bot) -> None:
    assert await bot.texts(timeout=1) == []


async def test_the_older_of_two_polls_is_ended(bot: Bot) -> None:
    older = asyncio.create_task(bot.refused("getUpdates", timeout=50))
    await bot.server.polled()
    younger = asyncio.create_task(bot.texts(timeout=50))
    assert await asyncio.wait_for(older, 60) == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    bot.server.say(7, "for the younger")
    assert await asyncio.wait_for(younger, 60) == ["for the younger"]


async def test_only_the_kinds_asked_for_come_and_the_wish_is_remembered(bot: Bot) -> None:
    before = bot.server.block(7)["update_id"]
    await bot.get("getUpdates", allowed_updates=["callback_query"])
    assert bot.server.unblock(7)["update_id"] is None
    assert bot.server.say(7, "unheard")["update_id"] is None
    assert [u["update_id"] for u in await bot.get("getUpdates")] == [before]
    await bot.get("getUpdates", allowed_updates=[])
    assert bot.server.say(7, "heard")["update_id"] == before + 1


async def test_an_update_is_lost_after_a_day_and_a_press_after_minutes(bot: Bot) -> None:
    await bot.says(reply_markup=KEYS)
    said = bot.server.say(7, "kept a day")["update_id"]
    pressed = bot.server.press(7, label="Yes")["update_id"]
    assert [u["update_id"] for u in await bot.get("getUpdates")] == [said, pressed]
    bot.server.clock(advance=151)
    assert [u["update_id"] for u in await bot.get("getUpdates")] == [said]
    bot.server.clock(advance=86_400)
    assert await bot.get("getUpdates") == []


async def test_updates_can_be_told_again_even_acknowledged_ones(bot: Bot) -> None:
    last = bot.server.flood(7, 3, text="n")["last"]["update_id"]
    assert await bot.texts(last) == ["n 3"]
    assert bot.server.redeliver() == 1
    assert await bot.texts(last) == ["n 3", "n 3"]
    assert await bot.texts(last + 1) == []
    assert bot.server.redeliver(acknowledged=True) == 3
    assert await bot.texts(last + 1) == ["n 1", "n 2", "n 3"]
    assert await bot.texts(last + 1) == []


@pytest.mark.parametrize(
    "update", [{"message": {"x": 1}}, {}, 5, {"update_id": "no", "message": 1}]
)
async def test_a_malformed_update_is_told_as_it_is(bot: Bot, update: dict[str, Any] | int) -> None:
    number = bot.server.raw(update)["update_id"]
    bot.server.say(7, "behind it")
    told = await bot.get("getUpdates")
    expected = (
        update
        if isinstance(update, int) or "update_id" in update
        else {"update_id": number, **update}
    )
    assert told[0] == expected
    assert await bot.texts(number + 1) == ["behind it"]


async def test_update_ids_may_jump(bot: Bot) -> None:
    jumped = bot.server.queue()["last"] + 5_000
    assert bot.server.raw({"update_id": jumped, "message": {}})["update_id"] == jumped
    assert bot.server.say(7, "after")["update_id"] == jumped + 1


# --- what people do -------------------------------------------------------------------------


async def test_a_person_is_known_by_what_was_said_of_them(bot: Bot) -> None:
    bot.server.say({"id": 9, "last_name": "B", "language_code": "ug", "is_premium": True}, "one")
    bot.server.say({"id": 9, "first_name": "New"}, "two")
    one, two = (u["message"] for u in await bot.get("getUpdates"))
    assert one["from"] == {
        "id": 9,
        "is_bot": False,
        "first_name": "Person 9",
        "last_name": "B",
        "language_code": "ug",
        "is_premium": True,
    }
    assert two["from"] == one["from"] | {"first_name": "New"}
    assert one["chat"] == {"id": 9, "type": "private", "first_name": "Person 9", "last_name": "B"}
    assert one["date"] == NOON
    assert two["chat"]["first_name"] == "New"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("/start", ["/start"]),
        ("/start CODE", ["/start"]),
        ("🙂 /help@a_quiet_bot now", ["/help@a_quiet_bot"]),
        ("一/stop", []),
        ("/stop。", ["/stop"]),
        ("a/b <c/d> //x", []),
        ("/one /two\n/three", ["/one", "/two", "/three"]),
        ("no", []),
    ],
)
def test_commands_are_marked_in_utf16_units(text: str, marked: list[str]) -> None:
    wide = text.encode("utf-16-le")
    found = [
        wide[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in commands_in(text)
    ]
    assert found == marked


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    clean = cleaned(text)
    assert cleaned(clean) == clean
    assert units(clean) <= units(text)


def test_telegram_takes_out_what_would_turn_text_around() -> None:
    turned = "\u202bئۇ\u202c \u2067يېزىق\u2069\ta\r\nb\u2028"
    assert cleaned(turned) == "ئۇ \u2067يېزىق\u2069 a\nb"


async def test_an_album_is_several_updates_with_one_mark(bot: Bot) -> None:
    items = [{"kind": "photo", "caption": "both"}, {"kind": "video"}]
    done = bot.server.album(7, items)
    told = [u["message"] for u in await bot.get("getUpdates")]
    assert [m["message_id"] for m in told] == done["message_ids"]
    assert [m["media_group_id"] for m in told] == [done["media_group_id"]] * 2
    assert [m.get("caption") for m in told] == ["both", None]


async def test_people_can_only_do_what_their_app_lets_them(bot: Bot) -> None:
    theirs = await bot.says(reply_markup=KEYS)
    server = bot.server
    with pytest.raises(Unplayable):
        server.press(7, label="Perhaps")
    with pytest.raises(Unplayable):
        server.press(7, data="y2")
    with pytest.raises(Unplayable):
        server.edit(7, theirs, text="mine now")
    with pytest.raises(Unplayable):
        server.say(7, " \u200b\n")
    with pytest.raises(Unplayable):
        server.album(7, [{"kind": "photo"}])
    with pytest.raises(Unplayable):
        server.send(7, "dream")
    server.block(7)
    with pytest.raises(Unplayable):
        server.say(7, "blocked")
    with pytest.raises(Unplayable):
        server.block(7)
    assert server.query(server.world.ask(7, theirs).id)["answered"] is False


async def test_a_press_tells_the_message_as_it_is_or_that_it_is_gone(bot: Bot) -> None:
    number = await bot.says("which?", reply_markup=KEYS)
    bot.server.press(7, label="Yes")
    bot.server.press(7, message_id=number, data="made up")
    await bot.get("deleteMessage", chat_id=7, message_id=number)
    bot.server.press(7, message_id=number, data="y")
    there, made_up, gone = (u["callback_query"] for u in await bot.get("getUpdates"))
    assert there["message"]["text"] == made_up["message"]["text"] == "which?"
    assert (there["data"], made_up["data"]) == ("y", "made up")
    assert {key: gone["message"][key] for key in ("message_id", "date")} == {
        "message_id": number,
        "date": 0,
    }


async def test_an_edit_and_a_removal_change_what_stands_there(bot: Bot) -> None:
    number = bot.server.say(7, "frist")["message_id"]
    bot.server.edit(7, number, text="first")
    edited = (await bot.get("getUpdates"))[1]["edited_message"]
    assert (edited["text"], edited["edit_date"]) == ("first", NOON)
    assert [m["text"] for m in bot.server.chat(7)["messages"]] == ["first"]
    bot.server.remove(7, number)
    assert bot.server.chat(7)["messages"] == []
    assert await bot.refused("deleteMessage", chat_id=7, message_id=number) == (
        "Bad Request: message to delete not found"
    )


async def test_groups_channels_and_business_chats_are_told_as_such(bot: Bot) -> None:
    server = bot.server
    server.add(7, {"id": -5, "type": "group", "title": "G"})
    server.say(7, "in the group", chat=-5)
    server.say(7, "posted", chat={"id": -1_007, "type": "channel", "title": "C"})
    server.business(8, "to somebody")
    added, came, said, post, business = await bot.get("getUpdates")
    assert added["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert came["message"]["new_chat_members"][0]["id"] == 42
    assert said["message"]["chat"] == {"id": -5, "type": "group", "title": "G"}
    assert post["channel_post"]["sender_chat"]["id"] == -1_007
    assert "from" not in post["channel_post"]
    assert business["business_message"]["business_connection_id"]
    assert await bot.says("hello all", chat=-5) > 0
    assert await bot.get("leaveChat", chat_id=-5)
    assert await bot.refused("sendMessage", chat_id=-5, text="x") == (
        "Forbidden: bot is not a member of the group chat"
    )
    assert "private" in await bot.refused("leaveChat", chat_id=7)


async def test_a_group_that_became_a_supergroup_says_where_it_is(bot: Bot) -> None:
    bot.server.add(7, {"id": -5, "type": "group", "title": "G"})
    new = bot.server.upgrade(-5)["chat"]
    told = await bot.ask("sendMessage", chat_id=-5, text="x")
    assert told["parameters"] == {"migrate_to_chat_id": new}
    assert await bot.says(chat=new) == 2


# --- what the bot sends ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n\u200b ", "Bad Request: message text is empty"),
        ("x" * 4_097, "Bad Request: message is too long"),
        ("🙂" * 2_049, "Bad Request: message is too long"),
    ],
)
async def test_a_text_has_1_to_4096_units(bot: Bot, text: str, refusal: str) -> None:
    assert await bot.refused("sendMessage", chat_id=7, text=text) == refusal
    await bot.says("x" * 4_096)
    await bot.says("🙂" * 2_048)
    assert bot.server.counters()["calls"] == {"sendMessage": 3}


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"text": "A", "callback_data": "x" * 65}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "A", "callback_data": "语" * 22}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "A", "callback_data": ""}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": " ", "callback_data": "x"}, "text"),
        ({"callback_data": "x"}, "text"),
        ({"text": "A"}, "text buttons are unallowed"),
        (["A"], "expected an Object"),
    ],
)
async def test_a_button_has_words_and_1_to_64_bytes(bot: Bot, button: object, refusal: str) -> None:
    wrong = {"inline_keyboard": [[{"text": "ok", "callback_data": "ok"}], [button]]}
    assert refusal in await bot.refused("sendMessage", chat_id=7, text="x", reply_markup=wrong)
    right = {"inline_keyboard": [[{"text": "A", "callback_data": "语" * 21 + "x"}]]}
    await bot.says(reply_markup=right)
    assert len(bot.server.sent()) == 1


async def test_a_person_sees_what_was_sent_and_how(bot: Bot) -> None:
    plain = await bot.says("one", disable_notification=True, protect_content=True)
    keys = {"inline_keyboard": [*KEYS["inline_keyboard"], [{"text": "R", "url": "https://a.b/"}]]}
    reply = {"message_id": plain}
    await bot.says("two", reply_markup=keys, reply_parameters=reply)
    one, two = bot.server.chat(7)["messages"]
    assert one | {"text": "two", "id": two["id"]} == two | {"buttons": [], "reply_to": None}
    assert two["buttons"] == [
        [{"text": "Yes", "data": "y"}],
        [{"text": "R", "url": "https://a.b/"}],
    ]
    assert (one["bot"], one["who"], two["reply_to"]) == (True, 42, plain)
    first, second = bot.server.sent(7)
    assert (first["silent"], first["protected"]) == (True, True)
    assert (second["silent"], second["protected"]) == (False, False)
    unknown = {"message_id": 12_345}
    assert await bot.refused("sendMessage", chat_id=7, text="x", reply_parameters=unknown) == (
        "Bad Request: message to be replied not found"
    )
    await bot.says(reply_parameters=unknown | {"allow_sending_without_reply": True})


async def test_message_ids_count_over_all_private_chats(bot: Bot) -> None:
    bot.server.say(8, "hello")
    ids = [await bot.says(chat=7), await bot.says(chat=8), await bot.says(chat=7)]
    assert ids == [2, 3, 4]


async def test_who_cannot_be_written_to_is_said(bot: Bot) -> None:
    assert await bot.refused("sendMessage", chat_id=1, text="x") == "Bad Request: chat not found"
    assert await bot.refused("sendMessage", text="x") == "Bad Request: chat_id is empty"
    number = await bot.says()
    bot.server.block(7)
    blocked = "Forbidden: bot was blocked by the user"
    assert await bot.refused("sendMessage", chat_id=7, text="x") == blocked
    assert await bot.refused("sendChatAction", chat_id=7, action="typing") == blocked
    edit = {"chat_id": 7, "message_id": number, "text": "y"}
    assert await bot.refused("editMessageText", **edit) == blocked
    bot.server.unblock(7)
    await bot.says()
    bot.server.deactivate(7)
    assert await bot.refused("sendMessage", chat_id=7, text="x") == "Forbidden: user is deactivated"
    assert [m["text"] for m in bot.server.sent()] == ["words"] * 2


async def test_an_action_stands_until_a_message_comes(bot: Bot) -> None:
    await bot.get("sendChatAction", chat_id=7, action="typing")
    assert bot.server.chat(7)["action"] == "typing"
    await bot.says()
    assert bot.server.chat(7)["action"] == ""
    assert "action" in await bot.refused("sendChatAction", chat_id=7, action="dreaming")


# --- changes --------------------------------------------------------------------------------


async def test_an_edit_must_change_something(bot: Bot) -> None:
    number = await bot.says("one", reply_markup=KEYS)
    edit = {"chat_id": 7, "message_id": number}
    same = await bot.refused("editMessageText", **edit, text="one", reply_markup=KEYS)
    assert same.startswith("Bad Request: message is not modified: ")
    edited = await bot.get("editMessageText", **edit, text="two", reply_markup=KEYS)
    assert (edited["text"], edited["edit_date"]) == ("two", NOON)
    again = await bot.refused("editMessageText", **edit, text="two", reply_markup=KEYS)
    assert again.startswith("Bad Request: message is not modified: ")
    bare = await bot.get("editMessageReplyMarkup", **edit)
    assert "reply_markup" not in bare
    assert (await bot.refused("editMessageReplyMarkup", **edit)).startswith("Bad Request: message")
    assert bot.server.sent()[0]["texts"] == ["one", "two", "two"]


async def test_only_own_messages_that_are_there_can_be_edited(bot: Bot) -> None:
    theirs = bot.server.say(7, "mine")["message_id"]
    for method in ("editMessageText", "editMessageReplyMarkup"):
        edit = {"chat_id": 7, "text": "x"}
        assert await bot.refused(method, **edit, message_id=99) == (
            "Bad Request: message to edit not found"
        )
        assert await bot.refused(method, **edit, message_id=theirs) == (
            "Bad Request: message can't be edited"
        )


async def test_messages_of_both_sides_can_be_deleted_for_two_days(bot: Bot) -> None:
    own = await bot.says()
    theirs = bot.server.say(7, "mine")["message_id"]
    bot.server.clock(advance=47 * 3600)
    young = await bot.says("young")
    assert await bot.get("deleteMessages", chat_id=7, message_ids=[theirs, 99_999, own])
    assert [m["id"] for m in bot.server.chat(7)["messages"]] == [young]
    bot.server.clock(advance=2 * 3600)
    old = bot.server.say(7, "old")["message_id"]
    bot.server.clock(advance=47 * 3600)
    late = "Bad Request: message can't be deleted"
    assert late in await bot.refused("deleteMessage", chat_id=7, message_id=young)
    assert late in await bot.refused("deleteMessages", chat_id=7, message_ids=[old, young])
    assert len(bot.server.chat(7)["messages"]) == 2
    assert await bot.get("deleteMessage", chat_id=7, message_id=old)
    assert [m["deleted"] for m in bot.server.sent()] == [True, False]


@pytest.mark.parametrize(
    ("ids", "refusal"),
    [
        (None, "message identifiers are not specified"),
        ([], "message identifiers are not specified"),
        (list(range(1, 102)), "too many message identifiers specified"),
        (["x"], "invalid message identifier specified"),
    ],
)
async def test_1_to_100_messages_are_deleted_at_once(bot: Bot, ids: object, refusal: str) -> None:
    told = await bot.refused("deleteMessages", chat_id=7, message_ids=ids)
    assert told == f"Bad Request: {refusal}"
    assert await bot.get("deleteMessages", chat_id=7, message_ids=list(range(1, 101)))


async def test_a_press_can_be_answered_for_seconds(bot: Bot) -> None:
    await bot.says(reply_markup=KEYS)
    first, second = (bot.server.press(7, label="Yes")["query_id"] for _ in range(2))
    answer = {"callback_query_id": first, "text": "seen", "show_alert": True}
    assert await bot.get("answerCallbackQuery", **answer)
    assert bot.server.query(first) == {"answered": True, "text": "seen", "alert": True}
    bot.server.clock(advance=60)
    over = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.refused("answerCallbackQuery", callback_query_id=second) == over
    assert await bot.refused("answerCallbackQuery", callback_query_id="1") == over
    assert bot.server.query(second)["answered"] is False


# --- the bot itself -------------------------------------------------------------------------


async def test_commands_stand_by_language_and_scope(bot: Bot) -> None:
    english = [{"command": "help", "description": "Help"}]
    uyghur = [{"command": "help", "description": "ياردەم"}]
    private = {"type": "all_private_chats"}
    await bot.get("setMyCommands", commands=english)
    await bot.get("setMyCommands", commands=uyghur, language_code="ug", scope=private)
    assert await bot.get("getMyCommands") == english
    assert await bot.get("getMyCommands", language_code="ug") == []
    assert await bot.get("getMyCommands", language_code="ug", scope=private) == uyghur
    await bot.get("deleteMyCommands")
    assert await bot.get("getMyCommands") == []
    assert len(bot.server.profile()["commands"]) == 1


def command(name: str = "help", description: str = "x") -> dict[str, str]:
    return {"command": name, "description": description}


@pytest.mark.parametrize(
    ("commands", "refusal"),
    [
        ([command("Help")], "BOT_COMMAND_INVALID"),
        ([command("x" * 33)], "BOT_COMMAND_INVALID"),
        ([command("")], "BOT_COMMAND_INVALID"),
        ([command("ياردەم")], "BOT_COMMAND_INVALID"),
        ([command(description="")], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([command(description="x" * 257)], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([command()] * 101, "BOT_COMMANDS_TOO_MUCH"),
        (["help"], "expected an Object as BotCommand"),
    ],
)
async def test_commands_have_their_limits(bot: Bot, commands: object, refusal: str) -> None:
    told = await bot.refused("setMyCommands", commands=commands)
    assert told == f"Bad Request: {refusal}"
    most = [command("x" * 31 + str(n % 10), "d" * 256) for n in range(100)]
    assert await bot.get("setMyCommands", commands=most)


@pytest.mark.parametrize("language", ["zh-Hans", "eng", "EN", "u"])
async def test_a_language_is_two_letters(bot: Bot, language: str) -> None:
    refusal = "Bad Request: invalid language code specified"
    for method in ("setMyName", "setMyDescription", "getMyShortDescription", "getMyCommands"):
        assert await bot.refused(method, language_code=language) == refusal
    commands = [command()]
    told = await bot.refused("setMyCommands", commands=commands, language_code=language)
    assert told == refusal


@pytest.mark.parametrize(
    ("what", "field", "most"),
    [
        ("Name", "name", 64),
        ("Description", "description", 512),
        ("ShortDescription", "short_description", 120),
    ],
)
async def test_the_bot_presents_itself_in_each_language(
    bot: Bot, what: str, field: str, most: int
) -> None:
    assert await bot.get(f"setMy{what}", **{field: "x" * most})
    assert await bot.get(f"setMy{what}", **{field: "ئۇ"}, language_code="ug")
    assert "too long" in await bot.refused(f"setMy{what}", **{field: "x" * (most + 1)})
    assert await bot.get(f"getMy{what}", language_code="ug") == {field: "ئۇ"}
    assert await bot.get(f"getMy{what}", language_code="zh") == {field: "x" * most}
    assert await bot.get(f"setMy{what}", **{field: ""}, language_code="ug")
    assert await bot.get(f"getMy{what}", language_code="ug") == {field: "x" * most}
    assert bot.server.profile()[field] == {"": "x" * most}


async def test_the_menu_button_stands_for_a_chat_or_for_all(bot: Bot) -> None:
    await bot.get("setChatMenuButton", menu_button={"type": "default"})
    await bot.get("setChatMenuButton", chat_id=7, menu_button={"type": "commands"})
    assert await bot.get("getChatMenuButton") == {"type": "default"}
    assert await bot.get("getChatMenuButton", chat_id=7) == {"type": "commands"}
    assert "unsupported" in await bot.refused("setChatMenuButton", menu_button={"type": "x"})


# --- files ----------------------------------------------------------------------------------


async def test_a_file_can_be_downloaded_by_its_path(bot: Bot) -> None:
    content = bytes(range(256)) * 3 + b"\r\n--boundary\r\n"
    bot.server.send(7, "document", content=base64.b64encode(content).decode(), file_name="a.bin")
    document = (await bot.get("getUpdates"))[0]["message"]["document"]
    assert (document["file_size"], document["file_name"]) == (len(content), "a.bin")
    file = await bot.get("getFile", file_id=document["file_id"])
    path = f"{bot.files}/{file['file_path']}"
    assert (await bot.web.get(path)).content == content
    assert (await bot.web.get(path + "x")).status_code == 404
    assert await bot.refused("getFile", file_id="x") == "Bad Request: invalid file_id"


async def test_a_file_may_be_gone_from_telegram(bot: Bot) -> None:
    sent = bot.server.send(7, "photo", content=base64.b64encode(b"light").decode())
    sizes = (await bot.get("getUpdates"))[0]["message"]["photo"]
    path = (await bot.get("getFile", file_id=sizes[-1]["file_id"]))["file_path"]
    assert bot.server.lose(7, sent["message_id"])["files"] == len(sizes) == 3
    for size in sizes:
        assert await bot.refused("getFile", file_id=size["file_id"]) == (
            "Bad Request: wrong file_id or the file is temporarily unavailable"
        )
    assert (await bot.web.get(f"{bot.files}/{path}")).status_code == 404
    assert bot.server.chat(7)["messages"][0]["kind"] == "photo"


async def test_a_photo_has_sizes_and_the_largest_is_what_was_sent(bot: Bot) -> None:
    bot.server.send(7, "photo", content=base64.b64encode(b"light" * 99).decode())
    sizes = (await bot.get("getUpdates"))[0]["message"]["photo"]
    assert [size["width"] for size in sizes] == sorted({size["width"] for size in sizes})
    content = b""
    for size in sizes:
        file = await bot.get("getFile", file_id=size["file_id"])
        content = (await bot.web.get(f"{bot.files}/{file['file_path']}")).content
        assert len(content) == size["file_size"] == file["file_size"]
    assert content == b"light" * 99


async def test_a_server_of_ones_own_puts_files_on_its_disk(tmp_path: Path) -> None:
    async with serving(local=tmp_path) as server, plain(server) as bot:
        server.send(7, "document", content=base64.b64encode(b"words").decode())
        server.send(7, "video", size=21 * 1024 * 1024)
        server.send(7, "video", size=2000 * 1024 * 1024 + 1)
        updates = [update["message"] for update in await bot.get("getUpdates")]
        file = await bot.get("getFile", file_id=updates[0]["document"]["file_id"])
        folder = tmp_path / server.world.token
        (words,) = folder.rglob("*.pdf")
        assert (words.read_bytes(), str(words)) == (b"words", file["file_path"])
        large = await bot.get("getFile", file_id=updates[1]["video"]["file_id"])
        (video,) = folder.rglob("*.mp4")
        assert str(video) == large["file_path"]
        assert video.stat().st_size == large["file_size"] == 21 * 1024 * 1024
        assert await bot.refused("getFile", file_id=updates[2]["video"]["file_id"]) == (
            "Bad Request: file is too big"
        )
        for path in (file["file_path"], words.relative_to(folder)):
            assert (await bot.web.get(f"{bot.files}/{path}")).status_code == 404


@pytest.mark.parametrize("method", ["sendDocument", "sendPhoto", "sendVoice"])
async def test_a_file_of_the_bot_arrives_as_it_was(bot: Bot, method: str) -> None:
    field = method.removeprefix("send").lower()
    content = bytes(range(256)) * 300 + b"\r\n--x\r\n\r\n"
    url = f"{bot.url}/{method}"
    id_ = ""
    for fields, name in (({}, field), ({field: "attach://it"}, "it")):
        data = {"chat_id": "7", "caption": "ما 🙂", **fields}
        answer = await bot.web.post(url, data=data, files={name: ('n a"m;e.bin', content)})
        sent = answer.json()["result"]
        thing = sent[field][-1] if field == "photo" else sent[field]
        assert (thing["file_size"], sent["caption"]) == (len(content), "ما 🙂")
        id_ = thing["file_id"]
        file = await bot.get("getFile", file_id=id_)
        path = f"{bot.files}/{file['file_path']}"
        assert (await bot.web.get(path)).content == content
        again = await bot.get(method, chat_id=7, **{field: id_})
        assert again["message_id"] == sent["message_id"] + 1
    long = {"chat_id": 7, field: id_, "caption": "x" * 1_025}
    assert await bot.refused(method, **long) == "Bad Request: message caption is too long"
    assert "wrong file identifier" in await bot.refused(method, chat_id=7, **{field: "none"})
    assert "no " in await bot.refused(method, chat_id=7)


async def test_a_file_over_20_mb_cannot_be_had(bot: Bot) -> None:
    most = 20 * 1024 * 1024
    for size in (most, most + 1):
        bot.server.send(7, "video", size=size)
    fits, too_big = (u["message"]["video"] for u in await bot.get("getUpdates"))
    file = await bot.get("getFile", file_id=fits["file_id"])
    path = f"{bot.files}/{file['file_path']}"
    got = await bot.web.get(path)
    assert (got.headers["Content-Length"], len(got.content)) == (str(most), most)
    assert await bot.refused("getFile", file_id=too_big["file_id"]) == (
        "Bad Request: file is too big"
    )
