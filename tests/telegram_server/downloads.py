"""A file on its way to the bot, whole or as it was told to go wrong."""

import asyncio
import itertools
from collections.abc import Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.telegram_server.faults import Fault
from tests.telegram_server.files import File

#: Where a request's connection is found: `server.Protocol` puts it there.
TRANSPORT = "tests.transport"


class Download(Response):
    """The bytes of a file, a piece at a time.

    What may go wrong: "hang" (nothing for some seconds), "slow" (so many seconds before each piece),
    "close" (the connection, in the middle), "short" and "long" (another length, properly ended).
    """

    def __init__(self, file: File, fault: Fault | None, closing: asyncio.Event) -> None:
        self._file = file
        self._how = "" if fault is None else str(fault.answer)
        self._seconds = 0.0 if fault is None else fault.seconds
        self._closing = closing
        super().__init__(media_type="application/octet-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, half = self._file.size, max(self._file.size // 2, 1)
        length = {"short": half, "long": size + 1}.get(self._how, size)
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", str(length).encode()),
        ]
        if self._how == "hang":
            await self._linger()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in _first(self._file.pieces(), half if self._how == "close" else length):
            if self._how == "slow":
                await self._linger()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if self._how == "close":
            scope[TRANSPORT].close()  # what was said so far still goes out
            await asyncio.sleep(0)
            return
        await send({"type": "http.response.body"})

    async def _linger(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._seconds)
        except TimeoutError:
            return


def _first(pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    """Yield just so many bytes: what is missing is made up."""
    left = length
    for piece in itertools.chain(pieces, itertools.repeat(b"?" * 1_024)):
        if not left:
            return
        yield piece[:left]
        left -= len(piece[:left])
