"""The line itself: channels, letters, jobs and the small door in one process, with a clean end.

Whoever holds the home's lock is the leader, and only one does. On the way out nothing new is taken,
what is being kept is kept, and letters that wait go out with the next start.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import logs, notify
from bot.app import App, opened, read_line, renewed
from bot.daily import Daily
from bot.errors import AlreadyRunning, BotError, NoChannel, WentDown
from bot.hearing import Way
from bot.http import Doors, listening, make_http
from bot.jobs import Timetable
from bot.keyring import month_before, month_of
from bot.mail import Send
from bot.outlets import Outlets
from bot.ports import TELEGRAM, Clock, Incoming
from bot.settings import CREDENTIALS, FILE, OUTGOING, Mail, Settings, load
from bot.troubles import Troubles
from bot.ways import opened_ways
from storage import disk, folder, retention
from storage.credentials import read_secret
from storage.errors import StorageError
from storage.line import follow
from storage.turns import taken

Say = Callable[[str], None]

#: How often each job looks, in seconds.
TIMERS, DIGEST, MAIL, STATEMENT, RETENTION, ALIVE = 5, 30, 15, 30, 24 * 60 * 60, 20
BURIAL, OWED = 15, 15
#: Seconds after the start in which what people wrote meanwhile is taken, before their conversations
#: are closed because they had not written.
BACKLOG = 60
#: Seconds after the start in which files that waited are fetched, before old rows are dropped.
CATCHING_UP = 600
STATEMENT_TROUBLE = "statement"
#: What people are told when messages may have been lost on their way here.
MISSED = "missed"
#: Troubles that end with the letters they kept from arriving.
PASSING = frozenset(
    {"telegram-blocked", "telegram-refused", "signal-blocked", "signal-refused", "signal-identity"}
)


@dataclass(kw_only=True, slots=True)
class Running:
    """A line that runs. The app is another one as soon as a newer statement is taken."""

    app: App
    daily: Daily
    troubles: Troubles
    clock: Clock

    async def receive(self, incoming: Incoming) -> None:
        """Take one event."""
        await self.app.intake.receive(incoming)

    def reachable(self, peer: str) -> None:
        """Bring what waits for a person who can be written to again."""
        today = self.clock().date()
        for month in (month_of, month_before):
            self.app.delivery.wake(self.app.intake.keyring.tag(TELEGRAM, peer, month(today)))

    def group(self) -> str:
        """Return what is said where more than one person could read along."""
        speaker = self.app.intake.speaker
        return speaker.profile(speaker.reserve).group

    def lets_go(self, incoming: Incoming) -> bool:
        """Tell whether an event is let go, because too many came from its chat."""
        return self.app.intake.lets_go(incoming)

    async def missed(self, channel: str) -> None:
        """Tell people in the middle of something that a message of theirs may have been lost."""
        await self.app.intake.tell_open(channel, MISSED)

    async def owed(self) -> None:
        """Tell of gaps those who could not be told yet."""
        await self.app.intake.notices.tell_owed()

    async def again(self, channel: str, peer: str) -> None:
        """Ask a person to send again what could not be read."""
        await self.app.intake.resend(channel, peer)

    async def timers(self) -> None:
        """Ring what has run out."""
        await self.app.jobs.timers()

    async def retention(self) -> None:
        """Drop what is over, and what needs no more attention."""
        await self.app.jobs.retention()
        over = self.clock().date() - timedelta(days=retention.LETTER_DAYS)
        for trouble in await self.app.store.troubles():
            if trouble.code in PASSING and trouble.last <= over:
                await self.troubles.settle(trouble.code)

    async def digest(self) -> None:
        """Make the digest if it is due."""
        await self.daily.round(self.app.line)

    async def mail(self) -> None:
        """Hand out what waits; a slow mail server holds up nothing else."""
        await self.daily.outlets.round()

    async def words(self) -> None:
        """Hand out alerts and notices, also while digests are on their way to a slow server."""
        await self.daily.outlets.words()

    async def statement(self) -> None:
        """Take a newer statement that `line load` has brought; what cannot be taken is told."""
        try:
            today = min(self.clock().date(), self.app.line.expires)
            line = read_line(self.app.home, today)
            follow(line, self.app.line)
            if line.sha256 != self.app.line.sha256:
                self.app = renewed(self.app, line)
                folder.note_seen(self.app.home / "line", line.epoch)
                logs.event("statement", epoch=line.epoch)
        except (BotError, StorageError, OSError) as error:  # also when root alone may read it
            logs.event("statement-refused", error=type(error).__name__)
            await self.troubles.note(STATEMENT_TROUBLE)
        else:
            await self.troubles.settle(STATEMENT_TROUBLE)


async def serve(
    home: Path,
    *,
    clock: Clock,
    stop: asyncio.Event,
    say: Say,
    place: Path | None = None,
    manager: str = "",
) -> None:
    """Run the line of a home until `stop`; its secrets lie in `place`, or else in the home.

    `manager` is the socket on which the service manager listens, if there is one.

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
            await _serve(home, settings, clock, stop, say, place, manager)
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
    app = running.app
    own = app.credentials
    timetable = _timetable(running, manager)
    async with contextlib.AsyncExitStack() as stack:
        doors = Doors()
        for way in ways:
            await stack.enter_async_context(way.door(running, own, doors))
        http = make_http(ready=lambda: not stop.is_set(), doors=doors)
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
            await app.delivery.come_home()
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
    timetable.every(ALIVE, alive, name="alive")
    return timetable
