"""Files that are being fetched, and the blobs that they become.

What a migration has made is never changed here: write the next one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
DAY = sa.String(10)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "fetches",
        _required("key", BYTES),
        _required("case_id", BYTES),
        _required("tag", BYTES),
        _required("blob", BYTES),
        _required("due", NUMBER),
        _required("tries", sa.Integer()),
        _required("day", DAY),
        _required("sealed", BYTES),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fetches")),
        sqlite_with_rowid=False,
    )
    for column in ("case_id", "tag", "blob", "due"):
        op.create_index(op.f(f"ix_fetches_{column}"), "fetches", [column])
    op.create_table(
        "blobs",
        _required("id", BYTES),
        _required("key", BYTES),
        _required("case_id", BYTES),
        _required("day", DAY),
        _required("size", NUMBER),
        _required("state", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blobs")),
        sqlite_with_rowid=False,
    )
    for column in ("key", "case_id", "state"):
        op.create_index(op.f(f"ix_blobs_{column}"), "blobs", [column])


def downgrade() -> None:
    """Go back to a line without files; sealed ones that lie on the disk stay there."""
    for table in ("blobs", "fetches"):
        op.drop_table(table)


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
