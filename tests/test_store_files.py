"""What every store promises of files: fetches that are due, and blobs from coming to buried."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.retention import cutoffs
from storage.rows import BlobRow, BlobState, Swept
from storage.unit import BlobChange, ChatChange, FetchChange, Outcome, Store, Unit
from tests.conftest import THOROUGH
from tests.stores import (
    DAY,
    a_fetch,
    answer,
    arrives,
    case,
    empty,
    ends,
    entry,
    key,
    letter,
    open_kind,
    opens,
    starts,
    steps,
    tag,
    unit,
)

COMMITTED, DUPLICATE, STALE = Outcome.COMMITTED, Outcome.DUPLICATE, Outcome.STALE
COMING, KEPT, DOOMED = BlobState.COMING, BlobState.KEPT, BlobState.DOOMED


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres") if kind == "postgres" else ""


@pytest.fixture
async def store(kind: str, server: str, tmp_path: Path) -> AsyncIterator[Store]:
    if kind == "postgres":
        empty(server)
    store = open_kind(kind, server or tmp_path / "quietline.db")
    yield store
    await store.close()


async def states(store: Store, of: str = "c") -> dict[bytes, BlobState]:
    return {row.id: row.state for row in await store.blobs(case(of))}


# --- a file on its way --------------------------------------------------------------------------


async def test_nothing_is_there_before(store: Store) -> None:
    assert await store.fetches(2**40) == ()
    assert await store.fetch(key("f")) is None
    assert await store.fetches_of(case("c")) == ()
    assert await store.blobs(case("c")) == ()
    assert await store.doomed() == ()
    assert await store.blob_ids() == frozenset()
    assert await store.buried([key("b")]) == 0


async def test_a_file_is_announced_and_comes(store: Store) -> None:
    row = a_fetch("f")
    assert await store.commit(starts(row)) is COMMITTED
    assert await store.fetch(key("f")) == row
    assert await store.fetches_of(case("c")) == (row,)
    coming = BlobRow(id=row.blob, key=row.key, case=row.case, day=DAY, size=0, state=COMING)
    assert await store.blobs(case("c")) == (coming,)
    assert await store.blob_ids() == {row.blob}
    assert await store.commit(arrives(row, 2**40)) is COMMITTED
    assert await store.fetch(key("f")) is None
    assert await store.blobs(case("c")) == (replace(coming, size=2**40, state=KEPT),)
    assert await store.doomed() == ()
    assert await store.blob_ids() == {row.blob}


async def test_fetches_are_due_in_order(store: Store) -> None:
    rows = [a_fetch(name, due=due) for name, due in (("b", 20), ("c", 10), ("a", 20), ("d", 31))]
    await store.commit(starts(*rows))
    assert [row.key for row in await store.fetches(30)] == [key("c"), key("a"), key("b")]
    assert [row.key for row in await store.fetches(30, limit=1)] == [key("c")]
    assert await store.fetches(9) == ()
    assert [row.key for row in await store.fetches_of(case("c"))] == [key(n) for n in "abcd"]


async def test_a_fetch_is_put_off_with_a_reference_of_its_own(store: Store) -> None:
    row = a_fetch("f")
    await store.commit(starts(row))
    later = replace(row, due=99, tries=1, sealed=b"elsewhere")
    assert await store.commit(starts(later)) is COMMITTED
    assert await store.fetch(key("f")) == later
    assert await store.blob_ids() == {row.blob}


async def test_what_is_put_off_late_changes_neither_chat_nor_day(store: Store) -> None:
    """Whoever read it before the chat moved on knows an old tag."""
    row = a_fetch("f")
    await store.commit(starts(row))
    stray = replace(row, due=99, tries=1, tag=tag("old"), day=DAY - timedelta(days=1))
    await store.commit(starts(stray))
    assert await store.fetch(key("f")) == replace(row, due=99, tries=1)


async def test_a_fetch_that_was_stopped_does_not_come_back(store: Store) -> None:
    row = a_fetch("f")
    await store.commit(starts(row))
    await store.commit(unit(doom=(case("c"),)))
    late = starts(replace(row, due=99, tries=1))
    assert await store.commit(replace(late, letters=(letter("l", "anna"),))) is STALE
    assert await store.fetch(key("f")) is None
    assert await store.letters() == ()


async def test_a_fetch_of_another_file_under_its_key_is_not_put_off(store: Store) -> None:
    old, new = a_fetch("f", blob="old"), a_fetch("f", blob="new")
    await store.commit(starts(old))
    await store.commit(starts(new))
    assert await store.commit(starts(replace(old, due=99, tries=1))) is STALE
    assert await store.fetch(key("f")) == new


# --- what refuses a unit ------------------------------------------------------------------------


async def test_a_file_that_comes_twice_is_kept_once(store: Store) -> None:
    row = a_fetch("f")
    await store.commit(starts(row))
    there = replace(arrives(row), entries=(entry("c"),))
    outcomes = await asyncio.gather(*(store.commit(there) for _ in range(4)))
    assert sorted(one.name for one in outcomes) == ["COMMITTED", "STALE", "STALE", "STALE"]
    assert (await store.totals()).entries == 1


@pytest.mark.parametrize(
    "change",
    [
        unit(fetches=(FetchChange(key=key("other"), row=None),)),
        unit(blobs=(BlobChange(id=key("other"), size=1),)),
        unit(blobs=(BlobChange(id=key("blob kept"), size=1),)),
        unit(blobs=(BlobChange(id=key("blob doomed"), size=1),)),
        unit(dropped=(key("f"),), blobs=(BlobChange(id=key("blob f"), size=1),)),
        starts(replace(a_fetch("other"), tries=1)),
    ],
    ids=["no fetch", "no blob", "kept", "doomed", "dropped", "put off"],
)
async def test_a_file_that_is_not_as_expected_refuses_the_unit(store: Store, change: Unit) -> None:
    await store.commit(starts(a_fetch("f"), a_fetch("kept"), a_fetch("doomed")))
    await store.commit(arrives(a_fetch("kept")))
    await store.commit(unit(doomed=(key("blob doomed"),)))
    before = await states(store), await store.fetches(99)
    stale = replace(
        change,
        seen=key("event"),
        chat=opens("anna"),
        drafts=(answer("c", "A1"),),
        entries=(entry("c"),),
        letters=(letter("l", "anna"),),
        fetches=(*change.fetches, FetchChange(key=key("new"), row=a_fetch("new"))),
        doom=(case("d"),),
    )
    assert await store.commit(stale) is STALE
    assert (await states(store), await store.fetches(99)) == before
    assert await store.chat(tag("anna")) is None
    assert await store.drafts(case("c")) == ()
    assert await store.journal(case("c")) == ()
    assert await store.letters() == ()
    assert await store.commit(unit(seen=key("event"))) is COMMITTED


@pytest.mark.parametrize("refused", ["event", "chat"])
async def test_files_of_a_refused_unit_are_not_announced(store: Store, refused: str) -> None:
    await store.commit(unit(seen=key("event"), chat=opens("anna")))
    chat = steps("anna", 1 if refused == "event" else 7)
    again = replace(
        starts(a_fetch("f")), seen=key("event") if refused == "event" else None, chat=chat
    )
    assert await store.commit(again) is (DUPLICATE if refused == "event" else STALE)
    assert await store.fetch(key("f")) is None
    assert await store.blob_ids() == frozenset()


# --- what is dropped, doomed, buried ------------------------------------------------------------


async def test_dropping_dooms_what_comes_and_what_is_kept_under_a_key(store: Store) -> None:
    coming, kept, other = a_fetch("coming"), a_fetch("kept"), a_fetch("other")
    await store.commit(starts(coming, kept, other))
    await store.commit(arrives(kept))
    assert await store.commit(unit(dropped=(coming.key, kept.key, key("none")))) is COMMITTED
    assert await states(store) == {coming.blob: DOOMED, kept.blob: DOOMED, other.blob: COMING}
    assert await store.fetches(99) == (other,)


async def test_a_new_file_takes_the_place_of_the_one_of_its_key(store: Store) -> None:
    for dropped in ((), (key("f"),)):
        old, new = a_fetch("f", blob="old"), a_fetch("f", blob="new")
        await store.commit(starts(old))
        await store.commit(arrives(old))
        assert await store.commit(replace(starts(new), dropped=dropped)) is COMMITTED
        assert await states(store) == {old.blob: DOOMED, new.blob: COMING}
        assert await store.fetches(99) == (new,)
        await store.commit(unit(doom=(case("c"),)))
        assert await store.buried([old.blob, new.blob]) == 2


async def test_a_file_that_never_came_is_given_up(store: Store) -> None:
    row, other = a_fetch("f"), a_fetch("other")
    await store.commit(starts(row, other))
    ended = unit(fetches=(FetchChange(key=row.key, row=None),), doomed=(row.blob,))
    assert await store.commit(ended) is COMMITTED
    assert await states(store) == {row.blob: DOOMED, other.blob: COMING}
    assert await store.fetches(99) == (other,)


async def test_a_doomed_blob_takes_its_fetch(store: Store) -> None:
    row = a_fetch("f")
    await store.commit(starts(row))
    assert await store.commit(unit(doomed=(row.blob, key("unknown")))) is COMMITTED
    assert await store.fetch(row.key) is None
    assert await store.doomed() == (row.blob,)


async def test_stopping_dooms_all_files_of_a_case_and_of_no_other(store: Store) -> None:
    mine, kept, new, other = a_fetch("f"), a_fetch("kept"), a_fetch("new"), a_fetch("other", "d")
    await store.commit(starts(mine, kept, other))
    await store.commit(arrives(kept))
    last = replace(starts(new), doom=(case("c"),), forget=(case("c"),))
    assert await store.commit(last) is COMMITTED
    assert set((await states(store)).values()) == {DOOMED}
    assert await store.doomed() == tuple(sorted(row.blob for row in (mine, kept, new)))
    assert await store.doomed(limit=1) == (await store.doomed())[:1]
    assert await store.fetches(99) == (other,)
    assert await states(store, "d") == {other.blob: COMING}


async def test_only_the_doomed_are_buried(store: Store) -> None:
    coming, kept, doomed = (a_fetch(name) for name in ("coming", "kept", "doomed"))
    await store.commit(starts(coming, kept, doomed))
    await store.commit(arrives(kept))
    await store.commit(unit(doomed=(doomed.blob,)))
    every = [coming.blob, kept.blob, doomed.blob, doomed.blob, key("unknown")]
    assert await store.buried(every) == 1
    assert await store.buried(every) == 0
    assert await store.blob_ids() == {coming.blob, kept.blob}
    assert await store.buried([]) == 0


# --- chats, days, groups ------------------------------------------------------------------------


async def test_fetches_move_with_their_chat(store: Store) -> None:
    await store.commit(unit(chat=opens("may")))
    await store.commit(starts(a_fetch("f", to="may"), a_fetch("other", to="august")))
    moving = ChatChange(tag=tag("june"), expected=1, state=b"x", revision=2, moved_from=tag("may"))
    step = replace(starts(a_fetch("new", to="may")), chat=moving)
    assert await store.commit(step) is COMMITTED
    tags = {row.key: row.tag for row in await store.fetches(99)}
    assert tags == {key("f"): tag("june"), key("other"): tag("august"), key("new"): tag("may")}


async def test_a_draft_that_goes_to_another_chat_takes_its_own_fetches_along(store: Store) -> None:
    await store.commit(unit(chat=opens("old")))
    await store.commit(
        starts(
            a_fetch("f", of="draft", to="old"),
            a_fetch("sent", of="sent", to="old"),
            a_fetch("moved before", of="draft", to="elsewhere"),
        )
    )
    moving = ChatChange(
        tag=tag("new"),
        expected=1,
        state=b"x",
        revision=2,
        moved_from=tag("old"),
        apart=case("draft"),
    )
    assert await store.commit(unit(chat=moving)) is COMMITTED
    tags = {row.key: row.tag for row in await store.fetches(99)}
    assert tags == {
        key("f"): tag("new"),
        key("sent"): tag("old"),
        key("moved before"): tag("elsewhere"),
    }


async def test_fetches_of_a_sent_case_outlive_its_chat(store: Store) -> None:
    await store.commit(replace(starts(a_fetch("f")), chat=opens("anna")))
    await store.commit(unit(chat=ends("anna", 1), forget=(case("c"),), entries=(entry("c"),)))
    assert await store.fetch(key("f")) == a_fetch("f")
    assert await states(store) == {key("blob f"): COMING}


async def test_retention_takes_the_files_of_a_draft_that_nobody_ended(store: Store) -> None:
    row, kept = a_fetch("f"), a_fetch("kept")
    await store.commit(replace(starts(row, kept), drafts=(answer("c", "A1"),)))
    await store.commit(arrives(kept))
    assert await store.drop(cutoffs(DAY + timedelta(days=2))) == Swept()
    assert await states(store) == {row.blob: COMING, kept.blob: KEPT}
    over = Swept(drafts=1, fetches=1, blobs=2)
    assert await store.drop(cutoffs(DAY + timedelta(days=3))) == over
    assert await states(store) == {row.blob: DOOMED, kept.blob: DOOMED}
    assert await store.fetches(99) == ()
    assert await store.drop(cutoffs(DAY + timedelta(days=3))) == Swept()


async def test_a_draft_for_which_a_file_still_comes_goes_on(store: Store) -> None:
    tomorrow = DAY + timedelta(days=1)
    await store.commit(replace(starts(a_fetch("f", day=tomorrow)), drafts=(answer("c", "A1"),)))
    assert await store.drop(cutoffs(DAY + timedelta(days=3))) == Swept()
    assert len(await store.drafts(case("c"))) == 1
    after = await store.drop(cutoffs(DAY + timedelta(days=4)))
    assert after == Swept(drafts=1, fetches=1, blobs=1)


async def test_retention_leaves_the_files_of_sent_cases(store: Store) -> None:
    kept, lost = a_fetch("kept"), a_fetch("lost")
    await store.commit(starts(kept, lost))
    await store.commit(replace(arrives(kept), entries=(entry("c"),)))
    assert await store.drop(cutoffs(DAY + timedelta(days=30))) == Swept(fetches=1, blobs=1)
    assert await states(store) == {kept.blob: KEPT, lost.blob: DOOMED}


async def test_a_coming_blob_without_a_fetch_is_over_on_its_day(store: Store) -> None:
    row = a_fetch("f")
    await store.commit(starts(row))
    await store.commit(unit(fetches=(FetchChange(key=row.key, row=None),)))
    assert await store.drop(cutoffs(DAY + timedelta(days=2))) == Swept()
    assert await store.drop(cutoffs(DAY + timedelta(days=3))) == Swept(blobs=1)


async def test_files_of_many_people_side_by_side(store: Store) -> None:
    rows = [a_fetch(f"f{n}", f"c{n}") for n in range(100)]
    assert set(await asyncio.gather(*(store.commit(starts(row)) for row in rows))) == {COMMITTED}
    assert len(await store.fetches(99, limit=1_000)) == 100
    units = [
        arrives(row) if number % 3 else unit(doom=(row.case,)) for number, row in enumerate(rows)
    ]
    assert set(await asyncio.gather(*map(store.commit, units))) == {COMMITTED}
    assert await store.fetches(99) == ()
    assert len(await store.doomed(limit=1_000)) == 34


async def test_of_arriving_and_stopping_together_one_wins(store: Store) -> None:
    rows = [a_fetch(f"f{n}") for n in range(60 if THOROUGH else 6)]
    for row in rows:
        await store.commit(starts(row))
        arrived, stopped = await asyncio.gather(
            store.commit(arrives(row)), store.commit(unit(dropped=(row.key,)))
        )
        assert stopped is COMMITTED
        assert arrived in {COMMITTED, STALE}
        assert (await states(store))[row.blob] is DOOMED
        assert await store.fetch(row.key) is None
