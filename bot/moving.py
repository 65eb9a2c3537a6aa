"""A draft goes over to another chat: state, timers and files that are coming, in one unit.

What stands in the chat that it comes from stays that chat's: its traces, and the letters that wait
for it. It is told that the conversation goes on elsewhere, and never where.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from bot.carrying import Parts
from bot.chats import Chats, Place
from bot.claims import open_claim, seal_claim
from bot.keyring import Keyring
from bot.proof import Found
from bot.replies import Replies
from storage.rows import FetchRow
from storage.unit import FetchChange, Store, Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Moving:
    """Brings drafts to the chat in which their code was given, for one line."""

    store: Store
    keyring: Keyring
    chats: Chats
    replies: Replies

    async def find(self, found: Found) -> Place | None:
        """Return where the draft of a code is; None when it is not there any more."""
        row = await self.store.chat(found.tag)
        old = None if row is None else self.chats.open(row)
        return old if old is not None and old.state.case == found.case else None

    async def end(self, place: Place, now: datetime) -> None:
        """End what had begun in a chat: it was before consent, so nothing of it was kept."""
        over = self.chats.change(place, place.state, forget=True)
        await self.store.commit(Unit(day=now.date(), chat=over))

    async def bring(
        self, place: Place, old: Place, parts: Parts, now: datetime, draw: bytes
    ) -> Place:
        """Return the place, where nothing is, with the draft in it; `parts` are what goes along."""
        rows = await self.store.fetches_of(old.state.case)
        parts.fetches += [self._told(one, place) for one in rows]
        said = self.replies.say(old, old.state.language, "moved-away", {}, now)
        drawn = hmac.digest(draw, b"moved away", "sha256")
        parts.letters += self.replies.letters(old, said, drawn, now)
        here = replace(place, state=old.state, expected=old.expected)
        return replace(here, moved_from=old.tag, apart=True)

    def _told(self, row: FetchRow, place: Place) -> FetchChange:
        """Return the row of a file that is on its way, of which the new chat is told."""
        claim = open_claim(self.keyring, row.sealed, row.key)
        claim = replace(claim, channel=place.channel, peer=place.peer)
        sealed = seal_claim(self.keyring, claim, row.key)
        later = replace(row, sealed=sealed, tries=max(row.tries, 1))
        return FetchChange(key=row.key, row=later)
