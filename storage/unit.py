"""The values that are kept, and the shape of every store: `Unit`, `Outcome`, `Store`.

One message of a person is one `Unit`: all of it is kept or nothing, and everything in it is sealed
before it comes here. Only two things can refuse a unit: its `seen` key or its packet is known
(DUPLICATE), or its chat, fetch, blob, reply or standing is not as expected (STALE). Every other
part is total: writing again replaces. Nothing here is finer than a day, except the due times of
open timers and fetches, and of deletions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Protocol

from storage.ledger import Ledger, Office, Shelf
from storage.rows import (
    CaseId,
    ChatRow,
    Cutoffs,
    DraftRow,
    FetchRow,
    LetterRow,
    Origin,
    Swept,
    TimerRow,
    TraceRow,
)
from storage.standing import Erased, OutcomeChange, PacketRow, ReplyChange, StandingChange

Sign = Callable[[bytes], bytes]  # the server identity's raw Ed25519 signature, 64 bytes

#: Units in one group commit (design §6.5).
GROUP = 64
#: The tag of the line's own timers: there is no such chat, and retention leaves them.
LINE = bytes(32)


class Outcome(Enum):
    """What became of a unit. Anything but COMMITTED has changed nothing."""

    COMMITTED = "committed"
    DUPLICATE = "duplicate"  # its `seen` key is known: the event was kept before
    STALE = "stale"  # its chat, fetch or blob is not as expected: load again and step again


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatChange:
    """A new state for a chat whose revision is `expected` (0: no row yet); None deletes.

    `moved_from` is the tag that the row has now, when the month has turned or a draft moves to
    another chat: row, timers, waiting letters, traces and fetches go over to `tag`, where no
    row may be yet. `apart` is the draft that moves to another chat: waiting letters and traces stay
    behind then, and so do fetches of every other case.
    """

    tag: bytes
    expected: int
    state: bytes | None = field(repr=False)
    revision: int
    moved_from: bytes | None = None
    apart: CaseId = b""

    @property
    def source(self) -> bytes:
        """The tag under which the row is now."""
        return self.tag if self.moved_from is None else self.moved_from


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftEntry:
    """One sealed part of a draft's answer. `slot` is 16 bytes that stand for the question.

    Part 0, or `sealed` None, first deletes every earlier row of the slot; None only deletes.
    """

    case: CaseId
    slot: bytes
    part: int
    day: date
    sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """A sealed entry to append to a case's journal. `key` is the reading key's id."""

    case: CaseId
    key: str
    sealed: bytes = field(repr=False)
    day: date
    origin: Origin = Origin.LINE


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """The sealed index entry of a case, for digests."""

    case: CaseId
    key: str
    sealed: bytes = field(repr=False)
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeRow:
    """What confirms a case code, and what it leads to (sealed). Last valid on `expires`."""

    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    expires: date


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeChange:
    """A code's row under its lookup (32 bytes); `row` None deletes."""

    lookup: bytes = field(repr=False)
    row: CodeRow | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A rendered, sealed letter that waits; it takes the place of a waiting one of its key."""

    key: bytes
    tag: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """The sealed id of a message that stands in a chat since `day`."""

    tag: bytes
    day: date
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerChange:
    """A chat's timer `name` at `due` (unix seconds), set at the chat's `revision`; None deletes."""

    tag: bytes
    name: str
    due: int | None
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchChange:
    """A file that is to be fetched, under its key (16 bytes); None: no more, it has to be there.

    A row of no tries yet is new: it takes the place of whatever its key had, and its blob is
    COMING. A row of later tries has to be there: what was stopped meanwhile does not come back.
    """

    key: bytes
    row: FetchRow | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BlobChange:
    """A COMING blob is KEPT now, whole and on the disk; `size` is that of the sealed file."""

    id: bytes
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What one step changes: all or nothing, already sealed.

    `day` is the day of the commit, and of its letters. `sent` are keys of letters that are done
    with (deleted before `letters` are added), `untraced` numbers of traces. `forget` deletes all
    drafts of a case, also those of this unit. Deleting a chat deletes its timers, also those of
    this unit; its waiting letters, its traces and its fetches stay. `dropped` are keys of fetches:
    what is fetched or was kept under them is doomed, before `fetches` are made. `doomed` are ids
    of blobs, which takes their fetches; `doom` dooms all blobs of a case and takes all its
    fetches, also those of this unit. A packet whose (device, sequence) is known makes the unit
    a DUPLICATE, one that does not follow the device's last makes it STALE. `erase` takes all that
    a case has but the hashes of its journal, which digests have witnessed.
    """

    day: date
    seen: bytes | None = None
    chat: ChatChange | None = None
    drafts: tuple[DraftEntry, ...] = ()
    entries: tuple[NewEntry, ...] = ()
    index: tuple[IndexEntry, ...] = ()
    codes: tuple[CodeChange, ...] = ()
    letters: tuple[Letter, ...] = ()
    sent: tuple[bytes, ...] = ()
    traces: tuple[Trace, ...] = ()
    untraced: tuple[int, ...] = ()
    timers: tuple[TimerChange, ...] = ()
    forget: tuple[CaseId, ...] = ()
    fetches: tuple[FetchChange, ...] = ()
    blobs: tuple[BlobChange, ...] = ()
    dropped: tuple[bytes, ...] = ()
    doomed: tuple[bytes, ...] = ()
    doom: tuple[CaseId, ...] = ()
    packets: tuple[PacketRow, ...] = ()
    outcomes: tuple[OutcomeChange, ...] = ()
    replies: tuple[ReplyChange, ...] = ()
    standings: tuple[StandingChange, ...] = ()
    erased: tuple[Erased, ...] = ()
    erase: tuple[CaseId, ...] = ()

    @property
    def forgets(self) -> bool:
        """Whether it forgets a draft or a chat: it runs alone, and the log is truncated after."""
        chat = self.chat
        return bool(self.forget or self.doom or self.is_staffs) or (
            chat is not None and (chat.state is None or chat.source != chat.tag)
        )

    @property
    def is_staffs(self) -> bool:
        """Whether it says anything of what staff have asked for: it runs alone."""
        return bool(
            self.packets
            or self.outcomes
            or self.replies
            or self.standings
            or self.erased
            or self.erase
        )

    @property
    def has_files(self) -> bool:
        """Whether it says anything of files."""
        return bool(self.fetches or self.blobs or self.dropped or self.doomed or self.doom)

    @property
    def last_fetches(self) -> tuple[FetchChange, ...]:
        """Its fetches, the last one of each key."""
        return tuple({change.key: change for change in self.fetches}.values())


