"""Workbooks, and pyxform's opinion of a form: what needs their libraries.

This module alone knows pyxform and openpyxl, which take a third of a second to load: `xlsform` and
`lint` import it only when there is a workbook, or an opinion is asked for.
"""

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
from pyxform.xls2json_backends import get_excel_rows, is_empty, xlsx_value_to_str
from pyxform.xls2xform import convert

from bot.errors import Finding
from bot.forms import vocabulary as v
from bot.forms.report import Report
from bot.forms.sheets import FormSource, Grid

#: Remarks of pyxform that we look after ourselves: missing translations, tags such as zh-Hans.
_TOLD = (" is missing the ", "machine-readable codes")
_PYXFORM_ROW = re.compile(r"^(?:\[row : (\d+)\]\s*)")


def grids(data: bytes, report: Report) -> list[tuple[str, Grid]]:
    """Return the sheets of a workbook by their titles; what is wrong is reported."""
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
