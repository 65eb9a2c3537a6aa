"""What every store promises: the one in memory, SQLite's, PostgreSQL's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.errors import DigestOutOfOrder, StoreClosed
from storage.rows import ChatRow, DigestRow, Totals
from storage.unit import ChatChange, CodeChange, Outcome, Store
from tests.stores import (
    DAY,
    answer,
    case,
    code_row,
    empty,
    ends,
    entry,
    index,
    key,
    letter,
    open_kind,
    opens,
    postgres_server,
    slot,
    steps,
    tag,
    timer,
    unit,
)

COMMITTED, DUPLICATE, STALE = Outcome.COMMITTED, Outcome.DUPLICATE, Outcome.STALE


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(kind: str) -> Iterator[str]:
    if kind == "postgres":
        with postgres_server() as url:
            yield url
    else:
        yield ""


@pytest.fixture
def where(kind: str, server: str, tmp_path: Path) -> Path | str:
    """A place for one store: a file, or the server's database, emptied."""
    if kind != "postgres":
        return tmp_path / "quietline.db"
    empty(server)
    return server


@pytest.fixture
async def store(kind: str, where: Path | str) -> AsyncIterator[Store]:
    store = open_kind(kind, where)
    yield store
    await store.close()


async def names(store: Store) -> list[bytes]:
    return [row.key for row in await store.letters()]


# --- what refuses a unit ------------------------------------------------------------------------


async def test_a_unit_is_kept_whole(store: Store) -> None:
    kept = unit(
        seen=key("event"),
        chat=opens("anna", b"one"),
        drafts=(answer("c", "A1", b"a1"),),
        codes=(CodeChange(lookup=tag("code"), row=code_row()),),
        letters=(letter("hello", "anna", b"hi"),),
        timers=(timer("anna", "pause", 100),),
    )
    assert await store.commit(kept) is COMMITTED
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    [draft] = await store.drafts(case("c"))
    assert (draft.slot, draft.part, draft.day, draft.sealed) == (slot("A1"), 0, DAY, b"a1")
    assert await store.code(tag("code")) == code_row()
    [waiting] = await store.letters()
    assert (waiting.key, waiting.tag, waiting.sealed) == (key("hello"), tag("anna"), b"hi")
    [due] = await store.due(100)
    assert (due.tag, due.name, due.due, due.revision) == (tag("anna"), "pause", 100, 1)


async def test_nothing_is_there_before(store: Store) -> None:
    assert await store.chat(tag("anna")) is None
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.due(2**40) == ()
    assert await store.code(tag("code")) is None
    assert await store.journal(case("c")) == ()
    assert await store.totals() == Totals()
    assert await store.last_digest() is None


async def test_an_event_that_comes_again_changes_nothing(store: Store) -> None:
    await store.commit(unit(seen=key("event"), chat=opens("anna", b"one")))
    again = unit(
        seen=key("event"),
        chat=steps("anna", 1, b"two"),
        drafts=(answer("c", "A1"),),
        entries=(entry("c"),),
        letters=(letter("again", "anna"),),
    )
    assert await store.commit(again) is DUPLICATE
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.totals() == Totals()


async def test_a_known_event_is_a_duplicate_even_when_the_chat_has_moved_on(store: Store) -> None:
    await store.commit(unit(seen=key("event"), chat=opens("anna")))
    assert await store.commit(unit(seen=key("event"), chat=opens("anna"))) is DUPLICATE


@pytest.mark.parametrize(
    "change",
    [
        opens("anna"),  # there is one
        steps("anna", 2),  # at another revision
        steps("nobody", 1),  # there is none
        ends("anna", 2),
        ends("nobody", 1),
        ends("anna", 0),  # there should be none
    ],
    ids=["open", "step", "step-none", "end", "end-none", "end-any"],
)
async def test_a_chat_that_is_not_as_expected_refuses_the_unit(
    store: Store, change: ChatChange
) -> None:
    await store.commit(unit(chat=opens("anna", b"one")))
    stale = unit(
        seen=key("event"),
        chat=change,
        drafts=(answer("c", "A1"),),
        letters=(letter("late", "anna"),),
        timers=(timer("anna", "pause", 100),),
    )
    assert await store.commit(stale) is STALE
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.due(100) == ()
    assert await store.commit(unit(seen=key("event"))) is COMMITTED  # it was not seen


