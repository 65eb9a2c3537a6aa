"""A line's connection to an emulated Telegram, and an intake that is told when to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.channels.telegram import Connection, open_channel
from bot.errors import NotKept
from bot.ports import Incoming
from bot.settings import Telegram
from tests.telegram_server import Emulator

TOKEN = "42:canaryTokenSecret"
SPEED = 200.0


@dataclass(kw_only=True)
class Surroundings:
    """What a connection is given, and what it told."""

    troubles: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    passing: Callable[[float], object] = lambda _: None
    now: float = 1_000.0

    async def trouble(self, code: str) -> None:
        self.troubles.append(code)

    async def settle(self, code: str) -> None:
        self.settled.append(code)

    async def sleep(self, seconds: float) -> None:
        """Let time pass faster, and remember how much was asked for."""
        self.slept.append(seconds)
        self.passing(seconds)
        await asyncio.sleep(seconds / SPEED)

    def ticks(self) -> float:
        return self.now


@dataclass(kw_only=True)
class Keeper:
    """Keeps what comes in. `failing` says how often each update is refused first."""

    kept: list[Incoming] = field(default_factory=list)
    seen: list[Incoming] = field(default_factory=list)
    failing: Callable[[Incoming], int] = lambda _: 0
    gates: dict[str, asyncio.Event] = field(default_factory=dict)  # by peer
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, incoming: Incoming) -> None:
        self.seen.append(incoming)
        if incoming.peer in self.gates:
            await self.gates[incoming.peer].wait()
        if self.seen.count(incoming) <= self.failing(incoming):
            raise NotKept("StoreClosed")
        self.kept.append(incoming)
        self.news.set()

    async def has(self, count: int) -> None:
        """Wait until so much was kept."""
        async with asyncio.timeout(20):
            while len(self.kept) < count:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def connected(
    server: Emulator | None,
    told: Surroundings | None = None,
    *,
    url: str = "",
    patience: float = 20.0,
    local: bool = False,
) -> AsyncIterator[Connection]:
    """Yield a connection to the emulator, or to wherever `url` says; `local`: as if it were ours."""
    told = told or Surroundings()
    async with open_channel(
        Telegram(server=url or (server.url if server else ""), local=local),
        TOKEN,
        trouble=told.trouble,
        settled=told.settle,
        sleep=told.sleep,
        ticks=told.ticks,
        patience=patience,
    ) as connection:
        yield connection


@asynccontextmanager
async def polling(
    connection: Connection, keeper: Keeper, *, woken: list[str] | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a connection while the block does."""
    wake = (woken if woken is not None else []).append
    running = asyncio.create_task(connection.run(keeper.receive, wake, lambda: "private only"))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.005)
