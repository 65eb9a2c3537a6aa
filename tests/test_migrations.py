"""The migrations make the tables that the code means, and unmake them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from storage import queries
from storage.database import (
    NEWEST,
    alembic_config,
    connect,
    schema_version,
    transaction,
    upgrade,
)
from storage.errors import DatabaseFailed
from storage.schema import metadata
from storage.store import open_store
from storage.unit import ChatChange
from tests.stores import postgres_server, sign, tag, unit


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path | str]:
    if request.param == "sqlite":
        yield tmp_path_factory.mktemp("database") / "quietline.db"
    else:
        with postgres_server() as server:
            yield server


@pytest.fixture
def engine(url: Path | str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    with engine.connect() as conn, transaction(conn):
        command.downgrade(alembic_config(conn), "base")
        conn.execute(text("DROP TABLE alembic_version"))
    engine.dispose()


def migrate(engine: Engine) -> None:
    """Have every migration run, as for a database of an older version."""
    with engine.connect() as conn, transaction(conn):
        command.upgrade(alembic_config(conn), "head")


def test_the_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def shape(engine: Engine) -> dict[str, object]:
    """Return columns, keys and checks of every table, by name."""
    look = inspect(engine)
    return {
        name: (
            [{**c, "type": str(c["type"])} for c in look.get_columns(name)],
            look.get_pk_constraint(name),
            sorted((c["name"], c["column_names"]) for c in look.get_unique_constraints(name)),
            sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(name)),
            sorted((i["name"], i["column_names"], i["unique"]) for i in look.get_indexes(name)),
            look.get_table_options(name),
            ddl(engine, name),
            rows(engine, name),
        )
        for name in look.get_table_names()
    }


def ddl(engine: Engine, table: str) -> str:
    """Return how SQLite was told to make a table and its indexes: not all can be inspected."""
    if engine.dialect.name != "sqlite":
        return ""
    with engine.connect() as conn:
        query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :table ORDER BY name")
        made = conn.execute(query, {"table": table}).scalars()
        return " ".join(" ".join(str(sql).split()) for sql in made)


def test_migrating_makes_what_creating_at_once_makes(engine: Engine) -> None:
    upgrade(engine)
    created = shape(engine)
    assert {"alembic_version", *metadata.tables} == set(created)
    with engine.connect() as conn, transaction(conn):
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE alembic_version"))
    migrate(engine)
    assert shape(engine) == created


def test_up_down_and_up_again(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as conn, transaction(conn):
        command.downgrade(alembic_config(conn), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    with engine.connect() as conn:
        assert schema_version(conn) == NEWEST
        assert conn.execute(text("SELECT * FROM totals")).all() == [(1, 0, 0, 0, 0)]


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as conn, transaction(conn):
        conn.execute(text("UPDATE totals SET cases = 7"))
    upgrade(engine)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT cases FROM totals")).scalar() == 7


CANARY = b"a canary sings where nobody should hear it"
#: A row of each table of the first version, in the order of its columns.
FIRST: dict[str, tuple[object, ...]] = {
    "seen": (b"event", "2026-11-22"),
    "chats": (5, b"tag", 3, b"state"),
    "drafts": (6, b"case", b"slot", 0, "2026-11-22", b"answer"),
    "letters": (7, b"key", b"tag", b"letter"),
    "timers": (b"tag", "pause", 1_795_000_000, 3),
    "journal": (1, b"case", 0, b"h", b"c", b"s", "2026Q4.1-general", "2026-11-22", b"package"),
    "index_entries": (1, b"case", "2026Q4.1-general", "2026-11-22", b"index"),
    "digests": (1, "2026-11-22", b"sha", b"heads", 1, 1),
    "codes": (b"lookup", b"salt", b"hash", "2026-12-22", b"code"),
    "return_keys": ("2026-11", b"wrapped"),
}


NEW = ("fetches", "blobs")  # since the third version


def first_version(engine: Engine) -> None:
    """Make a database of the first version with a row in each table."""
    with engine.connect() as conn, transaction(conn):
        command.upgrade(alembic_config(conn), "0001")
        conn.execute(text("UPDATE totals SET cases = 1, entries = 1, journal_sequence = 1"))
        for table, row in FIRST.items():
            places = ", ".join(f":p{number}" for number in range(len(row)))
            given = {f"p{number}": value for number, value in enumerate(row)}
            conn.execute(text(f"INSERT INTO {table} VALUES ({places})"), given)  # noqa: S608 - ours


def rows(engine: Engine, table: str) -> list[tuple[object, ...]]:
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - our own tables


def test_what_the_first_version_kept_is_kept(engine: Engine) -> None:
    first_version(engine)
    upgrade(engine)
    for table, row in FIRST.items():
        if table != "letters":
            assert rows(engine, table) == [row], table
    assert rows(engine, "totals") == [(1, 1, 1, 1, 0)]
    assert [rows(engine, table) for table in (*NEW, "traces", "troubles", "mailed")] == [[]] * 5


def test_letters_of_the_first_version_wait_in_order_from_the_day_of_the_update(
    engine: Engine,
) -> None:
    first_version(engine)
    with engine.connect() as conn, transaction(conn):
        for number in (9, 8):
            row = {"number": number, "key": b"key %d" % number}
            conn.execute(
                text(
                    "INSERT INTO letters (number, key, tag, sealed) VALUES (:number, :key, :key, :key)"
                ),
                row,
            )
        before = conn.execute(text("SELECT CAST(CURRENT_DATE AS VARCHAR(10))")).scalar_one()
    upgrade(engine)
    with engine.connect() as conn, transaction(conn):
        after = conn.execute(text("SELECT CAST(CURRENT_DATE AS VARCHAR(10))")).scalar_one()
        waiting = queries.letters(conn, tag=None, limit=9)
        assert [row.key for row in waiting] == [b"key", b"key 8", b"key 9"]
        assert (waiting[0].tag, waiting[0].sealed) == (b"tag", b"letter")
        days = set(conn.execute(text("SELECT day FROM letters")).scalars())
        assert days <= {before, after}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", before)
        given = {"key": b"new", "day": "2026-11-22"}
        conn.execute(
            text("INSERT INTO letters (key, tag, day, sealed) VALUES (:key, :key, :day, :key)"),
            given,
        )
        assert queries.letters(conn, tag=None, limit=9)[-1].key == b"new"


def test_going_back_keeps_the_letters(engine: Engine) -> None:
    first_version(engine)
    upgrade(engine)
    with engine.connect() as conn, transaction(conn):
        command.downgrade(alembic_config(conn), "0001")
    [(_, *letter)] = rows(engine, "letters")
    assert letter == list(FIRST["letters"][1:])
    assert not {"traces", "troubles", "mailed"} & set(inspect(engine).get_table_names())


def test_going_back_from_files_leaves_the_rest(engine: Engine) -> None:
    first_version(engine)
    upgrade(engine)
    with engine.connect() as conn, transaction(conn):
        command.downgrade(alembic_config(conn), "0002")
        assert schema_version(conn) == "0002"
    assert not set(NEW) & set(inspect(engine).get_table_names())
    assert len(rows(engine, "letters")) == len(rows(engine, "chats")) == 1


async def test_an_update_leaves_no_second_copy_of_a_letter_on_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "quietline.db"
    engine = connect(file)
    first_version(engine)
    with engine.connect() as conn, transaction(conn):
        conn.execute(text("UPDATE letters SET sealed = :canary"), {"canary": CANARY.ljust(999)})
    engine.dispose()
    store = open_store(file, sign)
    assert copies(tmp_path) == 1
    over = ChatChange(tag=tag("anna"), expected=0, state=None, revision=0)
    await store.commit(unit(chat=over, sent=(b"key",)))
    assert copies(tmp_path) == 0
    await store.close()


def copies(folder: Path) -> int:
    return sum(path.read_bytes().count(CANARY) for path in folder.iterdir())


def test_a_migration_that_fails_leaves_nothing(engine: Engine) -> None:
    with engine.connect() as conn, transaction(conn):
        conn.execute(text("CREATE TABLE totals (in_the_way INTEGER)"))
    with pytest.raises(DatabaseFailed):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["totals"]
    with engine.connect() as conn, transaction(conn):
        conn.execute(text("DROP TABLE totals"))
    upgrade(engine)


def test_the_newest_migration_is_the_one_that_the_code_names(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with engine.connect() as conn:
        scripts = ScriptDirectory.from_config(alembic_config(conn))
    engine.dispose()
    assert scripts.get_heads() == [NEWEST]
    assert [script.revision for script in scripts.walk_revisions()] == sorted(
        (script.revision for script in scripts.walk_revisions()), reverse=True
    )


def test_every_name_follows_the_convention() -> None:
    for table in metadata.tables.values():
        for constraint in table.constraints:
            assert str(constraint.name)[:3] in {"pk_", "uq_", "ck_"}
        for index in table.indexes:
            assert str(index.name).startswith(f"ix_{table.name}_")


def test_nothing_but_open_timers_is_finer_than_a_day() -> None:
    kinds = {str(column.type) for table in metadata.tables.values() for column in table.columns}
    assert not {kind for kind in kinds if "TIME" in kind or "DATE" in kind}
    assert metadata.tables["timers"].c.due.type.python_type is int
    assert metadata.tables["fetches"].c.due.type.python_type is int
