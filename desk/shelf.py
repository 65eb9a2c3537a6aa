"""The shelf: files that people sent, as they came, sealed.

Rules of this file: ciphertext only, each under its blob id (never under a name that came with it),
mode 0600, never rewritten. Only what an opened case names is taken, and only when its SHA-256 is
the one that the case says. Memory is constant; whatever is refused leaves nothing behind. Before a
file comes it is noted whose it is: when its case is gone, that may not open here any more.

    files/BLOB.age  files/coming/BLOB.age  files/cases/CASE.json
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desk import saving
from desk.casefile import Casefile
from desk.errors import (
    AlteredBlob,
    DeskError,
    LiesThere,
    NoBlob,
    NoRoom,
    NotErased,
    RefusedFile,
    UnusableBlob,
)
from desk.safe_text import safe_line
from desk.saving import GoOn
from storage import age, disk
from storage.document import Document, write
from storage.entry import File
from storage.errors import StorageError
from storage.rows import CaseId

FOLDER = "files"  # in the mirror; beside a bundle, what the server copied is in one of this name
COMING = "coming"  # in it, what is being fetched from the server
CASES, KIND, BLOB = "cases", "case-files", 16  # in it, which files are a case's
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
    def opened(self, file: File, go_on: GoOn = saving.unhindered) -> Iterator[BinaryIO]:
        """Open a sealed file that is the one its case names.

        Raises:
            NoBlob: it is not here. AlteredBlob: it is not as it was sealed.
        """
        try:
            with self._path(file).open("rb") as source:
                if hashed(source, go_on) != file.sealed_sha256:
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

    def note(self, case: CaseId, files: Iterable[File]) -> None:
        """Note which files are a case's, beside those that were noted before."""
        before = self._noted(case)
        noted = frozenset(file.blob for file in files) | (before or frozenset())
        if noted != before and (noted or before is None):
            path = self._note(case)
            disk.make_folder(path.parent)
            listed = [{"blob": blob.hex()} for blob in sorted(noted)]
            disk.write(path, write(KIND, {"blobs": listed}))

    def erase(self, case: CaseId, files: Iterable[File] | None) -> None:
        """Erase a case's files, and what was fetched of them: those that it names, if it opens.

        Raises:
            NotErased: what was noted is damaged and the case is closed, or a file stays.
        """
        noted = self._noted(case)
        if noted is None and files is None:
            raise NotErased(case.hex())
        try:
            for blob in (noted or frozenset()) | {file.blob for file in files or ()}:
                disk.erase(self.folder / _name(blob))
                disk.erase(self.folder / COMING / _name(blob))
            disk.erase(self._note(case))
        except OSError:
            raise NotErased(case.hex()) from None

    def _noted(self, case: CaseId) -> frozenset[bytes] | None:
        """Return which files are a case's; None where the note is damaged."""
        try:
            data = self._note(case).read_bytes()
            document = Document.decode(data, file=case.hex(), kind=KIND)
            found = [one.hexadecimal("blob", BLOB) for one in document.sections("blobs")]
            document.end()
        except FileNotFoundError:
            return frozenset()
        except (StorageError, OSError):
            return None
        return frozenset(found)

    def _note(self, case: CaseId) -> Path:
        return self.folder / CASES / f"{case.hex()}.json"

    def coming(self, file: File) -> Path:
        """Return where a file that is being fetched grows."""
        return self.folder / COMING / _name(file.blob)

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
        return self.folder / _name(file.blob)


def _name(blob: bytes) -> str:
    return f"{blob.hex()}.age"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelved:
    """What came of a folder: how many were new here, which are not here, which were refused."""

    taken: int
    missing: tuple[str, ...]
    refused: tuple[RefusedFile, ...]


def fill(shelf: Shelf, folder: Path, cases: Iterable[Casefile]) -> Shelved:
    """Take from a folder what the cases name."""
    taken, missing, refused = 0, list[str](), list[RefusedFile]()
    saving.sweep(shelf.folder)
    for one in cases:
        shelf.note(one.case, one.files.values())
        for number, file in one.files.items():
            if shelf.has(file):
                continue
            with naming(one.number, number, refused):
                if shelf.take(file, folder):
                    taken += 1
                else:
                    missing.append(called(one.number, number))
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


def hashed(source: BinaryIO, go_on: GoOn = saving.unhindered) -> str:
    """Return the SHA-256 of all that an open file holds."""
    found = hashlib.sha256()
    while data := source.read(CHUNK):
        go_on()
        found.update(data)
    return found.hexdigest()
