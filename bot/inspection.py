"""What an event is, once it was looked at: a code that leads somewhere, a file that can be taken.

The engine is pure, so what it has to know of the world is found out here, before the step: what a
code leads to, and why a file is not taken. Nothing is kept and nothing is said.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.carrying import Parts
from bot.chats import Place
from bot.claims import open_claim
from bot.engine import answers
from bot.engine.codes import whole_code
from bot.engine.commands import calls
from bot.engine.events import Chose, Closed, Deleted, Event, Proof, Proved, Said, Sent
from bot.engine.model import Command
from bot.engine.state import Mode
from bot.errors import ForeignState
from bot.files import largest, refusal
from bot.moving import Moving
from bot.origins import given
from bot.ports import Depot, Incoming
from bot.posting import SENT, open_trace
from bot.proof import WRONG, Found, Proofs
from bot.tables import Files
from storage.rows import BlobState, FetchRow
from storage.unit import Store

#: What stands for the yes to one more chat.
YES = "0"
#: Where words are added to a case, and digits are words as well.
_ADDS = frozenset({Mode.ADDING, Mode.CONTACT})
#: A disk of which nobody knows how full it is.
ENDLESS = 1 << 62


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """Looks at events for one line. `room` tells the bytes that are free where files are kept."""

    store: Store
    proofs: Proofs
    moving: Moving
    files: Files = field(default_factory=Files)
    depots: Mapping[str, Depot] = field(default_factory=dict)
    room: Callable[[], int] = lambda: ENDLESS

    async def proof(self, place: Place, incoming: Incoming, now: datetime) -> Found | None:
        """Return what the code leads to that a message is as a whole; None when it is none.

        In a draft its digits are an answer like others, but those of its own code are known there:
        who gives it twice must not have it among the answers. Where something is added to a case,
        digits that lead nowhere are words as well: of an account, or a telephone.
        """
        event, state = incoming.event, place.state
        code = whole_code(event.text) if isinstance(event, Said) else None
        if code is None:
            return None
        if not state.consented:
            found = await self.proofs.look_up(code, place.tag, now)
            return None if found.proof is Proof.WRONG and state.mode in _ADDS else found
        own = bool(state.code) and self.proofs.keyring.lookup(code) == state.code
        if own:
            return Found(proof=Proof.DRAFT, case=state.case, tag=place.tag)
        return None

    async def event(
        self,
        place: Place,
        incoming: Incoming,
        found: Found | None,
        parts: Parts,
        now: datetime,
        draw: bytes,
    ) -> tuple[Event, Place] | None:
        """Return the event to step, and the place where; None when it is to be looked at again."""
        if found is None and isinstance(incoming.event, Deleted):
            return await self._deleted(place, incoming, parts), place
        if found is None and await self._is_late(place, incoming.event):
            return Closed(), place
        if found is None:
            return await self._weighed(place, incoming), place
        if found.proof is Proof.DRAFT and found.case != place.state.case:
            old = await self.moving.find(found)
            if old is None:
                found = WRONG
            elif place.expected:
                await self.moving.end(place, now)
                return None
            else:
                place = await self.moving.bring(place, old, parts, now, draw)
        return (
            Proved(proof=found.proof, case=found.case, sequence=found.sequence, files=found.files),
            place,
        )

    async def _is_late(self, place: Place, event: Event) -> bool:
        """Tell whether somebody adds to a case that leaves by now; what they ask for is done."""
        if not place.state.adding:
            return False
        asked = place.state.mode is Mode.CONTACT
        match event:
            case Said(text=text):
                found = answers.command(self.moving.chats.form, text)
                kept = found is not None and calls(found) and not asked
                keeps = found is None or kept or (asked and found[0] is Command.YES)
            case Chose(pick=pick):
                keeps = asked and pick == YES
            case _:
                keeps = isinstance(event, Sent)
        return keeps and await self.proofs.leaves(place.state.adds)

    async def _deleted(self, place: Place, incoming: Incoming, parts: Parts) -> Event:
        """Return a deletion with what the message had given; after sending it is told once."""
        gave = given(place.state, incoming.about)
        if gave or place.expected:
            return Deleted(parts=gave)
        for row in await self.store.traces(place.tag):
            with suppress(ForeignState):
                trace = open_trace(self.proofs.keyring, row.sealed)
                if trace.startswith(SENT):
                    parts.untraced.append(row.number)
                    return Deleted(sent=trace.removeprefix(SENT))
        return Deleted()

    async def _weighed(self, place: Place, incoming: Incoming) -> Event:
        """Return an event, a file with the reason why it is not taken, if there is one."""
        event, state = incoming.event, place.state
        takes = state.consented or state.adds
        if not isinstance(event, Sent) or event.refused or not takes:
            return event
        if incoming.media is None:
            return replace(event, refused="file-none")
        case = state.case or state.adds
        there = [one for one in await self.store.blobs(case) if one.state is not BlobState.DOOMED]
        coming = sum([self._coming(row) for row in await self.store.fetches_of(case)])
        refused = refusal(
            incoming.media,
            self.depots.get(incoming.channel),
            self.files,
            count=len(state.files) if state.case else len(there),
            total=sum(one.size for one in there) + coming,
            room=self.room() - coming,
        )
        return replace(event, refused=refused)

    def _coming(self, row: FetchRow) -> int:
        """Return the bytes of a file on its way: as its app named them, or the most it may have."""
        try:
            claim = open_claim(self.proofs.keyring, row.sealed, row.key)
        except ForeignState:
            return 0  # another server's: it never comes
        depot = self.depots.get(claim.depot)
        return claim.media.size or (0 if depot is None else largest(depot, self.files))
