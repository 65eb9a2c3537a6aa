"""The mirror: what may come in, and each way in which somebody could lie to a desk, by its name."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from desk.bundles import take as take_bundle
from desk.errors import (
    AlteredFile,
    ForeignFile,
    ForeignKeyFile,
    HeadsDisagree,
    MisnamedDigest,
    NoServerKeys,
    NoSignature,
    NotErased,
    OtherDigest,
    SealedToOthers,
    TornDigests,
    WithheldCase,
)
from desk.inbox import State, read_inbox
from desk.mirror import Mirror
from storage import archive, bundle, folder
from storage.archive import Member
from storage.bundle import decode_row, encode_row
from storage.credentials import Credentials
from storage.digest import NAMESPACE as DIGESTS
from storage.errors import (
    ArchiveCutShort,
    ArchiveError,
    BrokenChain,
    EntryAltered,
    EntryMissing,
    ForeignEntry,
    ForeignRoot,
    JournalForked,
    OlderLine,
    StorageError,
    UnsignedLine,
    WrongBundle,
)
from storage.memory import MemoryStore
from storage.signature import SigningKey
from storage.unit import NewEntry
from tests.office import TODAY
from tests.served import WORDS, Desk, Served, case_id

Change = Callable[[list[Member]], list[Member]]


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with three cases, one of two entries, and two digests."""
    made = Served(tmp_path)
    case = await made.send(1)
    await made.digest()
    await made.add_to(case)
    await made.send(2)
    await made.digest(days=1)
    await made.send(3)
    return made


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served)


def no_order(_form: str) -> tuple[str, ...]:
    return ()


def digest_path(served: Served, number: int) -> Path:
    return served.drop / f"digest-{number:06d}.age"


async def changed(served: Served, change: Change) -> Path:
    """Make a bundle of which the server has changed something, and signed it so."""
    path = (await served.bundle()).path
    members = change(list(archive.read(BytesIO(path.read_bytes()))))
    path.write_bytes(b"".join(map(archive.write, members)) + archive.END)
    served.resign(path, bundle.NAMESPACE)
    return path


def entry_members(members: list[Member], number: int, position: int) -> list[Member]:
    name = bundle.entry_name(case_id(number), position)
    return [one for one in members if one.name.startswith(name)]


def two_faced(served: Served) -> None:
    """Have the server, with the same keys, begin another story."""
    served.store = MemoryStore(served.credentials.identity.sign_bytes)
    for path in served.drop.iterdir():
        path.unlink()


def unchanged(desk: Desk, before: Mapping[str, bytes]) -> None:
    assert desk.files() == before
    assert not list(desk.mirror.folder.glob(".incoming-*"))


# --- what should come in ---------------------------------------------------------------------


async def test_digests_and_bundles_come_in(served: Served, desk: Desk) -> None:
    first, second = (desk.take_digest(digest_path(served, n)) for n in (1, 2))
    assert (first.fresh, first.missing, first.unknown_line) == (True, (), False)
    assert [one.case for one in second.read.index] == [case_id(2)]
    taken = desk.take_bundle((await served.bundle()).path)
    assert (set(taken.cases), taken.entries) == ({case_id(n) for n in (1, 2, 3)}, 4)
    assert (taken.older, taken.beyond, taken.newer_line) == (False, (), False)
    inbox = read_inbox(desk.mirror, desk.reader, no_order)
    assert [item.state for item in inbox.items] == [State.VERIFIED] * 3


