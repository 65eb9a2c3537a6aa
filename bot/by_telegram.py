"""Telegram as a way of talking: it brings updates to a door, or is asked for them.

Only a line that talks on Telegram loads this file, and its library with it (see `ways`).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels import telegram
from bot.channels.telegram.receiving import LetsGo, Receive
from bot.hearing import Hearing
from bot.http import Doors
from bot.ports import TELEGRAM, Channel, Depot
from bot.profile import Profile
from bot.settings import Settings
from bot.troubles import Troubles
from storage.credentials import Credentials, read_secret


@asynccontextmanager
async def opened_telegram(
    settings: Settings, *, secrets: Path, troubles: Troubles
) -> AsyncIterator["OnTelegram"]:
    """Open Telegram; nothing is asked of it yet.

    Raises:
        MissingCredential: the token is not there.
    """
    async with telegram.open_channel(
        settings.telegram,
        read_secret(secrets, TELEGRAM),
        trouble=troubles.note,
        settled=troubles.settle,
    ) as connection:
        yield OnTelegram(settings, connection)


class OnTelegram:
    """Telegram: it brings updates to a door, or is asked for them."""

    def __init__(self, settings: Settings, connection: telegram.Connection) -> None:
        self._url = settings.telegram.webhook
        self._connection = connection

    @property
    def channel(self) -> Channel:
        """What sends."""
        return self._connection.channel

    @property
    def depot(self) -> Depot:
        """What hands over files."""
        return self._connection.channel

    @asynccontextmanager
    async def door(self, line: Hearing, own: Credentials, doors: Doors) -> AsyncIterator[None]:
        """Open the door for updates, with a webhook only."""
        if not self._url:
            yield
            return
        door = self._connection.door(_telegram(own), *_heard_by(line))
        async with door as webhook:
            doors.telegram(webhook.take, webhook.opens)
            yield

    async def work(self, line: Hearing, own: Credentials) -> None:
        """Have updates brought, or ask for them."""
        if self._url:
            await self._connection.register(self._url, _telegram(own))
        else:
            await self._connection.run(*_heard_by(line))

    async def introduce(self, profiles: Sequence[Profile]) -> None:
        """Set name, descriptions and commands."""
        await self._connection.introduce(profiles)


def _heard_by(
    line: Hearing,
) -> tuple[Receive, Callable[[str], object], Callable[[], str], LetsGo]:
    return line.receive, line.reachable, line.group, line.lets_go


def _telegram(own: Credentials) -> str:
    return own.derive("telegram webhook").hex()  # never written down
