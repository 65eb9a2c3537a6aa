"""The store in memory and the one on SQLite answer alike, whatever they are asked to keep.

The units are drawn from few names, so that they meet: the same events, chats, drafts, files.
Handed in one by one, and all at once (which is what the writer's groups are about).
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from storage.database import connect, upgrade
from storage.memory import MemoryStore
from storage.retention import cutoffs
from storage.store import open_store
from storage.unit import (
    LINE,
    BlobChange,
    ChatChange,
    CodeChange,
    FetchChange,
    Outcome,
    Store,
    TimerChange,
)
from tests.stores import (
    DAY,
    a_fetch,
    answer,
    case,
    code_row,
    entry,
    index,
    key,
    letter,
    sign,
    tag,
    timer,
    trace,
    unit,
)

#: A disk in memory where there is one: thousands of small commits wait for nothing there.
QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None

CHATS, CASES, CODES, EVENTS = "abc", "cde", "xy", "123456"
FETCHES, BLOBS = "fg", "pqr"

#: Traces that are there before, so that a unit can take them back: numbers are known when read.
TRACED = 4
#: A file that comes, so that one can be put off, kept, or taken back at once.
BEFORE = unit(
    traces=tuple(trace(name) for name in "abca"),
    fetches=(FetchChange(key=key("f"), row=a_fetch("f", blob="p", to="a")),),
)


@dataclass(frozen=True)
class Step:
    """One thing that a store is asked to write."""

    call: str
    given: tuple[object, ...]

    async def on(self, store: Store) -> object:
        return await getattr(store, self.call)(*self.given)


sealed = st.sampled_from([b"one", b"two", b"three"])
days = st.integers(0, 9).map(lambda days: DAY - timedelta(days=days))
maybe = st.none() | st.none() | st.none()

chat_changes = st.builds(
    lambda name, expected, state, before, apart: ChatChange(
        tag=tag(name),
        expected=expected,
        state=state,
        revision=expected + 1,
        moved_from=before and tag(before),
        apart=case(apart) if apart else b"",
    ),
    st.sampled_from(CHATS),
    st.sampled_from([0, 0, 1, 1, 2, 3]),
    sealed | sealed | st.none(),
    maybe | st.sampled_from(CHATS),
    maybe | st.sampled_from(CASES),
)
drafts = st.builds(
    answer,
    st.sampled_from(CASES),
    st.sampled_from(["A1", "A2"]),
    sealed | sealed | st.none(),
    st.integers(0, 2),
    days,
)
codes = st.builds(
    lambda name, row: CodeChange(lookup=tag(name), row=row),
    st.sampled_from(CODES),
    st.none() | st.builds(code_row, days, sealed),
)
letters = st.builds(letter, st.sampled_from("lmn"), st.sampled_from(CHATS), sealed)
traces = st.builds(trace, st.sampled_from(CHATS), sealed, days)
names, dues, revisions = (
    st.sampled_from(["pause", "end"]),
    st.none() | st.integers(0, 5),
    st.integers(0, 5),
)
timers = st.builds(timer, st.sampled_from(CHATS), names, dues, revisions) | st.builds(
    lambda name, due, revision: TimerChange(tag=LINE, name=name, due=due, revision=revision),
    names,
    dues,
    revisions,
)

fetches = st.builds(
    lambda name, row, tries: FetchChange(
        key=key(name), row=row and replace(row, key=key(name), tries=tries)
    ),
    st.sampled_from(FETCHES),
    st.none()
    | st.builds(
        lambda of, due, blob, day, to: a_fetch("", of, due=due, blob=blob, day=day, to=to),
        st.sampled_from(CASES),
        st.integers(0, 9),
        st.sampled_from(BLOBS),
        days,
        st.sampled_from(CHATS),
    ),
    st.sampled_from([0, 0, 1]),
)
blobs = st.builds(
    lambda name, size: BlobChange(id=key(name), size=size),
    st.sampled_from(BLOBS),
    st.integers(1, 9),
)


def few(of: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=most).map(tuple)


units = st.builds(
    unit,
    seen=st.none() | st.sampled_from(EVENTS).map(key),
    chat=st.none() | chat_changes,
    drafts=few(drafts),
    entries=few(st.builds(entry, st.sampled_from(CASES), sealed), 2),
    index=few(st.builds(index, st.sampled_from(CASES), sealed), 2),
    codes=few(codes, 2),
    letters=few(letters, 2),
    sent=few(st.sampled_from("lmn").map(key), 2),
    traces=few(traces, 2),
    untraced=few(st.integers(1, TRACED), 2),
    timers=few(timers, 2),
    forget=st.just(()) | st.just(()) | few(st.sampled_from(CASES).map(case), 1),
    fetches=st.just(()) | few(fetches, 2),
    blobs=st.just(()) | st.just(()) | few(blobs, 1),
    dropped=st.just(()) | few(st.sampled_from(FETCHES).map(key), 1),
    doomed=st.just(()) | few(st.sampled_from(BLOBS).map(key), 1),
    doom=st.just(()) | st.just(()) | few(st.sampled_from(CASES).map(case), 1),
    day=days,
)

steps = st.builds(lambda *given: Step("commit", given), units)
#: What is written in no unit.
errands = (
    st.builds(lambda *given: Step("keep_mailed", given), names.map(key), revisions)
    | st.builds(lambda *given: Step("drop_mailed", given), names.map(key))
    | st.builds(lambda *given: Step("trouble", given), names, days)
    | st.builds(lambda *given: Step("settle", given), names)
    | st.builds(lambda *given: Step("buried", given), few(st.sampled_from(BLOBS).map(key)))
)


async def picture(store: Store) -> dict[str, object]:
    """Return all that can be read."""
    totals = await store.totals()
    upto = totals.index_sequence
    return {
        "chats": [await store.chat(tag(name)) for name in CHATS],
        "drafts": [await store.drafts(case(name)) for name in CASES],
        "letters": [(row.key, row.tag, row.sealed) for row in await store.letters()],
        "letters of": [[r.key for r in await store.letters(tag(name), 2)] for name in CHATS],
        "waiting": await store.waiting(),
        "letter count": await store.letter_count(),
        "traces": [await store.traces(tag(name)) for name in CHATS],
        "mailed": await store.mailed(),
        "troubles": await store.troubles(),
        "due": await store.due(9),
        "fetches": await store.fetches(5),
        "fetch": [await store.fetch(key(name)) for name in FETCHES],
        "fetches of": [await store.fetches_of(case(name)) for name in CASES],
        "blobs": [await store.blobs(case(name)) for name in CASES],
        "doomed": await store.doomed(),
        "blob ids": await store.blob_ids(),
        "codes": [await store.code(tag(name)) for name in CODES],
        "journals": [await store.journal(case(name)) for name in CASES],
        "totals": totals,
        "changed": await store.changed(0, totals.journal_sequence),
        "changed since": await store.changed(1, totals.journal_sequence),
        "index": await store.index(0, upto),
        "count": await store.index_count(1, upto),
    }


@cache
def migrated() -> bytes:
    """Return an empty database: making it once saves most of an example's time."""
    with TemporaryDirectory(dir=QUICK) as folder:
        engine = connect(Path(folder) / "quietline.db")
        upgrade(engine)
        engine.dispose()
        return (Path(folder) / "quietline.db").read_bytes()


async def answer_alike(steps: list[Step], *, at_once: bool) -> None:
    memory = MemoryStore(sign)
    await memory.commit(BEFORE)
    expected = [await step.on(memory) for step in steps]
    with TemporaryDirectory(dir=QUICK) as folder:
        file = Path(folder) / "quietline.db"
        file.write_bytes(migrated())
        store = open_store(file, sign)
        try:
            await store.commit(BEFORE)
            if at_once:
                outcomes = await asyncio.gather(*(step.on(store) for step in steps))
            else:
                outcomes = [await step.on(store) for step in steps]
            assert outcomes == expected
            assert await picture(store) == await picture(memory)
            assert await store.drop(cutoffs(DAY)) == await memory.drop(cutoffs(DAY))
            assert await picture(store) == await picture(memory)
        finally:
            await store.close()
    for outcome in Outcome:
        event(f"{outcome.name}: {min(expected.count(outcome), 3)}")


@pytest.mark.parametrize("at_once", [False, True], ids=["one-by-one", "at-once"])
@given(given=st.lists(steps | steps | steps | errands, min_size=1, max_size=8))
def test_both_stores_answer_alike(given: list[Step], at_once: bool) -> None:
    asyncio.run(answer_alike(given, at_once=at_once))
