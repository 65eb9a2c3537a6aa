"""Carries out what a step wants: its effects become the parts of one unit.

Everything is sealed here before it is handed on. Letters and the chat's own row are added by
`intake`; nothing is committed here.
"""

import asyncio
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.chats import Place
from bot.claims import Claim, seal_claim
from bot.engine.events import (
    Alert,
    Code,
    Drop,
    Effect,
    Fetch,
    Forget,
    Keep,
    KeepWay,
    Send,
    SetTimer,
)
from bot.engine.state import State
from bot.errors import DraftDamaged
from bot.keyring import Keyring
from bot.ports import Media
from bot.returns import Returns
from bot.sealer import SLOT, Sealer, slot
from storage.filetype import clean_name
from storage.numbering import draw_number
from storage.rows import FetchRow
from storage.standing import StandingChange
from storage.unit import (
    LINE,
    BlobChange,
    CodeChange,
    CodeRow,
    DraftEntry,
    FetchChange,
    IndexEntry,
    Letter,
    NewEntry,
    Store,
    TimerChange,
    Trace,
)
from storage.way import FurtherAddress

#: A draft's code lives as long as the draft: 40 hours are never more than three days.
DRAFT_DAYS = 3
#: What the line's own timers for the urgent alert are called, before a random ending.
ALERT = "alert-"


@dataclass(kw_only=True, slots=True)
class Parts:
    """The parts of a unit while a step's effects are gone through."""

    drafts: dict[bytes, DraftEntry] = field(default_factory=dict)
    entries: list[NewEntry] = field(default_factory=list)
    index: list[IndexEntry] = field(default_factory=list)
    codes: list[CodeChange] = field(default_factory=list)
    timers: dict[str, TimerChange] = field(default_factory=dict)
    line_timers: list[TimerChange] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    untraced: list[int] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    fetches: list[FetchChange] = field(default_factory=list)
    blobs: list[BlobChange] = field(default_factory=list)
    dropped: list[bytes] = field(default_factory=list)
    doomed: list[bytes] = field(default_factory=list)
    forget: bool = False
    standings: list[StandingChange] = field(default_factory=list)
    sends: bool = False  # what is still on its way is then the sent case's


