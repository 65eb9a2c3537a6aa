"""Hands what came in to intake, each person's in its order, and says when it is safe.

Shared by the poller, the stream and the webhook. The bridge brings nothing twice, so what could not
be kept is tried again until it is, also after a webhook was told that it failed, and at the end of
the line gets some seconds more. What the line wants of the bridge beside that (a receipt, an erased
file, a trusted key) happens afterwards: while a webhook waits for its answer, signal-cli answers
nobody. Only files are read then: those lie on the bridge's own disk.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from bot import logs
from bot.channels.signal import files
from bot.channels.signal.decode import NAME, Decoded
from bot.channels.signal.mentions import named
from bot.channels.signal.sending import SignalChannel
from bot.engine.events import Said
from bot.errors import BotError, Refused
from bot.lanes import Lanes
from bot.ports import Incoming, Sleep, Ticks

Receive = Callable[[Incoming], Awaitable[object]]
Resend = Callable[[str], Awaitable[object]]
#: Seconds after which a person sees that something is being done, and how long that is shown.
AWHILE, SHOWN = 1.0, 10.0
#: How often it is shown again, and to how many people at one time.
SHOWINGS, SHOWN_AT_ONCE = 6, 4
#: Seconds until the next try to keep something: doubled each time, up to a limit.
FIRST, LONGEST = 0.5, 30.0
#: How often words are fetched that lie in a file, before the person is asked for them again.
FETCHES = 5
#: Seconds in which one person is asked only once to send something again.
ASKED = 60.0
MOST_ASKED = 10_000
#: Things that are asked of the bridge at one time once something is kept.
AFTERWARDS = 8
#: Seconds that a clean end gives to what is being kept.
HOME_SECONDS = 5.0


class Receiver:
    """Takes decoded notifications. `close` when nothing comes any more."""

    def __init__(
        self,
        channel: SignalChannel,
        *,
        receive: Receive,
        resend: Resend,
        sleep: Sleep,
        ticks: Ticks,
        asks: bool = True,
    ) -> None:
        """Give to `receive`, and a peer whose message could not be read to `resend`.

        `asks`: signal-cli may be asked for something while a notification is being taken.
        """
        self._channel = channel
        self._receive = receive
        self._resend = resend
        self._sleep = sleep
        self._ticks = ticks
        self._asks = asks
        self._lanes = Lanes()
        self._aside: set[asyncio.Task[None]] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self._asked: OrderedDict[str, float] = OrderedDict()
        self._afterwards = asyncio.Semaphore(AFTERWARDS)
        self._shown = 0

    @property
    def number(self) -> str:
        """The line's number."""
        return self._channel.bridge.number

    async def take(self, decoded: Decoded, tries: int | None = None) -> bool:
        """Return True when it is safe; False after so many `tries`, None for any number.

        After False it is still tried, beside whatever else there is to do.
        """
        keeping = self.begin(self._take(decoded))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        if tries is None:
            await asyncio.shield(keeping)
            return True
        limit = sum(FIRST * 2.0**n for n in range(tries))
        waiting = asyncio.ensure_future(self._sleep(limit))
        try:
            await asyncio.wait([keeping, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return keeping.done() and not keeping.cancelled() and keeping.exception() is None

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have something done beside; it ends with `close` at the latest."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        return task

    async def close(self) -> None:
        """Let what is being kept be kept, and end what is still going on beside."""
        if self._keeping:
            await asyncio.wait(set(self._keeping), timeout=HOME_SECONDS)
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)

    # -- one notification --------------------------------------------------------------------

    async def _take(self, decoded: Decoded) -> None:
        peer = decoded.peer
        if peer and decoded.expires is not None:
            self._channel.chose_timer(peer)
        if peer and (decoded.incomings or decoded.resend):
            async with self._lanes.lane(peer.encode()):
                await self._keep(decoded)
        if decoded.untrusted:
            self._later(partial(self._channel.trust, peer))
        if decoded.timestamp:
            self._later(partial(self._channel.read, peer, decoded.timestamp))
        for reference in (*decoded.leftovers, *filter(None, [decoded.long])):
            self._later(partial(self._channel.forget, reference))

    async def _keep(self, decoded: Decoded) -> None:
        showing = self.begin(self._show(decoded.peer)) if self._asks else None
        try:
            incomings = decoded.incomings
            readable = True
            if decoded.long:
                incomings, readable = await self._whole(decoded)
            for incoming in incomings:
                await self._until(partial(self._receive, incoming))
            if (decoded.resend or not readable) and self._may_ask(decoded.peer):
                await self._until(partial(self._resend, decoded.peer))
        finally:
            if showing is not None:
                showing.cancel()

    async def _whole(self, decoded: Decoded) -> tuple[tuple[Incoming, ...], bool]:
        """Return what came in with the words out of their file; without them when they are gone."""
        *rest, last = decoded.incomings
        for number in range(FETCHES):
            try:
                words = await files.words(self._channel.bridge, decoded.long)
            except Refused:
                break
            except BotError as error:
                logs.event("words-not-fetched", channel=NAME, error=type(error).__name__)
                await self._sleep(FIRST * 2.0**number)
            else:
                return (*rest, replace(last, event=Said(text=named(words, decoded.mentions)))), True
        return tuple(rest), False

    async def _until(self, keep: Callable[[], Awaitable[object]]) -> None:
        """Try until it worked."""
        failures = 0
        while True:
            try:
                await keep()
            except Exception as error:  # noqa: BLE001 - not kept is not kept, for whatever reason
                logs.event("update-not-kept", channel=NAME, error=type(error).__name__)
            else:
                return
            await self._sleep(min(FIRST * 2.0 ** min(failures, 10), LONGEST))
            failures += 1

    def _may_ask(self, peer: str) -> bool:
        """Tell whether a person may be asked again: what cannot be read often comes in a row."""
        now = self._ticks()
        if now - self._asked.get(peer, -ASKED) < ASKED:
            return False
        self._asked[peer] = now
        self._asked.move_to_end(peer)
        if len(self._asked) > MOST_ASKED:
            self._asked.popitem(last=False)
        return True

    def _later(self, work: Callable[[], Awaitable[object]]) -> None:
        """Have something asked of the bridge, a few such things at a time."""

        async def ask() -> None:
            async with self._afterwards:
                await work()

        _ = self.begin(ask())

    async def _show(self, peer: str) -> None:
        """Show that something is being done, once it takes a while."""
        await self._sleep(AWHILE)
        if self._shown >= SHOWN_AT_ONCE:
            return  # the line is busy: this would keep it from its work
        self._shown += 1
        try:
            for _ in range(SHOWINGS):
                await self._channel.typing(peer)
                await self._sleep(SHOWN)
        finally:
            self._shown -= 1
