"""Buttons that are pressed without end: one chat's answers stand before nobody else's letters."""

import asyncio
from types import SimpleNamespace
from typing import cast

from bot.channels.telegram.decode import Decoded
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.sending import TelegramChannel
from bot.engine.events import Chose
from bot.limits import Flood
from bot.ports import Incoming, Message, Option
from tests.telegram_made import TOKEN, Keeper, connected, polling, until
from tests.telegram_server import serving

HASTY, OTHER = 5_560_001, 5_560_002
PRESSES, MOST = 200, Flood().most
ASKED = Message(id="q", text="?", options=(Option(label="Yes", pick="0"),))


async def test_buttons_of_one_chat_are_answered_one_by_one_and_of_others_beside() -> None:
    gates = {str(number): asyncio.Event() for number in range(3)}
    begun: list[str] = []

    async def answer(callback: str) -> None:
        begun.append(callback)
        await gates[callback].wait()

    receiver = Receiver(
        cast("TelegramChannel", SimpleNamespace(answer=answer)),
        receive=Keeper().receive,
        wake=str,
        group=str,
        sleep=asyncio.sleep,
        ticks=lambda: 0.0,
    )
    for callback, person in (("0", HASTY), ("1", HASTY), ("2", OTHER)):
        pressed = Incoming(
            channel="telegram",
            peer=str(person),
            event_id=callback,
            event=Chose(revision=1, pick="0"),
        )
        assert await receiver.take(Decoded(incomings=(pressed,), callback=callback))
    await until(lambda: begun == ["0", "2"])
    gates["0"].set()
    await until(lambda: begun == ["0", "2", "1"])
    await receiver.close()


async def test_who_presses_without_end_is_not_answered_without_end() -> None:
    keeper = Keeper()
    async with serving(token=TOKEN) as server, connected(server) as connection:
        for person in (HASTY, OTHER):
            server.meet(person)
            await connection.channel.deliver(str(person), ASKED)
        hasty = [server.press(HASTY, label="Yes")["query_id"] for _ in range(PRESSES)]
        other = server.press(OTHER, label="Yes")["query_id"]
        async with polling(connection, keeper):
            await keeper.has(PRESSES + 1)
            await until(lambda: server.query(other)["answered"])
            await until(lambda: all(server.query(query)["answered"] for query in hasty[:MOST]))
        assert not any(server.query(query)["answered"] for query in hasty[MOST:])
