"""When digests are due: once a day in every zone and year, whatever the clocks do; and patience."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import DAY, LONGEST, WAITS, Patience, day_of, due, moment, next_at
from bot.settings import Digest

SECOND = timedelta(seconds=1)
START = datetime(1971, 1, 1, tzinfo=UTC)
ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
#: Where clocks go on at midnight or at odd hours, by half an hour, or over a whole day.
ODD = (
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Asia/Urumqi",
)
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
AT = st.builds(Digest, at=TIMES, zone=st.sampled_from(ODD) | st.sampled_from(ZONES))
YEARS = st.integers(1971, 2037)
MOMENTS = st.integers(0, 66 * 365 * 24 * 60).map(lambda n: START + timedelta(minutes=n))


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Tell whether a zone had a day, or skipped it: whether its noon ever came."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


@given(AT, YEARS)
def test_every_day_that_exists_has_one_digest_for_years(digest: Digest, year: int) -> None:
    zone = ZoneInfo(digest.zone)
    now, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 2, 1, 1, tzinfo=UTC)
    last = day_of(now, digest)
    days = [last]
    while now < end:
        then = next_at(now, digest)
        assert then > now
        assert not due(last, then - SECOND, digest)
        assert due(last, then, digest)
        now, last = then, day_of(then, digest)
        assert not due(last, then, digest)
        assert moment(last, digest) == then
        days.append(last)
    for one, following in pairwise(days):
        skipped = [one + DAY * count for count in range(1, (following - one).days)]
        assert following > one
        assert not any(exists(day, zone) for day in skipped)


@given(AT, MOMENTS)
def test_it_is_at_that_time_wherever_that_time_exists(digest: Digest, now: datetime) -> None:
    zone = ZoneInfo(digest.zone)
    then = next_at(now, digest)
    local = then.astimezone(zone)
    wanted = datetime.combine(local.date(), digest.time, tzinfo=zone)
    if wanted.astimezone(UTC).astimezone(zone).replace(fold=0) == wanted:
        assert local.time().replace(second=0) == digest.time
        assert local.fold == 0
    assert then.tzinfo is UTC


@given(AT, MOMENTS, st.lists(st.integers(1, 5000), max_size=40))
def test_a_line_that_looks_seldom_makes_one_as_soon_as_it_looks(
    digest: Digest, now: datetime, minutes: list[int]
) -> None:
    last: date | None = None
    for wait in minutes:
        if due(last, now, digest):
            last = day_of(now, digest)
        assert last == day_of(now, digest)
        assert not due(last, next_at(now, digest) - SECOND, digest)
        now += timedelta(minutes=wait)


@pytest.mark.parametrize(
    ("zone", "hour", "moments"),
    [
        # 02:30 does not exist on 28 March 2027: the clocks have gone on by an hour then
        ("Europe/Berlin", "02:30", {"2027-03-27": "01:30", "2027-03-28": "01:30", "2027-03-29": "00:30"}),
        # and comes twice on 31 October: the first pass counts
        ("Europe/Berlin", "02:30", {"2027-10-30": "00:30", "2027-10-31": "00:30", "2027-11-01": "01:30"}),
        # two digests on one day of UTC
        ("Europe/Berlin", "01:30", {"2027-03-28": "00:30", "2027-03-29": "23:30"}),
        ("Asia/Tokyo", "06:00", {"2026-11-22": "21:00", "2026-11-23": "21:00"}),
    ],
)  # fmt: skip
def test_the_hours_when_clocks_change(zone: str, hour: str, moments: dict[str, str]) -> None:
    digest = Digest(at=hour, zone=zone)
    found = {day: f"{moment(date.fromisoformat(day), digest):%H:%M}" for day in moments}
    assert found == moments


def test_a_day_that_a_zone_skipped_has_no_digest_of_its_own() -> None:
    digest = Digest(at="06:00", zone="Pacific/Apia")
    eve = at("2011-12-29T06:00", "Pacific/Apia")
    after = next_at(eve, digest)
    assert after == at("2011-12-31T06:00", "Pacific/Apia")
    assert day_of(after, digest) == date(2011, 12, 31)
    assert next_at(after, digest) == at("2012-01-01T06:00", "Pacific/Apia")


def test_a_digest_made_by_hand_before_the_hour_does_not_stand_for_the_one_of_the_hour() -> None:
    digest = Digest(at="06:00", zone="Asia/Tokyo")
    by_hand = at("2026-11-22T05:00", "Asia/Tokyo")
    made = day_of(by_hand, digest)
    assert made == date(2026, 11, 21)
    assert due(made, at("2026-11-22T06:00", "Asia/Tokyo"), digest)


def test_a_line_that_was_never_up_makes_one_at_once() -> None:
    assert due(None, at("2026-11-22T05:00"), Digest(at="06:00"))


def test_a_line_that_was_down_for_days_makes_one_not_many() -> None:
    digest, now = Digest(at="06:00"), at("2026-11-26T03:00")
    assert due(date(2026, 11, 22), now, digest)
    assert day_of(now, digest) == date(2026, 11, 25)
    assert not due(date(2026, 11, 25), now, digest)
    assert next_at(now, digest) == at("2026-11-26T06:00")


# --- patience ------------------------------------------------------------------------------------


def test_waits_grow_and_never_end() -> None:
    patience, now = Patience(), at("2026-11-22T06:00")
    waits = []
    for _ in range(200):
        assert patience.allows(now)
        patience.fail(now)
        assert not patience.allows(now)
        assert patience.again is not None
        waits.append(patience.again - now)
        now = patience.again
    assert waits == [*WAITS, *[LONGEST] * 196]
    assert [wait.total_seconds() / 60 for wait in waits[:5]] == [1, 5, 15, 60, 180]
    patience.succeed()
    assert patience == Patience()


@given(st.integers(1, 5), st.integers(-100, 1000))
def test_a_clock_that_is_set_back_keeps_nobody_waiting_longer(failures: int, back: int) -> None:
    patience, now = Patience(), at("2030-01-01T06:00")
    for _ in range(failures):
        patience.fail(now)
    now -= timedelta(minutes=back)
    waited = timedelta()
    while not patience.allows(now + waited):
        waited += timedelta(minutes=1)
    assert waited <= LONGEST


def test_what_failed_is_remembered_when_it_is_tried_early() -> None:
    patience, now = Patience(), at("2026-11-22T06:00")
    patience.fail(now)
    patience.hurry()
    assert patience.allows(now)
    patience.fail(now)
    assert patience.again == now + WAITS[1]
    assert patience.since == now
    hour = timedelta(hours=1)
    assert not patience.has_lasted(now + hour, hour)
    assert patience.has_lasted(now + hour + SECOND, hour)
