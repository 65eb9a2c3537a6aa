"""`bundle export --files`: sealed files of sent cases beside the bundle, once, and no draft's."""

import asyncio
import contextlib
import io
from datetime import date
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import DATABASE, read_credentials, read_line
from bot.bundle import copy_files
from bot.errors import FilesMissing, NoRoomThere
from storage.blobs import DiskBlobs
from storage.rows import CaseId, FetchRow
from storage.signature import fingerprint
from storage.store import open_store
from storage.unit import BlobChange, FetchChange, NewEntry, Outcome, Unit
from tests.files_made import FilesServed, Sent
from tests.office import TODAY, Office
from tests.served import case_id

BLOB = bytes(range(16))


@pytest.fixture
async def served(tmp_path: Path) -> FilesServed:
    return FilesServed(tmp_path)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def in_blobs(served: FilesServed, blob: bytes) -> Path:
    return served.office.place / "blobs" / blob.hex()[:2] / f"{blob.hex()}.age"


async def test_kept_files_of_sent_cases_are_copied_as_they_are(served: FilesServed) -> None:
    sent = [Sent(data=b"one", name="a"), Sent(data=b"two" * 10**6, name="b")]
    files = [*await served.send_files(1, sent), *await served.send_files(2, [Sent(data=b"x")])]
    made = await served.export()
    assert (made.copied, made.there) == (3, 0)
    assert names(served.files) == {f"{file.blob.hex()}.age" for file in files}
    for file in files:
        copied = served.sealed(file)
        assert copied.read_bytes() == in_blobs(served, file.blob).read_bytes()
        assert copied.stat().st_mode & 0o777 == 0o600


async def test_what_is_no_sent_cases_whole_file_stays(served: FilesServed) -> None:
    await served.send_files(1, [])
    draft = await served.keep(case_id(7), Sent(data=b"a draft's"))
    await served.keep_row(case_id(1), BLOB, 0)  # it still comes
    doomed = await served.keep(case_id(1), Sent(data=b"taken back"))
    unit = Unit(day=TODAY, doomed=(doomed.blob,))
    assert await served.store.commit(unit) is Outcome.COMMITTED
    made = await served.export()
    assert (made.copied, made.there) == (0, 0)
    assert names(served.files) == set()
    assert in_blobs(served, draft.blob).exists()


async def test_a_second_export_copies_what_is_not_there_yet(served: FilesServed) -> None:
    (file,) = await served.send_files(1, [Sent(data=b"one")])
    await served.export()
    before = served.sealed(file).stat().st_mtime_ns
    in_blobs(served, file.blob).unlink()  # it is not even looked at
    await served.send_files(2, [Sent(data=b"two")])
    made = await served.export()
    assert (made.copied, made.there) == (1, 1)
    assert served.sealed(file).stat().st_mtime_ns == before


@pytest.mark.parametrize("how", ["gone", "cut", "longer"])
async def test_what_is_missing_is_named_and_the_others_are_copied(
    served: FilesServed, how: str
) -> None:
    files = await served.send_files(1, [Sent(data=b"x" * 999, name=name) for name in "abc"])
    path = in_blobs(served, files[1].blob)
    data = path.read_bytes()
    path.unlink()
    if how != "gone":
        path.write_bytes(data[:-1] if how == "cut" else data + b"x")
    with pytest.raises(FilesMissing) as caught:
        await served.export()
    assert f"{files[1].blob.hex()} of case {case_id(1).hex()}" in str(caught.value)
    assert str(caught.value).startswith("1 of people's sealed files")
    assert names(served.files) == {f"{files[n].blob.hex()}.age" for n in (0, 2)}
    path.write_bytes(data)
    assert (await served.export()).copied == 1


async def test_nothing_is_copied_when_it_does_not_fit(served: FilesServed) -> None:
    await served.send_files(1, [Sent(data=b"x")])
    await served.keep_row(case_id(1), BLOB, 10**17)
    with pytest.raises(NoRoomThere, match="are needed there"):
        await served.export()
    assert names(served.files) == set()


