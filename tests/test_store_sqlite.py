"""What holds for the file: nothing deleted stays in it, few statements, no loss, no one else's."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from storage import fetches, queries
from storage.database import BUSY_TIMEOUT, connect, upgrade
from storage.errors import DatabaseFailed, NewerDatabase, NoPlace, NotOurDatabase
from storage.retention import cutoffs
from storage.sql_store import SqlStore
from storage.store import open_store
from storage.unit import (
    GROUP,
    BlobChange,
    ChatChange,
    Letter,
    Outcome,
    TimerChange,
    Trace,
    Unit,
)
from storage.writer import Group, Writer
from tests.stores import (
    DAY,
    a_fetch,
    answer,
    arrives,
    case,
    ends,
    entry,
    index,
    key,
    letter,
    opens,
    sign,
    starts,
    steps,
    tag,
    timer,
    trace,
    unit,
)

CANARY = b"a canary sings where nobody should hear it"
COMMITTED, DUPLICATE, STALE = Outcome.COMMITTED, Outcome.DUPLICATE, Outcome.STALE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "quietline.db"


@pytest.fixture
async def store(file: Path) -> SqlStore:
    return open_store(file, sign)


def canaries(file: Path) -> dict[str, int]:
    """Count the canary in every file of the database's folder."""
    return {path.name: path.read_bytes().count(CANARY) for path in file.parent.iterdir()}


# --- what is deleted is gone --------------------------------------------------------------------


async def fill(store: SqlStore) -> None:
    """Keep canaries as a chat's states, a draft's answers (some over several pages), a letter."""
    await store.commit(unit(chat=opens("anna", CANARY), letters=(letter("l", "anna", CANARY),)))
    for step in range(1, 30):
        await store.commit(
            unit(
                chat=steps("anna", step, CANARY * (step * 20)),
                drafts=(answer("c", f"Q{step}", CANARY * (step * 20)),),
            )
        )


async def test_the_canary_would_be_found(store: SqlStore, file: Path) -> None:
    await fill(store)
    assert canaries(file)["quietline.db-wal"] > 100
    await store.close()
    assert canaries(file)["quietline.db"] > 100


async def test_a_draft_and_a_chat_that_are_forgotten_are_in_no_file(
    store: SqlStore, file: Path
) -> None:
    await fill(store)
    last = unit(chat=ends("anna", 30), forget=(case("c"),), sent=(key("l"),))
    assert await store.commit(last) is COMMITTED
    assert set(canaries(file).values()) == {0}
    await store.close()
    assert set(canaries(file).values()) == {0}


async def test_what_retention_drops_is_in_no_file(store: SqlStore, file: Path) -> None:
    for number in range(50):
        await store.commit(unit(drafts=(answer("c", f"Q{number}", CANARY * 90),)))
    assert (await store.drop(cutoffs(DAY.replace(month=12)))).drafts == 50
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_letters_and_traces_that_retention_drops_are_in_no_file(
    store: SqlStore, file: Path
) -> None:
    for number in range(50):
        await store.commit(
            unit(
                letters=(letter(f"l{number}", "anna", CANARY * 90),),
                traces=(trace("anna", CANARY),),
            )
        )
    swept = await store.drop(cutoffs(DAY + timedelta(days=4)))
    assert (swept.letters, swept.traces) == (50, 50)
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_removed_traces_leave_with_the_last_letter_of_a_chat_that_is_over(
    store: SqlStore, file: Path
) -> None:
    """What delivery commits after it has taken the messages out of the chat."""
    await store.commit(
        unit(
            letters=(letter("l", "anna", CANARY),),
            traces=tuple(trace("anna", CANARY + b"%d" % number) for number in range(300)),
        )
    )
    removed = tuple(row.number for row in await store.traces(tag("anna")))
    assert len(removed) == 300
    await store.commit(unit(chat=ends("anna", 0), sent=(key("l"),), untraced=removed))
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_a_chat_that_moves_leaves_its_tag_in_no_file(store: SqlStore, file: Path) -> None:
    old = CANARY[:32]
    opening = unit(
        chat=ChatChange(tag=old, expected=0, state=b"state", revision=1),
        letters=tuple(Letter(key=key(f"l{n}"), tag=old, sealed=b"letter") for n in range(9)),
        traces=tuple(Trace(tag=old, day=DAY, sealed=b"trace") for _ in range(300)),
        timers=(TimerChange(tag=old, name="pause", due=1, revision=1),),
    )
    await store.commit(opening)
    assert sum(path.read_bytes().count(old) for path in file.parent.iterdir()) > 300
    moving = ChatChange(tag=tag("june"), expected=1, state=b"x", revision=2, moved_from=old)
    assert await store.commit(unit(chat=moving)) is COMMITTED
    assert [path.name for path in file.parent.iterdir() if old in path.read_bytes()] == []
    assert len(await store.traces(tag("june"))) == 300
    await store.close()


