"""How text is laid out on a screen: widths as a terminal shows them, headings, wrapped lines.

Rules of this file: pure; it only breaks lines. A person's words come in made safe (see
`desk.safe_text`) and keep every character: where the width is known, long lines are broken at a
space or between wide letters; where it is not (a pipe), they are not broken at all. An isolate that
was broken with its line is closed, and opened again in the next.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from desk.safe_text import ISOLATES, PDI

WIDE = frozenset({"W", "F"})
#: What begins no line and what ends none, beside wide letters (UAX 14: CL, EX, NS; OP).
CLOSING = frozenset("、。，：；！？）」』】》〉”’…\uff0e\u3015")
OPENING = frozenset("（「『【《〈“\u2018\u3014")
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
        if at > start and _may_break(line[at - 1], c):
            gap = at
        while used + columns > width and c != " " and at > start:
            end = gap if gap > start else at
            pieces.append(line[start:end])
            start, used = end, width_of(line[end:at])
        used += columns
    pieces.append(line[start:])
    return pieces


def _may_break(before: str, after: str) -> bool:
    """Tell whether a line reads well when it is broken between two characters."""
    if before == " " or after == " ":
        return before == " "
    wide = _columns(before) > 1 or _columns(after) > 1
    return wide and _columns(after) > 0 and after not in CLOSING and before not in OPENING


def indent(lines: Iterable[str], by: int) -> list[str]:
    """Move lines to the right, but for empty ones."""
    return [" " * by + line if line else "" for line in lines]


def paragraph(text: str, width: int | None, *, by: int = 0, first: str = "") -> list[str]:
    """Return a text of ours wrapped and indented, its first line led by `first`."""
    lines = list(_carried(piece.strip(" ") for piece in wrap(text, (width or USUAL) - by)))
    laid = indent(lines, by)
    return [first.ljust(by) + laid[0][by:], *laid[1:]] if first else laid


def _carried(lines: Iterable[str]) -> Iterator[str]:
    """Close on each line the isolates that it opens, and open them again on the next."""
    open_now: list[str] = []
    for line in lines:
        before = "".join(open_now)
        for c in line:
            if c in ISOLATES:
                open_now.append(c)
            elif c == PDI and open_now:
                open_now.pop()
        yield before + line + PDI * len(open_now)


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
    return [bold(text, colour=colour), "\u2500" * min(width_of(text), WIDEST)]


def bold(text: str, *, colour: bool) -> str:
    """Return a line that stands out, where the screen can show it."""
    return f"{BOLD}{text}{PLAIN}" if colour else text
