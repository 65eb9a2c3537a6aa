"""One at a time: whoever makes something in a folder waits for whoever is at it.

Rules of this file: the folder itself is locked (flock), so nothing is left behind by a crash. The
wait is in a thread, and holds between processes as between tasks of one. For servers only: the
lock is Unix's.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage import disk


@asynccontextmanager
async def alone_in(folder: Path) -> AsyncIterator[None]:
    """Make the folder if need be, and hold it until the block ends."""
    folder.mkdir(mode=disk.FOLDER_MODE, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
