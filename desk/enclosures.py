"""Files of interviews: sealed as they come, each beside its interview until it is handed in.

Rules of this file: ciphertext only, in constant memory. A file is sealed to the reading key of its
question's compartment, as the server would do it, and lies under its case and its blob's id. What
it is, is told from its first bytes; its name is cleaned and stands inside the interview, sealed.

    interviews/CASE.BLOB.age
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from desk import saving
from desk.errors import EmptyFile, EnclosureGone, TooLargeFile
from desk.saving import Fresh
from desk.shelf import check_room
from storage import age, disk
from storage.age import Recipient, Sealing
from storage.entry import File
from storage.filetype import HEAD, clean_name, type_of
from storage.packet import LARGEST, blob_id
from storage.padding import MIB
from storage.rows import CaseId

CHUNK = 1 << 20
#: What the desk calls a file by the first word of its type.
KINDS = {"image": "photo", "audio": "audio", "video": "video"}


@dataclass(kw_only=True, slots=True)
class Coming:
    """A file on its way: hashed, sealed and written piece by piece; nothing of it stays."""

    fresh: Fresh
    case: CaseId
    sealing: Sealing = field(repr=False)
    size: int = 0
    _head: bytearray = field(default_factory=bytearray, repr=False)
    _plain: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)
    _sealed: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    def take(self, data: bytes) -> None:
        """Take more of it.

        Raises:
            TooLargeFile: it is more than is taken.
        """
        self.size += len(data)
        if self.size > LARGEST * MIB:
            raise TooLargeFile(LARGEST)
        self._head += data[: HEAD - len(self._head)]
        self._plain.update(data)
        self._write(self.sealing.update(data))

    def finish(self, name: str, number: int) -> File:
        """Give the sealed file its place, now that it is whole; return what there is to say of it.

        Raises:
            EmptyFile: nothing came.
        """
        if not self.size:
            raise EmptyFile
        self._write(self.sealing.finish())
        sealed_sha256, type_ = self._sealed.hexdigest(), type_of(bytes(self._head))
        blob = blob_id(self.case, sealed_sha256)
        self.fresh.keep(_name(self.case, blob))
        return File(
            blob=blob,
            size=self.size,
            type=type_,
            sha256=self._plain.hexdigest(),
            sealed_sha256=sealed_sha256,
            name=clean_name(name),
            kind=KINDS.get(type_.partition("/")[0], "document"),
            number=number,
        )

    def _write(self, sealed: bytes) -> None:
        self._sealed.update(sealed)
        self.fresh.file.write(sealed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosures:
    """The sealed files of the interviews in one folder."""

    folder: Path

    @contextmanager
    def coming(self, case: CaseId, recipient: Recipient) -> Iterator[Coming]:
        """Begin a file of an interview; after the block it is there if it was finished, or gone.

        Raises:
            NoRoom: the disk is full.
        """
        disk.make_folder(self.folder)
        check_room(self.folder, LARGEST * MIB)
        with saving.fresh(self.folder) as made:
            coming = Coming(fresh=made, case=case, sealing=Sealing([recipient]))
            coming._write(coming.sealing.begin())  # noqa: SLF001 - its own maker
            yield coming

    def add(self, case: CaseId, recipient: Recipient, path: Path, number: int) -> File:
        """Seal a file from the disk.

        Raises:
            TooLargeFile, EmptyFile, NoRoom: it cannot be taken. OSError: it cannot be read.
        """
        with path.open("rb") as source, self.coming(case, recipient) as coming:
            while data := source.read(CHUNK):
                coming.take(data)
            return coming.finish(path.name, number)

    def read(self, case: CaseId, file: File) -> bytes:
        """Return a sealed file.

        Raises:
            EnclosureGone: it is not here, or not as it was sealed.
        """
        try:
            with (self.folder / _name(case, file.blob)).open("rb") as source:
                data = source.read(age.sealed_size(file.size) + 1)
        except FileNotFoundError:
            raise EnclosureGone(file.number) from None
        if hashlib.sha256(data).hexdigest() != file.sealed_sha256:
            raise EnclosureGone(file.number)
        return data

    def drop(self, case: CaseId, file: File) -> None:
        """Erase one file."""
        disk.erase(self.folder / _name(case, file.blob))

    def keep_only(self, case: CaseId, named: Collection[bytes] = ()) -> None:
        """Erase the files of an interview but those of these blobs."""
        kept = {_name(case, blob) for blob in named}
        for path in self.folder.glob(f"{case.hex()}.*.age"):
            if path.name not in kept:
                disk.erase(path)


def _name(case: CaseId, blob: bytes) -> str:
    return f"{case.hex()}.{blob.hex()}.age"
