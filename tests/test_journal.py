"""A journal is what the server made, or it is noticed: changed, short, re-ordered, forked, foreign."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.chain import (
    START,
    chain_value,
    heads_value,
    origin_of,
    signed_bytes,
    verify_chain,
)
from storage.errors import (
    EntryAltered,
    EntryMisplaced,
    EntryMissing,
    ForeignEntry,
    JournalError,
    JournalForked,
)
from storage.memory import MemoryStore
from storage.rows import Head, JournalRow, Origin
from storage.signature import SigningKey
from storage.store import open_store
from storage.unit import Store
from tests.stores import case, entry, sign, unit, verify

SERVER = SigningKey.from_seed(bytes(32))


async def journal_of(store: Store, name: str, *entries: bytes) -> tuple[JournalRow, ...]:
    for sealed in entries:
        await store.commit(unit(entries=(entry(name, sealed),)))
    return await store.journal(case(name))


@pytest.fixture
async def rows() -> tuple[JournalRow, ...]:
    return await journal_of(MemoryStore(sign), "c", b"zero", b"one", b"two", b"three")


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path / "quietline.db", SERVER.sign_bytes)
    yield store
    await store.close()


def head(row: JournalRow) -> Head:
    return Head(case=row.case, position=row.position, chain=row.chain)


async def test_a_journal_is_signed_and_chained_as_it_is_appended(sqlite: Store) -> None:
    both = unit(entries=(entry("c", b"one"), entry("d", b"other"), entry("c", b"two")))
    await sqlite.commit(unit(entries=(entry("c", b"zero"),)))
    await sqlite.commit(both)
    rows = await journal_of(sqlite, "c", b"three")
    assert [row.sealed for row in rows] == [b"zero", b"one", b"two", b"three"]
    assert [row.position for row in rows] == [0, 1, 2, 3]
    assert verify_chain(rows, SERVER.public.verify_bytes) == head(rows[3])
    assert len(await sqlite.journal(case("d"))) == 1


async def test_the_values_are_those_that_are_published(rows: tuple[JournalRow, ...]) -> None:
    digest = sha256(b"zero").digest()
    chain = sha256(
        b"quietline/chain/v1\0" + bytes(32) + bytes(8) + digest + (4).to_bytes(8)
    ).digest()
    assert (rows[0].previous, rows[0].hash, rows[0].chain) == (START, digest, chain)
    said = b"quietline/journal/v1\0" + case("c") + (1).to_bytes(8) + chain + rows[1].chain
    assert rows[1].signature == sign(said)


async def test_how_an_entry_came_is_in_its_chain_value_as_it_is_published(sqlite: Store) -> None:
    sent = replace(entry("c", b"one"), origin=Origin.PACKET)
    await sqlite.commit(unit(entries=(entry("c", b"zero"), sent, entry("c", b"two"))))
    rows = await sqlite.journal(case("c"))
    assert verify_chain(rows, SERVER.public.verify_bytes) == head(rows[2])
    assert [origin_of(row) for row in rows] == [Origin.LINE, Origin.PACKET, Origin.LINE]
    place = rows[0].chain + (1).to_bytes(8) + sha256(b"one").digest() + (3).to_bytes(8)
    assert rows[1].chain == sha256(b"quietline/packet-chain/v1\0" + place).digest()


async def test_a_server_cannot_say_otherwise_later_how_an_entry_came() -> None:
    """Whoever has seen the head of what staff sent notices it offered as a person's."""
    told = []
    for origin in (Origin.PACKET, Origin.LINE):
        store = MemoryStore(sign)
        await store.commit(unit(entries=(entry("c", b"zero"),)))
        await store.commit(unit(entries=(replace(entry("c", b"one"), origin=origin),)))
        told.append(await store.journal(case("c")))
    staff, person = told
    assert verify_chain(person, verify) == head(person[1])
    with pytest.raises(JournalForked, match="position 1 "):
        verify_chain(person, verify, known=[head(staff[1])])


async def test_a_journal_continues_the_head_that_was_seen(rows: tuple[JournalRow, ...]) -> None:
    assert verify_chain(rows, verify, known=map(head, rows)) == head(rows[-1])


@pytest.mark.parametrize(
    "change",
    [
        {"sealed": b"else"},
        {"hash": bytes(32)},
        {"chain": bytes(32)},
        {"previous": bytes(32)},
        {"sealed": b"else", "hash": sha256(b"else").digest()},
    ],
    ids=["sealed", "hash", "chain", "previous", "sealed-and-hash"],
)
@pytest.mark.parametrize("position", [1, 3])
async def test_a_changed_entry_is_noticed(
    rows: tuple[JournalRow, ...], position: int, change: dict[str, bytes]
) -> None:
    changed = list(rows)
    changed[position] = replace(changed[position], **change)  # type: ignore[arg-type]
    with pytest.raises(EntryAltered, match=f"position {position} "):
        verify_chain(changed, verify)


