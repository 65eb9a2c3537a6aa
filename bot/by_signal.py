"""Signal as a way of talking: its bridge is asked, listened to, or brings messages to a door.

Only a line that talks on Signal loads this file (see `ways`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels import signal
from bot.hearing import Hearing
from bot.http import Doors
from bot.ports import SIGNAL, Channel, Clock, Depot
from bot.profile import Profile
from bot.settings import Settings
from bot.troubles import Troubles
from storage import disk
from storage.credentials import Credentials

#: Where a challenge of Signal waits for `quietline signal challenge`, in the home: no secret.
CHALLENGE = Path("logs") / "signal.challenge"
#: Hexadecimal digits of the address that the bridge brings messages to.
DIGITS = 32


@asynccontextmanager
async def opened_signal(
    settings: Settings, *, home: Path, troubles: Troubles, clock: Clock
) -> AsyncIterator["OnSignal"]:
    """Open the bridge; nothing is asked of it yet."""
    async with signal.open_channel(
        settings.signal,
        trouble=troubles.note,
        settled=troubles.settle,
        challenged=lambda token: disk.write(home / CHALLENGE, f"{token}\n".encode()),
        clock=clock,
    ) as bridge:
        yield OnSignal(settings, bridge)


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


def _resend(line: Hearing) -> Callable[[str], Awaitable[None]]:
    async def resend(peer: str) -> None:
        await line.again(SIGNAL, peer)

    return resend
