"""Every store keeps what staff ask for alike: packets in order, replies once, erased means erased.

Run on the store in memory, on SQLite and on PostgreSQL.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.chain import origin_of, verify_chain
from storage.rows import BlobState, Origin
from storage.standing import (
    PERSON,
    RETENTION,
    RETENTION_TOLD,
    STAFF,
    Answered,
    Erased,
    Leaving,
    OutcomeChange,
    PacketRow,
    ReplyChange,
    ReplyRow,
    Standing,
    StandingChange,
)
from storage.unit import Outcome, Store
from tests.stores import (
    DAY,
    a_fetch,
    arrives,
    case,
    empty,
    entry,
    index,
    open_kind,
    starts,
    tag,
    unit,
    verify,
)

DEVICE, OTHER = b"device-1", b"device-2"


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
    store = open_kind(kind, server if kind == "postgres" else tmp_path / "quietline.db")
    yield store
    await store.close()


def a_packet(sequence: int, device: bytes = DEVICE, of: str = "c") -> PacketRow:
    return PacketRow(
        device=device,
        sequence=sequence,
        case=case(of),
        author="tenzin",
        sha256=bytes(32),
        kind="append",
        outcome="taken",
        day=DAY,
    )


def a_reply(name: str, of: str = "c", *, attempting: bool = False) -> ReplyRow:
    return ReplyRow(
        id=case(name),
        case=case(of),
        tag=tag("chat"),
        device=DEVICE,
        sequence=1,
        day=DAY,
        attempting=attempting,
        sealed=b"sealed reply",
    )


def leaves(of: str, revision: int = 1) -> StandingChange:
    row = Standing(
        case=case(of), revision=revision, leaving=Leaving.LEAVES, asked=DAY, due=1_800_000_000
    )
    return StandingChange(row=replace(row, by=PERSON))


# --- packets -----------------------------------------------------------------------------------


async def test_a_packet_is_taken_once_and_in_its_order(store: Store) -> None:
    assert await store.commit(unit(packets=(a_packet(2),))) is Outcome.STALE
    assert await store.commit(unit(packets=(a_packet(1),))) is Outcome.COMMITTED
    assert await store.commit(unit(packets=(a_packet(1),))) is Outcome.DUPLICATE
    assert await store.commit(unit(packets=(a_packet(3),))) is Outcome.STALE
    assert await store.commit(unit(packets=(a_packet(1, OTHER),))) is Outcome.COMMITTED
    assert await store.commit(unit(packets=(a_packet(2),))) is Outcome.COMMITTED
    assert await store.packets() == (a_packet(1), a_packet(1, OTHER), a_packet(2))
    last = (await store.packets())[1].number
    assert await store.packets(last) == (a_packet(2),)
    assert await store.last_packet(DEVICE) == a_packet(2)
    assert await store.packet(OTHER, 1) == a_packet(1, OTHER)
    assert await store.last_packet(b"nobody's") is None


async def test_a_refused_unit_has_changed_nothing(store: Store) -> None:
    await store.commit(unit(packets=(a_packet(1),)))
    both = unit(packets=(a_packet(1),), entries=(entry("c"),), replies=(new(a_reply("r")),))
    assert await store.commit(both) is Outcome.DUPLICATE
    assert await store.journal(case("c")) == ()
    assert await store.replies() == ()


async def test_an_outcome_changes(store: Store) -> None:
    change = OutcomeChange(device=DEVICE, sequence=1, outcome="sent")
    assert await store.commit(unit(outcomes=(change,))) is Outcome.STALE
    await store.commit(unit(packets=(a_packet(1),)))
    assert await store.commit(unit(outcomes=(change,))) is Outcome.COMMITTED
    found = await store.packet(DEVICE, 1)
    assert found is not None
    assert found.outcome == "sent"


# --- replies -----------------------------------------------------------------------------------


def new(row: ReplyRow) -> ReplyChange:
    return ReplyChange(id=row.id, row=row, expected=None)


async def test_a_reply_is_attempted_by_one_alone(store: Store) -> None:
    tried = a_reply("r", attempting=True)
    attempt = ReplyChange(id=tried.id, row=tried, expected=False)
    done = ReplyChange(id=tried.id, row=None, expected=True)
    assert await store.commit(unit(replies=(attempt,))) is Outcome.STALE
    assert await store.commit(unit(replies=(new(a_reply("r")),))) is Outcome.COMMITTED
    assert await store.commit(unit(replies=(new(a_reply("r")),))) is Outcome.STALE
    assert await store.commit(unit(replies=(done,))) is Outcome.STALE
    assert await store.commit(unit(replies=(attempt,))) is Outcome.COMMITTED
    assert await store.commit(unit(replies=(attempt,))) is Outcome.STALE
    assert [one.attempting for one in await store.replies()] == [True]
    assert await store.reply(tried.id) == tried
    assert await store.commit(unit(replies=(done,))) is Outcome.COMMITTED
    assert await store.replies() == ()


@pytest.mark.parametrize("attempted", [True, False])
async def test_a_reply_is_taken_back_whole_or_not_at_all(store: Store, attempted: bool) -> None:
    row = replace(a_reply("r"), sequence=1)
    waits = replace(a_packet(1), kind="deliver", outcome="waiting")
    await store.commit(unit(packets=(waits,), replies=(new(row),), entries=(entry("c"),)))
    if attempted:
        tried = ReplyChange(id=row.id, row=replace(row, attempting=True), expected=False)
        await store.commit(unit(replies=(tried,)))
    back = unit(
        packets=(a_packet(2),),
        entries=(entry("c"), entry("c")),
        replies=(ReplyChange(id=row.id, row=None, expected=False),),
        outcomes=(OutcomeChange(device=DEVICE, sequence=1, outcome="taken-back"),),
    )
    expected = Outcome.STALE if attempted else Outcome.COMMITTED
    assert await store.commit(back) is expected
    first = await store.packet(DEVICE, 1)
    assert first is not None
    assert first.outcome == ("waiting" if attempted else "taken-back")
    assert len(await store.replies()) == int(attempted)
    assert len(await store.journal(case("c"))) == (1 if attempted else 3)
    assert (await store.packet(DEVICE, 2) is None) is attempted


async def test_replies_come_in_the_order_in_which_staff_asked(store: Store) -> None:
    rows = [replace(a_reply(f"r{number}"), sequence=number) for number in range(1, 8)]
    for row in rows:
        await store.commit(unit(packets=(a_packet(row.sequence),), replies=(new(row),)))
    assert [one.id for one in await store.replies()] == [row.id for row in rows]
    assert [one.case for one in await store.replies()] == [case("c")] * 7
    assert await store.reply(case("another")) is None


# --- standings ---------------------------------------------------------------------------------


async def test_a_standing_changes_step_by_step(store: Store) -> None:
    first = Standing(case=case("c"), revision=1, opened=True)
    assert await store.standing(case("c")) is None
    assert await store.commit(unit(standings=(StandingChange(row=first),))) is Outcome.COMMITTED
    assert await store.commit(unit(standings=(StandingChange(row=first),))) is Outcome.STALE
    second = replace(first, revision=2, answered=Answered.PERHAPS, keep_until=DAY)
    assert await store.commit(unit(standings=(StandingChange(row=second),))) is Outcome.COMMITTED
    assert await store.standing(case("c")) == second
    assert await store.leaving() == ()


async def test_a_case_that_leaves_is_in_no_view(store: Store) -> None:
    for of in "cd":
        await store.commit(unit(entries=(entry(of),), index=(index(of),)))
    await store.commit(unit(entries=(entry("c"),)))
    assert [(number, row.case) for number, row in await store.entries(0)] == [
        (1, case("c")),
        (2, case("d")),
        (3, case("c")),
    ]
    assert (await store.entries(2))[0][1].previous == (await store.journal(case("c")))[0].chain
    assert await store.commit(unit(standings=(leaves("c"),))) is Outcome.COMMITTED
    assert [row.case for _, row in await store.entries(0)] == [case("d")]
    assert [row.case for row in await store.index(0, 9)] == [case("d")]
    assert await store.index_count(0, 9) == 1
    assert await store.leaving() == (leaves("c").row,)


async def test_cases_gone_are_told_since_a_day(store: Store) -> None:
    for of, days, leaving in (
        ("c", 0, Leaving.LEAVES),
        ("d", 1, Leaving.GONE),
        ("e", 2, Leaving.GONE),
    ):
        row = replace(leaves(of).row, asked=DAY + timedelta(days=days), leaving=leaving)
        await store.commit(unit(standings=(StandingChange(row=row),)))
    stays = Standing(case=case("f"), revision=1)
    await store.commit(unit(standings=(StandingChange(row=stays),)))

    async def told(since: date) -> set[bytes]:
        return {row.case for row in await store.leaving(since)}

    assert await told(date.min) == {row.case for row in await store.leaving()}
    assert await told(DAY + timedelta(days=1)) == {case("c"), case("d"), case("e")}
    assert await told(DAY + timedelta(days=2)) == {case("c"), case("e")}
    assert await told(date.max) == {case("c")}


async def test_packets_of_a_device_come_in_order_above_a_number(store: Store) -> None:
    for sequence in range(1, 6):
        await store.commit(unit(packets=(a_packet(sequence, OTHER),)))
        await store.commit(unit(packets=(a_packet(sequence),)))
    assert await store.packets_of(DEVICE, 1, 2) == (a_packet(2), a_packet(3))
    assert await store.packets_of(DEVICE, 3) == (a_packet(4), a_packet(5))
    assert await store.packets_of(b"nobody's", 0) == ()


async def test_entries_come_page_by_page(store: Store) -> None:
    for of in "cdc":
        await store.commit(unit(entries=(entry(of),)))
    first = await store.entries(0, 2)
    rest = await store.entries(first[-1][0], 2)
    assert [row.case for _, row in (*first, *rest)] == [case("c"), case("d"), case("c")]


async def test_what_came_by_a_packet_is_told_apart_in_every_store(store: Store) -> None:
    sent = replace(entry("c", b"from staff"), origin=Origin.PACKET)
    await store.commit(unit(entries=(entry("c"), sent)))
    await store.commit(unit(entries=(entry("c", b"from the person"),)))
    by_pages = tuple(row for _, row in await store.entries(0))
    for rows in (await store.journal(case("c")), by_pages):
        verify_chain(rows, verify)
        assert [origin_of(row) for row in rows] == [Origin.LINE, Origin.PACKET, Origin.LINE]


async def test_cases_end_with_their_last_entry(store: Store) -> None:
    old = DAY - timedelta(days=9)
    for of, day in (("c", old), ("d", old), ("d", DAY), ("e", old), ("f", old)):
        await store.commit(unit(entries=(entry(of, day=day),)))
    await store.commit(unit(standings=(leaves("e"),)))
    assert await store.ended(old, DAY) == (case("c"), case("f"))
    assert await store.ended(old, DAY, 1) == (case("c"),)
    assert await store.ended(old - timedelta(days=1), DAY) == ()


async def test_what_is_kept_longer_hides_nothing_that_has_ended(store: Store) -> None:
    old = DAY - timedelta(days=9)
    for number in range(6):
        await store.commit(unit(entries=(entry(f"c{number}", day=old),)))
    *longer, over = sorted(case(f"c{number}") for number in range(6))
    for one in longer:
        row = Standing(case=one, revision=1, keep_until=DAY)
        await store.commit(unit(standings=(StandingChange(row=row),)))
    assert await store.ended(old, DAY, 1) == (over,)
    assert len(await store.ended(old, DAY + timedelta(days=1))) == 6


async def test_what_retention_asked_for_is_counted_by_its_day(store: Store) -> None:
    for of, by in (("c", RETENTION), ("d", RETENTION_TOLD), ("e", PERSON), ("f", STAFF)):
        change = leaves(of)
        await store.commit(unit(standings=(StandingChange(row=replace(change.row, by=by)),)))
    gone = replace(leaves("d", 2).row, by=RETENTION_TOLD, leaving=Leaving.GONE)
    await store.commit(unit(standings=(StandingChange(row=gone),)))
    assert await store.let_go(DAY) == 2
    assert await store.let_go(DAY + timedelta(days=1)) == 0


# --- erasing -----------------------------------------------------------------------------------


async def test_erasing_leaves_hashes_alone(store: Store) -> None:
    row = a_fetch("f", "c", blob="p")
    await store.commit(starts(row))
    await store.commit(arrives(row))
    await store.commit(
        unit(
            packets=(a_packet(1),),
            entries=(entry("c"), entry("c", b"more"), entry("d")),
            index=(index("c"), index("d")),
            replies=(new(a_reply("r")), new(a_reply("s", "d"))),
        )
    )
    heads = await store.changed(0, 9)
    assert await store.commit(unit(erase=(case("c"),))) is Outcome.COMMITTED
    assert [one.sealed for one in await store.journal(case("c"))] == [b"", b""]
    assert [one.sealed for one in await store.journal(case("d"))] == [b"package"]
    verify_chain(await store.journal(case("d")), verify)
    assert await store.changed(0, 9) == heads
    assert [one.case for one in await store.index(0, 9)] == [case("d")]
    assert [one.case for one in await store.replies()] == [case("d")]
    assert [one.state for one in await store.blobs(case("c"))] == [BlobState.DOOMED]
    assert (await store.totals()).cases == 2
    asked = await store.last_packet(DEVICE)
    assert asked is not None
    assert asked.case == bytes(16)


async def test_the_replies_of_an_erased_case_have_an_end(store: Store) -> None:
    rows = [
        replace(a_reply(f"r{sequence}", of, attempting=attempting), sequence=sequence)
        for sequence, of, attempting in ((1, "c", False), (2, "c", True), (3, "d", False))
    ]
    for row in rows:
        packet = a_packet(row.sequence, of="c" if row.sequence < 3 else "d")
        await store.commit(unit(packets=(packet,), replies=(new(row),)))
    await store.commit(unit(erase=(case("c"),)))
    assert [one.outcome for one in await store.packets()] == ["withdrawn", "unknown", "taken"]
    assert [one.id for one in await store.replies()] == [case("r3")]


async def test_desks_report_once(store: Store) -> None:
    report = Erased(case=case("c"), device=DEVICE, day=DAY)
    for _ in range(2):
        assert await store.commit(unit(erased=(report,))) is Outcome.COMMITTED
    await store.commit(unit(erased=(replace(report, device=OTHER),)))
    assert await store.erased(case("c")) == (DEVICE, OTHER)
    assert await store.erased(case("d")) == ()