async def test_of_steps_handed_in_together_one_wins(store: Store) -> None:
    await store.commit(unit(chat=opens("anna")))
    rivals = [unit(seen=key(f"e{n}"), chat=steps("anna", 1, b"%d" % n)) for n in range(8)]
    outcomes = await asyncio.gather(*map(store.commit, rivals))
    assert sorted(outcome.name for outcome in outcomes) == ["COMMITTED"] + ["STALE"] * 7
    chat = await store.chat(tag("anna"))
    assert chat is not None
    assert chat.state == b"%d" % outcomes.index(COMMITTED)


async def test_the_same_event_handed_in_together_is_kept_once(store: Store) -> None:
    same = unit(seen=key("event"), entries=(entry("c"),))
    outcomes = await asyncio.gather(*(store.commit(same) for _ in range(8)))
    assert sorted(outcome.name for outcome in outcomes) == ["COMMITTED"] + ["DUPLICATE"] * 7
    assert (await store.totals()).entries == 1


async def test_many_chats_side_by_side(store: Store) -> None:
    people = [f"p{n}" for n in range(100)]
    for step in range(4):
        units = [
            unit(
                seen=key(f"{name}.{step}"),
                chat=steps(name, step) if step else opens(name),
                drafts=(answer(name, f"Q{step}"),),
            )
            for name in people
        ]
        assert set(await asyncio.gather(*map(store.commit, units))) == {COMMITTED}
    for name in people:
        chat = await store.chat(tag(name))
        assert chat is not None
        assert chat.revision == 4
        assert len(await store.drafts(case(name))) == 4


async def test_ending_a_chat_that_is_not_there_is_no_trouble(store: Store) -> None:
    assert await store.commit(unit(chat=ends("anna", 0))) is COMMITTED


# --- chats --------------------------------------------------------------------------------------


async def test_a_chat_that_ends_takes_its_timers_and_leaves_its_letters(store: Store) -> None:
    await store.commit(
        unit(
            chat=opens("anna"),
            timers=(timer("anna", "pause", 1), timer("ben", "pause", 1)),
            letters=(letter("first", "anna"),),
        )
    )
    ending = unit(
        chat=ends("anna", 1),
        timers=(timer("anna", "other", 1), timer("ben", "other", 1)),
        letters=(letter("goodbye", "anna"),),
    )
    assert await store.commit(ending) is COMMITTED
    assert await store.chat(tag("anna")) is None
    assert [(row.tag, row.name) for row in await store.due(9)] == [
        (tag("ben"), "other"),
        (tag("ben"), "pause"),
    ]
    assert await names(store) == [key("first"), key("goodbye")]


async def test_a_chat_can_begin_again_after_it_ended(store: Store) -> None:
    await store.commit(unit(chat=opens("anna")))
    await store.commit(unit(chat=ends("anna", 1)))
    assert await store.commit(unit(chat=opens("anna", b"new"))) is COMMITTED


async def test_a_chat_moves_with_its_timers_and_letters(store: Store) -> None:
    await store.commit(
        unit(
            chat=opens("may"),
            timers=(timer("may", "pause", 1), timer("june", "stray", 1)),
            letters=(letter("first", "may", b"hi"),),
        )
    )
    moving = ChatChange(
        tag=tag("june"), expected=1, state=b"moved", revision=2, moved_from=tag("may")
    )
    assert await store.commit(unit(chat=moving, timers=(timer("june", "new", 2),))) is COMMITTED
    assert await store.chat(tag("may")) is None
    assert await store.chat(tag("june")) == ChatRow(tag=tag("june"), revision=2, state=b"moved")
    assert [(row.tag, row.name) for row in await store.due(9)] == [
        (tag("june"), "pause"),
        (tag("june"), "new"),
    ]
    assert [(row.tag, row.sealed) for row in await store.letters()] == [(tag("june"), b"hi")]


async def test_a_chat_does_not_move_onto_another(store: Store) -> None:
    await store.commit(unit(chat=opens("may")))
    await store.commit(unit(chat=opens("june", b"june")))
    moving = ChatChange(tag=tag("june"), expected=1, state=b"x", revision=2, moved_from=tag("may"))
    assert await store.commit(unit(chat=moving)) is STALE
    chat = await store.chat(tag("june"))
    assert chat is not None
    assert chat.state == b"june"


