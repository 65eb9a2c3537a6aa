"""A line's connection to an emulated Signal bridge, and what it was told about gaps and people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.channels.signal import Connection, open_channel
from bot.settings import Signal
from tests.signal_server import NUMBER, Emulator
from tests.telegram_made import SPEED, Keeper, until
from tests.telegram_made import Surroundings as Plain

__all__ = ["Heard", "Surroundings", "connected", "receiving", "until"]


@dataclass(kw_only=True)
class Surroundings(Plain):
    """What a connection is given, and what it told."""

    challenges: list[str] = field(default_factory=list)
    at: datetime | None = None  # the time now, where a test says so
    speed: float = SPEED

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds / self.speed)


@dataclass(kw_only=True)
class Heard(Keeper):
    """Keeps what comes in, counts gaps, and remembers who was asked to send something again."""

    gaps: int = 0
    asked: list[str] = field(default_factory=list)
    deaf: int = 0  # how often a gap cannot be told

    async def gap(self) -> None:
        if self.deaf:
            self.deaf -= 1
            raise OSError
        self.gaps += 1

    async def resend(self, peer: str) -> None:
        self.asked.append(peer)


@asynccontextmanager
async def connected(
    emulator: Emulator | None,
    told: Surroundings | None = None,
    *,
    patience: float = 20.0,
    hold: float = 30.0,
    ping: float = 20.0,
    **settings: object,
) -> AsyncIterator[Connection]:
    """Yield a connection to the emulator, or to wherever the settings say."""
    told = told or Surroundings()
    given = {"on": True, "number": NUMBER, **settings}
    if emulator is not None:
        given.setdefault("bridge", emulator.url)
    async with open_channel(
        Signal.model_validate(given),
        trouble=told.trouble,
        settled=told.settle,
        challenged=told.challenges.append,
        clock=lambda: told.at or datetime.now(UTC),
        sleep=told.sleep,
        ticks=told.ticks,
        patience=patience,
        hold=hold,
        ping=ping,
    ) as connection:
        yield connection


@asynccontextmanager
async def receiving(connection: Connection, heard: Heard) -> AsyncIterator[asyncio.Task[None]]:
    """Run a connection while the block does."""
    running = asyncio.create_task(connection.run(heard.receive, heard.gap, heard.resend))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
