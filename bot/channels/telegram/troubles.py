"""What is wrong with the line's standing at Telegram, told once a minute while it lasts.

The codes go to whoever keeps troubles for `quietline check`. A conflict counts as over only after
some quiet: two pollers take turns.
"""

from collections.abc import Awaitable, Callable

from bot import logs
from bot.ports import Ticks

TOKEN = "telegram-token"  # noqa: S105 - a code: Telegram does not know the token
CONFLICT = "telegram-conflict"  # somebody else asks for this bot's updates
#: Seconds between two tellings of the same trouble.
AGAIN = 60.0
#: Seconds without a trouble after which it is over.
CALM = {TOKEN: 0.0, CONFLICT: 300.0}

Tell = Callable[[str], Awaitable[object]]


class Troubles:
    """Troubles that stand, and those that an earlier run may have left."""

    def __init__(self, *, trouble: Tell, settled: Tell, ticks: Ticks) -> None:
        """Take two ways to tell a code (it is there, it is over) and a clock of seconds."""
        self._trouble = trouble
        self._settled = settled
        self._ticks = ticks
        self._seen = dict.fromkeys(CALM, ticks())  # when each was last seen, while it stands
        self._told: dict[str, float] = {}

    async def rise(self, code: str) -> None:
        """Say that there is trouble."""
        now = self._seen[code] = self._ticks()
        if code in self._told and now - self._told[code] < AGAIN:
            return
        self._told[code] = now
        logs.event("telegram-trouble", error=code)
        await self._tell(self._trouble, code)

    async def ease(self, code: str) -> None:
        """Say that what this trouble would hinder has just worked."""
        if code in self._seen and self._ticks() - self._seen[code] >= CALM[code]:
            del self._seen[code]
            self._told.pop(code, None)
            await self._tell(self._settled, code)

    async def _tell(self, tell: Tell, code: str) -> None:
        try:
            await tell(code)
        except Exception as error:  # noqa: BLE001 - what cannot be noted must not stop the line
            logs.event("trouble-not-kept", error=type(error).__name__)
