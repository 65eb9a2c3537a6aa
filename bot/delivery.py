"""Sends waiting letters, in the order they were written, and deletes each once it is sent.

A letter is sent at least once: it carries its question and revision, so a repeat is harmless. One
chat that cannot be reached delays nobody else. The letters of a conversation that is over leave the
disk as soon as they are sent: they are the last of it that names the chat.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot import logs
from bot.errors import DeliveryFailed, ForeignState
from bot.keyring import Keyring
from bot.ports import Channel, Clock
from bot.posting import open_letter
from storage.rows import LetterRow
from storage.unit import ChatChange, Outcome, Store, Unit

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
                await self._finish(row)
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

    async def _finish(self, row: LetterRow) -> None:
        """Delete a letter that is done with, also from the write-ahead log if its chat is over.

        A unit that ends a chat empties that log; here there is no chat to end any more.
        """
        done = Unit(day=self.clock().date(), sent=(row.key,))
        if await self.store.chat(row.tag) is None:
            over = ChatChange(tag=row.tag, expected=0, state=None, revision=0)
            if await self.store.commit(replace(done, chat=over)) is Outcome.COMMITTED:
                return  # otherwise the person has begun again in between
        await self.store.commit(done)

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
        except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the others
            logs.event("letter-failed", channel=post.channel, error=type(error).__name__)
            return False
        return True
