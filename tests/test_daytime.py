"""When a person wants to be written to: a part of the day, by the clock where they are, never guessed."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.daytime import PARTS, SHORTEST, WAITS, Wish
from storage.document import Document, write
from storage.errors import StorageError
from storage.hours import DAY, LAST, Hours, hours_fields, read_hours
from tests.staffed import INTAKE

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
SOME = ("JP", "TR", "NZ", "MN", "CN", "ES", "KZ", "IN", "FJ", "GB")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def between(opens: str, closes: str) -> Hours:
    return Hours(opens=at(opens), closes=at(closes))


# --- hours -------------------------------------------------------------------------------------


def test_hours_come_again_each_day_and_never_before_their_first() -> None:
    hours = between("2026-11-22T22:00", "2026-11-23T01:00")
    for moment, includes, following in (
        ("2026-11-21T23:00", False, "2026-11-22T22:00"),
        ("2026-11-22T21:59", False, "2026-11-22T22:00"),
        ("2026-11-22T22:00", True, "2026-11-22T22:00"),
        ("2026-11-23T00:59", True, "2026-11-22T22:00"),
        ("2026-11-23T01:00", False, "2026-11-23T22:00"),
        ("2026-11-24T00:30", True, "2026-11-23T22:00"),
        ("2026-12-24T12:00", False, "2026-12-24T22:00"),
    ):
        assert hours.include(at(moment)) is includes, moment
        assert hours.next(at(moment)) == at(following), moment


@given(opens=MOMENTS, length=st.integers(1, 86_400), now=MOMENTS)
def test_what_comes_next_is_in_the_hours_and_nothing_before_it_is(
    opens: datetime, length: int, now: datetime
) -> None:
    hours = Hours(opens=opens, closes=opens + timedelta(seconds=length))
    following = hours.next(now)
    assert hours.include(following)
    assert following <= now < following + (hours.closes - opens) or not hours.include(now)
    assert following - now <= DAY or following == opens


def test_hours_are_written_and_read_and_older_documents_have_none() -> None:
    hours = between("2026-11-22T22:00", "2026-11-23T01:00")
    whole = write("x", {"hours": hours_fields(hours)})
    document = Document.decode(whole, file="x", kind="x")
    assert read_hours(document, "hours") == hours
    document.end()
    assert read_hours(Document.decode(write("x", {}), file="x", kind="x"), "hours") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": 10},
        {"opens": 10, "closes": 10},
        {"opens": 10, "closes": 9},
        {"opens": 10, "closes": 86_411},
        {"opens": -1, "closes": 9},
        {"opens": LAST, "closes": LAST + 1},
        {"opens": 10, "closes": 20, "more": 1},
        7,
    ],
)
def test_what_are_no_hours_is_refused(wrong: object) -> None:
    document = Document.decode(write("x", {"hours": wrong}), file="x", kind="x")
    with pytest.raises(StorageError):
        read_hours(document, "hours")


# --- by the clock there ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "country", "opens", "closes"),
    [
        ("evening", "TR", "2026-11-22T15:00", "2026-11-22T18:00"),
        ("morning", "JP", "2026-11-22T23:00", "2026-11-23T02:00"),
        ("midday", "JP", "2026-11-22T03:00", "2026-11-22T05:00"),  # it is half past twelve there
        ("night", "GB", "2026-11-22T23:00", "2026-11-23T01:00"),
        ("evening", "IN", "2026-11-22T12:30", "2026-11-22T15:30"),
        ("night", "NZ", "2026-11-22T10:00", "2026-11-22T11:15"),  # and on the Chatham Islands
        ("evening", "MN", "2026-11-22T11:00", "2026-11-22T13:00"),  # in Hovd it is an hour earlier
        ("evening", "CN", "2026-11-22T12:00", "2026-11-22T13:00"),  # by Urumqi's clock too
    ],
)
def test_a_part_of_the_day_is_that_of_each_clock_of_the_country(
    part: str, country: str, opens: str, closes: str
) -> None:
    assert Wish.of([part], [country]).hours(NOW) == between(opens, closes)


@pytest.mark.parametrize(
    ("part", "countries"),
    [
        ("evening", ["US"]),  # from New York to Honolulu no hour is evening
        ("morning", ["RU"]),
        ("midday", ["CN"]),  # two hours each, two hours apart
        ("evening", []),
        ("evening", ["XX"]),  # not in the list
        ("evening", ["TR", "PNS"]),
        ("evening", ["TR", "JP"]),  # nobody knows in which they are
        ("teatime", ["GB"]),  # of another form
    ],
)
def test_where_no_hours_suit_or_none_is_known_there_are_none(
    part: str, countries: list[str]
) -> None:
    wish = Wish.of([part], countries)
    assert wish.part == part
    assert wish.hours(NOW) is None


def test_two_countries_with_the_same_hours_suit() -> None:
    assert Wish.of(["evening"], ["DE", "NL", "DE"]).hours(NOW) == between(
        "2026-11-22T17:00", "2026-11-22T20:00"
    )


@pytest.mark.parametrize("parts", [[], ["any"]])
def test_who_did_not_choose_has_no_hours(parts: list[str]) -> None:
    wish = Wish.of(parts, ["TR"])
    assert (wish.part, wish.hours(NOW)) == ("", None)


def test_a_clock_that_is_put_back_or_forward_moves_the_hours() -> None:
    wish = Wish.of(["night"], ["DE"])
    assert wish.hours(at("2026-10-24T12:00")) == between("2026-10-24T22:00", "2026-10-24T23:00")
    assert wish.hours(at("2026-10-25T12:00")) == between("2026-10-25T22:00", "2026-10-26T00:00")
    assert wish.hours(at("2027-03-28T12:00")) == between("2027-03-28T21:00", "2027-03-28T23:00")


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        # Forward on 28 March: 18:00 to 21:00 in UTC before, 17:00 to 20:00 after.
        ("2027-02-20T12:00", "2027-02-20T18:00", "2027-02-20T21:00"),
        ("2027-03-27T12:00", "2027-03-27T18:00", "2027-03-27T20:00"),
        ("2027-03-27T19:59", "2027-03-27T18:00", "2027-03-27T20:00"),
        ("2027-03-27T20:30", "2027-03-27T18:00", "2027-03-27T21:00"),  # it is evening now
        ("2027-03-28T12:00", "2027-03-28T17:00", "2027-03-28T20:00"),
        # Back on 25 October: 17:00 to 20:00 before, 18:00 to 21:00 after.
        ("2026-09-20T12:00", "2026-09-20T17:00", "2026-09-20T20:00"),
        ("2026-10-24T12:00", "2026-10-24T18:00", "2026-10-24T20:00"),
        ("2026-10-24T17:30", "2026-10-24T17:00", "2026-10-24T20:00"),  # it is evening now
        ("2026-10-24T18:00", "2026-10-24T18:00", "2026-10-24T20:00"),
        ("2026-10-25T12:00", "2026-10-25T18:00", "2026-10-25T21:00"),
    ],
)
def test_before_clocks_are_changed_the_hours_are_right_on_both_sides(
    now: str, opens: str, closes: str
) -> None:
    assert Wish.of(["evening"], ["GB"]).hours(at(now)) == between(opens, closes)


@given(
    part=st.sampled_from(sorted(PARTS)),
    country=st.sampled_from(["GB", "DE", "FI", "CU", "EG", "IL", "LB", "PY", "MA", "NO"]),
    now=MOMENTS,
)
def test_a_reply_that_waits_while_clocks_are_changed_is_sent_in_their_part_of_the_day(
    part: str, country: str, now: datetime
) -> None:
    wish = Wish.of([part], [country])
    hours = wish.hours(now)
    assert hours is not None
    if hours.include(now):
        return
    for days in range(WAITS + 1):
        for moment in (hours.opens, hours.closes - timedelta(seconds=1)):
            for clock in wish.clocks(moment + days * DAY):
                assert _is_in(part, clock), (clock, moment, days)


def test_where_nothing_is_shared_by_both_sides_and_all_clocks_the_hours_of_today_stay() -> None:
    wish = Wish.of(["night"], ["NZ"])
    assert wish.hours(at("2027-04-01T00:00")) == between("2027-04-01T10:00", "2027-04-01T11:15")


@given(part=st.sampled_from(sorted(PARTS)), country=st.sampled_from(SOME), now=MOMENTS)
def test_in_the_hours_each_clock_of_the_country_shows_that_part_of_the_day(
    part: str, country: str, now: datetime
) -> None:
    wish = Wish.of([part], [country])
    hours = wish.hours(now)
    if hours is None:
        assert country == "CN"
        return
    assert now < hours.closes
    assert SHORTEST <= hours.closes - hours.opens <= PARTS[part][1]
    assert hours.opens - now <= 2 * DAY
    for moment in (hours.opens, hours.closes - timedelta(seconds=1)):
        for clock in wish.clocks(moment):
            assert _is_in(part, clock), (clock, moment)


def _is_in(part: str, clock: datetime) -> bool:
    begins, lasts = PARTS[part]
    passed = datetime.combine(date.min, clock.time()) - datetime.combine(date.min, begins)
    return passed % DAY < lasts


def test_clocks_are_told_once_each_from_the_first() -> None:
    shown = [str(one) for one in Wish.of(["evening"], ["ID"]).clocks(NOW)]
    assert shown == ["2026-11-22 10:30:00", "2026-11-22 11:30:00", "2026-11-22 12:30:00"]
    assert len(Wish.of(["evening"], ["DE"]).clocks(NOW)) == 1


def test_each_country_and_each_part_of_the_day_of_the_form_is_known() -> None:
    form = INTAKE.read_text("utf-8")
    countries = set(re.findall(r"\| country \| (\w+) \|", form)) - {"XX", "PNS"}
    assert len(countries) > 40
    assert [one for one in sorted(countries) if not Wish.of(["evening"], [one]).zones] == []
    assert set(re.findall(r"\| daytime \| (\w+) \|", form)) == {*PARTS, "any"}
