"""Asks the bridge for what came: in the modes `normal` and `native`, where it runs signal-cli anew.

What an answer holds is gone from Signal, so nothing more is asked for before all of it is safe: a
crash loses one answer at most. An answer that is no JSON, since signal-cli has written something
between, is read as far as it can be, and counts as a gap; so does one that broke off.
"""

import asyncio
import json
from collections.abc import Iterator
from http import HTTPStatus

from bot import logs
from bot.channels.signal.decode import NAME, decode
from bot.channels.signal.gaps import Gaps
from bot.channels.signal.receiving import Receiver
from bot.channels.signal.troubles import ACCOUNT, BRIDGE
from bot.channels.signal.wire import Answer, Bridge
from bot.channels.troubles import Troubles
from bot.errors import BotError
from bot.ports import Sleep

#: Seconds that signal-cli waits for something more to come.
WAITS = 1
#: Seconds between two polls: what is sent waits for the account as long as a poll has it.
PAUSE = 0.5
#: Seconds until the next try after a failure: doubled each time, up to a limit.
FIRST, LONGEST = 1.0, 60.0
_QUERY = f"?timeout={WAITS}&ignore_stories=true&ignore_avatars=true"
#: What a bridge says that has killed signal-cli while it received.
_KILLED = "timeout reached"
#: Who notices a gap here.
WHO = "poll"


class Poller:
    """The only one who receives for this number."""

    def __init__(
        self,
        bridge: Bridge,
        receiver: Receiver,
        *,
        gaps: Gaps,
        troubles: Troubles,
        sleep: Sleep,
        hold: float,
    ) -> None:
        """Ask `bridge`, and give to `receiver`; an answer gets `hold` seconds."""
        self._bridge = bridge
        self._receiver = receiver
        self._gaps = gaps
        self._troubles = troubles
        self._sleep = sleep
        self._hold = hold
        self._was_up = False

    async def run(self) -> None:
        """Ask until cancelled."""
        self._gaps.open(WHO)  # an answer that was on its way when the line ended went to nobody
        pause = FIRST
        while True:
            if await self._poll():
                pause = FIRST
                await self._sleep(PAUSE)
            else:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST)

    async def _poll(self) -> bool:
        """Ask once and have it kept; tell whether it worked."""
        path = self._bridge.own("/v1/receive") + _QUERY
        try:
            answer = await self._bridge.ask("GET", path, patience=self._hold)
        except BotError as error:
            logs.event("updates-failed", channel=NAME, error=type(error).__name__)
            if self._was_up:
                self._gaps.open(WHO)
            self._was_up = False
            return False
        if answer.status != HTTPStatus.OK:
            await self._refused(answer)
            return False
        await self._troubles.ease(ACCOUNT)
        notifications = answer.read()
        if not isinstance(notifications, list):
            logs.event("updates-broken", channel=NAME)
            self._gaps.open(WHO)
            notifications = list(salvaged(answer.text))
        await self._kept(notifications)
        self._was_up = True
        self._gaps.over(WHO)
        return True

    async def _kept(self, notifications: list[object]) -> None:
        takes = [self._receiver.take(decode(one, self._bridge.number)) for one in notifications]
        await asyncio.gather(*takes)

    async def _refused(self, answer: Answer) -> None:
        """Note why nothing is given."""
        logs.event("updates-refused", channel=NAME, status=answer.status)
        text = answer.text
        if _KILLED in text:
            self._gaps.open(WHO)
        elif "not registered" in text or "account does not exist" in text:
            await self._troubles.rise(ACCOUNT)
        else:
            await self._troubles.rise(BRIDGE)


def salvaged(text: str) -> Iterator[object]:
    """Yield the notifications that stand whole in a text that is not JSON as a whole."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if isinstance(found, dict) and "envelope" in found:
            yield found
            at = end
        else:
            at += 1
