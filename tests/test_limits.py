"""How fast: never more than was agreed, nobody pays for another, and nothing is remembered for ever."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.limits import FEW, GRAIN, Flood, Pace, Tries
from bot.ports import Rate

YES, FIRST_NO, NO = Flood.Answer.YES, Flood.Answer.FIRST_NO, Flood.Answer.NO

rates = st.builds(
    Rate,
    overall=st.sampled_from([0.0, 0.5, 1.0, 7.0, 30.0]),
    chat=st.sampled_from([0.0, 0.3, 1.0, 3.0]),
    burst=st.integers(0, 5),
)
steps = st.floats(0, 3, allow_nan=False, width=16)
keys = st.sampled_from([b"a", b"b", b"c"])
#: A clock of a machine that is long up: the coarsest numbers that a second is told in.
starts = st.sampled_from([0.0, -5.0, 1e3, 4e7])


def most_in_any_window(times: list[float], rate: float, burst: int) -> bool:
    """Say whether n sends are never closer together than the rate and one burst allow."""
    return all(
        last - first >= (count - max(burst, 1)) / rate - 1e-4
        for start, first in enumerate(times)
        for count, last in enumerate(times[start:], start=1)
    )


# --- Pace ---------------------------------------------------------------------------------------


@given(rate=rates, asked=st.lists(st.tuples(keys, steps), max_size=120), start=starts)
@example(rate=Rate(overall=30, chat=1), asked=[(b"a", 0.0), (b"a", 1.0)] * 9, start=0.0)
def test_never_more_is_sent_than_the_rate_and_one_burst(
    rate: Rate, asked: list[tuple[bytes, float]], start: float
) -> None:
    pace, now = Pace(rate), start
    sent: list[tuple[bytes, float]] = []
    for key, step in asked:
        now += step
        if not pace.wait(key, now):
            sent.append((key, now))
    if rate.overall:
        assert most_in_any_window([time for _, time in sent], rate.overall, rate.burst)
    for one in {key for key, _ in sent}:
        if rate.chat:
            assert most_in_any_window([t for k, t in sent if k == one], rate.chat, rate.burst)
    if not rate.overall and not rate.chat:
        assert len(sent) == len(asked)


@given(rate=rates, asked=st.lists(st.tuples(keys, steps), max_size=80), start=starts)
def test_who_waits_as_long_as_was_said_is_sent_to(
    rate: Rate, asked: list[tuple[bytes, float]], start: float
) -> None:
    pace, now = Pace(rate), start
    for key, step in asked:
        now += step
        wait = pace.wait(key, now)
        assert wait == 0 or wait > GRAIN
        if wait:
            assert pace.own(key, now) <= wait
            now += wait
            assert pace.wait(key, now) == 0


def test_a_busy_channel_gives_all_of_its_rate() -> None:
    pace, now, sent = Pace(Rate(overall=30, chat=1)), 0.0, 0
    while now < 100:
        wait = pace.wait(b"%d" % sent, now)
        sent += not wait
        now += wait
    assert sent in {3_000, 3_001}


@given(
    rate=rates,
    asked=st.lists(st.tuples(keys, steps), max_size=60),
    seconds=st.floats(0.01, 500),
    at=st.integers(0, 60),
)
def test_a_delay_is_for_one_chat_alone(
    rate: Rate, asked: list[tuple[bytes, float]], seconds: float, at: int
) -> None:
    """What others may send is as if the delayed chat had been silent."""
    delayed, alone = Pace(rate), Pace(rate)
    now, until = 0.0, 0.0
    for number, (key, step) in enumerate(asked):
        now += step
        if number == at:
            until = now + seconds
            delayed.delay(b"slow", until)
        slow = delayed.wait(b"slow", now) if number >= at and now < until - 1e-3 else None
        assert slow is None or slow >= until - now - 1e-3
        assert delayed.wait(key, now) == alone.wait(key, now)


def test_a_delay_ends_and_the_longer_of_two_holds() -> None:
    pace = Pace(Rate())
    pace.delay(b"a", 30.0)
    pace.delay(b"a", 5.0)
    assert (pace.own(b"a", 0.0), pace.wait(b"a", 10.0), pace.wait(b"b", 10.0)) == (30.0, 20.0, 0.0)
    assert pace.wait(b"a", 30.0) == 0
    assert pace.own(b"a", 29.0) == 0


def test_any_number_of_chats_costs_nothing_once_they_are_quiet() -> None:
    pace, most = Pace(Rate(overall=0, chat=1)), 0
    for number in range(200_000):
        pace.wait(number.to_bytes(4), number / 20)
        most = max(most, len(pace))
    assert most <= FEW
    for number in range(10_000):
        pace.delay(number.to_bytes(4), 20_000.0)
    pace.wait(b"x", 20_001.0)
    assert len(pace) <= 1


# --- Flood --------------------------------------------------------------------------------------


def answers(flood: Flood, times: list[float], key: bytes = b"a") -> list[Flood.Answer]:
    return [flood.take(key, now) for now in times]


def test_forty_at_once_are_taken_then_none_until_half_of_them_would_be() -> None:
    flood = Flood()
    assert answers(flood, [0.0] * 43) == [YES] * 40 + [FIRST_NO] + [NO] * 2
    assert answers(flood, [1.9, 2.0, 2.1, 20.0, 39.9]) == [NO] * 5
    assert answers(flood, [40.0, 40.1]) == [YES] * 2
    assert answers(flood, [124.0] * 41) == [YES] * 40 + [FIRST_NO]


def test_one_in_two_seconds_is_never_too_much() -> None:
    flood = Flood()
    assert answers(flood, [2.0 * n for n in range(500)]) == [YES] * 500


def test_who_was_told_to_wait_is_not_kept_in_part() -> None:
    """Somebody who goes on writing would be answered now and then, and think that all is kept."""
    flood = Flood()
    answers(flood, [0.0] * 41)
    assert set(answers(flood, [1.5 * n for n in range(1, 26)])) == {NO}


@given(
    times=st.lists(st.floats(0, 20, width=16), max_size=200),
    most=st.integers(1, 10),
    every=st.sampled_from([0.5, 2.0]),
)
@example(times=[0.0, 0.25, 0.0], most=1, every=0.5)
def test_never_more_is_taken_than_was_agreed(times: list[float], most: int, every: float) -> None:
    flood, now, taken, told = Flood(most=most, every_seconds=every), 0.0, [], []
    for step in times:
        now += step
        answer = flood.take(b"a", now)
        if answer is YES:
            taken.append(now)
        elif answer is FIRST_NO:
            told.append(now)
    assert most_in_any_window(taken, 1 / every, most)
    # Told again only after half was there again and something was taken. Who is told misses more
    # than all but one, so what has to come back meanwhile is half of it less that one.
    back = (most / 2 - 1) * every - 1e-3
    for first, later in pairwise(told):
        assert later - first >= back
        assert any(first < one <= later for one in taken)


def test_who_never_stops_is_told_seldom() -> None:
    said = answers(Flood(), [n / 167 for n in range(10_000)])  # 10,000 in a minute
    assert said.count(FIRST_NO) == 2
    assert said.count(YES) == 40 + 20


@given(asked=st.lists(st.tuples(keys, steps), max_size=200))
def test_one_chat_is_counted_apart_from_the_others(asked: list[tuple[bytes, float]]) -> None:
    flood, alone = Flood(most=3), {key: Flood(most=3) for key in (b"a", b"b", b"c")}
    now = 0.0
    for key, step in asked:
        now += step
        assert flood.take(key, now) is alone[key].take(key, now)


@pytest.mark.parametrize("back", [3_600.0, 1e9])
def test_a_clock_that_was_set_back_locks_nobody_out(back: float) -> None:
    flood = Flood()
    assert flood.take(b"a", 2e9) is YES
    assert YES in answers(flood, [2e9 - back + n for n in range(4)])


def test_not_any_number_of_chats_is_remembered() -> None:
    flood, most = Flood(), 0
    for number in range(200_000):
        flood.take(number.to_bytes(4), number / 20)
        most = max(most, len(flood))
    assert most <= FEW
    crowd = Flood(chats=500)
    for number in range(5_000):
        crowd.take(number.to_bytes(4), 0.0)
    assert len(crowd) == 500
    busy = Flood(chats=10)
    answers(busy, [0.0] * 41)
    for number in range(9):
        busy.take(number.to_bytes(4), 0.0)
    assert busy.take(b"a", 0.0) is NO
    for number in range(10):
        busy.take(number.to_bytes(4), 0.0)
    assert busy.take(b"a", 0.0) is YES


def test_a_chat_that_could_not_be_told_is_told_by_the_next_event() -> None:
    flood = Flood(most=2)
    assert answers(flood, [0.0] * 3) == [YES, YES, FIRST_NO]
    flood.untell(b"a")
    assert answers(flood, [0.0] * 2) == [FIRST_NO, NO]
    flood.untell(b"nobody")
    assert len(flood) == 1


@given(
    asked=st.lists(st.tuples(keys, st.floats(0, 900, width=16)), max_size=120),
    each=st.integers(1, 4),
    together=st.integers(1, 8),
)
def test_within_an_hour_nobody_tries_more_often_than_was_agreed(
    asked: list[tuple[bytes, float]], each: int, together: int
) -> None:
    tries, now = Tries(each=each, all=together, seconds=3_600.0), 0.0
    taken: list[tuple[float, bytes]] = []
    for key, step in asked:
        now += step
        hour = [one for at, one in taken if now - at < 3_600]
        tried = hour.count(key)
        free = len(hour) < (together // 2 if tried else together) and tried < each
        assert tries.take(key, now) == (tried + 1 if free else 0)
        taken += [(now, key)] if free else []


def test_chats_that_try_often_leave_half_of_all_tries_to_the_others() -> None:
    tries = Tries(each=5, all=20, seconds=3_600.0)
    eager = [tries.take(bytes([number]), 0.0) for _ in range(5) for number in range(3)]
    assert sum(map(bool, eager)) == 10
    assert [tries.take(bytes([number]), 1.0) for number in range(100, 110)] == [1] * 10
    assert tries.take(b"another", 1.0) == 0
    assert tries.take(b"another", 3_601.0) == 1


def test_a_clock_that_was_set_back_frees_all_tries() -> None:
    tries = Tries(each=1, all=1, seconds=3_600.0)
    assert [tries.take(b"a", 2e9), tries.take(b"a", 2e9)] == [1, 0]
    assert tries.take(b"a", 1e9)


def test_what_is_forgiven_was_never_too_much() -> None:
    flood = Flood(most=3, every_seconds=2.0)
    for _ in range(20):
        assert flood.take(b"a", 0.0) is YES
        flood.forgive(b"a")
    assert [flood.take(b"a", 0.0) for _ in range(4)] == [YES, YES, YES, FIRST_NO]
    flood.forgive(b"nobody")
    assert len(flood) == 1
