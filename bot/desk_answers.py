"""What a desk is answered, once it is known who asks: bytes of the store as it stands.

Nothing is opened here and nothing decided: entries, heads and tombstones are given as a bundle
would give them, packets go where packets go. A page, or a piece of a file, is in memory at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.bundle import line_members
from bot.farewell import tombstones
from bot.packets import Packets
from bot.ports import Clock
from storage import archive, exchange
from storage.archive import END
from storage.blobs import Blobs
from storage.bundle import Witness
from storage.errors import StorageError
from storage.exchange import FULL, PIECE, Answer, Page, State
from storage.padding import MIB
from storage.rows import BlobRow, BlobState, CaseId, Head, JournalRow
from storage.standing import Leaving
from storage.tombstone import encode_outcomes, encode_tombstones, told
from storage.unit import Store

#: Entries that are read at once, and that a page has at most.
BATCH, MOST_ROWS = 16, 1_000
#: Bytes of a statement with its key files, as a desk brings it.
MAX_LINE = 4 * MIB

Bring = Callable[[bytes], Awaitable[None]]  # takes a statement; raises what is wrong with it


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What one line tells its desks, under the statement of today."""

    packets: Packets
    blobs: Blobs
    line_folder: Path
    bring: Bring
    clock: Clock

    @property
    def store(self) -> Store:
        """What is kept."""
        return self.packets.store

    async def line(self) -> bytes:
        """Return the statement with its signature and the sealed reading keys."""
        members = await asyncio.to_thread(line_members, self.line_folder)
        return b"".join((*map(archive.write, members), END))

    async def page(self, after: int) -> bytes:
        """Return the next entries above a sequence number."""
        last, upto = (await self.store.totals()).journal_sequence, after
        rows: list[JournalRow] = []
        size, more = 0, True
        while more and size < FULL and len(rows) < MOST_ROWS:
            found = await self.store.entries(upto, BATCH)
            more = len(found) == BATCH
            for sequence, row in found:
                if rows and size + len(row.sealed) > 2 * FULL:
                    more, size = True, 2 * FULL
                    break
                rows.append(row)
                size, upto = size + len(row.sealed), sequence
        if not more:
            upto = max(upto, last)
        page = Page(
            after=after,
            upto=upto,
            last=max(last, upto) if rows else last,
            more=more,
            files=await self._with_files(rows),
            rows=tuple(rows),
        )
        return await asyncio.to_thread(exchange.encode_page, page)

    async def _with_files(self, rows: list[JournalRow]) -> tuple[CaseId, ...]:
        found = []
        for case in dict.fromkeys(row.case for row in rows):
            blobs = await self.store.blobs(case)
            if any(map(_is_kept, blobs)):
                found.append(case)
        return tuple(found)

    async def state(self, upto: int, known: int) -> bytes:
        """Return what digests above number `known` have witnessed, and a sum of all ends."""
        witnesses, after, count = list[Witness](), 0, 0
        for row in await self.store.digests():
            if row.journal_sequence > upto:
                break
            count = row.number
            if row.number > known:
                changed = tuple(sorted(await self.store.changed(after, row.journal_sequence)))
                witnesses.append(Witness(number=row.number, heads=row.heads, changed=changed))
            after = row.journal_sequence
        ends = await self._ends(upto)
        state = State(
            upto=upto, digests=count, sum=exchange.heads_sum(ends), witnesses=tuple(witnesses)
        )
        return exchange.encode_state(state)

    async def ends(self, upto: int) -> bytes:
        """Return where the journals of all cases that stay end."""
        return exchange.encode_ends(await self._ends(upto))

    async def _ends(self, upto: int) -> list[Head]:
        leaves = {row.case for row in await self.store.leaving()}
        return [head for head in await self.store.changed(0, upto) if head.case not in leaves]

    async def tombstones(self, since: int) -> bytes:
        """Return which cases leave, and those that are gone and were asked for since a day.

        The day is given by its number, 1 on the first day of the year 1.
        """
        day = date.fromordinal(min(max(since, 1), date.max.toordinal()))
        return encode_tombstones(await tombstones(self.store, self.packets.line, day))

    async def outcomes(self, author: str, device: bytes, after: int) -> bytes:
        """Return what became of the packets of a person's device above a number, the next ones."""
        rows = await self.store.packets_of(device, after, MOST_ROWS)
        return encode_outcomes([told(row) for row in rows if row.author == author])

    async def piece(self, case: CaseId, blob: bytes, start: int) -> bytes | None:
        """Return a piece of a sealed file, nothing beyond its end; None where there is no file."""
        blobs = await self.store.blobs(case)
        size = next((one.size for one in blobs if one.id == blob and _is_kept(one)), None)
        standing = await self.store.standing(case)
        leaves = standing is not None and standing.leaving is not Leaving.STAYS
        if size is None or leaves or not await self.store.journal(case):  # a draft's never leave
            return None
        try:
            return await asyncio.to_thread(self._read, blob, start) if start < size else b""
        except StorageError:
            return None

    def _read(self, blob: bytes, start: int) -> bytes:
        with self.blobs.open(blob, start) as source:
            return source.read(PIECE)

    async def take(self, body: bytes) -> bytes:
        """Take packets one after the other; return what became of each.

        Raises:
            StorageError: it is not what a desk brings.
        """
        brought = await asyncio.to_thread(exchange.decode_packets, body)
        answers = []
        for one in brought:
            taken = await self.packets.take(one.data, one.signature, self.clock())
            answers.append(Answer(name=one.name, outcome=taken.outcome))
        return exchange.encode_answers(answers)


def _is_kept(row: BlobRow) -> bool:
    return row.state is BlobState.KEPT
