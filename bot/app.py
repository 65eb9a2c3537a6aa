"""Brings a line up out of a server's home, and down again; nobody else does.

A line comes up only when sealing works, the statement is in force and names this server, and the
form and the texts are those that the root signed. How its parts go together is in `assembly`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from bot import logs
from bot.assembly import NO_DEPOTS, App, build, draw, facts, renewed
from bot.content import open_content
from bot.errors import NotSetUp, NotSignedYet, OtherServer
from bot.inspection import ENDLESS
from bot.ports import Channel, Clock, Depot, Draw
from bot.settings import CREDENTIALS, FILE, load
from bot.vault import open_blobs
from storage import age, folder
from storage.credentials import Credentials
from storage.errors import OlderLine, ThrowawayLine
from storage.line import Line, check
from storage.store import open_store

__all__ = [
    "DATABASE",
    "App",
    "build",
    "draw",
    "facts",
    "opened",
    "read_credentials",
    "read_line",
    "renewed",
]

DATABASE = "quietline.db"


def read_line(home: Path, today: date, *, allow_throwaway: bool = False) -> Line:
    """Return the statement in force; raises the refusals of `storage.line.check`.

    Raises:
        OlderLine: a newer one was in force here before.
    """
    place = home / "line"
    root = folder.read_root(place)
    if root is None:
        raise NotSignedYet if (home / FILE).exists() else NotSetUp(home)
    signed = folder.read(place)
    line = check(signed.text, signed.signature, root=root, today=today)
    if line.throwaway and not allow_throwaway:
        raise ThrowawayLine
    if line.epoch < (last := folder.seen(place)):
        raise OlderLine(line.epoch, last)
    return line


def read_credentials(home: Path, line: Line, place: Path | None = None) -> Credentials:
    """Return the server's secrets, which are to be those that the statement names.

    They lie in `place`, or else in the home.
    """
    credentials = Credentials.read(place or home / CREDENTIALS)
    keys = (credentials.identity.public, credentials.packet.recipient)
    if line.server is None or keys != (line.server.identity, line.server.packet):
        raise OtherServer("no" if line.server is None else "another")
    return credentials


@asynccontextmanager
async def opened(
    home: Path,
    *,
    clock: Clock,
    channels: Sequence[Channel],
    depots: Mapping[str, Depot] = NO_DEPOTS,
    draw: Draw = draw,
    credentials: Path | None = None,
    allow_throwaway: bool = False,
) -> AsyncIterator[App]:
    """Bring a line up, and down again; its secrets lie in `credentials`, or else in the home."""
    age.self_test()
    settings = load(home / FILE)
    logs.set_up(home / "logs" / "quietline.log")
    line = read_line(home, clock().date(), allow_throwaway=allow_throwaway)
    secrets = read_credentials(home, line, credentials)
    content = open_content(settings, home, on_fault=lambda name: logs.event("text", text=name))
    content.refuse_foreign(line)
    folder.note_seen(home / "line", line.epoch)
    store = open_store(home / DATABASE, secrets.identity.sign_bytes)
    try:
        app = build(
            home=home,
            settings=settings,
            content=content,
            credentials=secrets,
            line=line,
            store=store,
            clock=clock,
            channels=channels,
            depots=depots,
            blobs=open_blobs(home, settings.files, credentials or home / CREDENTIALS, secrets),
            room=(lambda: ENDLESS) if settings.files.bucket else None,
            draw=draw,
        )
        logs.event("up", epoch=line.epoch, version=content.form.version)
        yield app
    finally:
        await store.close()
        logs.event("down")
