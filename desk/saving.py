"""Opened files on their way to a disk: whole under their own name, or not there at all.

Rules of this file: something opened is written beside its place under a name of chance, mode 0600,
and gets its own only when whoever writes has checked it. Nothing that lies there is replaced. After
an error, and after a kill at the next start in that folder, no half of a file is left: a lock that
falls with its holder tells what is left from what another command is writing now.
"""

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desk.errors import LiesThere
from storage import disk

if sys.platform != "win32":
    import fcntl

#: Called between two steps of what takes long; what it raises ends it there.
GoOn = Callable[[], None]
FRESH = ".quietline-"
LEFT = re.compile(re.escape(FRESH) + "[0-9a-f]{16}", re.ASCII)  # never `.quietline-desk`
OPENED = "opened"  # in a desk's folder: what was saved from the page, a folder for each case
MEMORY = Path("/dev/shm")  # noqa: S108 - only folders of our own are made in it, mode 0700
PATIENCE = 600.0  # seconds; nothing of a desk takes as long to be written
#: Where commands of a desk write, below its folder; `fill` looks after people's files.
PLACES = (
    *("", "line", "line/keys", "outbox", "drawer", "interviews"),
    *("mirror", "mirror/statements", "mirror/digests"),
)


def unhindered() -> None:
    """Let it go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fresh:
    """A file without a name of its own yet."""

    path: Path
    file: BinaryIO

    def keep(self, name: str) -> Path:
        """Give it its name, now that it is known to be whole; return where it is.

        Raises:
            LiesThere: something of this name is there.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        target = self.path.with_name(name)
        _name(self.path, target)
        disk.sync_folder(target.parent)
        return target


@contextmanager
def fresh(folder: Path) -> Iterator[Fresh]:
    """Give a new file in a folder; it is gone after the block unless it was kept."""
    path = folder / f"{FRESH}{secrets.token_hex(8)}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags, disk.FILE_MODE), "w+b") as file:
            _hold(file.fileno())
            yield Fresh(path=path, file=file)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to work in, mode 0700; what is still in it after the block is gone."""
    path = folder / f"{FRESH}{secrets.token_hex(8)}"
    path.mkdir(mode=disk.FOLDER_MODE)
    try:
        with _opened(path) as handle:
            _hold(handle)
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def keep(made: Path, target: Path) -> None:
    """Give a file or folder that is whole its name.

    Raises:
        LiesThere: something of this name is there.
    """
    if target.exists() or target.is_symlink():
        raise LiesThere(target)
    if made.is_dir():
        made.rename(target)  # on to a folder that is not empty it fails
    else:
        with made.open("rb") as file:
            os.fsync(file.fileno())
        _name(made, target)
    disk.sync_folder(target.parent)


def _name(made: Path, target: Path) -> None:
    try:
        os.link(made, target)  # unlike a rename it replaces nothing
    except FileExistsError:
        raise LiesThere(target) from None
    except OSError:  # a disk without links, such as FAT
        if target.exists():
            raise LiesThere(target) from None
        made.replace(target)


def sweep_desk(desk: Path, now: float) -> int:
    """Erase what a kill has left in a desk's own folders; `now` is the start, in unix seconds."""
    before = now - PATIENCE
    places = [*(desk / name for name in PLACES), *(desk / OPENED).glob("*")]
    left = sum(disk.sweep_one(place, before) for place in places)
    return left + sum(disk.sweep_one(place, before, LEFT) for place in places)


def sweep(folder: Path) -> None:
    """Remove what a kill has left, and nothing that somebody holds."""
    for left in folder.glob(f"{FRESH}*"):
        if LEFT.fullmatch(left.name) is None or _is_held(left):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def passing(desk: Path, room: int) -> Path:
    """Return where something opened is made that does not stay: in memory, if it has the room."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= room:
        return MEMORY
    disk.make_folder(desk / OPENED)
    return desk / OPENED


def sweep_passing(desk: Path) -> None:
    """Remove what a kill has left of what does not stay."""
    for place in (MEMORY, desk / OPENED):
        sweep(place)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file or a folder, to be locked; -1 where the system locks no folder."""
    if sys.platform == "win32":
        yield -1
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)


def _hold(handle: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(path: Path) -> bool:
    """Tell whether a command is writing it now."""
    try:
        with _opened(path) as handle:
            _hold(handle)
    except BlockingIOError:
        return True
    except OSError:  # a link, or gone since
        return False
    return False
