"""The rows that are read back, and what retention counts: values, no behaviour.

What is written is in `unit`. Nothing here is finer than a day, except the due times of open timers
and of files that are being fetched.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

CaseId = bytes  # 16 random bytes


class Origin(Enum):
    """By which way an entry came to the server: a conversation with the line, or a packet."""

    LINE = "line"  # what a person said, and what the server itself writes
    PACKET = "packet"  # what one of the staff has sent


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatRow:
    """A chat as it is kept."""

    tag: bytes
    revision: int
    state: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftRow:
    """One part of one answer of a draft."""

    slot: bytes
    part: int
    day: date
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterRow:
    """A waiting letter. `number` orders the waiting ones; `key` is its name."""

    number: int
    key: bytes
    tag: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceRow:
    """The sealed id of a message that stands in a chat. No number is ever given twice."""

    number: int
    day: date
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerRow:
    """A timer that is set."""

    tag: bytes
    name: str
    due: int
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRow:
    """A file that is to be fetched, at `due` (unix seconds) for the `tries`-th time again.

    `key` (16 bytes) stands for the place of the file in its case, `blob` is the id (16 bytes) of
    what it will be; `tag` is the chat that is told. `day` is the day it came, and stays.
    """

    key: bytes
    case: CaseId
    tag: bytes
    blob: bytes
    sealed: bytes = field(repr=False)
    due: int
    tries: int
    day: date


class BlobState(Enum):
    """Where a blob is in its life."""

    COMING = 0  # being fetched: there is no whole file yet
    KEPT = 1
    DOOMED = 2  # its file is to be erased, then its row is buried


@dataclass(frozen=True, kw_only=True, slots=True)
class BlobRow:
    """A sealed file, `size` bytes long as it is kept (0 while it comes); `key` as of its fetch."""

    id: bytes
    key: bytes
    case: CaseId
    day: date
    size: int
    state: BlobState


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalRow:
    """One entry of a case's journal with what the server gave it (see `storage.chain`)."""

    case: CaseId
    position: int
    previous: bytes
    hash: bytes
    chain: bytes
    signature: bytes = field(repr=False)
    key: str
    day: date
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Head:
    """The end of a case's journal at some moment."""

    case: CaseId
    position: int
    chain: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexRow:
    """A kept index entry and its place in the order of all."""

    sequence: int
    case: CaseId
    key: str
    sealed: bytes = field(repr=False)
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What the server counts, and the last sequence numbers given (never given twice)."""

    cases: int = 0
    entries: int = 0
    journal_sequence: int = 0
    index_sequence: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestRow:
    """A digest that was made: hash of its ciphertext, its heads' hash, how far it reached."""

    number: int
    day: date
    sha256: bytes
    heads: bytes
    journal_sequence: int
    index_sequence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Something that does not work, and since when; `code` is ASCII without spaces, at most 40."""

    code: str
    since: date
    last: date
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutoffs:
    """Where retention cuts: what is on or before these days goes (`storage.retention`)."""

    seen: date
    codes: date
    drafts: date
    letters: date
    traces: date
    return_keys: str  # a month, "2026-05"


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """How many of each retention has dropped."""

    seen: int = 0
    codes: int = 0
    drafts: int = 0
    letters: int = 0
    traces: int = 0
    timers: int = 0
    return_keys: int = 0
    fetches: int = 0
    blobs: int = 0  # doomed, not erased yet
