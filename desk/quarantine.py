"""Originals that were saved from the page: one folder for each case, in the desk's own.

Rules of this file: what lies here lies open, as with `quietline-desk files`, and is found again: a
folder's name ends with the case's id, so that all in it goes when the case does, whatever somebody
has called it since. A browser gets none of it.
"""

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desk import evidence, file_names, saving
from desk.casefile import Casefile
from desk.errors import NotErased, NotWritten
from desk.evidence import Place, Saved
from desk.saving import OPENED, GoOn
from desk.shelf import Shelf
from storage import disk
from storage.age import Identity
from storage.entry import File
from storage.rows import CaseId

OF_THE_ID = 12  # hex digits
COPIES = (".jpg", ".png")


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantine:
    """Where the originals of one desk lie."""

    desk: Path

    def folder(self, casefile: Casefile) -> Path:
        """Return the folder of a case, whether or not it is there."""
        number = file_names.plain_number(casefile.number)
        return self.desk / OPENED / f"{number}{_ending(casefile.case)}"

    def save(
        self,
        casefile: Casefile,
        number: int,
        kept: Shelf,
        identities: Iterable[Identity],
        go_on: GoOn = saving.unhindered,
    ) -> Saved:
        """Open a file of a case into its folder, checked from end to end.

        Raises:
            FileTrouble: it is not whole, not here, or not for this desk; nothing of it was kept.
            NotWritten: the disk did not take it.
        """
        folder = self.folder(casefile)
        place = Place(folder=folder, case=casefile.number, number=number)
        try:
            disk.make_folder(folder)
            saving.sweep(folder)
            return evidence.save(casefile.files[number], place, kept, identities, go_on=go_on)
        except OSError as error:  # full, or the case was erased meanwhile, and the folder with it
            raise NotWritten(error.strerror) from None

    def saved(self, casefile: Casefile, number: int, file: File) -> tuple[Path, ...]:
        """Return what lies here of a file: the original, and its working copy."""
        folder, case = self.folder(casefile), casefile.number
        stem = file_names.stem(case, number, file.name, file.kind)
        names = [f"{stem}-copy{ending}" for ending in COPIES]
        names.insert(0, file_names.original(case, number, file.name, file.kind, file.type))
        return tuple(folder / name for name in names if (folder / name).is_file())

    def drop(self, casefile: Casefile, number: int, file: File) -> None:
        """Erase what lies here of a file, and the folder with the last; it stays in the case."""
        for path in self.saved(casefile, number, file):
            disk.erase(path)
        with contextlib.suppress(OSError):  # something else lies there, or nothing does
            self.folder(casefile).rmdir()

    def erase(self, case: CaseId) -> None:
        """Erase all that lies here of a case.

        Raises:
            NotErased: something stays.
        """
        for folder in (self.desk / OPENED).glob(f"*{_ending(case)}"):
            try:
                shutil.rmtree(folder)
            except OSError:
                raise NotErased(case.hex()) from None


def _ending(case: CaseId) -> str:
    return f"-{case.hex()[:OF_THE_ID]}"
