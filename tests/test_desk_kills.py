"""A desk is killed in the middle of a file: the next sync goes on there, and fetches nothing twice."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from desk.shelf import FOLDER, Shelf
from storage.blobs import DiskBlobs
from storage.exchange import PIECE
from tests.desk_made import Door
from tests.files_made import FilesServed
from tests.files_made import Sent as SentFile
from tests.office import TODAY
from tests.running import TREE
from tests.served import Desk, case_id


class Watched(DiskBlobs):
    """The server's files: which were asked for, from where; at one piece something is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[tuple[bytes, int]] = []
        self.kill: Callable[[], None] = lambda: None

    def open(self, blob: bytes, start: int = 0) -> BinaryIO:
        self.asked.append((blob, start))
        if start >= 2 * PIECE:
            self.kill()
        return super().open(blob, start)


async def test_a_desk_that_is_killed_goes_on_in_the_middle_of_a_file(tmp_path: Path) -> None:
    served = FilesServed(tmp_path)
    data = bytes(range(256)) * (4 * PIECE // 256)
    one, two = sorted((1, 2), key=case_id)  # in the order in which a desk fetches
    (first,) = await served.send_files(one, [SentFile(data=b"small")])
    (big,) = await served.send_files(two, [SentFile(data=data)])
    door = Door(served)
    door.blobs = blobs = Watched(tmp_path / "blobs")
    door.now = datetime.now(UTC)
    shelf = Shelf(folder=Desk(served).mirror.folder / FOLDER)
    async with door.open() as url:
        killed = await sync(served, url)
        blobs.kill = killed.kill
        assert await killed.wait() != 0
        assert shelf.has(first)
        assert not shelf.has(big)
        assert shelf.coming(big).stat().st_size == 2 * PIECE
        blobs.asked.clear()
        blobs.kill = lambda: None
        again = await sync(served, url)
        assert await again.wait() == 0
        pieces = [(big.blob, PIECE * number) for number in (2, 3, 4)]
        assert blobs.asked[: len(pieces)] == pieces
        assert {blob for blob, _ in blobs.asked} == {big.blob}
        assert shelf.has(big)
        assert not shelf.coming(big).exists()
        blobs.asked.clear()
        assert await (await sync(served, url)).wait() == 0
        assert blobs.asked == []


async def sync(served: FilesServed, url: str) -> asyncio.subprocess.Process:
    """Start a sync at ana's, as she does."""
    office = served.office
    words = ["--line", str(office.line_folder), "--desk", str(office.desk("ana"))]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk", "sync", url, *words, "--today", str(TODAY), cwd=TREE
    )
