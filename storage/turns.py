"""One at a time: whoever makes something in a folder waits for whoever is at it, or is told.

Rules of this file: the folder itself is locked (flock), so nothing is left behind by a crash, and
it holds between processes as between tasks of one. For servers only: the lock is Unix's.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from storage import disk

PAUSE = 0.05  # seconds; a digest takes about as long


@asynccontextmanager
async def alone_in(folder: Path) -> AsyncIterator[None]:
    """Make the folder if need be, and hold it until the block ends."""
    handle = _open(folder)
    try:
        while not _lock(handle):  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(PAUSE)
        yield
    finally:
        os.close(handle)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold the folder until the block ends; tell at once whether nobody else did."""
    handle = _open(folder)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _open(folder: Path) -> int:
    folder.mkdir(mode=disk.FOLDER_MODE, parents=True, exist_ok=True)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
