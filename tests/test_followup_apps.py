"""Replies of staff on the emulated apps: each failure has its outcome, and nothing is sent again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from bot.engine.events import Said
from bot.ports import Incoming
from tests import signal_made, telegram_made
from tests.caseworker import TEXT, Caseworker
from tests.line_made import Inbox, Made, made
from tests.signal_server import Emulator as Bridge
from tests.signal_server import serving as serving_signal
from tests.signal_server import uuid_of
from tests.telegram_server import Emulator as Telegram
from tests.telegram_server import serving as serving_telegram

PERSON = 5_550_001
LONG = " ".join(f"This is sentence {number} of a long answer." for number in range(400))


@asynccontextmanager
async def on_telegram(home: Path) -> AsyncIterator[tuple[Made, Telegram, Caseworker]]:
    async with serving_telegram(token=telegram_made.TOKEN) as server:
        server.meet({"id": PERSON, "first_name": "Anna"})
        async with (
            telegram_made.connected(server, telegram_made.Surroundings()) as connection,
            made(home, channels=[cast("Inbox", connection.channel)]) as line,
        ):
            yield line, server, Caseworker(line)


@asynccontextmanager
async def on_signal(home: Path) -> AsyncIterator[tuple[Made, Bridge, Caseworker]]:
    async with serving_signal(mode="native") as bridge:
        bridge.meet(7)
        async with (
            signal_made.connected(bridge, signal_made.Surroundings()) as connection,
            made(home, channels=[cast("Inbox", connection.channel)]) as line,
        ):
            yield line, bridge, Caseworker(line)


def texts(emulator: Telegram | Bridge, person: int) -> list[str]:
    return [one["text"] for one in emulator.chat(person)["messages"]]


async def rounds(line: Made) -> None:
    """Have it tried again and again."""
    line.app.followup.ticks = iter(range(0, 10**9, 1_000)).__next__
    for _ in range(4):
        await line.app.followup.round()


async def answered(line: Made, channel: str, peer: str) -> None:
    """Have the person answer in the chat."""
    event = Said(text="He is with our aunt.")
    await line.app.intake.receive(Incoming(channel=channel, peer=peer, event_id="1", event=event))


async def breaking(bridge: Bridge, *, after: int) -> None:
    """Have the bridge take no more once so many messages are there."""
    while len(texts(bridge, 7)) < after:
        await bridge.wait(7, count=len(texts(bridge, 7)) + 1)
    bridge.fail("send", "RATE_LIMIT_FAILURE")


# --- Telegram --------------------------------------------------------------------------------------


async def test_on_telegram_a_reply_stands_there_once_and_can_be_answered(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (line, server, staff):
        await staff.writes_to("telegram", str(PERSON))
        await rounds(line)
        [text] = texts(server, PERSON)
        assert text.startswith(TEXT)
        assert await staff.outcomes() == ["sent"]
        await answered(line, "telegram", str(PERSON))
        assert len(await staff.answers()) == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "times"),
    [(403, "blocked", 0), (502, "unknown", 0), (429, "sent", 1)],
)
async def test_on_telegram_each_refusal_has_its_outcome(
    tmp_path: Path, fault: int, outcome: str, times: int
) -> None:
    async with on_telegram(tmp_path) as (line, server, staff):
        await staff.writes_to("telegram", str(PERSON))
        server.fail("sendMessage", fault, times=1, chat=PERSON)
        await rounds(line)
        assert await staff.outcomes() == [outcome]
        assert len(texts(server, PERSON)) == times


async def test_on_telegram_a_long_reply_that_breaks_off_is_unknown(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (line, server, staff):
        await staff.writes_to("telegram", str(PERSON), LONG)
        server.limits(chat=0.001, burst=1)  # the second piece would have to wait for long
        await rounds(line)
        assert await staff.outcomes() == ["unknown"]
        assert len(texts(server, PERSON)) == 1
        assert await line.app.store.chats() == ()


# --- Signal ----------------------------------------------------------------------------------------


async def test_on_signal_a_reply_stands_there_once_and_can_be_answered(tmp_path: Path) -> None:
    async with on_signal(tmp_path) as (line, bridge, staff):
        await staff.writes_to("signal", uuid_of(7), LONG)
        await rounds(line)
        cut = texts(bridge, 7)
        assert len(cut) > 5
        assert all(one.endswith((".", "/stop.")) for one in cut)
        assert await staff.outcomes() == ["sent"]
        await answered(line, "signal", uuid_of(7))
        assert len(await staff.answers()) == 1


async def test_on_signal_another_key_is_not_trusted_for_a_reply(tmp_path: Path) -> None:
    async with on_signal(tmp_path) as (line, bridge, staff):
        await staff.writes_to("signal", uuid_of(7))
        bridge.fail("send", "IDENTITY_FAILURE")
        await rounds(line)
        assert await staff.outcomes() == ["key-changed"]
        assert [call["name"] for call in bridge.calls()] == ["send"]
        assert texts(bridge, 7) == []


async def test_on_signal_who_is_gone_is_blocked(tmp_path: Path) -> None:
    async with on_signal(tmp_path) as (line, bridge, staff):
        await staff.writes_to("signal", uuid_of(7))
        bridge.fail("send", "UNREGISTERED_FAILURE")
        await rounds(line)
        assert await staff.outcomes() == ["blocked"]


async def test_on_signal_a_long_reply_that_breaks_off_is_unknown_and_not_gone_on_with(
    tmp_path: Path,
) -> None:
    async with on_signal(tmp_path) as (line, bridge, staff):
        await staff.writes_to("signal", uuid_of(7), LONG)
        bridge.delay(seconds=0.05)
        await asyncio.gather(rounds(line), breaking(bridge, after=2))
        bridge.delay(seconds=0)
        assert await staff.outcomes() == ["unknown"]
        there = len(texts(bridge, 7))
        assert there == 2
        await staff.writes_to("signal", uuid_of(7), LONG)  # staff chose to write it again
        await rounds(line)
        assert await staff.outcomes() == ["unknown", "sent"]
        assert texts(bridge, 7)[there].startswith("This is sentence 0 ")
