"""A file that staff bring with a packet: sealed already, put among the files, kept with the packet.

Rules of this file:
- The row is there before the file, as with one that a person sends: what a crash leaves is
  nobody's, and is erased with what never came. It is kept in the one unit that takes the packet.
- Room and number are limited as for people; nothing is opened, and only the sealed size is known.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.files import MEGABYTE, RESERVE, TIMES_THE_LARGEST
from bot.tables import Files
from storage.blobs import Blobs
from storage.outcome import Outcome
from storage.packet import blob_id
from storage.rows import BlobRow, BlobState, CaseId, FetchRow
from storage.unit import BlobChange, FetchChange, Store, Unit

#: When such a file is fetched (unix seconds): it comes by itself, and never from an app.
NEVER = 1 << 52


@dataclass(frozen=True, kw_only=True, slots=True)
class Put:
    """What keeps a file that lies there, in the unit that takes its packet."""

    fetches: tuple[FetchChange, ...] = ()
    blobs: tuple[BlobChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosing:
    """Puts files of staff among those of one line. `room` are the bytes that are free there."""

    store: Store
    blobs: Blobs
    files: Files = field(default_factory=Files)
    room: Callable[[], int]

    async def put(self, case: CaseId, sealed: bytes, now: datetime) -> Put | Outcome:
        """Put a sealed file there; return what keeps it, or why it is refused.

        Raises:
            BlobFailed: it cannot be written; nothing is kept, and it may come again.
        """
        blob = blob_id(case, hashlib.sha256(sealed).hexdigest())
        there = {one.id: one for one in await self.store.blobs(case)}
        same = there.pop(blob, None)
        if same is not None and same.state is BlobState.KEPT:
            return Put()  # the very same came before
        if same is not None and same.state is BlobState.DOOMED:
            await self._bury(blob)
        stays = [one for one in there.values() if one.state is not BlobState.DOOMED]
        if self._is_full(stays, len(sealed)):
            return Outcome.ROOM
        row = FetchRow(
            key=blob,
            case=case,
            tag=b"",
            blob=blob,
            sealed=b"",
            due=NEVER,
            tries=0,
            day=now.date(),
        )
        unit = Unit(day=now.date(), fetches=(FetchChange(key=blob, row=row),))
        await self.store.commit(unit)
        await asyncio.to_thread(self._write, blob, sealed)
        change = BlobChange(id=blob, size=len(sealed))
        return Put(fetches=(FetchChange(key=blob, row=None),), blobs=(change,))

    async def _bury(self, blob: bytes) -> None:
        await asyncio.to_thread(self.blobs.erase, blob)
        await self.store.buried((blob,))

    def _is_full(self, there: list[BlobRow], size: int) -> bool:
        most = TIMES_THE_LARGEST * self.files.largest_mb * MEGABYTE
        total = sum(one.size for one in there) + size
        return len(there) >= self.files.most or total > most or self.room() - RESERVE < size

    def _write(self, blob: bytes, sealed: bytes) -> None:
        with self.blobs.begin(blob) as writer:
            writer.write(sealed)
            writer.finish()
