"""Statistics: what is counted, what is apart, and that nothing small is ever given out."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.casefile import Casefile
from desk.dimensions import (
    CHANNEL,
    COUNTRY,
    DEMAND,
    DIMENSIONS,
    INCIDENT,
    LANGUAGE,
    METHOD,
    MONTH,
    PUBLISHED,
    PUBLISHED_COUNTS,
    SOURCE,
    URGENCY,
    VERIFICATION,
)
from desk.hiding import LEAST, Hidden, hide
from desk.reports import INCIDENTS, Decided, Report, reports
from desk.stats import Statistics, Study, count, statistics, sums_of
from desk.stats_study import By, Window
from storage.entry import FormRef
from tests.counted import TODAY, case, lists, many


def counted(*casefiles: Casefile) -> Statistics:
    return statistics(reports(casefiles, lists=lists))


def rows(made: Statistics, name: str) -> dict[str, str]:
    table = made.published if name == PUBLISHED else made.table(name)
    return {row.code: str(row.figure) for row in table.rows}


def apart(made: Statistics) -> dict[str, str]:
    return {row.code: str(row.figure) for row in made.apart}


# --- what is counted ---------------------------------------------------------------------------


def test_a_report_counts_once_for_a_method_however_often_it_is_named() -> None:
    made = counted(*many(12, case(("A2", ["CP", "TD"]), ("B1CP", ["CP-VISIT", "CP-CALL"]))))
    assert rows(made, METHOD) == {"CP": "12", "CP-CALL": "12", "CP-VISIT": "12", "TD": "12"}


def test_a_leaf_counts_for_its_group_and_those_without_a_button_for_theirs() -> None:
    made = counted(*many(10, case(("B1CP", ["CP-VISIT", "LG-CASE", "X-OURS"]))))
    assert rows(made, METHOD) == {
        "CP": "10",
        "CP-VISIT": "10",
        "PR": "10",
        "LG-CASE": "10",
        "X-OURS": "10",
    }
    groups = {row.code: row.group for row in made.table(METHOD).rows}
    assert groups == {"CP": "", "CP-VISIT": "CP", "PR": "", "LG-CASE": "PR", "X-OURS": ""}


def test_each_dimension_is_read_from_its_list() -> None:
    told = case(
        ("A2", ["CP"]),
        ("B2", ["DM-STOP", "UNK"]),
        ("B3", ["CH-WECHAT"]),
        ("A4", ["JP"]),
        ("A3", ["month"]),
        ("E2", ["XJ"]),
        ("W3", ["yes"]),
        urgency="U2",
        language="bo",
    )
    made = counted(*many(11, told))
    found = {name: rows(made, name) for name in DIMENSIONS}
    assert found == {
        METHOD: {"CP": "11"},
        DEMAND: {"DM-STOP": "11", "UNK": "11"},
        CHANNEL: {"CH-WECHAT": "11"},
        COUNTRY: {"JP": "11"},
        LANGUAGE: {"bo": "11"},
        MONTH: {"2026-11": "11"},
        INCIDENT: {"2026-11": "11"},
        URGENCY: {"U2": "11"},
        VERIFICATION: {"not-assessed": "11"},
        SOURCE: {"line": "11"},
    }


def test_a_form_that_is_not_known_is_counted_by_its_codes() -> None:
    """India and Colombia are no methods there, and a plain yes is nothing."""
    foreign = FormRef(id="ours-7", version="1", sha256="cd" * 32)
    told = (("Q1", ["TD-WARN", "CH-PHONE", "EF-HARM"]), ("Q2", ["IN", "CO", "yes"]))
    made = counted(*many(10, case(*told, ("A2", ["RT", "yes"]), ("A4", ["IN"]), form=foreign)))
    assert rows(made, METHOD) == {"TD": "10", "TD-WARN": "10", "RT": "10"}
    assert rows(made, CHANNEL) == {"CH-PHONE": "10"}
    assert rows(made, COUNTRY) == {"IN": "10"}


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ((("D1", ["TR"]),), "TR"),
        ((("D1", ["TR"]), ("A4", ["JP"])), "JP"),
        ((("D1", ["TR"]), ("A4", ["PNS"])), "TR"),
        ((("A4", ["PNS"]),), "PNS"),
        ((), "not-told"),
    ],
)
def test_the_country_told_last_stands(
    told: tuple[tuple[str, list[str]], ...], country: str
) -> None:
    made = counted(*many(10, case(*told, order=("D1", "A4"))))
    assert rows(made, COUNTRY) == {country: "10"}


def test_incidents_are_counted_apart_from_cases() -> None:
    told = (("A2", ["CP"]), ("B2#1", ["DM-STOP"]), ("B2#2", ["DM-RETURN"]), ("B3#2", ["CH-SMS"]))
    cases = many(10, case(*told)) + many(5, case(("A2", ["TD"])))
    assert rows(counted(*cases), DEMAND) == {"DM-RETURN": "10", "DM-STOP": "10"}
    made = statistics(reports(cases, lists=lists, unit=INCIDENTS), Study(unit=INCIDENTS))
    assert made.total.number == 25
    assert rows(made, METHOD) == {"CP": "20", "TD": "<10"}
    assert rows(made, DEMAND) == {"DM-RETURN": "10", "DM-STOP": "10"}


def test_many_incidents_of_few_people_are_no_figure() -> None:
    spied = [("B2#" + str(n), ["DM-SPY"]) for n in range(1, 13)]
    cases = [case(*spied), *many(15, case(("B2", ["DM-STOP"]), ("B3", ["CH-SMS"])))]
    made = statistics(reports(cases, lists=lists, unit=INCIDENTS), Study(unit=INCIDENTS))
    assert made.total.number == 27
    assert made.table(DEMAND).closed
    assert rows(made, CHANNEL) == {"CH-SMS": "15"}
    assert rows(made, PUBLISHED)["inform"] == "hidden"
    one = statistics(reports(cases[:1], lists=lists, unit=INCIDENTS), Study(unit=INCIDENTS))
    assert str(one.total) == "hidden"
    assert one.published.closed
    assert not [row for table in one.tables for row in table.rows]


def test_months_without_a_report_are_zeros() -> None:
    cases = many(10, case(day=date(2026, 1, 5))) + many(20, case(day=date(2026, 4, 5)))
    assert rows(counted(*cases), MONTH) == {
        "2026-01": "10",
        "2026-02": "0",
        "2026-03": "0",
        "2026-04": "20",
    }


# --- the published counts ----------------------------------------------------------------------

THREAT, REASON = ("A2", ["TD-THREAT"]), ("B2", ["DM-STOP"])


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ((("B3", ["CH-WECHAT"]),), {"apps"}),
        ((("B3", ["CH-VIDEO", "CH-SMS", "CH-EMAIL"]),), set()),
        ((("B3", ["CH-ROBO", "CH-SIGNAL"]),), {"apps", "phone"}),
        ((("A2", ["TD-REPEAT"]),), {"phone"}),
        ((THREAT,), set()),
        ((REASON,), set()),
        ((THREAT, REASON), {"speaking"}),
        ((("A2", ["CP-THREAT"]), ("B7", ["AV-POST"])), {"speaking"}),
        ((("A2", ["TD-WARN"]), REASON), set()),
        ((("A2", ["IN"]),), {"inform"}),
        ((("A2", ["TD"]), ("B2", ["DM-SPY"])), {"inform"}),
    ],
)
def test_published_counts_are_what_their_definitions_say(
    told: tuple[tuple[str, list[str]], ...], names: set[str]
) -> None:
    made = counted(*many(10, case(*told)))
    assert {name for name, shown in rows(made, PUBLISHED).items() if shown == "10"} == names
    assert set(rows(made, PUBLISHED)) == {one.name for one in PUBLISHED_COUNTS}


def test_every_code_of_a_definition_stands_in_it() -> None:
    found = {one.name: one.definition for one in PUBLISHED_COUNTS}
    assert found["phone"] == "CH-PHONE or CH-ROBO or TD-REPEAT"
    assert found["speaking"] == (
        "(TD-THREAT or TD-DEATH or CP-THREAT) and (DM-STOP or DM-CANCEL or DM-DELETE or DM-SILENT"
        " or AV-PROTEST or AV-POST or AV-MEDIA or AV-TESTIFY)"
    )


# --- apart -------------------------------------------------------------------------------------


def test_what_staff_decided_is_counted_and_incomplete_reports_are_apart() -> None:
    cases = [case(("A2", ["CP"])) for _ in range(60)]
    levels = ["VF-VERIF"] * 20 + ["VF-INSUFF"] * 12 + ["VF-DUP"] * 3
    decided = Decided(
        verification={one.case: level for one, level in zip(cases, levels, strict=False)},
        urgency={one.case: "U1" for one in cases[:20]},
        interviews=frozenset(one.case for one in cases[:20]),
    )
    made = statistics(reports(cases, lists=lists, decided=decided), closed=4)
    assert made.total.number == 45
    assert apart(made) == {
        "VF-INSUFF": "12",
        "VF-DUP": "<10",
        "VF-ABUSE": "0",
        "undecided": "0",
        "not-agreed": "0",
        "closed": "<10",
    }
    assert rows(made, VERIFICATION) == {"not-assessed": "25", "VF-VERIF": "20"}
    assert rows(made, URGENCY) == {"U1": "20", "U3": "25"}
    assert rows(made, SOURCE) == {"line": "25", "interview": "20"}
    assert rows(made, METHOD) == {"CP": "45"}


def test_only_those_who_agreed_when_that_is_asked_for() -> None:
    cases = many(11, case(("H2", ["SH-STAT"]))) + many(14, case(("H2", ["SH-ASK"])))
    made = statistics(reports(cases, lists=lists), Study(agreed=True))
    assert (made.total.number, apart(made)["not-agreed"]) == (11, "14")


def test_a_window_by_report_and_one_by_incident() -> None:
    cases = [
        *many(10, case(("A3Y", "2021-05"), day=date(2026, 2, 1))),
        *many(11, case(("A3", ["week"]), day=date(2026, 2, 25))),
        *many(12, case(("A3", ["UNK"]), day=date(2026, 3, 1))),
    ]
    window = Window(first=date(2026, 2, 1), last=date(2026, 2, 28))
    made = statistics(reports(cases, lists=lists), Study(window=window))
    assert (made.total.number, apart(made)["undecided"]) == (21, "0")
    window = replace(window, by=By.INCIDENT)
    made = statistics(reports(cases, lists=lists), Study(window=window))
    assert (made.total.number, apart(made)["undecided"]) == (11, "12")


def test_a_method_that_no_earlier_report_has_is_named() -> None:
    cases = many(10, case(("A2", ["CP"]), day=date(2026, 1, 1)))
    cases += many(10, case(("A2", ["CP", "DG-MAL"]), day=date(2026, 5, 1)))
    window = Window(first=date(2026, 2, 1))
    assert statistics(reports(cases, lists=lists), Study(window=window)).news == ("DG", "DG-MAL")
    assert statistics(reports(cases[:19], lists=lists), Study(window=window)).news == ()
    assert statistics(reports(cases, lists=lists)).news == ()


# --- promises ----------------------------------------------------------------------------------

CODES = {
    "A2": ["CP", "TD", "IN", "UNK"],
    "B1CP": ["CP-THREAT", "CP-CALL", "TD-THREAT", "TD-REPEAT"],
    "B2": ["DM-STOP", "DM-SPY"],
    "B3": ["CH-WECHAT", "CH-LINE", "CH-PHONE"],
    "A4": ["JP", "US", "TR"],
}


@st.composite
def populations(draw: st.DrawFn) -> list[Report]:
    """Some dozens of reports of a few kinds: so that there are large and small cells."""
    kinds = [
        case(
            *(
                (question, draw(st.lists(st.sampled_from(codes), max_size=2, unique=True)))
                for question, codes in CODES.items()
            ),
            language=draw(st.sampled_from(["ug", "bo", "en"])),
            day=date(2026, draw(st.integers(1, 4)), 3),
        )
        for _ in range(draw(st.integers(1, 6)))
    ]
    made = [(reports([one], lists=lists)[0], draw(st.integers(0, 30))) for one in kinds]
    every = [report for report, number in made for _ in range(number)]
    return [replace(one, case=n.to_bytes(16)) for n, one in enumerate(every)]


@given(populations(), st.integers())
def test_the_order_of_reports_changes_nothing(population: list[Report], seed: int) -> None:
    mixed = random.Random(seed).sample(population, len(population))
    assert statistics(mixed) == statistics(population)


@given(populations())
def test_no_small_figure_is_given_out(population: list[Report]) -> None:
    made = statistics(population)
    tables = [made.published, *made.tables]
    given_out = [row.figure for table in tables for row in table.rows]
    given_out += [made.total, *(row.figure for row in made.apart)]
    for figure in given_out:
        assert figure.number is None or figure.number == 0 or figure.number >= LEAST
        assert (figure.number is None) == (figure.hidden is not None)


@given(populations())
def test_rows_add_up_and_what_adds_up_hides_its_small_ones(population: list[Report]) -> None:
    made = statistics(population)
    for name, dimension in DIMENSIONS.items():
        table = made.table(name)
        if not dimension.parts or table.closed:
            continue
        small = sum(row.figure.hidden is Hidden.SMALL for row in table.rows)
        beside = sum(row.figure.hidden is Hidden.BESIDE for row in table.rows)
        rest = len(population) - sum(row.figure.number or 0 for row in table.rows)
        assert rest == 0 or small
        for least, most in [(1, 1), (9, 9)] if small else []:  # either end is possible for each
            lowest = least + small - 1 + LEAST * beside
            highest = most + 9 * (small - 1) if not beside else len(population)
            assert lowest <= rest <= highest


@given(populations())
def test_figures_are_those_of_a_plain_count(population: list[Report]) -> None:
    made = statistics(population)
    counts = count(population, Window())
    verdict = hide(counts, len(population), sums_of(counts))
    for table in (made.published, *made.tables):
        for row in table.rows:
            plain = sum(row.code in one.codes.get(table.name, ()) for one in population)
            assert counts[table.name, row.code] == plain or table.name == PUBLISHED
            shown = (table.name, row.code) not in verdict.hidden
            assert row.figure.number == (counts[table.name, row.code] if shown else None)


def test_nothing_at_all_is_no_trouble() -> None:
    made = statistics([])
    assert made.total.number == 0
    assert all(not table.closed for table in made.tables)
    assert statistics(reports([case(day=TODAY)], lists=lists)).table(LANGUAGE).closed
