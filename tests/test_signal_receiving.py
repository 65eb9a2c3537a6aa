"""What a person sends is kept before it counts as taken, in order, and what is lost is named."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.channels.signal.polling import salvaged
from bot.channels.signal.receiving import FETCHES
from bot.channels.signal.webhook import MOST, TRIES
from bot.engine.events import Deleted, Edited, Said, Sent, Unsupported
from bot.ports import Incoming, Message
from tests.signal_made import Heard, Surroundings, connected, receiving, until
from tests.signal_server import NUMBER, Emulator, serving, uuid_of

PEER = uuid_of(7)
MODES = ("json-rpc", "native", "normal")


@pytest.fixture(params=MODES)
async def bridge(request: pytest.FixtureRequest) -> AsyncIterator[Emulator]:
    async with serving(mode=request.param) as emulator:
        yield emulator


@pytest.fixture
async def pushing() -> AsyncIterator[Emulator]:
    async with serving(mode="json-rpc") as emulator:
        yield emulator


@pytest.fixture
async def polled() -> AsyncIterator[Emulator]:
    async with serving(mode="native") as emulator:
        yield emulator


def words(heard: Heard, peer: str = PEER) -> list[str]:
    return [
        one.event.text for one in heard.kept if one.peer == peer and isinstance(one.event, Said)
    ]


# --- in each way ------------------------------------------------------------------------------------


async def test_what_is_said_is_kept_in_order(bridge: Emulator) -> None:
    heard = Heard()
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        for number in range(50):
            bridge.say(7 + number % 3, f"{number}")
        await heard.has(50)
        await bridge.settled()
    for person in range(3):
        assert words(heard, uuid_of(7 + person)) == [str(n) for n in range(person, 50, 3)]


async def test_each_kind_of_thing_comes_as_what_it_is(bridge: Emulator) -> None:
    heard = Heard()
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        said = bridge.say(7, "Hello")["timestamp"]
        bridge.edit(7, "Hello!", target=said)
        bridge.send(7, [{"size": 10, "type": "image/png"}, {"size": 9, "voice": True}], text="see")
        bridge.sticker(7)
        bridge.poll(7, question="Which?", options=["a", "b"])
        bridge.contact(7)
        bridge.payment(7)
        bridge.call(7)
        bridge.typing(7)
        bridge.story(7)
        bridge.sync("read")
        bridge.blank(7)
        bridge.blank(7, no_data=True)
        bridge.timer(7, 60)
        bridge.say(7, "to all", group="abc=")
        bridge.react(7, "👍", target=said, bare=True)
        bridge.react(7, "👍", target=said)
        bridge.remote_delete(7, target=said)
        bridge.say(7, "the last")
        await until(lambda: "the last" in words(heard))
    assert [one.event for one in heard.kept] == [
        Said(text="Hello"),
        Edited(text="Hello!"),
        Sent(),
        Sent(voice=True),
        Said(text="see"),
        *[Unsupported()] * 5,
        Deleted(),
        Said(text="the last"),
    ]
    assert len({one.event_id for one in heard.kept}) == len(heard.kept)
    assert heard.asked == []


async def test_what_cannot_be_kept_is_tried_until_it_is(bridge: Emulator) -> None:
    heard = Heard(failing=lambda one: 3 if words_of(one) == "first" else 0)
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.say(7, "first")
        bridge.say(7, "second")
        await heard.has(2)
    assert words(heard) == ["first", "second"]
    assert len(heard.seen) == 5


def words_of(incoming: Incoming) -> str:
    return incoming.event.text if isinstance(incoming.event, Said) else ""


async def test_an_end_lets_be_kept_what_is_being_kept(bridge: Emulator) -> None:
    heard = Heard(gates={PEER: asyncio.Event()})
    async with connected(bridge) as connection:
        async with receiving(connection, heard) as running:
            await bridge.connected()
            bridge.say(7, "the last words")
            await until(lambda: heard.seen)
            running.cancel()
            await asyncio.sleep(0.05)
            assert not running.done()
            heard.gates[PEER].set()
        assert words(heard) == ["the last words"]


async def test_a_slow_person_holds_up_nobody_else() -> None:
    async with serving(mode="json-rpc") as bridge:
        heard = Heard(gates={PEER: asyncio.Event()})
        async with connected(bridge) as connection, receiving(connection, heard):
            await bridge.connected()
            bridge.say(7, "slow")
            bridge.say(8, "quick")
            await heard.has(1)
            assert words(heard, uuid_of(8)) == ["quick"]
            heard.gates[PEER].set()
            await heard.has(2)


@pytest.mark.parametrize("merged", [True, False])
async def test_long_words_come_whole_and_their_file_is_erased(
    bridge: Emulator, merged: bool
) -> None:
    text = "字 many words. " * 400
    heard = Heard()
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.long(7, text, merged=merged)
        bridge.say(7, "after")
        await heard.has(2)
        await until(lambda: merged or bridge.counters()["calls"].get("delete-attachment"))
    assert words(heard) == [text, "after"]


async def test_long_words_whose_file_is_gone_are_asked_for_again(bridge: Emulator) -> None:
    heard = Heard()
    bridge.fail("attachment", 404)
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.long(7, "word " * 1000, merged=False)
        bridge.say(7, "after")
        await heard.has(1)
    assert words(heard) == ["after"]
    assert heard.asked == [PEER]


async def test_long_words_are_fetched_again_when_that_breaks_off(bridge: Emulator) -> None:
    heard = Heard()
    bridge.fail("attachment", "close", times=FETCHES - 1)
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.long(7, "word " * 1000, merged=False)
        await heard.has(1)
    assert words(heard) == ["word " * 1000]


async def test_files_that_nobody_takes_are_erased(bridge: Emulator) -> None:
    heard = Heard()
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.send(7, [{"size": 10, "type": "image/png"}], group="abc=")
        bridge.send(7, [{"size": 10, "type": "image/png"}])
        await heard.has(1)
        await until(lambda: bridge.counters()["calls"].get("delete-attachment") == 1)
        media = heard.kept[0].media
        assert media is not None
        read = [piece async for piece in connection.channel.fetch(media.reference)]
    assert len(b"".join(read)) == 10


async def test_a_changed_key_is_trusted_and_the_person_asked_once(bridge: Emulator) -> None:
    heard, told = Heard(), Surroundings()
    async with connected(bridge, told) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.say(7, "one")
        await heard.has(1)
        bridge.identity_changed(7)
        bridge.say(7, "lost")
        await until(lambda: heard.asked and "trust" in bridge.counters()["calls"])
        await until(lambda: all(one["status"] != "UNTRUSTED" for one in bridge.identities()))
        bridge.say(7, "two")
        await heard.has(2)
    assert words(heard) == ["one", "two"]
    assert heard.asked == [PEER]
    assert told.troubles == ["signal-identity"]


async def test_the_person_chose_a_timer_and_it_stays(bridge: Emulator) -> None:
    heard = Heard()
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.timer(7, 3600)
        bridge.say(7, "start", expires=3600)
        bridge.say(8, "start")
        await heard.has(2)
        for person in (7, 8):
            await connection.channel.deliver(
                uuid_of(person), Message(id="q", text="a question", begins=True)
            )
    assert [bridge.chat(7)["timer"], bridge.chat(8)["timer"]] == [3600, 604_800]


async def test_receipts_are_sent_after_it_was_kept_and_only_where_wanted() -> None:
    async with serving(mode="json-rpc") as bridge:
        heard = Heard(failing=lambda _: 2)
        async with (
            connected(bridge, read_receipts=True) as connection,
            receiving(connection, heard),
        ):
            await bridge.connected()
            bridge.say(7, "one")
            await heard.has(1)
            assert len(heard.seen) == 3
            await until(lambda: bridge.chat(7)["messages"][0]["read"])


async def test_who_waits_sees_that_something_is_being_done(bridge: Emulator) -> None:
    heard = Heard(gates={PEER: asyncio.Event()})
    async with connected(bridge) as connection, receiving(connection, heard):
        await bridge.connected()
        bridge.say(7, "slow")
        await until(lambda: "typing" in bridge.counters()["calls"])
        heard.gates[PEER].set()
        await heard.has(1)


# --- gaps -----------------------------------------------------------------------------------------------


async def test_a_socket_that_closes_is_one_gap_each_time(pushing: Emulator) -> None:
    heard = Heard()
    async with connected(pushing) as connection, receiving(connection, heard):
        await pushing.connected()
        await until(lambda: heard.gaps == 1)  # what came while there was no line is lost, too
        for number, code in enumerate((1006, 1001, 1009), 2):
            pushing.cut(code=code)
            await until(lambda n=number: heard.gaps == n)  # type: ignore[misc]
        pushing.say(7, "after")
        await heard.has(1)
        assert heard.gaps == 4


async def test_a_bridge_that_restarts_is_one_gap(pushing: Emulator) -> None:
    heard, told = Heard(deaf=2), Surroundings()
    async with connected(pushing, told) as connection, receiving(connection, heard):
        await pushing.connected()
        await until(lambda: heard.gaps == 1)
        await pushing.down()
        pushing.say(7, "while it was away")
        await until(lambda: "signal-bridge" in told.troubles)
        await pushing.up(late=True)
        await heard.has(1)
        await until(lambda: heard.gaps == 2)
    assert "signal-bridge" in told.settled


async def test_a_socket_without_a_sign_of_life_counts_as_closed(pushing: Emulator) -> None:
    heard = Heard()
    async with connected(pushing, ping=0.1) as connection, receiving(connection, heard):
        await pushing.connected()
        await until(lambda: heard.gaps == 1)
        pushing.stall()
        await until(lambda: pushing.counters()["connections"] > 1)
        pushing.heal()
        await until(lambda: heard.gaps == 2)
        pushing.say(7, "after")
        await heard.has(1)


async def test_signal_cli_that_was_away_behind_the_bridge_is_a_gap(pushing: Emulator) -> None:
    heard, told = Heard(), Surroundings()
    async with connected(pushing, told, patience=0.2) as connection, receiving(connection, heard):
        await pushing.connected()
        await until(lambda: heard.gaps == 1)
        pushing.daemon(on=False)
        await until(lambda: "signal-bridge" in told.troubles)
        pushing.daemon(on=True)
        await until(lambda: heard.gaps == 2)


@pytest.mark.parametrize("wrong", ["garbage", "close", "hang"])
async def test_a_poll_that_breaks_is_a_gap(polled: Emulator, wrong: str) -> None:
    heard = Heard()
    async with connected(polled, hold=3.0) as connection, receiving(connection, heard):
        polled.say(7, "before")
        await heard.has(1)
        await until(lambda: heard.gaps == 1)  # the beginning: who knows what an earlier run asked
        polled.fail("receive", wrong, done=False)
        await until(lambda: heard.gaps == 2)
        polled.say(7, "after")
        await heard.has(2)
        assert heard.gaps == 2
    assert words(heard) == ["before", "after"]


async def test_polls_that_are_refused_find_their_way_back(polled: Emulator) -> None:
    heard, told = Heard(), Surroundings()
    async with connected(polled, told) as connection, receiving(connection, heard):
        await polled.connected()
        polled.registered(on=False)
        await until(lambda: "signal-account" in told.troubles)
        polled.registered(on=True)
        polled.fail("receive", 400, text="process killed as timeout reached")
        await until(lambda: heard.gaps == 1)
        polled.say(7, "after")
        await heard.has(1)
    assert "signal-account" in told.settled


async def test_what_stands_whole_in_a_broken_answer_is_kept() -> None:
    one = {"envelope": {"sourceUuid": PEER}, "account": NUMBER}
    text = f'WARN  x {{"a"\n[{json.dumps(one)},java.lang.Error: {{}}\n{json.dumps(one)[:-9]}'
    assert list(salvaged(text)) == [one]
    assert list(salvaged('[{"env')) == []


async def test_an_account_that_is_not_there_is_told(pushing: Emulator) -> None:
    heard, told = Heard(), Surroundings()
    pushing.registered(on=False)
    async with connected(pushing, told) as connection, receiving(connection, heard):
        await until(lambda: "signal-account" in told.troubles)
        pushing.registered(on=True)
        await until(lambda: "signal-account" in told.settled)


async def test_the_bridge_may_come_after_the_line() -> None:
    async with serving(mode="native") as bridge:
        await bridge.down()
        heard = Heard()
        async with connected(bridge) as connection, receiving(connection, heard):
            await asyncio.sleep(0.1)
            await bridge.up()
            bridge.say(7, "Hello")
            await heard.has(1)


# --- the webhook ------------------------------------------------------------------------------------------


def notification(text: str = "Hello", **data: object) -> bytes:
    fields = {"timestamp": 1, "message": text, **data}
    envelope = {"sourceUuid": PEER, "timestamp": 1, "dataMessage": fields}
    params = {"envelope": envelope, "account": NUMBER}
    return json.dumps({"jsonrpc": "2.0", "method": "receive", "params": params}).encode()


async def test_200_means_that_it_is_safe() -> None:
    heard = Heard(gates={PEER: asyncio.Event()})
    async with (
        connected(None, bridge="http://127.0.0.1:9") as connection,
        connection.door("secret", heard.receive, heard.resend) as door,
    ):
        taking = asyncio.create_task(door.take(notification()))
        await until(lambda: heard.seen)
        await asyncio.sleep(0)
        assert heard.kept == []
        heard.gates[PEER].set()
        assert await taking == 200
    assert words(heard) == ["Hello"]


async def test_what_is_not_safe_in_time_is_kept_all_the_same() -> None:
    heard = Heard(failing=lambda _: TRIES + 1)
    async with (
        connected(None, bridge="http://127.0.0.1:9") as connection,
        connection.door("secret", heard.receive, heard.resend) as door,
    ):
        assert await door.take(notification()) == 503
        await heard.has(1)


async def test_only_the_secret_opens_and_nonsense_is_refused(pushing: Emulator) -> None:
    heard = Heard()
    async with (
        connected(pushing) as connection,
        connection.door("secret", heard.receive, heard.resend) as door,
    ):
        assert door.opens("secret")
        assert not any(map(door.opens, ("", "Secret", "secret ", "ü")))
        for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
            assert await door.take(body) == 400
        assert await door.take(b" " * (MOST + 1)) == 413
        assert await door.take(b"{}") == 200
    assert heard.seen == []
    assert pushing.calls() == []


async def test_nothing_is_asked_of_signal_cli_while_it_waits() -> None:
    """The bridge posts from the loop that reads signal-cli's answers: that would never end."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from bot.http import listening

    heard, told = Heard(), Surroundings(speed=2.0)
    async with (
        serving(mode="json-rpc") as bridge,
        connected(bridge, told, receive="webhook", read_receipts=True) as connection,
        connection.door("secret", heard.receive, heard.resend) as door,
    ):

        async def take(request: Request) -> Response:
            return Response(status_code=await door.take(await request.body()))

        app = Starlette(routes=[Route("/signal/secret", take, methods=["POST"])])
        async with listening(app, "127.0.0.1:0") as where, receiving(connection, heard):
            bridge.webhook(f"http://{where}/signal/secret")
            await until(lambda: heard.gaps == 1)
            bridge.flood(7, 100)
            bridge.long(8, "word " * 1000, merged=False)
            bridge.say(9, "one")
            await heard.has(102)
            bridge.identity_changed(9)
            bridge.say(9, "lost")
            await until(lambda: heard.asked == [uuid_of(9)])
            await until(lambda: "trust" in bridge.counters()["calls"])
            await bridge.settled()
            assert bridge.counters()["posts"] == {"200": 103}
            assert words(heard) == [f"message {n}" for n in range(1, 101)]
            assert words(heard, uuid_of(8)) == ["word " * 1000]
            await until(lambda: bridge.counters()["calls"].get("receipts") == 102)
            assert heard.gaps == 1


async def test_a_bridge_that_was_away_may_have_brought_nothing(pushing: Emulator) -> None:
    heard, told = Heard(), Surroundings()
    async with (
        connected(pushing, told, receive="webhook") as connection,
        receiving(connection, heard),
    ):
        await until(lambda: heard.gaps == 1)  # what came before there was a line was brought once
        await pushing.down()
        await until(lambda: told.troubles == ["signal-bridge"])
        await pushing.up()
        await until(lambda: heard.gaps == 2)


async def test_the_settings_may_say_how_messages_come(pushing: Emulator) -> None:
    told = Surroundings()
    heard = Heard()
    async with (
        connected(pushing, told, receive="poll") as connection,
        receiving(connection, heard),
    ):
        await until(lambda: "signal-bridge" in told.troubles)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{pushing.url}/v1/receive/{NUMBER}")
    assert answer.status_code == 400
