"""What a kill leaves of a file that was never whole is erased at a start, and nothing else is."""

import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from storage import disk
from storage.padding import MIB

ROOT = Path(__file__).parent.parent

#: Writes a file and is killed once it is on the disk, before it has its name.
KILLED = """
import os, signal, sys
from pathlib import Path
from storage import disk

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(lambda event, _: kill() if event == "os.rename" else None)
disk.write(Path(sys.argv[1]), b"half")
"""


def killed(path: Path) -> Path:
    """Kill whoever writes a file; return what is left of it."""
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    (left,) = [one for one in path.parent.iterdir() if one.name.startswith(".")]
    return left


def test_a_file_is_read_up_to_so_many_bytes_and_takes_no_more_room_than_it_needs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    assert disk.read(path, 64 * MIB) is None
    path.write_bytes(b"words" * 200)
    tracemalloc.start()
    try:
        assert disk.read(path, 64 * MIB) == b"words" * 200
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()
    assert disk.read(path, 7) == b"wordswo"
    path.write_bytes(b"")
    assert disk.read(path, 7) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_when_each_thing_in_a_folder_changed_last(tmp_path: Path) -> None:
    assert disk.times(tmp_path / "none") == {}
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        os.utime(tmp_path / str(number), ns=(10**18, 10**18 + number))
    assert disk.times(tmp_path) == {str(number): 10**18 + number for number in range(3)}


def test_what_a_kill_left_of_a_write_is_erased(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    left = killed(folder / "seen")
    assert re.fullmatch(r"\.seen\.[0-9a-f]{8}", left.name)
    assert (
        disk.sweep(tmp_path, left.stat().st_mtime) == 0
    )  # of our own time: it may be being written
    assert disk.sweep(tmp_path, time.time() + 60) == 1
    assert list(folder.iterdir()) == []


def test_nothing_but_our_own_leavings_is_swept(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    home = tmp_path / "home"
    for folder in (outside, home):
        folder.mkdir()
    spared = [
        home / "quietline.db",
        home / ".env",
        home / ".notes.txt",
        home / ".cache.0123abcdef",
        home / "seen.0123abcd",
        outside / ".seen.0123abcd",
    ]
    for path in spared:
        path.write_bytes(b"theirs")
    (home / ".link.0123abcd").symlink_to(outside / ".seen.0123abcd")
    (home / "linked").symlink_to(outside)
    (home / ".folder.0123abcd").mkdir()
    assert disk.sweep(home, time.time() + 60) == 0
    assert all(path.read_bytes() == b"theirs" for path in spared)
    assert (home / ".link.0123abcd").is_symlink()
    assert disk.sweep(tmp_path / "nowhere", time.time()) == 0
