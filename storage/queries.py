"""What is read of a person's chat: the chat, its draft, letters, traces, timers, codes, keys.

Rules of this file: each function reads in one statement, found by an index, on the connection it
is given. Journals and digests are read in `storage.journal`.
"""

from datetime import date

from sqlalchemy import Connection, Dialect, bindparam, func, select

from storage import schema
from storage.rows import CaseId, ChatRow, DraftRow, LetterRow, TimerRow, TraceRow
from storage.unit import CodeRow

_chats, _drafts, _letters, _traces, _timers, _codes, _keys = (
    schema.chats.c,
    schema.drafts.c,
    schema.letters.c,
    schema.traces.c,
    schema.timers.c,
    schema.codes.c,
    schema.return_keys.c,
)
_CHAT = select(_chats.revision, _chats.state).where(_chats.tag == bindparam("tag"))
_CHATS = (
    select(_chats.tag, _chats.revision, _chats.state)
    .where(_chats.tag > bindparam("after"))
    .order_by(_chats.tag)
    .limit(bindparam("limit"))
)
_DRAFTS = (
    select(_drafts.slot, _drafts.part, _drafts.day, _drafts.sealed)
    .where(_drafts.case_id == bindparam("case"))
    .order_by(_drafts.number)
)
_LETTERS = (
    select(_letters.number, _letters.key, _letters.tag, _letters.sealed)
    .order_by(_letters.number)
    .limit(bindparam("limit"))
)
_LETTERS_OF = _LETTERS.where(_letters.tag == bindparam("tag"))
_WAITING = (
    select(_letters.tag)
    .group_by(_letters.tag)
    .order_by(func.min(_letters.number))
    .limit(bindparam("limit"))
)
_LETTER_COUNT = select(func.count()).select_from(schema.letters)
_TRACES = (
    select(_traces.number, _traces.day, _traces.sealed)
    .where(_traces.tag == bindparam("tag"))
    .order_by(_traces.number)
    .limit(bindparam("limit"))
)
_DUE = (
    select(_timers.tag, _timers.name, _timers.due, _timers.revision)
    .where(_timers.due <= bindparam("now"))
    .order_by(_timers.due, _timers.tag, _timers.name)
    .limit(bindparam("limit"))
)
_CODE = select(_codes.salt, _codes.hash, _codes.sealed, _codes.expires).where(
    _codes.lookup == bindparam("lookup")
)
_RETURN_KEY = select(_keys.wrapped).where(_keys.month == bindparam("month"))


def chat_text(dialect: Dialect) -> str:
    """Return the SQL that reads a chat's revision and state by its tag, the one parameter."""
    return str(_CHAT.compile(dialect=dialect))


def chat(conn: Connection, tag: bytes) -> ChatRow | None:
    """Read a chat."""
    row = conn.execute(_CHAT, {"tag": tag}).first()
    return None if row is None else ChatRow(tag=tag, revision=row.revision, state=row.state)


def chats(conn: Connection, limit: int, after: bytes) -> tuple[ChatRow, ...]:
    """Read chats whose tags come after `after`, by tag."""
    rows = conn.execute(_CHATS, {"limit": limit, "after": after})
    return tuple(ChatRow(tag=tag, revision=revision, state=state) for tag, revision, state in rows)


def drafts(conn: Connection, case: CaseId) -> tuple[DraftRow, ...]:
    """Read a draft: slots in the order of their first row, parts in order."""
    slots: dict[bytes, list[DraftRow]] = {}
    for slot, part, day, sealed in conn.execute(_DRAFTS, {"case": case}):
        row = DraftRow(slot=slot, part=part, day=date.fromisoformat(day), sealed=sealed)
        slots.setdefault(slot, []).append(row)
    return tuple(row for rows in slots.values() for row in sorted(rows, key=lambda row: row.part))


def letters(conn: Connection, tag: bytes | None, limit: int) -> tuple[LetterRow, ...]:
    """Read waiting letters of a chat, or of all, oldest first."""
    query = _LETTERS if tag is None else _LETTERS_OF
    return tuple(
        LetterRow(number=number, key=key, tag=to, sealed=sealed)
        for number, key, to, sealed in conn.execute(query, {"tag": tag, "limit": limit})
    )


def waiting(conn: Connection, limit: int) -> tuple[bytes, ...]:
    """Read the tags of chats for which letters wait, the longest waiting first."""
    return tuple(conn.execute(_WAITING, {"limit": limit}).scalars())


def letter_count(conn: Connection) -> int:
    """Count waiting letters."""
    return conn.execute(_LETTER_COUNT).scalar_one()


def traces(conn: Connection, tag: bytes, limit: int) -> tuple[TraceRow, ...]:
    """Read the traces of a chat, oldest first."""
    return tuple(
        TraceRow(number=number, day=date.fromisoformat(day), sealed=sealed)
        for number, day, sealed in conn.execute(_TRACES, {"tag": tag, "limit": limit})
    )


def due(conn: Connection, now: int, limit: int) -> tuple[TimerRow, ...]:
    """Read timers that are due, earliest first."""
    return tuple(
        TimerRow(tag=tag, name=name, due=when, revision=revision)
        for tag, name, when, revision in conn.execute(_DUE, {"now": now, "limit": limit})
    )


def code(conn: Connection, lookup: bytes) -> CodeRow | None:
    """Read a code's row."""
    row = conn.execute(_CODE, {"lookup": lookup}).first()
    if row is None:
        return None
    expires = date.fromisoformat(row.expires)
    return CodeRow(salt=row.salt, hash=row.hash, sealed=row.sealed, expires=expires)


def return_key(conn: Connection, month: str) -> bytes | None:
    """Read a month's wrapped return key."""
    return conn.execute(_RETURN_KEY, {"month": month}).scalar()
