"""Bundles: everything that staff may have, as of one moment, readable with stock tools."""

import asyncio
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import bundle
from storage.bundle import Heads, Witness
from storage.chain import START, heads_value, verify_chain
from storage.errors import BadSignature, StorageError, WrongBundle
from storage.rows import Head, JournalRow
from storage.signature import verify
from tests.office import TODAY
from tests.served import Desk, Served, case_id


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    made = Served(tmp_path)
    case = await made.send(1)
    await made.digest()
    await made.add_to(case)
    await made.send(2)
    await made.digest(days=1)
    await made.send(3)
    return made


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        found = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
        return found


async def test_it_holds_the_line_the_heads_and_every_entry_in_order(served: Served) -> None:
    made = await served.bundle()
    assert (made.path.name, made.cases, made.entries) == ("bundle-000001.tar", 3, 4)
    inside = contents(made.path)
    cases = sorted(case_id(number).hex() for number in (1, 2, 3))
    entries = [
        f"journal/{case}/{n:06d}"
        for case in cases
        for n in range(2 if case == case_id(1).hex() else 1)
    ]
    keys = sorted(key.id for key in served.office.line.reading_keys)
    assert list(inside) == [
        "line/line.toml",
        "line/line.toml.sig",
        *(f"line/keys/{key}.age" for key in keys),
        "heads.json",
        "tombstones.json",
        "outcomes.json",
        *(f"{name}{ending}" for name in entries for ending in (".age", ".json")),
    ]
    assert inside["line/line.toml"] == (served.office.line_folder / "line.toml").read_bytes()


async def test_its_journals_hold_together_by_the_servers_key_alone(served: Served) -> None:
    inside = contents((await served.bundle()).path)
    identity = served.credentials.identity.public
    rows = [
        bundle.decode_row(
            inside[f"journal/{case_id(1).hex()}/{n:06d}.json"],
            inside[f"journal/{case_id(1).hex()}/{n:06d}.age"],
        )
        for n in range(2)
    ]
    head = verify_chain(rows, identity.verify_bytes)
    assert head.position == 1


async def test_its_heads_tell_what_each_digest_has_witnessed(served: Served) -> None:
    inside = contents((await served.bundle()).path)
    heads = bundle.decode_heads(inside["heads.json"])
    assert heads.day == TODAY
    first, second = heads.witnesses
    recorded = await served.store.digests()
    assert [first.heads, second.heads] == [row.heads for row in recorded]
    assert [head.case for head in first.changed] == [case_id(1)]
    assert {head.case for head in second.changed} == {case_id(1), case_id(2)}


async def test_the_whole_file_is_signed(served: Served) -> None:
    made = await served.bundle()
    signature = made.path.with_name("bundle-000001.tar.sig").read_text()
    identity = served.credentials.identity.public
    data = made.path.read_bytes()
    verify(data, signature, "quietline-bundle@v1", [identity])
    with pytest.raises(BadSignature):
        verify(data[:-1], signature, "quietline-bundle@v1", [identity])


async def test_bundles_are_numbered_and_leave_nothing_half_written(served: Served) -> None:
    names = [(await served.bundle()).path.name for _ in range(2)]
    assert names == ["bundle-000001.tar", "bundle-000002.tar"]
    assert not [path.name for path in served.drop.iterdir() if path.name.startswith(".")]
    (served.office.line_folder / "line.toml").unlink()
    with pytest.raises(StorageError):
        await served.bundle()
    assert len(list(served.drop.glob("*bundle*"))) == 4


async def test_two_at_once_make_two_bundles(served: Served) -> None:
    made = await asyncio.gather(*(served.bundle() for _ in range(3)))
    assert sorted(one.path.name for one in made) == [f"bundle-00000{n}.tar" for n in (1, 2, 3)]
    desk = Desk(served)
    assert [len(desk.take_bundle(one.path).cases) for one in made] == [3, 0, 0]


async def test_an_empty_line_makes_a_bundle_too(tmp_path: Path) -> None:
    made = await Served(tmp_path).bundle()
    assert (made.cases, made.entries) == (0, 0)
    assert bundle.decode_heads(contents(made.path)["heads.json"]).witnesses == ()


# --- formats ---------------------------------------------------------------------------------

HASHES = st.binary(min_size=32, max_size=32)
ROWS = st.builds(
    JournalRow,
    case=st.binary(min_size=16, max_size=16),
    position=st.integers(0, 999_999),
    previous=HASHES,
    hash=HASHES,
    chain=HASHES,
    signature=st.binary(min_size=64, max_size=64),
    key=st.just("2026Q4.1-general"),
    day=st.dates(),
    sealed=st.binary(max_size=9),
)
HEADS = st.builds(
    Head, case=st.binary(min_size=16, max_size=16), position=st.integers(0, 99), chain=HASHES
)


@given(ROWS)
def test_what_the_server_says_of_an_entry_comes_back(row: JournalRow) -> None:
    assert bundle.decode_row(bundle.encode_row(row), row.sealed) == row


@given(st.lists(st.lists(HEADS, max_size=3, unique_by=lambda head: head.case), max_size=4))
def test_heads_come_back_and_are_one_chain(listed: list[list[Head]]) -> None:
    witnesses, previous = [], START
    for number, changed in enumerate(listed, 1):
        previous = heads_value(previous, changed)
        witnesses.append(Witness(number=number, heads=previous, changed=tuple(sorted(changed))))
    heads = Heads(day=TODAY, witnesses=tuple(witnesses))
    assert bundle.decode_heads(bundle.encode_heads(heads)) == heads
    for left_out in range(len(witnesses)):
        torn = Heads(day=TODAY, witnesses=tuple(witnesses[:left_out] + witnesses[left_out + 1 :]))
        if torn.witnesses and left_out < len(torn.witnesses):
            with pytest.raises(WrongBundle):
                bundle.decode_heads(bundle.encode_heads(torn))


def test_heads_with_an_entry_changed_are_refused() -> None:
    head = Head(case=bytes(16), position=0, chain=bytes(32))
    good = Heads(
        day=TODAY, witnesses=(Witness(number=1, heads=heads_value(START, [head]), changed=(head,)),)
    )
    data = json.loads(bundle.encode_heads(good))
    data["digests"][0]["changed"][0]["position"] = 1
    with pytest.raises(WrongBundle, match="digest 1"):
        bundle.decode_heads(json.dumps(data).encode())


@given(st.binary(max_size=200))
def test_noise_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(StorageError):
        bundle.decode_heads(data)
    with pytest.raises(StorageError):
        bundle.decode_row(data, b"")
