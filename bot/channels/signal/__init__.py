"""Signal, through a bridge of our own (signal-cli-rest-api): decodes, lays out, keeps nothing.

Rules: only this package knows the bridge. What came in is safe when `receive` has returned, never
before; what the bridge may have lost is told (`gap`), and what it could not read is asked for again
(`resend`). No uuid, number, text or address ever stands in a log, a repr or an error: no error of a
library leaves the package. People are their `sourceUuid`. Chats of two only. Time is passed in.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.channels.signal.gaps import Gaps, Tell
from bot.channels.signal.polling import Poller
from bot.channels.signal.receiving import Receive, Receiver, Resend
from bot.channels.signal.sending import BURST, SignalChannel
from bot.channels.signal.stream import PING, Stream
from bot.channels.signal.troubles import CALM
from bot.channels.signal.watching import Hold, Watch, receives
from bot.channels.signal.webhook import Webhook
from bot.channels.signal.wire import HOLD, PATIENCE, Bridge
from bot.channels.troubles import Note, Troubles
from bot.ports import Clock, Rate, Sleep, Ticks
from bot.settings import Signal


class Connection:
    """A line's connection to Signal: `channel` sends and fetches; `run` and `door` receive."""

    def __init__(
        self,
        *,
        settings: Signal,
        channel: SignalChannel,
        bridge: Bridge,
        troubles: Troubles,
        sleep: Sleep,
        ticks: Ticks,
        hold: float,
        ping: float,
    ) -> None:
        """Receive over the same bridge through which `channel` sends."""
        self.channel = channel
        self._settings = settings
        self._bridge = bridge
        self._troubles = troubles
        self._sleep = sleep
        self._ticks = ticks
        self._hold = hold
        self._ping = ping

    async def run(self, receive: Receive, gap: Tell, resend: Resend) -> None:
        """Receive until cancelled, in the way that the settings or the bridge's mode ask for.

        With `receive = "webhook"` messages come through `door`, and this only watches the bridge:
        run it beside the door.

        Args:
            receive: takes one thing that came in; what it returned from is safe.
            gap: is told, once for each, that messages of whomever may have been lost.
            resend: is told a peer whose message could not be read: ask them to send it again.
        """
        gaps = Gaps(gap, sleep=self._sleep)
        watch = Watch(self._bridge, gaps=gaps, troubles=self._troubles, sleep=self._sleep)
        try:
            match await receives(self._settings, self._bridge, self._sleep):
                case "poll":
                    async with self._receiver(receive, resend) as receiver:
                        poller = Poller(
                            self._bridge,
                            receiver,
                            gaps=gaps,
                            troubles=self._troubles,
                            sleep=self._sleep,
                            hold=self._hold,
                        )
                        await poller.run()
                case "webhook":
                    hold = Hold(self._bridge, gaps=gaps, sleep=self._sleep)
                    await asyncio.gather(watch.run(), hold.run())
                case _:
                    async with self._receiver(receive, resend) as receiver:
                        stream = Stream(
                            self._bridge,
                            receiver,
                            gaps=gaps,
                            troubles=self._troubles,
                            sleep=self._sleep,
                            ticks=self._ticks,
                            ping=self._ping,
                        )
                        await asyncio.gather(stream.run(), watch.run())
        finally:
            await gaps.close()

    @asynccontextmanager
    async def door(self, secret: str, receive: Receive, resend: Resend) -> AsyncIterator[Webhook]:
        """Yield what takes messages that the bridge brings (its RECEIVE_WEBHOOK_URL); see `run`.

        The address that the bridge is given ends in `secret`: it sends no header.
        """
        async with self._receiver(receive, resend, asks=False) as receiver:
            yield Webhook(secret, receiver)

    @asynccontextmanager
    async def _receiver(
        self, receive: Receive, resend: Resend, *, asks: bool = True
    ) -> AsyncIterator[Receiver]:
        receiver = Receiver(
            self.channel,
            receive=receive,
            resend=resend,
            sleep=self._sleep,
            ticks=self._ticks,
            asks=asks,
        )
        try:
            yield receiver
        finally:
            await receiver.close()


@asynccontextmanager
async def open_channel(  # noqa: PLR0913 - what a test makes faster is given by name
    settings: Signal,
    *,
    trouble: Note,
    settled: Note,
    clock: Clock,
    challenged: Callable[[str], object] = lambda _: None,
    sleep: Sleep = asyncio.sleep,
    ticks: Ticks = time.monotonic,
    patience: float = PATIENCE,
    hold: float = HOLD,
    ping: float = PING,
) -> AsyncIterator[Connection]:
    """Yield the connection of a line; nothing is asked of the bridge yet.

    Args:
        settings: where the bridge is, the line's number, and how fast we may write.
        trouble: is told a code (`signal-bridge`, `signal-account`, `signal-challenge`,
            `signal-identity`) while that stands.
        settled: is told the same code when it is over.
        challenged: is told the token of a challenge, which `quietline signal challenge` needs.
        clock: the time now; only messages younger than a day can be taken back.
        sleep: waits for some seconds.
        ticks: tells seconds of a clock that never goes back.
        patience: seconds to wait for an answer of the bridge.
        hold: the same for a poll, in which the bridge also downloads files.
        ping: seconds between two signs of life on a websocket.
    """
    troubles = Troubles(CALM, trouble=trouble, settled=settled, ticks=ticks)
    rate = Rate(overall=settings.per_second, chat=settings.per_chat, burst=BURST)
    async with Bridge(settings, troubles=troubles, patience=patience) as bridge:
        channel = SignalChannel(
            bridge,
            settings,
            rate=rate,
            troubles=troubles,
            challenged=challenged,
            clock=clock,
            ticks=ticks,
        )
        yield Connection(
            settings=settings,
            channel=channel,
            bridge=bridge,
            troubles=troubles,
            sleep=sleep,
            ticks=ticks,
            hold=hold,
            ping=ping,
        )