def many_fetches(count: int = 60) -> Unit:
    """Return fetches whose references are canaries, some over several pages."""
    rows = [a_fetch(f"f{n}", to="anna") for n in range(count)]
    return starts(*(replace(row, sealed=CANARY * (n + 1)) for n, row in enumerate(rows)))


async def test_references_of_a_case_that_was_stopped_are_in_no_file(
    store: SqlStore, file: Path
) -> None:
    await store.commit(many_fetches())
    assert sum(canaries(file).values()) > 100
    assert await store.commit(unit(doom=(case("c"),))) is COMMITTED
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_references_that_retention_drops_are_in_no_file(store: SqlStore, file: Path) -> None:
    await store.commit(many_fetches())
    swept = await store.drop(cutoffs(DAY + timedelta(days=3)))
    assert (swept.fetches, swept.blobs) == (60, 60)
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_references_of_files_that_came_are_gone_when_the_chat_is_over(
    store: SqlStore, file: Path
) -> None:
    await store.commit(replace(many_fetches(), chat=opens("anna")))
    for number in range(60):
        await store.commit(arrives(a_fetch(f"f{number}")))
    await store.commit(unit(chat=ends("anna", 1)))
    assert set(canaries(file).values()) == {0}
    assert {row.size for row in await store.blobs(case("c"))} == {1_000}
    await store.close()


async def test_a_buried_blob_is_in_no_file(store: SqlStore, file: Path) -> None:
    row = replace(a_fetch("f"), blob=CANARY[:16])
    await store.commit(starts(row))
    await store.commit(unit(doomed=(row.blob,)))
    assert await store.buried([row.blob]) == 1
    assert [path.name for path in file.parent.iterdir() if row.blob in path.read_bytes()] == []
    await store.close()


async def test_a_recipient_who_is_dropped_is_in_no_file(store: SqlStore, file: Path) -> None:
    await store.keep_mailed(CANARY[:16], 7)
    assert any(CANARY[:16] in path.read_bytes() for path in file.parent.iterdir())
    await store.drop_mailed(CANARY[:16])
    assert [path.name for path in file.parent.iterdir() if CANARY[:16] in path.read_bytes()] == []
    await store.close()


async def test_a_reader_in_the_way_delays_the_emptying_and_no_more(
    store: SqlStore, file: Path
) -> None:
    await fill(store)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM chats").fetchone()
    last = unit(chat=ends("anna", 30), forget=(case("c"),), sent=(key("l"),))
    assert await store.commit(last) is COMMITTED
    assert canaries(file)["quietline.db-wal"] > 0
    other.execute("COMMIT")
    other.close()
    await store.commit(unit(chat=opens("ben")))  # whatever comes next empties it
    assert set(canaries(file).values()) == {0}
    await store.close()


