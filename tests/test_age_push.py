"""A file that is sealed as it comes: the same as any other, in little memory, and whole or not."""

import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import age, age_header
from storage.age import Sealing
from storage.age_payload import CHUNK
from storage.blobs import DiskBlobs
from storage.errors import DamagedFile, DuplicateRecipient, NoRecipients, NotPostQuantum
from tests.age_made import ME, STRANGER, YOU, pattern
from tests.test_age_peers import npm

LENGTHS = st.builds(
    lambda chunks, more: max(0, chunks * CHUNK + more),
    st.sampled_from([0, 1, 2, 3]),
    st.integers(-2, 2),
)
STEPS = st.lists(
    st.sampled_from([0, 1, 1_000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]), min_size=1, max_size=5
).filter(any)


def pieces(data: bytes, steps: list[int]) -> Iterator[bytes]:
    """Cut data into pieces of these sizes, over and over."""
    done = 0
    for step in itertools.cycle(steps):
        if done >= len(data):
            return
        yield data[done : done + step]
        done += step


def pushed(data: Iterator[bytes], *identities: age.Identity) -> bytes:
    sealing = Sealing([one.recipient for one in identities or (ME,)])
    return b"".join([sealing.begin(), *map(sealing.update, data), sealing.finish()])


@given(LENGTHS, STEPS)
def test_however_it_comes_it_opens_as_it_was(length: int, steps: list[int]) -> None:
    plaintext = pattern(length)
    sealed = pushed(pieces(plaintext, steps), YOU, ME)
    assert len(sealed) == age.sealed_size(length, 2)
    assert age.open(sealed, [ME]) == plaintext
    assert age.open(sealed, [YOU]) == plaintext


@given(LENGTHS, STEPS)
def test_it_holds_back_at_most_one_chunk(length: int, steps: list[int]) -> None:
    sealing = Sealing([ME.recipient])
    given_, made = 0, 0
    for piece in pieces(pattern(length), steps):
        given_ += len(piece)
        made += len(sealing.update(piece))
        assert made <= age.sealed_size(given_)
        assert given_ - made <= CHUNK


def test_any_bytes_will_do_and_are_not_kept() -> None:
    sealing = Sealing([ME.recipient])
    buffer = bytearray(b"first")
    sealed = sealing.begin() + sealing.update(buffer)
    buffer[:] = b"other"
    sealed += sealing.update(memoryview(buffer)[:3]) + sealing.finish()
    assert age.open(sealed, [ME]) == b"firstoth"


@pytest.mark.parametrize("length", [0, 1, CHUNK, CHUNK + 1])
def test_without_its_end_no_reader_takes_it(length: int) -> None:
    sealing = Sealing([ME.recipient])
    sealed = sealing.begin() + sealing.update(pattern(length))
    with pytest.raises(DamagedFile):
        age.open(sealed, [ME])
    assert "refused" in npm("open", sealed=sealed, identity=ME.secret())


def test_after_its_end_there_is_no_more() -> None:
    sealing = Sealing([ME.recipient])
    sealing.finish()
    with pytest.raises(ValueError, match="sealed already"):
        sealing.update(b"more")
    with pytest.raises(ValueError, match="sealed already"):
        sealing.finish()


def test_no_two_files_share_a_beginning_or_an_end() -> None:
    begun = [Sealing([ME.recipient]) for _ in range(50)]
    starts = [one.begin() for one in begun]
    assert all(one.begin() == start for one, start in zip(begun, starts, strict=True))
    ends = [age_header.whole(start) for start in starts]
    assert len({start[end:] for start, end in zip(starts, ends, strict=True)}) == 50
    assert len({start[:end].split(b" ")[2] for start, end in zip(starts, ends, strict=True)}) == 50
    assert len({one.update(b"same") + one.finish() for one in begun}) == 50


@pytest.mark.parametrize(
    ("recipients", "error"),
    [
        ([], NoRecipients),
        ([ME.recipient, ME.recipient], DuplicateRecipient),
        (["age1somebody"], NotPostQuantum),
    ],
)
def test_wrong_recipients_are_refused_before_anything_comes(
    recipients: list[age.Recipient], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Sealing(recipients)


# --- large files --------------------------------------------------------------------------------

GROWTH = """
import hashlib, json, resource, sys
from pathlib import Path
from storage.age import Identity, Sealing
from storage.blobs import DiskBlobs

PIECE = 100_000
blobs, length = DiskBlobs(Path(sys.argv[1])), int(sys.argv[2])
recipient = Identity.from_seed(bytes(32)).recipient
block = bytes(range(256)) * 512

def seal(blob, length):
    plain, sealed, size = hashlib.sha256(), hashlib.sha256(), 0
    sealing = Sealing([recipient])
    with blobs.begin(blob) as writer:
        def put(data):
            nonlocal size
            sealed.update(data)
            writer.write(data)
            size += len(data)
        put(sealing.begin())
        for start in range(0, length, PIECE):
            shift = start % 997
            piece = block[shift : shift + min(PIECE, length - start)]
            plain.update(piece)
            put(sealing.update(piece))
        put(sealing.finish())
        writer.finish()
    return plain.hexdigest(), sealed.hexdigest(), size

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

seal(b"\\2" * 16, 4_000_000)
before = most()
plain, sealed, size = seal(b"\\1" * 16, length)
print(json.dumps({"plain": plain, "sealed": sealed, "size": size, "grown": most() - before}))
"""


@pytest.mark.parametrize(
    "length",
    [pytest.param(64 << 20), pytest.param(2 << 30, marks=pytest.mark.thorough)],
    ids=["64MiB", "2GiB"],
)
def test_a_large_file_is_sealed_to_a_disk_in_little_memory(tmp_path: Path, length: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", GROWTH, str(tmp_path), str(length)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        check=True,
    )
    made = json.loads(run.stdout)
    assert made["grown"] < 8 << 20
    assert made["size"] == age.sealed_size(length)
    path = tmp_path / "01" / f"{'01' * 16}.age"
    assert DiskBlobs(tmp_path).names() == {b"\1" * 16, b"\2" * 16}
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == made["sealed"]
    opened = npm("hash", path=str(path), identity=ME.secret())
    assert opened == {"sha256": made["plain"], "size": length}
    assert "refused" in npm("hash", path=str(path), identity=STRANGER.secret())
    with path.open("r+b") as file:
        file.truncate(made["size"] - 1)
    assert "refused" in npm("hash", path=str(path), identity=ME.secret())
    path.unlink()
