"""What goes wrong between Signal, the bridge and a bot: it does so when it is told to, as it really does."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from tests.signal_server import NUMBER, serving, uuid_of
from tests.signal_server.plain import Bot, hearing, plain
from tests.signal_server.refusals import REASONS, Unplayable
from tests.signal_server.world import NATIVE, NORMAL


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving() as bridge, plain(bridge) as bot:
        bridge.meet(7)
        bridge.meet(8)
        yield bot


@pytest.fixture
async def polled() -> AsyncIterator[Bot]:
    async with serving(mode=NATIVE) as bridge, plain(bridge) as bot:
        bridge.meet(7)
        yield bot


def _texts(told: list[dict[str, dict[str, dict[str, str]]]]) -> list[str]:
    return [each["envelope"]["dataMessage"]["message"] for each in told]


# --- calls ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (400, 400, "Failed to send message: "),
        ("network", 400, "Failed to send message: "),
        ("untrusted", 400, "Unable to complete request due to untrusted recipient keys"),
        (404, 404, ""),
        (500, 500, ""),
    ],
)
async def test_the_next_calls_are_refused_and_do_nothing(
    bot: Bot, answer: int | str, status: int, says: str
) -> None:
    bot.bridge.fail("send", answer, times=2)
    for _ in range(2):
        refused = await bot.post()
        assert refused.status_code == status
        assert says in refused.json()["error"]
    assert bot.bridge.sent() == []
    await bot.says()
    assert [call["status"] for call in bot.bridge.calls("send")] == [status, status, 201]


async def test_a_rate_limit_gives_tokens_and_a_captcha_lifts_it(bot: Bot) -> None:
    bot.bridge.fail("send", 429, times=99, tokens=["tok-7"])
    refused = await bot.post()
    assert refused.status_code == 429
    told = refused.json()
    assert (told["challenge_tokens"], told["account"]) == (["tok-7"], NUMBER)
    assert "challenge tokens" in told["error"]
    path = "/v1/accounts/{n}/rate-limit-challenge"
    wrong = await bot.ask("POST", path, challenge_token="tok-7", captcha="x")
    assert wrong.status_code == 400
    assert (await bot.post()).status_code == 429
    solved = await bot.ask("POST", path, challenge_token="tok-7", captcha="signalcaptcha://x")
    assert solved.status_code == 204
    await bot.says()


async def test_a_limited_message_may_have_gone_out(bot: Bot) -> None:
    bot.bridge.fail("send", 429, done=True, tokens=[""])
    assert (await bot.post()).json()["challenge_tokens"] == [""]
    assert len(bot.bridge.chat(7)["messages"]) == 1


@pytest.mark.parametrize("reason", REASONS)
async def test_a_recipient_fails_inside_a_201(bot: Bot, reason: str) -> None:
    bot.bridge.fail("send", reason, person=7)
    await bot.says(to=8)
    (told,) = (await bot.post()).json()
    assert told["errors"]["recipients"][0]["reason"] == reason
    assert told["errors"]["recipients"][0]["uuid"] == uuid_of(7)
    assert bot.bridge.sent(7) == []
    await bot.says()


@pytest.mark.parametrize(("done", "sent"), [(None, 1), (True, 1), (False, 0)])
async def test_a_connection_closes_with_the_work_done_or_not(
    bot: Bot, done: bool | None, sent: int
) -> None:
    bot.bridge.fail("send", "close", done=done)
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.post()
    assert len(bot.bridge.sent()) == sent
    assert bot.bridge.calls()[0]["status"] == 0
    await bot.says()


@pytest.mark.parametrize(("done", "sent"), [(None, 1), (False, 0)])
async def test_a_call_never_returns(bot: Bot, done: bool | None, sent: int) -> None:
    bot.bridge.fail("send", "hang", person=7, done=done)
    hanging = asyncio.create_task(bot.post())
    while not bot.bridge.calls("send"):
        await bot.ask("GET", "/v1/health")
    await bot.says("another", to=8)
    assert not hanging.done()
    assert len(bot.bridge.sent(7)) == sent
    hanging.cancel()


async def test_garbage_comes_after_the_work_was_done(bot: Bot) -> None:
    bot.bridge.fail("send", "garbage")
    with pytest.raises(json.JSONDecodeError):
        (await bot.post()).json()
    assert len(bot.bridge.sent()) == 1
    bot.bridge.fail("*", 502)
    assert (await bot.ask("GET", "/v1/about")).status_code == 502


async def test_a_fault_that_cannot_be_is_not_taken(bot: Bot) -> None:
    with pytest.raises(Unplayable):
        bot.bridge.fail("sendTelepathy", 500)
    with pytest.raises(Unplayable):
        bot.bridge.fail("send", "explode")
    bot.bridge.fail("*", 500, times=1_000)
    bot.bridge.heal()
    await bot.says()


# --- push -----------------------------------------------------------------------------------


async def test_without_a_websocket_what_is_pushed_is_lost(bot: Bot) -> None:
    assert bot.bridge.say(7, "to nobody")["fate"] == "lost"
    async with hearing(bot.bridge) as one, hearing(bot.bridge) as two:
        assert bot.bridge.say(7, "to both")["fate"] == "told"
        assert await one.texts(1) == await two.texts(1) == ["to both"]
    counters = bot.bridge.counters()
    assert (counters["incoming"], counters["told"], counters["lost"]) == (2, 1, 1)


@pytest.mark.parametrize("number", [NUMBER.replace("+", "%2B"), NUMBER])
async def test_a_number_may_be_written_either_way(bot: Bot, number: str) -> None:
    async with hearing(bot.bridge, number) as socket:
        bot.bridge.say(7, "hello")
        assert await socket.texts(1) == ["hello"]


async def test_an_unknown_number_is_accepted_and_hears_nothing(bot: Bot) -> None:
    async with hearing(bot.bridge, "+4999") as stranger, hearing(bot.bridge) as socket:
        bot.bridge.say(7, "hello")
        bot.bridge.raw({"timestamp": 1}, account="+4999")
        assert await socket.texts(1) == ["hello"]
        assert (await stranger.next())["account"] == "+4999"


async def test_a_burst_is_lost_even_when_connected(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        bot.bridge.flood(7, 50)
        assert len(await socket.texts(50)) == 50
        bot.bridge.bursts(gap=3600)
        fates = bot.bridge.flood(7, 50, text="burst")["fates"]
        assert fates == ["told"] + ["lost"] * 49
        bot.bridge.bursts(gap=0)
        bot.bridge.say(7, "after")
        assert await socket.texts(2) == ["burst 1", "after"]


async def test_the_pushes_that_were_named_are_lost(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        bot.bridge.lose(times=2, skip=1)
        bot.bridge.flood(7, 4)
        assert await socket.texts(2) == ["message 1", "message 4"]


async def test_the_server_pings_and_never_times_out(bot: Bot) -> None:
    async with serving(ping=0.01) as bridge:
        address = urlsplit(bridge.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            f"GET /v1/receive/{NUMBER} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        first, size = struct.unpack("!BB", await reader.readexactly(2))
        assert first == 0x89  # a ping, which stays unanswered
        await reader.readexactly(size)
        bridge.say(7, "still there")
        heard = await reader.readuntil(b"still there")
        assert b"dataMessage" in heard
        writer.close()


async def test_a_frame_over_512_bytes_ends_the_connection(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        await socket.web.send("x" * 512)
        await socket.web.send("x" * 513)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    await bot.bridge.disconnected()


@pytest.mark.parametrize("code", [1006, 1001, 1012])
async def test_websockets_are_cut(bot: Bot, code: int) -> None:
    async with hearing(bot.bridge) as socket:
        assert bot.bridge.cut(code=code) == 1
        with pytest.raises(ConnectionClosed) as closed:
            await socket.next()
        got = closed.value.rcvd
        assert (1006 if got is None else got.code) == code
        await bot.bridge.disconnected()
    assert bot.bridge.say(7, "to nobody")["fate"] == "lost"


async def test_a_half_open_websocket_says_nothing_not_even_pongs(bot: Bot) -> None:
    async with hearing(bot.bridge, ping_interval=None) as socket:
        bot.bridge.stall()
        assert bot.bridge.say(7, "into the void")["fate"] == "told"
        pong = await socket.web.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(pong), 0.1)
        bot.bridge.stall(on=False)
        assert await socket.texts(1) == ["into the void"]
        await pong


async def test_a_handshake_may_be_refused(bot: Bot) -> None:
    for wrong in (500, "close"):
        bot.bridge.fail("receive", wrong)
        with pytest.raises((websockets.InvalidHandshake, ConnectionClosed, EOFError)):
            async with hearing(bot.bridge):
                pass
    async with hearing(bot.bridge):
        assert [call["status"] for call in bot.bridge.calls("receive")] == [500, 0, 101]


async def test_an_exception_may_come_with_an_envelope(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        why = {"message": "broken", "type": "ProtocolInvalidMessageException"}
        bot.bridge.raw({"timestamp": 5}, exception=why)
        assert (await socket.next())["exception"] == why
        bot.bridge.raw("no envelope at all")
        assert (await socket.next())["envelope"] == "no envelope at all"


# --- poll -----------------------------------------------------------------------------------


async def test_what_was_taken_is_gone_even_if_the_array_is_broken(polled: Bot) -> None:
    for how in ("garbage", "close"):
        polled.bridge.say(7, "lost")
        polled.bridge.fail("receive", how)
        with pytest.raises((json.JSONDecodeError, httpx.RemoteProtocolError)):
            await polled.poll()
        assert await polled.poll() == []


async def test_what_was_not_taken_comes_again(polled: Bot) -> None:
    polled.bridge.say(7, "kept")
    polled.bridge.fail("receive", "close", done=False)
    with pytest.raises(httpx.RemoteProtocolError):
        await polled.poll()
    assert _texts(await polled.poll()) == ["kept"]


async def test_a_poll_waits_for_what_comes(polled: Bot) -> None:
    polling = asyncio.create_task(polled.poll(timeout=30))
    await polled.bridge.connected()
    polled.bridge.say(7, "hello")
    assert _texts(await polling) == ["hello"]
    await polled.bridge.settled()


async def test_a_send_waits_behind_a_receive(polled: Bot) -> None:
    polling = asyncio.create_task(polled.poll(timeout=30))
    await polled.bridge.connected()
    sending = asyncio.create_task(polled.says())
    await polled.ask("GET", "/v1/about")
    assert polled.bridge.sent() == []
    polled.bridge.say(7, "go on")
    await polling
    await sending
    assert len(polled.bridge.sent()) == 1


async def test_attachments_and_stories_may_be_left_out(polled: Bot) -> None:
    polled.bridge.send(7, [{"size": 5}])
    polled.bridge.story(7)
    assert len(await polled.poll(ignore_attachments="true", ignore_stories="true")) == 1
    assert (await polled.ask("GET", "/v1/attachments")).json() == []
    bad = await polled.ask("GET", "/v1/receive/{n}?timeout=x")
    assert (bad.status_code, "needs to be numeric" in bad.json()["error"]) == (400, True)


async def test_no_websocket_where_it_is_polled(polled: Bot) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with hearing(polled.bridge):
            pass


# --- restarts -------------------------------------------------------------------------------


async def test_a_bridge_that_is_down_refuses_and_signal_keeps_messages(bot: Bot) -> None:
    (id_,) = bot.bridge.send(7, [{"size": 5}])["attachments"]
    async with hearing(bot.bridge) as socket:
        await bot.bridge.down()
        with pytest.raises(ConnectionClosed):
            await socket.next()
    with pytest.raises(httpx.ConnectError):
        await bot.says()
    assert bot.bridge.flood(7, 2)["fates"] == ["queued"] * 2
    assert len(bot.bridge.queue()["waiting"]) == 2
    await bot.bridge.up(late=True)
    assert (await bot.ask("GET", f"/v1/attachments/{id_}")).status_code == 404
    async with hearing(bot.bridge) as socket:
        assert await socket.texts(2) == ["message 1", "message 2"]


async def test_what_comes_back_before_the_bot_does_is_lost(bot: Bot) -> None:
    await bot.bridge.down()
    bot.bridge.flood(7, 3)
    await bot.bridge.up(keep=True)
    assert bot.bridge.counters()["lost"] == 3


async def test_a_restart_keeps_what_waits_for_a_poll(polled: Bot) -> None:
    await polled.bridge.restart()
    polled.bridge.say(7, "before")
    await polled.bridge.restart()
    assert _texts(await polled.poll()) == ["before"]


async def test_without_its_daemon_the_bridge_is_healthy_and_hangs(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        bot.bridge.daemon(on=False)
        hanging = asyncio.create_task(bot.post())
        while not bot.bridge.calls("send"):
            assert (await bot.ask("GET", "/v1/health")).status_code == 204
        bot.bridge.flood(7, 2)
        bot.bridge.daemon(on=True)
        assert await socket.texts(2) == ["message 1", "message 2"]
        await bot.says("after")
        assert not hanging.done()
        assert len(bot.bridge.sent()) == 1
        hanging.cancel()


async def test_signal_may_tell_a_message_again(polled: Bot) -> None:
    stamp = polled.bridge.say(7, "twice")["timestamp"]
    first = await polled.poll()
    polled.bridge.redeliver(stamp)
    assert await polled.poll() == first
    with pytest.raises(Unplayable):
        polled.bridge.redeliver(12345)


# --- identities -----------------------------------------------------------------------------


async def test_a_changed_key_is_an_exception_until_it_is_trusted(bot: Bot) -> None:
    async with hearing(bot.bridge) as socket:
        bot.bridge.say(7, "old phone")
        bot.bridge.identity_changed(7)
        assert bot.bridge.say(7, "secret")["fate"] == "untrusted"
        assert await socket.texts(1) == ["old phone"]
        told = await socket.next()
        assert told["exception"]["type"] == "UntrustedIdentityException"
        assert told["envelope"]["sourceUuid"] == uuid_of(7)
        assert "secret" not in json.dumps(told)
        (failed,) = (await bot.post()).json()
        assert failed["errors"]["recipients"][0]["reason"] == "IDENTITY_FAILURE"
        trust = await bot.ask(
            "PUT", f"/v1/identities/{NUMBER}/trust/{uuid_of(7)}", trust_all_known_keys=True
        )
        assert trust.status_code == 204
        await bot.says()
        bot.bridge.say(7, "again")
        assert await socket.texts(1) == ["again"]


async def test_trusting_needs_the_right_number(bot: Bot) -> None:
    bot.bridge.say(7, "hello")
    path = f"/v1/identities/{NUMBER}/trust/{uuid_of(7)}"
    (key,) = (await bot.ask("GET", "/v1/identities/{n}")).json()
    assert key["status"] == "TRUSTED_UNVERIFIED"
    for fields in ({}, {"verified_safety_number": "1"}, {"verified_safety_number": ""}):
        assert (await bot.web.put(path, json=fields)).status_code == 400
    right = {"verified_safety_number": key["safety_number"]}
    assert (await bot.web.put(path, json=right)).status_code == 204
    assert bot.bridge.identities()[0]["status"] == "TRUSTED_VERIFIED"


@pytest.mark.parametrize(("mode", "fate"), [("always", "lost"), ("never", "untrusted")])
async def test_trust_may_be_given_or_withheld(mode: str, fate: str) -> None:
    async with serving(trust=mode) as bridge:
        assert bridge.say(7, "first")["fate"] == fate
        bridge.identity_changed(7)
        assert bridge.say(7, "second")["fate"] == fate


async def test_an_older_bridge_refuses_what_a_newer_reports() -> None:
    async with serving(release="0.100") as bridge, plain(bridge) as bot:
        bridge.say(7, "x")
        bridge.identity_changed(7)
        answer = await bot.post()
        assert (answer.status_code, answer.json()["error"]) == (
            400,
            "Unable to complete request due to untrusted recipient keys",
        )


# --- people ---------------------------------------------------------------------------------


async def test_who_blocks_is_sent_to_all_the_same_and_sees_nothing(bot: Bot) -> None:
    bot.bridge.block(7)
    await bot.says()
    assert bot.bridge.chat(7)["messages"] == []
    assert [m["shown"] for m in bot.bridge.sent(7)] == [False]
    with pytest.raises(Unplayable):
        bot.bridge.say(7, "x")
    bot.bridge.unblock(7)
    await bot.says("seen")
    assert [m["text"] for m in bot.bridge.chat(7)["messages"]] == ["seen"]


async def test_apps_answer_with_receipts_when_told_to(bot: Bot) -> None:
    bot.bridge.habits(receipts=True, read=True)
    async with hearing(bot.bridge) as socket:
        stamp = await bot.says()
        told = [(await socket.next())["envelope"]["receiptMessage"] for _ in range(2)]
    assert [(r["isDelivery"], r["isRead"], r["timestamps"]) for r in told] == [
        (True, False, [stamp]),
        (False, True, [stamp]),
    ]


async def test_an_account_that_was_taken_away_is_not_there() -> None:
    async with serving(mode=NORMAL) as bridge, plain(bridge) as bot:
        bridge.meet(7)
        bridge.registered(on=False)
        told = (await bot.post()).json()["error"]
        assert told == f"User {NUMBER} is not registered.\n"
