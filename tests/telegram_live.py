"""A whole line in this process on an emulated Telegram: real HTTP, the real loops, one watch.

The line's watch is Telegram's too. Waits of a moment pass by themselves; longer ones (another
poller, "too many requests", a look every minute) last until a test lets them pass. Nobody sleeps:
who waits for the store waits for its next commit.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from bot.channels.telegram import Connection, open_channel
from bot.daily import Daily
from bot.http import WEBHOOK, listening, make_http
from bot.outlets import Outlets
from bot.running import Running
from bot.settings import OUTGOING, Telegram
from bot.smtp import Sender
from bot.troubles import Troubles
from storage.unit import Outcome, Unit
from tests.line_made import Draws, Inbox, Made, Watch, made
from tests.stores import open_file
from tests.telegram_made import until
from tests.telegram_server import Emulator, serving
from tests.watched import Keys, Watched, new_keys

TOKEN = "42:tokenOfABotThatIsEmulated"
SECRET = "s3cret_-of-a-door"
#: Seconds that pass by themselves.
MOMENT = 0.3
#: Seconds after which a test says that it waited in vain.
PATIENCE = 60.0


class Ringing(Watched):
    """A store that wakes who waits for it, whenever something was kept."""

    def __init__(self, home: Path, keys: Keys) -> None:
        super().__init__(open_file(home / "quietline.db", keys[0].identity.sign_bytes))
        self._bell = asyncio.Event()

    async def commit(self, unit: Unit) -> Outcome:
        try:
            return await super().commit(unit)
        finally:
            self._ring()

    async def settle(self, code: str) -> None:
        await self._store.settle(code)
        self._ring()

    async def trouble(self, code: str, day: date) -> None:
        await self._store.trouble(code, day)
        self._ring()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def until(self, true: Callable[[], Awaitable[object]]) -> None:
        """Wait until something is so of what is kept."""
        async with asyncio.timeout(PATIENCE):
            while True:
                bell = self._bell
                if await true():
                    return
                await bell.wait()


@dataclass
class Held:
    """Time in which a moment passes by itself, and more than that when it is let."""

    ahead: float = 0.0
    waits: list[tuple[float, asyncio.Future[None]]] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ticks(self) -> float:
        return time.monotonic() + self.ahead

    async def sleep(self, seconds: float) -> None:
        if seconds <= MOMENT:
            await asyncio.sleep(seconds)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waits.append((seconds, woken))
        self.bell.set()
        await woken

    def forward(self, seconds: float) -> None:
        """Let so much time pass."""
        self.ahead += seconds
        over = [(length, one) for length, one in self.waits if length <= seconds]
        self.waits = [pair for pair in self.waits if pair not in over and not pair[1].done()]
        for _, one in over:
            if not one.done():
                one.set_result(None)

    async def wanted(self, *lengths: float) -> None:
        """Wait until somebody waits for just so long; of two that are the same, two."""
        async with asyncio.timeout(PATIENCE):
            while Counter(lengths) - Counter(s for s, one in self.waits if not one.done()):
                self.bell.clear()
                await self.bell.wait()


@dataclass(kw_only=True, repr=False)  # asyncio asks for that with each fixture, in vain
class Live:
    """A line that is up on Telegram."""

    line: Made
    server: Emulator
    connection: Connection
    running: Running
    store: Ringing
    held: Held
    keys: Keys
    by_hand: bool  # whether files are fetched only when somebody says so

    async def quiet(self) -> None:
        """Wait until what came is kept, files too, and everything that was said has arrived."""
        await self.server.settled(timeout=PATIENCE)
        await self.store.until(self._nothing_waits)

    async def again(self) -> None:
        """Have everything that ever came brought once more, and taken."""
        self.server.redeliver(acknowledged=True)
        await until(lambda: not self.server.world.updates.again, seconds=PATIENCE)
        await self.server.polled(timeout=PATIENCE)
        await self.quiet()

    async def _nothing_waits(self) -> bool:
        store, now = self.line.app.store, int(self.line.watch().timestamp())
        coming = not self.by_hand and await store.fetches(now)
        return not coming and await store.letter_count() == 0

    async def fetch(self) -> None:
        """Fetch what was sent, by hand."""
        assert self.by_hand
        await self.quiet()
        await self.line.app.fetching.round()
        await self.quiet()

    async def troubles(self) -> set[str]:
        """Return what `quietline check` would tell."""
        return {one.code for one in await self.line.app.store.troubles()}


@asynccontextmanager
async def telegram(watch: Watch) -> AsyncIterator[Emulator]:
    """Serve a Telegram whose time is that of a watch."""
    async with serving(token=TOKEN, now=lambda: watch().timestamp()) as server:
        server.backoff(seconds=0.02, most=0.1)
        yield server


@asynccontextmanager
async def live(
    home: Path,
    server: Emulator,
    watch: Watch,
    *,
    keys: Keys | None = None,
    webhook: bool = False,
    per_chat: float = 1_000.0,
    by_hand: bool = False,
    **changes: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[Live]:
    """Bring a line up on Telegram; `keys` and the same home let it go on after a restart."""
    held, keys = Held(), keys or new_keys(home)
    store, troubles = Ringing(home, keys), Troubles(clock=watch)
    settings = Telegram(server=server.url, per_second=1_000, per_chat=per_chat)
    channel = open_channel(
        settings,
        TOKEN,
        trouble=troubles.note,
        settled=troubles.settle,
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
                **changes,
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
            keys=keys,
            by_hand=by_hand,
        )
        await stack.enter_async_context(_at_work(up, webhook=webhook))
        yield up


def running(line: Made, troubles: Troubles) -> Running:
    """Return what a service runs, around a line; its mail goes nowhere."""
    app, mail = line.app, line.app.settings.mail
    outlets = Outlets(
        store=app.store,
        folder=app.home / app.settings.digests,
        copies=app.home / OUTGOING,
        mail=mail,
        alert=app.settings.alert,
        clock=line.watch,
        send=Sender(mail=mail, password="", home=app.home).send,
    )
    daily = Daily(
        store=app.store,
        settings=app.settings,
        home=app.home,
        identity=app.credentials.identity,
        outlets=outlets,
        clock=line.watch,
    )
    return Running(app=app, daily=daily, troubles=troubles, clock=line.watch)


@asynccontextmanager
async def _at_work(up: Live, *, webhook: bool) -> AsyncIterator[None]:
    """Send and receive while the block runs, and end as a service does."""
    app, connection, service = up.line.app, up.connection, up.running
    app.delivery.sleep, app.delivery.ticks = up.held.sleep, up.held.ticks
    app.fetching.sleep = up.held.sleep
    await app.fetching.sweep()
    given = (service.receive, service.reachable, service.group, service.lets_go)
    async with AsyncExitStack() as stack:
        work = [app.delivery.run(), *([] if up.by_hand else [app.fetching.run()])]
        if webhook:
            door = await stack.enter_async_context(connection.door(SECRET, *given))
            app_of_door = make_http(ready=lambda: True, webhook=door.take)
            where = await stack.enter_async_context(listening(app_of_door, "127.0.0.1:0"))
            await connection.register(f"http://{where}{WEBHOOK}", SECRET)
        else:
            work.append(connection.run(*given))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            yield
        finally:
            await app.delivery.come_home()
            await end(tasks)


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End what runs; what ended by itself has failed."""
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [end for end in ends if not isinstance(end, asyncio.CancelledError)]
    assert failed == []
