"""What the line says arrives as it was laid out, and what goes wrong is called by its name."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.signal import Connection
from bot.channels.signal.looking import NO_ANSWER, NO_BRIDGE, NO_CONNECTION, look
from bot.channels.signal.outcomes import A_WHILE, LONG, outcome
from bot.channels.signal.sending import BURST, SignalChannel
from bot.channels.signal.trusting import MOST, WITHIN
from bot.channels.signal.wire import Answer
from bot.errors import (
    BotError,
    DeliveryFailed,
    KeyChanged,
    NotNow,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from bot.ports import Channel, Depot, Message, Option
from bot.settings import Signal
from tests.quiet import logged, text_of
from tests.signal_made import Surroundings, connected
from tests.signal_server import NUMBER, Emulator, serving, uuid_of

PERSON = 7
PEER = uuid_of(PERSON)
WEEK = 604_800


@pytest.fixture
async def bridge() -> AsyncIterator[Emulator]:
    async with serving(mode="native") as emulator:
        emulator.meet(PERSON)
        yield emulator


@pytest.fixture
def told() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def connection(bridge: Emulator, told: Surroundings) -> AsyncIterator[Connection]:
    async with connected(bridge, told) as made:
        yield made


@pytest.fixture
def channel(connection: Connection) -> SignalChannel:
    return connection.channel


def message(text: str = "a question", **fields: object) -> Message:
    return Message(id="q", text=text, **fields)  # type: ignore[arg-type]


def standing(bridge: Emulator) -> list[str]:
    return [one["text"] for one in bridge.chat(PERSON)["messages"]]


def names(bridge: Emulator) -> list[str]:
    return [call["name"] for call in bridge.calls()]


async def failed(sending: Awaitable[object]) -> BotError:
    with pytest.raises(BotError) as caught:
        await sending
    return caught.value


# --- saying something -----------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["0.100", "0.101"])
async def test_a_message_stands_in_the_chat_and_its_id_is_its_timestamp(release: str) -> None:
    async with serving(release=release) as bridge, connected(bridge) as connection:
        bridge.meet(PERSON)
        options = (Option(label="Yes", pick="0", number=1), Option(label="No", pick="1", number=2))
        ids = await connection.channel.deliver(PEER, message(options=options))
        (shown,) = bridge.chat(PERSON)["messages"]
        assert ids == (str(shown["timestamp"]),)
        assert shown["text"] == "a question\n\n1. Yes\n2. No"


async def test_a_long_text_arrives_whole_and_in_order(
    bridge: Emulator, channel: SignalChannel
) -> None:
    text = "\n\n".join(f"{number} " + "字" * 500 for number in range(9))
    ids = await channel.deliver(PEER, message(text))
    shown = bridge.chat(PERSON)["messages"]
    assert ids == tuple(str(one["timestamp"]) for one in shown)
    assert "\n\n".join(one["text"] for one in shown) == text
    assert bridge.counters()["dropped"] == 0


async def test_words_are_sent_as_they_are(bridge: Emulator, channel: SignalChannel) -> None:
    text = "*a* **b** ~c~ ||d|| `e` <b> \u2068ئۇ\u2069 😀"
    await channel.deliver(PEER, message(text))
    assert standing(bridge) == [text]


async def test_an_empty_message_sends_nothing(bridge: Emulator, channel: SignalChannel) -> None:
    assert await channel.deliver(PEER, message("")) == ()
    assert bridge.calls() == []


def test_it_is_a_channel_and_a_depot(channel: SignalChannel) -> None:
    taken: Channel = channel
    depot: Depot = channel
    assert (taken.name, taken.removes, taken.vanishes) == ("signal", True, False)
    assert (taken.rate.overall, taken.rate.chat, taken.rate.burst) == (5, 1, BURST)
    assert (depot.largest, depot.dangerous) == (0, True)


# --- messages that disappear ----------------------------------------------------------------------


async def test_the_first_message_sets_the_timer_and_goes_by_it(
    bridge: Emulator, channel: SignalChannel
) -> None:
    await channel.deliver(PEER, message(begins=True))
    assert bridge.chat(PERSON)["timer"] == WEEK
    assert bridge.chat(PERSON)["messages"][0]["expires"] == WEEK


async def test_a_timer_that_the_person_chose_is_theirs(
    bridge: Emulator, channel: SignalChannel
) -> None:
    channel.chose_timer(PEER)
    await channel.deliver(PEER, message(begins=True))
    await channel.deliver(PEER, message())
    assert names(bridge) == ["send", "send"]


async def test_no_timer_is_set_where_the_organisation_wants_none(bridge: Emulator) -> None:
    async with connected(bridge, timer_days=0) as connection:
        await connection.channel.deliver(PEER, message(begins=True))
    assert names(bridge) == ["send"]


@pytest.mark.parametrize("wrong", [400, 502, "hang", "close"])
async def test_a_timer_that_cannot_be_set_keeps_nothing_back(
    bridge: Emulator, wrong: int | str
) -> None:
    bridge.fail("contacts", wrong)
    async with connected(bridge, patience=0.3) as connection:
        await connection.channel.deliver(PEER, message(begins=True))
    assert standing(bridge) == ["a question"]


# --- taking messages back ---------------------------------------------------------------------------


async def test_own_messages_leave_the_chat_before_it_is_said(
    bridge: Emulator, channel: SignalChannel
) -> None:
    ids = [*await channel.deliver(PEER, message("one")), *await channel.deliver(PEER, message("2"))]
    bridge.say(PERSON, "words of the person's")
    wipe = message("gone", removes=tuple(ids), removed="asked", not_removed="not all", wipe=True)
    await channel.deliver(PEER, wipe)
    assert standing(bridge) == ["words of the person's", "asked\n\ngone"]


async def test_what_is_older_than_a_day_is_not_said_to_be_gone(
    bridge: Emulator, channel: SignalChannel, told: Surroundings
) -> None:
    (old,) = await channel.deliver(PEER, message("old"))
    told.at = datetime.fromtimestamp(int(old) / 1000 + 86_400, UTC)
    await channel.deliver(
        PEER, message("gone", removes=(old,), removed="asked", not_removed="not all")
    )
    assert standing(bridge) == ["old", "not all\n\ngone"]
    assert "remote-delete" not in names(bridge)


async def test_a_strange_id_counts_as_not_removed(bridge: Emulator, channel: SignalChannel) -> None:
    await channel.deliver(PEER, message("x", removes=("abc",), removed="yes", not_removed="no"))
    assert standing(bridge) == ["no\n\nx"]


async def test_a_wipe_of_nothing_is_a_wipe(bridge: Emulator, channel: SignalChannel) -> None:
    await channel.deliver(PEER, message("x", wipe=True, removed="yes", not_removed="no"))
    assert standing(bridge) == ["yes\n\nx"]


async def test_what_was_taken_back_is_not_taken_back_again(
    bridge: Emulator, channel: SignalChannel
) -> None:
    ids = [(await channel.deliver(PEER, message(str(n))))[0] for n in range(4)]
    wipe = message("gone", removes=tuple(ids), removed="yes", not_removed="no", wipe=True)
    bridge.fail("remote-delete", 429)
    assert isinstance(await failed(channel.deliver(PEER, wipe)), NotNow)
    bridge.fail("send", 429)
    assert isinstance(await failed(channel.deliver(PEER, wipe)), NotNow)
    await channel.deliver(PEER, wipe)
    assert names(bridge).count("remote-delete") == 5
    assert standing(bridge) == ["yes\n\ngone"]


@pytest.mark.parametrize("wrong", ["hang", "close"])
async def test_a_removal_without_an_answer_is_tried_again(bridge: Emulator, wrong: str) -> None:
    async with connected(bridge, patience=0.3) as connection:
        (one,) = await connection.channel.deliver(PEER, message("one"))
        wipe = message("gone", removes=(one,), removed="yes", not_removed="no")
        bridge.fail("remote-delete", wrong, done=False)
        assert type(await failed(connection.channel.deliver(PEER, wipe))) is DeliveryFailed
        assert standing(bridge) == ["one"]
        await connection.channel.deliver(PEER, wipe)
    assert standing(bridge) == ["yes\n\ngone"]


# --- what goes wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("RATE_LIMIT_FAILURE", NotNow),
        ("UNREGISTERED_FAILURE", Unreachable),
        ("NETWORK_FAILURE", OutcomeUnknown),
        ("INVALID_PRE_KEY_FAILURE", DeliveryFailed),
        (429, NotNow),
        ("network", OutcomeUnknown),
        (404, DeliveryFailed),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        ("hang", OutcomeUnknown),
        ("close", OutcomeUnknown),
        ("garbage", OutcomeUnknown),
    ],
)
async def test_each_failure_is_called_by_its_name(
    bridge: Emulator, wrong: int | str, error: type[BotError]
) -> None:
    bridge.fail("send", wrong)
    async with connected(bridge, patience=0.5) as connection:
        caught = await failed(connection.channel.deliver(PEER, message()))
        assert type(caught) is error
        assert PEER not in repr(caught)
        assert caught.__cause__ is caught.__context__ is None
        sent = await connection.channel.deliver(PEER, message())
        assert len(sent) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"error":"Failed to send message: something new"}', OutcomeUnknown),
        (400, "User +4915100000001 is not registered.\n", DeliveryFailed),
        (400, "User +49000 is not registered.\n", Unreachable),
        (400, '{"error":"Specified account does not exist"}', DeliveryFailed),
        (400, '{"error":"Couldn\'t process request - invalid request"}', Refused),
        (413, "", Refused),
        (201, "[]", OutcomeUnknown),
        (201, '[{"timestamp":"x"}]', OutcomeUnknown),
        (201, '[{"timestamp":"5","errors":{"recipients":[{"reason":"NEW"}]}}]', OutcomeUnknown),
        (201, '[{"timestamp":"5","errors":{"recipients":"x"}}]', OutcomeUnknown),
        (201, '{"timestamp":"5","errors":{"recipients":[]}}', type(None)),
        (429, "nothing", NotNow),
    ],
)
def test_whatever_is_answered_means_something(
    status: int, body: str, error: type[BotError]
) -> None:
    found = outcome(Answer(status=status, body=body.encode()), NUMBER)
    assert type(found.error) is error
    assert bool(found.timestamp) is (found.error is None)


async def test_a_bridge_that_is_away_has_surely_sent_nothing(
    bridge: Emulator, channel: SignalChannel, told: Surroundings
) -> None:
    await bridge.down()
    assert type(await failed(channel.deliver(PEER, message()))) is DeliveryFailed
    assert told.troubles == ["signal-bridge"]
    await bridge.up()
    await channel.deliver(PEER, message())
    assert "signal-bridge" in told.settled


async def test_a_challenge_is_told_with_its_token(
    bridge: Emulator, channel: SignalChannel, told: Surroundings
) -> None:
    bridge.fail("send", 429, tokens=["tok-1"])
    caught = await failed(channel.deliver(PEER, message()))
    assert isinstance(caught, NotNow)
    assert caught.seconds == LONG
    assert (told.troubles, told.challenges) == (["signal-challenge"], ["tok-1"])
    bridge.fail("send", 429, tokens=[""])
    caught = await failed(channel.deliver(PEER, message()))
    assert isinstance(caught, NotNow)
    assert caught.seconds == A_WHILE
    assert told.challenges == ["tok-1"]
    await channel.deliver(PEER, message())
    assert "signal-challenge" in told.settled


async def test_an_account_that_is_gone_is_told(
    bridge: Emulator, channel: SignalChannel, told: Surroundings
) -> None:
    bridge.registered(on=False)
    assert type(await failed(channel.deliver(PEER, message()))) is DeliveryFailed
    assert told.troubles == ["signal-account"]
    bridge.registered(on=True)
    await channel.deliver(PEER, message())
    assert "signal-account" in told.settled


@pytest.mark.parametrize("wrong", ["IDENTITY_FAILURE", "untrusted"])
async def test_a_new_key_is_trusted_and_noted(
    bridge: Emulator, channel: SignalChannel, told: Surroundings, wrong: str
) -> None:
    await channel.deliver(PEER, message("one"))
    bridge.fail("send", wrong)
    await channel.deliver(PEER, message("two"))
    assert names(bridge) == ["send", "send", "trust", "send"]
    assert told.troubles == ["signal-identity"]
    assert standing(bridge) == ["one", "two"]


async def test_the_changed_number_of_a_real_person_is_trusted(
    bridge: Emulator, channel: SignalChannel
) -> None:
    await channel.deliver(PEER, message("one"))
    bridge.identity_changed(PERSON)
    await channel.deliver(PEER, message("two"))
    assert standing(bridge)[-1] == "two"


async def test_a_key_that_changes_without_end_is_left_alone(
    bridge: Emulator, channel: SignalChannel, told: Surroundings
) -> None:
    await channel.deliver(PEER, message())
    bridge.fail("send", "IDENTITY_FAILURE", times=2 * MOST + 2)
    for _ in range(MOST + 2):
        assert type(await failed(channel.deliver(PEER, message()))) is KeyChanged
    assert names(bridge).count("trust") == MOST
    told.now += WITHIN
    await channel.deliver(PEER, message())
    assert names(bridge).count("trust") == MOST


# --- parts of one message ---------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [429, "network", 502, "RATE_LIMIT_FAILURE"])
async def test_what_was_sent_is_not_sent_again(
    bridge: Emulator, channel: SignalChannel, wrong: int | str
) -> None:
    text = message("\n\n".join(str(n) * 1_500 for n in range(4)))
    for _ in range(2):
        bridge.fail("send", wrong, person=PERSON)
        await failed(channel.deliver(PEER, text))
    ids = await channel.deliver(PEER, text)
    assert [body[0] for body in standing(bridge)] == ["0", "1", "2", "3"]
    assert ids == tuple(str(one["timestamp"]) for one in bridge.chat(PERSON)["messages"])
    # It is another one when it comes again after it was sent.
    assert len(await channel.deliver(PEER, text)) == 4
    assert len(standing(bridge)) == 8


async def test_the_rest_goes_on_where_it_broke_off(
    bridge: Emulator, channel: SignalChannel
) -> None:
    text = message("\n\n".join(str(n) * 1_500 for n in range(3)))
    sent = 0

    async def breaking() -> None:
        nonlocal sent
        while sent < 2:
            found = await bridge.wait(PERSON, count=sent + 1)
            sent = len([one for one in found["messages"] if one["bot"]])
        bridge.fail("send", 429)

    bridge.delay(seconds=0.05)
    caught, _ = await asyncio.gather(failed(channel.deliver(PEER, text)), breaking())
    assert isinstance(caught, NotNow)
    bridge.delay(seconds=0)
    other = message("another message")
    ids = await channel.deliver(PEER, other)
    # What the first one left in the chat is told with the second, so that it can be removed.
    assert ids == tuple(str(one["timestamp"]) for one in bridge.chat(PERSON)["messages"])
    assert len(ids) == 3


# --- files ------------------------------------------------------------------------------------------


async def test_a_file_comes_whole_and_is_erased(bridge: Emulator, channel: SignalChannel) -> None:
    content = bytes(range(256)) * 4_000
    (name,) = bridge.send(PERSON, [{"content": content, "type": "image/jpeg"}])["attachments"]
    await channel.bridge.ask("GET", channel.bridge.own("/v1/receive"))  # signal-cli fetches it
    read = [piece async for piece in channel.fetch(name)]
    assert b"".join(read) == content
    assert max(map(len, read)) <= 64 * 1024
    await channel.forget(name)
    assert type(await failed(drained(channel, name))) is Refused
    await channel.forget(name)


async def drained(channel: SignalChannel, name: str) -> None:
    async for _ in channel.fetch(name):
        pass


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(404, Refused), (500, DeliveryFailed), ("close", DeliveryFailed), ("hang", DeliveryFailed)],
)
async def test_a_file_that_does_not_come_is_called_by_its_name(
    bridge: Emulator, wrong: int | str, error: type[BotError]
) -> None:
    (name,) = bridge.send(PERSON, [{"size": 1000, "type": "image/jpeg"}])["attachments"]
    bridge.fail("attachment", wrong, times=2)
    bridge.fail("delete-attachment", wrong)
    async with connected(bridge, patience=0.3) as connection:
        assert type(await failed(drained(connection.channel, name))) is error
        await connection.channel.forget(name)


@pytest.mark.parametrize("name", ["../accounts", "a/../../x", "%2e%2e", "a?b", ""])
async def test_a_name_that_leads_elsewhere_asks_for_nothing(
    bridge: Emulator, channel: SignalChannel, name: str
) -> None:
    assert type(await failed(drained(channel, name))) is Refused
    await channel.forget(name)
    assert bridge.calls() == []


# --- beside ---------------------------------------------------------------------------------------------


async def test_the_bridge_forgets_a_person_where_signal_cli_can_be_reached(
    bridge: Emulator,
) -> None:
    async with connected(bridge) as connection:
        await connection.channel.deliver(PEER, message(begins=True))
        assert not await connection.channel.forget_person(PEER)
    assert [one["uuid"] for one in bridge.contacts()] == [PEER]
    async with connected(bridge, rpc=bridge.url) as connection:
        assert await connection.channel.forget_person(PEER)
        assert bridge.contacts() == []
        await bridge.down()
        assert not await connection.channel.forget_person(PEER)


async def test_receipts_are_sent_only_where_they_are_wanted(bridge: Emulator) -> None:
    said = bridge.say(PERSON, "Hello")["timestamp"]
    async with connected(bridge) as connection:
        await connection.channel.read(PEER, said)
    assert "receipts" not in names(bridge)
    async with connected(bridge, read_receipts=True) as connection:
        await connection.channel.read(PEER, said)
    assert "receipts" in names(bridge)


async def test_no_proxy_is_taken_from_the_environment(
    bridge: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with connected(bridge) as connection:
        await connection.channel.deliver(PEER, message())
    assert standing(bridge) == ["a question"]


async def test_nothing_of_a_person_is_logged(
    bridge: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with logged(tmp_path / "log"):
        logging.getLogger().addHandler(caplog.handler)
        async with connected(bridge, patience=0.3) as connection:
            for wrong in (
                "hang",
                "close",
                400,
                429,
                502,
                "IDENTITY_FAILURE",
                "UNREGISTERED_FAILURE",
            ):
                bridge.fail("*", wrong, times=2)
                removes = ("1", str(bridge.say(PERSON, "x")["timestamp"]))
                canary = message("canary", begins=True, removes=removes)
                with contextlib.suppress(BotError):
                    await connection.channel.deliver(PEER, canary)
                bridge.heal()
    everything = text_of(tmp_path / "log") + caplog.text + repr(connection)
    for secret in (PEER, "canary", NUMBER, NUMBER[1:], bridge.url):
        assert secret not in everything


async def test_the_bridge_is_looked_at(bridge: Emulator) -> None:
    settings = Signal(on=True, bridge=bridge.url, number=NUMBER)
    seen = await look(settings)
    assert (seen.error, seen.mode, seen.registered, seen.accounts) == ("", "native", True, 1)
    bridge.registered(on=False)
    assert not (await look(settings)).registered
    bridge.fail("about", "close")
    assert (await look(settings)).error == NO_ANSWER
    bridge.fail("about", 404)
    assert (await look(settings)).error == NO_BRIDGE
    await bridge.down()
    assert (await look(settings)).error == NO_CONNECTION
