"""Asks Telegram for updates, and acknowledges none that is not safe.

The library's own poller would forget a batch of which one update cannot be parsed, and acknowledges
before anything is kept. This one reads the raw answer and hands each update on by itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken

from bot import logs
from bot.channels.telegram.decode import ALLOWED, NAME, Decoded, decode, number_of
from bot.channels.telegram.offsets import MOST, Offsets
from bot.channels.telegram.troubles import CONFLICT, TOKEN, Troubles
from bot.channels.telegram.wire import Lost, Slow, Wire
from bot.ports import Sleep

#: Seconds that Telegram may hold a request when there is nothing to give.
HOLD = 50
#: How much longer than that an answer may take.
MARGIN = 10.0
#: Seconds that updates get to become safe, before more is asked for beside them; while nothing
#: new comes and something does not get done, doubled each time, up to a limit.
MOMENT, LONGER = 0.05, 1.0
#: Seconds until the next try after a failure: doubled each time, up to a limit.
FIRST, LONGEST = 1.0, 30.0
#: Seconds to leave another poller alone, and to wait for a token to be known again.
CONFLICTED, UNKNOWN = 10.0, 60.0

Answer = TypeVar("Answer")
Take = Callable[[Decoded], Awaitable[object]]
LetsGo = Callable[[object, int], bool]


class Poller:
    """The only one who asks for this bot's updates. Its address holds the token: it is never shown.

    `take` returns when an update is safe, and not before; what `lets_go` is not even decoded.
    """

    def __init__(
        self,
        *,
        address: str,
        wire: Wire,
        take: Take,
        lets_go: LetsGo,
        troubles: Troubles,
        sleep: Sleep,
    ) -> None:
        """Ask at `address` (to which a method's name is added) over a wire of its own."""
        self._address = address
        self._wire = wire
        self._take = take
        self._lets_go = lets_go
        self._troubles = troubles
        self._sleep = sleep
        self._offsets = Offsets()
        self._idle = asyncio.Event()
        self._failures = 0
        self._own = ""

    async def run(self) -> None:
        """Take updates until cancelled; what is not safe by then comes again."""
        async with asyncio.TaskGroup() as tasks:
            await self._begin()
            pause = MOMENT
            while True:
                updates = await self._updates()
                for number, update in updates.items():
                    if self._lets_go(update, number):
                        self._offsets.finish(number)
                        continue
                    self._idle.clear()
                    tasks.create_task(self._one(number, update))
                pause = MOMENT if updates else min(pause * 2, LONGER)
                await self._breathe(pause)

    async def _begin(self) -> None:
        """Learn the bot's own name, and take back a webhook, which would exclude us."""
        me: dict[str, object] | None = None
        while me is None:
            me = await self._ask(dict, "getMe")
        self._own = str(me.get("username", ""))
        while await self._ask(bool, "deleteWebhook", drop_pending_updates="false") is None:
            pass

    async def _updates(self) -> dict[int, object]:
        """Ask once; return those updates that are new, by their numbers."""
        asked = {"offset": self._offsets.offset(), "limit": MOST, "timeout": HOLD}
        given = {name: value for name, value in asked.items() if value is not None}
        kinds = json.dumps(ALLOWED)
        answer = await self._ask(list, "getUpdates", **given, allowed_updates=kinds)
        if answer is None:
            self._offsets.lose()
            return {}
        pairs = [(number_of(update), update) for update in answer]
        numbered = {number: update for number, update in pairs if number is not None}
        return {number: numbered[number] for number in self._offsets.take(list(numbered))}

    async def _one(self, number: int, update: object) -> None:
        await self._take(decode(update, self._own))
        self._offsets.finish(number)
        if not self._offsets.unfinished:
            self._idle.set()

    async def _breathe(self, seconds: float) -> None:
        """Give what is in hand a moment, so that the next request acknowledges it."""
        if not self._offsets.unfinished:
            return
        waits = [
            asyncio.ensure_future(self._idle.wait()),
            asyncio.ensure_future(self._sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _ask(self, kind: type[Answer], method: str, **parameters: object) -> Answer | None:
        """Ask for something of a kind; None after a failure, whose pause is over by then."""
        address = f"{self._address}/{method}?{urlencode(parameters)}"
        try:
            answer: object = await self._wire.post(address, read_timeout=HOLD + MARGIN)
            if not isinstance(answer, kind):
                raise Lost(method)  # noqa: TRY301 - one of the ways in which there is no answer
        except Exception as error:  # noqa: BLE001 - whatever it was, the line goes on asking
            pause = await self._failed(error)
        else:
            self._failures = 0
            await self._troubles.ease(TOKEN)
            if method == "getUpdates":
                await self._troubles.ease(CONFLICT)
            return answer
        await self._sleep(pause)
        return None

    async def _failed(self, error: Exception) -> float:
        """Note a failure; return how many seconds to wait."""
        self._failures += 1
        logs.event("updates-failed", channel=NAME, error=type(error).__name__)
        match error:
            case Conflict():
                await self._troubles.rise(CONFLICT)
                return CONFLICTED
            case InvalidToken():
                await self._troubles.rise(TOKEN)
                return UNKNOWN
            case Slow(seconds=seconds):
                return seconds
            case _:
                return min(FIRST * 2.0 ** min(self._failures - 1, 10), LONGEST)
