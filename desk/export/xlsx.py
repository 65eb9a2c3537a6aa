"""A workbook: a row a case, an answer and a file; what to beware of is on the first sheet.

Rules of this file: extracts to bytes. Every cell but a count is a text, and marked as one
(`quotePrefix`), so that editing it makes no formula of it. The workbook is the same, byte for byte,
whenever the same is exported: it names neither who wrote it nor when.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from desk.export.cautions import CHECKLIST
from desk.export.cells import cell
from desk.export.extract import Extract, Reply
from storage.entry import Codes, Day, Number

Row: TypeAlias = Sequence[str | int]

CASES = (
    *("case", "redaction", "urgency", "language", "day", "form", "form_version"),
    *("answers", "added", "files", "sealed_to_others", "link", "case_id"),
    *("state", "owner", "tags", "verification", "attribution"),
)
ANSWERS = (
    *("case", "question", "label", "repeat", "language", "day", "later"),
    *("codes", "meaning", "number", "date", "words", "files"),
)
FILES = ("case", "number", "name", "kind", "type", "size", "sha256", "sealed_sha256", "blob")
WHEN = datetime(1980, 1, 1)  # noqa: DTZ001 - what a ZIP says where no time is told


def workbook(extracts: Sequence[Extract]) -> bytes:
    """Return the extracts as a workbook."""
    book = Workbook(write_only=True)
    book.properties.creator = "Quietline"
    _sheet(book, "Read first", ("case", "beware"), _cautions(extracts))
    _sheet(book, "Cases", CASES, map(_case, extracts))
    _sheet(book, "Answers", ANSWERS, (_answer(one, r) for one in extracts for r in one.replies))
    _sheet(book, "Files", FILES, (row for one in extracts for row in _files(one)))
    made = io.BytesIO()
    book.save(made)
    return _timeless(made)


def _sheet(book: Workbook, title: str, names: Sequence[str], rows: Iterable[Row]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    _append(sheet, names)
    for row in rows:
        _append(sheet, row)


def _append(sheet: WriteOnlyWorksheet, row: Row) -> None:
    sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: WriteOnlyWorksheet, value: str | int) -> Cell | int:
    if isinstance(value, int):
        return value
    made = WriteOnlyCell(sheet, cell(value))
    made.data_type = "s"  # openpyxl would take what begins with = for a formula
    made.quotePrefix = True
    return made


def _cautions(extracts: Sequence[Extract]) -> Iterator[Row]:
    for sentence in CHECKLIST:
        yield "", sentence
    for one in extracts:
        for sentence in one.cautions:
            yield one.number, sentence


def _case(one: Extract) -> Row:
    desk = one.handled
    closed = ", ".join(f"{name}: {count}" for name, count in one.closed.items())
    return (
        *(one.number, one.redaction.value, one.urgency, one.language, one.day),
        *(one.form.id, one.form.version, len(one.answers), len(one.added), len(one.files)),
        *(closed, one.link, one.case),
        *(desk.state, desk.owner, " ".join(desk.tags), desk.verification, desk.attribution),
    )


def _answer(one: Extract, reply: Reply) -> Row:
    codes = reply.value.codes if isinstance(reply.value, Codes) else ()
    return (
        *(one.number, reply.question, reply.label, reply.repeat, reply.language, reply.day),
        *(reply.later or "", " ".join(codes), "; ".join(reply.labels[code] for code in codes)),
        # a long number would lose its last digits as a number
        str(reply.value.number) if isinstance(reply.value, Number) else "",
        reply.value.day if isinstance(reply.value, Day) else "",
        *(reply.words, " ".join(map(str, reply.files))),
    )


def _files(one: Extract) -> Iterator[Row]:
    for number, file in one.files.items():
        yield (
            *(one.number, number, file.name, file.kind, file.type, str(file.size)),
            *(file.sha256, file.sealed_sha256, file.blob.hex()),
        )


def _timeless(made: io.BytesIO) -> bytes:
    """Return the workbook without the times at which its parts were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(made) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as put:
        for part in given.infolist():
            data = given.read(part)
            if part.filename == "docProps/core.xml":
                data = _CORE
            put.writestr(zipfile.ZipInfo(part.filename, WHEN.timetuple()[:6]), data)
    return out.getvalue()


_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    b'core-properties"/>'
)