async def test_an_entry_chained_anew_by_another_is_noticed(rows: tuple[JournalRow, ...]) -> None:
    digest = sha256(b"else").digest()
    chain = chain_value(rows[2].chain, 3, digest, 4)
    forged = replace(rows[3], sealed=b"else", hash=digest, chain=chain)
    with pytest.raises(ForeignEntry, match="position 3 "):
        verify_chain([*rows[:3], forged], verify)


async def test_a_signature_is_of_one_case_only(rows: tuple[JournalRow, ...]) -> None:
    with pytest.raises(ForeignEntry):
        verify_chain([replace(row, case=case("d")) for row in rows], verify)


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_an_entry_taken_out_is_noticed(rows: tuple[JournalRow, ...], position: int) -> None:
    with pytest.raises(EntryMissing, match=f"position {position}:"):
        verify_chain(rows[:position] + rows[position + 1 :], verify)


async def test_a_last_entry_taken_out_is_noticed_by_who_saw_it(
    rows: tuple[JournalRow, ...],
) -> None:
    assert verify_chain(rows[:3], verify) == head(rows[2])
    with pytest.raises(EntryMissing, match="position 3:"):
        verify_chain(rows[:3], verify, known=[head(rows[3])])


def test_no_journal_at_all_is_noticed() -> None:
    with pytest.raises(EntryMissing):
        verify_chain([], verify)


async def test_entries_in_another_order_are_noticed(rows: tuple[JournalRow, ...]) -> None:
    zero, one, two, three = rows
    for order in ([one, zero, two, three], [zero, two, one, three], [zero, one, three, two]):
        with pytest.raises((EntryMissing, EntryMisplaced)):
            verify_chain(order, verify)


async def test_an_entry_that_stands_twice_is_noticed(rows: tuple[JournalRow, ...]) -> None:
    with pytest.raises(EntryMisplaced, match="position 1 "):
        verify_chain([*rows[:2], *rows[1:]], verify)


async def test_an_entry_of_another_case_is_noticed(rows: tuple[JournalRow, ...]) -> None:
    other = await journal_of(MemoryStore(sign), "d", b"zero", b"one", b"two", b"three")
    with pytest.raises(EntryMisplaced, match="position 2 "):
        verify_chain([*rows[:2], other[2], rows[3]], verify)


async def test_a_fork_is_noticed_by_who_saw_the_other_branch(
    rows: tuple[JournalRow, ...],
) -> None:
    branch = await journal_of(MemoryStore(sign), "c", b"zero", b"one", b"TWO", b"three")
    assert verify_chain(branch, verify, known=[head(rows[1])]) == head(branch[3])
    for position in (2, 3):
        with pytest.raises(JournalForked, match=f"position {position} "):
            verify_chain(branch, verify, known=[head(rows[position])])


async def test_a_head_of_another_case_does_not_fit(rows: tuple[JournalRow, ...]) -> None:
    with pytest.raises(JournalForked):
        verify_chain(rows, verify, known=[replace(head(rows[1]), case=case("d"))])


@given(st.data())
async def test_nothing_can_be_changed_unnoticed(data: st.DataObject) -> None:
    store = MemoryStore(sign)
    rows = list(await journal_of(store, "c", b"zero", b"one", b"two"))
    known = head(rows[-1])
    position = data.draw(st.integers(0, 2))
    field = data.draw(st.sampled_from(["case", "previous", "hash", "chain", "signature", "sealed"]))
    value = bytearray(getattr(rows[position], field))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    rows[position] = replace(rows[position], **{field: bytes(value)})  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        verify_chain(rows, verify, known=[known])


# --- heads --------------------------------------------------------------------------------------


def a_head(name: str, position: int = 0) -> Head:
    return Head(case=case(name), position=position, chain=sha256(name.encode()).digest())


def test_the_hash_of_heads_is_the_one_that_is_published() -> None:
    one = a_head("a", 7)
    assert (
        heads_value(START, [one])
        == sha256(bytes(32) + one.case + (7).to_bytes(8) + one.chain).digest()
    )
    assert heads_value(bytes(32), []) == sha256(bytes(32)).digest()


def test_the_hash_of_heads_is_one_whatever_their_order() -> None:
    heads = [a_head("b", 1), a_head("a", 2), a_head("c")]
    assert heads_value(START, heads) == heads_value(START, reversed(heads))


def test_the_hash_of_heads_depends_on_each() -> None:
    values = {
        heads_value(START, []),
        heads_value(START, [a_head("a")]),
        heads_value(START, [a_head("a", 1)]),
        heads_value(START, [a_head("b")]),
        heads_value(START, [a_head("a"), a_head("b")]),
        heads_value(sha256().digest(), [a_head("a")]),
    }
    assert len(values) == 6


def test_what_is_signed_names_the_case_and_the_place() -> None:
    said = {
        signed_bytes(case(name), position, previous, chain)
        for name in "ab"
        for position in (0, 1)
        for previous in (bytes(32), b"p" * 32)
        for chain in (bytes(32), b"c" * 32)
    }
    assert len(said) == 16
