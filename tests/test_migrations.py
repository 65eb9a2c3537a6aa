"""The migrations make the tables that the code means, and unmake them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

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
from tests.stores import postgres_server


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


def test_the_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def shape(engine: Engine) -> dict[str, object]:
    """Return columns, keys and checks of every table, by name."""
    look = inspect(engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
            look.get_pk_constraint(name),
            sorted((c["name"], c["column_names"]) for c in look.get_unique_constraints(name)),
            sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(name)),
            sorted((i["name"], i["column_names"]) for i in look.get_indexes(name)),
            look.get_table_options(name),
        )
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def test_migrating_makes_what_creating_at_once_makes(engine: Engine) -> None:
    metadata.create_all(engine)
    created = shape(engine)
    metadata.drop_all(engine)
    upgrade(engine)
    assert shape(engine) == created


def test_up_down_and_up_again(engine: Engine) -> None:
    upgrade(engine)
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
