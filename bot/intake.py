"""Takes what comes in: one event, one step of the engine, one commit, in the order of its chat.

Nothing is acknowledged before its unit is committed, and whatever is kept is sealed before it is
handed to the store. `receive` returns when the event is safe; letters wait in the store by then.
Errors that come out of here carry a code and never a person's words.
"""

import asyncio
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import logs
from bot.engine import machine
from bot.engine.events import Code, Drop, Effect, Event, Forget, Keep, Rang, Send, SetTimer
from bot.engine.model import Form
from bot.engine.state import Mode, State, decode, encode
from bot.errors import DraftDamaged, ForeignState, Poisoned
from bot.keyring import Keyring, month_before, month_of, padded, unpadded
from bot.lanes import Lanes
from bot.ports import Clock, Draw, Incoming, Message
from bot.posting import letters_of
from bot.prompts import Speaker
from bot.returns import Returns
from bot.sealer import Sealer, draw_number
from storage.unit import (
    ChatChange,
    ChatRow,
    CodeChange,
    CodeRow,
    DraftEntry,
    IndexEntry,
    Letter,
    NewEntry,
    Outcome,
    Store,
    TimerChange,
    TimerRow,
    Unit,
)

#: How often a step is tried again when another worker was faster.
TRIES = 8
#: An update that fails this often is set aside, and the person is asked to say it again.
POISON = 3
#: A draft's code lives as long as the draft: 40 hours are never more than three days.
DRAFT_DAYS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A chat as it was found: who it is, where it stands, and how it is kept."""

    channel: str
    peer: str = field(repr=False)
    tag: bytes
    state: State
    expected: int = 0
    moved_from: bytes | None = None


@dataclass(kw_only=True, slots=True)
class Draft:
    """The parts of a unit while a step's effects are gone through."""

    drafts: dict[bytes, DraftEntry] = field(default_factory=dict)
    entries: list[NewEntry] = field(default_factory=list)
    index: list[IndexEntry] = field(default_factory=list)
    codes: list[CodeChange] = field(default_factory=list)
    timers: dict[str, TimerChange] = field(default_factory=dict)
    forget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """Everything a step needs; `app` puts it together."""

    store: Store
    keyring: Keyring
    sealer: Sealer
    speaker: Speaker
    returns: Returns
    form: Form
    clock: Clock
    draw: Draw
    retention_days: int
    ephemeral: bool = False  # unsent drafts end with this process, and the texts say so
    lanes: Lanes = field(default_factory=Lanes)
    wake: Callable[[], None] = lambda: None  # letters wait: see `delivery`

    async def receive(self, incoming: Incoming) -> Outcome:
        """Take one event; when this returns it is safe, or was safe before."""
        now = self.clock()
        tag = self.keyring.tag(incoming.channel, incoming.peer, month_of(now.date()))
        async with self.lanes.lane(tag):
            for attempt in range(1, POISON + 1):
                try:
                    outcome = await self._receive(incoming, tag, now)
                except Exception as error:  # noqa: BLE001 - a poison update must not stop the line
                    logs.event("poison", error=type(error).__name__, attempt=attempt)
                else:
                    self.wake()
                    return outcome
            outcome = await self._set_aside(incoming, tag, now)
            self.wake()
            return outcome

    async def ring(self, timer: TimerRow) -> None:
        """Take a timer that has run out."""
        now = self.clock()
        async with self.lanes.lane(timer.tag):
            await self._ring(timer, now)
        self.wake()

    # -- one event ------------------------------------------------------------------------

    async def _receive(self, incoming: Incoming, tag: bytes, now: datetime) -> Outcome:
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        draw = self.draw()
        for _ in range(TRIES):
            place = await self._find(incoming, tag, now)
            outcome = await self._step(place, incoming.event, seen, now, draw)
            if outcome is not Outcome.STALE:
                return outcome
        raise Poisoned(TRIES, "stale")

    async def _ring(self, timer: TimerRow, now: datetime) -> None:
        gone = TimerChange(tag=timer.tag, name=timer.name, due=None, revision=timer.revision)
        for _ in range(TRIES):
            row = await self.store.chat(timer.tag)
            place = None if row is None else self._open(row)
            if place is None:
                await self.store.commit(Unit(day=now.date(), timers=(gone,)))
                return
            rang = Rang(name=timer.name, revision=timer.revision)
            if await self._step(place, rang, None, now, self.draw(), gone) is not Outcome.STALE:
                return

    async def _set_aside(self, incoming: Incoming, tag: bytes, now: datetime) -> Outcome:
        """Answer an update that cannot be taken, without looking at it again."""
        place = await self._find(incoming, tag, now)
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        language = place.state.language or self.speaker.reserve
        said = [self.speaker.trouble(language, place.state)]
        letters = letters_of(self.keyring, place.channel, place.peer, tag, said, self.draw())
        return await self.store.commit(Unit(day=now.date(), seen=seen, letters=letters))

    async def _step(
        self,
        place: Place,
        event: Event,
        seen: bytes | None,
        now: datetime,
        draw: bytes,
        *timers: TimerChange,
    ) -> Outcome:
        after, effects = machine.step(self.form, place.state, event, now=now, draw=draw)
        if not effects:
            return await self.store.commit(Unit(day=now.date(), seen=seen, timers=timers))
        parts = Draft(timers={t.name: t for t in timers})
        after = await self._carry_out(place, after, effects, parts, now, draw)
        said = self.speaker.messages(
            place.state,
            after,
            effects,
            channel=place.channel,
            now=now,
            ephemeral=self.ephemeral,
        )
        unit = Unit(
            day=now.date(),
            seen=seen,
            chat=self._chat(place, after, forget=parts.forget),
            drafts=() if parts.forget else tuple(parts.drafts.values()),
            entries=tuple(parts.entries),
            index=tuple(parts.index),
            codes=tuple(parts.codes),
            letters=self._letters(place, said, draw),
            timers=() if parts.forget else tuple(parts.timers.values()),
            forget=(place.state.case,) if parts.forget and place.state.case else (),
        )
        return await self.store.commit(unit)

    # -- the effects ----------------------------------------------------------------------

    async def _carry_out(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        parts: Draft,
        now: datetime,
        draw: bytes,
    ) -> State:
        today = now.date()
        # After a send the state is empty already: what is sealed belongs to the state before.
        owner = after if after.case else place.state
        sends = any(isinstance(e, Send) for e in effects)
        for effect in effects:
            match effect:
                case Keep():
                    kept = self.sealer.keep(effect, owner, today)
                    parts.drafts[kept.slot] = kept
                case Drop(key=key, part=part):
                    gone = self.sealer.drop(owner, key, part, today)
                    parts.drafts[gone.slot] = gone
                case Send():
                    await self._send(effect, place, parts, now, draw)
                case Code(digits=digits, sent=sent):
                    row = await self._code(digits, place, sent=sent, now=now, draw=draw)
                    parts.codes.append(row)
                    after = after if sent else replace(after, code=row.lookup)
                case SetTimer(name=name, seconds=seconds):
                    parts.timers[name] = self._timer(place, after, name, seconds, now)
                case Forget():
                    parts.forget = True
                    if place.state.code and not sends:
                        parts.codes.append(CodeChange(lookup=place.state.code, row=None))
        return after

    async def _send(
        self, send: Send, place: Place, parts: Draft, now: datetime, draw: bytes
    ) -> None:
        state = place.state
        rows = await self.store.drafts(state.case)
        address = await self._address(send, place, now)
        entry, index = await asyncio.to_thread(
            self.sealer.pack,
            send,
            state,
            rows,
            address=address,
            number=draw_number(draw),
            today=now.date(),
        )
        parts.entries.append(entry)
        parts.index.append(index)
        if state.code:
            parts.codes.append(await self._keep_code(state, now))

    async def _address(self, send: Send, place: Place, now: datetime) -> bytes | None:
        """Return the sealed way back, unless the person wants no contact."""
        if not send.contact:
            return None
        return await self.returns.seal(
            place.state.case, place.channel, place.peer, place.state.language, now.date()
        )

    async def _code(
        self, digits: str, place: Place, *, sent: bool, now: datetime, draw: bytes
    ) -> CodeChange:
        lookup = self.keyring.lookup(digits)
        salt = hmac.digest(draw, b"salt", "sha256")[:16]
        case = place.state.case
        hashed = await asyncio.to_thread(self.keyring.confirm, digits, salt)
        content = {"case": case.hex()} | ({} if sent else {"tag": place.tag.hex()})
        days = self.retention_days if sent else DRAFT_DAYS
        row = CodeRow(
            salt=salt,
            hash=hashed,
            sealed=self.keyring.codes.seal(json.dumps(content).encode(), lookup),
            expires=now.date() + timedelta(days=days),
        )
        return CodeChange(lookup=lookup, row=row)

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

    # -- the chat -------------------------------------------------------------------------

    def _timer(
        self, place: Place, after: State, name: str, seconds: int | None, now: datetime
    ) -> TimerChange:
        due = None if seconds is None else int(now.timestamp()) + seconds
        return TimerChange(tag=place.tag, name=name, due=due, revision=after.revision)

    def _letters(self, place: Place, said: list[Message], draw: bytes) -> tuple[Letter, ...]:
        return letters_of(self.keyring, place.channel, place.peer, place.tag, said, draw)

    def _chat(self, place: Place, after: State, *, forget: bool) -> ChatChange | None:
        if forget or after.mode is Mode.OVER:
            if not place.expected:
                return None
            sealed = None
        else:
            header = json.dumps([place.channel, place.peer]).encode()
            plain = padded(len(header).to_bytes(4) + header + encode(after))
            sealed = self.keyring.states.seal(plain, place.tag)
        return ChatChange(
            tag=place.tag,
            expected=place.expected,
            state=sealed,
            revision=after.revision,
            moved_from=place.moved_from,
        )

    async def _find(self, incoming: Incoming, tag: bytes, now: datetime) -> Place:
        moved_from = None
        row = await self.store.chat(tag)
        if row is None:
            month = month_before(now.date())
            earlier = self.keyring.tag(incoming.channel, incoming.peer, month)
            row = await self.store.chat(earlier)
            moved_from = None if row is None else earlier
        place = None if row is None else self._open(row)
        if row is not None and place is None:
            foreign = replace(machine.begin(self.form), sha256="", revision=row.revision)
            return self._place(incoming, tag, foreign, row, moved_from)
        if place is None:
            return self._place(incoming, tag, machine.begin(self.form), None, None)
        return replace(place, tag=tag, moved_from=moved_from)

    def _place(
        self,
        incoming: Incoming,
        tag: bytes,
        state: State,
        row: ChatRow | None,
        moved_from: bytes | None,
    ) -> Place:
        return Place(
            channel=incoming.channel,
            peer=incoming.peer,
            tag=tag,
            state=state,
            expected=0 if row is None else row.revision,
            moved_from=moved_from,
        )

    def _open(self, row: ChatRow) -> Place | None:
        """Return the chat in a row; None when its key is gone (ephemeral drafts, a restart)."""
        try:
            plain = unpadded(self.keyring.states.open(row.state, row.tag))
            size = int.from_bytes(plain[:4])
            channel, peer = json.loads(plain[4 : 4 + size])
            state = decode(plain[4 + size :])
        except ForeignState:
            return None
        return Place(channel=channel, peer=peer, tag=row.tag, state=state, expected=row.revision)
