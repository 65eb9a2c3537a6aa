"""Brings waiting letters to their channels: in the order of a chat, side by side between chats.

- A letter is sent at least once: it carries its question and revision, so a repeat is harmless.
- Nobody waits for another chat: each has an errand of its own while letters wait for it. One that
  fails is tried ever more seldom; one that the channel delays waits alone; one that cannot be
  reached waits until the person writes again.
- One commit after it was sent deletes a letter, and keeps what stands in the chat since. Letters of
  a conversation that is over leave the disk as soon as they are sent: they alone name the chat.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot import logs
from bot.errands import Bell, Errand, Forget, Stuck, Way
from bot.errors import ForeignState, NotNow, OutcomeUnknown, Refused, Unreachable
from bot.keyring import Keyring
from bot.ports import Channel, Clock, Sleep, Ticks
from bot.posting import Parcel, Post, open_letter, parcels
from bot.screens import Screens
from bot.wiping import Wiping
from storage.unit import ChatChange, Outcome, Store, Unit

#: Letters of a chat that are looked at together.
LETTERS = 100
#: Chats that one look at all finds, besides those that are known to wait.
LOOK = 10_000
#: Seconds between two looks at all.
LOOK_SECONDS = 60.0
#: Seconds that a chat waits at least when it is told to wait.
SHORTEST_WAIT = 1.0
#: Seconds that a clean end gives to what is on its way.
HOME_SECONDS = 5.0


@dataclass(kw_only=True, slots=True)
class Delivery:
    """Brings letters to their channels."""

    store: Store
    keyring: Keyring
    channels: Mapping[str, Channel]
    clock: Clock
    screens: Screens = field(default_factory=Screens)
    ticks: Ticks = time.monotonic
    sleep: Sleep = asyncio.sleep
    forgets: Mapping[str, Forget] = field(default_factory=dict)  # by channel: a person who is done
    _ways: dict[str, Way] = field(default_factory=dict, init=False, repr=False)
    _running: bool = field(default=False, init=False, repr=False)
    _bell: Bell = field(default_factory=Bell, init=False, repr=False)
    _errands: dict[bytes, Errand] = field(default_factory=dict, init=False, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)
    _in_hand: set[bytes] = field(default_factory=set, init=False, repr=False)
    _owed: dict[bytes, Unit] = field(default_factory=dict, init=False, repr=False)
    _flying: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict, init=False, repr=False)
    _blocked: set[bytes] = field(default_factory=set, init=False, repr=False)
    _counted: set[bytes] = field(default_factory=set, init=False, repr=False)
    _stuck: Stuck = field(init=False, repr=False)
    _wiping: Wiping = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take up what knows of messages that stand, and of chats that are stuck."""
        self._stuck = Stuck(self.store, self.clock)
        self._wiping = Wiping(store=self.store, keyring=self.keyring)

    def wake(self, tag: bytes | None = None) -> None:
        """Say that letters wait for a chat, whose person is there; None: for some chat."""
        if tag is None:
            self._bell.ring()
            return
        self._blocked.discard(tag)
        if self._running:
            self._set_out(tag).bell.ring()

    async def unread(self, tag: bytes) -> bool:
        """Tell whether letters wait for a chat that are not just being sent."""
        flying = self._flying.get(tag, ())
        rows = await self.store.letters(tag, len(flying) + 1)
        return any(row.key not in flying for row in rows)

    async def round(self) -> int:
        """Send what can be sent now without waiting, once; return how many letters are done with.

        To wait longer after each failure is for `run`: here every chat is tried.
        """
        done = 0
        for tag in await self._waiting():
            errand = Errand(tag=tag, patient=False)
            await self._try(errand)
            done += errand.done
        return done

    async def run(self) -> None:
        """Send whenever letters wait, until cancelled."""
        self._running = True
        try:
            await self._stuck.begin(self.channels)
            while True:
                self._bell.rung = False
                await self._look()
                await self._bell.rest(LOOK_SECONDS, self.sleep)
        finally:
            self._running = False
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._errands.clear()

    async def come_home(self, seconds: float = HOME_SECONDS) -> None:
        """Let what is on its way arrive; what waits, waits for the next start."""
        self._running = False
        for errand in self._errands.values():
            errand.home = True
            errand.bell.ring()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    # -- who sets out ---------------------------------------------------------------------------

    async def _look(self) -> None:
        """Set out to every chat for which letters wait."""
        try:
            waiting = await self._waiting()
        except Exception as error:  # noqa: BLE001 - the next look may find the store well
            logs.event("letters-unread", error=type(error).__name__)
            return
        for tag in waiting if self._running else ():
            self._set_out(tag)

    async def _waiting(self) -> list[bytes]:
        known = len(self._blocked) + len(self._errands)
        return [tag for tag in await self.store.waiting(LOOK + known) if tag not in self._blocked]

    def _set_out(self, tag: bytes) -> Errand:
        """Return the errand to a chat, which will look for letters from now on."""
        errand = self._errands.get(tag)
        if errand is None:
            errand = self._errands[tag] = Errand(tag=tag)
            task = asyncio.create_task(self._bring(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        errand.again = True
        return errand

    async def _bring(self, errand: Errand) -> None:
        """Bring letters to a chat until none waits, or none can be sent."""
        try:
            while errand.again and not errand.home:
                if wait := await self._try(errand):
                    errand.again = True
                    await errand.bell.rest(wait, self.sleep)
        finally:
            del self._errands[errand.tag]

    async def _try(self, errand: Errand) -> float:
        """Send what waits for a chat; return the seconds until it is to be tried again, or 0.0."""
        errand.bell.rung = False
        try:
            return await self._attempt(errand)
        except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the others
            logs.event("letter-failed", channel=errand.channel, error=type(error).__name__)
            await self._stuck.failed(errand, self.ticks())
            return errand.failed()
        finally:
            self._in_hand -= errand.hand
            errand.hand = set()

    async def _attempt(self, errand: Errand) -> float:
        try:
            return await self._pass(errand)
        except NotNow as error:
            wait = max(error.seconds, SHORTEST_WAIT)
            if way := self._way(errand.channel):
                way.pace.delay(errand.tag, self.ticks() + wait)
            await self._stuck.failed(errand, self.ticks())
            return wait
        except Unreachable:
            if errand.tag not in self._counted:
                await self.store.trouble(f"{errand.channel}-blocked", self.clock().date())
                self._counted.add(errand.tag)
            self._blocked.add(errand.tag)
            return 0.0

    # -- one chat -------------------------------------------------------------------------------

    async def _pass(self, errand: Errand) -> float:
        """Send what waits for a chat, letter by letter; raises what its channel raises."""
        await self._settle(errand)
        waiting = await self._read(errand)
        while waiting and not errand.home:
            errand.channel = waiting[0].post.channel
            way = self._way(errand.channel)
            if way is None:
                logs.event("letter-without-channel")
                self._blocked.add(errand.tag)
                return 0.0
            if not errand.patient:
                if way.pace.wait(errand.tag, self.ticks()):
                    return 0.0
                await self._send(errand, way.channel, waiting.popleft())
            else:
                async with way.turn(errand.tag, self.ticks, self.sleep):
                    if errand.again:  # what has come since may have made a prompt stale
                        waiting = await self._read(errand)
                    if waiting:
                        await self._send(errand, way.channel, waiting.popleft())
            if errand.more and not waiting:
                waiting = await self._read(errand)
        return 0.0 if waiting is not None else SHORTEST_WAIT

    async def _read(self, errand: Errand) -> deque[Parcel] | None:
        """Take letters of a chat in hand; None when another errand has one of them.

        That is so for a moment when the month turns, and the chat goes over to another tag.
        """
        errand.again = False
        rows = await self.store.letters(errand.tag, LETTERS)
        errand.more = len(rows) == LETTERS
        keys = {row.key for row in rows}
        if (keys - errand.hand) & self._in_hand:
            return None
        self._in_hand -= errand.hand
        self._in_hand |= keys
        errand.hand = keys
        posts: list[tuple[bytes, Post]] = []
        foreign: list[bytes] = []
        for row in rows:
            try:
                posts.append((row.key, open_letter(self.keyring, row)))
            except ForeignState:
                logs.event("letter-unreadable")
                foreign.append(row.key)
        if foreign:
            self._owed[errand.tag] = Unit(day=self.clock().date(), sent=tuple(foreign))
            await self._settle(errand)
        return deque(parcels(posts))

    async def _send(self, errand: Errand, channel: Channel, parcel: Parcel) -> None:
        """Send one message, and keep that it was sent."""
        self._flying[errand.tag] = parcel.keys
        try:
            await self._fly(errand, channel, parcel)
        finally:
            del self._flying[errand.tag]

    async def _fly(self, errand: Errand, channel: Channel, parcel: Parcel) -> None:
        post, untraced = await self._wiping.whole(errand.tag, parcel.post)
        day = (begun := self.clock()).date()
        try:
            with self.screens.showing(errand.tag, post.message, begun.timestamp()):
                stands = await channel.deliver(post.peer, post.message)
        except Refused:  # what comes after it must not wait for ever
            logs.event("letter-refused", channel=errand.channel)
            await self.store.trouble(f"{errand.channel}-refused", day)
            stands = ()
        except OutcomeUnknown:
            if channel.removes:
                await self._wiping.keep_unknown(errand.tag, day)
            raise
        errand.failures = 0
        await self._stuck.went(errand)
        last = post.message.wipe and await self.store.chat(errand.tag) is None
        stands = stands if channel.removes and not last else ()  # a chat that is over has none
        self._owed[errand.tag] = Unit(
            day=day,
            sent=parcel.keys,
            traces=self._wiping.traces(errand.tag, stands, day),
            untraced=untraced,
        )
        await self._settle(errand)
        forget = self.forgets.get(errand.channel)
        over = forget and await self._wiping.is_over(errand.tag, post, day)
        if forget and over and not await self.unread(errand.tag):
            await forget(post.peer)

    async def _settle(self, errand: Errand) -> None:
        """Keep what a chat's letter that was sent still owes: tried again, it is not sent again.

        A unit that ends a chat empties the write-ahead log; when the letter's chat is over there is
        none to end any more, so its unit says so.
        """
        owed = self._owed.get(errand.tag)
        if owed is None:
            return
        over = ChatChange(tag=errand.tag, expected=0, state=None, revision=0)
        gone = await self.store.chat(errand.tag) is None
        # STALE: the person has begun again in between.
        if not gone or await self.store.commit(replace(owed, chat=over)) is Outcome.STALE:
            await self.store.commit(owed)
        del self._owed[errand.tag]
        errand.done += len(owed.sent)

    def _way(self, name: str) -> Way | None:
        way = self._ways.get(name)
        if way is None and name in self.channels:
            way = self._ways[name] = Way.to(self.channels[name])
        return way
