"""Buttons that are pressed without end: one chat's answers stand before nobody else's letters."""

from bot.limits import Flood
from bot.ports import Message, Option
from tests.telegram_made import TOKEN, Keeper, connected, polling, until
from tests.telegram_server import serving

HASTY, OTHER = 5_560_001, 5_560_002
PRESSES, MOST = 200, Flood().most
ASKED = Message(id="q", text="?", options=(Option(label="Yes", pick="0"),))


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
