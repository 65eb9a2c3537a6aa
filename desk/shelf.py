"""The shelf: files that people sent, as they came, sealed.

Rules of this file: ciphertext only, each under its blob id (never under a name that came with it),
mode 0600, never rewritten. Only what an opened case names is taken, and only when its SHA-256 is
the one that the case says. Memory is constant; whatever is refused leaves nothing behind.
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desk import saving
from desk.errors import (
    AlteredBlob,
    DeskError,
    LiesThere,
    NoBlob,
    NoRoom,
    RefusedFile,
    UnusableBlob,
)
from desk.safe_text import safe_line
from storage import age, disk
from storage.entry import File
from storage.errors import StorageError

FOLDER = "files"  # in the mirror; beside a bundle, what the server copied is in one of this name
COMING = "coming"  # in it, what is being fetched from the server
CHUNK = 1024 * 1024
SPARE = 64 * 1024 * 1024  # bytes that stay free on a disk
MOST_RECIPIENTS = 16  # ours: a file is sealed to one; more only makes room for a longer header


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """The sealed files of one desk."""

    folder: Path

    def has(self, file: File) -> bool:
        """Tell whether the sealed file is here."""
        return self._path(file).is_file()

    @contextmanager
    def opened(self, file: File) -> Iterator[BinaryIO]:
        """Open a sealed file that is the one its case names.

        Raises:
            NoBlob: it is not here. AlteredBlob: it is not as it was sealed.
        """
        try:
            with self._path(file).open("rb") as source:
                if hashed(source) != file.sealed_sha256:
                    raise AlteredBlob
                source.seek(0)
                yield source
        except FileNotFoundError:
            raise NoBlob from None

    def take(self, file: File, folder: Path) -> bool:
        """Copy a sealed file from a folder that the server filled; tell whether it lay there.

        Raises:
            AlteredBlob: it is not the one that its case names.
            UnusableBlob: it is no file. NoRoom: the disk is full.
        """
        try:
            with _regular(folder / f"{file.blob.hex()}.age") as source:
                disk.make_folder(self.folder)
                check_room(self.folder, os.fstat(source.fileno()).st_size)
                self._copy(file, source)
        except FileNotFoundError:
            return False
        return True

    def erase(self, file: File) -> None:
        """Erase a sealed file, and what was fetched of it; where there is none, nothing is done."""
        for path in (self._path(file), self.coming(file)):
            disk.erase(path)

    def coming(self, file: File) -> Path:
        """Return where a file that is being fetched grows."""
        return self.folder / COMING / self._path(file).name

    def _copy(self, file: File, source: BinaryIO) -> None:
        found, left = hashlib.sha256(), age.sealed_size(file.size, MOST_RECIPIENTS)
        with saving.fresh(self.folder) as made:
            while left > 0 and (data := source.read(min(CHUNK, left))):
                found.update(data)
                made.file.write(data)
                left -= len(data)
            if found.hexdigest() != file.sealed_sha256:
                raise AlteredBlob
            try:
                made.keep(self._path(file).name)
            except LiesThere:  # taken at the same moment by another command
                return

    def _path(self, file: File) -> Path:
        return self.folder / f"{file.blob.hex()}.age"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelved:
    """What came of a folder: how many were new here, which are not here, which were refused."""

    taken: int
    missing: tuple[str, ...]
    refused: tuple[RefusedFile, ...]


def fill(shelf: Shelf, folder: Path, cases: Sequence[tuple[str, Mapping[int, File]]]) -> Shelved:
    """Take from a folder what the cases name, each given by its number with its files."""
    taken, missing, refused = 0, list[str](), list[RefusedFile]()
    saving.sweep(shelf.folder)
    for case, files in cases:
        for number, file in files.items():
            if shelf.has(file):
                continue
            with naming(case, number, refused):
                if shelf.take(file, folder):
                    taken += 1
                else:
                    missing.append(called(case, number))
    return Shelved(taken=taken, missing=tuple(missing), refused=tuple(refused))


def called(case: str, number: int) -> str:
    """Return what the team calls a file."""
    return f"case {safe_line(case)}, file {number}"


@contextmanager
def naming(case: str, number: int, refused: list[RefusedFile]) -> Iterator[None]:
    """Note under a file's name what goes wrong with it, and go on after it."""
    name = f"C{called(case, number)[1:]}"
    try:
        yield
    except (DeskError, StorageError) as error:
        refused.append(RefusedFile(name, str(error).rstrip(".")))
    except OSError as error:
        refused.append(RefusedFile(name, _unable(error)))


def check_room(folder: Path, size: int) -> None:
    """Check that a disk has room for so many bytes more.

    Raises:
        NoRoom: it has not.
    """
    free = shutil.disk_usage(folder).free
    if size + SPARE > free:
        raise NoRoom(megabytes(size + SPARE), megabytes(free))


def megabytes(size: int) -> str:
    """Return a size for people, rounded up."""
    return f"{-(-size // 10**6):,} MB"


def _unable(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full: nothing of it was kept"
    return error.strerror or "It cannot be read or written"


@contextmanager
def _regular(path: Path) -> Iterator[BinaryIO]:
    """Open a file that is a file: a stranger's folder may hold pipes and devices."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer would wait
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise
    except OSError:
        raise UnusableBlob from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnusableBlob
        yield file


def hashed(source: BinaryIO) -> str:
    """Return the SHA-256 of all that an open file holds."""
    found = hashlib.sha256()
    while data := source.read(CHUNK):
        found.update(data)
    return found.hexdigest()
