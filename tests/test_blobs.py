"""Sealed files lie whole under names that say nothing, or not at all: on a disk and in a bucket."""

import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blobs import Blobs, DiskBlobs, name_of
from storage.blobs_s3 import PART, S3Blobs
from storage.errors import BlobFailed, BlobMissing
from tests.bucket import made, serving

ONE, TWO, THREE = (bytes([number]) * 16 for number in (1, 2, 0xAB))
BUCKETS = count()


@pytest.fixture(scope="module", params=["disk", "bucket"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "disk":
        yield ""
    else:
        with serving() as address:
            yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(address: str, folder: Path) -> Blobs:
    return S3Blobs(made(address, f"files-{next(BUCKETS)}")) if address else DiskBlobs(folder)


def keep(blobs: Blobs, blob: bytes, *pieces: bytes) -> None:
    with blobs.begin(blob) as writer:
        for piece in pieces:
            writer.write(piece)
        writer.finish()


def fail_halfway(blobs: Blobs) -> None:
    with blobs.begin(TWO) as writer:
        writer.write(b"half")
        raise LookupError


def read(blobs: Blobs, blob: bytes) -> bytes:
    with blobs.open(blob) as file:
        return file.read()


# --- both places --------------------------------------------------------------------------------


def test_what_was_written_is_read(blobs: Blobs) -> None:
    keep(blobs, ONE, b"one", b"", b" and ", b"more")
    keep(blobs, TWO, b"two")
    assert (read(blobs, ONE), read(blobs, TWO)) == (b"one and more", b"two")
    assert blobs.names() == {ONE, TWO}


def test_a_large_file_comes_back_as_it_was(blobs: Blobs) -> None:
    pieces = [os.urandom(300_001) for _ in range(3 * PART // 300_001)]
    keep(blobs, ONE, *pieces)
    whole = b"".join(pieces)
    with blobs.open(ONE) as file:
        assert file.read(10) == whole[:10]
        assert b"".join(iter(lambda: file.read(77_777), b"")) == whole[10:]
        assert file.read(1) == b""


def test_an_empty_file_is_a_file(blobs: Blobs) -> None:
    keep(blobs, ONE)
    assert read(blobs, ONE) == b""
    assert blobs.names() == {ONE}


def test_a_file_has_its_name_only_when_it_is_finished(blobs: Blobs) -> None:
    with blobs.begin(ONE) as writer:
        writer.write(b"half")
        assert blobs.names() == frozenset()
        with pytest.raises(BlobMissing, match=ONE.hex()):
            blobs.open(ONE)
        writer.finish()
        writer.abandon()  # which does nothing any more
    assert read(blobs, ONE) == b"half"


@pytest.mark.parametrize("pieces", [[], [b"half"], [bytes(PART)] * 3], ids=["none", "few", "many"])
def test_an_abandoned_file_never_was(blobs: Blobs, pieces: list[bytes]) -> None:
    writer = blobs.begin(ONE)
    for piece in pieces:
        writer.write(piece)
    for _ in range(2):
        writer.abandon()
    assert blobs.names() == frozenset()
    with pytest.raises(LookupError):
        fail_halfway(blobs)
    assert blobs.names() == frozenset()
    assert blobs.sweep(()) == 0


def test_beginning_anew_takes_the_place_of_what_was_there(blobs: Blobs) -> None:
    keep(blobs, ONE, b"first")
    with blobs.begin(ONE) as writer:
        writer.write(b"half")
    assert read(blobs, ONE) == b"first"  # an abandoned try changes nothing
    keep(blobs, ONE, b"second")
    assert read(blobs, ONE) == b"second"


def test_an_erased_file_is_gone(blobs: Blobs) -> None:
    keep(blobs, ONE, b"one")
    keep(blobs, TWO, b"two")
    assert blobs.erase(ONE)
    assert not blobs.erase(ONE)
    with pytest.raises(BlobMissing):
        blobs.open(ONE)
    assert read(blobs, TWO) == b"two"


def test_a_sweep_leaves_what_is_known(blobs: Blobs) -> None:
    for blob in (ONE, TWO, THREE):
        keep(blobs, blob, b"file")
    assert blobs.sweep({TWO, bytes(16)}) == 2
    assert blobs.names() == {TWO}
    assert blobs.sweep({TWO}) == 0


@pytest.mark.parametrize("wrong", [b"", b"a" * 15, b"../../../../../x", b"a" * 32])
def test_only_16_bytes_are_an_id(blobs: Blobs, wrong: bytes) -> None:
    if len(wrong) != 16:
        for call in (blobs.begin, blobs.open, blobs.erase):
            with pytest.raises(ValueError):
                call(wrong)
    else:
        keep(blobs, wrong, b"file")
        assert blobs.names() == {wrong}


# --- the disk -----------------------------------------------------------------------------------


@pytest.fixture
def disk(folder: Path) -> DiskBlobs:
    return DiskBlobs(folder)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_are_private_and_named_by_nothing_but_their_id(disk: DiskBlobs, folder: Path) -> None:
    keep(disk, THREE, b"file")
    name = f"ab/{'ab' * 16}.age"
    assert files(folder) == {name: b"file"}
    assert name == name_of(THREE)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "ab")}
    assert modes == {0o700}
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    with disk.begin(ONE):
        assert stat.S_IMODE((folder / name_of(ONE, ".part")).stat().st_mode) == 0o600


def test_an_abandoned_file_leaves_no_byte(disk: DiskBlobs, folder: Path) -> None:
    with disk.begin(ONE) as writer:
        writer.write(b"half")
        assert list(files(folder)) == [name_of(ONE, ".part")]
    assert files(folder) == {}


def test_a_sweep_takes_what_a_kill_left_and_nothing_of_others(
    disk: DiskBlobs, folder: Path
) -> None:
    keep(disk, ONE, b"known")
    keep(disk, TWO, b"unknown")
    left = folder / name_of(ONE, ".part")
    left.write_bytes(b"half")
    theirs = {
        "README": b"",
        "01/notes.age": b"not ours",
        f"02/{ONE.hex()}.age": b"ours would be in another folder",
        f"01/{ONE.hex()}.age.bak": b"not ours",
        f"01/{ONE.hex().upper()[:-1]}F.age": b"not ours",
        f"01/x/{ONE.hex()}.part": b"too deep",
    }
    for name, data in theirs.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    assert disk.sweep({ONE}) == 2
    assert files(folder) == {**theirs, name_of(ONE): b"known"}


def test_a_place_that_was_never_written_is_empty(disk: DiskBlobs) -> None:
    assert disk.names() == frozenset()
    assert disk.sweep(()) == 0
    assert not disk.erase(ONE)


def test_erasing_takes_what_was_begun_as_well(disk: DiskBlobs, folder: Path) -> None:
    keep(disk, ONE, b"file")
    (folder / name_of(ONE, ".part")).write_bytes(b"half")
    assert disk.erase(ONE)
    assert files(folder) == {}


def test_what_a_kill_left_does_not_stand_in_the_way(disk: DiskBlobs, folder: Path) -> None:
    keep(disk, ONE, b"first")
    (folder / name_of(ONE, ".part")).write_bytes(b"longer than the new one")
    keep(disk, ONE, b"new")
    assert files(folder) == {name_of(ONE): b"new"}


def test_a_place_that_takes_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"a file is in the way")
    blobs = DiskBlobs(tmp_path / "blobs")
    with pytest.raises(BlobFailed, match="blobs"):
        blobs.begin(ONE)
    with pytest.raises(BlobFailed):
        blobs.open(ONE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_full_disk_fails_the_file_and_leaves_nothing(disk: DiskBlobs, folder: Path) -> None:
    with disk.begin(ONE) as writer:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, writer._file.fileno())  # noqa: SLF001 - the disk fills up
        os.close(full)
        with pytest.raises(BlobFailed, match="No space left"):
            writer.write(b"file")
    assert files(folder) == {}


KILLED = """
import sys
from pathlib import Path
from storage.blobs import DiskBlobs

writer = DiskBlobs(Path(sys.argv[1])).begin(b"\\1" * 16)
for number in range(1 << 20):
    writer.write(bytes(4096))
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_no_file_of_that_name(disk: DiskBlobs, folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as killed:
        assert killed.stdout is not None
        for _ in range(9):
            killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert disk.names() == frozenset()
    assert len(files(folder)[name_of(ONE, ".part")]) >= 9 * 4096
    assert disk.sweep({ONE}) == 1
    assert files(folder) == {}


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_a_file_is_what_was_written_or_is_not(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], finished: bool
) -> None:
    blobs = DiskBlobs(tmp_path_factory.mktemp("blobs"))
    with blobs.begin(ONE) as writer:
        for piece in pieces:
            writer.write(piece)
        if finished:
            writer.finish()
    assert blobs.names() == ({ONE} if finished else frozenset())
    if finished:
        assert read(blobs, ONE) == b"".join(pieces)


def test_it_reads_as_any_file_does(blobs: Blobs) -> None:
    keep(blobs, ONE, b"0123456789")
    with blobs.open(ONE) as file:
        room = bytearray(4)
        assert isinstance(file, io.BufferedIOBase)
        assert file.readinto(room) == 4
        assert (bytes(room), file.read()) == (b"0123", b"456789")
