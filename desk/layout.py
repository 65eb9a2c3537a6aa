"""How text is laid out on a screen: widths as a terminal shows them, headings, wrapped lines.

Rules of this file: pure; it only breaks lines. A person's words come in made safe (see
`desk.safe_text`) and keep every character: where the width is known, long lines are broken at a
space or between wide letters; where it is not (a pipe), they are not broken at all.
"""

import unicodedata
from collections.abc import Iterable, Sequence

WIDE = frozenset({"W", "F"})
WIDEST = 100  # columns; longer lines are hard to read
USUAL = 80
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def width_of(text: str) -> int:
    """Return how many columns a terminal gives the text."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(c: str) -> int:
    if unicodedata.combining(c) or unicodedata.category(c) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(c) in WIDE else 1


def wrap(line: str, width: int | None) -> list[str]:
    """Break one line so that no piece is wider; joined again, the pieces are the line.

    A piece may end with the space at which it was broken.
    """
    if width is None or width_of(line) <= width:
        return [line]
    pieces, start, used, gap = [], 0, 0, 0  # gap: where the line may be broken best
    for at, c in enumerate(line):
        columns = _columns(c)
        if columns > 1:
            gap = at
        if used + columns > width and c != " " and at > start:
            end = gap if gap > start else at
            pieces.append(line[start:end])
            start, used = end, width_of(line[end:at])
        used += columns
        if c == " " or columns > 1:
            gap = at + 1
    pieces.append(line[start:])
    return pieces


def indent(lines: Iterable[str], by: int) -> list[str]:
    """Move lines to the right, but for empty ones."""
    return [" " * by + line if line else "" for line in lines]


def paragraph(text: str, width: int | None, *, by: int = 0, first: str = "") -> list[str]:
    """Return a text of ours wrapped and indented, its first line led by `first`."""
    lines = [piece.strip(" ") for piece in wrap(text, (width or USUAL) - by)]
    laid = indent(lines, by)
    return [first.ljust(by) + laid[0][by:], *laid[1:]] if first else laid


def table(rows: Sequence[Sequence[str]], *, by: int = 2, gap: int = 2) -> list[str]:
    """Return rows in columns that are as wide as their widest cell."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    return [
        " " * by
        + (" " * gap)
        .join(
            cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)
        )
        .rstrip(" ")
        for row in rows
    ]


def heading(text: str, *, colour: bool) -> list[str]:
    """Return a heading with a rule below it."""
    shown = f"{BOLD}{text}{PLAIN}" if colour else text
    return [shown, "\u2500" * min(width_of(text), WIDEST)]
