"""Puts the parts of a line together, and together again under a newer statement.

Nothing is read and nothing is opened here; what there is to read was read by `app`.
"""

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.accounts import Accounts
from bot.alerts import Alerts
from bot.arrival import Arrival
from bot.carrying import Carrier
from bot.chats import Chats
from bot.content import Content
from bot.delivery import Delivery
from bot.enclosing import Enclosing
from bot.erasing import Erasing
from bot.errands import Bell
from bot.errors import OtherServer
from bot.fetching import Fetching
from bot.files import MEGABYTE, largest
from bot.followup import Followup
from bot.inspection import Inspection
from bot.intake import Intake
from bot.jobs import Jobs
from bot.keyring import Keyring
from bot.limits import Flood
from bot.moving import Moving
from bot.notices import Notices
from bot.packets import Packets
from bot.ports import Channel, Clock, Depot, Draw, Forgetful
from bot.prompts import Speaker
from bot.proof import Proofs
from bot.replies import Replies
from bot.returns import Returns
from bot.screens import Screens
from bot.sealer import Sealer
from bot.settings import Settings
from bot.vault import FOLDER
from storage.blobs import Blobs, DiskBlobs
from storage.credentials import Credentials
from storage.line import Line
from storage.unit import Store

NO_DEPOTS: Mapping[str, Depot] = {}
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
    fetching: Fetching
    followup: Followup
    jobs: Jobs
    packets: Packets


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
    depots: Mapping[str, Depot] = NO_DEPOTS,
    blobs: Blobs | None = None,
    room: Callable[[], int] | None = None,
    draw: Draw = draw,
    alert: Callable[[], Awaitable[None]] | None = None,
) -> App:
    """Put the parts of a line together; without `blobs` files are kept in the home."""
    keyring = Keyring(credentials, ephemeral=settings.drafts == "ephemeral")
    bell, screens = Bell(), Screens()
    delivery = Delivery(
        store=store,
        keyring=keyring,
        channels={c.name: c for c in channels},
        clock=clock,
        screens=screens,
        forgets={c.name: c.forget_person for c in channels if isinstance(c, Forgetful)},
    )
    chats = Chats(store=store, keyring=keyring, form=content.form)
    room = room or (lambda: shutil.disk_usage(home).free)
    carrier = _carrier(settings, content, line, store, keyring)
    replies = _replies(settings, content, line, store, chats, channels, depots)
    replies = replace(replies, screens=screens)
    arrival = Arrival(
        store=store,
        keyring=keyring,
        chats=chats,
        carrier=carrier,
        replies=replies,
        form=content.form,
        clock=clock,
        draw=draw,
        wake=delivery.wake,
    )
    fetching = Fetching(
        store=store,
        keyring=keyring,
        arrival=arrival,
        depots=depots,
        blobs=blobs or DiskBlobs(home / FOLDER),
        files=settings.files,
        clock=clock,
        bell=bell,
        room=room,
    )
    replies = replace(replies, coming=bell.ring, unclaimed=fetching.forget)
    fetching.arrival = replace(arrival, replies=replies)
    enclosing = Enclosing(store=store, blobs=fetching.blobs, files=settings.files, room=room)
    intake = Intake(
        store=store,
        keyring=keyring,
        chats=chats,
        carrier=carrier,
        replies=replies,
        inspection=Inspection(
            store=store,
            proofs=Proofs(store=store, keyring=keyring),
            moving=Moving(store=store, keyring=keyring, chats=chats, replies=replies),
            files=settings.files,
            depots=depots,
            room=room,
        ),
        notices=Notices(
            store=store,
            chats=chats,
            replies=replies,
            clock=clock,
            draw=draw,
            lanes=arrival.lanes,
            wake=delivery.wake,
        ),
        accounts=Accounts(store=store, line=line, hours=settings.erase_hours),
        form=content.form,
        clock=clock,
        draw=draw,
        begins=lambda today: today <= line.expires,
        floods={c.name: Flood() for c in channels if c.rate.chat},
        lanes=arrival.lanes,
        wake=delivery.wake,
        unread=delivery.unread,
        forgets=delivery.forgets,
    )
    jobs = Jobs(
        store=store,
        intake=intake,
        clock=clock,
        return_months=line.return_months,
        alerts=Alerts(store=store, send=alert, apart=settings.alert.apart_minutes * SECONDS),
        fetching=fetching,
        erasing=Erasing.of(store, settings.erase_hours, line.retention_months),
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
        fetching=fetching,
        followup=Followup.beside(intake, delivery.channels, settings.reply_days),
        jobs=jobs,
        packets=replace(packets_of(settings, line, store, credentials), enclosing=enclosing),
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
    carrier = _carrier(app.settings, app.content, line, app.store, app.intake.keyring)
    speaker = _speaker(app.settings, app.content, line, app.fetching.depots)
    replies = replace(app.intake.replies, speaker=speaker)
    moving = replace(app.intake.inspection.moving, replies=replies)
    intake = replace(
        app.intake,
        carrier=carrier,
        replies=replies,
        inspection=replace(app.intake.inspection, moving=moving),
        notices=replace(app.intake.notices, replies=replies),
        accounts=replace(app.intake.accounts, line=line),
        begins=lambda today: today <= line.expires,
    )
    app.followup.renew(intake)
    app.fetching.arrival = replace(app.fetching.arrival, carrier=carrier, replies=replies)
    erasing = replace(app.jobs.erasing, months=line.retention_months)
    jobs = replace(app.jobs, intake=intake, return_months=line.return_months, erasing=erasing)
    packets = replace(app.packets, line=line)
    return replace(app, line=line, intake=intake, jobs=jobs, packets=packets)


def packets_of(settings: Settings, line: Line, store: Store, credentials: Credentials) -> Packets:
    """Return what takes packets of staff under a statement."""
    keyring = Keyring(credentials)
    return Packets(
        store=store,
        line=line,
        identity=credentials.packet,
        keyring=keyring,
        returns=Returns(store=store, box=keyring.returns),
        hours=settings.erase_hours,
    )


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
        "largest": str(settings.files.largest_mb),
    }


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


def _replies(
    settings: Settings,
    content: Content,
    line: Line,
    store: Store,
    chats: Chats,
    channels: Sequence[Channel],
    depots: Mapping[str, Depot],
) -> Replies:
    return Replies(
        store=store,
        keyring=chats.keyring,
        chats=chats,
        speaker=_speaker(settings, content, line, depots),
        form=content.form,
        ephemeral=settings.drafts == "ephemeral",
        vanish=settings.vanish,
        removing=frozenset(c.name for c in channels if c.removes),
        vanishing=frozenset(c.name for c in channels if c.vanishes),
    )


def _speaker(
    settings: Settings, content: Content, line: Line, depots: Mapping[str, Depot]
) -> Speaker:
    return Speaker(
        form=content.form,
        texts=content.texts,
        facts=facts(settings, line),
        helplines=content.helplines,
        alerts=settings.alert.promised,
        largest={name: largest(one, settings.files) // MEGABYTE for name, one in depots.items()},
        programs=frozenset(name for name, one in depots.items() if one.dangerous),
        timers={"signal": settings.signal.timer_days} if settings.signal.timer_days else {},
    )
