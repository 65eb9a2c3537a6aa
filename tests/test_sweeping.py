"""What a killed desk command left is swept by the next one; what another is writing now is not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk import saving
from storage import disk
from tests.office import Office

ROOT = Path(__file__).parent.parent

#: Opens a file or a folder on its way, says so, and waits to be killed.
HELD = """
import sys, time
from pathlib import Path
from desk import saving

with getattr(saving, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""

#: Is killed once a file is on the disk, before it has its name.
KILLED = """
import os, signal, sys
from pathlib import Path
from storage import disk

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(lambda event, _: kill() if event == "os.rename" else None)
disk.write(Path(sys.argv[1]), b"half")
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


@pytest.mark.parametrize("way", ["fresh", "fresh_folder"])
def test_what_is_being_written_stays_and_what_a_kill_left_goes(tmp_path: Path, way: str) -> None:
    command = [sys.executable, "-c", HELD, way, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        (there,) = names(tmp_path)
        saving.sweep(tmp_path)
        assert names(tmp_path) == {there}
        writer.send_signal(signal.SIGKILL)
    assert names(tmp_path) == {there}
    saving.sweep(tmp_path)
    assert names(tmp_path) == set()


def test_the_next_command_sweeps_its_desk(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "ana")
    desk = office.desk("ana")
    places = [desk, *(desk / name for name in ("outbox", "drawer", "interviews"))]
    for place in places:
        place.mkdir(exist_ok=True)
        run = subprocess.run(
            [sys.executable, "-c", KILLED, str(place / "seen")], cwd=ROOT, check=False
        )
        assert run.returncode == -signal.SIGKILL
        (place / ".quietline-0123456789abcdef").write_text("half")
    kept = {".notes.txt", ".seen.0123456789", ".quietline-mine", ".link.01234567"}
    for name in kept - {".link.01234567"}:
        (desk / name).write_text("a person's own")
    (desk / ".link.01234567").symlink_to(desk / ".notes.txt")
    left = {path for place in places for path in _left(place)}
    assert len(left) == 2 * len(places)
    office.run("list", desk="ana")
    assert all(path.exists() for path in left), "too young: another command may be writing them"
    for path in [*left, desk / ".link.01234567"]:
        age(path, saving.PATIENCE + 60)
    office.run("list", desk="ana")
    assert [path for path in left if path.exists()] == []
    assert kept <= names(desk)


def _left(place: Path) -> list[Path]:
    patterns = (disk._FRESH, saving.LEFT)  # noqa: SLF001 - what is swept is what is called so
    return [
        path
        for path in place.iterdir()
        if not path.is_symlink() and any(one.fullmatch(path.name) for one in patterns)
    ]
