"""A whole line in this process on an emulated Signal bridge: real HTTP, the real loops, one watch.

As `tests.telegram_live`, in the three ways that messages come: a websocket, polls, and a door. Polls
come when a person has written something: they hold up what is sent, and a test would wait for them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.channels.signal import Connection, open_channel
from bot.channels.signal.decode import NAME
from bot.channels.signal.polling import PAUSE
from bot.http import Doors, listening, make_http
from bot.running import Running
from bot.settings import Signal
from bot.troubles import Troubles
from tests.line_made import Draws, Inbox, Made, Watch, made
from tests.signal_server import NUMBER, Emulator, serving
from tests.telegram_live import PATIENCE, Held, Ringing, end, running
from tests.watched import new_keys

SECRET = "5ecret0fad00r"
#: How messages come, and the bridge's mode for it.
MODES = {"websocket": "json-rpc", "poll": "native", "webhook": "json-rpc"}
#: Files of the largest size are made here, so they are small ones.
LARGEST_MB = 1


@dataclass(kw_only=True, repr=False)  # asyncio asks for that with each fixture, in vain
class Live:
    """A line that is up on Signal."""

    line: Made
    server: Emulator
    connection: Connection
    running: Running
    store: Ringing
    held: Held
    receive: str
    gaps: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def heeds(self) -> None:
        """Have what a person does noticed."""
        if self.receive == "poll":
            await self.held.wanted(PAUSE)
        self.held.forward(PAUSE)

    async def said(self) -> None:
        """Wait until everything that there is to say has been said."""
        await self.store.until(self._nothing_to_say)

    async def quiet(self) -> None:
        """Wait until what came is kept, files too, and everything that was said has arrived."""
        await self.server.settled(timeout=PATIENCE)
        await self.store.until(self._nothing_waits)

    async def missed(self) -> None:
        """Tell of a gap, as the service does."""
        await self.running.missed(NAME)
        self.gaps.release()

    async def again(self, peer: str) -> None:
        """Ask for something again, as the service does."""
        await self.running.again(NAME, peer)

    async def _nothing_to_say(self) -> bool:
        return await self.line.app.store.letter_count() == 0

    async def _nothing_waits(self) -> bool:
        store, now = self.line.app.store, int(self.line.watch().timestamp())
        return not await store.fetches(now) and await store.letter_count() == 0


@asynccontextmanager
async def bridge(watch: Watch, receive: str = "websocket") -> AsyncIterator[Emulator]:
    """Serve a bridge whose time is that of a watch."""
    async with serving(mode=MODES[receive], now=lambda: watch().timestamp()) as server:
        yield server


@asynccontextmanager
async def live(
    home: Path,
    server: Emulator,
    watch: Watch,
    *,
    receive: str = "websocket",
    **changes: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[Live]:
    """Bring a line up on Signal; how messages come it finds out itself, unless they are brought."""
    held, keys = Held(), new_keys(home)
    store, troubles = Ringing(home, keys), Troubles(clock=watch)
    settings = Signal(
        on=True,
        number=NUMBER,
        bridge=server.url,
        receive="webhook" if receive == "webhook" else "auto",
        per_second=1_000,
        per_chat=1_000,
    )
    channel = open_channel(
        settings,
        trouble=troubles.note,
        settled=troubles.settle,
        clock=watch,
        sleep=held.sleep,
        ticks=held.ticks,
    )
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(channel)
        line = await stack.enter_async_context(
            made(
                home,
                store=store.store,
                keys=keys,
                watch=watch,
                channels=[cast("Inbox", connection.channel)],
                depots=[connection.channel],
                draws=Draws(watch().isoformat().encode()),
                **{"files": {"largest_mb": LARGEST_MB}, **changes},
            )
        )
        await troubles.begin(store.store)
        up = Live(
            line=line,
            server=server,
            connection=connection,
            running=running(line, troubles),
            store=store,
            held=held,
            receive=receive,
        )
        await stack.enter_async_context(_at_work(up))
        yield up


@asynccontextmanager
async def _at_work(up: Live) -> AsyncIterator[None]:
    """Send and receive while the block runs, and end as a service does."""
    app, connection = up.line.app, up.connection
    app.delivery.sleep, app.delivery.ticks = up.held.sleep, up.held.ticks
    app.fetching.sleep = up.held.sleep
    async with AsyncExitStack() as stack:
        if up.receive == "webhook":
            door = connection.door(SECRET, up.running.receive, up.again)
            webhook, doors = await stack.enter_async_context(door), Doors()
            doors.signal(webhook.take, webhook.opens)
            app_of_door = make_http(ready=lambda: True, doors=doors)
            where = await stack.enter_async_context(listening(app_of_door, "127.0.0.1:0"))
            up.server.webhook(f"http://{where}/signal/{SECRET}")
        work = (
            app.delivery.run(),
            app.fetching.run(),
            connection.run(up.running.receive, up.missed, up.again),
        )
        tasks = [asyncio.create_task(one) for one in work]
        try:
            if up.receive != "poll":  # nobody is in the middle of something yet, and nobody is told
                async with asyncio.timeout(PATIENCE):
                    await up.gaps.acquire()
            yield
        finally:
            await app.delivery.come_home()
            await end(tasks)
