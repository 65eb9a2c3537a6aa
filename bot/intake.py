"""Takes what comes in: one event, one step of the engine, one commit, in the order of its chat.

Nothing is acknowledged before its unit is committed, and whatever is kept is sealed before it is
handed to the store. `receive` returns when the event is safe; letters wait in the store by then.
Errors that come out of here carry a code and never a person's words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot import logs
from bot.carrying import Carrier, Parts
from bot.chats import Chats, Place, end
from bot.engine import machine
from bot.engine.commands import stops
from bot.engine.events import Began, Chose, Effect, Rang, Said, Say
from bot.engine.model import Form
from bot.engine.state import Mode, State
from bot.errors import BotError, NotKept, Poisoned
from bot.keyring import Keyring, month_before
from bot.lanes import Lanes
from bot.limits import Flood
from bot.ports import Clock, Draw, Incoming, Message
from bot.posting import letters_of, seal_trace
from bot.prompts import Speaker
from bot.removal import Left, in_place, is_told, leaves, stands, was_kept, without
from storage.errors import StorageError
from storage.rows import TimerRow
from storage.unit import Letter, Outcome, Store, TimerChange, Trace, Unit

#: How often a step is tried again when another worker was faster.
TRIES = 8
#: An update that fails this often is set aside, and the person is asked to say it again.
POISON = 3
#: What is said to everybody who asks for it, also while no conversation begins.
ALWAYS = frozenset({"help", "danger"})


async def _all_read(_: bytes) -> bool:
    return False


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
    vanish: bool = True  # a person's message leaves the chat once its answer is kept
    removing: frozenset[str] = frozenset()  # the channels that can take messages out
    begins: Callable[[date], bool] = lambda _: True  # whether new conversations are taken
    floods: Mapping[str, Flood] = field(default_factory=dict)  # by channel, where there is a limit
    left: Left = field(default_factory=Left)
    lanes: Lanes = field(default_factory=Lanes)
    wake: Callable[[bytes], None] = lambda _: None  # letters wait for a chat: see `delivery`
    unread: Callable[[bytes], Awaitable[bool]] = _all_read

    async def receive(self, incoming: Incoming) -> Outcome | None:
        """Take one event; when this returns it is safe, or was safe before.

        None: it was set aside, because too many came from this chat at once.
        """
        now = self.clock()
        tag = self.chats.tag(incoming.channel, incoming.peer, now.date())
        flood = self.floods.get(incoming.channel)
        answer = Flood.Answer.YES if flood is None else flood.take(tag, now.timestamp())
        if answer is not Flood.Answer.YES and await self._stops(incoming, now):
            answer = Flood.Answer.YES
        if answer is Flood.Answer.NO:
            if self._stands(incoming):
                self.left.note(tag, incoming.message)
            return None
        async with self.lanes.lane(tag):
            if answer is Flood.Answer.FIRST_NO:
                logs.event("flood", channel=incoming.channel)
                await self._only_say(incoming, now, "wait", seen=None)
                outcome = None
            else:
                outcome = await self._receive(incoming, now)
        if flood is not None and outcome is Outcome.DUPLICATE:
            flood.forgive(tag)  # what is brought again is no haste of the person's
        self.wake(tag)
        return outcome

    async def _stops(self, incoming: Incoming, now: datetime) -> bool:
        """Tell whether there is something to stop, and this would: nobody has to wait for that."""
        if not stops(self.form, incoming.event):
            return False
        place = await self.chats.find(incoming.channel, incoming.peer, now.date())
        return place.expected > 0

    async def ring(self, timer: TimerRow) -> None:
        """Take a timer that has run out."""
        async with self.lanes.lane(timer.tag):
            await self._ring(timer, self.clock())
        self.wake(timer.tag)

    async def _receive(self, incoming: Incoming, now: datetime) -> Outcome:
        for attempt in range(1, POISON + 1):
            try:
                return await self._try(incoming, now)
            except Exception as error:  # noqa: BLE001 - a poison update must not stop the line
                logs.event("poison", error=type(error).__name__, attempt=attempt)
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        try:
            return await self._only_say(incoming, now, "trouble", seen=seen)
        except Exception as error:  # noqa: BLE001 - what it says may be a person's words
            why = str(error) if isinstance(error, BotError | StorageError) else type(error).__name__
        raise NotKept(why)  # out here, where it carries nothing of what was raised

    async def _try(self, incoming: Incoming, now: datetime) -> Outcome:
        draw = self.draw()
        for _ in range(TRIES):
            place = await self.chats.find(incoming.channel, incoming.peer, now.date())
            outcome = await self._take(place, incoming, now, draw)
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
                outcome = await self._rung(place, timer, gone, now)
            if outcome is not Outcome.STALE:
                return

    async def _only_say(
        self, incoming: Incoming, now: datetime, *names: str, seen: bytes | None
    ) -> Outcome:
        """Answer an event without looking at it: `trouble` for poison, `wait` for a flood."""
        place = await self.chats.find(incoming.channel, incoming.peer, now.date())
        language = self.speaker.language(place.state, hint=incoming.hint)
        said = [self.speaker.simple(language, name, place.state) for name in names]
        letters = self._letters(place, said, self.draw(), now)
        there = [incoming.message] if self._stands(incoming) else []
        traces = self._traces(place.tag, there, now)
        unit = Unit(day=now.date(), seen=seen, letters=letters, traces=traces)
        return await self.store.commit(unit)

    def _stands(self, incoming: Incoming) -> bool:
        """Tell whether an event has left a message in a chat from which it can be removed."""
        removable = incoming.message and incoming.channel in self.removing
        return bool(removable) and stands(incoming.event)

    def _traces(self, tag: bytes, messages: Sequence[str], now: datetime) -> tuple[Trace, ...]:
        sealed = (seal_trace(self.keyring, message) for message in messages)
        return tuple(Trace(tag=tag, day=now.date(), sealed=one) for one in sealed)

    # -- one step -----------------------------------------------------------------------------

    async def _take(self, place: Place, incoming: Incoming, now: datetime, draw: bytes) -> Outcome:
        """Step, and keep what comes of it."""
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        event = incoming.event
        after, effects = machine.step(self.form, place.state, event, now=now, draw=draw)
        consents = after.consented and not place.state.consented
        if consents and isinstance(event, Said) and await self._has_not_read(place):
            # Nobody consents to what they have not been shown: it is asked, not taken.
            after, effects = machine.step(self.form, place.state, Began(), now=now, draw=draw)
        if not effects:
            return await self.store.commit(Unit(day=now.date(), seen=seen))
        begins = not place.expected and after.mode is not Mode.OVER
        if begins and not self.begins(now.date()):
            asked = [one.id for one in effects if isinstance(one, Say) and one.id in ALWAYS]
            return await self._only_say(incoming, now, *asked, "resting", seen=seen)
        parts = Parts()
        after = await self.carrier.carry_out(place, after, effects, parts, now=now, draw=draw)
        said = self._said(place, after, effects, now, hint=incoming.hint)
        if incoming.message and said and place.channel in self.removing:
            said = self._out_of_the_chat(place, after, effects, incoming, said, parts, now)
        return await self._commit(place, after, parts, said, now=now, draw=draw, seen=seen)

    async def _has_not_read(self, place: Place) -> bool:
        """Tell whether something is still on its way to a person whom the channel makes wait.

        A button tells by its revision what it answers; typed words may have been typed before.
        """
        if place.channel not in self.floods:
            return False
        tags = [tag for tag in (place.tag, place.moved_from) if tag]
        return any([await self.unread(tag) for tag in tags])

    async def _rung(
        self, place: Place, timer: TimerRow, gone: TimerChange, now: datetime
    ) -> Outcome:
        """Step for a timer that has run out, and keep what comes of it."""
        rang, draw = Rang(name=timer.name, revision=timer.revision), self.draw()
        after, effects = machine.step(self.form, place.state, rang, now=now, draw=draw)
        if not effects:
            return await self.store.commit(Unit(day=now.date(), timers=(gone,)))
        parts = Parts(timers={timer.name: gone})
        after = await self.carrier.carry_out(place, after, effects, parts, now=now, draw=draw)
        said = self._said(place, after, effects, now)
        return await self._commit(place, after, parts, said, now=now, draw=draw)

    def _said(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        now: datetime,
        *,
        hint: str = "",
    ) -> list[Message]:
        return self.speaker.messages(
            place.state,
            after,
            effects,
            channel=place.channel,
            now=now,
            ephemeral=self.ephemeral,
            removes=place.channel in self.removing,
            hint=hint,
        )

    def _out_of_the_chat(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        incoming: Incoming,
        said: list[Message],
        parts: Parts,
        now: datetime,
    ) -> list[Message]:
        """Let the person's message leave the chat, or remember that it stands there."""
        event, message = incoming.event, incoming.message
        if isinstance(event, Chose):
            return in_place(said, event, message, place.state, after)
        if self.vanish and leaves(self.form, event, effects, place.state, after):
            language = self.speaker.language(after, place.state, hint=incoming.hint)
            gone, not_gone = self.speaker.vanished(language, place.channel)
            told = (gone if is_told(effects) else "", not_gone if was_kept(effects) else "")
            return without(said, message, told)
        if stands(event):  # else it is known already
            parts.traces += self._traces(place.tag, [message], now)
        return said

    async def _commit(
        self,
        place: Place,
        after: State,
        parts: Parts,
        said: Sequence[Message],
        *,
        now: datetime,
        draw: bytes,
        seen: bytes | None = None,
    ) -> Outcome:
        left = self.left.of(place.tag)
        unit = Unit(
            day=now.date(),
            seen=seen,
            chat=self.chats.change(place, after, forget=parts.forget),
            drafts=() if parts.forget else tuple(parts.drafts.values()),
            entries=tuple(parts.entries),
            index=tuple(parts.index),
            codes=tuple(parts.codes),
            letters=self._letters(place, said, draw, now),
            timers=(*parts.line_timers, *(() if parts.forget else parts.timers.values())),
            traces=(*parts.traces, *self._traces(place.tag, left, now)),
            # A new version of the form begins again: what was told under the old one goes too.
            forget=(place.state.case,) if place.state.case not in {b"", after.case} else (),
        )
        outcome = await self.store.commit(unit)
        if outcome is Outcome.COMMITTED and left:
            self.left.kept(place.tag)
        return outcome

    def _letters(
        self, place: Place, said: Sequence[Message], draw: bytes, now: datetime
    ) -> tuple[Letter, ...]:
        """Seal what is said; who removes a chat may have to look under last month's tag too."""
        also = b""
        if any(message.wipe for message in said):
            also = self.keyring.tag(place.channel, place.peer, month_before(now.date()))
        return letters_of(self.keyring, place.channel, place.peer, place.tag, said, draw, also=also)
