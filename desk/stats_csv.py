"""Statistics as CSV, for a spreadsheet or another program.

Rules of this file: figures to text. Columns are stable; the accompanying text are rows of their
own, first, so that nobody gets figures without it. A cell that a spreadsheet would take for a
formula gets an apostrophe before it. UTF-8 with its mark, which Excel needs to read it as such.

Source: OWASP, CSV injection; RFC 4180
"""

import csv
import io
from collections.abc import Iterator

from desk.figures import Figures

COLUMNS = ("table", "code", "group", "label", "figure", "unit", "definition", "dates", "from", "to")
NOTE = "note"
FORMULA = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20\u2212")
MARK = "\ufeff"


def render(figures: Figures) -> bytes:
    """Return the figures as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(figures))
    return (MARK + text.getvalue()).encode()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(FORMULA) else cell


def _rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    window = figures.about.window
    days = tuple("" if day is None else day.isoformat() for day in (window.first, window.last))
    ends = (window.by.value, *days)
    for note in figures.notes:
        yield (NOTE, "", "", note, "", figures.unit, "", *ends)
    for sheet in figures.sheets:
        if sheet.says:
            yield (sheet.name, "", "", sheet.says, "", figures.unit, "", *ends)
        for line in sheet.lines:
            yield (
                sheet.name,
                line.code,
                line.group,
                line.label,
                str(line.figure),
                figures.unit,
                line.definition,
                *ends,
            )
