"""What every store answers besides a person's chat: journals, the line's own notes, and files.

Rules of this file: shapes only, each a part of `storage.unit.Store`; what is written of them in a
unit is there.
"""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from storage.rows import (
    BlobRow,
    CaseId,
    DigestRow,
    FetchRow,
    Head,
    IndexRow,
    JournalRow,
    Totals,
    Trouble,
)
from storage.standing import PacketRow, ReplyHead, ReplyRow, Standing


class Ledger(Protocol):
    """Journals and digests, and what the line notes of its own work."""

    async def journal(self, case: CaseId) -> tuple[JournalRow, ...]:
        """Read a case's journal in order."""
        ...

    async def totals(self) -> Totals:
        """Read the counts and the last sequence numbers."""
        ...

    async def changed(self, after: int, upto: int) -> tuple[Head, ...]:
        """Read the heads, as of `upto`, of cases with entries in (after, upto], by case."""
        ...

    async def index(self, after: int, upto: int, limit: int = 100) -> tuple[IndexRow, ...]:
        """Read index entries with sequence numbers in (after, upto], in order."""
        ...

    async def index_count(self, after: int, upto: int) -> int:
        """Count index entries with sequence numbers in (after, upto]."""
        ...

    async def digests(self, after: int = 0) -> tuple[DigestRow, ...]:
        """Read the digests made with numbers above `after`, in order."""
        ...

    async def last_digest(self) -> DigestRow | None:
        """Read the latest digest made, or None."""
        ...

    async def record_digest(self, row: DigestRow) -> None:
        """Keep that a digest was made. Raises DigestOutOfOrder unless it is the next number."""
        ...

    async def mailed(self) -> dict[bytes, int]:
        """Read the number of the last digest mailed to each recipient, by key (16 bytes)."""
        ...

    async def keep_mailed(self, recipient: bytes, number: int) -> None:
        """Keep the number of the last digest mailed to a recipient."""
        ...

    async def drop_mailed(self, recipient: bytes) -> None:
        """Forget a recipient."""
        ...

    async def troubles(self) -> tuple[Trouble, ...]:
        """Read what does not work, by code."""
        ...

    async def trouble(self, code: str, day: date) -> None:
        """Keep that something did not work on `day`, once more or for the first time."""
        ...

    async def settle(self, code: str) -> None:
        """Keep that a trouble is over."""
        ...


class Shelf(Protocol):
    """Files that are being fetched, and the blobs that they become."""

    async def fetches(self, now: int, limit: int = 100) -> tuple[FetchRow, ...]:
        """Read fetches due at `now` (unix seconds) or before, earliest first."""
        ...

    async def fetch(self, key: bytes) -> FetchRow | None:
        """Read a fetch, or None."""
        ...

    async def fetches_of(self, case: CaseId) -> tuple[FetchRow, ...]:
        """Read the fetches of a case, by key."""
        ...

    async def blobs(self, case: CaseId) -> tuple[BlobRow, ...]:
        """Read the blobs of a case, by id, doomed ones among them."""
        ...

    async def doomed(self, limit: int = 100) -> tuple[bytes, ...]:
        """Read ids of doomed blobs: their files are to be erased."""
        ...

    async def blob_ids(self) -> frozenset[bytes]:
        """Read the ids of all blobs: a file of any other name is nobody's."""
        ...

    async def buried(self, ids: Collection[bytes]) -> int:
        """Forget doomed blobs whose files are erased; return how many there were."""
        ...


class Office(Protocol):
    """What staff have asked for, and what is given to their desks."""

    async def entries(self, after: int, limit: int = 100) -> tuple[tuple[int, JournalRow], ...]:
        """Read entries with sequence numbers above `after`, in order, of cases that stay."""
        ...

    async def packets(self, after: int = 0) -> tuple[PacketRow, ...]:
        """Read packets with numbers above `after`, in order."""
        ...

    async def packets_of(
        self, device: bytes, after: int, limit: int = 100
    ) -> tuple[PacketRow, ...]:
        """Read packets of a device with sequence numbers above `after`, in order."""
        ...

    async def packet(self, device: bytes, sequence: int) -> PacketRow | None:
        """Read a packet, or None."""
        ...

    async def last_packet(self, device: bytes) -> PacketRow | None:
        """Read the last packet of a device, or None."""
        ...

    async def replies(self) -> tuple[ReplyHead, ...]:
        """Read which replies are not done with, in the order in which staff asked for them."""
        ...

    async def reply(self, reply: bytes) -> ReplyRow | None:
        """Read a reply by its id, or None: it is done with."""
        ...

    async def standing(self, case: CaseId) -> Standing | None:
        """Read a case's standing; None where nothing was asked or told of it."""
        ...

    async def leaving(self, since: date = date.min) -> tuple[Standing, ...]:
        """Read the standings of cases that leave, or are gone and asked for since a day."""
        ...

    async def ended(self, last: date, today: date, limit: int = 100) -> tuple[CaseId, ...]:
        """Read cases that stay, are kept no longer, and have no entry after `last`, by case."""
        ...

    async def let_go(self, day: date) -> int:
        """Count the cases whose deletion retention has asked for on a day."""
        ...

    async def erased(self, case: CaseId) -> tuple[bytes, ...]:
        """Read the devices that have erased their copy of a case, in order."""
        ...
