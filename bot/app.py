"""Puts a line together out of a server's home; nobody else builds.

A line comes up only when sealing works, the statement is in force and names this server, and the
form and the texts are those that the root signed.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot import logs
from bot.alerts import Alerts
from bot.carrying import Carrier
from bot.chats import Chats
from bot.content import Content, open_content
from bot.delivery import Delivery
from bot.errors import NotSetUp, NotSignedYet, OtherServer
from bot.intake import Intake
from bot.jobs import Jobs
from bot.keyring import Keyring
from bot.limits import Flood
from bot.ports import Channel, Clock, Draw
from bot.prompts import Speaker
from bot.returns import Returns
from bot.sealer import Sealer
from bot.settings import CREDENTIALS, FILE, Settings, load
from storage import age, folder
from storage.credentials import Credentials
from storage.errors import OlderLine, ThrowawayLine
from storage.line import Line, check
from storage.store import open_store
from storage.unit import Store

DATABASE = "quietline.db"
#: Case codes live a little longer than what they find: days in a month, rounded up.
DAYS_IN_MONTH = 31
SECONDS = 60


def draw() -> bytes:
    """Return 32 random bytes of the operating system."""
    return os.urandom(32)


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """A line that is up."""

    home: Path
    settings: Settings
    content: Content
    credentials: Credentials = field(repr=False)
    line: Line
    store: Store
    intake: Intake
    delivery: Delivery
    jobs: Jobs


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
            draw=draw,
        )
        logs.event("up", epoch=line.epoch, version=content.form.version)
        yield app
    finally:
        await store.close()
        logs.event("down")


def build(  # noqa: PLR0913 - each argument is one part of a line
    *,
    home: Path,
    settings: Settings,
    content: Content,
    credentials: Credentials,
    line: Line,
    store: Store,
    clock: Clock,
    channels: Sequence[Channel],
    draw: Draw = draw,
    alert: Callable[[], Awaitable[None]] | None = None,
) -> App:
    """Put the parts of a line together."""
    keyring = Keyring(credentials, ephemeral=settings.drafts == "ephemeral")
    delivery = Delivery(
        store=store, keyring=keyring, channels={c.name: c for c in channels}, clock=clock
    )
    intake = Intake(
        store=store,
        keyring=keyring,
        chats=Chats(store=store, keyring=keyring, form=content.form),
        carrier=_carrier(settings, content, line, store, keyring),
        speaker=_speaker(settings, content, line),
        form=content.form,
        clock=clock,
        draw=draw,
        ephemeral=settings.drafts == "ephemeral",
        vanish=settings.vanish,
        removing=frozenset(c.name for c in channels if c.removes),
        begins=_begins(line),
        floods={c.name: Flood() for c in channels if c.rate.chat},
        wake=delivery.wake,
        unread=delivery.unread,
    )
    jobs = Jobs(
        store=store,
        intake=intake,
        clock=clock,
        return_months=line.return_months,
        alerts=Alerts(store=store, send=alert, apart=settings.alert.apart_minutes * SECONDS),
    )
    return App(
        home=home,
        settings=settings,
        content=content,
        credentials=credentials,
        line=line,
        store=store,
        intake=intake,
        delivery=delivery,
        jobs=jobs,
    )


def renewed(app: App, line: Line) -> App:
    """Return the app under a newer statement: the same chats, letters and lanes go on.

    Raises:
        ForeignContent, OtherServer: the statement is not for what runs here; restart for that.
    """
    app.content.refuse_foreign(line)
    keys = (app.credentials.identity.public, app.credentials.packet.recipient)
    if line.server is None or keys != (line.server.identity, line.server.packet):
        raise OtherServer("no" if line.server is None else "another")
    intake = replace(
        app.intake,
        carrier=_carrier(app.settings, app.content, line, app.store, app.intake.keyring),
        speaker=_speaker(app.settings, app.content, line),
        begins=_begins(line),
    )
    jobs = replace(app.jobs, intake=intake, return_months=line.return_months)
    return replace(app, line=line, intake=intake, jobs=jobs)


def facts(settings: Settings, line: Line) -> dict[str, str]:
    """Return what texts may say of the organisation."""
    return {
        "org": settings.name,
        "contact": settings.contact or settings.handles or settings.name,
        "handles": settings.handles or settings.name,
        "team": str(sum("read" in one.rights for one in line.staff)),
        "hours": str(settings.hours),
        "alert_hours": str(settings.alert.within_hours),
        "retention": str(line.retention_months),
        "lifetime": "40",
        "most": "8000",
    }


def _begins(line: Line) -> Callable[[date], bool]:
    """Return whether new conversations begin on a day: until the statement's last."""
    return lambda today: today <= line.expires


def _carrier(
    settings: Settings, content: Content, line: Line, store: Store, keyring: Keyring
) -> Carrier:
    return Carrier(
        store=store,
        keyring=keyring,
        sealer=Sealer(line=lambda: line, form=content.form),
        returns=Returns(store=store, box=keyring.returns),
        retention_days=line.retention_months * DAYS_IN_MONTH,
        alert_seconds=settings.alert.delay_minutes * SECONDS if settings.alert.on else 0,
    )


def _speaker(settings: Settings, content: Content, line: Line) -> Speaker:
    return Speaker(
        form=content.form,
        texts=content.texts,
        facts=facts(settings, line),
        helplines=content.helplines,
        alerts=settings.alert.promised,
    )
