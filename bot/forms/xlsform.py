"""The rows of an XLSForm, from bytes: an .xlsx workbook or pyxform's markdown tables.

This module alone knows pyxform and openpyxl. It takes bytes and returns sheets, rows and cells
with their positions; what they mean is for `outline`. It never raises for a file's content:
whatever is wrong becomes a finding. pyxform's own readers drop sheets and row numbers, so their
cell rules (`get_excel_rows`, the `MD_` patterns) are used directly; a test holds both equal.
"""

import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import (
    MD_CELL,
    MD_COMMENT,
    MD_PIPE_OR_ESCAPE,
    get_excel_rows,
    is_empty,
    xlsx_value_to_str,
)
from pyxform.xls2xform import convert

from bot.errors import Finding
from bot.forms import vocabulary as v
from bot.forms.report import Report, shown
from bot.forms.sheets import FormSource, Grid, Sheet, sheet

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MD_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
#: Remarks of pyxform that we look after ourselves: missing translations, tags such as zh-Hans.
_TOLD = (" is missing the ", "machine-readable codes")
_PYXFORM_ROW = re.compile(r"^(?:\[row : (\d+)\]\s*)")


def read(data: bytes, name: str = "form") -> FormSource:
    """Read a form's file; `name` is what messages call it."""
    digest = hashlib.sha256(data).hexdigest()
    report = Report("row" if data.startswith((_ZIP, _OLE)) else "line")
    grids = _grids(data, report)
    sheets: dict[str, Sheet] = {}
    others: list[str] = []
    for title, grid in grids:
        key = title.strip().lower()
        if key not in v.SHEETS:
            others.append(title)
        elif key in sheets:
            report.error(key, grid[0][0] if grid else 0, "", "this sheet stands twice in the file")
        else:
            sheets[key] = sheet(key, grid, report)
    return FormSource(
        name=name,
        sha256=digest,
        unit=report.unit,
        sheets=sheets,
        others=tuple(others),
        findings=report.findings,
    )


def _grids(data: bytes, report: Report) -> list[tuple[str, Grid]]:
    if not data.strip():
        report.error("", 0, "", "the file is empty")
    elif len(data) > v.MOST_BYTES:
        report.error(
            "", 0, "", f"the file has {len(data)} bytes; a form has at most {v.MOST_BYTES}"
        )
    elif data.startswith(_OLE):
        report.error(
            "", 0, "", "this is an old .xls file or has a password: save it as .xlsx without one"
        )
    elif data.startswith(_ZIP):
        return _workbook_grids(data, report)
    else:
        text = _decoded(data, report)
        return _text_grids(text, report) if text else []
    return []


# --- markdown tables ---------------------------------------------------------------------


def _decoded(data: bytes, report: Report) -> str:
    if data.startswith(_UTF16):
        report.error("", 0, "", "the text is saved as UTF-16: save it as UTF-8")
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        report.error("", line, "", "the text is not UTF-8 from here on: save the file as UTF-8")
        return ""


