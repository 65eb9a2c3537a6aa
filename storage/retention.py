"""What is over, and goes: one pure rule for days, and one sweep that applies it.

Rules of this file: the day is passed in; the same day gives the same cuts. What a person began and
left is gone by the third day even when no timer fired (a crash, a lost state): a draft lives 40
hours (design §3), and its rows carry only days.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from storage import schema
from storage.rows import Cutoffs, Swept
from storage.unit import Store

#: Days for which an event that comes again is known (design §4).
SEEN_DAYS = 7
#: Whole days after a draft's last answer on which nothing can be left of its 40 hours.
DRAFT_DAYS = 3
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
        return_keys=_month_before(today, return_months + 1),
    )


def drop(conn: Connection, cuts: Cutoffs) -> Swept:
    """Drop what the cuts say, in the open transaction."""
    drafts, seen, codes, keys, timers = (
        schema.drafts.c,
        schema.seen.c,
        schema.codes.c,
        schema.return_keys.c,
        schema.timers.c,
    )
    orphans = (
        select(drafts.case_id)
        .group_by(drafts.case_id)
        .having(func.max(drafts.day) <= cuts.drafts.isoformat())
    )
    without_chat = timers.tag.not_in(select(schema.chats.c.tag))
    return Swept(
        seen=conn.execute(delete(schema.seen).where(seen.day <= cuts.seen.isoformat())).rowcount,
        codes=conn.execute(
            delete(schema.codes).where(codes.expires <= cuts.codes.isoformat())
        ).rowcount,
        drafts=conn.execute(delete(schema.drafts).where(drafts.case_id.in_(orphans))).rowcount,
        timers=conn.execute(delete(schema.timers).where(without_chat)).rowcount,
        return_keys=conn.execute(
            delete(schema.return_keys).where(keys.month <= cuts.return_keys)
        ).rowcount,
    )


def _month_before(today: date, months: int) -> str:
    count = today.year * MONTHS + today.month - 1 - months
    return f"{count // MONTHS:04d}-{count % MONTHS + 1:02d}"