class Store(Ledger, Shelf, Office, Protocol):
    """The one door to what is kept. Reads show what every answered `commit` has kept."""

    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing; answer when it would survive a loss of power."""
        ...

    async def chat(self, tag: bytes) -> ChatRow | None:
        """Read a chat, or None."""
        ...

    async def chats(self, limit: int = 100, after: bytes = b"") -> tuple[ChatRow, ...]:
        """Read chats whose tags come after `after`, by tag."""
        ...

    async def drafts(self, case: CaseId) -> tuple[DraftRow, ...]:
        """Read a draft: slots in the order of their first row, parts in order."""
        ...

    async def letters(self, tag: bytes | None = None, limit: int = 100) -> tuple[LetterRow, ...]:
        """Read waiting letters of a chat, or of all, oldest first."""
        ...

    async def waiting(self, limit: int = 10_000) -> tuple[bytes, ...]:
        """Read the tags of chats for which letters wait, the longest waiting first."""
        ...

    async def letter_count(self) -> int:
        """Count waiting letters."""
        ...

    async def traces(self, tag: bytes, limit: int = 1_000) -> tuple[TraceRow, ...]:
        """Read the traces of a chat, oldest first."""
        ...

    async def due(self, now: int, limit: int = 100) -> tuple[TimerRow, ...]:
        """Read timers due at `now` (unix seconds) or before, earliest first."""
        ...

    async def code(self, lookup: bytes) -> CodeRow | None:
        """Read a code's row, or None."""
        ...

    async def return_key(self, month: str) -> bytes | None:
        """Read a month's wrapped return key ("2026-11"), or None."""
        ...

    async def keep_return_key(self, month: str, wrapped: bytes) -> None:
        """Keep a month's wrapped return key; the first one kept stays: read it back."""
        ...

    async def drop(self, cutoffs: Cutoffs) -> Swept:
        """Drop what `storage.retention` says is over; afterwards the log is truncated."""
        ...

    async def close(self) -> None:
        """Finish what was handed in, then let go."""
        ...
