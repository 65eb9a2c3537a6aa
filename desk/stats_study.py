"""Study windows: from which day to which, by the day of the report or by when it happened.

Rules of this file: pure. When something happened is known coarsely, so it is a span of days; a
report is in a window by incident date only when its whole span is. What lies across an end of the
window is undecided, and counted apart. "This week", "this month" and "this year" are read as the
calendar has them, up to the day of the report.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

YEAR, YEAR_MONTH = 4, 7  # letters of `2024` and `2024-05`


class By(Enum):
    """Which date decides whether a report is in a window."""

    REPORT = "report"
    INCIDENT = "incident"


class Fit(Enum):
    """How a span lies to a window."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def month(self) -> str:
        """The month it lies in, else the year, else nothing."""
        if self.first.year != self.last.year:
            return ""
        return f"{self.last:%Y-%m}" if self.first.month == self.last.month else f"{self.last:%Y}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A study window, both days included; None where it is open."""

    first: date | None = None
    last: date | None = None
    by: By = By.REPORT

    def fit(self, span: Span | None) -> Fit:
        """Tell how a span lies to this window; one that is not known is undecided."""
        first, last = self.first or date.min, self.last or date.max
        if first == date.min and last == date.max:
            return Fit.INSIDE
        if span is None:
            return Fit.UNDECIDED
        if span.last < first or span.first > last:
            return Fit.OUTSIDE
        return Fit.INSIDE if first <= span.first and span.last <= last else Fit.UNDECIDED


def on(day: date) -> Span:
    """Return the span of one day."""
    return Span(first=day, last=day)


def incident(recency: Iterable[str], told: str, reported: date) -> Span | None:
    """Return when something happened: by a date told (`2024`, `2024-05`, a day), else by a code.

    What was told of a time after the report cannot be; then nothing is known.
    """
    span = _told(told) if told else _recent(set(recency), reported)
    if span is None or span.first > reported:
        return None
    return Span(first=span.first, last=min(span.last, reported))


def _told(text: str) -> Span | None:
    try:
        if len(text) == YEAR:
            return Span(first=date(int(text), 1, 1), last=date(int(text), 12, 31))
        if len(text) == YEAR_MONTH:
            first = date.fromisoformat(f"{text}-01")
            return Span(first=first, last=first.replace(day=_days(first)))
        return on(date.fromisoformat(text))
    except ValueError:
        return None


def _days(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def _recent(codes: set[str], reported: date) -> Span | None:
    """Read the codes of the list `recency`."""
    begins = {
        "now": reported,
        "week": reported - timedelta(days=reported.weekday()),
        "month": reported.replace(day=1),
        "year": reported.replace(month=1, day=1),
        "earlier": date.min,
    }
    first = next((day for code, day in begins.items() if code in codes), None)
    return None if first is None else Span(first=first, last=reported)


def months(first: date, last: date) -> list[str]:
    """Return every month from one day to another, as `2024-05`."""
    count = (last.year - first.year) * 12 + last.month - first.month
    whole = (divmod(first.month - 1 + n, 12) for n in range(count + 1))
    return [f"{first.year + years:04d}-{month + 1:02d}" for years, month in whole]
