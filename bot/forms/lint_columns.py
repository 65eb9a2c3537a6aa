"""What is wrong with a form's sheets, headings and cells, before anything is asked of them."""

import unicodedata

from bot.forms import vocabulary as v
from bot.forms.outline import Outline
from bot.forms.report import Report, shown
from bot.forms.sheets import Sheet

_YES_NO = ("required", "bot::digest", "bot::sensitive", "bot::end", "bot::lines")
_XLSFORM_SHEETS = frozenset({"external_choices", "entities", "osm", "cascades"})
#: Marks that turn the direction of what follows; in a name or an expression they only mislead.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check(form: Outline, report: Report) -> None:
    """Look at every sheet, heading and cell."""
    _sheets(form, report)
    for name in v.SHEETS:
        sheet = form.source.sheet(name)
        if sheet.columns:
            _needed(sheet, report)
            _headings(form, sheet, report)
            _cells(sheet, report)


def _sheets(form: Outline, report: Report) -> None:
    for name in (v.SURVEY, v.SETTINGS):
        sheet = form.source.sheet(name)
        if not sheet.columns:
            report.error(name, 0, "", f"the form has no sheet {name}")
        elif not sheet.rows:
            report.error(name, 0, "", "the sheet has headings but no rows")
    for title in form.source.others:
        near = v.nearest(title.strip().lower(), v.SHEETS)
        if near:
            report.error(title, 0, "", f"this sheet is not read{near}")
        elif title.strip().lower() in _XLSFORM_SHEETS:
            report.error(title, 0, "", "the line does not use this sheet of XLSForm")
        else:
            report.warn(title, 0, "", "this sheet is not read")


def _needed(sheet: Sheet, report: Report) -> None:
    for column in v.NEEDED[sheet.name]:
        if column not in sheet.columns:
            near = v.nearest(column, [c for c in sheet.columns if c not in v.COLUMNS[sheet.name]])
            report.error(sheet.name, sheet.heading, column, f"there is no such column{near}")


def _headings(form: Outline, sheet: Sheet, report: Report) -> None:
    used = {
        name
        for _, rule in form.formulas()
        if rule.column == "choice_filter" and rule.expression is not None
        for name in rule.expression.columns
    }
    for column in sheet.columns:
        base = column.partition("::")[0]
        if column in v.COLUMNS[sheet.name] or base in v.TEXTS[sheet.name]:
            continue
        rows = [row.number for row in sheet.rows if row.get(column)]
        why = v.NOT_TAKEN.get(base) or v.NOT_TAKEN.get(v.snake(base))
        near = v.nearest(column.lower(), v.COLUMNS[sheet.name])
        if sheet.name == v.CHOICES and column in used:
            continue
        if why:
            if rows:
                report.error(sheet.name, rows[0], column, f"this column is not used here: {why}")
        elif sheet.name == v.CHOICES and not near and base != "bot":
            report.warn(sheet.name, sheet.heading, column, "no choice_filter uses this column")
        else:
            report.error(sheet.name, sheet.heading, column, f"the line knows no such column{near}")


def _cells(sheet: Sheet, report: Report) -> None:
    words = v.TEXTS[sheet.name]
    for row in sheet.rows:
        for column, cell in row.cells.items():
            _letters(sheet.name, row.number, column, cell, report)
            if column.partition("::")[0] not in words and _TURNING & set(cell):
                report.error(
                    sheet.name, row.number, column, "there is an invisible direction mark in here"
                )
        for column in _YES_NO:
            cell = row.get(column)
            more = (v.CRISIS,) if column == "bot::lines" else ()
            if sheet.name == v.SURVEY and cell.lower() not in {*v.YES, *v.NO, *more}:
                known = " or ".join([", ".join(["yes", *more]), "blank"])
                report.error(sheet.name, row.number, column, f"this is {known}, not {shown(cell)}")


def _letters(sheet: str, row: int, column: str, cell: str, report: Report) -> None:
    if "\N{REPLACEMENT CHARACTER}" in cell:
        report.error(
            sheet, row, column, f"letters were lost here when the file was saved: {shown(cell)}"
        )
    odd = sorted(
        {c for c in cell if unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"}} - set("\n\r\t")
    )
    if odd:
        codes = " ".join(f"U+{ord(c):04X}" for c in odd[:5])
        report.error(sheet, row, column, f"there are unreadable characters here ({codes})")
