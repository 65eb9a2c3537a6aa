"""What a form's file says, as sheets of named columns; the same for workbooks and text tables.

A grid is a table as it is written down; `sheet` turns one into rows whose cells go by the names of
their columns. Headings are read as pyxform reads them: `List Name` is `list_name`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import Finding
from bot.forms import vocabulary as v
from bot.forms.report import Report, shown

#: The number of each row, and its cells by column from 0.
Grid = list[tuple[int, dict[int, str]]]
_LETTERS = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of a sheet: its number there, and the cells that are not blank, by column."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Return a cell, "" when it is blank."""
        return self.cells.get(column, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet: the row of its headings, its columns in order, its rows without blank ones."""

    name: str
    heading: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FormSource:
    """What a form's file says, and what was wrong in reading it."""

    name: str
    sha256: str
    unit: str = "row"  # what a row is called: "line" in a text file
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # sheets that are not ours
    findings: tuple[Finding, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """Return a sheet, an empty one when the form has none of that name."""
        return self.sheets.get(name) or Sheet(name=name, heading=0, columns=(), rows=())


def sheet(name: str, grid: Grid, report: Report) -> Sheet:
    """Return a sheet of a grid, whose first row holds the headings."""
    if not grid:
        return Sheet(name=name, heading=0, columns=(), rows=())
    (heading, titles), *body = grid
    if len(body) >= v.MOST_ROWS:
        report.error(name, 0, "", f"a sheet has at most {v.MOST_ROWS} rows; the rest is not read")
    columns = _columns(name, heading, titles, report)
    rows: list[Row] = []
    homeless: set[int] = set()
    for number, cells in body:
        for at in cells.keys() - titles.keys() - homeless:
            homeless.add(at)
            report.error(name, number, letter(at), "this column has cells but no heading")
        named = {columns[at]: cell for at, cell in cells.items() if at in columns}
        if named:
            rows.append(Row(number=number, cells=named))
    return Sheet(name=name, heading=heading, columns=tuple(columns.values()), rows=tuple(rows))


def _columns(name: str, heading: int, titles: Mapping[int, str], report: Report) -> dict[int, str]:
    columns: dict[int, str] = {}
    for at, title in sorted(titles.items()):
        column = _column(name, title)
        if column in columns.values():
            report.error(
                name, heading, letter(at), f"the heading {shown(column)} stands here again"
            )
        else:
            columns[at] = column
    return columns


def _column(sheet: str, title: str) -> str:
    """Return a heading as we know it; an unknown one stays as written (expressions name it)."""
    first, *more = (part.strip() for part in title.replace("\xa0", " ").split("::"))
    known = {column.split("::")[0] for column in v.COLUMNS[sheet]}
    if v.snake(first) in known:
        first = v.snake(first)
    if first == "bot" and len(more) == 1:
        more = [v.snake(more[0])]
    return "::".join([first, *(" ".join(part.split()) for part in more)])


def letter(at: int) -> str:
    """Return a column's letter as spreadsheets show it: A, B, ... Z, AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
