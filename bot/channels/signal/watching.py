"""Looks after the bridge where it brings what comes by itself: is it there, and the account?

A bridge that did not answer for a while may have lost what came in that time. One that was started
again has lost what it had in hand: too soon back for a look to notice, it lets go of everybody.
"""

import asyncio
import contextlib
from typing import Literal
from urllib.parse import urlsplit

from bot import logs
from bot.channels.signal.decode import NAME
from bot.channels.signal.gaps import Gaps
from bot.channels.signal.troubles import ACCOUNT
from bot.channels.signal.wire import CONNECT, Bridge
from bot.channels.troubles import Troubles
from bot.errors import BotError
from bot.ports import Sleep
from bot.settings import Signal

#: Seconds between two looks, and until it is looked again after a failure.
LOOKS, SOON = 30.0, 5.0
#: Seconds until the next try to learn the bridge's mode: doubled each time, up to a limit.
FIRST, LONGEST = 1.0, 60.0
#: How each mode of the bridge gives out what came.
WAYS: dict[str, Literal["poll", "websocket"]] = {
    "json-rpc": "websocket",
    "native": "poll",
    "normal": "poll",
}


async def receives(
    settings: Signal, bridge: Bridge, sleep: Sleep
) -> Literal["poll", "websocket", "webhook"]:
    """Return how messages come: as the settings say, or as the bridge's mode allows.

    Returns only when that is known, however long the bridge is away.
    """
    if settings.receive != "auto":
        return settings.receive
    pause = FIRST
    while True:
        try:
            about = (await bridge.ask("GET", "/v1/about")).read()
        except BotError as error:
            logs.event("updates-failed", channel=NAME, error=type(error).__name__)
        else:
            way = WAYS.get(str(about.get("mode"))) if isinstance(about, dict) else None
            if way is not None:
                return way
        await sleep(pause)
        pause = min(pause * 2, LONGEST)


#: Who notices a gap here.
WHO, HELD = "watch", "hold"
#: Seconds between two connections that are held, and until the next try when there is no bridge.
AGAIN = 1.0
PORTS = {"http": 80, "https": 443}


class Watch:
    """Asks for the accounts: that goes through to signal-cli."""

    def __init__(self, bridge: Bridge, *, gaps: Gaps, troubles: Troubles, sleep: Sleep) -> None:
        """Tell `gaps` of the time in which `bridge` was away."""
        self._bridge = bridge
        self._gaps = gaps
        self._troubles = troubles
        self._sleep = sleep

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._sleep(LOOKS if await self._look() else SOON)

    async def _look(self) -> bool:
        try:
            answer = await self._bridge.ask("GET", "/v1/accounts")
        except BotError:
            self._gaps.open(WHO)
            return False
        accounts = answer.read()
        if not isinstance(accounts, list):
            self._gaps.open(WHO)
            return False
        known = self._bridge.number in accounts
        await (self._troubles.ease(ACCOUNT) if known else self._troubles.rise(ACCOUNT))
        self._gaps.over(WHO)
        return True


class Hold:
    """Holds a connection to the bridge and says nothing: it breaks when the bridge goes.

    One that only was idle for too long (a proxy may mind that) is there again at once: no gap.
    """

    def __init__(self, bridge: Bridge, *, gaps: Gaps, sleep: Sleep) -> None:
        """Tell `gaps` when `bridge` was gone, however soon it is back."""
        self._at = urlsplit(bridge.address)
        self._gaps = gaps
        self._sleep = sleep

    async def run(self) -> None:
        """Hold until cancelled. It brings once: what came while nobody was there is lost."""
        self._gaps.open(HELD)
        while True:
            await self._hold()
            await self._sleep(AGAIN)

    async def _hold(self) -> None:
        """Hold connections, one after the other, as long as there are any to be had."""
        port = self._at.port or PORTS[self._at.scheme]
        safe = self._at.scheme == "https"
        soon = False
        while True:
            try:
                async with asyncio.timeout(CONNECT):
                    reader, writer = await asyncio.open_connection(
                        self._at.hostname, port, ssl=safe
                    )
            except OSError:  # a timeout, too
                self._gaps.open(HELD)
                return
            try:
                self._gaps.over(HELD)
                if soon:  # whoever closes each at once is not asked for one after the other
                    await self._sleep(AGAIN)
                soon = await self._breaks(reader)
            finally:
                writer.close()

    async def _breaks(self, reader: asyncio.StreamReader) -> bool:
        """Return when a connection is over; tell whether that was soon."""
        waiting = asyncio.ensure_future(self._sleep(AGAIN))
        ending = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
            soon = not waiting.done()
            await asyncio.wait({ending})
            with contextlib.suppress(OSError):
                ending.result()
        finally:
            waiting.cancel()
            ending.cancel()
        return soon
