"""Files that lie at the bridge: handed on piece by piece, words read whole, erased afterwards."""

import contextlib
from collections.abc import AsyncGenerator
from http import HTTPStatus

from bot.channels.signal.attachments import reference as safe
from bot.channels.signal.wire import Bridge
from bot.errors import BotError, DeliveryFailed, Refused

#: Bytes of words that are read: signal-cli writes no longer ones (AsamK/signal-cli#1598).
MOST_WORDS = 64 * 1024


async def fetch(bridge: Bridge, reference: str) -> AsyncGenerator[bytes, None]:
    """Yield a file's bytes, piece by piece.

    Raises:
        Refused: it is not there. DeliveryFailed: it did not work, or broke off.
    """
    if not safe(reference):
        raise Refused("name")
    async with bridge.stream(_path(reference)) as (status, pieces):
        if status == HTTPStatus.NOT_FOUND:
            raise Refused("gone")
        if status != HTTPStatus.OK:
            raise DeliveryFailed(status)
        async for piece in pieces:
            yield piece


async def words(bridge: Bridge, reference: str) -> str:
    """Return the words in a file, as many of them as are ever sent; raises as `fetch` does."""
    read = bytearray()
    async with contextlib.aclosing(fetch(bridge, reference)) as pieces:
        async for piece in pieces:
            read += piece
            if len(read) >= MOST_WORDS:
                break
    return bytes(read[:MOST_WORDS]).decode("utf-8", "replace")


async def forget(bridge: Bridge, reference: str) -> None:
    """Have a file erased; retention of the bridge's folder is the second net."""
    if safe(reference):
        with contextlib.suppress(BotError):
            await bridge.ask("DELETE", _path(reference))


def _path(reference: str) -> str:
    return f"/v1/attachments/{reference}"
