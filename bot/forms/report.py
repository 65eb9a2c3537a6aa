"""Where a form's findings are gathered, so that one run tells everything.

A finding speaks a form author's words: sheets, rows, columns, never our modules.
"""

import re

from bot.errors import Finding, Severity

#: A file that is not a form at all would otherwise give a finding for every cell.
MOST_FINDINGS = 500
_DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Report:
    """The findings of one form, in the order they are made, without repeats."""

    __slots__ = ("_findings", "unit")

    def __init__(self, unit: str = "row") -> None:
        self.unit = unit
        self._findings: dict[Finding, None] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found so far."""
        return tuple(self._findings)

    @property
    def errors(self) -> int:
        """How many findings forbid the form's use."""
        return sum(f.severity is Severity.ERROR for f in self._findings)

    def error(self, sheet: str, row: int, column: str, message: str) -> None:
        """Add a fault with which the form may not be used."""
        self._add(sheet, row, column, Severity.ERROR, message)

    def warn(self, sheet: str, row: int, column: str, message: str) -> None:
        """Add something that the author should look at."""
        self._add(sheet, row, column, Severity.WARNING, message)

    def add(self, *findings: Finding) -> None:
        """Add findings that were made elsewhere."""
        for finding in findings:
            if len(self._findings) < MOST_FINDINGS:
                self._findings[finding] = None

    def _add(self, sheet: str, row: int, column: str, severity: Severity, message: str) -> None:
        finding = Finding(
            sheet=sheet,
            row=row,
            column=column,
            severity=severity,
            message=message,
            unit=self.unit,
        )
        self.add(finding)


def shown(text: str) -> str:
    """Return a cell's text as a message may show it: one short line, nothing invisible."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:61])
    return f"`{plain[:60]}…`" if len(plain) > 60 else f"`{plain}`"  # noqa: PLR2004 - see above


def dated(text: str) -> str:
    """Return a remark for a cell that a spreadsheet has turned into a date, else nothing."""
    if not _DATED.fullmatch(text):
        return ""
    return "; the spreadsheet made a date of it: give the column the format Text"
