"""Quarters: the length of a reading key's life, written `2026Q4`.

Rules of this file: plain values and calendar sums; no clock is read here, the day is passed in.
A quarter is ordered by time, and its text sorts in the same order.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

MONTHS = 3
TEXT = re.compile(r"([0-9]{4})Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the quarter that holds the day."""
        return cls(day.year, (day.month - 1) // MONTHS + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026Q4`; raise ValueError on anything else."""
        match = TEXT.fullmatch(text)
        if match is None or match[1] == "0000":
            message = "a quarter is written like 2026Q4"
            raise ValueError(message)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        """Write the quarter as `2026Q4`."""
        return f"{self.year:04d}Q{self.number}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, (self.number - 1) * MONTHS + 1, 1)

    @property
    def last(self) -> date:
        """The last day, which still belongs to the quarter."""
        month = self.number * MONTHS
        return date(self.year, month, monthrange(self.year, month)[1])

    def next(self, count: int = 1) -> "Quarter":
        """Return the quarter `count` later."""
        total = self.year * 4 + self.number - 1 + count
        return Quarter(total // 4, total % 4 + 1)


def months_after(day: date, months: int) -> date:
    """Return the day so many months later, at most the last of that month."""
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