async def test_opening_empties_what_a_crash_left(store: SqlStore, file: Path) -> None:
    await fill(store)
    left = file.with_name("quietline.db-wal").read_bytes()
    assert CANARY in left
    again = open_store(file, sign)
    assert canaries(file)["quietline.db-wal"] == 0
    await again.close()
    await store.close()


async def test_the_files_are_private(store: SqlStore, file: Path) -> None:
    await store.commit(unit(chat=opens("anna")))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == dict.fromkeys(["quietline.db", "quietline.db-wal", "quietline.db-shm"], 0o600)
    await store.close()


def test_every_connection_is_set_up(engine: Engine) -> None:
    with engine.connect() as conn:
        said = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "secure_delete",
                "foreign_keys",
                "busy_timeout",
                "temp_store",
                "trusted_schema",
                "cell_size_check",
                "page_size",
                "wal_autocheckpoint",
            )
        }
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": BUSY_TIMEOUT,
        "temp_store": 2,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "page_size": 8192,
        "wal_autocheckpoint": 4_000,
    }


# --- groups -------------------------------------------------------------------------------------


def a_step(name: str, revision: int = 0) -> Unit:
    """Return what one step of a conversation keeps."""
    return unit(
        seen=key(f"event {name} {revision}"),
        chat=steps(name, revision) if revision else opens(name),
        drafts=(answer(name, f"Q{revision}"),),
        letters=(letter(f"l{name}{revision}", name),),
        sent=(key(f"l{name}{revision - 1}"),) if revision else (),
        timers=(timer(name, "pause", 100 + revision),),
    )


def group(first: Unit, *others: Unit) -> list[bool]:
    made = Group(first)
    return [made.admit(other) for other in others]


def test_strangers_are_written_together() -> None:
    assert group(a_step("a"), a_step("b"), a_step("c")) == [True, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (unit(seen=key("e")), unit(seen=key("e"))),
        (unit(chat=opens("a")), unit(chat=steps("a", 1))),
        (unit(drafts=(answer("c", "A1"),)), unit(drafts=(answer("c", "A2"),))),
        (unit(letters=(letter("l", "a"),)), unit(sent=(key("l"),))),
        (unit(chat=opens("a")), unit(timers=(timer("a", "pause", 1),))),
        (a_step("a"), unit(forget=(case("c"),))),
        (unit(chat=ends("a", 1)), a_step("b")),
        (starts(a_fetch("f")), arrives(a_fetch("f"))),
        (starts(a_fetch("f", blob="b")), unit(doomed=(key("b"),))),
        (unit(dropped=(key("f"),)), starts(a_fetch("f"))),
        (unit(blobs=(BlobChange(id=key("b"), size=1),)), unit(doomed=(key("b"),))),
        (a_step("a"), unit(doom=(case("c"),))),
    ],
    ids=[
        "event",
        "chat",
        "draft",
        "letter",
        "timer",
        "forgetting",
        "ending",
        "fetch",
        "blob",
        "dropping",
        "dooming",
        "stopping",
    ],
)
def test_those_who_meet_wait_for_each_other(first: Unit, second: Unit) -> None:
    assert group(first, second) == [False]


def test_a_group_is_never_larger_than_64() -> None:
    units = [a_step(f"p{number}") for number in range(GROUP + 1)]
    assert group(*units) == [True] * (GROUP - 1) + [False]


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    engine = connect(file)
    upgrade(engine)
    yield engine
    engine.dispose()


def settle(engine: Engine, units: Sequence[Unit]) -> list[Outcome | Exception]:
    """Settle units in this thread."""
    with engine.connect() as conn:
        return Writer(conn.dialect, sign).settle(conn, units)


def cost(engine: Engine, units: Sequence[Unit]) -> dict[str, int]:
    """Settle units; count what was said to the database."""
    said: Counter[str] = Counter()

    def execute(*_: object) -> None:
        said["statements"] += 1

    def commit(_: object) -> None:
        said["commits"] += 1

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    assert settle(engine, units) == [COMMITTED] * len(units)
    event.remove(engine, "before_cursor_execute", execute)
    event.remove(engine, "commit", commit)
    return said


