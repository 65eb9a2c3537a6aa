"""What every store promises: the one in memory, SQLite's, PostgreSQL's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.errors import DigestOutOfOrder, StoreClosed
from storage.rows import ChatRow, DigestRow, Totals, Trouble
from storage.unit import LINE, ChatChange, CodeChange, Outcome, Store, TimerChange
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
    slot,
    steps,
    tag,
    timer,
    trace,
    unit,
)

COMMITTED, DUPLICATE, STALE = Outcome.COMMITTED, Outcome.DUPLICATE, Outcome.STALE


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres") if kind == "postgres" else ""


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


async def stand(store: Store, name: str) -> list[bytes]:
    return [row.sealed for row in await store.traces(tag(name))]


# --- what refuses a unit ------------------------------------------------------------------------


async def test_a_unit_is_kept_whole(store: Store) -> None:
    kept = unit(
        seen=key("event"),
        chat=opens("anna", b"one"),
        drafts=(answer("c", "A1", b"a1"),),
        codes=(CodeChange(lookup=tag("code"), row=code_row()),),
        letters=(letter("hello", "anna", b"hi"),),
        traces=(trace("anna", b"4711"),),
        timers=(timer("anna", "pause", 100),),
    )
    assert await store.commit(kept) is COMMITTED
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    [draft] = await store.drafts(case("c"))
    assert (draft.slot, draft.part, draft.day, draft.sealed) == (slot("A1"), 0, DAY, b"a1")
    assert await store.code(tag("code")) == code_row()
    [waiting] = await store.letters()
    assert (waiting.key, waiting.tag, waiting.sealed) == (key("hello"), tag("anna"), b"hi")
    [stands] = await store.traces(tag("anna"))
    assert (stands.day, stands.sealed) == (DAY, b"4711")
    [due] = await store.due(100)
    assert (due.tag, due.name, due.due, due.revision) == (tag("anna"), "pause", 100, 1)


async def test_nothing_is_there_before(store: Store) -> None:
    assert await store.chat(tag("anna")) is None
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.letters(tag("anna")) == ()
    assert await store.waiting() == ()
    assert await store.letter_count() == 0
    assert await store.traces(tag("anna")) == ()
    assert await store.mailed() == {}
    assert await store.troubles() == ()
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
        traces=(trace("anna"),),
    )
    assert await store.commit(again) is DUPLICATE
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.traces(tag("anna")) == ()
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
    await store.commit(unit(chat=opens("anna", b"one"), traces=(trace("anna", b"first"),)))
    [first] = await store.traces(tag("anna"))
    stale = unit(
        seen=key("event"),
        chat=change,
        drafts=(answer("c", "A1"),),
        letters=(letter("late", "anna"),),
        traces=(trace("anna", b"late"),),
        untraced=(first.number,),
        timers=(timer("anna", "pause", 100),),
    )
    assert await store.commit(stale) is STALE
    assert await store.chat(tag("anna")) == ChatRow(tag=tag("anna"), revision=1, state=b"one")
    assert await store.drafts(case("c")) == ()
    assert await store.letters() == ()
    assert await store.traces(tag("anna")) == (first,)
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


async def test_a_chat_that_ends_takes_its_timers_and_leaves_its_letters_and_traces(
    store: Store,
) -> None:
    await store.commit(
        unit(
            chat=opens("anna"),
            timers=(timer("anna", "pause", 1), timer("ben", "pause", 1)),
            letters=(letter("first", "anna"),),
            traces=(trace("anna", b"first"),),
        )
    )
    ending = unit(
        chat=ends("anna", 1),
        timers=(timer("anna", "other", 1), timer("ben", "other", 1)),
        letters=(letter("goodbye", "anna"),),
        traces=(trace("anna", b"goodbye"),),
    )
    assert await store.commit(ending) is COMMITTED
    assert await store.chat(tag("anna")) is None
    assert [(row.tag, row.name) for row in await store.due(9)] == [
        (tag("ben"), "other"),
        (tag("ben"), "pause"),
    ]
    assert await names(store) == [key("first"), key("goodbye")]
    assert await stand(store, "anna") == [b"first", b"goodbye"]


async def test_a_chat_can_begin_again_after_it_ended(store: Store) -> None:
    await store.commit(unit(chat=opens("anna")))
    await store.commit(unit(chat=ends("anna", 1)))
    assert await store.commit(unit(chat=opens("anna", b"new"))) is COMMITTED


async def test_a_chat_moves_with_its_timers_letters_and_traces(store: Store) -> None:
    await store.commit(
        unit(
            chat=opens("may"),
            timers=(timer("may", "pause", 1), timer("june", "stray", 1)),
            letters=(letter("first", "may", b"hi"),),
            traces=(trace("may", b"one"), trace("august", b"other"), trace("may", b"two")),
        )
    )
    before = await store.traces(tag("may"))
    moving = ChatChange(
        tag=tag("june"), expected=1, state=b"moved", revision=2, moved_from=tag("may")
    )
    step = unit(chat=moving, timers=(timer("june", "new", 2),), traces=(trace("june", b"new"),))
    assert await store.commit(step) is COMMITTED
    assert await store.chat(tag("may")) is None
    assert await store.chat(tag("june")) == ChatRow(tag=tag("june"), revision=2, state=b"moved")
    assert [(row.tag, row.name) for row in await store.due(9)] == [
        (tag("june"), "pause"),
        (tag("june"), "new"),
    ]
    assert [(row.tag, row.sealed) for row in await store.letters()] == [(tag("june"), b"hi")]
    assert await store.waiting() == (tag("june"),)
    assert await store.traces(tag("may")) == ()
    assert (await store.traces(tag("june")))[:2] == before
    assert await stand(store, "june") == [b"one", b"two", b"new"]
    assert await stand(store, "august") == [b"other"]


async def test_a_draft_that_goes_to_another_chat_leaves_letters_and_traces_behind(
    store: Store,
) -> None:
    await store.commit(
        unit(
            chat=opens("old"),
            letters=(letter("first", "old", b"letter"),),
            traces=(trace("old", b"trace"),),
            timers=(timer("old", "expiry", 9),),
        )
    )
    moving = ChatChange(
        tag=tag("new"),
        expected=1,
        state=b"y",
        revision=2,
        moved_from=tag("old"),
        apart=case("draft"),
    )
    assert await store.commit(unit(chat=moving)) is COMMITTED
    assert [row.sealed for row in await store.letters(tag("old"))] == [b"letter"]
    assert [row.sealed for row in await store.traces(tag("old"))] == [b"trace"]
    assert await store.letters(tag("new")) == ()
    assert await store.traces(tag("new")) == ()
    assert [timer.tag for timer in await store.due(9)] == [tag("new")]


async def test_chats_are_read_in_the_order_of_their_tags(store: Store) -> None:
    tags = sorted(tag(f"{number}") for number in range(7))
    for one in reversed(tags):
        await store.commit(unit(chat=ChatChange(tag=one, expected=0, state=one, revision=3)))
    assert [row.tag for row in await store.chats(100)] == tags
    first = await store.chats(3)
    assert [(row.tag, row.state, row.revision) for row in first] == [(t, t, 3) for t in tags[:3]]
    assert [row.tag for row in await store.chats(100, after=first[-1].tag)] == tags[3:]
    assert await store.chats(100, after=tags[-1]) == ()


async def test_a_chat_does_not_move_onto_another(store: Store) -> None:
    await store.commit(unit(chat=opens("may"), traces=(trace("may"),)))
    await store.commit(unit(chat=opens("june", b"june")))
    moving = ChatChange(tag=tag("june"), expected=1, state=b"x", revision=2, moved_from=tag("may"))
    assert await store.commit(unit(chat=moving)) is STALE
    chat = await store.chat(tag("june"))
    assert chat is not None
    assert chat.state == b"june"
    assert await stand(store, "may") == [b"trace"]
    assert await stand(store, "june") == []


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


# --- letters, traces, timers, codes, keys -------------------------------------------------------


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


async def test_each_chat_has_letters_of_its_own(store: Store) -> None:
    for number, name in enumerate(["anna", "ben", "anna", "anna"]):
        await store.commit(unit(letters=(letter(f"l{number}", name),)))
    assert [row.key for row in await store.letters(tag("anna"))] == [
        key("l0"),
        key("l2"),
        key("l3"),
    ]
    assert [row.key for row in await store.letters(tag("anna"), 2)] == [key("l0"), key("l2")]
    assert [row.key for row in await store.letters(tag("ben"))] == [key("l1")]
    assert await store.letters(tag("nobody")) == ()
    assert await store.letter_count() == 4


async def test_chats_wait_in_the_order_of_their_oldest_letters(store: Store) -> None:
    for number, name in enumerate(["zoe", "anna", "ben", "zoe", "anna"]):
        await store.commit(unit(letters=(letter(f"l{number}", name),)))
    assert await store.waiting() == (tag("zoe"), tag("anna"), tag("ben"))
    assert await store.waiting(limit=2) == (tag("zoe"), tag("anna"))
    await store.commit(unit(letters=(letter("l0", "zoe", b"in its place"),)))
    assert (await store.waiting())[0] == tag("zoe")
    await store.commit(unit(sent=(key("l0"), key("l2"))))
    assert await store.waiting() == (tag("anna"), tag("zoe"))
    assert await store.letter_count() == 3


async def test_messages_that_stand_in_a_chat_are_known_until_they_are_removed(store: Store) -> None:
    await store.commit(unit(traces=(trace("anna", b"1"), trace("ben", b"2"))))
    await store.commit(unit(traces=(trace("anna", b"3", DAY - timedelta(days=1)),)))
    first, second = await store.traces(tag("anna"))
    assert (first.sealed, second.sealed, second.day) == (b"1", b"3", DAY - timedelta(days=1))
    assert first.number < second.number
    assert await store.traces(tag("anna"), limit=1) == (first,)
    await store.commit(unit(untraced=(first.number,), traces=(trace("anna", b"4"),)))
    assert await stand(store, "anna") == [b"3", b"4"]
    assert await stand(store, "ben") == [b"2"]
    assert await store.commit(unit(untraced=(first.number, 2**40))) is COMMITTED  # no trouble
    assert await stand(store, "anna") == [b"3", b"4"]


async def test_the_number_of_a_trace_is_never_given_twice(store: Store) -> None:
    """Or whoever takes theirs back late would take a stranger's."""
    given: list[int] = []
    for _ in range(3):
        await store.commit(unit(traces=(trace("anna"), trace("anna"))))
        numbers = [row.number for row in await store.traces(tag("anna"))]
        given += numbers
        await store.commit(unit(untraced=tuple(numbers)))
    assert given == sorted(set(given))


