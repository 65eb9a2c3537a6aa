"""Reply windows: for some days after staff have written, a person's words go to their case.

- A window opens in a chat where nothing else is open, with the very unit that keeps that the reply
  was sent. Nothing of the case is in it but its id.
- It closes by its timer, by `/stop`, and when its case leaves; by itself without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.chats import Place
from bot.engine import adding
from bot.engine.events import Proof, Proved
from bot.engine.model import Form
from bot.errands import Forget
from bot.lanes import Lanes
from bot.ports import Message
from bot.proof import Proofs
from bot.replies import Replies
from storage.rows import CaseId
from storage.unit import Store, TimerChange, Unit

#: Chats that are looked at together.
PAGE = 200
DAY = 24 * 60 * 60


@dataclass(kw_only=True, slots=True)
class Windows:
    """Opens and closes reply windows, for one line."""

    store: Store
    replies: Replies
    proofs: Proofs
    lanes: Lanes
    days: int
    forgets: Mapping[str, Forget] = field(default_factory=dict)  # by channel: a person who is done
    _closed: set[CaseId] | None = field(default=None, init=False, repr=False)

    def message(self, text: str, language: str, *, free: bool) -> Message:
        """Return what is said: the staff's text, and under it who wrote, and how to answer."""
        speaker = self.replies.speaker
        language = language if language in speaker.texts.tags else speaker.reserve
        how = "reply-how" if free else "reply-later"
        under = [
            speaker.render(language, "reply-comes"),
            speaker.render(language, how, {"days": str(self.days)} if free else {}),
        ]
        return Message(
            id="reply", text="\n\n".join([text, " ".join(under)]), language=language, once=True
        )

    async def opened(
        self, unit: Unit, place: Place, case: CaseId, language: str, now: datetime, draw: bytes
    ) -> Unit:
        """Return the unit that also opens a window; as it is where none may open."""
        if not is_free(place, case) or await self.proofs.leaves(case):
            return unit
        chats = self.replies.chats
        found = await self.proofs.sent(case)
        proved = Proved(proof=Proof.SENT, case=case, sequence=found.sequence, files=found.files)
        if language not in chats.form.languages:
            language = place.state.language or self.replies.speaker.reserve
        after = adding.window(chats.form, place.state, proved, language=language, draw=draw)
        due = int(now.timestamp()) + self.days * DAY
        return replace(
            unit,
            chat=chats.change(place, after, forget=False),
            timers=(
                TimerChange(tag=place.tag, name="idle", due=None, revision=after.revision),
                TimerChange(tag=place.tag, name="expiry", due=due, revision=after.revision),
            ),
        )

    async def close(self, now: datetime) -> None:
        """Close the windows of cases that have begun to leave since the last time."""
        since = date.min if self._closed is None else date.max  # what went while we were down
        now_leaving = {row.case for row in await self.store.leaving(since)}
        leaving = now_leaving - (self._closed or set())
        after = b""
        while leaving and (rows := await self.store.chats(PAGE, after)):
            after = rows[-1].tag
            for row in rows:
                place = self.replies.chats.open(row)
                if place is not None and place.state.window and place.state.adds in leaving:
                    await self._shut(place, now)
        self._closed = now_leaving

    async def _shut(self, found: Place, now: datetime) -> None:
        chats = self.replies.chats
        async with self.lanes.lane(chats.tag(found.channel, found.peer, now.date())):
            place = await chats.find(found.channel, found.peer, now.date())
            if place.state.window and place.state.adds == found.state.adds:
                over = chats.change(place, place.state, forget=True)
                await self.store.commit(Unit(day=now.date(), chat=over))
                await self.forget(place)

    async def forget(self, place: Place) -> None:
        """Have an app that remembers people forget one with whom nothing is open."""
        if forget := self.forgets.get(place.channel):
            await forget(place.peer)


def is_free(place: Place, case: CaseId) -> bool:
    """Tell whether a window may open: nothing else is open here, or only another window."""
    return not place.expected or place.state.window or place.state.adds == case


def has_begun(place: Place, form: Form) -> bool:
    """Tell whether somebody answers first questions here, and nothing of that is kept yet."""
    state = place.state
    ours = (state.form, state.version, state.sha256) == (form.id, form.version, form.sha256)
    return bool(place.expected and ours and not state.consented and not state.adds)
