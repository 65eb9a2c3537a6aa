"""Hands what came in to intake, each chat in its order, and says when it is safe.

Shared by the poller and the webhook. A button is answered first, since Telegram gives it a few
seconds; whether that works matters to nobody, and who presses without end is not answered without
end: that would stand before everybody's letters. What could not be kept is tried again until it is:
an update that is not safe is not finished, and one of several things only when all are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot import logs
from bot.channels.telegram.decode import NAME, Decoded
from bot.channels.telegram.glance import glance
from bot.channels.telegram.sending import TelegramChannel
from bot.lanes import Lanes
from bot.limits import Flood
from bot.ports import Incoming, Sleep, Ticks

Receive = Callable[[Incoming], Awaitable[object]]
LetsGo = Callable[[Incoming], bool]
#: Seconds after which a person sees that something is being done, and how long that is shown.
AWHILE, SHOWN = 1.0, 5.0
#: How often it is shown again.
SHOWINGS = 12
#: People who see it at one time.
SHOWN_AT_ONCE = 4
#: Seconds until the next try to keep something: doubled each time, up to a limit.
FIRST, LONGEST = 0.5, 30.0


def nothing(_: Incoming) -> bool:
    """Let nothing go."""
    return False


class Receiver:
    """Takes decoded updates. `close` when nothing comes any more."""

    def __init__(
        self,
        channel: TelegramChannel,
        *,
        receive: Receive,
        wake: Callable[[str], object],
        group: Callable[[], str],
        lets_go: LetsGo = nothing,
        sleep: Sleep,
        ticks: Ticks,
    ) -> None:
        """Give to `receive`; `wake` gets a peer who may be written to again.

        `group` is what is said in a chat of more than two before the bot leaves it; `lets_go` tells
        of what came in whether too much came from its chat: nobody decodes that.
        """
        self._channel = channel
        self._receive = receive
        self._wake = wake
        self._group = group
        self._lets_go = lets_go
        self._sleep = sleep
        self._ticks = ticks
        self._presses = Flood()  # as many as intake takes
        self._answers = Lanes()  # one at a time in each chat: many would stand before all others
        self._lanes = Lanes()
        self._aside: set[asyncio.Task[None]] = set()
        self._leaving: set[str] = set()
        self._shown = 0

    async def take(self, decoded: Decoded, tries: int | None = None) -> bool:
        """Return True when an update is safe; False after so many `tries`, None for any number."""
        try:
            await self._beside(decoded)
        except Exception as error:  # noqa: BLE001 - what is beside must not stop what is kept
            logs.event("update-half-taken", channel=NAME, error=type(error).__name__)
        if not decoded.incomings:
            return True
        async with self._lanes.lane(decoded.incomings[0].peer.encode()):
            for incoming in decoded.incomings:
                if not await self._keep(incoming, tries):
                    return False
        return True

    def lets_go(self, update: object, number: int) -> bool:
        """Tell whether an update, as it came, needs no more than this; there is nothing to keep."""
        seen = glance(update, number)
        if seen is None or not self._lets_go(seen.incomings[0]):
            return False
        self._answer(seen)
        return True

    async def close(self) -> None:
        """End what is still going on beside."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)

    async def _beside(self, decoded: Decoded) -> None:
        """Do what an update wants besides being kept."""
        self._answer(decoded)
        if decoded.refuse:
            await self._leave(decoded.refuse)
        if decoded.unblocked:
            self._wake(decoded.unblocked)

    def _answer(self, decoded: Decoded) -> None:
        """Answer a button, unless too many were pressed."""
        if not decoded.callback:
            return
        peer = decoded.incomings[0].peer if decoded.incomings else decoded.refuse
        if self._presses.take(peer.encode(), self._ticks()) is Flood.Answer.YES:
            _ = self._begin(self._answer_in_turn(peer, decoded.callback))

    async def _answer_in_turn(self, peer: str, callback: str) -> None:
        async with self._answers.lane(peer.encode()):
            await self._channel.answer(callback)

    async def _keep(self, incoming: Incoming, tries: int | None) -> bool:
        showing = self._begin(self._show(incoming.peer))
        try:
            failures = 0
            while not await self._try(incoming):
                failures += 1
                if failures == tries:
                    return False
                await self._sleep(min(FIRST * 2.0 ** min(failures - 1, 10), LONGEST))
            return True
        finally:
            showing.cancel()

    async def _try(self, incoming: Incoming) -> bool:
        try:
            await self._receive(incoming)
        except Exception as error:  # noqa: BLE001 - not kept is not kept, for whatever reason
            logs.event("update-not-kept", channel=NAME, error=type(error).__name__)
            return False
        return True

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

    async def _leave(self, chat: str) -> None:
        """Leave a chat, once for all of what came from it in the meantime."""
        if chat in self._leaving:
            return
        self._leaving.add(chat)
        try:
            await self._channel.leave(chat, self._group())
        finally:
            self._leaving.discard(chat)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        return task
