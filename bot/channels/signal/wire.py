"""Requests to the bridge. What surely never left is told from what may have been done.

The bridge knows no password and names no error by a code, may never answer, and puts the line's
number into addresses: nothing of an address or an answer stands in an error of ours, and no error
of the HTTP library leaves this file.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from bot.channels.signal.troubles import BRIDGE
from bot.channels.troubles import Troubles
from bot.errors import BotError, DeliveryFailed, OutcomeUnknown
from bot.settings import Signal

#: Seconds to wait for a connection, and for an answer: the bridge itself waits for ever.
CONNECT, PATIENCE = 10.0, 30.0
#: Seconds to wait for a poll: longer than the bridge lets signal-cli run (120), files included.
HOLD = 150.0
#: Connections at once. What waits for one waits as long as for an answer.
CONNECTIONS = 64
#: Bytes of a file that are handed on together.
PIECE = 64 * 1024
#: What surely never left this machine.
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
_SILENT = (httpx.TimeoutException,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the bridge said. Its own Content-Type is not believed: JSON also comes as text."""

    status: int
    body: bytes = field(repr=False)

    @property
    def fine(self) -> bool:
        """Whether it did what it was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def read(self) -> Any:  # noqa: ANN401 - JSON
        """Return the body as JSON; None when it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


class Bridge:
    """The bridge, at one address and for one number. Use it as a context."""

    def __init__(
        self, settings: Signal, *, troubles: Troubles | None = None, patience: float = PATIENCE
    ) -> None:
        """Tell `troubles`, if there are any to be told, whether the bridge is there."""
        self.number = settings.number
        self.address = settings.bridge
        self._rpc = settings.rpc
        self._troubles = troubles
        self._patience = patience
        timeout = httpx.Timeout(patience, connect=min(CONNECT, patience))
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=8)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)
        # Calls may all be waiting for signal-cli; files lie on the disk, and wait for nobody.
        self._files = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        await self._files.aclose()

    def own(self, path: str, *more: str) -> str:
        """Return a path that ends in the line's number, and in what else belongs to it."""
        return "/".join((path, *(quote(part, safe="") for part in (self.number, *more))))

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        patience: float | None = None,
    ) -> Answer:
        """Ask for something; any answer is one, also a refusal.

        Raises:
            DeliveryFailed: the request never left. OutcomeUnknown: no answer came.
        """
        failed: BotError
        silent = False
        timeout = httpx.USE_CLIENT_DEFAULT if patience is None else httpx.Timeout(patience)
        try:
            response = await self._client.request(
                method, self.address + path, json=body, timeout=timeout
            )
        except _NEVER_LEFT:
            failed, silent = DeliveryFailed("bridge"), True
        except Exception as error:  # noqa: BLE001 - its text may be the address
            failed, silent = OutcomeUnknown(), isinstance(error, _SILENT)
        else:
            await self._told(well=response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR)
            return Answer(status=response.status_code, body=response.content)
        if silent:
            await self._told(well=False)
        raise failed

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Yield the status and the bytes of something long, piece by piece.

        Raises:
            DeliveryFailed: it did not begin, or broke off.
        """
        try:
            async with self._files.stream("GET", self.address + path) as response:
                yield response.status_code, response.aiter_bytes(PIECE)
                return
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
            pass
        raise DeliveryFailed("file")

    async def rpc(self, method: str, params: Mapping[str, object]) -> bool:
        """Have signal-cli itself do something, where it can be reached; tell whether it did."""
        if not self._rpc:
            return False
        call = {"jsonrpc": "2.0", "id": "1", "method": method, "params": params}
        try:
            response = await self._client.post(f"{self._rpc}/api/v1/rpc", json=call)
            answer = Answer(status=response.status_code, body=response.content)
        except Exception:  # noqa: BLE001 - its text may be the address
            return False
        read = answer.read()
        return answer.fine and isinstance(read, dict) and "result" in read

    async def _told(self, *, well: bool) -> None:
        if self._troubles is not None:
            await (self._troubles.ease(BRIDGE) if well else self._troubles.rise(BRIDGE))
