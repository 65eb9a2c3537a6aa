"""Takes what the bridge brings to our door. 200 means that it is safe, nothing else does.

The bridge sends no header: the secret is in the path. It tries once, and asks signal-cli nothing
while it waits: so an answer comes soon, and what is not safe by then is still being tried.
"""

import hmac
import json
from http import HTTPStatus

from bot.channels.signal.decode import decode
from bot.channels.signal.receiving import Receiver

#: Bytes of one notification; words of 64 KiB in the longest way that JSON has are fewer.
MOST = 1 << 20
#: How often keeping is tried before the bridge gets its answer.
TRIES = 3


class Webhook:
    """The door."""

    def __init__(self, secret: str, receiver: Receiver) -> None:
        """Open only to those who know `secret`."""
        self._secret = secret.encode()
        self._receiver = receiver

    def opens(self, secret: str) -> bool:
        """Tell whether this is the secret, by the end of the path."""
        return hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret)

    async def take(self, body: bytes) -> int:
        """Take the body of what came under the secret; return the status to answer with."""
        if len(body) > MOST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        try:
            notification = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        if not isinstance(notification, dict):
            return HTTPStatus.BAD_REQUEST
        kept = await self._receiver.take(decode(notification, self._receiver.number), TRIES)
        return HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE
