"""Cells of a table: a stranger's text that no spreadsheet takes for a formula.

Rules of this file: pure. A text that a spreadsheet could take for a formula gets an apostrophe in
front, also in its full-width shapes and after blanks; it then stays a text when the table is
written out as CSV and read again. What XML and a screen cannot carry stands as a visible escape. A
cell holds so many characters; what is cut says so, and is whole in JSON Lines.

Source: OWASP "CSV Injection"; ECMA-376 part 1, 18.3.1.96 and 22.9.2.19 (`_x000D_`)
"""

import re

from desk.safe_text import safe_lines

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")
MOST = 32_767  # characters of a cell in Excel
CUT = " [cut: the whole stands in JSON Lines]"
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
PLAIN_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, line by line, without tricks."""
    shown = "\n".join(safe_lines(text))
    if text[:1] in FORMULA or shown.lstrip()[:1] in FORMULA:
        return f"'{shown}"
    return shown


def cell(text: str) -> str:
    """Return a text as a cell of XLSX holds it."""
    safe = ESCAPED.sub("_x005F_", harmless(text))
    units = len(safe.encode("utf-16-le")) // 2
    if units <= MOST:
        return safe
    return _cut(safe, MOST - len(CUT)) + CUT


def _cut(text: str, units: int) -> str:
    """Return the beginning of a text, in so many units of UTF-16, without half a character."""
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", errors="ignore")
