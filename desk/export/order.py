"""An order: everything that a format needs to be written, and what came of it.

Rules of this file: values, and the seam to the sealed files. A format gets redacted extracts and a
way to open *their* files; it never sees a casefile, so it cannot tell more than was decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from desk.export.extract import Extract
from desk.export.faces import Faces
from desk.export.record import ExportRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """Files of a case that were opened into a folder: names by number, and why others were not."""

    originals: Mapping[int, str] = field(default_factory=dict)
    copies: tuple[str, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)


#: Opens an extract's files into a folder; with working copies of pictures where that is asked for.
OpenFiles = Callable[[Extract, Path, bool], Opened]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is exported, by whom and why; `before` is what left this desk earlier."""

    extracts: Sequence[Extract]
    day: date
    reason: str = field(repr=False)
    line: str
    by: str
    language: str
    faces: Faces
    open_files: OpenFiles = field(repr=False)
    before: Sequence[ExportRecord] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What came of an order: a file or folder, sentences, and files that could not be opened.

    `sha256` is of the file; of a bag that is a folder, of its tag manifest.
    """

    path: Path
    sha256: str
    notes: tuple[str, ...] = ()
    refused: tuple[tuple[str, int, str], ...] = ()  # case number, file number, why