@dataclass(frozen=True, kw_only=True, slots=True)
class Carrier:
    """Carries out the effects of steps for one line."""

    store: Store
    keyring: Keyring
    sealer: Sealer
    returns: Returns
    retention_days: int
    alert_seconds: int = 0  # the urgent alert goes out within so long; 0: there is none

    async def carry_out(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        parts: Parts,
        *,
        now: datetime,
        draw: bytes,
        media: Media | None = None,
    ) -> State:
        """Put the effects into `parts`; return the state, which knows a new code's lookup.

        `media` is the file that came with the event.
        """
        # After a send the state is empty already: what is sealed belongs to the state before.
        owner = after if after.case or after.adds else place.state
        for effect in effects:
            match effect:
                case Keep() | Drop():
                    self._put(effect, owner, parts, now.date())
                case Fetch() if media is not None:
                    parts.fetches.append(self._fetch(effect, place, owner, media, now, draw))
                case Send():
                    parts.sends = True
                    await self._send(effect, place, parts, now, draw)
                case Code(digits=digits, sent=sent):
                    row = await self._code(digits, place, sent=sent, now=now, draw=draw)
                    parts.codes.append(row)
                    after = after if sent else replace(after, code=row.lookup)
                case SetTimer(name=name, seconds=seconds):
                    parts.timers[name] = _timer(place, after, name, seconds, now)
                case KeepWay(case=case):
                    parts.entries.append(await self._way(case, place, now.date()))
                case Forget():
                    parts.forget = True
                case Alert() if self.alert_seconds:
                    parts.line_timers.append(_alert(self.alert_seconds, now, draw))
                case _:
                    pass  # words: `prompts` says them
        parts.codes += await self._known_code(place, after, sends=parts.sends)
        return after

    def _put(self, effect: Keep | Drop, owner: State, parts: Parts, today: date) -> None:
        """Put one part of an answer, or what deletes one, where it belongs."""
        if isinstance(effect, Drop):
            gone = self.sealer.drop(owner, effect.key, effect.part, today)
            parts.drafts[gone.slot] = gone
            parts.dropped.append(gone.slot)
        elif owner.adds:
            parts.entries.append(self.sealer.add(effect, owner, today))
        else:
            kept = self.sealer.keep(effect, owner, today)
            parts.drafts[kept.slot] = kept

    def _fetch(
        self, fetch: Fetch, place: Place, owner: State, media: Media, now: datetime, draw: bytes
    ) -> FetchChange:
        """Return the row by which a file is fetched, and found again after any end."""
        began = int(now.timestamp())
        name = clean_name(media.name)
        claim = Claim(
            channel=place.channel,
            peer=place.peer,
            depot=place.channel,
            media=replace(media, name=name),
            language=owner.language,
            key=fetch.key,
            part=fetch.part,
            sequence=fetch.sequence,
            number=fetch.number,
            compartment=self.sealer.compartment(fetch.key),
            form=(owner.form, owner.version, owner.sha256),
            began=began,
        )
        key = hmac.digest(draw, b"fetch", "sha256")[:SLOT]
        if owner.case:
            key = slot(owner.key, fetch.key, fetch.part)
        row = FetchRow(
            key=key,
            case=owner.case or owner.adds,
            tag=place.tag,
            blob=hmac.digest(draw, b"blob", "sha256")[:SLOT],
            sealed=seal_claim(self.keyring, claim, key),
            due=began,
            tries=0,
            day=now.date(),
        )
        return FetchChange(key=key, row=row)

    async def _send(
        self, send: Send, place: Place, parts: Parts, now: datetime, draw: bytes
    ) -> None:
        state = place.state
        rows = await self.store.drafts(state.case)
        address = None
        if send.contact:
            address = await self.returns.seal(
                state.case, place.channel, place.peer, state.language, now.date()
            )
        entry, index = await asyncio.to_thread(
            self.sealer.pack,
            send,
            state,
            rows,
            address=address,
            channel=place.channel,
            number=draw_number(draw),
            today=now.date(),
        )
        parts.entries.append(entry)
        parts.index.append(index)
        # A file of what was set aside is left out with it, whether it is there or still comes.
        files = [((name, iteration), part) for name, iteration, part in state.files]
        parts.dropped += [slot(state.key, *one) for one in files if one not in send.files]
        if state.code:
            parts.codes.append(await self._keep_code(state, now))

    async def _way(self, case: bytes, place: Place, today: date) -> NewEntry:
        """Return the address of this chat as an entry of a case that was sent before."""
        language = place.state.language
        address = await self.returns.seal(case, place.channel, place.peer, language, today)
        further = FurtherAddress(
            case=case, channel=place.channel, language=language, day=today, address=address
        )
        return self.sealer.way(further)

    async def _code(
        self, digits: str, place: Place, *, sent: bool, now: datetime, draw: bytes
    ) -> CodeChange:
        lookup = self.keyring.lookup(digits)
        salt = hmac.digest(draw, b"salt", "sha256")[:16]
        hashed = await asyncio.to_thread(self.keyring.confirm, digits, salt)
        content = {"case": place.state.case.hex()} | ({} if sent else {"tag": place.tag.hex()})
        days = self.retention_days if sent else DRAFT_DAYS
        row = CodeRow(
            salt=salt,
            hash=hashed,
            sealed=self.keyring.codes.seal(json.dumps(content).encode(), lookup),
            expires=now.date() + timedelta(days=days),
        )
        return CodeChange(lookup=lookup, row=row)

    async def _known_code(self, place: Place, after: State, *, sends: bool) -> list[CodeChange]:
        """Return what becomes of the code of a draft that is over, or has another tag since."""
        lookup = place.state.code
        if lookup and place.state.case != after.case:
            return [] if sends else [CodeChange(lookup=lookup, row=None)]
        row = await self.store.code(lookup) if lookup and place.moved_from else None
        if row is None:
            return []
        content = {"case": place.state.case.hex(), "tag": place.tag.hex()}
        sealed = self.keyring.codes.seal(json.dumps(content).encode(), lookup)
        return [CodeChange(lookup=lookup, row=replace(row, sealed=sealed))]

    async def _keep_code(self, state: State, now: datetime) -> CodeChange:
        """Return the draft's code row as the sent case's: without the chat."""
        row = await self.store.code(state.code)
        if row is None:
            raise DraftDamaged
        content = json.dumps({"case": state.case.hex()}).encode()
        kept = replace(
            row,
            sealed=self.keyring.codes.seal(content, state.code),
            expires=now.date() + timedelta(days=self.retention_days),
        )
        return CodeChange(lookup=state.code, row=kept)


def _timer(
    place: Place, after: State, name: str, seconds: int | None, now: datetime
) -> TimerChange:
    due = None if seconds is None else int(now.timestamp()) + seconds
    return TimerChange(tag=place.tag, name=name, due=due, revision=after.revision)


def _alert(most: int, now: datetime, draw: bytes) -> TimerChange:
    """Return the line's own timer for an alert: nothing in it or its time tells whose it is."""
    chance = hmac.digest(draw, b"alert", "sha256")
    delay = 1 + int.from_bytes(chance[:8]) % most
    due = int(now.timestamp()) + delay
    return TimerChange(tag=LINE, name=f"{ALERT}{chance[8:16].hex()}", due=due, revision=0)
