"""What is wrong with a line's standing in a chat app, told once a minute while it lasts.

The codes go to whoever keeps troubles for `quietline check`. One that comes and goes counts as over
only after some quiet.
"""

from collections.abc import Awaitable, Callable, Mapping

from bot import logs
from bot.ports import Ticks

#: Seconds between two tellings of the same trouble.
AGAIN = 60.0

Note = Callable[[str], Awaitable[object]]


class Troubles:
    """Troubles that stand, and those that an earlier run may have left."""

    def __init__(
        self, calm: Mapping[str, float], *, trouble: Note, settled: Note, ticks: Ticks
    ) -> None:
        """Take the codes, each with its seconds of quiet until it is over.

        `trouble` and `settled` are told a code: it is there, it is over; `ticks` is a clock.
        """
        self._calm = calm
        self._trouble = trouble
        self._settled = settled
        self._ticks = ticks
        self._seen = dict.fromkeys(calm, ticks())  # when each was last seen, while it stands
        self._told: dict[str, float] = {}

    async def rise(self, code: str) -> None:
        """Say that there is trouble."""
        now = self._seen[code] = self._ticks()
        if code in self._told and now - self._told[code] < AGAIN:
            return
        self._told[code] = now
        logs.event("channel-trouble", error=code)
        await self._tell(self._trouble, code)

    async def ease(self, code: str) -> None:
        """Say that what this trouble would hinder has just worked."""
        if code in self._seen and self._ticks() - self._seen[code] >= self._calm[code]:
            del self._seen[code]
            self._told.pop(code, None)
            await self._tell(self._settled, code)

    async def _tell(self, tell: Note, code: str) -> None:
        try:
            await tell(code)
        except Exception as error:  # noqa: BLE001 - what cannot be noted must not stop the line
            logs.event("trouble-not-kept", error=type(error).__name__)
