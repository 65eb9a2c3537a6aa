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
#: Pauses after which whoever holds a folder does not only look: many times what looking takes.
INSTANT = 10


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


@asynccontextmanager
async def taken(folder: Path) -> AsyncIterator[bool]:
    """Hold the folder until the block ends; tell whether nobody else did.

    Whoever holds it for an instant, to see whether it is held, is waited for.
    """
    handle = _open(folder)
    try:
        alone = _lock(handle)
        for _ in range(INSTANT):
            if alone:
                break
            await asyncio.sleep(PAUSE)
            alone = _lock(handle)
        yield alone
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool:
    """Tell whether somebody holds the folder. Many may ask; who wants to hold it waits for them."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return not _lock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _open(folder: Path) -> int:
    folder.mkdir(mode=disk.FOLDER_MODE, parents=True, exist_ok=True)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def _lock(handle: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
