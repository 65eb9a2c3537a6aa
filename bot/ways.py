"""The chat apps a line talks in: each is one object with a channel, a door, work and a profile.

Rules of this file: the choice only. A chat app's library is loaded only by a line that talks there.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.errors import NoChannel
from bot.hearing import Way
from bot.ports import Clock
from bot.settings import Settings
from bot.troubles import Troubles


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
            from bot.by_telegram import opened_telegram  # noqa: PLC0415 - it loads a library

            one = opened_telegram(settings, secrets=secrets, troubles=troubles)
            ways.append(await stack.enter_async_context(one))
        if settings.signal.on:
            from bot.by_signal import opened_signal  # noqa: PLC0415 - the same

            other = opened_signal(settings, home=home, troubles=troubles, clock=clock)
            ways.append(await stack.enter_async_context(other))
        yield tuple(ways)
