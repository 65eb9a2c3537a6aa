"""The world behind the bridge, in memory: people, their apps, and what the bridge knows of them.

Rules live here and in the modules beside it; nothing here knows HTTP or waits for anything. Who
waits is woken by `rung`. A message is named by who wrote it and its timestamp (ms), which is never
given twice.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from tests.signal_server.disk import Disk
from tests.signal_server.faults import Faults
from tests.signal_server.refusals import Unplayable

Wire = dict[str, Any]
Who = int | str | Wire
NUMBER = "+4915100000001"
ACCOUNT_UUID = "aaaaaaaa-0000-4000-8000-00000000b071"
JSON_RPC, NORMAL, NATIVE = MODES = ("json-rpc", "normal", "native")
ON_FIRST_USE, ALWAYS, NEVER = TRUSTS = ("on-first-use", "always", "never")
QUEUE, NEWS, EARS, TAKEN = (
    "queue",
    "news",
    "ears",
    "taken",
)  # bells: something waits, the bot did something, who listens has changed, something was told
MOST_BYTES = 2_000  # of a text that official apps show


def uuid_of(number: int) -> str:
    """Return the uuid of the person that a test calls by a number."""
    return f"00000000-0000-4000-8000-{number:012x}"


@dataclass(slots=True)
class Item:
    """A message as it stands in somebody's app; `place` is the person's uuid or the group's id."""

    place: str
    timestamp: int
    bot: bool
    text: str = field(repr=False)
    attachments: list[Wire] = field(default_factory=list)
    quote: int | None = None
    expires: int = 0
    view_once: bool = False
    group: str = ""
    author: str = ""
    edited: bool = False
    read: bool = False
    deleted: bool = False
    shown: bool = True
    reactions: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list, repr=False)
    revisions: list[int] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    votes: int = 0


@dataclass(slots=True)
class Chat:
    """What stands in one chat, oldest first."""

    place: str
    items: list[Item] = field(default_factory=list)
    timer: int = 0
    typing: bool = False
    change: int = 0

    def find(self, timestamp: int, *, bot: bool) -> Item | None:
        """Find a message by its own timestamp or that of one of its edits."""
        for item in reversed(self.items):
            if item.bot == bot and timestamp in {item.timestamp, *item.revisions}:
                return item
        return None


@dataclass(slots=True)
class Person:
    """Somebody with a phone; `key` counts their phones."""

    uuid: str
    number: str | None = None
    name: str | None = None
    username: str | None = None
    key: int = 1
    blocks: bool = False
    registered: bool = True
    chat: Chat = field(default_factory=lambda: Chat(""))


@dataclass(slots=True)
class Identity:
    """The key that the bridge knows of somebody."""

    key: int
    status: str
    added: int


@dataclass(slots=True)
class Contact:
    """What the bridge remembers of somebody."""

    uuid: str
    number: str | None
    name: str | None
    timer: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the bot that was answered; status 0: without an answer."""

    name: str
    method: str
    path: str
    persons: tuple[str, ...]
    time: float
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something for the account, as Signal keeps it; `files` are its attachments' contents."""

    timestamp: int
    person: Person | None
    envelope: Any = field(repr=False)
    files: tuple[tuple[str, bytes | int], ...] = field(default=(), repr=False)
    account: str
    exception: Wire | None = None


