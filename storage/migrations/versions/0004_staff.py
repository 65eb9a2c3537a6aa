"""What staff ask for: packets, replies, standings of cases, and which desks have erased one.

What a migration has made is never changed here: write the next one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
DAY = sa.String(10)


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "packets",
        sa.Column("number", NUMBER, sa.Identity(always=False), nullable=False),
        _required("device", BYTES),
        _required("sequence", NUMBER),
        _required("case_id", BYTES),
        _required("author", sa.String(32)),
        _required("sha256", BYTES),
        _required("kind", sa.String(20)),
        _required("outcome", sa.String(40)),
        _required("day", DAY),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_packets")),
        sa.UniqueConstraint("device", "sequence", name=op.f("uq_packets_device_sequence")),
    )
    op.create_index(op.f("ix_packets_case_id"), "packets", ["case_id"])
    op.create_table(
        "replies",
        _required("id", BYTES),
        _required("case_id", BYTES),
        _required("tag", BYTES),
        _required("device", BYTES),
        _required("sequence", NUMBER),
        _required("day", DAY),
        _required("attempting", sa.Integer()),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_replies_case_id"), "replies", ["case_id"])
    op.create_table(
        "standings",
        _required("case_id", BYTES),
        _required("revision", NUMBER),
        _required("opened", sa.Integer()),
        _required("answered", sa.Integer()),
        sa.Column("keep_until", DAY),
        _required("leaving", sa.Integer()),
        sa.Column("asked", DAY),
        sa.Column("due", NUMBER),
        _required("by", sa.String(20)),
        sa.Column("held_until", DAY),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_standings_leaving"), "standings", ["leaving"])
    op.create_table(
        "erased",
        _required("case_id", BYTES),
        _required("device", BYTES),
        _required("day", DAY),
        sa.PrimaryKeyConstraint("case_id", "device", name=op.f("pk_erased")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back to a line that staff only read."""
    for table in ("erased", "standings", "replies", "packets"):
        op.drop_table(table)


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
