"""Opening a database: SQLite in one file (the default), or PostgreSQL for more machines.

Rules of this file: a SQLite file is private, every connection has the same pragmas, and
transactions are begun by hand: the driver begins none by itself. Deleted bytes are overwritten
(`secure_delete`) and leave the write-ahead log when `truncate` has emptied it. The schema is
brought up to date at opening, by one process at a time; an empty database is given the tables of
`storage.schema` at once, which the migrations make too (a test compares them).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING, cast

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Dialect,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    exc,
    inspect,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import ConnectionPoolEntry

from storage.disk import FILE_MODE
from storage.errors import DatabaseFailed, NewerDatabase, NoPlace, NotOurDatabase
from storage.schema import metadata, totals

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest migration; a database that has it, or has nothing, is opened without loading Alembic.
NEWEST = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"
#: Where Alembic keeps the number, as it makes the table itself.
VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

#: Bytes of a page: three sealed answers lie in one, in pages of 4 KiB each would have its own.
PAGE_SIZE = 8192
#: Pages in the write-ahead log before they are folded into the file: 32 MiB. With 200,000 chats, at
#: the usual 1,000 nearly every page would be folded for every unit (measured: a third slower).
LOG_PAGES = 4_000
#: Milliseconds to wait for another process (a digest from cron) that is writing.
BUSY_TIMEOUT = 10_000
#: In this order: the page size counts only before the first page is written.
PRAGMAS = (
    f"page_size = {PAGE_SIZE}",
    f"busy_timeout = {BUSY_TIMEOUT}",
    "journal_mode = WAL",
    f"wal_autocheckpoint = {LOG_PAGES}",
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)
#: Connections (and threads) that one process has at most at a PostgreSQL server, or for reading.
CONNECTIONS = 8
#: Any number that other users of the same PostgreSQL database will not lock: "quietlin" in ASCII.
MIGRATION_LOCK = int.from_bytes(b"quietlin")


def connect(where: Path | str) -> Engine:
    """Return the engine for a SQLite file, or for the URL of a PostgreSQL database.

    Parameters never stand in an error's text. Compiled statements take parameters by position.

    Raises:
        NoPlace: the file cannot be made or written.
    """
    if isinstance(where, str):
        return create_engine(
            where,
            hide_parameters=True,
            paramstyle="format",
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
        )
    try:
        where.touch(mode=FILE_MODE)
    except OSError as error:
        raise NoPlace(where, error.strerror) from None
    engine = create_engine(
        URL.create("sqlite", database=str(where)),
        connect_args={"isolation_level": None},
        hide_parameters=True,
        pool_size=CONNECTIONS,
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """Write in one transaction: kept at the end, or, when an error passes, not at all."""
    begin(conn)
    try:
        yield
        conn.commit()
    except BaseException:
        conn.rollback()
        raise


def begin(conn: Connection) -> None:
    """Begin to write. On SQLite this waits for other writers; on PostgreSQL rows are waited for."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("BEGIN IMMEDIATE")


def inserting(dialect: Dialect) -> Callable[[Table], sqlite.Insert]:
    """Return what begins an INSERT that knows of conflicts; both databases say it the same way."""
    if dialect.name == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a line on SQLite needs none of it

    return cast("Callable[[Table], sqlite.Insert]", postgresql.insert)


def truncate(conn: Connection, patience: int = BUSY_TIMEOUT) -> bool:
    """Empty SQLite's write-ahead log; tell whether it could.

    A reader that is in the way is waited for, at most `patience` milliseconds.
    """
    conn.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
    try:
        busy, *_ = conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    return not busy


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date.

    Raises:
        NotOurDatabase: the file is something else.
        NewerDatabase: its schema is one that this version does not know.
    """
    try:
        with engine.connect() as conn, transaction(conn):
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            if not inspect(conn).get_table_names():
                _create(conn)
            elif (version := schema_version(conn)) != NEWEST:
                _migrate(conn, version)
    except exc.SQLAlchemyError as error:
        failed = failure(error)
        if failed.args == ("SQLITE_NOTADB",):
            raise NotOurDatabase(engine.url.database) from None
        raise failed from None


def schema_version(conn: Connection) -> str | None:
    """Return the number of the last migration that the database has, None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    version: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def alembic_config(conn: Connection) -> "Config":
    """Return the settings with which Alembic works on an open connection."""
    from alembic.config import Config  # noqa: PLC0415 - only an older database needs it

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def failure(error: Exception) -> DatabaseFailed:
    """Return our error for one of the database: its code, none of its text."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return DatabaseFailed(code or type(cause).__name__)


def _create(conn: Connection) -> None:
    metadata.create_all(conn, checkfirst=False)
    VERSION.create(conn)
    conn.execute(totals.insert().values({**dict.fromkeys(totals.c.keys(), 0), "one": 1}))
    conn.execute(VERSION.insert().values(version_num=NEWEST))


def _migrate(conn: Connection, version: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - only an older database needs it
    from alembic.util import CommandError  # noqa: PLC0415 - the same

    try:
        command.upgrade(alembic_config(conn), "head")
    except CommandError:
        raise NewerDatabase(version) from None


def _set_pragmas(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