@pytest.mark.parametrize("size", [1, 8, GROUP])
def test_a_group_takes_one_commit_and_a_statement_for_each_table(engine: Engine, size: int) -> None:
    settle(engine, [a_step(f"p{number}") for number in range(size)])
    said = cost(engine, [a_step(f"p{number}", 1) for number in range(size)])
    # To begin, then seen, chats, drafts twice, letters twice, timers.
    assert said == {"statements": 8, "commits": 1}


@pytest.mark.parametrize("size", [1, 8, GROUP])
def test_what_stands_in_chats_takes_a_statement_more_for_a_whole_group(
    engine: Engine, size: int
) -> None:
    traced = [unit(traces=(trace(f"p{n}"), trace(f"p{n}"))) for n in range(size)]
    assert cost(engine, traced) == {"statements": 2, "commits": 1}
    removed = [unit(untraced=(2 * n + 1, 2 * n + 2)) for n in range(size)]
    assert cost(engine, removed) == {"statements": 2, "commits": 1}


@pytest.mark.parametrize("size", [1, 8, GROUP])
def test_files_take_a_few_statements_for_a_whole_group(engine: Engine, size: int) -> None:
    rows = [a_fetch(f"f{n}", f"c{n}") for n in range(size)]
    # To begin, then fetches made, others of their keys doomed, blobs made.
    assert cost(engine, [starts(row) for row in rows]) == {"statements": 4, "commits": 1}
    later = [replace(row, tries=1) for row in rows]
    assert cost(engine, [starts(row) for row in later]) == {"statements": 2, "commits": 1}
    # To begin, then fetches ended, blobs kept.
    assert cost(engine, [arrives(row) for row in rows]) == {"statements": 3, "commits": 1}
    # To begin, then blobs doomed and their fetches ended.
    gone = [unit(doomed=(row.blob,)) for row in rows]
    assert cost(engine, gone) == {"statements": 3, "commits": 1}


@pytest.mark.parametrize("size", [1, 8, GROUP])
def test_appending_takes_as_many_statements_for_one_case_as_for_many(
    engine: Engine, size: int
) -> None:
    units = [unit(entries=(entry(f"c{n}"),) * 2, index=(index(f"c{n}"),)) for n in range(size)]
    settle(engine, units)
    # To begin, then totals read, heads read, entries, index, totals kept.
    assert cost(engine, units) == {"statements": 6, "commits": 1}


def test_a_unit_costs_the_same_whatever_is_there_already(engine: Engine) -> None:
    def one(name: str) -> Unit:
        return unit(seen=key(f"e {name}"), chat=opens(name), entries=(entry(name),))

    first = cost(engine, [one("first")])
    for start in range(0, 640, GROUP):
        settle(engine, [one(f"p{start + number}") for number in range(GROUP)])
    assert cost(engine, [one("last")]) == first


def test_waiting_chats_are_read_in_one_statement_from_the_index_alone(engine: Engine) -> None:
    settle(engine, [unit(letters=tuple(letter(f"l{n}", f"p{n % 9}") for n in range(90)))])
    with engine.connect() as conn:
        waiting, of_one, count, traces = how(
            conn,
            lambda: queries.waiting(conn, limit=4),
            lambda: queries.letters(conn, tag=tag("p1"), limit=4),
            lambda: queries.letter_count(conn),
            lambda: queries.traces(conn, tag=tag("p1"), limit=4),
        )
    assert "letters USING COVERING INDEX ix_letters_tag_number" in waiting
    assert of_one == "SEARCH letters USING INDEX ix_letters_tag_number (tag=?)"  # and no sorting
    assert "letters USING COVERING INDEX" in count
    assert traces == "SEARCH traces USING INDEX ix_traces_tag (tag=?)"


