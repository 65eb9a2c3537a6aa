"""What is over goes on its day, not before and not later."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.retention import cutoffs, sweep
from storage.rows import Swept
from storage.unit import LINE, CodeChange, Outcome, Store, TimerChange
from tests.stores import (
    DAY,
    answer,
    case,
    code_row,
    ends,
    entry,
    index,
    key,
    letter,
    open_kind,
    opens,
    tag,
    timer,
    trace,
    unit,
)


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store = open_kind(request.param, tmp_path / "quietline.db")
    yield store
    await store.close()


def days(count: int) -> datetime:
    """Return a moment so many days after DAY."""
    return datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC) + timedelta(days=count)


async def test_a_seen_event_is_known_for_seven_days(store: Store) -> None:
    await store.commit(unit(seen=key("event")))
    assert await sweep(store, days(7)) == Swept()
    assert await store.commit(unit(seen=key("event"))) is Outcome.DUPLICATE
    assert await sweep(store, days(8)) == Swept(seen=1)
    assert await store.commit(unit(seen=key("event"))) is Outcome.COMMITTED


async def test_a_code_is_valid_through_its_last_day(store: Store) -> None:
    await store.commit(unit(codes=(CodeChange(lookup=tag("code"), row=code_row(DAY)),)))
    assert await sweep(store, days(0)) == Swept()
    assert await sweep(store, days(1)) == Swept(codes=1)
    assert await store.code(tag("code")) is None


async def test_an_orphan_draft_is_gone_by_the_third_day(store: Store) -> None:
    await store.commit(unit(drafts=(answer("c", "A1"), answer("c", "A2"))))
    assert await sweep(store, days(2)) == Swept()
    assert await sweep(store, days(3)) == Swept(drafts=2)
    assert await store.drafts(case("c")) == ()


async def test_a_draft_that_goes_on_is_kept_whole(store: Store) -> None:
    yesterday = DAY + timedelta(days=2)
    await store.commit(unit(drafts=(answer("c", "A1"), answer("d", "A1"))))
    await store.commit(unit(drafts=(answer("c", "A2", day=yesterday),)))
    assert await sweep(store, days(3)) == Swept(drafts=1)
    assert len(await store.drafts(case("c"))) == 2
    assert await store.drafts(case("d")) == ()


async def test_a_timer_without_a_chat_goes(store: Store) -> None:
    await store.commit(unit(chat=opens("anna"), timers=(timer("anna", "pause", 10**10),)))
    await store.commit(unit(timers=(timer("gone", "pause", 10**10),)))
    assert await sweep(store, days(0)) == Swept(timers=1)
    assert [row.tag for row in await store.due(10**10)] == [tag("anna")]


async def test_a_timer_of_the_line_has_no_chat_and_stays(store: Store) -> None:
    alarm = TimerChange(tag=LINE, name="digest", due=10**10, revision=0)
    await store.commit(unit(timers=(alarm, timer("gone", "pause", 10**10))))
    assert await sweep(store, days(3650)) == Swept(timers=1)
    assert [row.tag for row in await store.due(10**10)] == [LINE]


async def test_a_letter_that_cannot_be_delivered_waits_for_four_days(store: Store) -> None:
    await store.commit(unit(letters=(letter("old", "anna"), letter("again", "anna"))))
    tomorrow = DAY + timedelta(days=1)
    await store.commit(unit(day=tomorrow, letters=(letter("again", "anna"), letter("new", "ben"))))
    assert await sweep(store, days(3)) == Swept()
    assert await sweep(store, days(4)) == Swept(letters=1)
    assert [row.key for row in await store.letters()] == [key("again"), key("new")]
    assert await sweep(store, days(5)) == Swept(letters=2)
    assert await store.waiting() == ()


async def test_what_stands_in_a_chat_is_known_for_three_days(store: Store) -> None:
    tomorrow = DAY + timedelta(days=1)
    await store.commit(unit(traces=(trace("anna"), trace("anna", b"new", tomorrow))))
    assert await sweep(store, days(2)) == Swept()
    assert await sweep(store, days(3)) == Swept(traces=1)
    assert [row.sealed for row in await store.traces(tag("anna"))] == [b"new"]


async def test_return_keys_are_destroyed_six_months_after_their_month(store: Store) -> None:
    await store.keep_return_key("2026-05", b"may")
    await store.keep_return_key("2026-06", b"june")
    november, december = datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert await sweep(store, november) == Swept()
    assert await sweep(store, december) == Swept(return_keys=1)
    assert await store.return_key("2026-05") is None
    assert await store.return_key("2026-06") == b"june"
    assert await sweep(store, december, return_months=5) == Swept(return_keys=1)


async def test_what_is_not_over_stays_for_ever(store: Store) -> None:
    await store.commit(
        unit(
            chat=opens("anna"),
            entries=(entry("c"),),
            index=(index("c"),),
        )
    )
    await store.keep_mailed(key("staff"), 3)
    await store.trouble("mail-2", DAY)
    assert await sweep(store, days(3650)) == Swept()
    assert await store.chat(tag("anna")) is not None
    assert len(await store.journal(case("c"))) == 1
    assert await store.mailed() == {key("staff"): 3}
    assert len(await store.troubles()) == 1
    assert (await store.totals()).index_sequence == 1


async def test_a_second_sweep_finds_nothing(store: Store) -> None:
    await store.commit(unit(seen=key("event"), drafts=(answer("c", "A1"),), chat=opens("anna")))
    await store.commit(unit(chat=ends("anna", 1), letters=(letter("l", "anna"),)))
    await store.commit(unit(traces=(trace("anna"),)))
    assert await sweep(store, days(30)) == Swept(seen=1, drafts=1, letters=1, traces=1)
    assert await sweep(store, days(30)) == Swept()


async def test_the_day_is_that_of_utc(store: Store) -> None:
    await store.commit(unit(codes=(CodeChange(lookup=tag("code"), row=code_row(DAY)),)))
    still_today = datetime(2026, 11, 23, 5, tzinfo=timezone(timedelta(hours=6)))
    assert await sweep(store, still_today) == Swept()


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 36))
def test_a_return_key_lives_through_as_many_months_as_it_is_given(today: date, months: int) -> None:
    gone = cutoffs(today, months).return_keys
    year, month = map(int, gone.split("-"))
    assert len(gone) == 7
    assert (today.year - year) * 12 + today.month - month == months + 1
