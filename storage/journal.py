"""The journals in the database: appending in the writer's transaction, and what digests read.

Rules of this file: an entry gets its place, its chain value and the server's signature here, and
nowhere else. The row of `totals` is locked first and written last, so sequence numbers are in the
order of commits: whoever has read up to a number has missed nothing below it. The number of
statements does not grow with the number of entries or cases.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, select, update

from storage import schema
from storage.chain import START, link
from storage.errors import DigestOutOfOrder
from storage.rows import CaseId, DigestRow, Head, IndexRow, JournalRow, Totals
from storage.standing import Leaving
from storage.unit import IndexEntry, NewEntry, Sign

_journal, _index, _digests, _totals = (
    schema.journal.c,
    schema.index_entries.c,
    schema.digests.c,
    schema.totals.c,
)
_READ_TOTALS = select(
    _totals.cases, _totals.entries, _totals.journal_sequence, _totals.index_sequence
)
_LOCK_TOTALS = _READ_TOTALS.with_for_update()
_KEEP_TOTALS = update(schema.totals).values(
    cases=bindparam("new_cases"),
    entries=bindparam("new_entries"),
    journal_sequence=bindparam("new_journal_sequence"),
    index_sequence=bindparam("new_index_sequence"),
)
_LAST_POSITIONS = (
    select(_journal.case_id, func.max(_journal.position).label("position"))
    .where(_journal.case_id.in_(bindparam("cases", expanding=True)))
    .group_by(_journal.case_id)
    .subquery()
)
_HEADS = select(_journal.case_id, _journal.position, _journal.chain).join(
    _LAST_POSITIONS,
    and_(
        _journal.case_id == _LAST_POSITIONS.c.case_id,
        _journal.position == _LAST_POSITIONS.c.position,
    ),
)
_LAST_SEQUENCES = (
    select(func.max(_journal.sequence).label("sequence"))
    .where(_journal.sequence > bindparam("after"), _journal.sequence <= bindparam("upto"))
    .group_by(_journal.case_id)
    .subquery()
)
_CHANGED = (
    select(_journal.case_id, _journal.position, _journal.chain)
    .join(_LAST_SEQUENCES, _journal.sequence == _LAST_SEQUENCES.c.sequence)
    .order_by(_journal.case_id)
)
_JOURNAL = (
    select(schema.journal).where(_journal.case_id == bindparam("case")).order_by(_journal.position)
)
_LEAVES = select(schema.standings.c.case_id).where(
    schema.standings.c.leaving != Leaving.STAYS.value
)
_IN_RANGE = and_(
    _index.sequence > bindparam("after"),
    _index.sequence <= bindparam("upto"),
    _index.case_id.not_in(_LEAVES),
)
_ENTRIES = (
    select(schema.index_entries)
    .where(_IN_RANGE)
    .order_by(_index.sequence)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(schema.index_entries).where(_IN_RANGE)


def append(
    conn: Connection, entries: Sequence[NewEntry], index: Sequence[IndexEntry], sign: Sign
) -> None:
    """Append entries to their journals, in the order given, and index entries to theirs."""
    before = _read_totals(conn, _LOCK_TOTALS)
    cases = _append_entries(conn, entries, before.journal_sequence, sign)
    _append_index(conn, index, before.index_sequence)
    conn.execute(
        _KEEP_TOTALS,
        {
            "new_cases": before.cases + cases,
            "new_entries": before.entries + len(entries),
            "new_journal_sequence": before.journal_sequence + len(entries),
            "new_index_sequence": before.index_sequence + len(index),
        },
    )


def totals(conn: Connection) -> Totals:
    """Read the counts."""
    return _read_totals(conn, _READ_TOTALS)


def journal(conn: Connection, case: CaseId) -> tuple[JournalRow, ...]:
    """Read a case's journal in order."""
    rows = []
    previous = START
    for row in conn.execute(_JOURNAL, {"case": case}):
        rows.append(_journal_row(row, previous))
        previous = row.chain
    return tuple(rows)


def changed(conn: Connection, after: int, upto: int) -> tuple[Head, ...]:
    """Read the heads, as of `upto`, of the cases with entries in (after, upto], by case."""
    rows = conn.execute(_CHANGED, {"after": after, "upto": upto})
    return tuple(Head(case=case, position=position, chain=chain) for case, position, chain in rows)