# --- drafts -------------------------------------------------------------------------------------


async def test_a_changed_answer_replaces_every_part_of_the_earlier_one(store: Store) -> None:
    await store.commit(unit(drafts=(answer("c", "A1", b"0"), answer("c", "A1", b"1", part=1))))
    await store.commit(unit(drafts=(answer("c", "A2", b"other"),)))
    await store.commit(unit(drafts=(answer("c", "A1", b"new"),)))
    rows = await store.drafts(case("c"))
    assert [(row.slot, row.sealed) for row in rows] == [
        (slot("A2"), b"other"),
        (slot("A1"), b"new"),
    ]


async def test_an_answer_grows_by_parts_that_are_read_in_order(store: Store) -> None:
    await store.commit(unit(drafts=(answer("c", "A1", b"0"),)))
    await store.commit(unit(drafts=(answer("c", "A2", b"other"),)))
    await store.commit(unit(drafts=(answer("c", "A1", b"2", part=2),)))
    await store.commit(unit(drafts=(answer("c", "A1", b"1", part=1),)))
    rows = await store.drafts(case("c"))
    assert [row.sealed for row in rows] == [b"0", b"1", b"2", b"other"]


async def test_an_answer_can_be_taken_back(store: Store) -> None:
    await store.commit(unit(drafts=(answer("c", "A1"), answer("c", "A2"))))
    await store.commit(unit(drafts=(answer("c", "A1", None),)))
    assert [row.slot for row in await store.drafts(case("c"))] == [slot("A2")]


async def test_within_a_unit_later_entries_of_a_slot_win(store: Store) -> None:
    await store.commit(
        unit(
            drafts=(
                answer("c", "A1", b"first", part=1),
                answer("c", "A1", b"second"),
                answer("c", "A2", b"gone"),
                answer("c", "A2", None),
            )
        )
    )
    assert [row.sealed for row in await store.drafts(case("c"))] == [b"second"]


async def test_forgetting_a_case_forgets_its_draft_and_no_other(store: Store) -> None:
    await store.commit(unit(drafts=(answer("c", "A1"), answer("d", "A1"))))
    await store.commit(unit(forget=(case("c"),), drafts=(answer("c", "A2"),)))
    assert await store.drafts(case("c")) == ()
    assert len(await store.drafts(case("d"))) == 1


# --- letters, timers, codes, keys ---------------------------------------------------------------


async def test_letters_wait_in_order_until_they_are_sent(store: Store) -> None:
    for name in ("one", "two", "three"):
        await store.commit(unit(letters=(letter(name, "anna"),)))
    assert await names(store) == [key("one"), key("two"), key("three")]
    assert [row.key for row in await store.letters(limit=2)] == [key("one"), key("two")]
    await store.commit(unit(sent=(key("two"),), letters=(letter("four", "anna"),)))
    assert await names(store) == [key("one"), key("three"), key("four")]
    numbers = [row.number for row in await store.letters()]
    assert numbers == sorted(set(numbers))


async def test_marking_a_letter_sent_twice_is_no_trouble(store: Store) -> None:
    await store.commit(unit(letters=(letter("one", "anna"),)))
    for _ in range(2):
        assert await store.commit(unit(sent=(key("one"),))) is COMMITTED
    assert await store.letters() == ()


async def test_a_letter_of_the_same_key_takes_the_place_of_the_waiting_one(store: Store) -> None:
    await store.commit(unit(letters=(letter("one", "anna", b"old"), letter("two", "anna"))))
    await store.commit(unit(letters=(letter("one", "anna", b"new"),)))
    assert [(row.key, row.sealed) for row in await store.letters()] == [
        (key("one"), b"new"),
        (key("two"), b"letter"),
    ]


async def test_timers_are_set_again_cleared_and_due_in_order(store: Store) -> None:
    await store.commit(
        unit(timers=(timer("anna", "a", 30), timer("anna", "b", 20), timer("ben", "a", 10)))
    )
    await store.commit(unit(timers=(timer("anna", "a", 5, revision=2), timer("ben", "a", None))))
    assert [(row.name, row.due, row.revision) for row in await store.due(20)] == [
        ("a", 5, 2),
        ("b", 20, 1),
    ]
    assert [row.name for row in await store.due(20, limit=1)] == ["a"]
    assert await store.due(4) == ()


