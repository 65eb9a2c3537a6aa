"""Signal as a channel: what goes out, in the order that a person should see it.

First what is to leave the chat, then the words that say how that went, then the text. Only the
line's own messages can be taken back, and only for a day. How far a message came is remembered, so
that trying it again goes on there. No error that leaves this file holds anything of the bridge's.
"""

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from bot import logs
from bot.channels.signal import files
from bot.channels.signal.decode import NAME
from bot.channels.signal.layout import lay_out
from bot.channels.signal.outcomes import Outcome, outcome
from bot.channels.signal.troubles import ACCOUNT, BRIDGE, CHALLENGE, IDENTITY
from bot.channels.signal.trusting import Trust
from bot.channels.signal.wire import Bridge
from bot.channels.troubles import Troubles
from bot.errors import BotError, DeliveryFailed, NotNow, OutcomeUnknown, Refused
from bot.ports import Clock, Message, Rate, Ticks
from bot.settings import Signal

#: Messages that a chat may get at once after a silence.
BURST = 3
#: Milliseconds for which Signal's apps take a message back: a day, less what the way takes.
YOUNG = (24 * 60 - 5) * 60 * 1000
#: Messages that are taken back for one message at most, the newest first: each is a call.
MOST_CALLS = 500
#: People of whom something is remembered at a time.
MOST_PEOPLE = 10_000
_DAY = 24 * 60 * 60


@dataclass(kw_only=True, slots=True)
class Unfinished:
    """A message on its way: what was taken back for it, its bodies, and which of them are sent."""

    message: Message
    gone: set[str] = field(default_factory=set, repr=False)
    bodies: tuple[str, ...] | None = field(default=None, repr=False)
    sent: list[str] = field(default_factory=list, repr=False)
    before: tuple[str, ...] = field(default=(), repr=False)  # of a message that was given up


