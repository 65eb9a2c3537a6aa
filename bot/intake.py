"""Takes what comes in: one event, one step of the engine, one commit, in the order of its chat.

Nothing is acknowledged before its unit is committed, and whatever is kept is sealed before it is
handed to the store. `receive` returns when the event is safe; letters wait in the store by then.
Errors that come out of here carry a code and never a person's words.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot import logs
from bot.carrying import Carrier, Parts
from bot.chats import Chats, Place, end
from bot.engine import machine
from bot.engine.events import Event, Rang
from bot.engine.model import Form
from bot.errors import BotError, NotKept, Poisoned
from bot.keyring import Keyring
from bot.lanes import Lanes
from bot.ports import Clock, Draw, Incoming, Message
from bot.posting import letters_of
from bot.prompts import Speaker
from storage.errors import StorageError
from storage.rows import TimerRow
from storage.unit import Letter, Outcome, Store, TimerChange, Unit

#: How often a step is tried again when another worker was faster.
TRIES = 8
#: An update that fails this often is set aside, and the person is asked to say it again.
POISON = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """Everything a step needs; `app` puts it together."""

    store: Store
    keyring: Keyring
    chats: Chats
    carrier: Carrier
    speaker: Speaker
    form: Form
    clock: Clock
    draw: Draw
    ephemeral: bool = False  # unsent drafts end with this process, and the texts say so
    lanes: Lanes = field(default_factory=Lanes)
    wake: Callable[[], None] = lambda: None  # letters wait: see `delivery`

    async def receive(self, incoming: Incoming) -> Outcome:
        """Take one event; when this returns it is safe, or was safe before."""
        now = self.clock()
        tag = self.chats.tag(incoming.channel, incoming.peer, now.date())
        async with self.lanes.lane(tag):
            outcome = await self._receive(incoming, now)
        self.wake()
        return outcome

    async def ring(self, timer: TimerRow) -> None:
        """Take a timer that has run out."""
        async with self.lanes.lane(timer.tag):
            await self._ring(timer, self.clock())
        self.wake()

    async def _receive(self, incoming: Incoming, now: datetime) -> Outcome:
        for attempt in range(1, POISON + 1):
            try:
                return await self._try(incoming, now)
            except Exception as error:  # noqa: BLE001 - a poison update must not stop the line
                logs.event("poison", error=type(error).__name__, attempt=attempt)
        try:
            return await self._set_aside(incoming, now)
        except Exception as error:  # noqa: BLE001 - what it says may be a person's words
            why = str(error) if isinstance(error, BotError | StorageError) else type(error).__name__
        raise NotKept(why)  # out here, where it carries nothing of what was raised

    async def _try(self, incoming: Incoming, now: datetime) -> Outcome:
        draw = self.draw()
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        for _ in range(TRIES):
            place = await self.chats.find(incoming.channel, incoming.peer, now.date())
            outcome = await self._step(place, incoming.event, seen, now, draw)
            if outcome is not Outcome.STALE:
                return outcome
        raise Poisoned(TRIES, "stale")

    async def _ring(self, timer: TimerRow, now: datetime) -> None:
        if timer not in await self.store.due(int(now.timestamp())):
            return  # the person was faster: it has been set anew, or taken back
        gone = TimerChange(tag=timer.tag, name=timer.name, due=None, revision=timer.revision)
        outcome = Outcome.STALE
        for _ in range(TRIES):
            row = await self.store.chat(timer.tag)
            place = None if row is None else self.chats.open(row)
            if place is None:
                # A chat whose key is gone (ephemeral drafts, a restart) has its time as well.
                over = end(row) if row is not None and timer.name == "expiry" else None
                unit = Unit(day=now.date(), chat=over, timers=(gone,))
                outcome = await self.store.commit(unit)
            else:
                rang = Rang(name=timer.name, revision=timer.revision)
                outcome = await self._step(place, rang, None, now, self.draw(), gone)
            if outcome is not Outcome.STALE:
                return

    async def _set_aside(self, incoming: Incoming, now: datetime) -> Outcome:
        """Answer an update that cannot be taken, without looking at it again."""
        place = await self.chats.find(incoming.channel, incoming.peer, now.date())
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        language = place.state.language or self.speaker.reserve
        said = [self.speaker.trouble(language, place.state)]
        letters = self._letters(place, said, self.draw())
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
        parts = Parts(timers={t.name: t for t in timers})
        after = await self.carrier.carry_out(place, after, effects, parts, now=now, draw=draw)
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
            chat=self.chats.change(place, after, forget=parts.forget),
            drafts=() if parts.forget else tuple(parts.drafts.values()),
            entries=tuple(parts.entries),
            index=tuple(parts.index),
            codes=tuple(parts.codes),
            letters=self._letters(place, said, draw),
            timers=() if parts.forget else tuple(parts.timers.values()),
            # A new version of the form begins again: what was told under the old one goes too.
            forget=(place.state.case,) if place.state.case not in {b"", after.case} else (),
        )
        return await self.store.commit(unit)

    def _letters(self, place: Place, said: list[Message], draw: bytes) -> tuple[Letter, ...]:
        return letters_of(self.keyring, place.channel, place.peer, place.tag, said, draw)
