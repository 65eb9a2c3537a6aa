"""Takes what Telegram brings to our door. 200 means that it is safe, nothing else does.

The body is looked at only after the secret was; nothing of either is kept or logged.
"""

import hmac
import json
from collections.abc import Callable
from http import HTTPStatus

from telegram import Bot
from telegram.error import InvalidToken

from bot import logs
from bot.channels.telegram.decode import ALLOWED, NAME, decode, number_of
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.troubles import TOKEN, Troubles
from bot.channels.telegram.wire import Slow
from bot.ports import Sleep

#: Bytes of one update; Telegram's are a few thousand.
MOST = 1 << 20
#: How often keeping is tried before Telegram is asked to bring it again.
TRIES = 3
#: Deliveries at once (Bot API, setWebhook: at most 100).
CONNECTIONS = 40
#: Seconds until Telegram is asked again to bring updates: doubled each time, up to a limit.
FIRST, LONGEST = 1.0, 60.0


class Webhook:
    """The door."""

    def __init__(self, secret: str, receiver: Receiver, *, own: Callable[[], str]) -> None:
        """Open only to those who know `secret`; `own` tells the bot's user name, once known."""
        self._secret = secret.encode()
        self._receiver = receiver
        self._own = own

    def opens(self, secret: str) -> bool:
        """Tell whether this is the secret."""
        return hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret)

    async def take(self, secret: str, body: bytes) -> int:
        """Take the secret of the header and the body; return the status to answer with."""
        if not self.opens(secret):
            return HTTPStatus.FORBIDDEN
        if len(body) > MOST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        if not isinstance(update, dict):
            return HTTPStatus.BAD_REQUEST
        number = number_of(update)
        if number is not None and self._receiver.lets_go(update, number):
            return HTTPStatus.OK
        kept = await self._receiver.take(decode(update, self._own()), TRIES)
        return HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE


async def register(bot: Bot, url: str, secret: str, *, troubles: Troubles, sleep: Sleep) -> str:
    """Have Telegram bring updates to `url`, however long that takes; return the bot's user name.

    What waits at Telegram already is not dropped.
    """
    pause = FIRST
    while True:
        try:
            await bot.set_webhook(
                url,
                allowed_updates=ALLOWED,
                max_connections=CONNECTIONS,
                secret_token=secret,
                drop_pending_updates=False,
            )
            name = (await bot.get_me()).username or ""
        except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
            logs.event("webhook-not-set", channel=NAME, error=type(error).__name__)
            if isinstance(error, InvalidToken):
                await troubles.rise(TOKEN)
            after = error.seconds if isinstance(error, Slow) else pause
        else:
            await troubles.ease(TOKEN)
            return name
        await sleep(after)
        pause = min(pause * 2, LONGEST)
