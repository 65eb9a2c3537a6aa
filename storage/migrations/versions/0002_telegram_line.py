"""What stands in chats, what the line notes of its own work, and a day for each waiting letter.

A letter that an older version left gets the day of the migration: nobody knows its own, and it is
given the days that a new one has before retention drops it. `letters` is made anew with the rows
in their order, so that both databases have the columns where the schema has them. What a migration
has made is never changed here: write the next one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
DAY = sa.String(10)

#: What every version of the table has.
LETTERS = sa.table("letters", sa.column("key"), sa.column("tag"), sa.column("sealed"))


def upgrade() -> None:
    """Give letters a day; make what is traced, what was mailed and what does not work."""
    _remake_letters(_required("day", DAY), day=sa.cast(sa.func.current_date(), DAY))
    op.create_index(op.f("ix_letters_tag_number"), "letters", ["tag", "number"])
    op.create_table(
        "traces",
        _numbered(),
        _required("tag", BYTES),
        _required("day", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_traces")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_traces_tag"), "traces", ["tag"])
    op.create_table(
        "troubles",
        _required("code", sa.String(40)),
        _required("since", DAY),
        _required("last", DAY),
        _required("count", NUMBER),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_troubles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mailed",
        _required("recipient", BYTES),
        _required("number", NUMBER),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_mailed")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to letters without a day."""
    for table in ("mailed", "troubles", "traces"):
        op.drop_table(table)
    _remake_letters()


def _remake_letters(*more: sa.Column[Any], **given: sa.ColumnElement[Any]) -> None:
    """Make the table anew, with more columns before the sealed one, and put its rows back."""
    conn = op.get_bind()
    kept = conn.execute(sa.select(*LETTERS.c).order_by(sa.column("number"))).all()
    op.drop_table("letters")
    letters = op.create_table(
        "letters",
        _numbered(),
        _required("key", BYTES),
        _required("tag", BYTES),
        *more,
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    if kept:
        conn.execute(letters.insert().values(**given), [row._asdict() for row in kept])


def _numbered() -> sa.Column[int]:
    return sa.Column("number", NUMBER, sa.Identity(always=False), nullable=False)


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
