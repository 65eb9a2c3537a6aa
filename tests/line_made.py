"""A whole line in this process, with the shipped form and texts, and people who talk to it."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, build
from bot.content import Content, open_content
from bot.engine.events import Event, Said, Sent
from bot.ports import Depot, Incoming, Media, Message, Rate
from bot.settings import Settings, check
from storage import age, entry, package
from storage.age import Identity
from storage.credentials import Credentials
from storage.line import Line, ReadingKey, ServerKeys
from storage.memory import MemoryStore
from storage.quarter import Quarter
from storage.signature import SigningKey
from storage.unit import Outcome, Store
from tests.stores import open_file

LANGUAGES = ("en", "zh-Hans", "zh-Hant", "ug", "ja")
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
COMPARTMENTS = ("general", "relatives", "lead")


class Watch:
    """A clock that goes only when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


class Draws:
    """Random bytes that are the same in every run."""

    def __init__(self, seed: bytes = b"draws") -> None:
        self.seed = seed
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return hashlib.sha256(self.seed + self.count.to_bytes(8)).digest()


@dataclass
class Inbox:
    """A channel that remembers what it was given, by person."""

    name: str = "test"
    removes: bool = False
    vanishes: bool = False
    rate: Rate = field(default_factory=Rate)
    got: dict[str, list[Message]] = field(default_factory=dict)

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        self.got.setdefault(peer, []).append(message)
        return ()

    def take(self, peer: str) -> list[Message]:
        return self.got.pop(peer, [])


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "name": "Garden Desk",
        "contact": "+81 3 0000 0000",
        "languages": list(LANGUAGES),
        "offer_drafts": list(LANGUAGES),
    }
    return check({**values, **changes})


def reading_keys(day: date) -> tuple[tuple[ReadingKey, ...], dict[str, Identity]]:
    """Return the reading keys of a day's quarter and the next, and their secrets by id."""
    keys: list[ReadingKey] = []
    secrets: dict[str, Identity] = {}
    for count in range(2):
        quarter = Quarter.of(day).next(count)
        for compartment in COMPARTMENTS:
            identity = Identity.generate()
            key = ReadingKey.make(
                quarter, 1, compartment, since=quarter.first, recipient=identity.recipient
            )
            keys.append(key)
            secrets[key.id] = identity
    return tuple(keys), secrets


def made_line(
    credentials: Credentials, content: Content, day: date
) -> tuple[Line, dict[str, Identity]]:
    """Return a statement for a server, and the secrets of its reading keys."""
    keys, secrets = reading_keys(day)
    line = Line(
        name="Garden Desk",
        epoch=1,
        issued=day,
        expires=max(key.until for key in keys),
        previous="",
        root=SigningKey.generate().public,
        recovery=Identity.generate().recipient,
        retention_months=24,
        return_months=6,
        server=ServerKeys(
            identity=credentials.identity.public, packet=credentials.packet.recipient
        ),
        reading_keys=keys,
        forms=content.forms(),
        texts=content.hashes(),
        consent=content.consent(),
    )
    return line, secrets