async def test_a_code_is_replaced_and_deleted(store: Store) -> None:
    def change(sealed: bytes | None) -> CodeChange:
        return CodeChange(lookup=tag("code"), row=code_row(sealed=sealed) if sealed else None)

    await store.commit(unit(codes=(change(b"draft"),)))
    await store.commit(unit(codes=(change(b"sent"),)))
    assert await store.code(tag("code")) == code_row(sealed=b"sent")
    await store.commit(unit(codes=(change(None),)))
    assert await store.code(tag("code")) is None


async def test_the_first_return_key_of_a_month_stays(store: Store) -> None:
    await store.keep_return_key("2026-11", b"first")
    await store.keep_return_key("2026-11", b"second")
    assert await store.return_key("2026-11") == b"first"
    assert await store.return_key("2026-12") is None


# --- journals and digests -----------------------------------------------------------------------


async def test_what_was_counted_and_changed_since_a_digest(store: Store) -> None:
    await store.commit(unit(entries=(entry("b"), entry("a")), index=(index("b"), index("a"))))
    first = await store.totals()
    assert first == Totals(cases=2, entries=2, journal_sequence=2, index_sequence=2)
    await store.commit(unit(entries=(entry("c"), entry("b", b"more")), index=(index("c"),)))
    await store.commit(unit(entries=(entry("b", b"more still"),)))
    later = await store.totals()
    assert (later.cases, later.entries) == (3, 5)
    heads = await store.changed(first.journal_sequence, later.journal_sequence)
    assert [(head.case, head.position) for head in heads] == [(case("b"), 2), (case("c"), 0)]
    assert heads[0].chain == (await store.journal(case("b")))[2].chain
    assert [
        (head.case, head.position) for head in await store.changed(0, first.journal_sequence)
    ] == [(case("a"), 0), (case("b"), 0)]


async def test_a_page_of_the_index_says_where_the_next_begins(store: Store) -> None:
    for name in "abcde":
        await store.commit(unit(index=(index(name, name.encode()),)))
    upto = (await store.totals()).index_sequence
    page = await store.index(1, upto, limit=3)
    assert [row.sealed for row in page] == [b"b", b"c", b"d"]
    assert await store.index_count(page[-1].sequence, upto) == 1
    assert [row.sealed for row in await store.index(page[-1].sequence, upto)] == [b"e"]
    assert page[0].case == case("b")
    assert (page[0].key, page[0].day) == ("2026Q4.1-general", DAY)


def digest(number: int) -> DigestRow:
    return DigestRow(
        number=number,
        day=DAY + timedelta(days=number),
        sha256=bytes([number]) * 32,
        heads=bytes(32),
        journal_sequence=number * 10,
        index_sequence=number,
    )


async def test_digests_are_recorded_one_after_the_other(store: Store) -> None:
    for number in (1, 2, 3):
        await store.record_digest(digest(number))
    assert await store.last_digest() == digest(3)
    assert await store.digests() == (digest(1), digest(2), digest(3))
    assert await store.digests(after=2) == (digest(3),)


@pytest.mark.parametrize("number", [0, 1, 3])
async def test_a_digest_out_of_order_is_refused(store: Store, number: int) -> None:
    await store.record_digest(digest(1))
    with pytest.raises(DigestOutOfOrder):
        await store.record_digest(digest(number))
    assert await store.last_digest() == digest(1)


# --- the store itself ---------------------------------------------------------------------------


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreClosed):
        await store.commit(unit())
    with pytest.raises(StoreClosed):
        await store.chat(tag("anna"))
    with pytest.raises(StoreClosed):
        await store.letters()


async def test_what_is_kept_is_there_when_it_is_opened_again(
    kind: str, where: Path | str, store: Store
) -> None:
    if kind == "memory":
        pytest.skip("the one in memory outlives nothing")
    await store.commit(unit(seen=key("event"), chat=opens("anna", b"one"), entries=(entry("c"),)))
    await store.close()
    again = open_kind(kind, where)
    assert await again.commit(unit(seen=key("event"))) is DUPLICATE
    chat = await again.chat(tag("anna"))
    assert chat is not None
    assert chat.state == b"one"
    assert len(await again.journal(case("c"))) == 1
    await again.close()
