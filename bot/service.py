"""The line itself: channels, letters, jobs and the small door in one process, with a clean end.

Whoever holds the home's lock is the leader, and only one does. On the way out nothing new is taken,
what is being kept is kept, and letters that wait go out with the next start.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot import logs, notify
from bot.app import App, opened
from bot.daily import Daily
from bot.desk_door import DeskDoor
from bot.errors import AlreadyRunning, BotError, NoChannel, WentDown
from bot.hearing import Way
from bot.http import Doors, listening, make_http
from bot.jobs import Timetable
from bot.mail import Send
from bot.outlets import Outlets
from bot.ports import Clock, Ticks
from bot.running import Running
from bot.settings import CREDENTIALS, FILE, OUTGOING, Mail, Settings, load
from bot.steady import seconds
from bot.troubles import Troubles
from bot.ways import opened_ways
from storage import disk
from storage.credentials import read_secret
from storage.errors import StorageError
from storage.turns import taken

Say = Callable[[str], None]

#: How often each job looks, in seconds.
TIMERS, DIGEST, MAIL, STATEMENT, RETENTION, ALIVE = 5, 30, 15, 30, 24 * 60 * 60, 20
BURIAL, OWED, REPLIES = 15, 15, 5
#: Seconds after the start in which what people wrote meanwhile is taken, before their conversations
#: are closed because they had not written.
BACKLOG = 60
#: Seconds after the start in which files that waited are fetched, before old rows are dropped.
CATCHING_UP = 600


async def serve(
    home: Path,
    *,
    clock: Clock,
    stop: asyncio.Event,
    say: Say,
    place: Path | None = None,
    manager: str = "",
    ticks: Ticks = seconds,
) -> None:
    """Run the line of a home until `stop`; its secrets lie in `place`, or else in the home.

    `manager` is the socket on which the service manager listens, if there is one; `ticks` counts
    the seconds that `clock` is held against.

    Raises:
        AlreadyRunning: another process runs this home. NoChannel: none is switched on.
        BotError, StorageError: it cannot come up; the sentence says why.
    """
    settings = load(home / FILE)
    if not (settings.telegram.on or settings.signal.on):
        raise NoChannel
    async with taken(home) as alone:
        if not alone:
            raise AlreadyRunning(home)
        try:
            await _serve(home, settings, clock, stop, say, place, manager, ticks)
        except BaseExceptionGroup as group:
            raise first(group) from None


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what to say of errors of several tasks: the one with a sentence, if there is one."""
    errors = list(_flat(group))
    for error in errors:
        if isinstance(error, BotError | StorageError | OSError):
            return error
    names = sorted({type(error).__name__ for error in errors})
    for name in names:
        logs.event("went-down", error=name)
    return WentDown(", ".join(names))


def _flat(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        yield from _flat(error) if isinstance(error, BaseExceptionGroup) else (error,)


async def _serve(
    home: Path,
    settings: Settings,
    clock: Clock,
    stop: asyncio.Event,
    say: Say,
    place: Path | None,
    manager: str,
    ticks: Ticks,
) -> None:
    began, secrets = clock(), place or home / CREDENTIALS
    troubles = Troubles(clock=clock)
    async with contextlib.AsyncExitStack() as stack:
        ways = await stack.enter_async_context(
            opened_ways(settings, home=home, secrets=secrets, troubles=troubles, clock=clock)
        )
        app = await stack.enter_async_context(
            opened(
                home,
                clock=clock,
                channels=[one.channel for one in ways],
                depots={one.channel.name: one.depot for one in ways},
                credentials=place,
            )
        )
        if app.jobs.erasing.steady:
            app.jobs.erasing.steady.ticks = ticks
        await troubles.begin(app.store)
        await asyncio.to_thread(disk.sweep, home, began.timestamp())
        await app.fetching.sweep()
        running = _running(app, secrets, troubles, clock)
        await _until(stop, running, ways, say, manager)


def _running(app: App, secrets: Path, troubles: Troubles, clock: Clock) -> Running:
    settings, mail = app.settings, app.settings.mail
    outlets = Outlets(
        store=app.store,
        folder=app.home / settings.digests,
        copies=app.home / OUTGOING,
        mail=mail,
        alert=settings.alert,
        clock=clock,
        send=_sending(mail, read_secret(secrets, "mail") if mail.user else "", app.home),
    )
    if settings.alert.on:
        app.jobs.alerts.send = outlets.alert
    daily = Daily(
        store=app.store,
        settings=settings,
        home=app.home,
        identity=app.credentials.identity,
        outlets=outlets,
        clock=clock,
    )
    return Running(app=app, daily=daily, troubles=troubles, clock=clock)


def _sending(mail: Mail, password: str, home: Path) -> Send:
    """Return what hands mails over."""

    async def send(to: str, message: bytes) -> None:
        from bot.smtp import Sender  # noqa: PLC0415 - it loads a library: with the first mail

        await Sender(mail=mail, password=password, home=home).send(to, message)

    return send


async def _until(
    stop: asyncio.Event, running: Running, ways: Sequence[Way], say: Say, manager: str
) -> None:
    """Have everything at work until it is to stop."""
    app, own = running.app, running.app.credentials
    timetable = _timetable(running, manager)
    async with contextlib.AsyncExitStack() as stack:
        doors = Doors()
        for way in ways:
            await stack.enter_async_context(way.door(running, own, doors))
        desk = app.settings.desk
        if desk.on:
            doors.desk = DeskDoor(
                answers=running.answers, identity=own.identity, clock=running.clock
            )

        def up() -> bool:
            return not stop.is_set()

        if desk.on and desk.listen:
            apart = make_http(ready=up, doors=doors.apart)
            await stack.enter_async_context(listening(apart, desk.listen))
            doors.desk = None
        http = make_http(ready=up, doors=doors)
        where = await stack.enter_async_context(listening(http, app.settings.listen))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        speaker = app.intake.speaker
        profiles = [speaker.profile(tag) for tag in app.content.form.languages]
        working = [
            tasks.create_task(app.delivery.run()),
            tasks.create_task(app.fetching.run()),
            *(tasks.create_task(way.introduce(profiles)) for way in ways),
            *(tasks.create_task(way.work(running, own)) for way in ways),
        ]
        timetable.start()
        if not gc.isenabled():  # see `commands.running`: what is there by now is looked at no more
            gc.freeze()
            gc.enable()
        say(f"The line is up. It listens on {where}; stop it with Ctrl-C or SIGTERM.")
        notify.notify(manager, notify.READY)
        try:
            await stop.wait()
        finally:
            notify.notify(manager, notify.STOPPING)
            timetable.stop()
            await asyncio.gather(app.delivery.come_home(), app.followup.come_home())
            for work in working:
                work.cancel()
    say("The line is down. What was kept is kept.")


def _timetable(running: Running, manager: str) -> Timetable:
    async def alive() -> None:
        notify.notify(manager, notify.ALIVE)

    timetable = Timetable(running.clock)
    timetable.every(TIMERS, running.timers, name="timers", after=BACKLOG)
    timetable.every(DIGEST, running.digest, name="digest")
    timetable.every(MAIL, running.mail, name="mail")
    timetable.every(MAIL, running.words, name="words")
    timetable.every(STATEMENT, running.statement, name="statement")
    timetable.every(RETENTION, running.retention, name="retention", after=CATCHING_UP)
    timetable.every(BURIAL, running.app.fetching.bury, name="burial")
    timetable.every(OWED, running.owed, name="owed")
    timetable.every(REPLIES, running.app.followup.round, name="replies", after=REPLIES)
    timetable.every(ALIVE, alive, name="alive")
    return timetable
