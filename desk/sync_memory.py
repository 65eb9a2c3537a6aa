"""What a desk remembers between two syncs: how far it came, and what is still to be done.

Rules of this file: numbers and ids of cases only, in one file of the mirror. Without it a sync
begins anew, and what is here already is passed over. The address lies beside the key, in a file
that a person may write.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

import tomli_w

from desk.errors import NoAddress
from storage import disk
from storage.document import Document, write
from storage.entry import CASE
from storage.errors import StorageError
from storage.rows import CaseId

FILE, KIND = "sync.json", "sync"
DAY = "synced"
ADDRESS = "server.toml"
MAX_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """How far a desk came.

    `after` is the sequence number up to which entries were taken, `last` the highest that the
    server ever told; `files` are cases with files that are not all here yet, `erased` those whose
    erasing was reported.
    """

    after: int = 0
    last: int = 0
    files: frozenset[CaseId] = frozenset()
    erased: frozenset[CaseId] = frozenset()

    def erasing(self, case: CaseId) -> Self:
        """Return the memory after a case's erasing was reported."""
        return replace(self, erased=self.erased | {case}, files=self.files - {case})


def load(mirror: Path) -> Memory:
    """Return what is remembered; nothing where there is no such file, or it is damaged."""
    try:
        with (mirror / FILE).open("rb") as file:
            document = Document.decode(file.read(MAX_FILE), file=FILE, kind=KIND)
        memory = Memory(
            after=document.whole("after"),
            last=document.whole("last"),
            files=_cases(document.codes("files")),
            erased=_cases(document.codes("erased")),
        )
        document.end()
    except (FileNotFoundError, StorageError, ValueError):
        return Memory()
    return memory


def save(mirror: Path, memory: Memory) -> None:
    """Remember."""
    told: dict[str, object] = {
        "after": memory.after,
        "erased": sorted(case.hex() for case in memory.erased),
        "files": sorted(case.hex() for case in memory.files),
        "last": memory.last,
    }
    disk.make_folder(mirror)
    disk.write(mirror / FILE, write(KIND, told))


def finish(mirror: Path, today: date) -> None:
    """Remember the day on which a sync was done whole."""
    disk.write(mirror / DAY, f"{today.isoformat()}\n".encode())


def finished(mirror: Path) -> date | None:
    """Return the day of the last sync that was done whole; None before any."""
    try:
        return date.fromisoformat((mirror / DAY).read_text("ascii").strip())
    except (FileNotFoundError, ValueError):
        return None


def address(desk: Path) -> str:
    """Return the server's address as it was given last.

    Raises:
        NoAddress: none was, or the file holds something else.
    """
    try:
        found = tomllib.loads((desk / ADDRESS).read_text("utf-8")).get("url")
    except (FileNotFoundError, ValueError):
        raise NoAddress from None
    if not isinstance(found, str):
        raise NoAddress
    return found


def remembered(desk: Path) -> str:
    """Return the server's address as it was given last, or nothing."""
    try:
        return address(desk)
    except NoAddress:
        return ""


def remember_address(desk: Path, url: str) -> None:
    """Remember the server's address."""
    disk.write(desk / ADDRESS, tomli_w.dumps({"url": url}).encode())


def _cases(texts: Iterable[str]) -> frozenset[CaseId]:
    found = frozenset(bytes.fromhex(text) for text in texts)
    if any(len(case) != CASE for case in found):
        raise ValueError(FILE)
    return found
