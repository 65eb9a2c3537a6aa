"""What both databases have in common: every read, and small writes.

Rules of this file: each method hands one function of `queries`, `journal`, `upkeep` or `retention`
to a thread with a connection. How a unit is committed is each database's own (`storage.store`).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import fetches, journal, office, queries, retention, upkeep
from storage.database import CONNECTIONS, failure
from storage.errors import StoreClosed
from storage.rows import (
    BlobRow,
    CaseId,
    ChatRow,
    Cutoffs,
    DigestRow,
    DraftRow,
    FetchRow,
    Head,
    IndexRow,
    JournalRow,
    LetterRow,
    Swept,
    TimerRow,
    Totals,
    TraceRow,
    Trouble,
)
from storage.standing import PacketRow, ReplyHead, ReplyRow, Standing
from storage.unit import CodeRow, Outcome, Sign, Unit
from storage.writer import Writer

Answer = TypeVar("Answer")


class SqlStore(ABC):
    """A store on an engine, without the way in which it commits."""

    def __init__(self, engine: Engine, sign: Sign) -> None:
        self._engine = engine
        self._writer = Writer(engine.dialect, sign)
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="quietline-store")
        self._closed = False

    @abstractmethod
    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing; answer when it would survive a loss of power."""

    @abstractmethod
    async def _write(self, change: Callable[[Connection], Answer]) -> Answer:
        """Make a small change in a transaction of its own."""

    async def _forget(self, change: Callable[[Connection], Answer]) -> Answer:
        """Make a change that deletes, and see that what is deleted is gone from the disk."""
        return await self._write(change)

    async def chat(self, tag: bytes) -> ChatRow | None:
        """Read a chat, or None."""
        return await self._read(partial(queries.chat, tag=tag))

    async def chats(self, limit: int = 100, after: bytes = b"") -> tuple[ChatRow, ...]:
        """Read chats whose tags come after `after`, by tag."""
        return await self._read(partial(queries.chats, limit=limit, after=after))

    async def drafts(self, case: CaseId) -> tuple[DraftRow, ...]:
        """Read a draft: slots in the order of their first row, parts in order."""
        return await self._read(partial(queries.drafts, case=case))

    async def letters(self, tag: bytes | None = None, limit: int = 100) -> tuple[LetterRow, ...]:
        """Read waiting letters of a chat, or of all, oldest first."""
        return await self._read(partial(queries.letters, tag=tag, limit=limit))

    async def waiting(self, limit: int = 10_000) -> tuple[bytes, ...]:
        """Read the tags of chats for which letters wait, the longest waiting first."""
        return await self._read(partial(queries.waiting, limit=limit))

    async def letter_count(self) -> int:
        """Count waiting letters."""
        return await self._read(queries.letter_count)

    async def traces(self, tag: bytes, limit: int = 1_000) -> tuple[TraceRow, ...]:
        """Read the traces of a chat, oldest first."""
        return await self._read(partial(queries.traces, tag=tag, limit=limit))

    async def due(self, now: int, limit: int = 100) -> tuple[TimerRow, ...]:
        """Read timers due at `now` (unix seconds) or before, earliest first."""
        return await self._read(partial(queries.due, now=now, limit=limit))

    async def code(self, lookup: bytes) -> CodeRow | None:
        """Read a code's row, or None."""
        return await self._read(partial(queries.code, lookup=lookup))

    async def return_key(self, month: str) -> bytes | None:
        """Read a month's wrapped return key ("2026-11"), or None."""
        return await self._read(partial(queries.return_key, month=month))

    async def keep_return_key(self, month: str, wrapped: bytes) -> None:
        """Keep a month's wrapped return key; the first one kept stays: read it back."""
        await self._write(partial(self._writer.keep_return_key, month=month, wrapped=wrapped))

    async def journal(self, case: CaseId) -> tuple[JournalRow, ...]:
        """Read a case's journal in order."""
        return await self._read(partial(journal.journal, case=case))

    async def totals(self) -> Totals:
        """Read the counts and the last sequence numbers."""
        return await self._read(journal.totals)

    async def changed(self, after: int, upto: int) -> tuple[Head, ...]:
        """Read the heads, as of `upto`, of cases with entries in (after, upto], by case."""
        return await self._read(partial(journal.changed, after=after, upto=upto))

    async def index(self, after: int, upto: int, limit: int = 100) -> tuple[IndexRow, ...]:
        """Read index entries with sequence numbers in (after, upto], in order."""
        return await self._read(partial(journal.index, after=after, upto=upto, limit=limit))

    async def index_count(self, after: int, upto: int) -> int:
        """Count index entries with sequence numbers in (after, upto]."""
        return await self._read(partial(journal.index_count, after=after, upto=upto))

    async def digests(self, after: int = 0) -> tuple[DigestRow, ...]:
        """Read the digests made with numbers above `after`, in order."""
        return await self._read(partial(journal.digests, after=after))

    async def last_digest(self) -> DigestRow | None:
        """Read the latest digest made, or None."""
        return await self._read(journal.last_digest)

    async def record_digest(self, row: DigestRow) -> None:
        """Keep that a digest was made. Raises DigestOutOfOrder unless it is the next number."""
        await self._write(partial(journal.record_digest, row=row))

    async def mailed(self) -> dict[bytes, int]:
        """Read the number of the last digest mailed to each recipient, by key (16 bytes)."""
        return await self._read(upkeep.mailed)

    async def keep_mailed(self, recipient: bytes, number: int) -> None:
        """Keep the number of the last digest mailed to a recipient."""
        await self._write(partial(upkeep.keep_mailed, recipient=recipient, number=number))

    async def drop_mailed(self, recipient: bytes) -> None:
        """Forget a recipient."""
        await self._forget(partial(upkeep.drop_mailed, recipient=recipient))

    async def troubles(self) -> tuple[Trouble, ...]:
        """Read what does not work, by code."""
        return await self._read(upkeep.troubles)

    async def trouble(self, code: str, day: date) -> None:
        """Keep that something did not work on `day`, once more or for the first time."""
        await self._write(partial(upkeep.trouble, code=code, day=day))

    async def settle(self, code: str) -> None:
        """Keep that a trouble is over."""
        await self._write(partial(upkeep.settle, code=code))

    async def fetches(self, now: int, limit: int = 100) -> tuple[FetchRow, ...]:
        """Read fetches due at `now` (unix seconds) or before, earliest first."""
        return await self._read(partial(fetches.fetches, now=now, limit=limit))

    async def fetch(self, key: bytes) -> FetchRow | None:
        """Read a fetch, or None."""
        return await self._read(partial(fetches.fetch, key=key))

    async def fetches_of(self, case: CaseId) -> tuple[FetchRow, ...]:
        """Read the fetches of a case, by key."""
        return await self._read(partial(fetches.fetches_of, case=case))

    async def blobs(self, case: CaseId) -> tuple[BlobRow, ...]:
        """Read the blobs of a case, by id, doomed ones among them."""
        return await self._read(partial(fetches.blobs, case=case))

    async def doomed(self, limit: int = 100) -> tuple[bytes, ...]:
        """Read ids of doomed blobs: their files are to be erased."""
        return await self._read(partial(fetches.doomed, limit=limit))

    async def blob_ids(self) -> frozenset[bytes]:
        """Read the ids of all blobs: a file of any other name is nobody's."""
        return await self._read(fetches.blob_ids)

    async def buried(self, ids: Collection[bytes]) -> int:
        """Forget doomed blobs whose files are erased; return how many there were."""
        return await self._forget(partial(fetches.buried, ids=tuple(ids)))

    async def entries(self, after: int, limit: int = 100) -> tuple[tuple[int, JournalRow], ...]:
        """Read entries with sequence numbers above `after`, in order, of cases that stay."""
        return await self._read(partial(office.entries, after=after, limit=limit))

    async def packets(self, after: int = 0) -> tuple[PacketRow, ...]:
        """Read packets with numbers above `after`, in order."""
        return await self._read(partial(office.packets, after=after))

    async def packets_of(
        self, device: bytes, after: int, limit: int = 100
    ) -> tuple[PacketRow, ...]:
        """Read packets of a device with sequence numbers above `after`, in order."""
        query = partial(office.packets_of, device=device, after=after, limit=limit)
        return await self._read(query)

    async def packet(self, device: bytes, sequence: int) -> PacketRow | None:
        """Read a packet, or None."""
        return await self._read(partial(office.packet, device=device, sequence=sequence))

    async def last_packet(self, device: bytes) -> PacketRow | None:
        """Read the last packet of a device, or None."""
        return await self._read(partial(office.last_packet, device=device))

    async def replies(self) -> tuple[ReplyHead, ...]:
        """Read which replies are not done with, in the order in which staff asked for them."""
        return await self._read(office.replies)

    async def reply(self, reply: bytes) -> ReplyRow | None:
        """Read a reply by its id, or None: it is done with."""
        return await self._read(partial(office.reply, reply=reply))

    async def standing(self, case: CaseId) -> Standing | None:
        """Read a case's standing; None where nothing was asked or told of it."""
        return await self._read(partial(office.standing, case=case))

    async def leaving(self, since: date = date.min) -> tuple[Standing, ...]:
        """Read the standings of cases that leave, or are gone and asked for since a day."""
        return await self._read(partial(office.leaving, since=since))

    async def ended(self, last: date, today: date, limit: int = 100) -> tuple[CaseId, ...]:
        """Read cases that stay, are kept no longer, and have no entry after `last`, by case."""
        return await self._read(partial(office.ended, last=last, today=today, limit=limit))

    async def let_go(self, day: date) -> int:
        """Count the cases whose deletion retention has asked for on a day."""
        return await self._read(partial(office.let_go, day=day))

    async def erased(self, case: CaseId) -> tuple[bytes, ...]:
        """Read the devices that have erased their copy of a case, in order."""
        return await self._read(partial(office.erased, case=case))

    async def drop(self, cutoffs: Cutoffs) -> Swept:
        """Drop what `storage.retention` says is over; afterwards the log is truncated."""
        return await self._forget(partial(retention.drop, cuts=cutoffs))

    async def close(self) -> None:
        """Finish what was handed in, then let go."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def _read(self, query: Callable[[Connection], Answer]) -> Answer:
        return await self._in_thread(partial(self._with_connection, query))

    async def _in_thread(self, act: Callable[[], Answer]) -> Answer:
        if self._closed:
            raise StoreClosed
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)

    def _with_connection(self, act: Callable[[Connection], Answer]) -> Answer:
        try:
            with self._engine.connect() as conn:
                return act(conn)
        except SQLAlchemyError as error:
            raise failure(error) from None
