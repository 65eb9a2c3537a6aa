"""What the line says by itself, outside any step: to one person, or to all with an open draft.

Letters only: no state changes, so a person who is just writing is not held up.

Who has paused is told of a gap when they come back: a message that they did not expect could be
seen by others, and whatever was lost of theirs they look for then. Whoever is owed a word of a gap
hears it before they send at the latest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.chats import Chats, Place
from bot.engine.state import Mode, State
from bot.owing import Owing
from bot.ports import Clock, Draw, Message
from bot.replies import Replies
from storage.unit import Store, Unit

#: Chats that are looked at together.
PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """Says things for one line."""

    store: Store
    chats: Chats
    replies: Replies
    clock: Clock
    draw: Draw
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
                place = self.chats.open(row)
                if place is None or place.channel != channel or not _is_open(place):
                    continue
                if row.tag in told:
                    continue
                if place.state.mode is Mode.PAUSED or not self.owing.may_tell(
                    row.tag, self.clock()
                ):
                    self.owing.owe(row.tag, text)
                    continue
                await self._say(place, text)
                self.owing.tell(row.tag, self.clock())
                told.add(row.tag)
        del self._told[channel, text]
        return len(told)

    async def tell_owed(self) -> int:
        """Say what is owed to those who may be told by now; return to how many."""
        count = 0
        for tag, text in self.owing.due(self.clock()):
            row = await self.store.chat(tag)
            place = None if row is None else self.chats.open(row)
            if place is None or not _is_open(place):
                self.owing.settle(tag)
            elif place.state.mode is not Mode.PAUSED:
                await self._say(place, text)
                self.owing.tell(tag, self.clock())
                count += 1
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

    async def _say(self, place: Place, text: str) -> None:
        now = self.clock()
        language = self.replies.speaker.language(place.state)
        said = self.replies.say(place, language, text, {}, now)
        letters = self.replies.letters(place, said, self.draw(), now)
        await self.store.commit(Unit(day=now.date(), letters=letters))
        self.wake(place.tag)


def _is_open(place: Place) -> bool:
    return place.state.consented or bool(place.state.adds)


def _tags(place: Place) -> tuple[bytes, ...]:
    return (place.tag,) if place.moved_from is None else (place.tag, place.moved_from)
