"""Fetches and blobs in the database: what a unit changes of them, and what is read.

Rules of this file: one statement for all units of a group, and none when no unit has a file. Rows
that have to be there are counted. Fetches are written before blobs, always: two workers that took
them in different orders would wait for each other. A blob's row goes only when its file is erased
(`buried`), so that no file is ever without a row that says what is to become of it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, select, update

from storage import schema
from storage.rows import BlobRow, BlobState, CaseId, Cutoffs, FetchRow
from storage.statements import Statements
from storage.unit import FetchChange, Unit

_fetches, _blobs, _drafts = schema.fetches.c, schema.blobs.c, schema.drafts.c
_FETCH = select(
    _fetches.key,
    _fetches.case_id,
    _fetches.tag,
    _fetches.blob,
    _fetches.sealed,
    _fetches.due,
    _fetches.tries,
    _fetches.day,
)
_OF_KEY = _FETCH.where(_fetches.key == bindparam("key"))
_OF_CASE = _FETCH.where(_fetches.case_id == bindparam("case")).order_by(_fetches.key)
_DUE = (
    _FETCH.where(_fetches.due <= bindparam("now"))
    .order_by(_fetches.due, _fetches.key)
    .limit(bindparam("limit"))
)
_BLOBS = (
    select(_blobs.id, _blobs.key, _blobs.case_id, _blobs.day, _blobs.size, _blobs.state)
    .where(_blobs.case_id == bindparam("case"))
    .order_by(_blobs.id)
)
_DOOMED = (
    select(_blobs.id)
    .where(_blobs.state == BlobState.DOOMED.value)
    .order_by(_blobs.id)
    .limit(bindparam("limit"))
)
_BURY = delete(schema.blobs).where(
    _blobs.id == bindparam("gone"), _blobs.state == BlobState.DOOMED.value
)

Rows = Sequence[tuple[object, ...]]


# --- written in a unit's transaction -----------------------------------------------------------


def keep(conn: Connection, say: Statements, units: Iterable[Unit]) -> bool:
    """Change what units say of files; tell whether all was as expected."""
    units = [unit for unit in units if unit.has_files]
    if not units:
        return True
    changes = [change for unit in units for change in unit.last_fetches]
    new = [change.row for change in changes if change.row and not change.row.tries]
    keys = [(key,) for unit in units for key in unit.dropped]
    ids = [(blob,) for unit in units for blob in unit.doomed]
    cases = [(case,) for unit in units for case in unit.doom]
    if not _end_and_put_off(conn, say, changes):
        return False
    run(conn, say.drop_fetch, keys)
    _begin_fetches(conn, say, new)
    run(conn, say.drop_fetch_of_blob, ids)
    run(conn, say.drop_fetches, cases)
    _doom(conn, say.doom_blob_of, keys)
    _begin_blobs(conn, say, new)
    if not _keep_blobs(conn, say, units):
        return False
    _doom(conn, say.doom_blob, ids)
    _doom(conn, say.doom_case, cases)
    return True


def _end_and_put_off(conn: Connection, say: Statements, changes: Sequence[FetchChange]) -> bool:
    ended = [(change.key,) for change in changes if change.row is None]
    later = [
        (change.row.due, change.row.tries, change.row.sealed, change.key, change.row.blob)
        for change in changes
        if change.row and change.row.tries
    ]
    return run(conn, say.drop_fetch, ended) == len(ended) and (
        run(conn, say.put_off_fetch, later) == len(later)
    )


def _begin_fetches(conn: Connection, say: Statements, rows: Sequence[FetchRow]) -> None:
    fetches = [
        (row.key, row.case, row.tag, row.blob, row.due, row.tries, row.day.isoformat(), row.sealed)
        for row in rows
    ]
    run(conn, say.keep_fetch, fetches)


def _begin_blobs(conn: Connection, say: Statements, rows: Sequence[FetchRow]) -> None:
    """Make the blobs of new fetches; what their keys had before is doomed."""
    coming, doomed = BlobState.COMING.value, BlobState.DOOMED.value
    blobs = [(row.blob, row.key, row.case, row.day.isoformat(), 0, coming) for row in rows]
    run(conn, say.doom_others, [(doomed, row.key, row.blob) for row in rows])
    run(conn, say.begin_blob, blobs)


def _keep_blobs(conn: Connection, say: Statements, units: Sequence[Unit]) -> bool:
    kept = [
        (blob.size, BlobState.KEPT.value, blob.id, BlobState.COMING.value)
        for unit in units
        for blob in unit.blobs
    ]
    return run(conn, say.keep_blob, kept) == len(kept)


def _doom(conn: Connection, statement: str, rows: Rows) -> None:
    run(conn, statement, [(BlobState.DOOMED.value, *row) for row in rows])


def run(conn: Connection, statement: str, rows: Rows) -> int:
    """Run a statement for each row; return the count of rows that it touched in all."""
    return conn.exec_driver_sql(statement, rows).rowcount if rows else 0


# --- written by itself -------------------------------------------------------------------------


def buried(conn: Connection, ids: Collection[bytes]) -> int:
    """Forget doomed blobs; return how many there were."""
    return conn.execute(_BURY, [{"gone": one} for one in ids]).rowcount if ids else 0


def drop(conn: Connection, cuts: Cutoffs, orphans: Select[tuple[bytes]]) -> tuple[int, int]:
    """Drop fetches that are over, and doom blobs of orphans and of what never came.

    Returns the count of each. `orphans` are the case ids of drafts that are about to be dropped.
    """
    last = cuts.drafts.isoformat()
    over = _fetches.day <= last
    young = exists().where(_fetches.blob == _blobs.id, _fetches.day > last)
    never_came = (_blobs.state == BlobState.COMING.value) & (_blobs.day <= last) & ~young
    doom = (
        update(schema.blobs)
        .where(
            _blobs.state != BlobState.DOOMED.value,
            _blobs.case_id.in_(orphans) | never_came,
        )
        .values(state=BlobState.DOOMED.value)
    )
    doomed = conn.execute(doom).rowcount
    return conn.execute(delete(schema.fetches).where(over)).rowcount, doomed


# --- read --------------------------------------------------------------------------------------


def fetches(conn: Connection, now: int, limit: int) -> tuple[FetchRow, ...]:
    """Read fetches that are due, earliest first."""
    return _fetch_rows(conn, _DUE, now=now, limit=limit)


def fetch(conn: Connection, key: bytes) -> FetchRow | None:
    """Read a fetch."""
    return next(iter(_fetch_rows(conn, _OF_KEY, key=key)), None)


def fetches_of(conn: Connection, case: CaseId) -> tuple[FetchRow, ...]:
    """Read the fetches of a case, by key."""
    return _fetch_rows(conn, _OF_CASE, case=case)


def blobs(conn: Connection, case: CaseId) -> tuple[BlobRow, ...]:
    """Read the blobs of a case, by id."""
    return tuple(
        BlobRow(
            id=blob,
            key=key,
            case=of,
            day=date.fromisoformat(day),
            size=size,
            state=BlobState(state),
        )
        for blob, key, of, day, size, state in conn.execute(_BLOBS, {"case": case})
    )


def doomed(conn: Connection, limit: int) -> tuple[bytes, ...]:
    """Read ids of doomed blobs."""
    return tuple(conn.execute(_DOOMED, {"limit": limit}).scalars())


def blob_ids(conn: Connection) -> frozenset[bytes]:
    """Read the ids of all blobs."""
    return frozenset(conn.execute(select(_blobs.id)).scalars())


def _fetch_rows(
    conn: Connection, query: Select[*tuple[Any, ...]], **given: object
) -> tuple[FetchRow, ...]:
    return tuple(
        FetchRow(
            key=key,
            case=case,
            tag=tag,
            blob=blob,
            sealed=sealed,
            due=due,
            tries=tries,
            day=date.fromisoformat(day),
        )
        for key, case, tag, blob, sealed, due, tries, day in conn.execute(query, given)
    )
