"""Changed safety numbers: whoever has a new telephone is trusted, and that is noted.

The line cannot compare safety numbers with somebody it does not know, and who lost a telephone must
not lose the line. What it says to a new key are its questions, never what was answered. Each change
is a trouble that staff see. A key that changes again and again is left alone: nothing then reaches
the person, which is also what whoever plays with the keys gets.
"""

from bot import logs
from bot.channels.signal.decode import NAME
from bot.channels.signal.troubles import IDENTITY
from bot.channels.signal.wire import Bridge
from bot.channels.troubles import Troubles
from bot.errors import BotError
from bot.ports import Ticks

#: How often one person's key is trusted within so many seconds.
MOST, WITHIN = 5, 3600.0
#: People of whom that is remembered.
MOST_PEOPLE = 1_000


class Trust:
    """Trusts new keys."""

    def __init__(self, bridge: Bridge, *, troubles: Troubles, ticks: Ticks) -> None:
        """Trust through `bridge`; `ticks` is a clock of seconds."""
        self._bridge = bridge
        self._troubles = troubles
        self._ticks = ticks
        self._taken: dict[str, list[float]] = {}

    async def take(self, peer: str) -> bool:
        """Trust all keys of a person that are known by now; tell whether that was done."""
        await self._troubles.rise(IDENTITY)
        now = self._ticks()
        taken = [at for at in self._taken.pop(peer, []) if now - at < WITHIN]
        self._taken[peer] = taken
        if len(self._taken) > MOST_PEOPLE:
            del self._taken[next(iter(self._taken))]
        if len(taken) >= MOST:
            logs.event("key-not-trusted", channel=NAME)
            return False
        path = self._bridge.own("/v1/identities", "trust", peer)
        try:
            answer = await self._bridge.ask("PUT", path, {"trust_all_known_keys": True})
        except BotError as error:
            logs.event("key-not-trusted", channel=NAME, error=type(error).__name__)
            return False
        taken.append(now)
        logs.event("key-trusted", channel=NAME, status=answer.status)
        return answer.fine
