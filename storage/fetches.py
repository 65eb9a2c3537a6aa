"""Fetches and blobs in the database: what a unit changes of them, and what is read.

Rules of this file: one statement for all units of a group, and none when no unit has a file. Rows
that have to be there are counted. A blob's row goes only when its file is erased (`buried`), so
that no file is ever without a row that says what is to become of it.
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
    kept = [
        (blob.size, BlobState.KEPT.value, blob.id, BlobState.COMING.value)
        for unit in units
        for blob in unit.blobs
    ]
    if not _end_and_put_off(conn, say, changes):
        return False
    keys = [(key,) for unit in units for key in unit.dropped]
    _doom(conn, say.doom_blob_of, keys)
    run(conn, say.drop_fetch, keys)
    _begin(conn, say, [change.row for change in changes if change.row and not change.row.tries])
    if run(conn, say.keep_blob, kept) != len(kept):
        return False
    ids = [(blob,) for unit in units for blob in unit.doomed]
    _doom(conn, say.doom_blob, ids)
    run(conn, say.drop_fetch_of_blob, ids)
    cases = [(case,) for unit in units for case in unit.doom]
    _doom(conn, say.doom_case, cases)
    run(conn, say.drop_fetches, cases)
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


def _begin(conn: Connection, say: Statements, rows: Sequence[FetchRow]) -> None:
    """Make new fetches and their blobs; what their keys had before is doomed."""
    fetches, blobs, before = [], [], []
    for row in rows:
        day = row.day.isoformat()
        fetches.append((row.key, row.case, row.tag, row.blob, row.due, row.tries, day, row.sealed))
        blobs.append((row.blob, row.key, row.case, day, 0, BlobState.COMING.value))
        before.append((BlobState.DOOMED.value, row.key, row.blob))
    run(conn, say.keep_fetch, fetches)
    run(conn, say.doom_others, before)
    run(conn, say.begin_blob, blobs)


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
