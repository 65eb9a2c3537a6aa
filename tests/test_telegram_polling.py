"""Nothing is acknowledged before it is safe, and nothing that comes stops the line."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram import Connection
from bot.channels.telegram.decode import ALLOWED
from bot.engine.events import Began, Chose, Edited, Event, Said, Sent, Unsupported
from bot.ports import Message, Option
from tests.quiet import logged, text_of
from tests.telegram_made import TOKEN, Keeper, Surroundings, connected, polling, until
from tests.telegram_server import Emulator, serving

PERSON, OTHER = 5_550_001, 5_550_002
GROUP = {"id": -100_555, "type": "supergroup", "title": "Canaries"}


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def told() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def connection(server: Emulator, told: Surroundings) -> AsyncIterator[Connection]:
    async with connected(server, told) as made:
        yield made


def events(keeper: Keeper, person: int = PERSON) -> list[Event]:
    return [one.event for one in keeper.kept if one.peer == str(person)]


def said(keeper: Keeper, person: int = PERSON) -> list[str]:
    return [event.text for event in events(keeper, person) if isinstance(event, Said)]


# --- what comes in ----------------------------------------------------------------------------


async def test_whatever_people_do_comes_in_once_and_in_order(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper()
    options = (Option(label="Yes", pick="0"),)
    async with polling(connection, keeper):
        first = server.say({"id": PERSON, "language_code": "ja"}, "/start poster-1")
        server.say(PERSON, "/help@A_Quiet_Bot")
        await keeper.has(2)
        await connection.channel.deliver(str(PERSON), Message(id="q", text="?", options=options))
        server.press(PERSON, label="Yes")
        server.edit(PERSON, first["message_id"], text="/start")
        server.send(PERSON, "voice")
        server.send(PERSON, "photo")
        server.album(PERSON, [{"kind": "photo"}, {"kind": "photo"}])
        server.send(PERSON, "location")
        await server.settled()
    assert events(keeper) == [
        Began(payload="poster-1"),
        Said(text="/help"),
        Chose(revision=0, pick="0"),
        Edited(text="/start"),
        Sent(voice=True),
        *[Sent()] * 3,
        Unsupported(),
    ]
    assert {one.hint for one in keeper.kept} == {"ja"}
    assert keeper.seen == keeper.kept


async def test_only_what_is_listed_is_asked_for(server: Emulator, connection: Connection) -> None:
    keeper = Keeper()
    async with polling(connection, keeper):
        await until(lambda: server.calls("getUpdates") or server.queue()["allowed"])
        server.business(OTHER, "private words")
        server.say(PERSON, "words")
        await server.settled()
    assert server.queue()["allowed"] == list(ALLOWED)
    assert said(keeper) == ["words"]
    assert len(keeper.kept) == 1


async def test_a_webhook_is_taken_back_and_what_waits_is_not_lost(
    server: Emulator, connection: Connection
) -> None:
    await connection.register("http://127.0.0.1:9/telegram", "secret")
    server.say(PERSON, "words")
    keeper = Keeper()
    async with polling(connection, keeper):
        await server.settled()
    assert said(keeper) == ["words"]


async def test_chats_go_side_by_side_and_each_in_its_order(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    async with polling(connection, keeper):
        for number in range(5):
            server.say(PERSON, f"a{number}")
            server.say(OTHER, f"b{number}")
        await keeper.has(5)
        assert said(keeper, OTHER) == ["b0", "b1", "b2", "b3", "b4"]
        assert len(keeper.seen) == 6
        keeper.gates[str(PERSON)].set()
        await server.settled()
    assert said(keeper) == ["a0", "a1", "a2", "a3", "a4"]


async def test_a_flood_is_taken_a_hundred_at_a_time_and_all_of_it(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    server.flood(PERSON, 350)
    async with polling(connection, keeper):
        await until(lambda: len(server.calls("getUpdates")) > 3)
        assert len(server.queue()["pending"]) == 350
        keeper.gates[str(PERSON)].set()
        await server.settled()
    assert said(keeper) == [f"flood {number}" for number in range(1, 351)]
    assert len(keeper.seen) == 350


# --- not acknowledged before it is safe -------------------------------------------------------


async def test_what_could_not_be_kept_is_not_acknowledged_until_it_is(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    keeper = Keeper(failing=lambda one: 12 if one.event == Said(text="hard") else 0)
    for text in ("one", "hard", "three"):
        server.say(PERSON, text)
    server.say(OTHER, "four")
    numbers = list(server.queue()["pending"])
    async with polling(connection, keeper):
        await keeper.has(2)
        await until(lambda: server.queue()["pending"] == numbers[1:])
        await server.settled()
    assert said(keeper) == ["one", "hard", "three"]
    assert said(keeper, OTHER) == ["four"]
    assert [s for s in told.slept if s in {0.5, 2.0, 8.0, 30.0}][:3] == [0.5, 2.0, 8.0]


async def test_what_was_not_safe_at_the_end_comes_again(
    server: Emulator, told: Surroundings
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    server.say(PERSON, "words")
    async with connected(server, told) as connection, polling(connection, keeper):
        await until(lambda: keeper.seen)
    assert keeper.kept == []
    keeper.gates.clear()
    async with connected(server, told) as connection, polling(connection, keeper):
        await server.settled()
    assert said(keeper) == ["words"]


async def test_an_update_nobody_can_read_is_asked_again_and_holds_up_nobody(
    server: Emulator, connection: Connection
) -> None:
    server.meet(OTHER)
    chat = {"id": OTHER, "type": "private"}
    server.say(PERSON, "before")
    server.raw({"message": {"message_id": 5, "date": "never", "chat": chat, "text": "words"}})
    server.raw({"message": 7})
    server.raw({"made_up": {}})
    server.say(PERSON, "after")
    keeper = Keeper()
    async with polling(connection, keeper):
        await server.settled()
    assert said(keeper) == ["before", "after"]
    assert events(keeper, OTHER) == [Unsupported()]


async def test_what_is_told_twice_is_taken_once_while_it_is_known(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    async with polling(connection, keeper):
        server.say(PERSON, "words")
        await until(lambda: keeper.seen)
        server.redeliver()
        await until(lambda: len(server.calls("getUpdates")) > 3)
        keeper.gates[str(PERSON)].set()
        await server.settled()
    assert len(keeper.seen) == 1


async def test_numbers_that_begin_anew_below_the_last_are_taken(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper()
    async with polling(connection, keeper):
        server.say(PERSON, "before")
        await server.settled()
        server.world.updates.next_id = 1_000
        server.say(PERSON, "a week later")
        await keeper.has(2)
        await server.settled()
    assert said(keeper) == ["before", "a week later"]


async def test_an_offset_is_not_carried_over_a_day_without_telegram(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    server.say(PERSON, "before")
    async with polling(connection, keeper):
        await until(lambda: keeper.seen)
        server.fail("getUpdates", 502, times=10_000)
        keeper.gates[str(PERSON)].set()
        await keeper.has(1)
        failed = len(server.calls("getUpdates"))
        await until(lambda: len(server.calls("getUpdates")) > failed + 2)
        server.clock(advance=2 * 86_400)  # Telegram forgets what it could not bring for a day
        server.world.updates.next_id = 1_000
        server.say(PERSON, "after")
        server.heal()
        await keeper.has(2)
        await server.settled()
    assert said(keeper) == ["before", "after"]


# --- trouble ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["close", "garbage", 429, 500, 502])
async def test_the_line_goes_on_asking_whatever_telegram_answers(
    server: Emulator, connection: Connection, told: Surroundings, wrong: int | str
) -> None:
    for method in ("getMe", "deleteWebhook", "getUpdates"):
        server.fail(method, wrong, times=8, retry_after=3)  # type: ignore[arg-type]
    server.say(PERSON, "words")
    keeper = Keeper()
    async with polling(connection, keeper):
        await server.settled(timeout=20)
    assert said(keeper) == ["words"]
    assert told.troubles == []
    pauses = [s for s in told.slept if s >= 1.5][:5]
    assert pauses == ([3.0] * 5 if wrong == 429 else [2.0, 4.0, 8.0, 16.0, 30.0])


async def test_a_line_that_reaches_nobody_goes_on_trying(server: Emulator) -> None:
    told = Surroundings()
    async with (
        connected(server, told, url="http://127.0.0.1:9") as connection,
        polling(connection, Keeper()) as running,
    ):
        await until(lambda: len(told.slept) > 3)
        assert not running.done()


async def test_a_second_poller_is_told_and_the_line_goes_on(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    server.fail("getUpdates", 409, times=3)
    keeper = Keeper()
    server.say(PERSON, "words")
    async with polling(connection, keeper):
        await server.settled()
        assert told.troubles == ["telegram-conflict"]
        assert "telegram-conflict" not in told.settled
        told.now += 400
        server.say(PERSON, "more words")
        await until(lambda: "telegram-conflict" in told.settled)
    assert 10.0 in told.slept


async def test_two_lines_with_one_token_both_tell(server: Emulator) -> None:
    one, two = Surroundings(), Surroundings()
    async with (
        connected(server, one) as first,
        connected(server, two) as second,
        polling(first, Keeper()),
        polling(second, Keeper()),
    ):
        await until(lambda: one.troubles and two.troubles)
    assert {*one.troubles, *two.troubles} == {"telegram-conflict"}


async def test_an_unknown_token_is_told_and_tried_again(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    server.fail("*", 401, times=2)
    keeper = Keeper()
    server.say(PERSON, "words")
    async with polling(connection, keeper):
        await server.settled()
    assert told.troubles == ["telegram-token"]
    assert told.settled == ["telegram-token"]
    assert told.slept.count(60.0) == 2


async def test_troubles_of_an_earlier_run_are_settled(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    async with polling(connection, Keeper()):
        told.now += 400
        server.say(PERSON, "words")
        await server.settled()
        await until(lambda: len(told.settled) == 2)
    assert sorted(told.settled) == ["telegram-conflict", "telegram-token"]


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "getUpdates"])
async def test_an_answer_of_another_kind_is_a_failure_and_has_its_pause(method: str) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.split(" ", 2)[1].partition("?")[0].rpartition("/")[2])
        right = {"getMe": b'{"id":42}', "deleteWebhook": b"true", "getUpdates": b"[]"}
        result = b'"odd"' if asked[-1] == method else right[asked[-1]]
        body = b'{"ok":true,"result":' + result + b"}"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(body))
        writer.write(b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    told = Surroundings()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with connected(None, told, url=url) as connection, polling(connection, Keeper()):
            await until(lambda: asked.count(method) > 3)
    assert told.slept[:3] == [1.0, 2.0, 4.0]


async def test_neither_token_nor_person_is_in_a_log(
    server: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    person = {"id": PERSON, "first_name": "Canary", "username": "canary_handle"}
    keeper = Keeper(failing=lambda _: 1)
    server.say(person, "secret words")
    server.raw(
        {"message": {"message_id": 5, "date": "never", "chat": {"id": PERSON, "type": "private"}}}
    )
    for wrong in (401, 409, 429, 502, "close", "garbage"):
        server.fail("getUpdates", wrong)
    with logged(tmp_path / "log"):
        logging.getLogger().addHandler(caplog.handler)
        async with connected(server) as connection, polling(connection, keeper):
            await server.settled()
    records = [f"{r.getMessage()} {vars(r)} {r.exc_info}" for r in caplog.records]
    shown = " ".join([*records, text_of(tmp_path / "log")])
    assert len(records) >= 8
    for canary in (TOKEN, "canaryToken", str(PERSON), "Canary", "canary_handle", "secret words"):
        assert canary not in shown


# --- beside what is kept ----------------------------------------------------------------------


async def test_a_button_is_answered_before_what_it_means_is_kept(
    server: Emulator, connection: Connection
) -> None:
    server.meet(PERSON)
    options = (Option(label="Yes", pick="0"),)
    await connection.channel.deliver(str(PERSON), Message(id="q", text="?", options=options))
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    async with polling(connection, keeper):
        query = server.press(PERSON, label="Yes")["query_id"]
        await until(lambda: server.query(query)["answered"])
        assert keeper.kept == []


async def test_a_button_that_cannot_be_answered_counts(
    server: Emulator, connection: Connection
) -> None:
    server.meet(PERSON)
    options = (Option(label="Yes", pick="0"),)
    await connection.channel.deliver(str(PERSON), Message(id="q", text="?", options=options))
    server.fail("answerCallbackQuery", 400)
    keeper = Keeper()
    async with polling(connection, keeper):
        server.press(PERSON, label="Yes")
        await server.settled()
    assert events(keeper) == [Chose(revision=0, pick="0")]


async def test_who_waits_sees_that_something_is_being_done(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    keeper = Keeper(gates={str(PERSON): asyncio.Event()})
    async with polling(connection, keeper):
        server.say(PERSON, "words")
        await until(lambda: server.chat(PERSON)["action"] == "typing")
        keeper.gates[str(PERSON)].set()
        await server.settled()
        shown = len(server.calls("sendChatAction"))
        await asyncio.sleep(0.1)
        assert len(server.calls("sendChatAction")) == shown
    assert 1.0 in told.slept


async def test_who_is_answered_at_once_sees_no_sign_of_waiting(
    server: Emulator, connection: Connection
) -> None:
    async with polling(connection, Keeper()):
        server.say(PERSON, "words")
        await server.settled()
    assert server.calls("sendChatAction") == []


async def test_a_group_is_told_once_and_left(server: Emulator, connection: Connection) -> None:
    keeper = Keeper()
    server.add(PERSON, GROUP)
    for number in range(5):
        server.say(PERSON, f"hello {number}", chat=GROUP)
    async with polling(connection, keeper):
        await server.settled()
        await until(lambda: server.calls("leaveChat"))
    assert keeper.kept == []
    assert [one["text"] for one in server.sent()] == ["private only"]


async def test_a_channel_is_left(server: Emulator, connection: Connection) -> None:
    keeper = Keeper()
    channel = {"id": -100_777, "type": "channel", "title": "News"}
    async with polling(connection, keeper):
        await until(lambda: server.queue()["allowed"])
        server.add(PERSON, channel)
        server.say(PERSON, "a post", chat=channel)
        await server.settled()
    assert server.calls("leaveChat")
    assert keeper.kept == []


async def test_who_comes_back_is_named_so_that_what_waits_for_them_is_sent(
    server: Emulator, connection: Connection
) -> None:
    woken: list[str] = []
    async with polling(connection, Keeper(), woken=woken):
        await until(lambda: server.queue()["allowed"])
        server.block(PERSON)
        await server.settled()
        assert woken == []
        server.unblock(PERSON)
        await server.settled()
    assert woken == [str(PERSON)]


async def test_a_fault_beside_does_not_stop_the_line(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper()

    def faulty(*_: object) -> str:
        raise KeyError

    server.add(PERSON, GROUP)
    server.meet(PERSON)
    running = asyncio.create_task(connection.run(keeper.receive, faulty, faulty))
    await until(lambda: server.queue()["allowed"])
    server.block(PERSON)
    server.unblock(PERSON)
    server.say(PERSON, "words")
    await server.settled()
    assert said(keeper) == ["words"]
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_line_stops_when_it_is_told_to(server: Emulator, connection: Connection) -> None:
    async with polling(connection, Keeper()) as running:
        await until(lambda: server.queue()["allowed"])
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
