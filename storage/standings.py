"""Packets, replies and standings: what a unit changes of them, and how a case is erased.

Rules of this file: staff ask seldom, so each unit of theirs runs alone and its statements are
written out. Of an erased case the hashes of its journal stay, because digests have witnessed them;
its entries, index entries and replies go, its files are doomed, and what was asked of it no longer
says which case it was. A reply that waited is withdrawn; what becomes of one that is just being
sent is unknown here, and whoever sends it may know better later.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import schema
from storage.outcome import Outcome as Became
from storage.rows import BlobState, CaseId
from storage.standing import (
    Erased,
    OutcomeChange,
    PacketRow,
    ReplyChange,
    ReplyRow,
    StandingChange,
)
from storage.unit import Outcome, Unit

NO_CASE = bytes(16)

_packets, _replies, _standings, _erased, _journal = (
    schema.packets.c,
    schema.replies.c,
    schema.standings.c,
    schema.erased.c,
    schema.journal.c,
)


def keep(conn: Connection, unit: Unit) -> Outcome:
    """Change what a unit says of staff's affairs; the unit is alone in its transaction."""
    if not unit.is_staffs:
        return Outcome.COMMITTED
    for packet in unit.packets:
        last = _last(conn, packet.device)
        if packet.sequence <= last:
            return Outcome.DUPLICATE
        if packet.sequence != last + 1 or not _add_packet(conn, packet):
            return Outcome.STALE
    fits = (
        all(_change_outcome(conn, one) for one in unit.outcomes)
        and all(_change_reply(conn, one) for one in unit.replies)
        and all(_change_standing(conn, one) for one in unit.standings)
    )
    if not fits:
        return Outcome.STALE
    _report(conn, unit.erased)
    for case in unit.erase:
        _erase(conn, case)
    return Outcome.COMMITTED


def _last(conn: Connection, device: bytes) -> int:
    query = select(func.max(_packets.sequence)).where(_packets.device == device)
    return conn.execute(query).scalar() or 0


def _add_packet(conn: Connection, packet: PacketRow) -> bool:
    row = {
        "device": packet.device,
        "sequence": packet.sequence,
        "case_id": packet.case,
        "author": packet.author,
        "sha256": packet.sha256,
        "kind": packet.kind,
        "outcome": packet.outcome,
        "day": packet.day.isoformat(),
    }
    try:
        conn.execute(insert(schema.packets).values(row))
    except IntegrityError:  # another worker was first
        return False
    return True


def _change_outcome(conn: Connection, change: OutcomeChange) -> bool:
    query = update(schema.packets).where(
        _packets.device == change.device, _packets.sequence == change.sequence
    )
    return conn.execute(query.values(outcome=change.outcome)).rowcount == 1


def _change_reply(conn: Connection, change: ReplyChange) -> bool:
    here = _replies.id == change.id
    if change.expected is None:
        there = conn.execute(select(func.count()).where(here)).scalar_one()
        if there or change.row is None:
            return False
        conn.execute(insert(schema.replies).values(_reply_values(change.row)))
        return True
    as_expected = _replies.attempting == int(change.expected)
    if change.row is None:
        return conn.execute(delete(schema.replies).where(here, as_expected)).rowcount == 1
    query = update(schema.replies).where(here, as_expected)
    return conn.execute(query.values(_reply_values(change.row))).rowcount == 1


def _change_standing(conn: Connection, change: StandingChange) -> bool:
    row = change.row
    values = {
        "revision": row.revision,
        "opened": int(row.opened),
        "answered": row.answered.value,
        "keep_until": _text(row.keep_until),
        "leaving": row.leaving.value,
        "asked": _text(row.asked),
        "due": row.due,
        "by": row.by,
        "held_until": _text(row.held_until),
    }
    if row.revision == 1:
        there = select(func.count()).where(_standings.case_id == row.case)
        if conn.execute(there).scalar_one():
            return False
        conn.execute(insert(schema.standings).values(values | {"case_id": row.case}))
        return True
    query = update(schema.standings).where(
        _standings.case_id == row.case, _standings.revision == row.revision - 1
    )
    return conn.execute(query.values(values)).rowcount == 1


def _report(conn: Connection, reports: Iterable[Erased]) -> None:
    for one in reports:
        known = select(func.count()).where(
            _erased.case_id == one.case, _erased.device == one.device
        )
        if not conn.execute(known).scalar_one():
            row = {"case_id": one.case, "device": one.device, "day": one.day.isoformat()}
            conn.execute(insert(schema.erased).values(row))


def _erase(conn: Connection, case: CaseId) -> None:
    conn.execute(update(schema.journal).where(_journal.case_id == case).values(sealed=b""))
    conn.execute(delete(schema.index_entries).where(schema.index_entries.c.case_id == case))
    _withdraw(conn, case)
    conn.execute(delete(schema.replies).where(_replies.case_id == case))
    conn.execute(delete(schema.fetches).where(schema.fetches.c.case_id == case))
    doomed = update(schema.blobs).where(schema.blobs.c.case_id == case)
    conn.execute(doomed.values(state=BlobState.DOOMED.value))
    conn.execute(update(schema.packets).where(_packets.case_id == case).values(case_id=NO_CASE))


def _withdraw(conn: Connection, case: CaseId) -> None:
    """Keep what becomes of the replies that go with a case."""
    for attempting, became in ((0, Became.WITHDRAWN), (1, Became.UNKNOWN)):
        theirs = select(_replies.id).where(
            _replies.case_id == case,
            _replies.attempting == attempting,
            _replies.device == _packets.device,
            _replies.sequence == _packets.sequence,
        )
        conn.execute(update(schema.packets).where(exists(theirs)).values(outcome=became.value))


def _reply_values(row: ReplyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "case_id": row.case,
        "tag": row.tag,
        "device": row.device,
        "sequence": row.sequence,
        "day": row.day.isoformat(),
        "attempting": int(row.attempting),
        "sealed": row.sealed,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
