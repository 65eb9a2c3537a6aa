"""What staff have written is brought to the person at most once.

- That it is attempted is kept before the app is asked, and what became of it after. What was
  attempted and has no known end (no answer, a crash) is unknown: staff are told, and it is never
  sent again. Only what surely showed nothing goes back, and is tried again.
- The text is the desk's, the person's phrase first; ours comes under it. It goes to the chat that
  it is sealed for, and to no other.
- What staff take back goes as long as it was not attempted (`bot.recalling`): one of the two comes
  first, by what each expects of the row that it changes.
- Who has begun here and not consented yet is not disturbed: the reply waits until that is over, an
  hour at most. Where it has hours (the person's), it waits for those, and none behind it waits with
  it. A case that leaves says nothing more, at any hour: what is still tried then has its end all
  the same, and goes with the case.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot import logs
from bot.chats import Place
from bot.dictated import Told, open_told
from bot.errands import LONGEST_WAIT
from bot.errors import DeliveryFailed, KeyChanged, NotNow, Refused, Unreachable
from bot.intake import Intake
from bot.ports import Channel, Clock, Draw, Message, Ticks
from bot.sealer import Sealer
from bot.windows import Windows, has_begun, is_free
from storage.hours import Hours
from storage.outcome import Outcome
from storage.receipt import Receipt
from storage.standing import (
    Answered,
    OutcomeChange,
    ReplyChange,
    ReplyHead,
    ReplyRow,
    Standing,
    StandingChange,
)
from storage.unit import Outcome as Kept
from storage.unit import Store, Unit

#: What a person is told by what became of a reply: answered, or perhaps.
ANSWERS = {Outcome.SENT: Answered.YES, Outcome.UNKNOWN: Answered.PERHAPS}
TRIES = 8  # to keep what became of a reply, when the chat changes meanwhile
HOME_SECONDS = 5.0  # that a clean end gives to what is on its way


@dataclass(kw_only=True, slots=True)
class Followup:
    """Brings replies to people, for one line."""

    store: Store
    windows: Windows
    sealer: Sealer
    channels: Mapping[str, Channel]
    clock: Clock
    draw: Draw
    ticks: Ticks = time.monotonic
    _flying: set[bytes] = field(default_factory=set, init=False, repr=False)
    _ends: dict[bytes, Outcome] = field(default_factory=dict, init=False, repr=False)
    _waits: dict[bytes, tuple[int, float]] = field(default_factory=dict, init=False, repr=False)
    _hours: dict[bytes, Hours | None] = field(default_factory=dict, init=False, repr=False)
    _tasks: set[asyncio.Task[int]] = field(default_factory=set, init=False, repr=False)

    @classmethod
    def beside(cls, intake: Intake, channels: Mapping[str, Channel], days: int) -> "Followup":
        """Return what brings replies for the line that this intake is of."""
        windows = Windows(
            store=intake.store,
            replies=intake.replies,
            proofs=intake.inspection.proofs,
            lanes=intake.lanes,
            days=days,
            forgets=intake.forgets,
        )
        return cls(
            store=intake.store,
            windows=windows,
            sealer=intake.carrier.sealer,
            channels=channels,
            clock=intake.clock,
            draw=intake.draw,
        )

    def renew(self, intake: Intake) -> None:
        """Go on under a newer statement."""
        self.windows.replies, self.sealer = intake.replies, intake.carrier.sealer

    async def round(self) -> int:
        """Send what waits and may be sent now; return how many replies are done with.

        What is on its way when a round is cut off arrives all the same, or is unknown.
        """
        await self.windows.close(self.clock())
        chats: dict[bytes, list[bytes]] = {}
        for one in await self._waiting():
            chats.setdefault(one.tag, []).append(one.id)
        tasks = [asyncio.create_task(self._bring(tag, ids)) for tag, ids in chats.items()]
        for task in tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return sum(await asyncio.shield(asyncio.gather(*tasks)))

    async def come_home(self, seconds: float = HOME_SECONDS) -> None:
        """Let what is on its way arrive."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def _waiting(self) -> list[ReplyHead]:
        """Take in hand all that may be sent now, in the order in which staff asked for it."""
        waiting = await self.store.replies()
        await self._learn_hours(waiting)
        leaving = {row.case for row in await self.store.leaving()}
        now, clock, found = self.ticks(), self.clock(), []
        for one in waiting:
            hours = None if one.case in leaving else self._hours.get(one.id)
            later = self._waits.get(one.tag, (0, now))[1] > now
            early = hours is not None and not hours.include(clock)
            if one.id not in self._flying and (one.attempting or not (later or early)):
                found.append(one)
        self._flying.update(one.id for one in found)
        return found

    async def _learn_hours(self, waiting: Sequence[ReplyHead]) -> None:
        """Know the hours of each reply that waits; they are sealed with it, and read once."""
        self._hours = {one.id: self._hours[one.id] for one in waiting if one.id in self._hours}
        for one in waiting:
            if one.id not in self._hours and (row := await self.store.reply(one.id)) is not None:
                told = self._open(row)
                self._hours[one.id] = told.hours if told else None

    async def _bring(self, tag: bytes, replies: Sequence[bytes]) -> int:
        """Bring the replies of one chat, in order, until one has to wait; return how many went."""
        done = 0
        try:
            for reply in replies:
                row = await self.store.reply(reply)
                if row is not None and not await self._take(row):
                    break
                done += row is not None
        except Exception as error:  # noqa: BLE001 - the others must not wait for this one
            logs.event("reply-failed", error=type(error).__name__)
            self._later(tag)
        finally:
            self._flying.difference_update(replies)
        return done

    async def _take(self, row: ReplyRow) -> bool:
        """Have one reply done with; False: it waits."""
        told = self._open(row)
        if told is None:
            return await self._end(row, Outcome.ADDRESS_DEAD, Unit(day=self.clock().date()))
        today = self.clock().date()
        tag = self.windows.replies.chats.tag(told.channel, told.peer, today)
        async with self.windows.lanes.lane(tag):
            if row.attempting:  # by an earlier process, or its end could not be kept
                return await self._keep(row, told, self._ends.get(row.id, Outcome.UNKNOWN), ())
            if await self.windows.proofs.leaves(row.case):
                return await self._end(row, Outcome.WITHDRAWN, Unit(day=today))
            return await self._send(row, told)

    # -- sending --------------------------------------------------------------------------------

    async def _send(self, row: ReplyRow, told: Told) -> bool:
        channel, place = self.channels.get(told.channel), await self._find(told)
        if channel is None or has_begun(place, self.windows.replies.form):
            return self._later(row.tag)
        free = is_free(place, row.case)
        message = self.windows.message(told.text, told.language, free=free)
        tried = replace(row, attempting=True)
        if not await self._change(row, tried, Outcome.ATTEMPTING):
            gone = await self.store.reply(row.id) is None  # taken back: nothing waits for it
            return gone or self._later(row.tag)
        try:
            outcome, ids = await self._attempt(channel, told.peer, message)
        except DeliveryFailed as error:
            if await self.windows.proofs.leaves(row.case):
                self._ends[row.id] = Outcome.WITHDRAWN
                return await self._keep(tried, told, Outcome.WITHDRAWN, ())
            await self._change(tried, row, Outcome.WAITING)
            return self._later(row.tag, error.seconds if isinstance(error, NotNow) else 0.0)
        self._ends[row.id] = outcome
        return await self._keep(tried, told, outcome, ids)

    async def _attempt(
        self, channel: Channel, peer: str, message: Message
    ) -> tuple[Outcome, tuple[str, ...]]:
        """Send, once; return what became of it. Raises DeliveryFailed: it surely showed nothing."""
        try:
            ids = await channel.deliver(peer, message)
        except Unreachable:
            return Outcome.BLOCKED, ()
        except KeyChanged:
            return Outcome.KEY_CHANGED, ()
        except Refused:
            return Outcome.UNKNOWN, ()  # what came before the part that was refused is there
        except DeliveryFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it may have been sent
            logs.event("reply-unknown", channel=channel.name, error=type(error).__name__)
            return Outcome.UNKNOWN, ()
        return Outcome.SENT, ids if channel.removes else ()

    def _later(self, tag: bytes, seconds: float = 0.0) -> bool:
        """Have a chat wait: as long as its app says, or ever longer."""
        failures = self._waits.get(tag, (0, 0.0))[0]
        wait = min(2.0 ** min(failures, 10), LONGEST_WAIT)
        self._waits[tag] = (failures + 1, self.ticks() + max(wait, seconds))
        return False

    # -- what became of it ----------------------------------------------------------------------

    async def _keep(self, row: ReplyRow, told: Told, outcome: Outcome, ids: Sequence[str]) -> bool:
        """Keep what became of an attempt; where it was sent, a window opens in the same unit."""
        now, draw = self.clock(), self.draw()
        for _ in range(TRIES):
            place = await self._find(told)
            unit = Unit(day=now.date(), traces=self.windows.replies.traces(place.tag, ids, now))
            if outcome is Outcome.SENT:
                unit = await self.windows.opened(unit, place, row.case, told.language, now, draw)
            if await self._end(row, outcome, unit):
                if unit.chat is None and not place.expected:
                    await self.windows.forget(place)
                return True
        return self._later(row.tag)

    async def _end(self, row: ReplyRow, outcome: Outcome, unit: Unit) -> bool:
        """Keep that a reply is done with, and say so in its case; False: something has changed."""
        if await self.store.journal(row.case) and not await self.windows.proofs.leaves(row.case):
            told = self._open(row)
            receipt = Receipt(
                case=row.case,
                device=row.device,
                sequence=row.sequence,
                outcome=outcome,
                day=unit.day,
                imprint=told.imprint if told else None,
            )
            unit = replace(unit, entries=(self.sealer.receipt(receipt),))
        before = await self.store.standing(row.case) or Standing(case=row.case)
        if (after := _answered(before, outcome)) != before:
            unit = replace(unit, standings=(StandingChange(row=after),))
        if not await self._change(row, None, outcome, unit):
            if await self.store.reply(row.id) is not None:
                return False
            await self._outlive(row, unit)
        self._ends.pop(row.id, None)
        self._waits.pop(row.tag, None)
        return True

    async def _outlive(self, row: ReplyRow, unit: Unit) -> None:
        """Keep what became of an attempt whose case was destroyed meanwhile, and the reply too."""
        if (outcome := self._ends.get(row.id)) is not None:
            told = OutcomeChange(device=row.device, sequence=row.sequence, outcome=outcome.value)
            await self.store.commit(Unit(day=unit.day, traces=unit.traces, outcomes=(told,)))

    async def _change(
        self, before: ReplyRow, after: ReplyRow | None, outcome: Outcome, unit: Unit | None = None
    ) -> bool:
        """Commit what a reply is now; None: it is done with."""
        told = OutcomeChange(device=before.device, sequence=before.sequence, outcome=outcome.value)
        change = ReplyChange(id=before.id, row=after, expected=before.attempting)
        unit = unit or Unit(day=self.clock().date())
        unit = replace(unit, replies=(change,), outcomes=(told,))
        return await self.store.commit(unit) is Kept.COMMITTED

    def _open(self, row: ReplyRow) -> Told | None:
        """Return what a reply says; None when it was sealed by another server."""
        return open_told(self.windows.replies.keyring, row.sealed, row.id)

    async def _find(self, told: Told) -> Place:
        chats = self.windows.replies.chats
        return await chats.find(told.channel, told.peer, self.clock().date())


def _answered(before: Standing, outcome: Outcome) -> Standing:
    """Return the standing of a case after a reply; what was surely said stays said."""
    answered = ANSWERS.get(outcome, before.answered)
    if before.answered in {Answered.YES, answered}:
        return before
    return replace(before, revision=before.revision + 1, answered=answered)
