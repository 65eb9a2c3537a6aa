"""Who writes much: what was written while the line was down is no haste, and nobody waits unsaid."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.events import Said
from bot.limits import Flood
from bot.ports import Incoming, Rate
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.unit import Outcome
from tests.line_made import Inbox, Made, made
from tests.watched import Watched, new_keys

MOST = Flood().most


async def writes(line: Made, count: int, sent: list[int]) -> list[Outcome | None]:
    """Bring messages of one person; return what became of each."""
    outcomes = []
    for number in range(count):
        come = Incoming(
            channel="test",
            peer="person",
            event_id=str(number),
            event=Said(text=f"piece {number}"),
            sent=sent[number],
        )
        outcomes.append(await line.app.intake.receive(come))
    return outcomes


def hasty() -> Inbox:
    return Inbox(rate=Rate(chat=1e6, burst=1_000))


async def test_what_was_written_over_hours_of_an_outage_is_all_taken(tmp_path: Path) -> None:
    async with made(tmp_path, channels=[hasty()]) as line:
        now = int(line.watch().timestamp())
        sent = [now - 7_200 + 30 * number for number in range(3 * MOST)]
        assert set(await writes(line, 3 * MOST, sent)) == {Outcome.COMMITTED}


@pytest.mark.parametrize("when", ["at-once", "unknown", "to-come"])
async def test_what_was_written_at_once_is_a_flood(tmp_path: Path, when: str) -> None:
    async with made(tmp_path, channels=[hasty()]) as line:
        now = int(line.watch().timestamp())
        moment = {"at-once": now - 600, "unknown": 0, "to-come": now + 600}[when]
        sent = [moment + (number if when == "to-come" else 0) * 30 for number in range(MOST + 3)]
        outcomes = await writes(line, MOST + 3, sent)
        assert outcomes == [Outcome.COMMITTED] * MOST + [None] * 3


async def test_who_could_not_be_told_to_wait_is_told_by_the_next_message(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    inbox = hasty()
    async with made(tmp_path, store=store.store, keys=keys, channels=[inbox]) as line:
        await writes(line, MOST, [0] * MOST)
        await line.deliver()
        inbox.take("person")
        store.fails = lambda _: DatabaseFailed("x")
        come = Incoming(channel="test", peer="person", event_id="a", event=Said(text="more"))
        with pytest.raises(DatabaseFailed):
            await line.app.intake.receive(come)
        store.fails = lambda _: None
        for event_id in "abc":
            assert await line.app.intake.receive(replace(come, event_id=event_id)) is None
        await line.deliver()
        assert [message.id for message in inbox.take("person")] == ["wait"]
