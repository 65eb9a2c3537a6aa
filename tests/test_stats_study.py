"""Study windows: what people told of a time, and whether it lies in a window."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.stats_study import By, Fit, Span, Window, incident, months, on

REPORTED = date(2026, 11, 19)  # a Thursday


def span(first: str, last: str) -> Span:
    return Span(first=date.fromisoformat(first), last=date.fromisoformat(last))


@pytest.mark.parametrize(
    ("codes", "told", "expected"),
    [
        (["now"], "", span("2026-11-19", "2026-11-19")),
        (["week"], "", span("2026-11-16", "2026-11-19")),
        (["month"], "", span("2026-11-01", "2026-11-19")),
        (["year"], "", span("2026-01-01", "2026-11-19")),
        (["earlier"], "", Span(first=date.min, last=REPORTED)),
        (["earlier"], "2021", span("2021-01-01", "2021-12-31")),
        (["earlier"], "2024-02", span("2024-02-01", "2024-02-29")),
        (["earlier"], "2024-02-03", span("2024-02-03", "2024-02-03")),
        ([], "2026", span("2026-01-01", "2026-11-19")),
        ([], "2026-12", None),
        ([], "0000", None),
        ([], "2024-02-31", None),
        (["UNK"], "", None),
        (["PNS"], "", None),
        ([], "", None),
    ],
)
def test_what_was_told_is_a_span(codes: list[str], told: str, expected: Span | None) -> None:
    assert incident(codes, told, REPORTED) == expected


@pytest.mark.parametrize(
    ("happened", "month"),
    [
        (span("2026-11-16", "2026-11-19"), "2026-11"),
        (span("2026-10-30", "2026-11-02"), "2026"),
        (span("2025-12-29", "2026-01-02"), ""),
        (Span(first=date.min, last=REPORTED), ""),
    ],
)
def test_a_span_is_of_a_month_a_year_or_neither(happened: Span, month: str) -> None:
    assert happened.month == month


@pytest.mark.parametrize(
    ("happened", "fit"),
    [
        (span("2026-02-01", "2026-02-28"), Fit.INSIDE),
        (span("2026-01-31", "2026-02-01"), Fit.UNDECIDED),
        (span("2026-02-28", "2026-03-01"), Fit.UNDECIDED),
        (span("2026-01-01", "2026-12-31"), Fit.UNDECIDED),
        (span("2026-01-01", "2026-01-31"), Fit.OUTSIDE),
        (span("2026-03-01", "2026-03-01"), Fit.OUTSIDE),
        (None, Fit.UNDECIDED),
    ],
)
def test_a_span_is_in_a_window_as_a_whole_or_not(happened: Span | None, fit: Fit) -> None:
    window = Window(first=date(2026, 2, 1), last=date(2026, 2, 28), by=By.INCIDENT)
    assert window.fit(happened) is fit


def test_a_window_without_ends_holds_everything() -> None:
    assert Window().fit(None) is Fit.INSIDE
    assert Window(first=REPORTED).fit(on(date.max)) is Fit.INSIDE
    assert Window(last=REPORTED).fit(on(date.max)) is Fit.OUTSIDE


@given(first=st.dates(), last=st.dates(), day=st.dates())
def test_one_day_is_never_undecided(first: date, last: date, day: date) -> None:
    first, last = sorted((first, last))
    fit = Window(first=first, last=last).fit(on(day))
    assert fit is (Fit.INSIDE if first <= day <= last else Fit.OUTSIDE)


@given(
    first=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    last=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_months_have_no_gap(first: date, last: date) -> None:
    first, last = sorted((first, last))
    found = months(first, last)
    assert (found[0], found[-1]) == (f"{first:%Y-%m}", f"{last:%Y-%m}")
    assert found == sorted(set(found))
    assert len(found) == (last.year - first.year) * 12 + last.month - first.month + 1
