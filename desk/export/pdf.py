"""A casefile on paper: a PDF for archives (PDF/A-2b) in which every writing stands as it should.

Rules of this file: what a person said goes to the typesetter as data, never as its markup. The
typesetter may read one folder, in memory where the system has that, which holds our template and
nothing of a case, and which is gone after the work, also after an error. It opens no connection.
What no font here can show is named on the first page and to whoever exports. The same gives the
same bytes.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Literal

import typst

from desk.errors import NoPdf
from desk.export import glyphs
from desk.export.extract import Extract
from desk.export.faces import Faces
from desk.export.sheet import Paper, Say
from desk.saving import MEMORY

TEMPLATE = "casefile.typ"
PROBE = '#for line in sys.inputs.lines.split("\\n") [#par(line)]'
STANDARD: Literal["a-2b"] = "a-2b"
NOT_SHOWN = (
    "No font on this computer for: {}. What is not shown is named in its place, and stands whole in"
    " JSON Lines."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """A PDF, and how many characters no font could show, by script."""

    pdf: bytes = field(repr=False)
    unshown: Mapping[str, int]


def casefiles(
    extracts: Sequence[Extract], *, day: date, faces: Faces, language: str = "en"
) -> Printed:
    """Return the extracts as one PDF, a page or more each; `language` is that of the labels.

    Raises:
        NoPdf: the typesetter cannot make it.
    """
    texts = list[str]()
    Paper(faces=faces, say=_noting(texts), language=language).sheet(extracts, (), day)
    with press(faces) as typesetter:
        lacking = glyphs.missing(texts, typesetter.shows)
        counted = sum((glyphs.told(text, lacking)[1] for text in texts), Counter[str]())
        paper = Paper(
            faces=faces, say=lambda text: glyphs.told(text, lacking)[0], language=language
        )
        notices = (not_shown(counted),) if counted else ()
        pdf = typesetter.pdf(paper.sheet(extracts, notices, day), day)
    return Printed(pdf=pdf, unshown=dict(counted))


def not_shown(counted: Mapping[str, int]) -> str:
    """Return the sentence about what could not be shown."""
    named = (f"{name} ({number})" for name, number in sorted(counted.items()))
    return NOT_SHOWN.format(", ".join(named))


def _noting(texts: list[str]) -> Say:
    def note(text: str) -> str:
        texts.append(text)
        return text

    return note


class Press:
    """The typesetter, in a folder that holds our templates only."""

    def __init__(self, folder: Path, faces: Faces) -> None:
        template = files("desk.export") / TEMPLATE
        self._template = folder / TEMPLATE
        self._template.write_bytes(template.read_bytes())
        self._probe = folder / "probe.typ"
        self._probe.write_text(PROBE, encoding="ascii")
        self._typst = typst.Compiler(
            self._probe,
            root=folder,
            font_paths=list(faces.folders),
            ignore_system_fonts=not faces.system,
            package_path=folder,
            package_cache_path=folder,
        )

    def shows(self, lines: str) -> bool:
        """Tell whether the fonts here have all that stands in these lines."""
        try:
            self._typst.compile(
                self._probe, format="pdf", pdf_standards=STANDARD, sys_inputs={"lines": lines}
            )
        except typst.TypstError:
            return False
        return True

    def pdf(self, told: Mapping[str, object], day: date) -> bytes:
        """Return the paper as a PDF/A; an empty box in it would be an error."""
        inputs = {"told": json.dumps(told)}
        try:
            made = self._typst.compile(
                self._template,
                format="pdf",
                pdf_standards=STANDARD,
                sys_inputs=inputs,
                timestamp=datetime.combine(day, time(), UTC),
            )
        except typst.TypstError:  # its own message may hold a person's words
            raise NoPdf from None
        if not isinstance(made, bytes):  # a list where pages are pictures
            raise NoPdf
        return made


@contextmanager
def press(faces: Faces) -> Iterator[Press]:
    """Give a typesetter; its folder is gone after the block."""
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="quietline-press-", dir=place) as folder:  # mode 0700
        yield Press(Path(folder), faces)