def _text_grids(text: str, report: Report) -> list[tuple[str, Grid]]:
    """Read tables as pyxform does: the first cell names a sheet, `#` begins a comment."""
    grids: list[tuple[str, Grid]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        cells = _text_cells(line, number, report)
        if cells is None:
            continue
        if 0 in cells:
            grids.append((cells.pop(0), []))
        if not cells:
            continue
        if not grids:
            report.error("", number, "", "this row stands before the name of any sheet")
        elif len(grids[-1][1]) <= v.MOST_ROWS:
            grids[-1][1].append((number, {at - 1: cell for at, cell in cells.items()}))
    if not grids:
        report.error("", 0, "", "this is neither an .xlsx workbook nor a text with `| survey |`")
    return grids


def _text_cells(line: str, number: int, report: Report) -> dict[int, str] | None:
    """Return the cells of one line, None when it is no row of a table."""
    if not line.strip() or MD_COMMENT.match(line):
        return None
    row = MD_CELL.match(line)
    if row is None:
        report.warn("", number, "", f"this line is in no table and is not read: {shown(line)}")
        return None
    rest = line[row.end() :].strip()
    if rest and not rest.startswith("#"):
        report.error("", number, "", f"the row does not end with a |: {shown(rest)} is not read")
    if _MD_RULE.fullmatch(line.strip()):
        return None
    cells = MD_PIPE_OR_ESCAPE.split(row.group(1))
    return {at: cell.strip().replace(r"\|", "|") for at, cell in enumerate(cells) if cell.strip()}


# --- workbooks ---------------------------------------------------------------------------


def _workbook_grids(data: bytes, report: Report) -> list[tuple[str, Grid]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > v.MOST_UNPACKED:
            report.error("", 0, "", f"the workbook unpacks to {unpacked} bytes: too many")
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's remarks on styles it does not keep
            return list(_worksheets(data, report))
    except Exception as error:  # noqa: BLE001 - a damaged workbook breaks openpyxl in many ways
        report.error(
            "", 0, "", f"this workbook cannot be read ({type(error).__name__}): save it again"
        )
        return []


def _worksheets(data: bytes, report: Report) -> Iterator[tuple[str, Grid]]:
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    try:
        for sheet in book.worksheets:
            if sheet.title.strip().lower() in v.SHEETS:
                sheet.reset_dimensions()  # some writers declare a smaller sheet than they wrote
                yield sheet.title, _worksheet_grid(sheet, report)
            else:
                yield sheet.title, []
    finally:
        book.close()


def _worksheet_grid(sheet: Any, report: Report) -> Grid:  # noqa: ANN401 - openpyxl's read-only sheet
    def value(cell: Any, row: int, column: str) -> str:  # noqa: ANN401 - pyxform's callback
        text = str(xlsx_value_to_str(cell.value)).strip()
        if cell.data_type == "e":
            place = get_column_letter(int(column) + 1)
            report.error(
                sheet.title.strip().lower(), row + 1, place, f"the cell holds the error {text}"
            )
        return text

    keys = [str(at) for at in range(v.MOST_COLUMNS)]
    cells = sheet.iter_rows(min_row=1, max_row=v.MOST_ROWS + 1, max_col=v.MOST_COLUMNS)
    rows = get_excel_rows(headers=keys, rows=cells, cell_func=value)
    return [
        (number, {int(at): text for at, text in row.items() if not is_empty(text)})
        for number, row in enumerate(rows, start=1)
        if row
    ]


# --- pyxform's opinion, and workbooks of our own -----------------------------------------


def second_opinion(source: FormSource) -> tuple[Finding, ...]:
    """Return what pyxform's own conversion says of the form, without our extra columns."""
    report = Report(source.unit)
    book: dict[str, Any] = {"sheet_names": [], "fallback_form_name": None}
    for name in (v.SURVEY, v.CHOICES, v.SETTINGS):
        sheet = source.sheet(name)
        columns = [c for c in sheet.columns if not c.startswith("bot::")]
        if not columns:
            continue
        book["sheet_names"].append(name)
        book[name] = [{c: row.cells[c] for c in columns if c in row.cells} for row in sheet.rows]
        book[f"{name}_header"] = [dict.fromkeys(columns)]
    remarks: list[str] = []
    try:
        convert(xlsform=book, warnings=remarks)
    except PyXFormError as error:
        _pass_on(str(error), source, report.error)
    except Exception as error:  # noqa: BLE001 - pyxform fails in many ways on forms it cannot read
        report.error("", 0, "", f"pyxform cannot convert this form ({type(error).__name__})")
    for remark in remarks:
        if not any(known in remark for known in _TOLD):
            _pass_on(remark, source, report.warn)
    return report.findings


def _pass_on(message: str, source: FormSource, say: Any) -> None:  # noqa: ANN401 - a Report's method
    row = 0
    found = _PYXFORM_ROW.match(message)
    rows = source.sheet(v.SURVEY).rows
    if found and 0 <= int(found.group(1)) - 2 < len(rows):
        row = rows[int(found.group(1)) - 2].number
        message = message[found.end() :]
    say(v.SURVEY if row else "", row, "", f"pyxform says: {' '.join(message.split())[:400]}")


def workbook(tables: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return an .xlsx workbook with one sheet for each table; the first row is its headings."""
    book = openpyxl.Workbook(write_only=True)
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for at, heading in enumerate(rows[0] if rows else (), start=1):
            wide = any(len(row[at - 1]) > len(heading) + 20 for row in rows[1:])
            sheet.column_dimensions[get_column_letter(at)].width = 50 if wide else len(heading) + 4
        for number, row in enumerate(rows):
            cells = [WriteOnlyCell(sheet, value=text or None) for text in row]
            for cell in cells:
                cell.alignment = wrapped
                if cell.value is not None:
                    cell.data_type = "s"  # a cell that begins with = is no formula
                if number == 0:
                    cell.font = bold
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