def test_files_are_found_by_an_index(engine: Engine) -> None:
    settle(engine, [starts(*(a_fetch(f"f{n}", f"c{n % 9}") for n in range(90)))])
    with engine.connect() as conn:
        due, of_case, one, blobs, doomed = how(
            conn,
            lambda: fetches.fetches(conn, 10, limit=4),
            lambda: fetches.fetches_of(conn, case("c1")),
            lambda: fetches.fetch(conn, key("f1")),
            lambda: fetches.blobs(conn, case("c1")),
            lambda: fetches.doomed(conn, limit=4),
        )
    assert due == "SEARCH fetches USING INDEX ix_fetches_due (due<?)"  # and no sorting
    assert of_case == "SEARCH fetches USING INDEX ix_fetches_case_id (case_id=?)"
    assert one == "SEARCH fetches USING PRIMARY KEY (key=?)"
    assert blobs == "SEARCH blobs USING INDEX ix_blobs_case_id (case_id=?)"
    assert "USING COVERING INDEX ix_blobs_state (state=?)" in doomed


def how(conn: Connection, *asks: Callable[[], object]) -> list[str]:
    """Return how SQLite goes about each question; each is one statement."""
    said: list[tuple[str, tuple[object, ...]]] = []

    def execute(_conn: object, _cursor: object, statement: str, given: object, *_: object) -> None:
        assert isinstance(given, tuple)
        said.append((statement, given))

    event.listen(conn, "before_cursor_execute", execute)
    for ask in asks:
        assert ask() is not None
    event.remove(conn, "before_cursor_execute", execute)
    assert len(said) == len(asks)
    return [
        " / ".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given))
        for statement, given in said
    ]


def test_only_the_guilty_one_of_a_group_is_refused(engine: Engine) -> None:
    settle(engine, [unit(seen=key("known"), chat=opens("stale"))])
    units = [a_step(f"p{number}") for number in range(20)]
    units[7] = unit(seen=key("known"), letters=(letter("l7", "p7"),))
    units[12] = unit(chat=opens("stale"), letters=(letter("l12", "p12"),))
    expected: list[Outcome] = [COMMITTED] * 20
    expected[7], expected[12] = DUPLICATE, STALE
    assert settle(engine, units) == expected
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM letters").scalar() == 18


async def test_a_unit_that_the_database_cannot_take_fails_alone(store: SqlStore) -> None:
    impossible = unit(letters=(letter("l", "anna", None),))  # type: ignore[arg-type]
    units = [a_step("a"), impossible, a_step("b")]
    answers = await asyncio.gather(*map(store.commit, units), return_exceptions=True)
    assert [answers[0], answers[2]] == [COMMITTED, COMMITTED]
    assert isinstance(answers[1], DatabaseFailed)
    assert await store.commit(a_step("c")) is COMMITTED
    await store.close()


async def test_a_signer_that_fails_keeps_nothing(file: Path) -> None:
    def refuse(message: bytes) -> bytes:
        raise PermissionError

    store = open_store(file, refuse)
    with pytest.raises(PermissionError):
        await store.commit(unit(seen=key("e"), chat=opens("anna"), entries=(entry("c"),)))
    assert await store.chat(tag("anna")) is None
    assert await store.commit(unit(seen=key("e"))) is COMMITTED
    await store.close()


async def test_an_error_says_nothing_of_what_was_to_be_kept(store: SqlStore) -> None:
    words = "what a person said"
    impossible = letter(words, words, None)  # type: ignore[arg-type]
    with pytest.raises(DatabaseFailed) as caught:
        await store.commit(unit(drafts=(answer(words, words),), letters=(impossible,)))
    assert words not in "".join(traceback.format_exception(caught.value))
    assert "NOTNULL" in str(caught.value)
    await store.close()