def index(conn: Connection, after: int, upto: int, limit: int) -> tuple[IndexRow, ...]:
    """Read index entries in (after, upto], in order."""
    return tuple(
        IndexRow(
            sequence=row.sequence,
            case=row.case_id,
            key=row.key,
            day=date.fromisoformat(row.day),
            sealed=row.sealed,
        )
        for row in conn.execute(_ENTRIES, {"after": after, "upto": upto, "limit": limit})
    )


def index_count(conn: Connection, after: int, upto: int) -> int:
    """Count index entries in (after, upto]."""
    return conn.execute(_COUNT, {"after": after, "upto": upto}).scalar_one()


def digests(conn: Connection, after: int) -> tuple[DigestRow, ...]:
    """Read the digests with numbers above `after`, in order."""
    query = select(schema.digests).where(_digests.number > after).order_by(_digests.number)
    return tuple(map(_digest_row, conn.execute(query)))


def last_digest(conn: Connection) -> DigestRow | None:
    """Read the latest digest made."""
    query = select(schema.digests).order_by(_digests.number.desc()).limit(1)
    row = conn.execute(query).first()
    return None if row is None else _digest_row(row)


def record_digest(conn: Connection, row: DigestRow) -> None:
    """Keep that a digest was made; it must be the next."""
    conn.execute(_LOCK_TOTALS)
    last = last_digest(conn)
    if row.number != (last.number if last else 0) + 1:
        raise DigestOutOfOrder(row.number)
    conn.execute(
        insert(schema.digests),
        {
            "number": row.number,
            "day": row.day.isoformat(),
            "sha256": row.sha256,
            "heads": row.heads,
            "journal_sequence": row.journal_sequence,
            "index_sequence": row.index_sequence,
        },
    )


def _append_entries(
    conn: Connection, entries: Sequence[NewEntry], sequence: int, sign: Sign
) -> int:
    """Append, numbering from `sequence` + 1; return how many of the cases are new."""
    if not entries:
        return 0
    cases = {entry.case for entry in entries}
    heads = {
        row.case_id: (row.position, row.chain)
        for row in conn.execute(_HEADS, {"cases": sorted(cases)})
    }
    new = len(cases) - len(heads)
    rows = []
    for number, entry in enumerate(entries, sequence + 1):
        position, previous = heads.get(entry.case, (-1, START))
        made = link(
            case=entry.case,
            position=position + 1,
            previous=previous,
            sealed=entry.sealed,
            origin=entry.origin,
            sign=sign,
        )
        heads[entry.case] = made.position, made.chain
        rows.append(
            {
                "sequence": number,
                "case_id": entry.case,
                "position": made.position,
                "hash": made.hash,
                "chain": made.chain,
                "signature": made.signature,
                "key": entry.key,
                "day": entry.day.isoformat(),
                "sealed": entry.sealed,
            }
        )
    conn.execute(insert(schema.journal), rows)
    return new


def _read_totals(conn: Connection, query: Select[int, int, int, int]) -> Totals:
    cases, entries, journal_sequence, index_sequence = conn.execute(query).one()
    return Totals(
        cases=cases,
        entries=entries,
        journal_sequence=journal_sequence,
        index_sequence=index_sequence,
    )


def _append_index(conn: Connection, index: Sequence[IndexEntry], sequence: int) -> None:
    if not index:
        return
    rows = [
        {
            "sequence": number,
            "case_id": entry.case,
            "key": entry.key,
            "day": entry.day.isoformat(),
            "sealed": entry.sealed,
        }
        for number, entry in enumerate(index, sequence + 1)
    ]
    conn.execute(insert(schema.index_entries), rows)


def _journal_row(row: Row[tuple[object, ...]], previous: bytes) -> JournalRow:
    return JournalRow(
        case=row.case_id,
        position=row.position,
        previous=previous,
        hash=row.hash,
        chain=row.chain,
        signature=row.signature,
        key=row.key,
        day=date.fromisoformat(row.day),
        sealed=row.sealed,
    )


def _digest_row(row: Row[tuple[object, ...]]) -> DigestRow:
    return DigestRow(
        number=row.number,
        day=date.fromisoformat(row.day),
        sha256=row.sha256,
        heads=row.heads,
        journal_sequence=row.journal_sequence,
        index_sequence=row.index_sequence,
    )
