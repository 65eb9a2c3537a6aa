"""Telegram: decodes what comes, lays out what goes, keeps nothing.

Rules: python-telegram-bot is the transport and nothing more, and only this package knows it. An
update is acknowledged after `receive` has returned, never before. The token and whatever is a
person's never stand in a log, a repr or an error: no error of a library leaves the package.
Private chats only. Time is passed in.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from telegram import Bot

from bot.channels.telegram.depot import TelegramDepot
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.profile import introduce
from bot.channels.telegram.receiving import LetsGo, Receive, Receiver, nothing
from bot.channels.telegram.sending import BURST, TelegramChannel
from bot.channels.telegram.troubles import Tell, Troubles
from bot.channels.telegram.webhook import Webhook, register
from bot.channels.telegram.wire import PATIENCE, Wire
from bot.ports import Rate, Sleep, Ticks
from bot.profile import Profile
from bot.settings import Telegram


class Connection:
    """A line's connection to Telegram: `channel` sends; `run` or `door` receives."""

    def __init__(
        self,
        *,
        channel: TelegramChannel,
        bot: Bot,
        wire: Wire,
        troubles: Troubles,
        sleep: Sleep,
        ticks: Ticks,
    ) -> None:
        """Use `wire` for nothing but polling."""
        self.channel = channel
        self._bot = bot
        self._wire = wire
        self._troubles = troubles
        self._sleep = sleep
        self._ticks = ticks
        self._own = ""

    async def run(
        self,
        receive: Receive,
        wake: Callable[[str], object],
        group: Callable[[], str],
        lets_go: LetsGo = nothing,
    ) -> None:
        """Ask for updates until cancelled.

        Args:
            receive: takes one thing that came in; what it returned from is safe.
            wake: is told a peer who can be written to again.
            group: gives the words said in a chat of more than two, before it is left.
            lets_go: tells whether something that came in need not even be decoded.
        """
        async with self._receiver(receive, wake, group, lets_go) as receiver:
            poller = Poller(
                address=self._bot.base_url,
                wire=self._wire,
                take=receiver.take,
                lets_go=receiver.lets_go,
                troubles=self._troubles,
                sleep=self._sleep,
            )
            await poller.run()

    @asynccontextmanager
    async def door(
        self,
        secret: str,
        receive: Receive,
        wake: Callable[[str], object],
        group: Callable[[], str],
        lets_go: LetsGo = nothing,
    ) -> AsyncIterator[Webhook]:
        """Yield what takes updates that Telegram brings; see `run`, and `register`."""
        async with self._receiver(receive, wake, group, lets_go) as receiver:
            yield Webhook(secret, receiver, own=lambda: self._own)

    async def register(self, url: str, secret: str) -> None:
        """Have Telegram bring updates to `url`; return when it does, however long that takes."""
        self._own = await register(
            self._bot, url, secret, troubles=self._troubles, sleep=self._sleep
        )

    async def introduce(self, profiles: Sequence[Profile]) -> int:
        """Set commands, descriptions and name where they differ; return how many did."""
        return await introduce(self._bot, profiles)

    @asynccontextmanager
    async def _receiver(
        self,
        receive: Receive,
        wake: Callable[[str], object],
        group: Callable[[], str],
        lets_go: LetsGo,
    ) -> AsyncIterator[Receiver]:
        receiver = Receiver(
            self.channel,
            receive=receive,
            wake=wake,
            group=group,
            lets_go=lets_go,
            sleep=self._sleep,
            ticks=self._ticks,
        )
        try:
            yield receiver
        finally:
            await receiver.close()


@asynccontextmanager
async def open_channel(
    settings: Telegram,
    token: str,
    *,
    trouble: Tell,
    settled: Tell,
    sleep: Sleep = asyncio.sleep,
    ticks: Ticks = time.monotonic,
    patience: float = PATIENCE,
) -> AsyncIterator[Connection]:
    """Yield the connection of a bot; nothing is asked of Telegram yet.

    Args:
        settings: where Telegram is, and how fast we may write.
        token: the bot's.
        trouble: is told a code (`telegram-token`, `telegram-conflict`) while that stands.
        settled: is told the same code when it is over.
        sleep: waits for some seconds.
        ticks: tells seconds of a clock that never goes back.
        patience: seconds to wait for an answer to anything but a poll.
    """
    troubles = Troubles(trouble=trouble, settled=settled, ticks=ticks)
    rate = Rate(overall=settings.per_second, chat=settings.per_chat, burst=BURST)
    async with Wire(patience=patience) as wire, Wire(connections=1) as polling:
        bot = Bot(
            token,
            base_url=f"{settings.server}/bot",
            base_file_url=f"{settings.server}/file/bot",
            request=wire,
            get_updates_request=polling,
        )
        depot = TelegramDepot(bot, wire, local=settings.local, ticks=ticks, patience=patience)
        async with aclosing(depot):
            yield Connection(
                channel=TelegramChannel(
                    bot, rate=rate, troubles=troubles, sleep=sleep, depot=depot
                ),
                bot=bot,
                wire=polling,
                troubles=troubles,
                sleep=sleep,
                ticks=ticks,
            )
