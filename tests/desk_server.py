"""A server with a door for desks, in a process of its own on real SQLite; made to be killed.

`python -m tests.desk_server PLACE PORT`: the office, the secrets and the database lie in PLACE. It
prints a line before each page and after each packet, so that a test can kill it just then.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.desk_answers import Answers
from bot.desk_door import DeskDoor
from bot.http import Doors, listening, make_http
from bot.keyring import Keyring
from bot.packets import Packets, Taken
from bot.returns import Returns
from storage.blobs import DiskBlobs
from storage.credentials import Credentials
from storage.store import open_store
from tests.office import Office

DATABASE, SECRETS = "quietline.db", "credentials"


def now() -> datetime:
    return datetime.now(UTC)


def show(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - whoever started it reads that


class Slow(Packets):
    """Takes packets, and says so after each."""

    async def take(self, data: bytes, signature: str, now: datetime) -> Taken:
        taken = await Packets.take(self, data, signature, now)
        show("packet", taken.sequence)
        await asyncio.sleep(0.002)
        return taken


class Telling(Answers):
    """Answers, and says so before each page."""

    async def page(self, after: int) -> bytes:
        page = await Answers.page(self, after)
        show("page", after)
        return page


async def serve(place: Path, port: int) -> None:
    """Serve until it is killed."""
    line, secrets = Office(place).line, Credentials.read(place / SECRETS)
    store = open_store(place / DATABASE, secrets.identity.sign_bytes)
    keyring = Keyring(secrets)
    packets = Slow(
        store=store,
        line=line,
        identity=secrets.packet,
        keyring=keyring,
        returns=Returns(store=store, box=keyring.returns),
        hours=48,
    )

    async def bring(_: bytes) -> None:
        raise AssertionError

    answers = Telling(
        packets=packets,
        blobs=DiskBlobs(place / "blobs"),
        line_folder=Office(place).line_folder,
        bring=bring,
        clock=now,
    )
    door = DeskDoor(answers=lambda: answers, identity=secrets.identity, clock=now)
    app = make_http(ready=lambda: True, doors=Doors(desk=door))
    async with listening(app, f"127.0.0.1:{port}") as where:
        show("up", where)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
