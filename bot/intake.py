"""Takes what comes in: one event, one step of the engine, one commit, in the order of its chat.

Nothing is acknowledged before its unit is committed, and whatever is kept is sealed before it is
handed to the store. `receive` returns when the event is safe; letters wait in the store by then.
Errors that come out of here carry a code and never a person's words.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot import logs
from bot.accounts import Accounts
from bot.carrying import Carrier, Parts
from bot.chats import Chats, Place, end
from bot.engine import answers, machine
from bot.engine.commands import stops
from bot.engine.events import Began, Rang, Said, Say
from bot.engine.model import Form
from bot.engine.state import Mode
from bot.errands import Forget
from bot.errors import BotError, NotKept, Poisoned
from bot.inspection import Inspection
from bot.keyring import Keyring
from bot.lanes import Lanes
from bot.limits import Flood
from bot.notices import Notices
from bot.origins import noted
from bot.ports import Clock, Draw, Incoming
from bot.presses import Presses
from bot.prompts import Speaker
from bot.proof import Found
from bot.removal import Left
from bot.replies import Replies
from bot.screens import Screens
from storage.errors import StorageError
from storage.rows import TimerRow
from storage.unit import Outcome, Store, TimerChange, Unit

#: How often a step is tried again when another worker was faster.
TRIES = 8
#: An update that fails this often is set aside, and the person is asked to say it again.
POISON = 3
#: What is said to everybody who asks for it, also while no conversation begins.
ALWAYS = frozenset({"help", "danger", "who"})


async def _all_read(_: bytes) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """Everything a step needs; `app` puts it together."""

    store: Store
    keyring: Keyring
    chats: Chats
    carrier: Carrier
    replies: Replies
    inspection: Inspection
    notices: Notices
    accounts: Accounts
    form: Form
    clock: Clock
    draw: Draw
    begins: Callable[[date], bool] = lambda _: True  # whether new conversations are taken
    floods: Mapping[str, Flood] = field(default_factory=dict)  # by channel, where there is a limit
    lanes: Lanes = field(default_factory=Lanes)
    presses: Presses = field(default_factory=Presses)
    wake: Callable[[bytes], None] = lambda _: None  # letters wait for a chat: see `delivery`
    unread: Callable[[bytes], Awaitable[bool]] = _all_read
    forgets: Mapping[str, Forget] = field(default_factory=dict)  # by channel: a person who is done

    @property
    def speaker(self) -> Speaker:
        """What says things."""
        return self.replies.speaker

    @property
    def screens(self) -> Screens:
        """Since when people can have read what they are asked."""
        return self.replies.screens

    @property
    def left(self) -> Left:
        """What was not looked at."""
        return self.replies.left

    async def receive(self, incoming: Incoming) -> Outcome | None:
        """Take one event; when this returns it is safe, or was safe before.

        None: it was set aside, because too many came from this chat at once.
        """
        now = self.clock()
        if not incoming.hint and isinstance(incoming.event, Said):
            # Signal tells no language: whoever says a word of ours tells it themselves.
            hint = answers.tongue(self.form, incoming.event.text)
            incoming = replace(incoming, hint=hint) if hint else incoming
        tag = self.chats.tag(incoming.channel, incoming.peer, now.date())
        flood = self.floods.get(incoming.channel)
        answer = Flood.Answer.YES if flood is None else flood.take(tag, _when(incoming, now))
        if answer is not Flood.Answer.YES and await self._stops(incoming, now):
            answer = Flood.Answer.YES
        if answer is Flood.Answer.NO:
            self.replies.let_go(incoming)
            if self.replies.stands(incoming):
                self.left.note(tag, incoming.message)
            return None
        async with self.lanes.lane(tag):
            outcome = None
            if flood is not None and answer is Flood.Answer.FIRST_NO:
                await self._too_many(flood, tag, incoming, now)
            else:
                outcome = await self._receive(incoming, now)
        if flood is not None and outcome is Outcome.DUPLICATE:
            flood.forgive(tag)  # what is brought again is no haste of the person's
        self.wake(tag)
        return outcome

    def lets_go(self, incoming: Incoming) -> bool:
        """Tell whether an event is set aside at once, by one look at what its chat has sent.

        For channels, before they decode: whose chat was told to wait, and what would stop nothing.
        A file is not asked about, and neither is whether something was brought again: what is here
        can only be what `receive` would have set aside as well.
        """
        flood = self.floods.get(incoming.channel)
        if flood is None or not len(flood):
            return False
        now = self.clock()
        tag = self.chats.tag(incoming.channel, incoming.peer, now.date())
        if not flood.refuses(tag, _when(incoming, now)) or stops(self.form, incoming.event):
            return False
        if self.replies.stands(incoming):
            self.left.note(tag, incoming.message)
        return True

    async def tell_open(self, channel: str, text: str) -> int:
        """Say a text to everybody on a channel who has something open; return to how many."""
        return await self.notices.tell_open(channel, text)

    async def resend(self, channel: str, peer: str) -> None:
        """Ask one person to send again what could not be read."""
        await self.notices.tell(channel, peer, "send-again")

    async def _too_many(self, flood: Flood, tag: bytes, incoming: Incoming, now: datetime) -> None:
        """Tell the person to wait; who could not be told has not been told."""
        logs.event("flood", channel=incoming.channel)
        try:
            await self.replies.only_say(incoming, ["wait"], now=now, draw=self.draw())
        except BaseException:
            flood.untell(tag)
            raise

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
            return await self.replies.only_say(
                incoming, ["trouble"], now=now, draw=self.draw(), seen=seen
            )
        except Exception as error:  # noqa: BLE001 - what it says may be a person's words
            why = str(error) if isinstance(error, BotError | StorageError) else type(error).__name__
        raise NotKept(why)  # out here, where it carries nothing of what was raised

    async def _try(self, incoming: Incoming, now: datetime) -> Outcome:
        draw = self.draw()
        place = await self.chats.find(incoming.channel, incoming.peer, now.date())
        if isinstance(incoming.event, Said) and incoming.sent:
            incoming = await self.replies.dated(place, incoming, incoming.event, now)
        if self.presses.is_again(place.tag, incoming.event, place.state, now.timestamp()):
            seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
            return await self.store.commit(Unit(day=now.date(), seen=seen))
        found = await self.inspection.proof(place, incoming, now)
        for _ in range(TRIES):
            outcome = await self._take(place, incoming, found, now, draw)
            if outcome is not Outcome.STALE:
                return outcome
            place = await self.chats.find(incoming.channel, incoming.peer, now.date())
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

    # -- one step -----------------------------------------------------------------------------

    async def _take(
        self, place: Place, incoming: Incoming, found: Found | None, now: datetime, draw: bytes
    ) -> Outcome:
        """Step, and keep what comes of it; `found` is what a case code led to."""
        seen = self.keyring.seen(incoming.channel, incoming.peer, incoming.event_id)
        parts = Parts()
        looked = await self.inspection.event(place, incoming, found, parts, now, draw)
        if looked is None:
            return Outcome.STALE
        event, place = looked
        after, effects = machine.step(self.form, place.state, event, now=now, draw=draw)
        effects = await self.accounts.carry_out(effects, parts, now)
        consents = after.consented and not place.state.consented
        if consents and isinstance(event, Said) and await self._has_not_read(place):
            # Nobody consents to what they have not been shown: it is asked, not taken.
            after, effects = machine.step(self.form, place.state, Began(), now=now, draw=draw)
        if not effects:
            self.replies.let_go(incoming)
            return await self.store.commit(Unit(day=now.date(), seen=seen))
        begins = not place.expected and after.mode is not Mode.OVER
        if begins and not self.begins(now.date()):
            asked = [one.id for one in effects if isinstance(one, Say) and one.id in ALWAYS]
            return await self.replies.only_say(
                incoming, [*asked, "resting"], now=now, draw=draw, seen=seen
            )
        after = await self.carrier.carry_out(
            place, after, effects, parts, now=now, draw=draw, media=incoming.media
        )
        after = replace(after, origins=noted(place.state, after, effects, incoming))
        owed = self.notices.owed(place, after, now, sends=parts.sends)
        said = [*owed, *self.replies.answer(place, after, effects, incoming, event, parts, now)]
        outcome = await self.replies.keep(place, after, parts, said, now=now, draw=draw, seen=seen)
        if outcome is Outcome.COMMITTED:
            self.presses.took(place.tag, event, after, effects, now.timestamp())
            if not parts.fetches:
                self.replies.let_go(incoming)
            if owed:
                self.notices.told(place, now)
            if isinstance(event, Said):
                self.replies.heard(place, after, effects, event, incoming.sent, now)
            if place.apart and place.moved_from:
                self.wake(place.moved_from)
        return outcome

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
        said = self.replies.said(place, after, effects, now)
        outcome = await self.replies.keep(place, after, parts, said, now=now, draw=draw)
        over = outcome is Outcome.COMMITTED and after.mode is Mode.OVER
        if over and not said and (forget := self.forgets.get(place.channel)):
            await forget(place.peer)  # with a last letter, `delivery` does
        return outcome


def _when(incoming: Incoming, now: datetime) -> float:
    """Return when an event happened: what waited for the line while it was down is no haste."""
    seconds = now.timestamp()
    return min(float(incoming.sent), seconds) if incoming.sent else seconds