async def test_timers_of_the_line_are_due_though_there_is_no_chat(store: Store) -> None:
    alarm = TimerChange(tag=LINE, name="digest", due=10, revision=0)
    await store.commit(unit(timers=(alarm,), chat=opens("anna")))
    await store.commit(unit(chat=ends("anna", 1)))
    [due] = await store.due(10)
    assert (due.tag, due.name, due.due, due.revision) == (LINE, "digest", 10, 0)


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


# --- the line's own work ------------------------------------------------------------------------


async def test_each_recipient_has_the_number_of_their_last_digest(store: Store) -> None:
    await store.keep_mailed(key("anna"), 1)
    await store.keep_mailed(key("ben"), 2)
    await store.keep_mailed(key("anna"), 2**40)
    assert await store.mailed() == {key("anna"): 2**40, key("ben"): 2}
    for _ in range(2):
        await store.drop_mailed(key("anna"))
    assert await store.mailed() == {key("ben"): 2}


async def test_a_trouble_counts_from_its_first_day_until_it_is_over(store: Store) -> None:
    later = DAY + timedelta(days=2)
    await store.trouble("mail-2", DAY)
    await store.trouble("digest-folder", DAY)
    await store.trouble("mail-2", DAY)
    await store.trouble("mail-2", later)
    other = Trouble(code="digest-folder", since=DAY, last=DAY, count=1)
    assert await store.troubles() == (
        other,
        Trouble(code="mail-2", since=DAY, last=later, count=3),
    )
    for _ in range(2):
        await store.settle("mail-2")
    assert await store.troubles() == (other,)
    await store.trouble("mail-2", later)
    assert (await store.troubles())[1] == Trouble(code="mail-2", since=later, last=later, count=1)


