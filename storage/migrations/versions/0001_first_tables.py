"""The first tables. What a migration has made is never changed here: write the next one."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
DAY = sa.String(10)
KEY_NAME = sa.String(80)

TABLES = (
    "seen",
    "chats",
    "drafts",
    "letters",
    "timers",
    "journal",
    "index_entries",
    "digests",
    "codes",
    "return_keys",
    "totals",
)


def upgrade() -> None:
    """Make what a person's chat needs, the journals, and what is counted."""
    _make_chats()
    _make_journals()
    _make_totals()


def downgrade() -> None:
    """Remove everything."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _make_chats() -> None:
    op.create_table(
        "seen",
        _required("key", BYTES),
        _required("day", DAY),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chats",
        _numbered(),
        _required("tag", BYTES),
        _required("revision", NUMBER),
        _required("state", BYTES),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_chats")),
        sa.UniqueConstraint("tag", name=op.f("uq_chats_tag")),
    )
    op.create_table(
        "drafts",
        _numbered(),
        _required("case_id", BYTES),
        _required("slot", BYTES),
        _required("part", sa.Integer()),
        _required("day", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_drafts")),
        sa.UniqueConstraint("case_id", "slot", "part", name=op.f("uq_drafts_case_id_slot_part")),
    )
    op.create_table(
        "letters",
        _numbered(),
        _required("key", BYTES),
        _required("tag", BYTES),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    op.create_table(
        "timers",
        _required("tag", BYTES),
        _required("name", sa.String(40)),
        _required("due", NUMBER),
        _required("revision", NUMBER),
        sa.PrimaryKeyConstraint("tag", "name", name=op.f("pk_timers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_timers_due"), "timers", ["due"])


def _make_journals() -> None:
    op.create_table(
        "journal",
        _required("sequence", NUMBER, autoincrement=False),
        _required("case_id", BYTES),
        _required("position", sa.Integer()),
        _required("hash", BYTES),
        _required("chain", BYTES),
        _required("signature", BYTES),
        _required("key", KEY_NAME),
        _required("day", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_journal")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_journal_case_id_position")),
    )
    op.create_table(
        "index_entries",
        _required("sequence", NUMBER, autoincrement=False),
        _required("case_id", BYTES),
        _required("key", KEY_NAME),
        _required("day", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_index_entries")),
    )
    op.create_table(
        "digests",
        _required("number", NUMBER, autoincrement=False),
        _required("day", DAY),
        _required("sha256", BYTES),
        _required("heads", BYTES),
        _required("journal_sequence", NUMBER),
        _required("index_sequence", NUMBER),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_digests")),
    )
    op.create_table(
        "codes",
        _required("lookup", BYTES),
        _required("salt", BYTES),
        _required("hash", BYTES),
        _required("expires", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_codes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "return_keys",
        _required("month", sa.String(7)),
        _required("wrapped", BYTES),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_return_keys")),
        sqlite_with_rowid=False,
    )


def _make_totals() -> None:
    totals = op.create_table(
        "totals",
        _required("one", sa.Integer(), autoincrement=False),
        _required("cases", NUMBER),
        _required("entries", NUMBER),
        _required("journal_sequence", NUMBER),
        _required("index_sequence", NUMBER),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_totals")),
        sa.CheckConstraint("one = 1", name=op.f("ck_totals_one")),
    )
    op.bulk_insert(
        totals,
        [{"one": 1, "cases": 0, "entries": 0, "journal_sequence": 0, "index_sequence": 0}],
    )


def _numbered() -> sa.Column[int]:
    return sa.Column("number", NUMBER, sa.Identity(always=False), nullable=False)


def _required(
    name: str, kind: sa.types.TypeEngine[Any], *, autoincrement: bool | Literal["auto"] = "auto"
) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, autoincrement=autoincrement)
