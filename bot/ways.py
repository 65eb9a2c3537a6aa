"""The chat apps a line talks in: each is one object with a channel, a door, work and a profile.

Rules of this file: what differs between chat apps is in the app's own package or here, and nowhere
else in the running line. A way keeps nothing; what it hears goes to the one who runs it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.channels import signal, telegram
from bot.channels.signal.decode import NAME as SIGNAL
from bot.channels.telegram.decode import NAME as TELEGRAM
from bot.errors import NoChannel
from bot.http import Doors
from bot.ports import Channel, Clock, Depot, Incoming
from bot.profile import Profile
from bot.settings import Settings
from bot.troubles import Troubles
from storage import disk
from storage.credentials import Credentials, read_secret

#: Where a challenge of Signal waits for `quietline signal challenge`, in the home: no secret.
CHALLENGE = Path("logs") / "signal.challenge"
#: Hexadecimal digits of the address that the bridge brings messages to.
DIGITS = 32


class Hearing(Protocol):
    """What takes what a way hears: the running line."""

    async def receive(self, incoming: Incoming) -> None:
        """Take one event; it is safe when this returns."""
        ...

    def reachable(self, peer: str) -> None:
        """Bring what waits for a person on Telegram who can be written to again."""
        ...

    def group(self) -> str:
        """Return what is said where more than one person could read along."""
        ...

    async def missed(self, channel: str) -> None:
        """Tell people in the middle of something that a message may have been lost."""
        ...

    async def again(self, channel: str, peer: str) -> None:
        """Ask a person to send again what could not be read."""
        ...


class Way(Protocol):
    """One chat app."""

    @property
    def channel(self) -> Channel:
        """What sends."""
        ...

    @property
    def depot(self) -> Depot:
        """What hands over files."""
        ...

    def door(
        self, line: Hearing, own: Credentials, doors: Doors
    ) -> AbstractAsyncContextManager[None]:
        """Open the app's door, if the settings ask for one, until the block ends."""
        ...

    async def work(self, line: Hearing, own: Credentials) -> None:
        """Receive until cancelled; that the app is away is no reason to stop."""
        ...

    async def introduce(self, profiles: Sequence[Profile]) -> None:
        """Say what the line says of itself before anyone has written."""
        ...


@asynccontextmanager
async def opened_ways(
    settings: Settings, *, home: Path, secrets: Path, troubles: Troubles, clock: Clock
) -> AsyncIterator[tuple[Way, ...]]:
    """Open every chat app that is switched on; nothing is asked of any yet.

    Raises:
        NoChannel: none is. MissingCredential: a secret of one is not there.
    """
    if not (settings.telegram.on or settings.signal.on):
        raise NoChannel
    async with AsyncExitStack() as stack:
        ways: list[Way] = []
        if settings.telegram.on:
            connection = await stack.enter_async_context(
                telegram.open_channel(
                    settings.telegram,
                    read_secret(secrets, TELEGRAM),
                    trouble=troubles.note,
                    settled=troubles.settle,
                )
            )
            ways.append(OnTelegram(settings, connection))
        if settings.signal.on:
            bridge = await stack.enter_async_context(
                signal.open_channel(
                    settings.signal,
                    trouble=troubles.note,
                    settled=troubles.settle,
                    challenged=lambda token: disk.write(home / CHALLENGE, f"{token}\n".encode()),
                    clock=clock,
                )
            )
            ways.append(OnSignal(settings, bridge))
        yield tuple(ways)


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
        door = self._connection.door(_telegram(own), line.receive, line.reachable, line.group)
        async with door as webhook:
            doors.telegram(webhook.take, webhook.opens)
            yield

    async def work(self, line: Hearing, own: Credentials) -> None:
        """Have updates brought, or ask for them."""
        if self._url:
            await self._connection.register(self._url, _telegram(own))
        else:
            await self._connection.run(line.receive, line.reachable, line.group)

    async def introduce(self, profiles: Sequence[Profile]) -> None:
        """Set name, descriptions and commands."""
        await self._connection.introduce(profiles)


class OnSignal:
    """Signal: its bridge is asked, listened to, or brings messages to a door."""

    def __init__(self, settings: Settings, connection: signal.Connection) -> None:
        self._brought = settings.signal.receive == "webhook"
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
        """Open the door for the bridge, where the settings say that it brings messages."""
        if not self._brought:
            yield
            return
        secret = signal_secret(own)
        async with self._connection.door(secret, line.receive, _resend(line)) as webhook:
            doors.signal(webhook.take, webhook.opens)
            yield

    async def work(self, line: Hearing, own: Credentials) -> None:
        """Receive, or watch the bridge that brings messages."""
        del own

        async def missed() -> None:
            await line.missed(SIGNAL)

        await self._connection.run(line.receive, missed, _resend(line))

    async def introduce(self, profiles: Sequence[Profile]) -> None:
        """Do nothing: a profile on Signal is set by hand, `quietline signal profile`."""


def signal_secret(own: Credentials) -> str:
    """Return the last part of the address that the Signal bridge brings messages to."""
    return own.derive("signal webhook").hex()[:DIGITS]


def _telegram(own: Credentials) -> str:
    return own.derive("telegram webhook").hex()  # never written down


def _resend(line: Hearing) -> Callable[[str], Awaitable[None]]:
    async def resend(peer: str) -> None:
        await line.again(SIGNAL, peer)

    return resend
