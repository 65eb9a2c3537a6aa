"""A row of the table that `make bench` prints, and the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt

_SIGNS = {"≥": ge, ">": gt, "≤": le, "<": lt}
#: From here on digits after the point say nothing.
_LARGE = 100
_COLUMNS = ("what", "beside", "ours", "theirs", "unit", "ratio", "wanted", "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row is to reach: the ratio, or, where it says so, our own figure."""

    sign: str
    value: float
    ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measurement, beside a peer or a bound where there is one; every figure is a median."""

    what: str
    ours: float
    unit: str
    than: str = ""
    beside: float | None = None
    wanted: Wanted | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to what is beside it."""
        return None if self.beside is None else self.ours / self.beside

    @property
    def met(self) -> bool | None:
        """Whether it reaches what is wanted; None where nothing is."""
        if self.wanted is None:
            return None
        reached = self.ours if self.wanted.ours else self.ratio
        return reached is not None and bool(_SIGNS[self.wanted.sign](reached, self.wanted.value))

    def cells(self) -> tuple[str, ...]:
        """Return the row as it is read."""
        wanted = ""
        if self.wanted is not None:
            unit = f" {self.unit}" if self.wanted.ours else ""
            wanted = f"{self.wanted.sign} {self.wanted.value:,g}{unit}"
        return (
            self.what,
            self.than,
            figure(self.ours),
            figure(self.beside),
            self.unit,
            "" if self.ratio is None else f"{self.ratio:.2f}",
            wanted or "shown",
            {None: "", True: "met", False: "NOT MET"}[self.met],
        )


def figure(value: float | None) -> str:
    """Return a number with as many digits as mean something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.3g}"


def plain(rows: Sequence[Row]) -> str:
    """Return the table for a terminal."""
    lines = [_COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= place <= 3 or place == 5 else cell.ljust(width)  # figures
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    """Return the table for a page."""
    lines: list[tuple[str, ...]] = [
        _COLUMNS,
        ("---", "---", "---:", "---:", "---", "---:", "---", "---"),
    ]
    lines += [
        tuple(f"**{cell}**" if cell == "NOT MET" else cell for cell in row.cells()) for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)
