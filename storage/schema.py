"""The tables: ciphertext, hashes, days and counts; nothing here is a person's word.

Rules of this file: days are ISO text, nothing is finer than a day but what is `due`, and order is
kept by sequence numbers. Names of constraints follow one convention, so that migrations can name
them. Small rows found by a random key lie in the index itself (no rowid); rows with a large sealed
value lie in the order they came, with the value last. The tables are changed here and in a new
migration; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A whole number of 64 bits; on SQLite the rowid itself where it is the primary key.
Number = BigInteger().with_variant(Integer(), "sqlite")
Bytes = LargeBinary()
Day = String(10)
KeyName = String(80)


def _number() -> Column[int]:
    """Return a key that orders rows as they came; numbers of deleted rows may come again.

    On SQLite, that is, and unless the table says `sqlite_autoincrement`.
    """
    return Column("number", Number, Identity(always=False), primary_key=True)


seen = Table(
    "seen",
    metadata,
    Column("key", Bytes, primary_key=True),
    Column("day", Day, nullable=False),
    sqlite_with_rowid=False,
)

chats = Table(
    "chats",
    metadata,
    _number(),
    Column("tag", Bytes, nullable=False),
    Column("revision", Number, nullable=False),
    Column("state", Bytes, nullable=False),
    UniqueConstraint("tag"),
)

drafts = Table(
    "drafts",
    metadata,
    _number(),
    Column("case_id", Bytes, nullable=False),
    Column("slot", Bytes, nullable=False),
    Column("part", Integer, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    UniqueConstraint("case_id", "slot", "part"),
)

journal = Table(
    "journal",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("case_id", Bytes, nullable=False),
    Column("position", Integer, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column("chain", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    Column("key", KeyName, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    UniqueConstraint("case_id", "position"),
)

index_entries = Table(
    "index_entries",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("case_id", Bytes, nullable=False),
    Column("key", KeyName, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
)

#: One row. Its sequence numbers are given while it is locked, so they are in the order of commits
#: and are never given twice, even when rows are deleted.
totals = Table(
    "totals",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("cases", Number, nullable=False),
    Column("entries", Number, nullable=False),
    Column("journal_sequence", Number, nullable=False),
    Column("index_sequence", Number, nullable=False),
    CheckConstraint("one = 1", name="one"),
)

digests = Table(
    "digests",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("day", Day, nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("heads", Bytes, nullable=False),
    Column("journal_sequence", Number, nullable=False),
    Column("index_sequence", Number, nullable=False),
)

codes = Table(
    "codes",
    metadata,
    Column("lookup", Bytes, primary_key=True),
    Column("salt", Bytes, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column("expires", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

letters = Table(
    "letters",
    metadata,
    _number(),
    Column("key", Bytes, nullable=False),
    Column("tag", Bytes, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    UniqueConstraint("key"),
    Index(None, "tag", "number"),
)

#: Numbers are never given twice: whoever has read one and gives it back late means no other row.
traces = Table(
    "traces",
    metadata,
    _number(),
    Column("tag", Bytes, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    Index(None, "tag"),
    sqlite_autoincrement=True,
)

timers = Table(
    "timers",
    metadata,
    Column("tag", Bytes, primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("due", Number, nullable=False),
    Column("revision", Number, nullable=False),
    Index(None, "due"),
    sqlite_with_rowid=False,
)

fetches = Table(
    "fetches",
    metadata,
    Column("key", Bytes, primary_key=True),
    Column("case_id", Bytes, nullable=False),
    Column("tag", Bytes, nullable=False),
    Column("blob", Bytes, nullable=False),
    Column("due", Number, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("day", Day, nullable=False),
    Column("sealed", Bytes, nullable=False),
    Index(None, "case_id"),
    Index(None, "tag"),
    Index(None, "blob"),
    Index(None, "due"),
    sqlite_with_rowid=False,
)

#: `state` is the number of a `BlobState`.
blobs = Table(
    "blobs",
    metadata,
    Column("id", Bytes, primary_key=True),
    Column("key", Bytes, nullable=False),
    Column("case_id", Bytes, nullable=False),
    Column("day", Day, nullable=False),
    Column("size", Number, nullable=False),
    Column("state", Integer, nullable=False),
    Index(None, "key"),
    Index(None, "case_id"),
    Index(None, "state"),
    sqlite_with_rowid=False,
)

#: The outcome of each packet, and what a device numbers next.
packets = Table(
    "packets",
    metadata,
    _number(),
    Column("device", Bytes, nullable=False),
    Column("sequence", Number, nullable=False),
    Column("case_id", Bytes, nullable=False),
    Column("author", String(32), nullable=False),
    Column("sha256", Bytes, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("day", Day, nullable=False),
    UniqueConstraint("device", "sequence"),
    Index(None, "case_id"),
)

replies = Table(
    "replies",
    metadata,
    Column("id", Bytes, primary_key=True),
    Column("case_id", Bytes, nullable=False),
    Column("tag", Bytes, nullable=False),
    Column("device", Bytes, nullable=False),
    Column("sequence", Number, nullable=False),
    Column("day", Day, nullable=False),
    Column("attempting", Integer, nullable=False),
    Column("sealed", Bytes, nullable=False),
    Index(None, "case_id"),
    sqlite_with_rowid=False,
)

#: `leaving` is the number of a `Leaving`; days and `due` are empty where nothing was asked.
standings = Table(
    "standings",
    metadata,
    Column("case_id", Bytes, primary_key=True),
    Column("revision", Number, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("keep_until", Day),
    Column("leaving", Integer, nullable=False),
    Column("asked", Day),
    Column("due", Number),
    Column("by", String(20), nullable=False),
    Column("held_until", Day),
    Index(None, "leaving"),
    sqlite_with_rowid=False,
)

erased = Table(
    "erased",
    metadata,
    Column("case_id", Bytes, primary_key=True),
    Column("device", Bytes, primary_key=True),
    Column("day", Day, nullable=False),
    sqlite_with_rowid=False,
)

return_keys = Table(
    "return_keys",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("wrapped", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

troubles = Table(
    "troubles",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("since", Day, nullable=False),
    Column("last", Day, nullable=False),
    Column("count", Number, nullable=False),
    sqlite_with_rowid=False,
)

mailed = Table(
    "mailed",
    metadata,
    Column("recipient", Bytes, primary_key=True),
    Column("number", Number, nullable=False),
    sqlite_with_rowid=False,
)
