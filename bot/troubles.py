"""What is wrong with a running line: noted in the store, told by `check` and the next digest.

A trouble is a code and its days; it is counted once a day, and ends when what failed works again.
What is told first is kept first: what is over while it is being noted does not stand for ever.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import date

from bot import logs
from bot.errors import BotError
from bot.ports import Clock
from storage.errors import StorageError
from storage.unit import Store


@dataclass(kw_only=True, slots=True)
class Troubles:
    """Notes troubles for one line. Noting one never fails: the line has enough to do then."""

    clock: Clock
    store: Store | None = None  # known once the line is up
    _noted: dict[str, date] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, store: Store) -> None:
        """Go on with what an earlier run has noted."""
        self.store = store
        self._noted = {one.code: one.last for one in await store.troubles()}

    async def note(self, code: str) -> None:
        """Note that something is wrong."""
        async with self._turn:
            await self._note(code)

    async def settle(self, code: str) -> None:
        """Note that something works again."""
        async with self._turn:
            await self._settle(code)

    async def _note(self, code: str) -> None:
        today = self.clock().date()
        if self.store is None or self._noted.get(code) == today:
            return
        logs.event("trouble", text=code)
        try:
            await self.store.trouble(code, today)
            self._noted[code] = today
        except (BotError, StorageError) as error:
            logs.event("trouble-not-noted", error=type(error).__name__)

    async def _settle(self, code: str) -> None:
        if self.store is None or code not in self._noted:
            return
        try:
            await self.store.settle(code)
            del self._noted[code]
        except (BotError, StorageError) as error:
            logs.event("trouble-not-settled", error=type(error).__name__)
