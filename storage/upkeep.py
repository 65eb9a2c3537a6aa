"""What the line notes of its own work: which digest each recipient was mailed, what does not work.

Rules of this file: hashes, numbers, codes and days; nothing here is about a person who reports. A
write is one statement, total: writing again replaces.
"""

from datetime import date

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import sqlite

from storage import schema
from storage.database import inserting
from storage.rows import Trouble

_mailed, _troubles = schema.mailed.c, schema.troubles.c


def mailed(conn: Connection) -> dict[bytes, int]:
    """Read the number of the last digest mailed to each recipient."""
    return {row.recipient: row.number for row in conn.execute(select(schema.mailed))}


def keep_mailed(conn: Connection, recipient: bytes, number: int) -> None:
    """Keep the number of the last digest mailed to a recipient."""
    row = _insert(conn, schema.mailed).values(recipient=recipient, number=number)
    conn.execute(row.on_conflict_do_update(index_elements=["recipient"], set_={"number": number}))


def drop_mailed(conn: Connection, recipient: bytes) -> None:
    """Forget a recipient."""
    conn.execute(delete(schema.mailed).where(_mailed.recipient == recipient))


def troubles(conn: Connection) -> tuple[Trouble, ...]:
    """Read what does not work, by code."""
    rows = sorted(conn.execute(select(schema.troubles)))  # databases sort text each in its own way
    return tuple(
        Trouble(
            code=code, since=date.fromisoformat(since), last=date.fromisoformat(last), count=count
        )
        for code, since, last, count in rows
    )


def trouble(conn: Connection, code: str, day: date) -> None:
    """Keep that something did not work on `day`, once more or for the first time."""
    today = day.isoformat()
    row = _insert(conn, schema.troubles).values(code=code, since=today, last=today, count=1)
    again = {"last": today, "count": _troubles["count"] + 1}
    conn.execute(row.on_conflict_do_update(index_elements=["code"], set_=again))


def settle(conn: Connection, code: str) -> None:
    """Keep that a trouble is over."""
    conn.execute(delete(schema.troubles).where(_troubles.code == code))


def _insert(conn: Connection, table: Table) -> sqlite.Insert:
    return inserting(conn.dialect)(table)
