"""What the line says by itself, outside any step: to one person, or to all with an open draft.

Letters only: no state changes. Who is told that a message may be missing is asked again what is
open, in the turn of their chat, so that no older question comes behind a newer one. From then on an
answer counts only for a question that its sender can have read (`screens`).

Who has paused is told of a gap when they come back: a message that they did not expect could be
seen by others, and whatever was lost of theirs they look for then. Whoever is owed a word of a gap
hears it before they send at the latest.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.chats import Chats, Place
from bot.engine.events import Ask
from bot.engine.state import Mode, State
from bot.errors import ForeignState
from bot.lanes import Lanes
from bot.owing import Owing
from bot.ports import Clock, Draw, Message
from bot.posting import open_letter
from bot.replies import Replies
from storage.rows import ChatRow
from storage.unit import Store, Unit

#: Chats that are looked at together.
PAGE = 200
#: Letters of a chat in which its prompt is looked for.
LETTERS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """Says things for one line."""

    store: Store
    chats: Chats
    replies: Replies
    clock: Clock
    draw: Draw
    lanes: Lanes = field(default_factory=Lanes)
    wake: Callable[[bytes], None] = lambda _: None
    owing: Owing = field(default_factory=Owing)
    _told: dict[tuple[str, str], set[bytes]] = field(default_factory=dict, init=False, repr=False)

    async def tell_open(self, channel: str, text: str) -> int:
        """Say a text to everybody on a channel who has something open; return to how many.

        Whoever has paused, or was told a short time ago, is told later. After an error it goes on,
        when it is called again, with those who were not told yet.
        """
        told = self._told.setdefault((channel, text), set())
        after = b""
        while rows := await self.store.chats(PAGE, after):
            after = rows[-1].tag
            for row in rows:
                if row.tag not in told and await self._tell_open(row, channel, text):
                    told.add(row.tag)
        del self._told[channel, text]
        return len(told)

    async def tell_owed(self) -> int:
        """Say what is owed to those who may be told by now; return to how many."""
        count = 0
        for tag, text in self.owing.due(self.clock()):
            row = await self.store.chat(tag)
            if row is None:
                self.owing.settle(tag)
            else:
                count += await self._tell_row(row, text)
        return count

    def owed(self, place: Place, after: State, now: datetime, *, sends: bool) -> list[Message]:
        """Return what a step has to say first: to who comes back, reviews, sends or ends adding."""
        before = place.state
        back = before.mode is Mode.PAUSED and after.mode not in {Mode.PAUSED, Mode.OVER}
        ends = sends or (before.adds and after.mode is Mode.OVER)
        text = next(filter(None, map(self.owing.owed, _tags(place))), "")
        if not text or not (back or ends or after.mode is Mode.REVIEW):
            return []
        language = self.replies.speaker.language(after, before)
        return self.replies.say(place, language, text, {}, now)

    def told(self, place: Place, now: datetime) -> None:
        """Remember that somebody was told what they were owed."""
        for tag in _tags(place):
            self.owing.tell(tag, now)

    async def tell(self, channel: str, peer: str, text: str) -> None:
        """Say a text to one person."""
        await self._say(await self.chats.find(channel, peer, self.clock().date()), text)

    async def _tell_open(self, row: ChatRow, channel: str, text: str) -> bool:
        """Say a text to the person of a chat now, or owe it; tell whether it was said."""
        found = self.chats.open(row)
        return found is not None and found.channel == channel and await self._tell_row(row, text)

    async def _tell_row(self, row: ChatRow, text: str) -> bool:
        async with self._turn(row) as place:
            if place is None:
                self.owing.settle(row.tag)
                return False
            waiting = await self._waiting(place)
            self.replies.screens.told(place.tag, place.state, read=waiting is None)
            paused = place.state.mode is Mode.PAUSED
            if paused or not self.owing.may_tell(row.tag, self.clock()):
                self.owing.owe(row.tag, text)
                return False
            await self._say(place, text, *self._asked(place, waiting))
            self.owing.tell(row.tag, self.clock())
        return True

    @asynccontextmanager
    async def _turn(self, row: ChatRow) -> AsyncIterator[Place | None]:
        """Hold the turn of a chat, as it is by now; None: nothing of it is open."""
        place = self.chats.open(row)
        if place is None:
            yield None
            return
        today = self.clock().date()
        async with self.lanes.lane(self.chats.tag(place.channel, place.peer, today)):
            there = await self.store.chat(row.tag)  # a step may have been faster
            place = None if there is None else self.chats.open(there)
            yield place if place is not None and _is_open(place) else None

    async def _waiting(self, place: Place) -> Message | None:
        """Return the prompt that waits to be sent to a chat, if one does."""
        found = None
        for row in await self.store.letters(place.tag, LETTERS):
            with suppress(ForeignState):
                message = open_letter(self.replies.keyring, row).message
                found = message if message.prompt else found
        return found

    def _asked(self, place: Place, waiting: Message | None) -> list[Message]:
        """Return what puts the open question; nothing where the form is another by now.

        What waits is said once more, in the place of the one before: it may tell what was kept.
        """
        state, form = place.state, self.replies.form
        if (state.form, state.version, state.sha256) != (form.id, form.version, form.sha256):
            return []
        if waiting is not None:
            return [replace(waiting, removes=(), removed="", not_removed="", wipe=False)]
        return self.replies.said(place, state, [Ask()], self.clock())

    async def _say(self, place: Place, text: str, *more: Message) -> None:
        now = self.clock()
        language = self.replies.speaker.language(place.state)
        said = [*self.replies.say(place, language, text, {}, now), *more]
        letters = self.replies.letters(place, said, self.draw(), now)
        await self.store.commit(Unit(day=now.date(), letters=letters))
        self.wake(place.tag)


def _is_open(place: Place) -> bool:
    return place.state.consented or bool(place.state.adds)


def _tags(place: Place) -> tuple[bytes, ...]:
    return (place.tag,) if place.moved_from is None else (place.tag, place.moved_from)
