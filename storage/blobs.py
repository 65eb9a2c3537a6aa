"""Where sealed files lie: on the server's own disk, under names that say nothing.

Rules of this file: a file has its name only when it is whole and on the disk: it is written beside
it, forced to the disk, renamed, and the folder is forced to the disk as well. Nothing is sealed or
opened here. Another place is `storage.blobs_s3`; one contract suite runs on both. All of it waits
for the disk: call it in a thread.
"""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from storage import disk
from storage.errors import BlobFailed, BlobMissing

#: Bytes of a blob's id.
ID = 16
WHOLE, PART = ".age", ".part"
#: A file of ours in its place: the folder, the id, what it is.
PATH = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{30})(\.age|\.part)", re.ASCII)


class BlobWriter(Protocol):
    """A sealed file on its way. Left without `finish`, in whatever way, it never was."""

    def write(self, data: bytes) -> None:
        """Write all of the data.

        Raises:
            BlobFailed: there is no room, or no way.
        """
        ...

    def finish(self) -> None:
        """Give the file its name; it is whole, and would survive a loss of power.

        Raises:
            BlobFailed: it did not work; there is no file.
        """
        ...

    def abandon(self) -> None:
        """Let go; nothing is left. After `finish` it does nothing."""
        ...

    def __enter__(self) -> Self:
        """Return the writer."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abandon what is not finished."""
        ...


class Blobs(Protocol):
    """A place for sealed files, each under an id of 16 bytes."""

    def begin(self, blob: bytes) -> BlobWriter:
        """Begin a file, anew if there is one.

        Raises:
            BlobFailed: nothing can be written there.
        """
        ...

    def open(self, blob: bytes, start: int = 0) -> BinaryIO:
        """Open a file to be read from its beginning, or from a byte before its end.

        Raises:
            BlobMissing: there is none of that id.
            BlobFailed: it cannot be read.
        """
        ...

    def erase(self, blob: bytes) -> bool:
        """Erase a file and what was begun of it; tell whether there was a whole one.

        Raises:
            BlobFailed: it may still be there.
        """
        ...

    def names(self) -> frozenset[bytes]:
        """Return the ids of all whole files."""
        ...

    def sweep(self, known: Collection[bytes]) -> int:
        """Erase files of unknown ids and what was begun and left; return how many.

        For the start, while nobody writes. Files that are not ours are left alone.
        """
        ...


class DiskBlobs:
    """Files in a folder: `<first 2 digits>/<32 digits>.age`, beside it `.part` while it comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, blob: bytes) -> "DiskWriter":
        """Begin a file, anew if there is one."""
        part = self._path(blob, PART)
        try:
            if not part.parent.exists():
                disk.make_folder(part.parent)
                disk.sync_folder(part.parent.parent)
            part.unlink(missing_ok=True)
            return DiskWriter(part, self._path(blob, WHOLE))
        except OSError as error:
            raise _failed(self._folder, error) from None

    def open(self, blob: bytes, start: int = 0) -> BinaryIO:
        """Open a file to be read from its beginning, or from a byte before its end."""
        try:
            file = self._path(blob, WHOLE).open("rb")
            file.seek(start)
        except FileNotFoundError:
            raise BlobMissing(blob.hex()) from None
        except OSError as error:
            raise _failed(self._folder, error) from None
        return file

    def erase(self, blob: bytes) -> bool:
        """Erase a file and what was begun of it; tell whether there was a whole one."""
        try:
            disk.erase(self._path(blob, PART))
            return disk.erase(self._path(blob, WHOLE))
        except OSError as error:
            raise _failed(self._folder, error) from None

    def names(self) -> frozenset[bytes]:
        """Return the ids of all whole files."""
        return frozenset(blob for blob, ending in self._found() if ending == WHOLE)

    def sweep(self, known: Collection[bytes]) -> int:
        """Erase files of unknown ids and what was begun and left; return how many."""
        over = [one for one in self._found() if one[1] == PART or one[0] not in known]
        try:
            return sum(disk.erase(self._path(*one)) for one in over)
        except OSError as error:
            raise _failed(self._folder, error) from None

    def _found(self) -> Iterator[tuple[bytes, str]]:
        for path in sorted(self._folder.glob("*/*")):
            if found := PATH.fullmatch(path.relative_to(self._folder).as_posix()):
                yield bytes.fromhex(found[2]), found[3]

    def _path(self, blob: bytes, ending: str) -> Path:
        return self._folder / name_of(blob, ending)


class DiskWriter:
    """A file that is written beside its name."""

    def __init__(self, part: Path, whole: Path) -> None:
        self._part, self._whole = part, whole
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, disk.FILE_MODE)
        self._file = os.fdopen(handle, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._fail(error) from None

    def finish(self) -> None:
        """Give the file its name, once it is on the disk."""
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._whole)
            disk.sync_folder(self._whole.parent)
        except OSError as error:
            raise self._fail(error) from None

    def abandon(self) -> None:
        """Let go; nothing is left. After `finish` it does nothing."""
        if not self._file.closed:
            self._file.close()
            disk.erase(self._part)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abandon what is not finished."""
        self.abandon()

    def _fail(self, error: OSError) -> BlobFailed:
        self._file.close()
        self._part.unlink(missing_ok=True)
        return _failed(self._part.parent.parent, error)


def name_of(blob: bytes, ending: str = WHOLE) -> str:
    """Return the name of a blob's file in its place.

    Raises:
        ValueError: this is no id.
    """
    if len(blob) != ID:
        raise ValueError(len(blob))
    name = blob.hex()
    return f"{name[:2]}/{name}{ending}"


def _failed(folder: Path, error: OSError) -> BlobFailed:
    return BlobFailed(folder, error.strerror or type(error).__name__)