async def test_troubles_are_in_the_order_of_their_letters_everywhere(store: Store) -> None:
    codes = ["mail-10", "mail-2", "a" * 40, "Mail", "digest-folder", "mail"]
    for code in codes:
        await store.trouble(code, DAY)
    assert [trouble.code for trouble in await store.troubles()] == sorted(codes)


async def test_no_trouble_is_lost_when_many_come_together(store: Store) -> None:
    await asyncio.gather(*(store.trouble("mail-2", DAY) for _ in range(8)))
    [trouble] = await store.troubles()
    assert trouble.count == 8


# --- the store itself ---------------------------------------------------------------------------


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreClosed):
        await store.commit(unit())
    with pytest.raises(StoreClosed):
        await store.chat(tag("anna"))
    with pytest.raises(StoreClosed):
        await store.letters()
    with pytest.raises(StoreClosed):
        await store.traces(tag("anna"))
    with pytest.raises(StoreClosed):
        await store.trouble("mail-2", DAY)


async def test_what_is_kept_is_there_when_it_is_opened_again(
    kind: str, where: Path | str, store: Store
) -> None:
    if kind == "memory":
        pytest.skip("the one in memory outlives nothing")
    await store.commit(
        unit(
            seen=key("event"),
            chat=opens("anna", b"one"),
            entries=(entry("c"),),
            traces=(trace("anna"),),
        )
    )
    await store.keep_mailed(key("ben"), 3)
    await store.trouble("mail-2", DAY)
    await store.close()
    again = open_kind(kind, where)
    assert await again.commit(unit(seen=key("event"))) is DUPLICATE
    chat = await again.chat(tag("anna"))
    assert chat is not None
    assert chat.state == b"one"
    assert len(await again.journal(case("c"))) == 1
    assert await stand(again, "anna") == [b"trace"]
    assert await again.mailed() == {key("ben"): 3}
    assert [trouble.code for trouble in await again.troubles()] == ["mail-2"]
    await again.close()
