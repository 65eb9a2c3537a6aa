"""Pictures of statistics: bars, and a time line of months, as SVG.

Rules of this file: figures to text, pure. A picture holds no script, no style sheet, no font and
no address; `title` and `desc` say all of it to whoever cannot see it. The accompanying text is in
the picture. What is hidden has no length: a small count is a dashed stub, always the same. In a
language written from right to left the picture is turned around, the texts in it never.

Source: SVG 2; WAI-ARIA graphics (role="img", aria-labelledby)
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from desk.dimensions import MONTH
from desk.figures import Figures, Line, Sheet
from desk.hiding import Hidden
from desk.layout import paragraph, width_of, wrap

WIDTH, EDGE = 800, 24
NAMES, VALUES = 320, 60  # the columns of the names and of the figures
LETTER = 0.55  # how wide a column of text is, in its size
TITLE, TEXT, SMALL = 18, 13, 11
STEP, INDENT = 17, 18
STUB = 10
RISE, MONTHS_WIDE = 180, 46
INK, FAINT, BAR, PART, PAPER = "#1b2430", "#55606e", "#2b6a8c", "#8fb7cb", "#ffffff"
FONTS = "system-ui, 'Noto Sans', 'Noto Sans Arabic', 'Noto Sans CJK SC', sans-serif"
LEAST_MONTHS = 2


def chart(sheet: Sheet, figures: Figures, *, rtl: bool = False) -> str:
    """Return a table as a picture: months as a time line, everything else as bars."""
    if sheet.name == MONTH and len(sheet.lines) >= LEAST_MONTHS:
        wide = max(WIDTH, 2 * EDGE + MONTHS_WIDE * len(sheet.lines))
        return _Picture(sheet=sheet, figures=figures, rtl=rtl, wide=wide).draw_months()
    return _Picture(sheet=sheet, figures=figures, rtl=rtl, wide=WIDTH).draw_bars()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    sheet: Sheet
    figures: Figures
    rtl: bool
    wide: int

    # --- bars ----------------------------------------------------------------------------------

    def draw_bars(self) -> str:
        """Draw a row for each line: its name, its bar, its figure."""
        pieces, top = list(self._head()), EDGE + 64
        most = max((line.figure.number or 0 for line in self.sheet.lines), default=0)
        room = self.wide - 2 * EDGE - NAMES - VALUES
        for line in self.sheet.lines:
            names = self._names(line)
            tall = STEP * len(names) + 9
            pieces += self._bar(line, names, top, room * (line.figure.number or 0) / (most or 1))
            top += tall
        if self.sheet.says:
            pieces.append(self._text(EDGE, top + STEP, self.sheet.says))
            top += 2 * STEP
        return self._whole(pieces, top)

    def _bar(self, line: Line, names: Sequence[str], top: float, long: float) -> Iterator[str]:
        x = EDGE + (INDENT if line.group else 0)
        for n, name in enumerate(names):
            small = n > 0 and bool(line.definition)
            yield self._text(
                x, top + STEP * n + 13, name, size=SMALL if small else TEXT, faint=small
            )
        start = EDGE + NAMES
        end = start + (STUB if line.figure.hidden is Hidden.SMALL else long)
        if line.figure.hidden is Hidden.SMALL:
            yield self._rect(start, top + 2, STUB, 14, dashed=True)
        elif long:
            yield self._rect(start, top + 2, long, 14, fill=PART if line.group else BAR)
        yield self._text(end + 6, top + 13, str(line.figure))

    def _names(self, line: Line) -> list[str]:
        """Return a line's name and definition, broken to their column."""
        room = NAMES - 12 - (INDENT if line.group else 0)
        names = _broken(line.label, room, TEXT)
        if line.definition:
            names += _broken(line.definition, room, SMALL)
        return names

    # --- months --------------------------------------------------------------------------------

    def draw_months(self) -> str:
        """Draw a column for each month, from the first to the last."""
        pieces, base = list(self._head()), EDGE + 84 + RISE
        most = max((line.figure.number or 0 for line in self.sheet.lines), default=0)
        for n, line in enumerate(self.sheet.lines):
            x = EDGE + MONTHS_WIDE * n
            tall = RISE * (line.figure.number or 0) / (most or 1)
            if line.figure.hidden is Hidden.SMALL:
                tall = STUB
                pieces.append(self._rect(x + 8, base - tall, MONTHS_WIDE - 16, tall, dashed=True))
            elif tall:
                pieces.append(self._rect(x + 8, base - tall, MONTHS_WIDE - 16, tall, fill=BAR))
            middle = x + MONTHS_WIDE / 2
            pieces.append(
                self._text(middle, base - tall - 6, str(line.figure), size=SMALL, middle=True)
            )
            year, _, month = line.code.partition("-")
            pieces.append(self._text(middle, base + 16, month, middle=True))
            if n == 0 or month == "01":
                pieces.append(
                    self._text(middle, base + 33, year, size=SMALL, faint=True, middle=True)
                )
        pieces.append(self._rect(EDGE, base, MONTHS_WIDE * len(self.sheet.lines), 1, fill=FAINT))
        return self._whole(pieces, base + 44)

    # --- both ----------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        yield self._text(EDGE, EDGE + TITLE, self.sheet.title, size=TITLE, turned=False)
        yield self._text(
            EDGE, EDGE + TITLE + 22, self.figures.title, size=TEXT, faint=True, turned=False
        )

    def _whole(self, pieces: Iterable[str], top: float) -> str:
        """Return the picture with its text below and its description."""
        pieces, top = list(pieces), top + 14
        for note in self.figures.notes:
            for line in paragraph(note, _columns(self.wide - 2 * EDGE, SMALL)):
                top += 15
                pieces.append(self._text(EDGE, top, line, size=SMALL, faint=True, turned=False))
            top += 3
        tall, name = round(top + EDGE), f"quietline-{self.sheet.name}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.wide} {tall}"'
            f' width="{self.wide}" height="{tall}" role="img"'
            f' aria-labelledby="{name}-title {name}-desc" font-family="{FONTS}">'
        )
        told = (
            f'<title id="{name}-title">{_safe(self.sheet.title)}</title>',
            f'<desc id="{name}-desc">{_safe(self._description())}</desc>',
            f'<rect width="{self.wide}" height="{tall}" fill="{PAPER}"/>',
        )
        return "\n".join((head, *told, *pieces, "</svg>\n"))

    def _description(self) -> str:
        lines = (f"{line.label}: {line.figure}" for line in self.sheet.lines)
        told = "; ".join(lines) or self.sheet.says
        return f"{self.figures.title}. {told}. {' '.join(self.figures.notes)}"

    def _rect(
        self,
        x: float,
        y: float,
        wide: float,
        tall: float,
        *,
        fill: str = "none",
        dashed: bool = False,
    ) -> str:
        if self.rtl:
            x = self.wide - x - wide
        line = f' stroke="{BAR}" stroke-dasharray="3 2"' if dashed else ""
        return (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
            f' fill="{fill}"{line}/>'
        )

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = TEXT,
        faint: bool = False,
        middle: bool = False,
        turned: bool = True,
    ) -> str:
        """Return a text that begins at x, on the right in a turned picture, however it is read.

        What is not turned is ours, and English.
        """
        back = turned and _is_rtl(text)
        right = turned and self.rtl
        if right:
            x = self.wide - x
        anchor = "middle" if middle else "start" if right == back else "end"
        direction = "rtl" if back else "ltr"
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{FAINT if faint else INK}"'
            f' text-anchor="{anchor}" direction="{direction}">{_safe(text)}</text>'
        )


def _broken(text: str, room: float, size: int) -> list[str]:
    """Break a text to a width in points."""
    return [piece.strip() for piece in wrap(text, _columns(room, size))]


def _columns(room: float, size: int) -> int:
    return int(room / (size * LETTER))


def _is_rtl(text: str) -> bool:
    """Tell whether the first letter with a direction is one from right to left."""
    directions = map(unicodedata.bidirectional, text)
    return next((one != "L" for one in directions if one in {"L", "R", "AL"}), False)


def _safe(text: str) -> str:
    """Return a text as it stands in XML; what XML cannot hold is a mark of its own."""
    legal = (c if c.isprintable() or width_of(c) == 0 else "\ufffd" for c in text)
    return escape("".join(legal))