async def test_the_same_file_again_changes_nothing(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    desk.take_bundle(path)
    desk.take_digest(digest_path(served, 1))
    before = desk.files()
    again = desk.take_bundle(path)
    assert (again.cases, again.entries, again.older) == ((), 0, False)
    assert not desk.take_digest(digest_path(served, 1)).fresh
    unchanged(desk, before)


async def test_a_later_bundle_brings_what_is_new_only(served: Served, desk: Desk) -> None:
    earlier = (await served.bundle()).path
    desk.take_bundle(earlier)
    before = desk.files()
    await served.add_to(case_id(2))
    await served.send(4)
    later = desk.take_bundle((await served.bundle()).path)
    assert (later.cases, later.entries) == ((case_id(4),), 2)
    assert {name: data for name, data in desk.files().items() if name in before} == before
    kept = desk.files()
    old = desk.take_bundle(earlier)
    assert (old.older, old.entries) == (True, 0)
    unchanged(desk, kept)


async def test_only_ciphertext_is_kept(served: Served, desk: Desk) -> None:
    desk.take_digest(digest_path(served, 1))
    desk.take_bundle((await served.bundle()).path)
    everything = b"".join(desk.files().values())
    for canary in (WORDS, "K7Q-4MD", "intake-1"):
        assert canary.encode() not in everything


async def test_a_bundle_cut_short_by_a_crash_is_completed(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    desk.take_bundle(path)
    whole = desk.files()
    entry = desk.mirror.folder / bundle.entry_name(case_id(1), 1)
    entry.with_suffix(".json").unlink()
    (desk.mirror.folder / bundle.HEADS).unlink()
    left = desk.mirror.folder / ".incoming-left" / "journal"
    left.mkdir(parents=True)
    (left / "x").write_bytes(b"x")
    assert desk.take_bundle(path).entries == 1
    unchanged(desk, whole)


async def test_a_missing_number_is_named_until_a_bundle_tells_of_it(
    served: Served, desk: Desk
) -> None:
    for days in (2, 3, 4):
        await served.digest(days=days)
    assert desk.take_digest(digest_path(served, 1)).missing == ()
    assert desk.take_digest(digest_path(served, 3)).missing == (2,)
    assert desk.take_digest(digest_path(served, 5)).missing == (2, 4)
    assert desk.take_digest(digest_path(served, 2)).missing == (4,)
    desk.take_bundle((await served.bundle()).path)
    assert desk.take_digest(digest_path(served, 5)).missing == ()


async def test_a_digest_younger_than_the_bundle_is_named(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    await served.digest(days=2)
    desk.take_digest(digest_path(served, 3))
    assert desk.take_bundle(path).beyond == (3,)


# --- files that are not what they were ---------------------------------------------------------


async def test_a_digest_with_any_byte_changed_is_refused(served: Served, desk: Desk) -> None:
    path = digest_path(served, 1)
    data = path.read_bytes()
    for place in (0, 21, 30, 1600, 1700, len(data) // 2, len(data) - 1):
        flipped = bytearray(data)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(AlteredFile):
            desk.take_digest(path)
    for cut in (b"", data[:1000], data[:-1], data + b"\0"):
        path.write_bytes(cut)
        with pytest.raises(AlteredFile):
            desk.take_digest(path)
    assert desk.mirror.digests() == []


async def test_a_bundle_with_any_byte_changed_is_refused(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    data = path.read_bytes()
    for place in [*range(0, 1024, 37), *range(1024, len(data), 9973), len(data) - 1]:
        flipped = bytearray(data)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        with pytest.raises((AlteredFile, ArchiveError, UnsignedLine)):
            desk.take_bundle(path)
    for end in (0, 100, 512, 5000, len(data) - 1024, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises((AlteredFile, ArchiveCutShort)):
            desk.take_bundle(path)
    unchanged(desk, {})


async def test_a_file_without_its_signature_is_refused(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    for one, take in ((path, desk.take_bundle), (digest_path(served, 1), desk.take_digest)):
        beside = one.with_name(one.name + ".sig")
        text = beside.read_text()
        beside.write_text(text.replace("A", "B", 3))
        with pytest.raises((AlteredFile, ForeignFile)):
            take(one)
        beside.unlink()
        with pytest.raises(NoSignature, match=beside.name):
            take(one)


async def test_a_signature_made_for_another_use_is_refused(served: Served, desk: Desk) -> None:
    served.resign(digest_path(served, 1), bundle.NAMESPACE)
    with pytest.raises(AlteredFile):
        desk.take_digest(digest_path(served, 1))
    path = (await served.bundle()).path
    served.resign(path, DIGESTS)
    with pytest.raises(AlteredFile):
        desk.take_bundle(path)


async def test_another_lines_files_are_refused(served: Served, desk: Desk, tmp_path: Path) -> None:
    other = Served(tmp_path / "other", "eve")
    await other.send(9)
    with pytest.raises(ForeignFile):
        desk.take_digest((await other.digest()).path)
    with pytest.raises(ForeignRoot):
        desk.take_bundle((await other.bundle()).path)


async def test_our_statement_around_anothers_journals_is_refused(
    served: Served, desk: Desk, tmp_path: Path
) -> None:
    other = Served(tmp_path / "other", "eve")
    await other.send(9)
    theirs = list(archive.read(BytesIO((await other.bundle()).path.read_bytes())))
    journals = [one for one in theirs if one.name.startswith(bundle.JOURNAL)]
    path = await changed(
        served,
        lambda ours: [
            *[o for o in ours if o.name.startswith("line/")],
            theirs_heads(theirs),
            *journals,
        ],
    )
    with pytest.raises(ForeignEntry):
        desk.take_bundle(path)
    other.resign(path, bundle.NAMESPACE)
    with pytest.raises(ForeignFile):
        desk.take_bundle(path)


def theirs_heads(members: list[Member]) -> Member:
    return next(one for one in members if one.name == bundle.HEADS)


async def test_a_desk_whose_statement_names_no_server_believes_none(tmp_path: Path) -> None:
    served = Served(tmp_path)
    path = (await served.digest()).path
    desk = Desk(served)
    bare = replace(desk.reader, line=replace(desk.reader.line, server=None))
    with pytest.raises(NoServerKeys):
        desk.mirror.known(bare).identities  # noqa: B018 - it raises
    assert desk.take_digest(path).fresh


# --- journals that are not whole -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "position", "error"),
    [(1, 0, EntryMissing), (1, 1, EntryMissing), (2, 0, WithheldCase)],
)
async def test_an_entry_taken_out_is_noticed(
    served: Served, desk: Desk, number: int, position: int, error: type[Exception]
) -> None:
    def without(ours: list[Member]) -> list[Member]:
        out = entry_members(ours, number, position)
        return [one for one in ours if one not in out]

    with pytest.raises(error):
        desk.take_bundle(await changed(served, without))
    unchanged(desk, {})


async def test_entries_in_another_order_are_noticed(served: Served, desk: Desk) -> None:
    def swapped(ours: list[Member]) -> list[Member]:
        first, second = entry_members(ours, 1, 0), entry_members(ours, 1, 1)
        rest = [one for one in ours if one not in (*first, *second)]
        return [*rest, *second, *first]

    def renamed(ours: list[Member]) -> list[Member]:
        first, second = entry_members(ours, 1, 0), entry_members(ours, 1, 1)
        names = {
            one.name: other.name for one, other in zip(first + second, second + first, strict=True)
        }
        return [replace(one, name=names.get(one.name, one.name)) for one in ours]

    def cases_swapped(ours: list[Member]) -> list[Member]:
        journals = [one for one in ours if one.name.startswith(bundle.JOURNAL)]
        return [*[one for one in ours if one not in journals], *journals[2:], *journals[:2]]

    for change in (swapped, renamed, cases_swapped):
        with pytest.raises((WrongBundle, EntryMissing)):
            desk.take_bundle(await changed(served, change))
    unchanged(desk, {})


async def test_an_entry_put_in_another_place_is_noticed(served: Served, desk: Desk) -> None:
    def exchanged(ours: list[Member]) -> list[Member]:
        one, other = (
            next(o for o in ours if o.name == f"{bundle.entry_name(case_id(n), 0)}.age")
            for n in (2, 3)
        )
        datas = {one.name: other.data, other.name: one.data}
        return [replace(o, data=datas.get(o.name, o.data)) for o in ours]

    with pytest.raises(EntryAltered):
        desk.take_bundle(await changed(served, exchanged))


async def test_an_entry_that_the_server_did_not_sign_is_noticed(served: Served, desk: Desk) -> None:
    stranger = SigningKey.generate()
    store = MemoryStore(stranger.sign_bytes)
    served.store = store
    await served.send(5)
    with pytest.raises(ForeignEntry):
        desk.take_bundle((await served.bundle()).path)


async def test_a_row_that_tells_another_hash_is_noticed(served: Served, desk: Desk) -> None:
    def lying(ours: list[Member]) -> list[Member]:
        changed_rows = []
        for one in ours:
            if one.name == f"{bundle.entry_name(case_id(2), 0)}.json":
                row = decode_row(one.data, b"")
                changed_rows.append(replace(one, data=encode_row(replace(row, hash=bytes(32)))))
            else:
                changed_rows.append(one)
        return changed_rows

    with pytest.raises(EntryAltered):
        desk.take_bundle(await changed(served, lying))


# --- a server that shows different people different things ---------------------------------------


async def test_a_rewritten_journal_is_noticed(served: Served, desk: Desk) -> None:
    await served.add_to(case_id(3))
    desk.take_bundle((await served.bundle()).path)
    before = desk.files()
    two_faced(served)
    await served.send(3)
    with pytest.raises(JournalForked):
        desk.take_bundle((await served.bundle()).path)
    unchanged(desk, before)


async def test_a_journal_other_than_a_digest_witnessed_is_noticed(
    served: Served, desk: Desk
) -> None:
    desk.take_digest(digest_path(served, 1))
    before = desk.files()
    two_faced(served)
    await served.send(1)
    await served.digest()
    with pytest.raises(HeadsDisagree, match="Digest 1"):
        desk.take_bundle((await served.bundle()).path)
    unchanged(desk, before)


async def test_a_case_that_a_digest_witnessed_cannot_be_left_out(
    served: Served, desk: Desk
) -> None:
    path = await changed(served, lambda ours: [o for o in ours if case_id(2).hex() not in o.name])
    with pytest.raises(WithheldCase, match="Digest 2"):
        desk.take_bundle(path)


async def test_a_digest_that_tells_another_story_than_the_bundle_is_noticed(
    served: Served, desk: Desk
) -> None:
    desk.take_bundle((await served.bundle()).path)
    two_faced(served)
    await served.send(7)
    path = (await served.digest()).path
    with pytest.raises(HeadsDisagree):
        desk.take_digest(path)
    assert desk.mirror.digests() == []


async def test_two_digests_of_one_number_are_noticed(served: Served, desk: Desk) -> None:
    desk.take_digest(digest_path(served, 1))
    two_faced(served)
    with pytest.raises(OtherDigest, match="1"):
        desk.take_digest((await served.digest()).path)


async def test_a_digest_that_does_not_continue_the_one_before_is_noticed(
    served: Served, desk: Desk
) -> None:
    desk.take_digest(digest_path(served, 1))
    held = (
        digest_path(served, 2).read_bytes(),
        digest_path(served, 2).with_name("digest-000002.age.sig").read_text(),
    )
    two_faced(served)
    first = await served.digest()
    second = await served.digest(days=1)
    with pytest.raises(TornDigests):
        desk.take_digest(second.path)
    other = Desk(served, "ana")
    assert other.mirror.digests() == [1]
    digest_path(served, 2).write_bytes(held[0])
    digest_path(served, 2).with_name("digest-000002.age.sig").write_text(held[1])
    assert desk.take_digest(digest_path(served, 2)).fresh
    (desk.mirror.folder / "digests" / "digest-000001.age").unlink()
    with pytest.raises(TornDigests):
        desk.take_digest(first.path)


async def test_a_digest_under_another_ones_name_is_noticed(served: Served, desk: Desk) -> None:
    for ending in ("", ".sig"):
        path = digest_path(served, 2)
        path.with_name(path.name + ending).rename(served.drop / f"digest-000007.age{ending}")
    with pytest.raises(MisnamedDigest, match="2"):
        desk.take_digest(digest_path(served, 7))


# --- statements and keys -------------------------------------------------------------------------


@pytest.fixture
def behind(served: Served, desk: Desk, tmp_path: Path) -> Desk:
    """A desk with a line folder of its own, which the root's changes do not reach."""
    desk.line_folder = tmp_path / "behind"
    shutil.copytree(served.office.line_folder, desk.line_folder)
    desk.mirror.keep_statement(desk.reader.line, folder.read(desk.line_folder))
    return desk


async def test_a_newer_statement_comes_with_a_bundle(served: Served, behind: Desk) -> None:
    old = behind.reader.line
    served.office.sign("org", "sign", "--name", "Quiet two")
    taken = behind.take_bundle((await served.bundle()).path)
    assert taken.newer_line
    assert (behind.reader.line.name, behind.reader.line.epoch) == ("Quiet two", old.epoch + 1)
    assert [line.name for line in behind.mirror.known(behind.reader).lines] == [
        "Quiet",
        "Quiet two",
    ]


async def test_a_retired_keys_file_is_erased_here_too(served: Served, behind: Desk) -> None:
    served.office.sign("org", "sign", "--name", "Quiet two")
    behind.take_bundle((await served.bundle()).path)
    served.office.today = date(2030, 1, 1)
    served.office.sign("keys", "retire", "2026Q4")
    taken = behind.take_bundle((await served.bundle()).path)
    assert "2026Q4.1-general" in taken.erased
    assert not (behind.line_folder / "keys" / "2026Q4.1-general.age").exists()
    states = {item.state for item in read_inbox(behind.mirror, behind.reader, no_order).items}
    assert states == {State.CLOSED}


async def test_a_digest_under_a_statement_not_seen_here_is_told(
    served: Served, behind: Desk
) -> None:
    served.office.sign("org", "sign", "--name", "Quiet two")
    taken = behind.take_digest((await served.digest(days=2)).path)
    assert (taken.fresh, taken.unknown_line) == (True, True)


async def test_an_older_statement_is_refused(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    served.office.sign("org", "sign", "--name", "Quiet two")
    with pytest.raises(OlderLine):
        desk.take_bundle(path)
    unchanged(desk, {})


async def test_a_forked_statement_is_refused(served: Served, desk: Desk) -> None:
    texts = {path: path.read_bytes() for path in served.office.line_folder.glob("line.toml*")}
    served.office.sign("org", "sign", "--name", "Quiet two")
    path = (await served.bundle()).path
    for file, data in texts.items():
        file.write_bytes(data)
    served.office.sign("org", "sign", "--name", "Quiet three")
    with pytest.raises(BrokenChain):
        desk.take_bundle(path)


async def test_a_replaced_server_speaks_for_itself_and_its_past_stays_readable(
    served: Served, desk: Desk
) -> None:
    path = (await served.bundle()).path
    desk.take_bundle(path)
    desk.take_digest(digest_path(served, 1))
    old = served.credentials
    served.sign_server(Credentials.make())
    with pytest.raises(OlderLine):
        desk.take_bundle(path)
    late = digest_path(served, 2)
    assert desk.take_digest(late).fresh  # made while the old server was in force
    served.credentials = old
    forged = await served.digest(days=3)  # the old key, under the new statement
    with pytest.raises(ForeignFile):
        desk.take_digest(forged.path)


def key_files(served: Served) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (served.office.line_folder / "keys").glob("*.age")}


@pytest.fixture
async def shared(tmp_path: Path) -> tuple[Served, dict[Path, bytes], dict[Path, bytes]]:
    """A server, the key files as they were when ben came, and as ana has shared them since."""
    served = Served(tmp_path, "ana")
    served.office.join("ben")
    before = key_files(served)
    served.office.run("keys", "share", "ben", desk="ana")
    return served, before, key_files(served)


async def test_a_key_file_that_a_colleague_shared_is_taken(
    shared: tuple[Served, dict[Path, bytes], dict[Path, bytes]],
) -> None:
    served, before, after = shared
    path = (await served.bundle()).path
    for name in ("ben", "ana"):  # ben could open nothing; ana's copy did not name ben
        for file, data in before.items():
            file.write_bytes(data)
        assert (Desk(served, name).reader.keys == {}) is (name == "ben")
        taken = Desk(served, name).take_bundle(path)
        assert "2026Q4.1-general" in taken.keys
        assert "2026Q4.1-general" in Desk(served, name).reader.keys
    assert {p: d for p, d in key_files(served).items() if "general" in p.name} == {
        p: d for p, d in after.items() if "general" in p.name
    }


async def test_a_key_file_that_names_fewer_holders_is_not_taken(
    shared: tuple[Served, dict[Path, bytes], dict[Path, bytes]],
) -> None:
    served, before, after = shared
    for file, data in before.items():
        file.write_bytes(data)
    path = (await served.bundle()).path
    for file, data in after.items():
        file.write_bytes(data)
    for name in ("ana", "ben"):
        assert Desk(served, name).take_bundle(path).keys == ()
    assert key_files(served) == after


async def test_a_key_file_damaged_on_this_disk_is_mended(served: Served, desk: Desk) -> None:
    path = (await served.bundle()).path
    file = served.office.line_folder / "keys" / "2026Q4.1-general.age"
    whole = file.read_bytes()
    reader = desk.reader
    file.write_bytes(whole[:-1])
    assert take_bundle(desk.mirror, reader, path).keys == ("2026Q4.1-general",)
    assert file.read_bytes() == whole


async def test_a_swapped_key_file_is_refused(served: Served, desk: Desk) -> None:
    other = "line/keys/2027Q1.1-general.age"

    def swapped(ours: list[Member]) -> list[Member]:
        data = next(one.data for one in ours if one.name == other)
        name = "line/keys/2026Q4.1-general.age"
        return [replace(one, data=data) if one.name == name else one for one in ours]

    with pytest.raises(ForeignKeyFile):
        desk.take_bundle(await changed(served, swapped))
    unchanged(desk, {})


async def test_a_digest_sealed_to_others_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    served = Served(tmp_path, "ana", "ben")
    path = (await served.digest()).path
    for key in (served.office.line_folder / "keys").glob("*-general.age"):
        key.unlink()
    with pytest.raises(SealedToOthers):
        Desk(served, "ben").take_digest(path)


# --- what a bundle may not hold -------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda ours: ours[1:],
        lambda ours: ours[:1],
        lambda ours: [ours[1], ours[0], *ours[2:]],
        lambda ours: [one for one in ours if one.name != bundle.HEADS],
        lambda ours: ours[:3],
        lambda ours: [*ours, Member(name="extra", data=b"")],
        lambda ours: [
            *ours,
            Member(name="extra.age", data=b""),
            Member(name="extra.json", data=b"{}"),
        ],
        lambda ours: [*ours, Member(name=f"{bundle.entry_name(case_id(1), 0)}.txt", data=b"")],
        lambda ours: [*ours[:2], Member(name="line/keys/evil.age", data=b""), *ours[2:]],
        lambda ours: [
            *ours[:2],
            Member(name="line/keys/2026Q4.1-general.txt", data=b""),
            *ours[2:],
        ],
        lambda ours: [*ours[:2], Member(name="line/root.pub", data=b""), *ours[2:]],
    ],
)
async def test_a_bundle_with_more_or_less_than_its_members_is_refused(
    served: Served, desk: Desk, change: Change, tmp_path: Path
) -> None:
    line = {
        path: path.read_bytes() for path in served.office.line_folder.rglob("*") if path.is_file()
    }
    with pytest.raises(StorageError):
        desk.take_bundle(await changed(served, change))
    unchanged(desk, {})
    assert {p: p.read_bytes() for p in served.office.line_folder.rglob("*") if p.is_file()} == line


# --- what opens must be what it says ---------------------------------------------------------------


async def test_a_case_put_into_another_ones_journal_is_trouble(served: Served, desk: Desk) -> None:
    (row,) = await served.store.journal(case_id(2))
    await served.append(NewEntry(case=case_id(8), key=row.key, sealed=row.sealed, day=TODAY))
    desk.take_bundle((await served.bundle()).path)
    inbox = read_inbox(desk.mirror, desk.reader, no_order)
    (trouble,) = [item for item in inbox.items if item.state is State.TROUBLE]
    assert trouble.case == case_id(8)
    assert "another case" in trouble.trouble


async def test_what_is_changed_on_the_desks_own_disk_is_trouble(served: Served, desk: Desk) -> None:
    desk.take_bundle((await served.bundle()).path)
    entry = desk.mirror.folder / bundle.entry_name(case_id(2), 0)
    data = bytearray(entry.with_suffix(".age").read_bytes())
    data[-1] ^= 1
    entry.with_suffix(".age").write_bytes(data)
    states = {i.case: i.state for i in read_inbox(desk.mirror, desk.reader, no_order).items}
    assert states == {
        case_id(1): State.VERIFIED,
        case_id(2): State.TROUBLE,
        case_id(3): State.VERIFIED,
    }


def test_what_cannot_be_erased_is_not_called_erased(tmp_path: Path) -> None:
    mirror, case = Mirror(folder=tmp_path / "mirror"), bytes(16)
    mirror.erase(case)  # nothing is here: that is erased
    place = mirror.folder / "journal" / case.hex()
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path)
    with pytest.raises(NotErased):
        mirror.erase(case)
