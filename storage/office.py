"""What desks are given and told: entries in their order, outcomes of packets, standings of cases.

Rules of this file: reads only; what a unit changes of these is in `storage.standings`. A case that
leaves is in no view any more: none of its entries is read here.
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from storage import schema
from storage.chain import START
from storage.rows import CaseId, JournalRow
from storage.standing import LET_GO, Answered, Leaving, PacketRow, ReplyHead, ReplyRow, Standing

_packets, _replies, _standings, _erased, _journal = (
    schema.packets.c,
    schema.replies.c,
    schema.standings.c,
    schema.erased.c,
    schema.journal.c,
)
_LEAVES = select(_standings.case_id).where(_standings.leaving != Leaving.STAYS.value)


def entries(conn: Connection, after: int, limit: int) -> tuple[tuple[int, JournalRow], ...]:
    """Read entries with sequence numbers above `after`, in order, of cases that stay."""
    before = schema.journal.alias("before")
    previous = (
        select(before.c.chain)
        .where(
            before.c.case_id == _journal.case_id,
            before.c.position == _journal.position - 1,
        )
        .scalar_subquery()
    )
    query = (
        select(schema.journal, previous.label("previous"))
        .where(_journal.sequence > after, _journal.case_id.not_in(_LEAVES))
        .order_by(_journal.sequence)
        .limit(limit)
    )
    return tuple((row.sequence, _journal_row(row)) for row in conn.execute(query))


def packets(conn: Connection, after: int) -> tuple[PacketRow, ...]:
    """Read packets with numbers above `after`, in order."""
    query = select(schema.packets).where(_packets.number > after).order_by(_packets.number)
    return _packet_rows(conn, query)


def packets_of(conn: Connection, device: bytes, after: int, limit: int) -> tuple[PacketRow, ...]:
    """Read packets of a device with sequence numbers above `after`, in order."""
    query = select(schema.packets).where(_packets.device == device, _packets.sequence > after)
    return _packet_rows(conn, query.order_by(_packets.sequence).limit(limit))


def packet(conn: Connection, device: bytes, sequence: int) -> PacketRow | None:
    """Read a packet."""
    query = select(schema.packets).where(_packets.device == device, _packets.sequence == sequence)
    return next(iter(_packet_rows(conn, query)), None)


def last_packet(conn: Connection, device: bytes) -> PacketRow | None:
    """Read the last packet of a device."""
    last = select(func.max(_packets.sequence)).where(_packets.device == device)
    return packet(conn, device, conn.execute(last).scalar() or 0)


def replies(conn: Connection) -> tuple[ReplyHead, ...]:
    """Read which replies are not done with, in the order in which staff asked for them."""
    named = and_(_packets.device == _replies.device, _packets.sequence == _replies.sequence)
    query = (
        select(_replies.id, _replies.case_id, _replies.tag, _replies.attempting)
        .select_from(schema.replies.outerjoin(schema.packets, named))
        .order_by(func.coalesce(_packets.number, 0), _replies.id)
    )
    return tuple(
        ReplyHead(id=row.id, case=row.case_id, tag=row.tag, attempting=bool(row.attempting))
        for row in conn.execute(query)
    )


def reply(conn: Connection, reply: bytes) -> ReplyRow | None:
    """Read a reply by its id, or None: it is done with."""
    row = conn.execute(select(schema.replies).where(_replies.id == reply)).one_or_none()
    if row is None:
        return None
    return ReplyRow(
        id=row.id,
        case=row.case_id,
        tag=row.tag,
        device=row.device,
        sequence=row.sequence,
        day=date.fromisoformat(row.day),
        attempting=bool(row.attempting),
        sealed=row.sealed,
    )


def standing(conn: Connection, case: CaseId) -> Standing | None:
    """Read a case's standing."""
    query = select(schema.standings).where(_standings.case_id == case)
    return next(iter(_standing_rows(conn, query)), None)


def leaving(conn: Connection, since: date) -> tuple[Standing, ...]:
    """Read standings of cases that leave, or are gone and were asked for since a day, by case."""
    leaves = _standings.leaving == Leaving.LEAVES.value
    gone = and_(
        _standings.leaving == Leaving.GONE.value,
        func.coalesce(_standings.asked, "") >= ("" if since == date.min else since.isoformat()),
    )
    query = select(schema.standings).where(or_(leaves, gone))
    return _standing_rows(conn, query.order_by(_standings.case_id))


def ended(conn: Connection, last: date, today: date, limit: int) -> tuple[CaseId, ...]:
    """Read cases that stay, are kept no longer, and have no entry after `last`, by case."""
    kept = select(_standings.case_id).where(_standings.keep_until >= today.isoformat())
    query = (
        select(_journal.case_id)
        .where(_journal.case_id.not_in(_LEAVES), _journal.case_id.not_in(kept))
        .group_by(_journal.case_id)
        .having(func.max(_journal.day) <= last.isoformat())
        .order_by(_journal.case_id)
        .limit(limit)
    )
    return tuple(conn.execute(query).scalars())


def let_go(conn: Connection, day: date) -> int:
    """Count the cases whose deletion retention has asked for on a day."""
    query = select(func.count()).where(
        _standings.leaving != Leaving.STAYS.value,
        _standings.by.in_(sorted(LET_GO)),
        _standings.asked == day.isoformat(),
    )
    return conn.execute(query).scalar_one()


def erased(conn: Connection, case: CaseId) -> tuple[bytes, ...]:
    """Read the devices that have erased their copy of a case, in order."""
    query = select(_erased.device).where(_erased.case_id == case).order_by(_erased.device)
    return tuple(conn.execute(query).scalars())


def _packet_rows(conn: Connection, query: Select[*tuple[Any, ...]]) -> tuple[PacketRow, ...]:
    return tuple(
        PacketRow(
            device=row.device,
            sequence=row.sequence,
            case=row.case_id,
            author=row.author,
            sha256=row.sha256,
            kind=row.kind,
            outcome=row.outcome,
            day=date.fromisoformat(row.day),
            number=row.number,
        )
        for row in conn.execute(query)
    )


def _standing_rows(conn: Connection, query: Select[*tuple[Any, ...]]) -> tuple[Standing, ...]:
    return tuple(
        Standing(
            case=row.case_id,
            revision=row.revision,
            opened=bool(row.opened),
            answered=Answered(row.answered),
            keep_until=_date(row.keep_until),
            leaving=Leaving(row.leaving),
            asked=_date(row.asked),
            due=row.due,
            by=row.by,
            held_until=_date(row.held_until),
        )
        for row in conn.execute(query)
    )


def _journal_row(row: Row[Any]) -> JournalRow:
    return JournalRow(
        case=row.case_id,
        position=row.position,
        previous=row.previous or START,
        hash=row.hash,
        chain=row.chain,
        signature=row.signature,
        key=row.key,
        day=date.fromisoformat(row.day),
        sealed=row.sealed,
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
