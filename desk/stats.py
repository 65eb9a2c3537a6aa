"""Statistics: reports counted by code, without the figures that could point at a person.

Rules of this file: pure; the order of the reports changes nothing. What is given out holds no count
that is hidden, so no page, picture or file made from it can show one. All tables are counted and
judged together whichever are shown, so that two tables asked for one after the other tell no more
than both at once. Where incidents are counted, ten of them may be one person's: such a figure is
hidden too, and with it the table in which it is a row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from desk.dimensions import (
    APART,
    DIMENSIONS,
    METHOD,
    METHOD_ORDER,
    MONTH,
    NAMES,
    NOT_TOLD,
    PUBLISHED,
    PUBLISHED_COUNTS,
    Place,
    group_of,
)
from desk.hiding import LEAST, Hidden, Sums, Union, Verdict, hide
from desk.reports import CASES, Report
from desk.stats_study import By, Fit, Span, Window, months, on

CLOSED, UNDECIDED, NOT_AGREED = "closed", "undecided", "not-agreed"
LAST = ("OT", "XX", "UNK", "PNS", NOT_TOLD)  # rows that stand at the end


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """What figures are about: the window, what is counted (cases or incidents), and whose."""

    window: Window = field(default_factory=Window)
    unit: str = CASES
    agreed: bool = False  # only of people who agreed to anonymous numbers


EVERYTHING = Study()


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A count that may be shown, or why there is none."""

    number: int | None = None
    hidden: Hidden | None = None

    def __str__(self) -> str:
        """Return what is shown."""
        if self.number is not None:
            return str(self.number)
        return f"<{LEAST}" if self.hidden is Hidden.SMALL else "hidden"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a table; `group` is the code of the row that this one is a part of."""

    code: str
    figure: Figure
    group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The rows of a dimension, or of the published counts; `closed` when none may be shown."""

    name: str
    rows: tuple[Row, ...]
    closed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """Everything that may be told of the reports in a study window.

    `apart` are figures that are in no other one. `news` are the methods that were in no report
    before the window. `places` are the questions, each a form and a name, that a code stood in.
    """

    study: Study
    total: Figure
    apart: tuple[Row, ...]
    published: Table
    tables: tuple[Table, ...]
    news: tuple[str, ...] = ()
    places: Mapping[Place, tuple[Place, ...]] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """Return the table of a dimension."""
        return next(one for one in self.tables if one.name == name)


def statistics(
    reports: Iterable[Report], study: Study = EVERYTHING, *, closed: int = 0
) -> Statistics:
    """Count the reports of a study window; `closed` cases are here and cannot be opened."""
    every = list(reports)
    agreed = [one for one in every if one.agreed or not study.agreed]
    fits = [(one, study.window.fit(_when(one, study.window))) for one in agreed]
    inside = [one for one, fit in fits if fit is Fit.INSIDE]
    counted = [one for one in inside if one.verification not in APART]
    counts = count(counted, study.window)
    verdict = _few_people(counted, counts, hide(counts, len(counted), sums_of(counts)))
    apart = {code: [one for one in inside if one.verification == code] for code in APART}
    apart[UNDECIDED] = [one for one, fit in fits if fit is Fit.UNDECIDED]
    apart[NOT_AGREED] = [one for one in every if study.agreed and not one.agreed]
    return Statistics(
        study=study,
        total=figure(counted),
        apart=(
            *(Row(code=code, figure=figure(some)) for code, some in apart.items()),
            Row(code=CLOSED, figure=_alone(closed)),
        ),
        published=_table(PUBLISHED, counts, verdict),
        tables=tuple(_table(name, counts, verdict) for name in DIMENSIONS),
        news=_news(agreed, counted, study.window),
        places=_places(counted),
    )


def figure(reports: Sequence[Report]) -> Figure:
    """Count reports for a figure that stands alone, hidden when they are few, or of few people."""
    if len(reports) >= LEAST > _people(reports):
        return Figure(hidden=Hidden.BESIDE)
    return _alone(len(reports))


def _alone(number: int) -> Figure:
    return Figure(hidden=Hidden.SMALL) if 0 < number < LEAST else Figure(number=number)


def _people(reports: Iterable[Report]) -> int:
    return len({one.case for one in reports})


