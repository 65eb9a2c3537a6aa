"""What can be done with a case, one value a kind of deed, and how each stands in an act.

Rules of this file: plain values; what staff write is in no repr. A kind of deed that is not known
here is refused, never guessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date
from typing import Any, TypeAlias

from storage.document import Document
from storage.hours import Hours, hours_fields, read_hours

DEVICE = 8  # bytes of a device's random id
#: The states of a case at the desk, in the order in which a case goes through them.
STATES = ("new", "triaged", "in-progress", "waiting", "closed")


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

    `address` is the number of the return address that was chosen, from 1; `hours` those in which
    the server may send it, where there are any.
    """

    text: str = field(repr=False)
    language: str
    address: int
    hours: Hours | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recall:
    """A reply that waits at the server is to be taken back: that of this device's packet."""

    device: bytes
    sequence: int


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
    | Recall
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
    "recall": Recall,
    "read": Read,
    "exported": Exported,
    "erase": Erase,
    "hold": Hold,
    "keep-until": KeepUntil,
}
NAMES: Mapping[type, str] = {kind: name for name, kind in DEEDS.items()}


def deed_fields(deed: Deed) -> dict[str, object]:
    """Return a deed's fields as they stand in an act."""
    found: dict[str, object] = {}
    for one in fields(deed):
        value = getattr(deed, one.name)
        if isinstance(value, Hours):
            found[one.name] = hours_fields(value)
        elif isinstance(value, bytes):
            found[one.name] = value.hex()
        elif value is not None:
            found[one.name] = value.isoformat() if isinstance(value, date) else value
    return found


def read_deed(document: Document) -> Deed:
    """Read a deed.

    Raises:
        FieldError: it is not one, or says something unknown.
    """
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
    if one.type == Hours | None:
        return read_hours(document, one.name)
    if one.type == date | None:
        return document.day(one.name) if document.has(one.name) else None
    return _READERS[one.type](document, one.name)


_READERS: Mapping[Any, Callable[[Document, str], object]] = {
    str: lambda document, key: document.take(key, str, "a text"),
    int: lambda document, key: document.whole(key),
    bytes: lambda document, key: document.hexadecimal(key, DEVICE),
    date: lambda document, key: document.day(key),
    tuple[str, ...]: lambda document, key: document.codes(key),
}
