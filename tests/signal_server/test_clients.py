"""Two clients we did not write, against the emulator: signalbot and pysignalclirestapi.

Each reads the answers in its own way, signalbot strictly by the official schema; what they
understand is compared with what was said. pysignalclirestapi waits for its answers without asyncio.
"""

import asyncio
import base64
import functools
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pysignalclirestapi
import pytest
import signalbot
from pysignalclirestapi import SignalCliRestApi, SignalCliRestApiError
from signalbot import DataMessageContext, DataMessageHandler, SendMessage, SignalBot

from tests.signal_server import Emulator, serving, uuid_of
from tests.signal_server.world import JSON_RPC, MODES, NATIVE, NORMAL

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(64))
ANA = {"id": 7, "number": None, "name": "Ana"}


@pytest.fixture
async def bridge() -> AsyncIterator[Emulator]:
    async with serving() as bridge:
        bridge.meet(ANA)
        yield bridge


# --- signalbot ------------------------------------------------------------------------------


class Answers(DataMessageHandler):  # type: ignore[misc, unused-ignore]
    """Types, reacts, reads and answers; keeps what it understood."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def handle_data_message(self, context: DataMessageContext) -> None:
        message = context.message
        self.heard.append(message)
        await context.start_typing()
        await context.react("👍")
        await context.send_receipt(signalbot.ReceiptType.READ)
        await context.stop_typing()
        await context.reply(SendMessage(text=f"you said {message.text}"))


@pytest.fixture
async def handler(bridge: Emulator) -> AsyncIterator[Answers]:
    handler = Answers()
    bot = _signalbot(bridge)
    bot.register(handler)
    await bot._async_post_init()  # noqa: SLF001 - what its start() runs, in the loop that runs
    await bridge.connected()
    yield handler
    await bot._pipeline.stop()  # noqa: SLF001 - as its stop(), which would end the loop, too
    await bot.close()


def _signalbot(bridge: Emulator) -> SignalBot:
    return SignalBot(
        {
            "signal_service": urlsplit(bridge.url).netloc,
            "phone_number": bridge.number,
            "storage": {"type": "in-memory"},
            "connection_mode": "http_only",
        }
    )


async def test_signalbot_hears_and_answers(bridge: Emulator, handler: Answers) -> None:
    said = bridge.say(7, "salam")["timestamp"]
    seen = await bridge.wait(7)
    assert [m["text"] for m in seen["messages"]] == ["you said salam"]
    own, answer = bridge.chat(7)["messages"]
    assert (own["reactions"], own["read"]) == ({"bot": "👍"}, True)
    assert answer["quote"] == said
    (heard,) = handler.heard
    assert (heard.source_uuid, heard.source_name, heard.timestamp) == (uuid_of(7), "Ana", said)
    changes = [each["what"] for each in (await bridge.news())["news"]]
    assert changes == ["typing", "reacted", "receipt", "idle", "sent"]


async def test_signalbot_fetches_attachments(bridge: Emulator, handler: Answers) -> None:
    bridge.send(7, [{"content": JPEG, "type": "image/jpeg", "filename": "a.jpg"}], text="see")
    await bridge.wait(7)
    (attachment,) = handler.heard[0].attachments
    assert base64.b64decode(attachment.base64_content) == JPEG
    assert attachment.remote_filename == "a.jpg"


async def test_signalbot_hears_in_a_group(bridge: Emulator, handler: Answers) -> None:
    bridge.say(7, "all of you", group="stDF3FAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=")
    await bridge.wait(group="stDF3FAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=")
    assert handler.heard[0].group_info.group_name == "G"


async def test_signalbot_sends_edits_deletes_and_asks(bridge: Emulator) -> None:
    bot = _signalbot(bridge)
    about = await bot.general.about()
    assert (about.mode, about.version) == (JSON_RPC, "0.101")
    sent = await bot.messages.send(SendMessage(text="one"), uuid_of(7))
    await bot.messages.edit(SendMessage(text="two"), sent)
    (stands,) = bridge.chat(7)["messages"]
    assert (stands["text"], stands["edited"], stands["timestamp"]) == ("two", True, sent.timestamp)
    await bot.messages.remote_delete(sent)
    assert bridge.chat(7)["messages"] == []
    assert bridge.sent(7)[0]["texts"] == ["one", "two"]
    timer = signalbot.UpdateContact(name="N", expiration_in_seconds=60)
    await bot.contacts.update(timer, uuid_of(7))
    assert bridge.chat(7)["timer"] == 60
    none = signalbot.UpdateContact(expiration_in_seconds=-1)  # as signalbot says it is switched off
    await bot.contacts.update(none, uuid_of(7))
    assert bridge.chat(7)["timer"] == 0
    poll = signalbot.CreatePoll(question="which?", answers=["a", "b"])
    await bot.polls.create(poll, uuid_of(7))
    assert bridge.chat(7)["messages"][0]["options"] == ["a", "b"]
    await bot.close()


async def test_signalbot_is_told_of_a_recipient_that_failed(bridge: Emulator) -> None:
    api = _signalbot(bridge)._signal  # noqa: SLF001 - the client beneath its bot
    bridge.deactivate(7)
    request = signalbot._generated.SendMessageV2(  # noqa: SLF001 - its own reading of the schema
        message="x", number=bridge.number, recipients=[uuid_of(7)]
    )
    (told,) = await api.messages.send(request)
    assert told.errors is not None
    (failed,) = told.errors.recipients or []
    assert (failed.uuid, failed.reason) == (uuid_of(7), "UNREGISTERED_FAILURE")
    await api.close()


async def test_signalbot_comes_back_after_a_restart(bridge: Emulator, handler: Answers) -> None:
    await bridge.down()
    bridge.say(7, "while it was away")
    await bridge.up(late=True)
    await bridge.connected()
    assert [m["text"] for m in (await bridge.wait(7))["messages"]] == ["you said while it was away"]


# --- pysignalclirestapi ---------------------------------------------------------------------


def _blocking(bridge: Emulator) -> SignalCliRestApi:
    return SignalCliRestApi(bridge.url, bridge.number)


async def _in_thread(does: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    return await asyncio.to_thread(does)


@pytest.mark.parametrize("mode", MODES)
async def test_pysignalclirestapi_looks_around(mode: str) -> None:
    async with serving(mode=mode) as bridge:
        bridge.meet(ANA)
        api = await _in_thread(lambda: _blocking(bridge))
        assert await _in_thread(api.mode) == mode
        assert await _in_thread(api.api_info) == (["v1", "v2"], 2)
        assert await _in_thread(api.list_accounts) == [bridge.number]
        assert await _in_thread(api.list_groups) == []
        assert await _in_thread(api.list_indentities) == []
        assert await _in_thread(api.get_contacts) == []
        png = await _in_thread(lambda: api.link_with_qr("desk"))
        assert base64.b64decode(png)[:4] == b"\x89PNG"


@pytest.mark.parametrize("mode", [NATIVE, NORMAL])
async def test_pysignalclirestapi_polls(mode: str) -> None:
    async with serving(mode=mode) as bridge:
        api = await _in_thread(lambda: _blocking(bridge))
        assert await _in_thread(lambda: api.receive(timeout=0)) == []
        bridge.say(7, "one")
        bridge.say(7, "two")
        told = await _in_thread(lambda: api.receive(timeout=0, max_messages=1))
        assert [each["envelope"]["dataMessage"]["message"] for each in told] == ["one"]
        told = await _in_thread(lambda: api.receive(timeout=0))
        assert [each["envelope"]["dataMessage"]["message"] for each in told] == ["two"]


async def test_pysignalclirestapi_hears_by_websocket(bridge: Emulator) -> None:
    api = await _in_thread(lambda: _blocking(bridge))
    does = functools.partial(api.receive, max_messages=2, timeout=10)
    hearing = asyncio.create_task(_in_thread(does))
    await bridge.connected()
    bridge.say(7, "one")
    bridge.typing(7)
    one, two = await hearing
    assert one["envelope"]["dataMessage"]["message"] == "one"
    assert two["envelope"]["typingMessage"]["action"] == "STARTED"


async def test_pysignalclirestapi_talks(bridge: Emulator) -> None:
    api = await _in_thread(lambda: _blocking(bridge))
    said = bridge.say(7, "question")["timestamp"]
    (told,) = await _in_thread(
        lambda: api.send_message(
            "answer", uuid_of(7), attachments_as_bytes=[JPEG], quote_timestamp=said,
            quote_author=uuid_of(7), quote_message="question",
        )
    )  # fmt: skip
    own, answer = bridge.chat(7)["messages"]
    assert (answer["text"], str(answer["timestamp"])) == ("answer", told["timestamp"])
    assert answer["quote"] == said
    assert [(a["type"], a["size"]) for a in answer["attachments"]] == [("image/jpeg", len(JPEG))]
    await _in_thread(lambda: api.add_reaction("👍", uuid_of(7), said))
    await _in_thread(lambda: api.send_receipt(uuid_of(7), said))
    own = bridge.chat(7)["messages"][0]
    assert (own["reactions"], own["read"]) == ({"bot": "👍"}, True)
    await _in_thread(lambda: api.remove_reaction(uuid_of(7), said))
    assert bridge.chat(7)["messages"][0]["reactions"] == {}
    await _in_thread(lambda: api.update_profile("A line", attachment_as_bytes=JPEG))
    assert bridge.profile()["name"] == "A line"
    assert bridge.profile()["avatar"]
    with pytest.raises(SignalCliRestApiError, match="at least one recipient"):
        await _in_thread(lambda: api.send_message("x", []))


async def test_pysignalclirestapi_fetches_and_deletes_attachments(bridge: Emulator) -> None:
    api = await _in_thread(lambda: _blocking(bridge))
    (id_,) = bridge.send(7, [{"content": JPEG, "type": "image/jpeg"}])["attachments"]
    assert await _in_thread(api.list_attachments) == [id_]
    got = await _in_thread(lambda: api.get_attachment(id_))
    assert getattr(got, "content", got) == JPEG
    await _in_thread(lambda: api.delete_attachment(id_))
    assert await _in_thread(api.list_attachments) == []
    with pytest.raises(SignalCliRestApiError, match="No attachment with that name found"):
        await _in_thread(lambda: api.get_attachment(id_))


async def test_pysignalclirestapi_trusts_a_new_key(bridge: Emulator) -> None:
    api = await _in_thread(lambda: _blocking(bridge))
    bridge.say(7, "hello")
    bridge.identity_changed(7)
    assert bridge.say(7, "from a new phone")["fate"] == "untrusted"
    (key,) = await _in_thread(api.list_indentities)
    assert (key["uuid"], key["status"]) == (uuid_of(7), "UNTRUSTED")
    await _in_thread(lambda: api.verify_indentity(uuid_of(7), key["safety_number"]))
    (key,) = await _in_thread(api.list_indentities)
    assert key["status"] == "TRUSTED_VERIFIED"


def test_the_clients_are_the_ones_meant() -> None:
    assert signalbot.__version__ == "2.2.1"
    assert pysignalclirestapi.__name__ == "pysignalclirestapi"
