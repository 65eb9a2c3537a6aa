"""Digests: one size whatever came in, chained, never two of one number, nothing lost by a crash."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import NEXT, MadeDigest, make_digest
from bot.errors import DigestTaken
from desk.digests import open_digest
from storage import age, digest, entry
from storage.chain import START, heads_value
from storage.digest import CAPACITY, SIZE, Digest, Health
from storage.errors import (
    BadSignature,
    FieldError,
    NoReadingKey,
    StorageError,
    TooLong,
    WrongDigest,
)
from storage.memory import MemoryStore
from storage.rows import DigestRow
from storage.signature import verify
from tests.office import TODAY
from tests.served import Desk, Served, case_id


class Lost(Exception):
    """The power went."""


class FailingStore(MemoryStore):
    """A store whose machine may stop when a digest is to be recorded."""

    failing = False

    async def record_digest(self, row: DigestRow) -> None:
        if self.failing:
            raise Lost
        await super().record_digest(row)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    made = Served(tmp_path)
    made.store = FailingStore(made.credentials.identity.sign_bytes)
    return made


def files(served: Served) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(served.drop.iterdir())}


def opened(served: Served, path: Path) -> Digest:
    return open_digest(path.read_bytes(), Desk(served).reader).digest


# --- what it is like -------------------------------------------------------------------------


async def test_an_empty_and_a_full_digest_have_equal_size(served: Served) -> None:
    empty = await served.digest()
    for number in range(40):
        await served.send(number, told=())
    full = await served.digest(
        health=Health(waiting=9, failures=("telegram-403",) * 50, figures={"x": 1})
    )
    assert (empty.new, full.new, full.more) == (0, CAPACITY, 40 - CAPACITY)
    assert CAPACITY == 27
    sizes = {path.suffix: set[int]() for path in served.drop.iterdir()}
    for path in served.drop.iterdir():
        sizes[path.suffix].add(path.stat().st_size)
    assert sizes[".age"] == {age.sealed_size(SIZE)}
    assert len(sizes[".sig"]) == 1


async def test_what_did_not_fit_comes_with_the_next_digest_and_nothing_twice(
    served: Served,
) -> None:
    for number in range(60):
        await served.send(number, told=())
    told: list[bytes] = []
    for more in (33, 6, 0):
        made = await served.digest()
        assert made.more == more
        read = open_digest(made.path.read_bytes(), Desk(served).reader)
        told += [one.case for one in read.index]
    assert told == [case_id(number) for number in range(60)]


async def test_it_is_signed_and_sealed_to_the_general_key_of_the_day(served: Served) -> None:
    made = await served.digest()
    sealed, signature = made.path.read_bytes(), (served.drop / "digest-000001.age.sig").read_text()
    identity = served.credentials.identity.public
    assert verify(sealed, signature, "quietline-digest@v1", [identity]) == identity
    with pytest.raises(BadSignature):
        verify(sealed + b"\0", signature, "quietline-digest@v1", [identity])
    key = served.office.line.reading_key(TODAY, "general")
    assert len(age.open(sealed, [Desk(served).reader.keys[key.id]])) == SIZE


async def test_it_says_what_the_server_holds(served: Served) -> None:
    case = await served.send(1)
    await served.add_to(case)
    await served.send(2, urgency="U1")
    health = Health(waiting=3, failures=("signal-down",), figures={"disk_percent": 40, "key": "ok"})
    value = opened(served, (await served.digest(health=health)).path)
    assert (value.number, value.previous, value.day) == (1, "", TODAY)
    assert value.line == served.office.line.sha256
    assert (value.cases, value.entries, value.more, value.health) == (2, 3, 0, health)


async def test_digests_are_chained_by_hash_and_by_heads(served: Served) -> None:
    case = await served.send(1)
    first = await served.digest()
    nothing_new = await served.digest(days=1)
    await served.add_to(case)
    await served.send(2)
    third = await served.digest(days=2)
    heads = START
    previous, reached = "", 0
    for made in (first, nothing_new, third):
        value = opened(served, made.path)
        changed = await served.store.changed(reached, made.row.journal_sequence)
        heads, reached = heads_value(heads, changed), made.row.journal_sequence
        assert (value.previous, value.heads) == (previous, heads)
        previous = hashlib.sha256(made.path.read_bytes()).hexdigest()
        assert made.row.sha256.hex() == previous
    assert len(await served.store.changed(first.row.journal_sequence, reached)) == 2


async def test_old_entries_cost_a_digest_nothing(served: Served) -> None:
    for number in range(5):
        await served.send(number, told=())
    await served.digest()
    made = await served.digest(days=1)
    assert (made.new, made.more) == (0, 0)
    assert made.row.index_sequence == 5


async def test_a_day_without_a_key_makes_no_digest(served: Served) -> None:
    with pytest.raises(NoReadingKey):
        await served.digest(days=1000)
    assert await served.store.last_digest() is None


# --- when the power goes -----------------------------------------------------------------------


async def crashed(served: Served) -> Mapping[str, bytes]:
    """Make a digest and lose power before it is recorded; return what lies there."""
    assert isinstance(served.store, FailingStore)
    served.store.failing = True
    with pytest.raises(Lost):
        await served.digest()
    served.store.failing = False
    return files(served)


async def test_a_digest_that_staff_may_hold_is_finished_byte_for_byte(served: Served) -> None:
    await served.send(1)
    before = await crashed(served)
    assert set(before) == {NEXT, "digest-000001.age", "digest-000001.age.sig"}
    await served.send(2)
    made = await served.digest()
    assert (made.number, made.new) == (1, 1)
    assert files(served) == {name: data for name, data in before.items() if name != NEXT}
    assert await served.store.last_digest() == made.row
    second = await served.digest(days=1)
    assert [
        one.case for one in open_digest(second.path.read_bytes(), Desk(served).reader).index
    ] == [case_id(2)]


@pytest.mark.parametrize(
    "gone", [("digest-000001.age",), ("digest-000001.age", "digest-000001.age.sig")]
)
async def test_a_digest_that_was_not_laid_out_whole_is_laid_out(
    served: Served, gone: tuple[str, ...]
) -> None:
    before = await crashed(served)
    for name in gone:
        (served.drop / name).unlink()
    await served.digest()
    assert files(served) == {name: data for name, data in before.items() if name != NEXT}


async def test_a_crash_yesterday_costs_no_digest_today(served: Served) -> None:
    await crashed(served)
    made = await served.digest(days=1)
    assert made.number == 2
    assert made.row.day == TODAY + timedelta(days=1)
    assert [row.number for row in await served.store.digests()] == [1, 2]
    assert (
        opened(served, made.path).previous
        == hashlib.sha256((served.drop / "digest-000001.age").read_bytes()).hexdigest()
    )


async def test_a_hidden_file_that_was_recorded_already_is_not_taken_up_again(
    served: Served,
) -> None:
    left = (await crashed(served))[NEXT]
    await served.digest()
    (served.drop / NEXT).write_bytes(left)
    assert (await served.digest()).number == 2
    assert not (served.drop / NEXT).exists()


async def test_a_hidden_file_that_somebody_else_put_there_is_not_taken_up(served: Served) -> None:
    other = Served(served.drop.parent / "other", "eve")
    other.drop = served.drop
    other.store = FailingStore(other.credentials.identity.sign_bytes)
    await crashed(other)
    for path in served.drop.glob("digest-*"):
        path.unlink()
    made = await served.digest()
    assert made.row.sha256 == digest.sha256(made.path.read_bytes())
    assert Desk(served).take_digest(made.path).fresh


async def test_two_at_once_make_two_digests_that_continue_one_another(served: Served) -> None:
    await served.send(1)
    made = await asyncio.gather(*(served.digest() for _ in range(12)))
    assert sorted(one.number for one in made) == list(range(1, 13))
    desk = Desk(served)
    for number in range(1, 13):
        assert desk.take_digest(served.drop / digest.file_name(number)).fresh


async def test_an_old_database_does_not_replace_a_digest_that_staff_hold(served: Served) -> None:
    await served.digest()
    held = files(served)
    served.store = MemoryStore(served.credentials.identity.sign_bytes)
    with pytest.raises(DigestTaken, match=r"digest-000001\.age"):
        await served.digest()
    assert files(served) == held


async def test_a_folder_that_cannot_be_written_records_nothing(served: Served) -> None:
    served.drop.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="digests"):
        await served.digest()
    assert await served.store.last_digest() is None


# --- what is to be mailed ------------------------------------------------------------------------


async def mailed(served: Served, *, days: int = 0, day: date | None = None) -> MadeDigest:
    """Make a digest with a copy for the mail."""
    return await make_digest(
        served.store,
        line=served.office.line,
        identity=served.credentials.identity,
        folder=served.drop,
        outgoing=served.drop.parent / "outgoing",
        today=TODAY + timedelta(days=days),
        day=day,
    )


def copies(served: Served) -> Mapping[str, bytes]:
    folder = served.drop.parent / "outgoing"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def test_what_is_mailed_is_what_lies_in_the_drop_folder(served: Served) -> None:
    await served.send(1)
    made = await mailed(served)
    assert made.path == served.drop / "digest-000001.age"
    assert copies(served) == files(served)
    assert {path.stat().st_mode & 0o777 for path in (served.drop.parent / "outgoing").iterdir()} == {0o600}  # fmt: skip


@pytest.mark.parametrize("first", ["with a copy", "without one"])
async def test_a_digest_that_a_crash_left_behind_is_mailed_as_staff_hold_it(
    first: str, served: Served
) -> None:
    assert isinstance(served.store, FailingStore)
    served.store.failing = True
    with pytest.raises(Lost):
        await (mailed(served) if first == "with a copy" else served.digest())
    served.store.failing = False
    await served.send(1)
    await mailed(served)
    assert copies(served) == files(served)
    assert set(copies(served)) == {"digest-000001.age", "digest-000001.age.sig"}


async def test_a_copy_that_cannot_be_written_records_nothing(served: Served) -> None:
    (served.drop.parent / "outgoing").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="outgoing"):
        await mailed(served)
    assert await served.store.last_digest() is None
    (served.drop.parent / "outgoing").unlink()
    await mailed(served)
    assert copies(served) == files(served)


async def test_a_digest_is_of_its_own_day_and_sealed_to_the_key_of_today(served: Served) -> None:
    quarter_later = (date(2027, 1, 1) - TODAY).days
    made = await mailed(served, days=quarter_later, day=date(2026, 12, 31))
    assert made.row.day == opened(served, made.path).day == date(2026, 12, 31)
    key = served.office.line.reading_key(date(2027, 1, 1), "general")
    age.open(made.path.read_bytes(), [Desk(served).reader.keys[key.id]])


# --- the format --------------------------------------------------------------------------------


def value(**changes: object) -> Digest:
    fields: dict[str, object] = {
        "number": 2,
        "previous": "ab" * 32,
        "day": TODAY,
        "line": "cd" * 32,
        "heads": bytes(32),
        "cases": 1,
        "entries": 2,
        "more": 0,
    }
    return Digest(**{**fields, **changes})  # type: ignore[arg-type]


SEALED = st.binary(min_size=digest.ENTRY_BYTES, max_size=digest.ENTRY_BYTES)


@given(
    st.integers(2, 10**6),
    st.lists(SEALED, max_size=3),
    st.lists(st.from_regex(r"[a-z0-9-]{1,70}", fullmatch=True), max_size=30),
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,70}", fullmatch=True),
        st.integers(-(10**9), 10**9) | st.from_regex(r"[a-z]{1,70}", fullmatch=True),
        max_size=30,
    ),
)
def test_a_digest_comes_back_as_it_was_written(
    number: int, index: list[bytes], failures: list[str], figures: dict[str, int | str]
) -> None:
    health = digest.shortened(Health(waiting=1, failures=tuple(failures), figures=figures))
    given_digest = value(number=number, index=tuple(index), health=health)
    data = digest.encode(given_digest)
    assert len(data) == SIZE
    assert digest.decode(data) == given_digest


def test_the_longest_digest_has_room() -> None:
    health = Health(
        waiting=10**9,
        failures=("f" * 60,) * 20,
        figures={f"{n:02d}" + "n" * 58: "v" * 60 for n in range(20)},
    )
    full = value(index=(bytes(digest.ENTRY_BYTES),) * CAPACITY, health=health, number=10**6)
    assert digest.decode(digest.encode(full)) == full


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1},
        {"previous": ""},
        {"previous": "xy"},
        {"index": (b"short",)},
        {"index": (bytes(digest.ENTRY_BYTES),) * (CAPACITY + 1)},
        {"index": (bytes(digest.ENTRY_BYTES),) * 31},
        {"health": Health(failures=("two words",))},
        {"health": Health(figures={"two words": 1})},
        {"health": Health(figures={"x": "line\nbreak"})},
    ],
)
def test_what_a_desk_could_not_read_is_not_made(changes: dict[str, object]) -> None:
    with pytest.raises((WrongDigest, FieldError, TooLong)):
        digest.encode(value(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(SIZE),
        digest.encode(value())[:-1],
        digest.encode(value()) + b"\0",
        digest.encode(value())[:-1] + b"x",
        digest.encode(value()).replace(b'"new":0', b'"new":28')[:-1],
        digest.encode(value()).replace(b'"v":1', b'"v":2'),
        digest.encode(value()).replace(b'"entry_bytes":2171', b'"entry_bytes":2172'),
    ],
)
def test_a_plaintext_of_another_shape_is_refused(data: bytes) -> None:
    with pytest.raises(StorageError):
        digest.decode(data)


@given(st.binary(max_size=400))
def test_noise_is_refused_by_name(data: bytes) -> None:
    for whole in (data, data.ljust(SIZE, b"\0"), b"{}\n" + data.ljust(SIZE - 3, b"\0")):
        with pytest.raises(StorageError):
            digest.decode(whole)


async def test_index_entries_are_sealed_apart_and_hold_no_words(served: Served) -> None:
    await served.send(1)
    value_ = opened(served, (await served.digest()).path)
    (sealed,) = value_.index
    assert len(sealed) == digest.ENTRY_BYTES == 2171
    (key,) = [
        key for key_id, key in Desk(served).reader.keys.items() if key_id == "2026Q4.1-general"
    ]
    assert entry.decode_index(age.open(sealed, [key])) == served.index(1)
