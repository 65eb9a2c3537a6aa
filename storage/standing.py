"""What staff have asked for and what became of it, as rows and as changes of a unit.

Rules of this file: values only. Of a case the server keeps what it has to act on, and nothing else:
whether it was opened and answered, how long it is kept, and whether it leaves. No reason, no word.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from storage.rows import CaseId

#: Who asked that a case goes; the last is retention as well, when the person has been told of it.
PERSON, STAFF, RETENTION, RETENTION_TOLD = "person", "staff", "retention", "retention-told"
LET_GO = frozenset({RETENTION, RETENTION_TOLD})


class Leaving(Enum):
    """How far a case is on its way out."""

    STAYS = 0
    LEAVES = 1  # out of every view, destroyed when it is due
    GONE = 2


class Answered(Enum):
    """Whether staff have written to a person: an app may have said so, or nothing at all."""

    NO = 0
    YES = 1
    PERHAPS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketRow:
    """A packet that was taken or refused: whose, about which case, and its outcome today.

    `sha256` is over the packet's file: the same one that comes again is told from another of its
    number. `number` orders all packets; it is given when the row is kept.
    """

    device: bytes
    sequence: int
    case: CaseId
    author: str
    sha256: bytes
    kind: str
    outcome: str
    day: date
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeChange:
    """Another outcome of a packet that is there."""

    device: bytes
    sequence: int
    outcome: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyRow:
    """A reply of staff that waits to be said; `attempting` once the app may have been told of it.

    `id` is 16 bytes; `device` and `sequence` name its packet; `tag` is the chat that it goes to.
    """

    id: bytes
    case: CaseId
    tag: bytes
    device: bytes
    sequence: int
    day: date
    attempting: bool = False
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyHead:
    """A reply that is not done with, without what it says."""

    id: bytes
    case: CaseId
    tag: bytes
    attempting: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyChange:
    """A reply that comes (`expected` None), is attempted, or is done with (`row` None).

    `expected` is whether it was attempted before; otherwise the unit is STALE.
    """

    id: bytes
    row: ReplyRow | None
    expected: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the server knows of a sent case; a row is there once there is something to know.

    `asked` is the day on which deletion was asked for, `due` when it is carried out (unix seconds),
    `by` who asked; `held_until` is set once and no more. `revision` counts the changes.
    """

    case: CaseId
    revision: int = 0
    opened: bool = False
    answered: Answered = Answered.NO
    keep_until: date | None = None
    leaving: Leaving = Leaving.STAYS
    asked: date | None = None
    due: int | None = None
    by: str = ""
    held_until: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingChange:
    """A case's standing anew; STALE unless the one before has revision `row.revision - 1`."""

    row: Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """A desk's word that it has erased its copy of a case."""

    case: CaseId
    device: bytes
    day: date