class SignalChannel:
    """The way to a person on Signal. Implements `bot.ports.Channel` and `bot.ports.Depot`."""

    name = NAME
    removes = True
    vanishes = False
    largest = 0  # how much is taken is the organisation's own limit; Signal's is 100 MB
    dangerous = True

    def __init__(
        self,
        bridge: Bridge,
        settings: Signal,
        *,
        rate: Rate,
        troubles: Troubles,
        challenged: Callable[[str], object],
        clock: Clock,
        ticks: Ticks,
    ) -> None:
        """Send through `bridge`, at a pace of `rate`."""
        self.rate = rate
        self.bridge = self._bridge = bridge
        self._settings = settings
        self._troubles = troubles
        self._challenged = challenged
        self._clock = clock
        self._trust = Trust(bridge, troubles=troubles, ticks=ticks)
        self._unfinished: OrderedDict[str, Unfinished] = OrderedDict()
        self._chosen: OrderedDict[str, None] = OrderedDict()  # whose messages have a timer

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        """Send one message; return the ids (timestamps) of all its bodies.

        Raises:
            NotNow, Refused, Unreachable, KeyChanged, DeliveryFailed, OutcomeUnknown: see
                `bot.ports.Channel`.
        """
        if message.once:
            return await self._say_once(peer, lay_out(message))
        unfinished = self._take_up(peer, message)
        if unfinished.bodies is None:
            if message.begins:
                await self._set_timer(peer)
            unfinished.bodies = lay_out(message, await self._remove(peer, unfinished))
        try:
            for body in unfinished.bodies[len(unfinished.sent) :]:
                unfinished.sent.append(await self._say(peer, body))
        except Refused:
            self._unfinished.pop(peer, None)
            if not unfinished.sent:
                raise
            logs.event("letter-cut", channel=NAME, count=len(unfinished.sent))
        self._unfinished.pop(peer, None)
        return (*unfinished.before, *unfinished.sent)

    def chose_timer(self, peer: str) -> None:
        """Remember that a chat's messages disappear as they should, or stay: it was chosen."""
        self._chosen[peer] = None
        self._chosen.move_to_end(peer)
        if len(self._chosen) > MOST_PEOPLE:
            self._chosen.popitem(last=False)

    async def typing(self, peer: str) -> None:
        """Show for some seconds that something is being done; it does not matter if that fails."""
        with contextlib.suppress(BotError):
            path = self._bridge.own("/v1/typing-indicator")
            await self._bridge.ask("PUT", path, {"recipient": peer})

    async def read(self, peer: str, timestamp: int) -> None:
        """Say that a message was read, where the organisation wants that; the same."""
        if self._settings.read_receipts and timestamp:
            with contextlib.suppress(BotError):
                await self._bridge.ask(
                    "POST",
                    self._bridge.own("/v1/receipts"),
                    {"recipient": peer, "receipt_type": "read", "timestamp": timestamp},
                )

    async def trust(self, peer: str) -> bool:
        """Trust a person's new key; tell whether that was done."""
        return await self._trust.take(peer)

    async def forget_person(self, peer: str) -> bool:
        """Have the bridge forget a person whose conversation is over; tell whether it did.

        Only signal-cli itself can do that, where it can be reached (`settings.rpc`).
        """
        self._chosen.pop(peer, None)
        params = {"account": self._bridge.number, "recipient": peer, "forget": True}
        return await self._bridge.rpc("removeContact", params)

    def fetch(self, reference: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes; see `bot.ports.Depot`."""
        return files.fetch(self._bridge, reference)

    async def forget(self, reference: str) -> None:
        """Have the bridge erase a file; never raises."""
        await files.forget(self._bridge, reference)

    # -- what is remembered ------------------------------------------------------------------

    def _take_up(self, peer: str, message: Message) -> Unfinished:
        """Return how far a message came; what another one left in the chat counts for this one."""
        known = self._unfinished.get(peer)
        if known is not None and known.message == message:
            return known
        before = () if known is None else (*known.before, *known.sent)
        made = self._unfinished[peer] = Unfinished(message=message, before=before)
        self._unfinished.move_to_end(peer)
        if len(self._unfinished) > MOST_PEOPLE:
            self._unfinished.popitem(last=False)
        return made

    async def _set_timer(self, peer: str) -> None:
        """Have messages disappear, unless the person chose that already; failing is no reason."""
        days = self._settings.timer_days
        if not days or peer in self._chosen:
            return
        body = {"recipient": peer, "expiration_in_seconds": days * _DAY}
        try:
            answer = await self._bridge.ask("PUT", self._bridge.own("/v1/contacts"), body)
        except BotError as error:
            logs.event("timer-not-set", channel=NAME, error=type(error).__name__)
        else:
            if not answer.fine:
                logs.event("timer-not-set", channel=NAME, status=answer.status)

    # -- taking messages back ------------------------------------------------------------------

    async def _remove(self, peer: str, unfinished: Unfinished) -> str:
        """Take messages back; return the words that say how that went."""
        message = unfinished.message
        if not message.removes:
            return message.removed if message.wipe else ""
        oldest = int(self._clock().timestamp() * 1000) - YOUNG
        ids = set(message.removes)
        young = sorted((int(i) for i in ids if i.isdecimal() and int(i) > oldest), reverse=True)
        for timestamp in young[:MOST_CALLS]:
            if str(timestamp) not in unfinished.gone and await self._take_back(peer, timestamp):
                unfinished.gone.add(str(timestamp))
        if stays := len(ids - unfinished.gone):
            logs.event("not-removed", channel=NAME, count=stays)
        return message.not_removed if stays else message.removed

    async def _take_back(self, peer: str, timestamp: int) -> bool:
        """Tell whether Signal took a message back; what cannot be known is tried again."""
        path = self._bridge.own("/v1/remote-delete")
        body = {"recipient": peer, "timestamp": timestamp}
        try:
            done = await self._reach(peer, "DELETE", path, body)
        except OutcomeUnknown:
            done = Outcome(error=DeliveryFailed("not removed"), trouble=BRIDGE)
        if done.error is not None and (done.trouble or isinstance(done.error, NotNow)):
            raise done.error  # nothing was said yet: all that is left of it is tried again
        return done.error is None

    # -- saying something ----------------------------------------------------------------------

    async def _say_once(self, peer: str, bodies: tuple[str, ...]) -> tuple[str, ...]:
        """Send bodies, each at most once: when one after the first fails, nobody knows."""
        sent: list[str] = []
        for body in bodies:
            try:
                sent.append(await self._say(peer, body, trusts=False))
            except BotError:
                if not sent:
                    raise
                break
        if len(sent) < len(bodies):
            raise OutcomeUnknown
        return tuple(sent)

    async def _say(self, peer: str, text: str, *, trusts: bool = True) -> str:
        body = {
            "number": self._bridge.number,
            "recipients": [peer],
            "message": text,
            "text_mode": "normal",
            "notify_self": False,
        }
        done = await self._reach(peer, "POST", "/v2/send", body, trusts=trusts)
        if done.error is not None:
            raise done.error
        await self._troubles.ease(CHALLENGE)
        return done.timestamp

    async def _reach(
        self, peer: str, method: str, path: str, body: dict[str, object], *, trusts: bool = True
    ) -> Outcome:
        """Ask for something that reaches a person; a new key of theirs is trusted, once."""
        done = outcome(await self._bridge.ask(method, path, body), self._bridge.number)
        if trusts and done.trouble == IDENTITY and await self._trust.take(peer):
            done = outcome(await self._bridge.ask(method, path, body), self._bridge.number)
        if done.challenge:
            with contextlib.suppress(OSError):  # where it is kept is for whoever was told
                self._challenged(done.challenge)
        if done.trouble:
            await self._troubles.rise(done.trouble)
        elif done.error is None:
            await self._troubles.ease(ACCOUNT)
            await self._troubles.ease(IDENTITY)
        return done
