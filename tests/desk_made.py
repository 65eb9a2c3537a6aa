"""A line's server with a door for desks, and desks of two people: real HTTP on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.desk_answers import Answers
from bot.desk_door import DeskDoor
from bot.http import Doors, listening, make_http
from bot.keyring import Keyring
from bot.packets import Packets
from bot.returns import Returns
from storage.blobs import DiskBlobs
from tests.office import TODAY
from tests.served import Served

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, 0, tzinfo=UTC)


class Door:
    """The door of a served line. `now` is its clock; `brought` what desks brought to it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.now = NOW
        self.brought: list[bytes] = []
        self.blobs = DiskBlobs(served.office.place / "blobs")
        keyring = Keyring(served.credentials)
        self.packets = Packets(
            store=served.store,
            line=served.office.line,
            identity=served.credentials.packet,
            keyring=keyring,
            returns=Returns(store=served.store, box=keyring.returns),
            hours=48,
        )
        self.door = DeskDoor(
            answers=self.answers, identity=served.credentials.identity, clock=lambda: self.now
        )

    def answers(self) -> Answers:
        """Return what is told under the statement that lies in the folder now."""
        self.packets.line = self.served.office.line
        self.packets.store = self.served.store
        return Answers(
            packets=self.packets,
            blobs=self.blobs,
            line_folder=self.served.office.line_folder,
            bring=self._bring,
            clock=lambda: self.now,
        )

    async def _bring(self, data: bytes) -> None:
        self.brought.append(data)

    @asynccontextmanager
    async def open(self, where: str = "127.0.0.1:0") -> AsyncIterator[str]:
        """Listen; give the address."""
        app = make_http(ready=lambda: True, doors=Doors(desk=self.door))
        async with listening(app, where) as found:
            yield f"http://{found}"
