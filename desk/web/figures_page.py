"""Statistics on a page: the same figures as everywhere, with the text that always goes with them.

Rules of this file: `desk.figures` to what a template shows. What is hidden has no length; a small
count is a stub that is always the same.
"""

from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from desk import charts, inbox, stats_csv
from desk.errors import EndBeforeBeginning, NoText
from desk.figures import Figures, Line, figures
from desk.form_labels import form_lists
from desk.hiding import Hidden
from desk.inbox import State
from desk.reports import CASES, UNITS, Decided, reports
from desk.stats import Study, statistics
from desk.stats_study import By, Fit, Window, on
from desk.web import asking
from desk.web.asking import Answer, Asked, Bytes, Page
from desk.web.desktop import Desktop

WIDE, STUB = 200, 6
NAMES = ("from", "to", "dates", "count", "agreed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A row with the length of its bar; `stub` where the figure is small and hidden."""

    line: Line = field(repr=False)
    long: int = 0
    stub: bool = False


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show the figures of a study window."""
    study = study_of(asked)
    made = _made(desktop, study, asked.today)
    rtl = desktop.direction == "rtl"
    sheets = []
    for sheet in made.sheets:
        most = max((line.figure.number or 0 for line in sheet.lines), default=0)
        picture = Markup(charts.chart(sheet, made, rtl=rtl))  # noqa: S704 - ours, escaped there
        sheets.append((sheet, [_bar(line, most) for line in sheet.lines], picture))
    return Page(
        template="statistics.html",
        values={
            "made": made,
            "sheets": sheets,
            "study": study,
            "units": UNITS,
            "address": asking.query([(name, asked.asks(name)) for name in NAMES]),
            "wide": WIDE,
        },
    )


def save(desktop: Desktop, asked: Asked) -> Answer:
    """Give the figures as a file: all as CSV, or one table as a picture."""
    made = _made(desktop, study_of(asked), asked.today)
    name = asked.path["file"]
    if name == "statistics.csv":
        return Bytes(data=stats_csv.render(made), type="text/csv; charset=utf-8", name=name)
    sheet = next((one for one in made.sheets if f"{one.name}.svg" == name), None)
    if sheet is None:
        raise NoText
    picture = charts.chart(sheet, made, rtl=desktop.direction == "rtl")
    return Bytes(data=picture.encode(), type="image/svg+xml", name=f"quietline-{name}")


def study_of(asked: Asked) -> Study:
    """Return the study that an address asks for.

    Raises:
        EndBeforeBeginning: the last day lies before the first.
    """
    first, last = _day(asked.asks("from")), _day(asked.asks("to"))
    if first and last and last < first:
        raise EndBeforeBeginning(last, first)
    by = By.INCIDENT if asked.asks("dates") == By.INCIDENT.value else By.REPORT
    unit = asked.asks("count")
    return Study(
        window=Window(first=first, last=last, by=by),
        unit=unit if unit in UNITS else CASES,
        agreed=asked.asks("agreed") == "1",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _made(desktop: Desktop, study: Study, today: date) -> Figures:
    book = desktop.book
    items = inbox.read_inbox(book.mirror, book.reader, desktop.labels.order).items
    casefiles = [item.casefile for item in items if item.casefile is not None]
    closed = sum(_is_closed(item, study.window) for item in items)
    counted = statistics(
        reports(casefiles, lists=form_lists, unit=study.unit, decided=_decided(desktop)),
        study,
        closed=closed,
    )
    return figures(counted, desktop.labels, today=today)


def _decided(desktop: Desktop) -> Decided:
    """Return what staff decided."""
    every = [one for one in desktop.book.cases() if one.item.state is State.VERIFIED]
    verification = {one.case: one.marks.verification for one in every if one.marks.verification}
    urgency = {one.case: one.marks.urgency for one in every if one.marks.urgency}
    return Decided(verification=verification, urgency=urgency)


def _is_closed(item: inbox.Item, window: Window) -> bool:
    if item.casefile is not None or item.day is None or window.by is By.INCIDENT:
        return item.casefile is None
    return window.fit(on(item.day)) is Fit.INSIDE


def _bar(line: Line, most: int) -> Bar:
    if line.figure.hidden is Hidden.SMALL:
        return Bar(line=line, long=STUB, stub=True)
    number = line.figure.number or 0
    return Bar(line=line, long=round(WIDE * number / most) if most else 0)