class World:
    """Everything there is, for one account of one bridge."""

    def __init__(self, number: str, mode: str, release: str, disk: Disk) -> None:
        if mode not in MODES:
            raise Unplayable(f"no such mode: {mode}")
        self.number, self.mode, self.release, self.disk = number, mode, release, disk
        self.base: Callable[[], float] = time.time
        self.shift = 0.0
        self.rung: Callable[[Hashable], None] = _nobody
        self.people: dict[str, Person] = {}
        self.groups: dict[str, tuple[str, Chat]] = {}  # raw base64 id -> name, chat
        self.identities: dict[str, Identity] = {}
        self.contacts: dict[str, Contact] = {}
        self.faults = Faults()
        self.calls: list[Call] = []
        self.sent: list[Item] = []
        self.news: list[tuple[str, str, Item | None]] = []
        self.counted: Counter[str] = Counter()
        self.trust = ON_FIRST_USE
        self.registered = True
        self.profile: Wire = {"name": "", "about": "", "avatar": None}
        self.username = ""
        self._last = 0

    # --- time -------------------------------------------------------------------------------

    def now(self) -> float:
        """Return the time of messages, in seconds."""
        return self.base() + self.shift

    def stamp(self, at: int | None = None) -> int:
        """Return a new timestamp in ms, or the one that is wanted."""
        if at is not None:
            return at
        self._last = max(int(self.now() * 1000), self._last + 1)
        return self._last

    # --- people -----------------------------------------------------------------------------

    def person(self, who: Who) -> Person:
        """Return a person; one who was never mentioned is made."""
        told: Wire = who if isinstance(who, dict) else {_naming(who): who}
        uuid = str(told.get("uuid") or uuid_of(int(told.get("id", 0))))
        found = self.people.get(uuid)
        if found is None:
            found = self.people[uuid] = Person(uuid, chat=Chat(uuid))
        for name in ("number", "name", "username"):
            if name in told:
                setattr(found, name, told[name])
        return found

    def addressed(self, recipient: str) -> Person | None:
        """Find who has a uuid, a number or a username."""
        if recipient in self.people:
            return self.people[recipient]
        for person in self.people.values():
            if recipient in {person.number, person.username}:
                return person
        return None

    def group(self, id_: str, name: str = "") -> Chat:
        """Return the chat of a group; one that was never mentioned is made."""
        if id_ not in self.groups:
            self.groups[id_] = (name or "G", Chat(id_))
        return self.groups[id_][1]

    # --- apps -------------------------------------------------------------------------------

    def stands(self, chat: Chat) -> list[Item]:
        """Return what stands in a chat now: expired messages have gone."""
        now = self.now() * 1000
        chat.items = [i for i in chat.items if not _over(i, now)]
        return [item for item in chat.items if not item.deleted]

    def changed(self, what: str, chat: Chat, item: Item | None = None) -> None:
        """Note that the bot did something to a chat, and wake who waits for it."""
        self.news.append((what, chat.place, item))
        chat.change = len(self.news)
        self.rung(("chat", chat.place))
        self.rung(NEWS)

    # --- identities -------------------------------------------------------------------------

    def trusts(self, person: Person) -> bool:
        """Tell whether the bridge trusts the key of a person's phone; it learns new ones."""
        known = self.identities.get(person.uuid)
        if known is not None and known.key == person.key:
            return known.status != "UNTRUSTED"
        trusted = self.trust == ALWAYS or (known is None and self.trust == ON_FIRST_USE)
        status = "TRUSTED_UNVERIFIED" if trusted else "UNTRUSTED"
        self.identities[person.uuid] = Identity(person.key, status, int(self.now() * 1000))
        return trusted

    def remember(self, person: Person, timer: int | None = None) -> Contact:
        """Let the bridge remember a person, on its disk too."""
        contact = self.contacts.get(person.uuid)
        fresh = contact is None
        if contact is None:
            contact = Contact(person.uuid, person.number, person.name)
            self.contacts[person.uuid] = contact
        before = (contact.number, contact.name, contact.timer)
        contact.number, contact.name = person.number, person.name
        contact.timer = contact.timer if timer is None else timer
        if fresh or before != (contact.number, contact.name, contact.timer):
            self.disk.remember(person.uuid, contact.number, contact.name, contact.timer)
        return contact


def _over(item: Item, now: float) -> bool:
    return bool(item.expires) and item.timestamp + item.expires * 1000 <= now


def _naming(who: int | str) -> str:
    return "id" if isinstance(who, int) else "uuid"


def _nobody(_: Hashable) -> None:
    """Wake nobody."""
