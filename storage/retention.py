"""What is over, and goes: one pure rule for days, and one sweep that applies it.

Rules of this file: the day is passed in; the same day gives the same cuts. What a person began and
left is gone by the third day even when no timer fired (a crash, a lost state): a draft lives 40
hours (design §3), and its rows carry only days. A draft for which a file still comes goes on.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select

from storage import fetches, schema
from storage.rows import Cutoffs, Swept
from storage.unit import LINE, Store

#: Days for which an event that comes again is known (design §4).
SEEN_DAYS = 7
#: Whole days after a draft's last answer on which nothing can be left of its 40 hours.
DRAFT_DAYS = 3
#: Days after which a letter that was never delivered goes: of a chat that nobody can reach.
LETTER_DAYS = 4
#: Days after which no chat app lets a message be taken out of a chat (Telegram: 48 hours).
TRACE_DAYS = 3
#: Months after its own for which a return key lives, where the line does not say otherwise.
RETURN_MONTHS = 6

MONTHS = 12


async def sweep(store: Store, now: datetime, *, return_months: int = RETURN_MONTHS) -> Swept:
    """Drop all that is over at `now` (UTC) and truncate the log; return how many of each."""
    return await store.drop(cutoffs(now.astimezone(UTC).date(), return_months))


def cutoffs(today: date, return_months: int = RETURN_MONTHS) -> Cutoffs:
    """Return the last days, and the last month, that go today."""
    return Cutoffs(
        seen=today - timedelta(days=SEEN_DAYS + 1),
        codes=today - timedelta(days=1),
        drafts=today - timedelta(days=DRAFT_DAYS),
        letters=today - timedelta(days=LETTER_DAYS),
        traces=today - timedelta(days=TRACE_DAYS),
        return_keys=_month_before(today, return_months + 1),
    )


def drop(conn: Connection, cuts: Cutoffs) -> Swept:
    """Drop what the cuts say, in the open transaction."""
    drafts, timers = schema.drafts.c, schema.timers.c
    last = cuts.drafts.isoformat()
    young = select(schema.fetches.c.case_id).where(schema.fetches.c.day > last)
    orphans = (
        select(drafts.case_id)
        .where(drafts.case_id.not_in(young))
        .group_by(drafts.case_id)
        .having(func.max(drafts.day) <= last)
    )
    without_chat = and_(timers.tag != LINE, timers.tag.not_in(select(schema.chats.c.tag)))
    fetched, blobs = fetches.drop(conn, cuts, orphans)
    return Swept(
        seen=_drop(conn, schema.seen, schema.seen.c.day <= cuts.seen.isoformat()),
        codes=_drop(conn, schema.codes, schema.codes.c.expires <= cuts.codes.isoformat()),
        drafts=_drop(conn, schema.drafts, drafts.case_id.in_(orphans)),
        letters=_drop(conn, schema.letters, schema.letters.c.day <= cuts.letters.isoformat()),
        traces=_drop(conn, schema.traces, schema.traces.c.day <= cuts.traces.isoformat()),
        timers=_drop(conn, schema.timers, without_chat),
        return_keys=_drop(conn, schema.return_keys, schema.return_keys.c.month <= cuts.return_keys),
        fetches=fetched,
        blobs=blobs,
    )


def _drop(conn: Connection, table: Table, over: ColumnElement[bool]) -> int:
    return conn.execute(delete(table).where(over)).rowcount


def _month_before(today: date, months: int) -> str:
    count = today.year * MONTHS + today.month - 1 - months
    return f"{count // MONTHS:04d}-{count % MONTHS + 1:02d}"
