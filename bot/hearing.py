"""What a chat app is to the running line, and what the line is to a chat app.

Rules of this file: the two ports only. What differs between chat apps is in the app's own package,
or beside it: `by_telegram`, `by_signal`.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.http import Doors
from bot.ports import Channel, Depot, Incoming
from bot.profile import Profile
from storage.credentials import Credentials


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

    def lets_go(self, incoming: Incoming) -> bool:
        """Tell whether an event is let go, because too many came from its chat."""
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
