"""A bot without a library: plain HTTP calls and a plain WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets

from tests.signal_server.emulator import Emulator
from tests.signal_server.world import uuid_of
from tests.telegram_server.plain import NO_CERTIFICATES

PATIENCE = 10.0


class Bot:
    """A bot that says what it is told to, and shows what it was answered."""

    def __init__(self, bridge: Emulator, web: httpx.AsyncClient) -> None:
        self.bridge = bridge
        self.web = web
        self.number = bridge.number

    async def ask(self, method: str, path: str, /, **fields: object) -> httpx.Response:
        """Call; a path with `{n}` gets the account."""
        address = path.replace("{n}", self.number)
        return await self.web.request(method, address, json=fields or None)

    async def post(
        self, to: str | int = 7, text: str = "words", **fields: object
    ) -> httpx.Response:
        """Send a message, to a person or a recipient."""
        recipient = uuid_of(to) if isinstance(to, int) else to
        asked = {"number": self.number, "recipients": [recipient], "message": text, **fields}
        return await self.ask("POST", "/v2/send", **asked)

    async def says(self, text: str = "words", to: str | int = 7, **fields: object) -> int:
        """Send a message that goes well; return its timestamp."""
        answer = await self.post(to, text, **fields)
        assert answer.status_code == 201, answer.text
        (told,) = answer.json()
        assert "errors" not in told
        return int(told["timestamp"])

    async def poll(self, timeout: int = 0, **query: object) -> list[dict[str, Any]]:  # noqa: ASYNC109 - of the call
        """Receive, in the modes that are polled."""
        fields = {name: str(value) for name, value in query.items()}
        answer = await self.web.get(
            f"/v1/receive/{self.number}", params={"timeout": str(timeout), **fields}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/plain")
        told: list[dict[str, Any]] = json.loads(answer.text)
        return told


class Socket:
    """A WebSocket of a bot."""

    def __init__(self, web: websockets.ClientConnection) -> None:
        self.web = web

    async def next(self) -> dict[str, Any]:
        """Return the next frame."""
        frame = await asyncio.wait_for(self.web.recv(), PATIENCE)
        told: dict[str, Any] = json.loads(frame)
        return told

    async def texts(self, count: int) -> list[str]:
        """Return the texts of the next frames."""
        return [(await self.next())["envelope"]["dataMessage"]["message"] for _ in range(count)]


@asynccontextmanager
async def plain(bridge: Emulator) -> AsyncIterator[Bot]:
    """Be the bridge's bot."""
    async with httpx.AsyncClient(
        base_url=bridge.url, trust_env=False, verify=NO_CERTIFICATES, timeout=60
    ) as web:
        yield Bot(bridge, web)


@asynccontextmanager
async def hearing(bridge: Emulator, number: str = "", **options: Any) -> AsyncIterator[Socket]:  # noqa: ANN401 - as given
    """Hear what the bridge tells an account."""
    address = f"{bridge.url.replace('http', 'ws', 1)}/v1/receive/{number or bridge.number}"
    count = len(bridge.telling.ears) + 1
    async with websockets.connect(address, proxy=None, **options) as web:
        await bridge.connected(count=count)
        yield Socket(web)
