"""Private files: written whole or not at all, and readable by their owner only.

Rules of this file: nothing is edited in place. A file is written beside its name, forced to the
disk and renamed over it; then the folder is forced to the disk as well, so that a loss of power
leaves either the old file or the new one, but for what is not meant to last. Files are 0600 and
folders that we make 0700; the mode of a folder that was there is its owner's business.
"""

import os
import re
import secrets
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
#: What a file is called until it is whole: a dot, its name, and four random bytes.
_FRESH = re.compile(r"\..+\.[0-9a-f]{8}")


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, closed to everybody else; one that is there stays so."""
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=FOLDER_MODE, exist_ok=True)


def write(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write the whole file, replacing what was there, in one step.

    Not `lasting` is what can be made again: a loss of power may empty it or take it away.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_through(fresh, data, lasting=lasting)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    if lasting:
        sync_folder(path.parent)


def read(path: Path, most: int) -> bytes | None:
    """Return what lies there, up to so many bytes; None where there is nothing.

    Room is made for what there is, not for so many bytes: tens of thousands of files are read so.
    """
    try:
        with path.open("rb") as file:
            return file.read(min(os.fstat(file.fileno()).st_size + 1, most))
    except FileNotFoundError:
        return None


def times(folder: Path) -> dict[str, int]:
    """Return when each thing in a folder changed last, in nanoseconds; nothing where there is none.

    Where the system can, they are looked up from the open folder: there may be tens of thousands.
    """
    try:
        if os.scandir not in os.supports_fd:
            return _times(folder)
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return {}
    try:
        return _times(handle)
    finally:
        os.close(handle)


def _times(folder: Path | int) -> dict[str, int]:
    found = dict[str, int]()
    with os.scandir(folder) as listed:
        for one in listed:
            try:
                found[one.name] = one.stat().st_mtime_ns
            except FileNotFoundError:  # erased meanwhile
                continue
    return found


def sweep(folder: Path, before: float) -> int:
    """Erase what a kill left of files that were never whole, here and below; return how many.

    Only plain files of our own naming that nobody has written to since `before` (unix seconds), the
    start of this process: another may be writing one now. No link is followed.
    """
    places = [Path(place) for place, _, _ in os.walk(folder)]
    return sum(sweep_one(place, before) for place in places)


def sweep_one(folder: Path, before: float, named: re.Pattern[str] = _FRESH) -> int:
    """Do the same in one folder, and nothing below; `named` is how what is left is called."""
    try:
        left = [path for path in folder.iterdir() if named.fullmatch(path.name)]
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return sum(_is_old(path, before) and erase(path) for path in left)


def erase(path: Path) -> bool:
    """Remove the file; tell whether there was one.

    The bytes may survive on a solid-state disk and in backups: what was sealed stays sealed.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Force the folder's own list of names to the disk (where the system can)."""
    if os.name == "nt":  # a folder cannot be opened there; renames are ordered by NTFS's journal
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_through(path: Path, data: bytes, *, lasting: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        if lasting:
            file.flush()
            os.fsync(file.fileno())


def _is_old(path: Path, before: float) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:  # it has its name since
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime < before