async def test_what_a_break_has_left_is_made_anew_and_strangers_files_stay(
    served: FilesServed,
) -> None:
    (file,) = await served.send_files(1, [Sent(data=b"x")])
    served.files.mkdir(parents=True)
    left, theirs = served.files / f".{'ab' * 16}.age.part", served.files / ".movie.part"
    left.write_bytes(b"half")
    theirs.write_bytes(b"a film")
    await copy_files(served.store, served.blobs, served.files)
    assert names(served.files) == {f"{file.blob.hex()}.age", ".movie.part"}


# --- the command -------------------------------------------------------------------------------


def quietline(*command: str) -> tuple[int, list[str], str]:
    out, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(wrong):
        code = main(["--today", str(TODAY), *command])
    return code, out.getvalue().splitlines(), wrong.getvalue()


def export(home: Path, *more: str) -> tuple[int, list[str], str]:
    return quietline("bundle", "export", "--home", str(home), "--throwaway", *more)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A server's folder with one sent case, which has one file."""
    office, home = Office.throwaway(tmp_path / "office", "anna"), tmp_path / "server"
    assert quietline("init", "--home", str(home), "--name", "Garden Desk")[0] == 0
    office.sign("org", "sign-server", f"{home}/server.request")
    root = fingerprint(office.line.root)
    load = ("line", "load", str(office.line_folder), "--home", str(home), "--throwaway")
    assert quietline(*load, "--root", root)[0] == 0
    asyncio.run(keep(home, case_id(1), TODAY))
    return home


async def keep(home: Path, case: CaseId, day: date) -> None:
    line = read_line(home, day, allow_throwaway=True)
    store = open_store(home / DATABASE, read_credentials(home, line).identity.sign_bytes)
    row = FetchRow(
        key=BLOB, case=case, tag=bytes(32), blob=BLOB, sealed=b"x", due=0, tries=0, day=day
    )
    entry = NewEntry(case=case, key="2026Q4.1-general", sealed=b"sealed", day=day)
    coming = Unit(day=day, entries=(entry,), fetches=(FetchChange(key=BLOB, row=row),))
    kept = Unit(
        day=day,
        fetches=(FetchChange(key=BLOB, row=None),),
        blobs=(BlobChange(id=BLOB, size=6),),
    )
    for unit in (coming, kept):
        assert await store.commit(unit) is Outcome.COMMITTED
    await store.close()
    with DiskBlobs(home / "blobs").begin(BLOB) as writer:
        writer.write(b"sealed")
        writer.finish()


def test_the_command_copies_beside_the_bundle_or_where_it_is_told(
    home: Path, tmp_path: Path
) -> None:
    code, said, _ = export(home)
    assert (code, len(said)) == (0, 1)
    assert not (Path(said[0]).parent / "files").exists()
    code, said, _ = export(home, "--files")
    beside = Path(said[0]).parent / "files"
    assert (code, said[1:]) == (0, [f"{beside}: 1 copied, 0 there before"])
    assert (beside / f"{BLOB.hex()}.age").read_bytes() == b"sealed"
    stick = tmp_path / "stick"
    code, said, _ = export(home, "--files", str(stick))
    assert (code, said[1:]) == (0, [f"{stick}: 1 copied, 0 there before"])
    assert export(home, "--files", str(stick))[1][1:] == [f"{stick}: 0 copied, 1 there before"]


def test_the_command_says_what_is_missing_and_ends_with_1(home: Path) -> None:
    DiskBlobs(home / "blobs").erase(BLOB)
    code, said, wrong = export(home, "--files")
    assert (code, len(said)) == (1, 1)
    assert f"{BLOB.hex()} of case {case_id(1).hex()}" in wrong
    assert wrong.count("\n") == 1
