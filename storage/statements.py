"""What the writer says to a database: each statement compiled once, parameters by position.

Rules of this file: SQLAlchemy Core writes the SQL, the driver gets it as text, because naming
parameters anew for each row costs a third of a commit. A row gives its values in the order of the
names beside its statement (`new_` is set, `old_` is looked for); compiling checks that order.
"""

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from storage.database import inserting
from storage.schema import (
    blobs,
    chats,
    codes,
    drafts,
    fetches,
    letters,
    return_keys,
    seen,
    timers,
    traces,
)


class Statements:
    """The writer's statements for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        here = _where(chats, "tag", "revision")
        state: dict[str, BindParameter[object]] = {
            "revision": bindparam("new_revision"),
            "state": bindparam("new_state"),
        }
        free = ~select(chats.c.number).where(chats.c.tag == bindparam("free_tag")).exists()
        tag: dict[str, BindParameter[object]] = {"tag": bindparam("new_tag")}

        self.see = self._add(seen, "key day")

        self.open_chat = self._add(chats, "tag revision state")
        self.step_chat = self._text(
            update(chats).where(*here).values(state),
            "new_revision new_state old_tag old_revision",
        )
        self.move_chat = self._text(
            update(chats).where(*here, free).values(tag | state),
            "new_tag new_revision new_state old_tag old_revision free_tag",
        )
        self.close_chat = self._text(delete(chats).where(*here), "old_tag old_revision")
        self.count_chats = self._text(
            select(func.count()).select_from(chats).where(*_where(chats, "tag")), "old_tag"
        )

        self.wipe_slot = self._drop(drafts, "case_id slot")
        self.keep_draft = self._put(drafts, "case_id slot part", "day sealed")
        self.forget_case = self._drop(drafts, "case_id")

        self.drop_code = self._drop(codes, "lookup")
        self.keep_code = self._put(codes, "lookup", "salt hash expires sealed")

        self.keep_return_key = self._add(return_keys, "month wrapped")

        self.drop_letter = self._drop(letters, "key")
        self.keep_letter = self._put(letters, "key", "tag day sealed")
        self.move_letters = self._text(
            update(letters).where(*_where(letters, "tag")).values(tag), "new_tag old_tag"
        )

        self.drop_trace = self._drop(traces, "number")
        self.keep_trace = self._text(self._insert(traces, "tag day sealed"), "tag day sealed")
        self.move_traces = self._text(
            update(traces).where(*_where(traces, "tag")).values(tag), "new_tag old_tag"
        )

        self.drop_timer = self._drop(timers, "tag name")
        self.drop_timers = self._drop(timers, "tag")
        self.set_timer = self._put(timers, "tag name", "due revision")
        self.move_timers = self._text(
            update(timers).where(*_where(timers, "tag")).values(tag), "new_tag old_tag"
        )
        self._say_files()

    def _say_files(self) -> None:
        self.keep_fetch = self._put(fetches, "key", "case_id tag blob due tries day sealed")
        self.put_off_fetch = self._text(
            update(fetches).where(*_where(fetches, "key", "blob")).values(_new("due tries sealed")),
            "new_due new_tries new_sealed old_key old_blob",
        )
        self.drop_fetch = self._drop(fetches, "key")
        self.drop_fetch_of_blob = self._drop(fetches, "blob")
        self.drop_fetches = self._drop(fetches, "case_id")
        self.move_fetches = self._text(
            update(fetches).where(*_where(fetches, "tag")).values(_new("tag")), "new_tag old_tag"
        )
        self.move_fetches_of = self._text(
            update(fetches).where(*_where(fetches, "tag", "case_id")).values(_new("tag")),
            "new_tag old_tag old_case_id",
        )

        self.begin_blob = self._add(blobs, "id key case_id day size state")
        self.keep_blob = self._text(
            update(blobs).where(*_where(blobs, "id", "state")).values(_new("size state")),
            "new_size new_state old_id old_state",
        )
        self.doom_blob, self.doom_blob_of, self.doom_case = (
            self._text(
                update(blobs).where(*_where(blobs, name)).values(_new("state")),
                f"new_state old_{name}",
            )
            for name in ("id", "key", "case_id")
        )
        other = blobs.c.id != bindparam("new_id")
        self.doom_others = self._text(
            update(blobs).where(*_where(blobs, "key"), other).values(_new("state")),
            "new_state old_key new_id",
        )

    def _add(self, table: Table, columns: str) -> str:
        """Insert unless a row of that key is there; the row count tells."""
        return self._text(self._insert(table, columns).on_conflict_do_nothing(), columns)

    def _put(self, table: Table, key: str, rest: str) -> str:
        """Insert, or replace the rest of the row that is there."""
        statement = self._insert(table, f"{key} {rest}")
        replaced = {name: statement.excluded[name] for name in rest.split()}
        return self._text(
            statement.on_conflict_do_update(index_elements=key.split(), set_=replaced),
            f"{key} {rest}",
        )

    def _drop(self, table: Table, key: str) -> str:
        """Delete the rows of a key, if there are any."""
        names = key.split()
        return self._text(
            delete(table).where(*_where(table, *names)), " ".join(f"old_{name}" for name in names)
        )

    def _insert(self, table: Table, columns: str) -> sqlite.Insert:
        values: dict[str, BindParameter[object]] = {
            name: bindparam(name) for name in columns.split()
        }
        return inserting(self._dialect)(table).values(values)

    def _text(self, statement: Insert | Update | Delete | Select[int], names: str) -> str:
        compiled = statement.compile(dialect=self._dialect)
        order = compiled.positiontup
        if order != names.split():
            raise ValueError(order)
        return str(compiled)


def _new(names: str) -> dict[str, BindParameter[object]]:
    return {name: bindparam(f"new_{name}") for name in names.split()}


def _where(table: Table, *names: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(f"old_{name}") for name in names]
