"""Sends waiting letters, in the order they were written, and deletes each once it is sent.

A letter is sent at least once: it carries its question and revision, so a repeat is harmless. One
chat that cannot be reached delays nobody else.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot import logs
from bot.errors import DeliveryFailed, ForeignState
from bot.keyring import Keyring
from bot.ports import Channel, Clock
from bot.posting import open_letter
from storage.unit import LetterRow, Store, Unit

#: Letters looked at in one round.
ROUND = 100


@dataclass(kw_only=True, slots=True)
class Delivery:
    """Brings letters to their channels."""

    store: Store
    keyring: Keyring
    channels: Mapping[str, Channel]
    clock: Clock
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that letters wait."""
        self._woken.set()

    async def round(self) -> int:
        """Send what waits, once; return how many letters are done with."""
        done = 0
        blocked: set[bytes] = set()
        for row in await self.store.letters(ROUND):
            if row.tag not in blocked and await self._send(row):
                await self.store.commit(Unit(day=self.clock().date(), sent=(row.key,)))
                done += 1
            else:
                blocked.add(row.tag)
        return done

    async def run(self) -> None:
        """Send whenever letters wait, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while await self.round():
                pass

    async def _send(self, row: LetterRow) -> bool:
        """Return whether a letter is done with: sent, or not ours to send."""
        try:
            post = open_letter(self.keyring, row)
        except ForeignState:
            logs.event("letter-unreadable")
            return True
        channel = self.channels.get(post.channel)
        if channel is None:
            logs.event("letter-without-channel")
            return False
        try:
            await channel.deliver(post.peer, post.message)
        except DeliveryFailed:
            logs.event("letter-failed", channel=post.channel)
            return False
        return True
