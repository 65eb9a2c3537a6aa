"""The stores on a database: what is read, and how a unit reaches the writer.

Rules of this file: nothing blocks the event loop but SQLite's read of one chat. SQLite: units go
through the writer's thread, which commits them in groups; whoever forgets something is answered
when the write-ahead log is empty as well. PostgreSQL: each call has a thread and a connection of
its own, and the database puts them in order.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import journal, queries, retention
from storage.database import CONNECTIONS, connect, failure, transaction, truncate, upgrade
from storage.errors import DatabaseFailed, StoreClosed
from storage.lane import Lane
from storage.rows import (
    CaseId,
    ChatRow,
    Cutoffs,
    DigestRow,
    DraftRow,
    Head,
    IndexRow,
    JournalRow,
    LetterRow,
    Swept,
    TimerRow,
    Totals,
)
from storage.unit import CodeRow, Outcome, Sign, Unit
from storage.writer import Writer

Answer = TypeVar("Answer")

#: Times that PostgreSQL is asked again when two workers stood in each other's way.
ATTEMPTS = 3
#: What it says then: two made the same row, could not be put in an order, or waited in a ring.
IN_THE_WAY = frozenset({"23505", "40001", "40P01"})
#: Milliseconds to wait for a reader before the log can be emptied.
PATIENCE = 1_000


def open_store(where: Path | str, sign: Sign) -> "SqlStore":
    """Open the store in a SQLite file, or at a PostgreSQL URL, and bring its schema up to date.

    `sign` makes the server identity's raw signature of what is appended to a journal.
    """
    engine = connect(where)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    kind = SqliteStore if isinstance(where, Path) else PostgresStore
    return kind(engine, sign)


class SqlStore(ABC):
    """What both databases have in common: every read, and small writes."""

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

    async def drafts(self, case: CaseId) -> tuple[DraftRow, ...]:
        """Read a draft: slots in the order of their first row, parts in order."""
        return await self._read(partial(queries.drafts, case=case))

    async def letters(self, limit: int = 100) -> tuple[LetterRow, ...]:
        """Read waiting letters, oldest first."""
        return await self._read(partial(queries.letters, limit=limit))

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


@dataclass(frozen=True, slots=True)
class _Errand:
    change: Callable[[Connection], object]
    forgets: bool


class SqliteStore(SqlStore):
    """The store in one file: one thread writes, group after group."""

    def __init__(self, engine: Engine, sign: Sign) -> None:
        super().__init__(engine, sign)
        self._chat_text = queries.chat_text(engine.dialect)
        self._reader = engine.raw_connection()  # for chats
        self._conn = engine.connect()  # the writer's
        self._log_is_empty = truncate(self._conn)
        self._lane = Lane(write=self._settle, run=self._run)

    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing; answer when it would survive a loss of power."""
        return cast("Outcome", await self._lane.hand_in(unit))

    async def chat(self, tag: bytes) -> ChatRow | None:
        """Read a chat, or None: a few microseconds, less than handing it to a thread takes."""
        if self._closed:
            raise StoreClosed
        cursor = self._reader.cursor()
        try:
            cursor.execute(self._chat_text, (tag,))
            row = cursor.fetchone()
        except sqlite3.Error as error:
            raise failure(error) from None
        finally:
            cursor.close()
        return None if row is None else ChatRow(tag=tag, revision=row[0], state=row[1])

    async def close(self) -> None:
        """Write what was handed in, then close; the write-ahead log goes with the last one."""
        await self._lane.close()
        self._conn.close()
        self._reader.close()
        await super().close()

    async def _write(self, change: Callable[[Connection], Answer]) -> Answer:
        return cast("Answer", await self._lane.hand_in(_Errand(change, forgets=False)))

    async def _forget(self, change: Callable[[Connection], Answer]) -> Answer:
        return cast("Answer", await self._lane.hand_in(_Errand(change, forgets=True)))

    def _settle(self, units: Sequence[Unit]) -> Sequence[object]:
        answers = self._writer.settle(self._conn, units)
        self._empty_log(patient=any(unit.forgets for unit in units))
        return answers

    def _run(self, errand: _Errand) -> object:
        try:
            with transaction(self._conn):
                answer = errand.change(self._conn)
        except SQLAlchemyError as error:
            return failure(error)
        except Exception as error:  # noqa: BLE001 - it goes to the one who waits for this errand
            return error
        self._empty_log(patient=errand.forgets)
        return answer

    def _empty_log(self, *, patient: bool) -> None:
        """Empty the log when something was forgotten; a reader in the way delays it, no more."""
        if patient or not self._log_is_empty:
            try:
                self._log_is_empty = truncate(self._conn, PATIENCE if patient else 0)
            except SQLAlchemyError:
                self._log_is_empty = False
            finally:
                self._conn.rollback()


class PostgresStore(SqlStore):
    """The store at a PostgreSQL server: each call in a thread, with a connection of its own."""

    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing; answer when it would survive a loss of power."""
        return await self._in_thread(
            partial(self._with_connection, partial(self._settle, unit=unit))
        )

    async def _write(self, change: Callable[[Connection], Answer]) -> Answer:
        def in_transaction(conn: Connection) -> Answer:
            with transaction(conn):
                return change(conn)

        return await self._in_thread(partial(self._with_connection, in_transaction))

    def _settle(self, conn: Connection, *, unit: Unit) -> Outcome:
        answer: Outcome | Exception = Outcome.STALE
        for _ in range(ATTEMPTS):
            [answer] = self._writer.settle(conn, [unit])
            if not isinstance(answer, DatabaseFailed) or answer.args[0] not in IN_THE_WAY:
                break
        if isinstance(answer, Exception):
            raise answer
        return answer
