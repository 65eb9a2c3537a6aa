"""What becomes of a file that came, or that is lost: one unit, and then it is said.

A file of an open draft is a part of its answer, and the engine takes it in its turn; one of a case
that was sent meanwhile is an entry of its journal. Where neither is there any more, nobody waits
for it, and it is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.carrying import Carrier, Parts
from bot.chats import Chats, Place
from bot.claims import Claim, open_claim
from bot.engine import machine
from bot.engine.events import Fetched
from bot.engine.model import Form
from bot.errors import Poisoned
from bot.files import short_hash
from bot.keyring import Keyring
from bot.lanes import Lanes
from bot.ports import Clock, Draw
from bot.replies import Replies
from bot.sealer import Sealer
from bot.transfer import Got
from storage import entry
from storage.rows import FetchRow
from storage.unit import BlobChange, FetchChange, Outcome, Store, Unit

#: How often it is tried again when the person was faster.
TRIES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """Keeps what became of files, for one line."""

    store: Store
    keyring: Keyring
    chats: Chats
    carrier: Carrier
    replies: Replies
    form: Form
    clock: Clock
    draw: Draw
    lanes: Lanes = field(default_factory=Lanes)
    wake: Callable[[bytes], None] = lambda _: None

    @property
    def sealer(self) -> Sealer:
        """What seals answers."""
        return self.carrier.sealer

    async def came(self, row: FetchRow, got: Got) -> bool:
        """Keep a file whose blob is on the disk; False when nobody waits for it any more."""
        return await self._end(row, got, "")

    async def lost(self, row: FetchRow, refused: str) -> None:
        """Keep, and say, that a file will never be there; `refused` is the text that says why."""
        await self._end(row, None, refused)

    async def drop(self, row: FetchRow) -> None:
        """Forget a file without a word."""
        await self.store.commit(self._dropped(row))

    async def _end(self, row: FetchRow, got: Got | None, refused: str) -> bool:
        draw = self.draw()
        for _ in range(TRIES):
            waiting = await self.store.fetch(row.key)
            if waiting is None or waiting.blob != row.blob:
                return False
            claim = open_claim(self.keyring, waiting.sealed, waiting.key)
            today = self.clock().date()
            async with self.lanes.lane(self.chats.tag(claim.channel, claim.peer, today)):
                if await self.store.fetch(row.key) != waiting:
                    continue  # the draft has moved to another chat
                unit_kept = await self._keep(waiting, claim, got, refused, draw)
            if unit_kept is not None:
                self.wake(waiting.tag)
                return unit_kept
        raise Poisoned(TRIES, "stale")

    async def _keep(
        self, row: FetchRow, claim: Claim, got: Got | None, refused: str, draw: bytes
    ) -> bool | None:
        """Commit what became of a file; tell whether it is kept, None to look again."""
        chat = await self.store.chat(row.tag)
        place = None if chat is None else self.chats.open(chat)
        if place is not None and row.case in {place.state.case, place.state.adds}:
            return await self._in_turn(place, row, claim, got, refused, draw)
        if await self.store.journal(row.case):
            return await self._by_itself(row, claim, got, refused, draw)
        outcome = await self.store.commit(self._dropped(row))
        return None if outcome is Outcome.STALE else False

    async def _in_turn(
        self,
        place: Place,
        row: FetchRow,
        claim: Claim,
        got: Got | None,
        refused: str,
        draw: bytes,
    ) -> bool | None:
        """Take a step of the conversation that the file belongs to."""
        now = self.clock()
        fetched = Fetched(
            key=claim.key,
            part=claim.part,
            number=claim.number,
            hash="" if got is None else short_hash(got.sha256),
            refused=refused,
        )
        after, effects = machine.step(self.form, place.state, fetched, now=now, draw=draw)
        if not effects and await self.store.journal(row.case):
            # It came in the report itself, to which is added now, or before the form was another.
            return await self._by_itself(row, claim, got, refused, draw)
        if not effects:  # the conversation knows nothing of it
            outcome = await self.store.commit(self._dropped(row))
            return None if outcome is Outcome.STALE else False
        parts = Parts(fetches=[FetchChange(key=row.key, row=None)])
        after = await self.carrier.carry_out(place, after, effects, parts, now=now, draw=draw)
        if got is None:
            parts.doomed.append(row.blob)
        else:
            parts.blobs.append(BlobChange(id=row.blob, size=got.sealed_size))
            file, today = _file(claim, row, got), now.date()
            if place.state.adds:
                parts.entries.append(self.sealer.add_file(claim, file, row.case, today))
            else:
                kept = self.sealer.file(claim, file, place.state, today)
                parts.drafts[kept.slot] = kept
        said = self.replies.said(place, after, effects, now)
        outcome = await self.replies.keep(place, after, parts, said, now=now, draw=draw)
        return None if outcome is Outcome.STALE else got is not None

    async def _by_itself(
        self, row: FetchRow, claim: Claim, got: Got | None, refused: str, draw: bytes
    ) -> bool | None:
        """Put a file into the journal of a case that was sent, and tell whoever sent it."""
        now = self.clock()
        begun = machine.begin(self.form)
        place = Place(channel=claim.channel, peer=claim.peer, tag=row.tag, state=begun)
        args = {"number": str(claim.number)}
        if got is not None:
            args["hash"] = short_hash(got.sha256)
        said = self.replies.say(place, claim.language, refused or "file-kept", args, now)
        unit = Unit(
            day=now.date(),
            fetches=(FetchChange(key=row.key, row=None),),
            letters=self.replies.letters(place, said, draw, now),
            doomed=(row.blob,) if got is None else (),
            blobs=() if got is None else (BlobChange(id=row.blob, size=got.sealed_size),),
            entries=()
            if got is None
            else (self.sealer.add_file(claim, _file(claim, row, got), row.case, now.date()),),
        )
        outcome = await self.store.commit(unit)
        return None if outcome is Outcome.STALE else got is not None

    def _dropped(self, row: FetchRow) -> Unit:
        """Return the unit that forgets a file."""
        gone = (FetchChange(key=row.key, row=None),)
        return Unit(day=self.clock().date(), fetches=gone, doomed=(row.blob,))


def _file(claim: Claim, row: FetchRow, got: Got) -> entry.File:
    return entry.File(
        blob=row.blob,
        size=got.size,
        type=got.type,
        sha256=got.sha256,
        sealed_sha256=got.sealed_sha256,
        name=claim.media.name,
        kind=claim.media.kind,
        number=claim.number,
    )
