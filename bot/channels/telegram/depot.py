"""Files that people sent, as they lie at Telegram: fetched piece by piece, written nowhere.

Rules: the address of a file holds the bot's token, and so does its path at a server of our own: no
error and no log has either, or anything of the HTTP library's. A file is as long as Telegram says,
or it broke off. Each fetch asks anew where the file lies: Telegram keeps a place for an hour.

A server of our own (`telegram-bot-api --local`) hands over no bytes: it answers with a path on its
disk, which this machine must see at the same place. What it wrote there is not sealed, so `forget`
takes it away at once; the server itself would leave it for a day.
"""

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
from telegram import Bot
from telegram.error import BadRequest

from bot import logs
from bot.channels.telegram.decode import NAME
from bot.channels.telegram.wire import A_WHILE, PATIENCE, Slow, Wire
from bot.errors import BotError, DeliveryFailed, NotNow, Refused
from bot.ports import Ticks

#: Bytes of the largest file (Bot API, getFile; "Using a Local Bot API Server").
CLOUD, LOCAL = 20 * 1024 * 1024, 2000 * 1024 * 1024
#: Bytes in hand at a time.
PIECE = 64 * 1024
#: Files that come over the network at one time.
CONNECTIONS = 8
#: Times the patience for other answers: Telegram answers getFile when it has the file, and a server
#: of our own has to get all of it first. It goes on with that when nobody waits any more.
ASKING, ASKING_LOCAL = 3, 30
#: Bytes a second below which a file is given up for now, and the seconds it has to get going.
SLOWEST, START = 2_048, 60.0
#: How getFile says that the same may work later (tdlib/telegram-bot-api#32).
_LATER = "temporarily unavailable"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file lies now, and how long it is; 0 is unknown."""

    path: str = field(repr=False)
    size: int


class TelegramDepot:
    """Implements `bot.ports.Depot`. Close it."""

    name = NAME
    dangerous = False

    def __init__(
        self,
        bot: Bot,
        wire: Wire,
        *,
        local: bool,
        ticks: Ticks,
        patience: float = PATIENCE,
    ) -> None:
        """Ask where files lie over `wire`; `patience` is in seconds, for each piece as well."""
        self.largest = LOCAL if local else CLOUD
        self._asked = f"{bot.base_url}/getFile"
        self._files = bot.base_file_url
        self._wire = wire
        self._local = local
        self._ticks = ticks
        self._patience = patience
        self._web = httpx.AsyncClient(
            trust_env=False,
            timeout=patience,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=1),
            headers={"Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def fetch(self, reference: str) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes; close it when it is not read to the end. See `bot.ports.Depot`."""
        place = await self._place(reference)
        if place.size > self.largest:
            raise Refused
        got, began = 0, self._ticks()
        async with contextlib.aclosing(self._pieces(place.path)) as pieces:
            async for piece in pieces:
                got += len(piece)
                if got > self.largest:
                    raise Refused
                if place.size and got > place.size:
                    raise DeliveryFailed("another length")
                if self._ticks() - began > START + got / SLOWEST:
                    raise DeliveryFailed("too slow")
                yield piece
        if place.size and got != place.size:
            raise DeliveryFailed("another length")

    async def forget(self, reference: str) -> None:
        """Erase a file from the disk of a server of our own; never raises."""
        if not self._local:
            return
        try:
            place = await self._place(reference)
            if (path := Path(place.path)).is_absolute():
                await asyncio.to_thread(path.unlink, missing_ok=True)
        except Refused:
            return  # it is nowhere any more
        except (BotError, OSError, ValueError) as error:
            logs.event("file-not-erased", channel=NAME, error=type(error).__name__)

    def _pieces(self, path: str) -> AsyncGenerator[bytes, None]:
        if self._local and Path(path).is_absolute():
            return _read(path)
        return self._download(path)

    async def _place(self, reference: str) -> _Place:
        """Ask where a file lies."""
        times = ASKING_LOCAL if self._local else ASKING
        failed: BotError
        try:
            answer: object = await self._wire.post(
                f"{self._asked}?{urlencode({'file_id': reference})}",
                read_timeout=self._patience * times,
            )
        except Slow as slow:
            failed = NotNow(slow.seconds)
        except BadRequest as error:
            later = _LATER in str(error).lower()
            failed = DeliveryFailed("not there now") if later else Refused()
        except Exception:  # noqa: BLE001 - its text may be the address
            failed = DeliveryFailed("no answer")
        else:
            told = answer if isinstance(answer, dict) else {}
            path, size = told.get("file_path"), told.get("file_size")
            if isinstance(path, str) and path:
                return _Place(path, size if type(size) is int and size > 0 else 0)
            failed = DeliveryFailed("no place")
        raise failed

    async def _download(self, path: str) -> AsyncGenerator[bytes, None]:
        failed: BotError | None
        try:
            address = f"{self._files}/{quote(path)}"
            async with self._web.stream("GET", address) as answer:
                failed = _refusal(answer)
                if failed is None:
                    async for piece in answer.aiter_raw(PIECE):
                        yield piece
        except Exception:  # noqa: BLE001 - its text may be the address
            failed = DeliveryFailed("broke off")
        if failed is not None:
            raise failed


def _refusal(answer: httpx.Response) -> BotError | None:
    """Return what stands against taking an answer's bytes for the file's.

    A path that is not known is no reason to give up: getFile named it just now, and will say itself
    when the file is gone. Nobody is followed elsewhere with an address that holds the token.
    """
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return NotNow(A_WHILE)
    if answer.status_code != HTTPStatus.OK:
        return DeliveryFailed(answer.status_code)
    if answer.headers.get("content-encoding", "identity") != "identity":
        return DeliveryFailed("encoded")
    return None


# --- the disk of a server of our own --------------------------------------------------------------


async def _read(path: str) -> AsyncGenerator[bytes, None]:
    """Yield what stands in a file; a path that leads nowhere may be another machine's."""
    failed = False
    try:
        with await asyncio.to_thread(_opened, path) as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
    except (OSError, ValueError):  # their text is the path
        failed = True
    if failed:
        raise DeliveryFailed("not on this disk")


def _opened(path: str) -> FileIO:
    """Open a regular file for reading."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError
    return FileIO(descriptor)