async def test_one_who_stopped_waiting_is_no_trouble(store: SqlStore) -> None:
    async with asyncio.timeout(30):
        tasks = [asyncio.create_task(store.commit(a_step(f"p{n}"))) for n in range(10)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[3], asyncio.CancelledError)
    assert answers.count(COMMITTED) == 9
    await store.close()


async def test_closing_first_keeps_what_was_handed_in(store: SqlStore, file: Path) -> None:
    tasks = [asyncio.create_task(store.commit(a_step(f"p{number}"))) for number in range(200)]
    await asyncio.sleep(0)
    await store.close()
    assert set(await asyncio.gather(*tasks)) == {COMMITTED}
    again = open_store(file, sign)
    assert len(await again.letters(limit=300)) == 200
    await again.close()


async def test_two_processes_may_write(store: SqlStore, file: Path) -> None:
    other = open_store(file, sign)
    units = [unit(seen=key(f"e{n}"), entries=(entry("c", b"%d" % n),)) for n in range(100)]
    outcomes = await asyncio.gather(
        *(store.commit(one) for one in units), *(other.commit(one) for one in units)
    )
    assert Counter(outcomes) == {COMMITTED: 100, DUPLICATE: 100}
    assert [row.position for row in await store.journal(case("c"))] == list(range(100))
    await other.close()
    await store.close()


# --- files that are not ours --------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(NoPlace, match=r"nowhere/quietline\.db: No such file"):
        open_store(file.parent / "nowhere" / "quietline.db", sign)


def test_a_file_that_is_something_else_is_not_touched(file: Path) -> None:
    file.write_bytes(b"something else entirely\n" * 1_000)
    before = file.read_bytes()
    with pytest.raises(NotOurDatabase):
        open_store(file, sign)
    assert file.read_bytes() == before


def test_a_database_of_a_newer_version_is_not_touched(engine: Engine, file: Path) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="9999"):
        open_store(file, sign)


# --- crashes ------------------------------------------------------------------------------------

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.stores import answer, entry, key, letter, opens, sign, steps, unit
from storage.store import open_store

async def talk(store, person):
    chat = await store.chat(steps(person, 1).tag)
    revision = chat.revision if chat else 0
    while True:
        await store.commit(unit(
            seen=key(f"{person}.{revision}"),
            chat=steps(person, revision) if revision else opens(person),
            drafts=(answer(person, f"Q{revision}"),),
            entries=(entry(person, b"%d" % revision),),
        ))
        revision += 1
        print(person, revision, flush=True)

async def main():
    store = open_store(Path(sys.argv[1]), sign)
    print("ready", flush=True)
    await asyncio.gather(*(talk(store, f"p{n}") for n in range(8)))

asyncio.run(main())
"""


def write_and_kill(file: Path, after: int) -> dict[str, int]:
    """Run a writer, kill it after so many answers; return each person's last answered revision."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        assert process.stdout is not None
        answered: dict[str, int] = {}
        for number, line in enumerate(process.stdout):
            if number and line.endswith("\n"):  # else it was killed within the line
                person, revision = line.split()
                answered[person] = int(revision)
            if number == after:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return answered


async def test_what_was_answered_survives_a_kill_once(file: Path) -> None:
    answered: dict[str, int] = {}
    for after in (0, 1, 13, 64, 257, 900):
        answered |= write_and_kill(file, after)
        store = open_store(file, sign)
        for person in (f"p{number}" for number in range(8)):
            chat = await store.chat(tag(person))
            revision = chat.revision if chat else 0
            assert revision >= answered.get(person, 0)
            rows = await store.journal(case(person))
            assert [row.sealed for row in rows] == [b"%d" % n for n in range(revision)]
            assert len(await store.drafts(case(person))) == revision
            if revision:
                assert await store.commit(unit(seen=key(f"{person}.{revision - 1}"))) is DUPLICATE
            assert await store.commit(unit(seen=key(f"{person}.{revision}.probe"))) is not STALE
        await store.close()
    assert sum(answered.values()) > 900
