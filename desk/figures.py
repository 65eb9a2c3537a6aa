"""Statistics as they are shown: titles, rows by their names, and the text that goes with them.

Rules of this file: values to values, pure; the screen, the page, the CSV and the pictures all show
these and add nothing. No figures leave without `notes`. A code is named in the staff's language,
and stands as it is where nobody has a name for it. What comes from outside is made safe here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desk.dimensions import (
    APART,
    DIMENSIONS,
    LANGUAGE,
    METHOD,
    NAMES,
    PUBLISHED,
    PUBLISHED_COUNTS,
    Place,
)
from desk.labels import Labels
from desk.language_names import name_of
from desk.safe_text import isolated, safe_line
from desk.stats import CLOSED, NOT_AGREED, UNDECIDED, Figure, Row, Statistics, Study, Table
from desk.stats_study import By

RECEIVED = (
    "Reports received, not prevalence: these figures tell what people told this line, and not how"
    " often it happens."
)
HIDING = (
    'Counts from 1 to 9 are shown as "<10". Other figures are "hidden" where they would give such a'
    " count away, and a table is left out where hiding some rows is not enough."
)
SEVERAL = (
    "All figures are lower bounds: every question can be skipped, and not everybody was asked"
    " everything. A report may have several methods, demands and channels or none, so those rows do"
    " not add up."
)
DIFFERENCES = (
    "Publish a window once: figures of overlapping windows, or of the same one on another day, can"
    " be subtracted from each other."
)
AGREEMENT = "Only people who agreed to anonymous numbers (SH-STAT) are counted."
NO_AGREEMENT = (
    "People who did not agree to anonymous numbers (SH-STAT) are counted too: for use inside the"
    " organisation."
)
INCOMPLETE = "Counted apart, and in no other figure: "
APART_NAMES: Mapping[str, str] = {
    **APART,
    UNDECIDED: "Across an end of the window, or not told when it happened",
    NOT_AGREED: "Without agreement to anonymous numbers",
    CLOSED: "Here, but not opened",
}
PUBLISHED_TITLE = "Published counts"
TOO_FEW = "Not shown: too few reports."
NONE = "None."


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row: its name, what is shown, the number where there is one, and its definition."""

    code: str
    label: str
    figure: Figure
    group: str = ""
    definition: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One table; `says` stands in the place of rows where there are none."""

    name: str
    title: str
    lines: tuple[Line, ...]
    says: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All that is shown of some statistics. `notes` always go with any of it."""

    title: str
    about: Study
    notes: tuple[str, ...]
    sheets: tuple[Sheet, ...]

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.about.unit


def figures(
    statistics: Statistics, labels: Labels, *, by: Sequence[str] = (), today: date
) -> Figures:
    """Return the published counts and the tables of these dimensions, of all when none is named."""
    study = statistics.study
    wanted = by or tuple(DIMENSIONS)
    return Figures(
        title=f"{study.unit.capitalize()}, {_window(study, today)}",
        about=study,
        notes=tuple(_notes(statistics, labels, today)),
        sheets=(
            _published(statistics.published),
            *(_sheet(statistics, one, labels) for one in statistics.tables if one.name in wanted),
        ),
    )


def label(statistics: Statistics, place: Place, labels: Labels) -> str:
    """Return what a code is called; the bare code where nobody has a name for it."""
    dimension, code = place
    if dimension == LANGUAGE:
        return safe_line(name_of(code))
    names = (labels.code(form, q, code) for form, q in statistics.places.get(place, ()))
    found = next((name for name in names if name != code), "")
    return safe_line(found or NAMES.get(dimension, {}).get(code, code))


# --- tables ------------------------------------------------------------------------------------


def _published(table: Table) -> Sheet:
    rows = {row.code: row for row in table.rows}
    lines = (
        Line(
            code=one.name,
            label=one.title,
            figure=rows[one.name].figure,
            definition=one.definition,
        )
        for one in PUBLISHED_COUNTS
        if one.name in rows
    )
    says = TOO_FEW if table.closed else ""
    return Sheet(name=PUBLISHED, title=PUBLISHED_TITLE, lines=tuple(lines), says=says)


def _sheet(statistics: Statistics, table: Table, labels: Labels) -> Sheet:
    def line(row: Row) -> Line:
        name = label(statistics, (table.name, row.code), labels)
        return Line(code=safe_line(row.code), label=name, figure=row.figure, group=row.group)

    return Sheet(
        name=table.name,
        title=DIMENSIONS[table.name].title,
        lines=tuple(map(line, table.rows)),
        says=TOO_FEW if table.closed else "" if table.rows else NONE,
    )


# --- the text that goes with them --------------------------------------------------------------


def _notes(statistics: Statistics, labels: Labels, today: date) -> Iterator[str]:
    study = statistics.study
    yield RECEIVED
    yield f"Counted: {statistics.total} {study.unit}, {_window(study, today)}."
    shown = [row for row in statistics.apart if row.code in APART or str(row.figure) != "0"]
    told = "; ".join(f"{APART_NAMES[row.code]}: {row.figure}" for row in shown)
    yield f"{INCOMPLETE}{told}."
    yield SEVERAL
    silent = [
        DIMENSIONS[table.name].title
        for table in statistics.tables
        if not table.rows and not table.closed
    ]
    if silent and str(statistics.total) != "0":
        yield f"No report has an answer to: {'; '.join(silent)}."
    yield HIDING
    yield AGREEMENT if study.agreed else NO_AGREEMENT
    yield DIFFERENCES
    if statistics.news:
        names = (label(statistics, (METHOD, code), labels) for code in statistics.news)
        pairs = zip(names, statistics.news, strict=True)
        named = (f"{isolated(name)} ({safe_line(code)})" for name, code in pairs)
        yield f"New since the window began: {'; '.join(named)}."


def _window(study: Study, today: date) -> str:
    """Return the study window in words."""
    window = study.window
    verb = "reported" if window.by is By.REPORT else "last happened"
    if window.first is None and window.last is None:
        return f"all that is here, up to {today}"
    last = window.last or today
    return f"{verb} from {window.first} to {last}" if window.first else f"{verb} up to {last}"
