"""Looking into a SQLite database without changing it: for `quietline check`.

Rules of this file: nothing is written, made or brought up to date, and no file is left behind. A
schema of another version is refused: what it means is not known here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Never, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from storage.database import NEWEST, failure, schema_version
from storage.errors import NotOurDatabase, OlderDatabase, OnlyLooking
from storage.sql_store import SqlStore
from storage.unit import Outcome, Unit

Answer = TypeVar("Answer")


class LookingStore(SqlStore):
    """A store that is read only."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, _refuse)

    async def commit(self, unit: Unit) -> Outcome:
        """Refuse."""
        del unit
        raise OnlyLooking

    async def _write(self, change: Callable[[Connection], Answer]) -> Answer:
        del change
        raise OnlyLooking


def look_into(path: Path) -> LookingStore:
    """Open the database of a file to read it; one that runs goes on meanwhile.

    Raises:
        OlderDatabase: its schema is another than this version's; the line's start renews it.
        NotOurDatabase: the file is something else. DatabaseFailed: it cannot be read.
    """
    engine = _engine(path)
    try:
        with engine.connect() as conn:
            version = schema_version(conn)
    except SQLAlchemyError as error:
        engine.dispose()
        failed = failure(error)
        raise (NotOurDatabase(path) if failed.args == ("SQLITE_NOTADB",) else failed) from None
    if version != NEWEST:
        engine.dispose()
        raise OlderDatabase(version)
    return LookingStore(engine)


def _engine(path: Path) -> Engine:
    # Without a write-ahead log nobody writes; a reader would leave an empty one behind.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    key, _, value = how.partition("=")
    where = URL.create(
        "sqlite",
        database=f"file:{quote(str(path.absolute()))}",
        query={key: value, "uri": "true"},
    )
    return create_engine(where, hide_parameters=True)


def _refuse(_: bytes) -> Never:
    raise OnlyLooking
