"""Somebody at the web desk: a browser's requests without a browser, as exact as a test needs."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import httpx

from desk.form_labels import FormLabels
from desk.web.app import make_app
from desk.web.desktop import Desktop, Places
from desk.web.seat import Seat
from tests.line_made import Watch
from tests.office import TODAY

HOST = "127.0.0.1:8123"
ORIGIN = f"http://{HOST}"
START = datetime.combine(TODAY, time(9), UTC)
FORM = re.compile(r'name="form" value="([^"]+)"')


@dataclass
class Browser:
    """A browser at the desk. `get` and `post` behave as a page of the desk's own would."""

    client: httpx.AsyncClient
    seat: Seat[Desktop]
    watch: Watch
    form: str = ""
    shown: str = ""
    history: list[str] = field(default_factory=list)

    def at(self, place: str = "") -> str:
        return f"/{self.seat.room}/{place}"

    async def get(self, place: str = "", **headers: str) -> httpx.Response:
        return await self._send("GET", self.at(place), headers=headers)

    async def post(
        self, place: str, told: Mapping[str, str | list[str]] | None = None, **headers: str
    ) -> httpx.Response:
        sent = {"form": self.form, **(told or {})}
        return await self._send(
            "POST", self.at(place), data=sent, headers={"origin": ORIGIN, **headers}
        )

    async def enter(self) -> httpx.Response:
        """Open the link."""
        return await self._send("GET", f"/open/{self.seat.link}")

    async def unlock(self, words: str = "") -> httpx.Response:
        """Open the link and say the words."""
        await self.enter()
        await self.get("unlock")
        return await self.post("unlock", {"words": words})

    async def _send(self, method: str, path: str, **said: object) -> httpx.Response:
        answer = await self.client.request(method, path, **said)  # type: ignore[arg-type]
        self.shown = answer.text
        found = FORM.search(answer.text)
        self.form = found[1] if found else self.form
        return answer


@asynccontextmanager
async def browsing(
    desk: Path, line: Path, *, minutes: int = 15, fonts: tuple[Path, ...] = ()
) -> AsyncIterator[Browser]:
    """Serve a desk to a browser."""
    watch, seat = Watch(START), Seat[Desktop](idle=timedelta(minutes=minutes))
    places = Places(desk=desk, line=line, labels=FormLabels, fonts=fonts)
    app = make_app(places, seat, host=HOST, clock=watch)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Browser(client=client, seat=seat, watch=watch)
