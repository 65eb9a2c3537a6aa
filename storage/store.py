"""The stores on a database: how a unit reaches the writer.

Rules of this file: nothing blocks the event loop but SQLite's read of one chat. SQLite: units go
through the writer's thread, which commits them in groups; whoever forgets something is answered
when the write-ahead log is empty as well. PostgreSQL: each call has a thread and a connection of
its own, and the database puts them in order.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from storage import queries
from storage.database import connect, failure, transaction, truncate, upgrade
from storage.errors import DatabaseFailed, StoreClosed
from storage.lane import Lane
from storage.rows import ChatRow
from storage.sql_store import Answer, SqlStore
from storage.unit import Outcome, Sign, Unit

#: Times that PostgreSQL is asked again when two workers stood in each other's way.
ATTEMPTS = 3
#: What it says then: two made the same row, could not be put in an order, or waited in a ring.
IN_THE_WAY = frozenset({"23505", "40001", "40P01"})
#: Milliseconds to wait for a reader before the log can be emptied.
PATIENCE = 1_000


def open_store(where: Path | str, sign: Sign) -> SqlStore:
    """Open the store in a SQLite file, or at a PostgreSQL URL, and bring its schema up to date.

    `sign` makes the server identity's raw signature of what is appended to a journal.
    """
    engine = connect(where)
    kind = SqliteStore if isinstance(where, Path) else PostgresStore
    try:
        upgrade(engine)
        return kind(engine, sign)
    except SQLAlchemyError as error:  # such as files that the line may read, and not write
        engine.dispose()
        raise failure(error) from None
    except BaseException:
        engine.dispose()
        raise


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
