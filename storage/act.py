"""What staff do with a case: notes, states, owners, answers; each an entry of its journal.

Rules of this file: plain values to padded plaintext and back; sealing and signing are elsewhere.
Every act names its author, the device and the author's own number on it, and what the author's desk
had last seen, so that a desk notices a server that shows different people different things. What
staff write is in no repr. A kind of deed that is not known here is refused, never guessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date
from typing import Any, TypeAlias

from storage.document import MAX_NUMBER, Document, write
from storage.entry import CASE
from storage.padding import entry_size, pad

KIND = "act"
DEVICE = 8  # bytes of a device's random id
HASH = 32
#: The states of a case at the desk, in the order in which a case goes through them.
STATES = ("new", "triaged", "in-progress", "waiting", "closed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the author's desk had last seen: the journal's end, a digest's number, the statement.

    `position` and `chain` are of the last entry there (-1 and zeros: none yet); `digest` is 0
    before any; `line` is the SHA-256 of line.toml.
    """

    position: int
    chain: bytes
    digest: int
    line: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A note to the team."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class StateSet:
    """The case is in another state; one of `STATES`."""

    state: str
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assigned:
    """The case has an owner, by the name in the statement; "" is nobody."""

    to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagged:
    """Tags that the case gets and loses."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """Something to do by a day; without a day the reminder of the same text is done."""

    text: str = field(repr=False)
    due: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Urgency:
    """Another urgency than the triage table gave ("U2"), with a reason."""

    level: str
    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessed:
    """How far the case is verified, and to whom it is attributed; codes, "" where not said."""

    verification: str = ""
    attribution: str = ""
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """Something asked of somebody outside, and what came of it."""

    whom: str = field(repr=False)
    what: str = field(repr=False)
    asked: date
    came: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What was written to the person: without the phrase, which the desk puts before it.

    `address` is the number of the return address that was chosen, from 1.
    """

    text: str = field(repr=False)
    language: str
    address: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """The author has opened the case; `what` names a file that was opened, or nothing."""

    what: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """The case left the desk: the format, how far it was redacted, why, and the file's SHA-256."""

    form: str
    redaction: str
    reason: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Erase:
    """Deletion was asked for by staff, for a reason."""

    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A deletion is held until a day, by the lead, for a reason."""

    until: date
    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepUntil:
    """The case is kept longer than retention would, until a day, for a reason."""

    until: date
    reason: str = field(repr=False)


Deed: TypeAlias = (
    Note
    | StateSet
    | Assigned
    | Tagged
    | Reminder
    | Urgency
    | Assessed
    | Outside
    | Reply
    | Read
    | Exported
    | Erase
    | Hold
    | KeepUntil
)
DEEDS: Mapping[str, type[Deed]] = {
    "note": Note,
    "state": StateSet,
    "assigned": Assigned,
    "tagged": Tagged,
    "reminder": Reminder,
    "urgency": Urgency,
    "assessed": Assessed,
    "outside": Outside,
    "reply": Reply,
    "read": Read,
    "exported": Exported,
    "erase": Erase,
    "hold": Hold,
    "keep-until": KeepUntil,
}
_NAMES: Mapping[type, str] = {kind: name for name, kind in DEEDS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One deed of one person of the staff. `sequence` counts the packets of the device, from 1."""

    case: bytes
    author: str
    device: bytes
    sequence: int
    day: date
    seen: Seen
    deed: Deed


def encode(act: Act) -> bytes:
    """Return the act as padded JSON."""
    data = write(
        KIND,
        {
            "author": act.author,
            "case": act.case.hex(),
            "day": act.day.isoformat(),
            "deed": {"name": _NAMES[type(act.deed)], **_deed_fields(act.deed)},
            "device": act.device.hex(),
            "seen": {
                "position": act.seen.position,
                "chain": act.seen.chain.hex(),
                "digest": act.seen.digest,
                "line": act.seen.line,
            },
            "sequence": act.sequence,
        },
    )
    return pad(data, entry_size(len(data)))


def decode(data: bytes) -> Act:
    """Read an act.

    Raises:
        FieldError: it is not one, or says something unknown.
    """
    document = Document.decode(data, file="An act", kind=KIND)
    act = Act(
        case=document.hexadecimal("case", CASE),
        author=document.word("author"),
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        day=document.day("day"),
        seen=_read_seen(document.section("seen")),
        deed=_read_deed(document.section("deed")),
    )
    document.end()
    return act


def _read_seen(document: Document) -> Seen:
    seen = Seen(
        position=document.number("position", low=-1, high=MAX_NUMBER),
        chain=document.hexadecimal("chain", HASH),
        digest=document.whole("digest"),
        line=document.sha256("line"),
    )
    document.end()
    return seen


def _deed_fields(deed: Deed) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in fields(deed):
        value = getattr(deed, one.name)
        if value is not None:
            found[one.name] = value.isoformat() if isinstance(value, date) else value
    return found


def _read_deed(document: Document) -> Deed:
    kind = DEEDS.get(document.take("name", str, "the name of a deed"))
    if kind is None:
        raise document.wrong("name", "the name of a deed that this version knows")
    values: dict[str, Any] = {one.name: _read_field(document, one) for one in fields(kind)}
    document.end()
    deed: Deed = kind(**values)
    if isinstance(deed, StateSet) and deed.state not in STATES:
        raise document.wrong("state", "one of " + ", ".join(STATES))
    return deed


def _read_field(document: Document, one: Field[Any]) -> object:
    if one.type == date | None:
        return document.day(one.name) if document.has(one.name) else None
    return _READERS[one.type](document, one.name)


_READERS: Mapping[Any, Callable[[Document, str], object]] = {
    str: lambda document, key: document.take(key, str, "a text"),
    int: lambda document, key: document.whole(key),
    date: lambda document, key: document.day(key),
    tuple[str, ...]: lambda document, key: document.codes(key),
}
