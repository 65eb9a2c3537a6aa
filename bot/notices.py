"""What the line says by itself, outside any step: to one person, or to all with an open draft.

Letters only: no state changes, so a person who is just writing is not held up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chats import Chats, Place
from bot.ports import Clock, Draw
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
    _told: dict[tuple[str, str], set[bytes]] = field(default_factory=dict, init=False, repr=False)

    async def tell_open(self, channel: str, text: str) -> int:
        """Say a text to everybody on a channel who has something open; return to how many.

        After an error it goes on, when it is called again, with those who were not told yet.
        """
        told = self._told.setdefault((channel, text), set())
        after = b""
        while rows := await self.store.chats(PAGE, after):
            after = rows[-1].tag
            for row in rows:
                place = self.chats.open(row)
                if place is None or place.channel != channel or not _is_open(place):
                    continue
                if row.tag not in told:
                    await self._say(place, text)
                    told.add(row.tag)
        del self._told[channel, text]
        return len(told)

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
