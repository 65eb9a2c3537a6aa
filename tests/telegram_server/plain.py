"""A bot without a library: plain HTTP calls, whole answers."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.telegram_server.emulator import Emulator

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading them takes long; none is met


class Bot:
    """A bot that says what it is told to, and shows what it was answered."""

    def __init__(self, server: Emulator, web: httpx.AsyncClient) -> None:
        self.server = server
        self.web = web
        self.url = f"{server.url}/bot{server.world.token}"
        self.files = f"{server.url}/file/bot{server.world.token}"

    async def ask(self, method: str, **fields: object) -> dict[str, Any]:
        """Call a method; return the whole answer, whose status is its error_code."""
        answer = await self.web.post(f"{self.url}/{method}", json=fields)
        told: dict[str, Any] = answer.json()
        assert answer.status_code == told.get("error_code", 200)
        return told

    async def get(self, method: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
        """Call a method that is answered well."""
        told = await self.ask(method, **fields)
        assert told["ok"], told
        return told["result"]

    async def refused(self, method: str, **fields: object) -> str:
        """Call a method that is refused; return how."""
        told = await self.ask(method, **fields)
        assert not told["ok"], told
        return str(told["description"])

    async def says(self, text: str = "words", chat: int = 7, **fields: object) -> int:
        """Send a message; return its id."""
        return int((await self.get("sendMessage", chat_id=chat, text=text, **fields))["message_id"])

    async def texts(self, offset: int = 0, **fields: object) -> list[str]:
        """Poll; return the texts of the messages."""
        updates = await self.get("getUpdates", offset=offset, **fields)
        return [update["message"]["text"] for update in updates]


@asynccontextmanager
async def plain(server: Emulator) -> AsyncIterator[Bot]:
    """Be the emulator's bot."""
    async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=60) as web:
        yield Bot(server, web)
