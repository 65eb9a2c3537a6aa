"""Hears what the bridge tells over a websocket: in the mode `json-rpc`.

Whatever comes while nobody listens is lost there, and of a burst some of it, without a word
(bbernhard/signal-cli-rest-api#834). So each time that hearing begins there was a gap, the start of
the line included, and a connection that gives no sign of life counts as closed. Frames are taken as
they come, and kept side by side.
"""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bot import logs
from bot.channels.signal.decode import NAME, decode
from bot.channels.signal.gaps import Gaps
from bot.channels.signal.receiving import Receiver
from bot.channels.signal.troubles import BRIDGE
from bot.channels.signal.wire import CONNECT, Bridge
from bot.channels.troubles import Troubles
from bot.ports import Sleep, Ticks

#: Seconds between two signs of life, and that an answer to one may take: the bridge asks for one
#: every 54 s and never misses it.
PING = 20.0
#: Bytes of a frame: words of 64 KiB, quoted, in the longest way that JSON has.
MOST = 4 << 20
#: Notifications in hand; what comes beside them waits, and may be lost where it waits.
MOST_IN_HAND = 5_000
#: Seconds until the next try: doubled each time, up to a limit, and begun anew after some quiet.
FIRST, LONGEST, QUIET = 1.0, 60.0, 180.0
_CLOSED = (OSError, TimeoutError, WebSocketException, EOFError)
#: Who notices a gap here.
WHO = "stream"


class Stream:
    """The websocket."""

    def __init__(
        self,
        bridge: Bridge,
        receiver: Receiver,
        *,
        gaps: Gaps,
        troubles: Troubles,
        sleep: Sleep,
        ticks: Ticks,
        ping: float,
    ) -> None:
        """Hear `bridge`, and give to `receiver`; `ping` seconds lie between two signs of life."""
        self._bridge = bridge
        self._receiver = receiver
        self._gaps = gaps
        self._troubles = troubles
        self._sleep = sleep
        self._ticks = ticks
        self._ping = ping
        self._in_hand = 0
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Hear until cancelled."""
        self._gaps.open(WHO)
        pause = FIRST
        while True:
            began = self._ticks()
            try:
                await self._hear()
            except _CLOSED as error:
                logs.event("updates-failed", channel=NAME, error=type(error).__name__)
            self._gaps.open(WHO)
            if self._ticks() - began > QUIET:
                pause = FIRST
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST)

    async def _hear(self) -> None:
        """Hear as long as the connection stands."""
        address = self._bridge.address.replace("http", "ws", 1) + self._bridge.own("/v1/receive")
        try:
            connection = await connect(
                address,
                open_timeout=CONNECT,
                ping_interval=self._ping,
                ping_timeout=self._ping,
                close_timeout=1.0,
                max_size=MOST,
                max_queue=None,
                compression=None,
                proxy=None,
                user_agent_header=None,
            )
        except _CLOSED:
            await self._troubles.rise(BRIDGE)
            raise
        async with connection:
            await self._troubles.ease(BRIDGE)
            self._gaps.over(WHO)
            await self._listen(connection)

    async def _listen(self, connection: ClientConnection) -> None:
        async for frame in connection:
            while self._in_hand >= MOST_IN_HAND:
                self._room.clear()
                self._gaps.open(WHO)
                await self._room.wait()
            self._gaps.over(WHO)
            try:
                notification = json.loads(frame)
            except (ValueError, RecursionError):
                logs.event("updates-broken", channel=NAME)
                self._gaps.open(WHO)
                self._gaps.over(WHO)
                continue
            self._in_hand += 1
            _ = self._receiver.begin(self._one(notification))

    async def _one(self, notification: object) -> None:
        try:
            await self._receiver.take(decode(notification, self._bridge.number))
        finally:
            self._in_hand -= 1
            self._room.set()
