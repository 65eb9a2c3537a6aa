"""The day's digest: made at its hour whether something came in or not.

What it says of the server's health are codes, counts and days. Whatever cannot be done is noted as
trouble, which `quietline check` and the next digest show; nothing here fails in silence.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bot import logs
from bot.digest import MadeDigest, make_digest
from bot.outlets import Outlets
from bot.ports import Clock
from bot.schedule import day_of, due
from bot.settings import Settings
from storage.digest import Health
from storage.line import Line
from storage.signature import SigningKey
from storage.unit import Store

MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """Makes digests for one server."""

    store: Store
    settings: Settings
    home: Path
    identity: SigningKey = field(repr=False)
    outlets: Outlets
    clock: Clock

    async def round(self, line: Line) -> MadeDigest | None:
        """Make the digest that is due, if one is."""
        now = self.clock()
        last = await self.store.last_digest()
        if not due(last.day if last else None, now, self.settings.digest):
            return None
        return await self._make(line)

    async def health(self, line: Line) -> Health:
        """Return how the server is."""
        today = self.clock().date()
        troubles = await self.store.troubles()
        return Health(
            waiting=await self.store.letter_count(),
            failures=tuple(f"{one.code}:{one.since.isoformat()}" for one in troubles),
            figures={
                "statement-days": (line.expires - today).days,
                "free-mebibytes": shutil.disk_usage(self.home).free // MEBIBYTE,
            },
        )

    async def _make(self, line: Line) -> MadeDigest | None:
        now = self.clock()
        try:
            made = await make_digest(
                self.store,
                line=line,
                identity=self.identity,
                folder=self.home / self.settings.digests,
                outgoing=self.outlets.copies,
                today=min(now.date(), line.expires),  # a line that is over still tells so
                day=day_of(now, self.settings.digest),
                health=await self.health(line),
            )
        except Exception as error:  # noqa: BLE001 - tried again in half a minute
            logs.event("digest-failed", error=type(error).__name__)
            await self.outlets.not_made()
            return None
        await self.outlets.made()
        logs.event("digest", number=made.number)
        return made