@dataclass(repr=False)  # asyncio asks for that with each fixture, in vain
class Made:
    """A line that is up, its clock, its people's inbox, and what its staff could open."""

    app: App
    inbox: Inbox
    watch: Watch
    secrets: dict[str, Identity]
    credentials: Credentials
    line: Line

    async def receive(
        self, peer: str, event: Event, event_id: str, media: Media | None = None
    ) -> Outcome | None:
        incoming = Incoming(
            channel=self.inbox.name, peer=peer, event_id=event_id, event=event, media=media
        )
        outcome = await self.app.intake.receive(incoming)
        await self.deliver()
        return outcome

    async def deliver(self) -> None:
        while await self.app.delivery.round():
            pass

    async def fetch(self) -> int:
        """Fetch the files that are due, and bring the letters that say so."""
        count = await self.app.fetching.round()
        await self.deliver()
        return count

    async def opened(self, blob: bytes) -> bytes:
        """Open a sealed file with the reading keys."""
        with self.app.fetching.blobs.open(blob) as file:
            return age.open(file.read(), list(self.secrets.values()))

    async def entries(self) -> list[entry.Answer]:
        """Open what was added to cases that were sent, in order."""
        everyone = list(self.secrets.values())
        totals = await self.app.store.totals()
        found = []
        for head in await self.app.store.changed(0, totals.journal_sequence):
            rows = await self.app.store.journal(head.case)
            plain = [age.open(row.sealed, everyone) for row in rows[1:]]
            found += [entry.decode(one) for one in plain if b'"kind":"answer"' in one]
        return found

    def person(self, name: str = "person") -> "Person":
        return Person(made=self, name=name)

    async def cases(self) -> list[tuple[package.Submission, list[entry.Answer]]]:
        """Open every case with all the reading keys there are."""
        everyone = list(self.secrets.values())
        totals = await self.app.store.totals()
        found = []
        for head in await self.app.store.changed(0, totals.journal_sequence):
            rows = await self.app.store.journal(head.case)
            opened = package.unpack(age.open(rows[0].sealed, everyone))
            answers = [entry.decode(age.open(a.sealed, everyone)) for a in opened.answers]
            found.append((opened.submission, answers))
        return found


@dataclass
class Person:
    """Somebody who writes to the line."""

    made: Made
    name: str
    number: int = 0
    last: list[Message] = field(default_factory=list)

    async def does(self, event: Event) -> list[Message]:
        self.number += 1
        await self.made.receive(self.name, event, str(self.number))
        self.last = self.made.inbox.take(self.name)
        return self.last

    async def says(self, text: str) -> list[Message]:
        return await self.does(Said(text=text))

    async def sends(self, reference: str, *, voice: bool = False, **media: Any) -> list[Message]:  # noqa: ANN401 - of `Media`
        """Send a file that lies in a depot."""
        self.number += 1
        sent = Media(reference=reference, **{"kind": "voice" if voice else "document", **media})
        await self.made.receive(self.name, Sent(voice=voice), str(self.number), sent)
        return self.hears()

    def hears(self) -> list[Message]:
        """Take what has come since."""
        self.last = self.made.inbox.take(self.name)
        return self.last

    @property
    def heard(self) -> list[str]:
        return [message.id for message in self.last]


_CONTENT: dict[str, Content] = {}


def content_of(chosen: Settings, home: Path) -> Content:
    """Return the content of settings; reading the shipped files once is enough."""
    key = chosen.model_dump_json()
    if key not in _CONTENT or chosen.form or chosen.texts:
        _CONTENT[key] = open_content(chosen, home)
    return _CONTENT[key]


@asynccontextmanager
async def made(
    home: Path,
    *,
    store: Store | None = None,
    keys: tuple[Credentials, Line, dict[str, Identity]] | None = None,
    watch: Watch | None = None,
    channels: Sequence[Inbox] = (),
    depots: Sequence[Depot] = (),
    draws: Draws | None = None,
    sqlite: bool = False,
    **changes: object,
) -> AsyncIterator[Made]:
    """Bring a line up in this process.

    `keys`, and `store` or `sqlite`, let it go on after a restart; its `draws` are not to come again.
    """
    chosen = settings(**changes)
    content = content_of(chosen, home)
    watch = watch or Watch()
    if keys is None:
        credentials = Credentials.make()
        keys = (credentials, *made_line(credentials, content, watch().date()))
    credentials, line, secrets = keys
    inbox = channels[0] if channels else Inbox()
    sign = credentials.identity.sign_bytes
    if store is None:
        store = open_file(home / "quietline.db", sign) if sqlite else MemoryStore(sign)
    try:
        app = build(
            home=home,
            settings=chosen,
            content=content,
            credentials=credentials,
            line=line,
            store=store,
            clock=watch,
            channels=[inbox, *channels[1:]],
            depots={depot.name: depot for depot in depots},
            draw=draws or Draws(),
        )
        steady = app.jobs.erasing.steady
        assert steady is not None
        steady.ticks = lambda: watch().timestamp()  # time passes, and nobody sets a clock
        yield Made(
            app=app,
            inbox=inbox,
            watch=watch,
            secrets=secrets,
            credentials=credentials,
            line=line,
        )
    finally:
        await store.close()
