"""The rows of an XLSForm, from bytes: an .xlsx workbook or pyxform's markdown tables.

It takes bytes and returns sheets, rows and cells with their positions; what they mean is for
`outline`. It never raises for a file's content: whatever is wrong becomes a finding. pyxform's own
readers drop sheets and row numbers, so their cell rules (`get_excel_rows` in `workbooks`, the `MD_`
patterns here) are used directly; tests hold both equal.
"""

import hashlib
import re

from bot.forms import vocabulary as v
from bot.forms.report import Report, shown
from bot.forms.sheets import FormSource, Grid, Sheet, sheet

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MD_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
#: How pyxform 4.4 tells rows, comments and cells apart (pyxform/xls2json_backends.py).
MD_CELL = re.compile(r"\s*\|(.*)\|\s*")
MD_COMMENT = re.compile(r"^\s*#")
MD_PIPE_OR_ESCAPE = re.compile(r"(?<!\\)\|")


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
        from bot.forms import workbooks  # noqa: PLC0415 - it loads libraries that few need

        return workbooks.grids(data, report)
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