def _few_people(
    reports: Sequence[Report], counts: Mapping[Place, int], verdict: Verdict[Place]
) -> Verdict[Place]:
    """Hide as well what counts many incidents of few cases."""
    if len(reports) >= LEAST > _people(reports):
        return Verdict(hidden={}, closed=frozenset(counts))
    people = {key: _people(one for one in reports if _holds(one, key)) for key in counts}
    few = {key for key, number in counts.items() if number >= LEAST > people[key]}
    tables = {dimension for dimension, _ in few} - {PUBLISHED}
    beside = {key: Hidden.BESIDE for key in few if key[0] == PUBLISHED}
    closed = {key for key in counts if key[0] in tables}
    return Verdict(hidden={**verdict.hidden, **beside}, closed=verdict.closed | closed)


def _holds(report: Report, key: Place) -> bool:
    dimension, code = key
    if dimension == PUBLISHED:
        return next(one for one in PUBLISHED_COUNTS if one.name == code).holds(report.codes)
    return code in report.codes.get(dimension, ())


# --- counting ----------------------------------------------------------------------------------


def count(reports: Sequence[Report], window: Window) -> dict[Place, int]:
    """Count reports by dimension and code, and by published count; in the order of the rows."""
    counts: Counter[Place] = Counter(
        (dimension, code)
        for report in reports
        for dimension, codes in report.codes.items()
        for code in codes
    )
    for one in PUBLISHED_COUNTS:
        counts[PUBLISHED, one.name] = sum(one.holds(report.codes) for report in reports)
    for month in _months(reports, window):
        counts[MONTH, month] += 0
    return dict(sorted(counts.items(), key=_order))


def _months(reports: Sequence[Report], window: Window) -> list[str]:
    """Return all months between, so that one without a report is a zero and not a gap."""
    if not reports:
        return []
    by_report = window.by is By.REPORT
    first = (window.first if by_report else None) or min(one.day for one in reports)
    last = (window.last if by_report else None) or max(one.day for one in reports)
    return months(first, last)


def _order(item: tuple[Place, int]) -> tuple[str, bool, int, str, str]:
    """Order rows by their codes, never by their counts; groups before their parts."""
    (dimension, code), _ = item
    group = group_of(code) or code if dimension == METHOD else ""
    named = METHOD_ORDER if dimension == METHOD else tuple(NAMES.get(dimension, ()))
    head = group or code
    place = named.index(head) if head in named else len(named)
    return dimension, code in LAST, place, group, code


def sums_of(counts: Mapping[Place, int]) -> Sums[Place]:
    """Return what ties these counts together, for anybody who reads all tables."""
    rows = {
        name: tuple(place for place in counts if place[0] == name)
        for name, dimension in DIMENSIONS.items()
        if dimension.parts
    }
    unions = [
        Union(
            whole=(PUBLISHED, one.name),
            members=tuple(
                place for place in clause if (place[0], group_of(place[1])) not in clause
            ),
            covers=len(one.clauses) == 1,
        )
        for one in PUBLISHED_COUNTS
        for clause in one.clauses
    ]
    within = [
        ((METHOD, code), (METHOD, group_of(code)))
        for dimension, code in counts
        if dimension == METHOD and group_of(code)
    ]
    return Sums(parts=tuple(rows.values()), unions=tuple(unions), within=tuple(within))


# --- what is given out -------------------------------------------------------------------------


def _table(name: str, counts: Mapping[Place, int], verdict: Verdict[Place]) -> Table:
    keys = [place for place in counts if place[0] == name]
    if any(key in verdict.closed for key in keys):
        return Table(name=name, rows=(), closed=True)
    return Table(name=name, rows=tuple(_row(key, counts[key], verdict) for key in keys))


def _row(key: Place, number: int, verdict: Verdict[Place]) -> Row:
    dimension, code = key
    why = verdict.hidden.get(key)
    shown = Figure(number=number) if why is None else Figure(hidden=why)
    return Row(code=code, figure=shown, group=group_of(code) if dimension == METHOD else "")


def _when(report: Report, window: Window) -> Span | None:
    return on(report.day) if window.by is By.REPORT else report.happened


def _news(reports: Sequence[Report], counted: Sequence[Report], window: Window) -> tuple[str, ...]:
    """Return the methods of this window that no earlier report has, where it has a beginning."""
    if window.first is None or len(counted) < LEAST:
        return ()
    spans = [(one, _when(one, window)) for one in reports]
    before = _methods(one for one, span in spans if span is None or span.first < window.first)
    return tuple(sorted(_methods(counted) - before))


def _methods(reports: Iterable[Report]) -> set[str]:
    return {code for one in reports for code in one.codes.get(METHOD, ())}


def _places(reports: Iterable[Report]) -> Mapping[Place, tuple[Place, ...]]:
    found: dict[Place, set[Place]] = {}
    for report in reports:
        for place, some in report.places.items():
            found.setdefault(place, set()).update(some)
    return {place: tuple(sorted(some)) for place, some in found.items()}
