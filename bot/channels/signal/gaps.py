"""Messages that the bridge may have lost: passed on once for each gap, as soon as it is over.

Whom it is told, and how soon again, is decided in `bot/notices.py`. Telling is tried until it
worked: whoever had written would otherwise wait for an answer that cannot come. Until then further
gaps are the same one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot import logs
from bot.channels.signal.decode import NAME
from bot.ports import Sleep

Tell = Callable[[], Awaitable[object]]
#: Seconds until telling is tried again: doubled each time, up to a limit.
FIRST, LONGEST = 1.0, 60.0


class Gaps:
    """Remembers that something may have been lost. `close` when nothing is received any more."""

    def __init__(self, tell: Tell, *, sleep: Sleep) -> None:
        """Tell of a gap by `tell`."""
        self._tell = tell
        self._sleep = sleep
        self._away: set[str] = set()
        self._missed = False
        self._telling: asyncio.Task[None] | None = None

    def open(self, who: str) -> None:
        """Say that from now on something may be lost, and who noticed that."""
        self._away.add(who)
        self._missed = True

    def over(self, who: str) -> None:
        """Say that nothing is lost any more here; told is when that is so everywhere."""
        self._away.discard(who)
        if self._missed and not self._away and self._telling is None:
            self._missed = False
            self._telling = asyncio.create_task(self._until_told())

    async def close(self) -> None:
        """Stop telling."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _until_told(self) -> None:
        logs.event("gap", channel=NAME)
        pause = FIRST
        while not await self._told():
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST)
        self._telling = None
        self.over("")

    async def _told(self) -> bool:
        try:
            await self._tell()
        except Exception as error:  # noqa: BLE001 - told is told, whatever the reason is why not
            logs.event("gap-not-told", channel=NAME, error=type(error).__name__)
            return False
        return True
