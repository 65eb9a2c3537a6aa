"""What a running line does beside talking: troubles, the timetable, a newer statement, an end."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.app import renewed
from bot.engine.events import Said
from bot.errors import ForeignContent, OtherServer
from bot.jobs import Timetable
from bot.troubles import Troubles
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.rows import Trouble
from tests.line_made import START, Watch, made, reading_keys
from tests.quiet import logged
from tests.reports import short


def store() -> MemoryStore:
    return MemoryStore(lambda _: bytes(64))


# --- troubles ---------------------------------------------------------------------------------


async def test_a_trouble_counts_days_and_ends() -> None:
    kept, watch = store(), Watch()
    troubles = Troubles(clock=watch)
    await troubles.note("telegram-conflict")  # before the line is up there is nowhere to note it
    await troubles.begin(kept)
    for _ in range(3):
        await troubles.note("telegram-conflict")
    watch.forward(days=2)
    await troubles.note("telegram-conflict")
    first, last = date(2026, 11, 22), date(2026, 11, 24)
    expected = Trouble(code="telegram-conflict", since=first, last=last, count=2)
    assert await kept.troubles() == (expected,)
    again = Troubles(clock=watch)
    await again.begin(kept)
    await again.settle("telegram-conflict")
    assert await kept.troubles() == ()


class Broken(MemoryStore):
    async def trouble(self, code: str, day: date) -> None:
        raise DatabaseFailed("full")

    async def settle(self, code: str) -> None:
        raise DatabaseFailed("full")


async def test_a_trouble_that_cannot_be_noted_troubles_nobody_and_is_tried_again(
    tmp_path: Path,
) -> None:
    troubles = Troubles(clock=Watch())
    await troubles.begin(Broken(lambda _: bytes(64)))
    with logged(tmp_path / "log") as log:
        await troubles.note("telegram-token")
        await troubles.note("telegram-token")
    assert [one["event"] for one in log()] == ["trouble", "trouble-not-noted"] * 2


class Slow(MemoryStore):
    async def trouble(self, code: str, day: date) -> None:
        await asyncio.sleep(0)
        await super().trouble(code, day)


async def test_a_trouble_that_is_over_while_it_is_noted_does_not_stand() -> None:
    kept, troubles = Slow(lambda _: bytes(64)), Troubles(clock=Watch())
    await troubles.begin(kept)
    await asyncio.gather(troubles.note("telegram-token"), troubles.settle("telegram-token"))
    assert await kept.troubles() == ()


# --- the timetable ----------------------------------------------------------------------------


async def test_jobs_run_at_once_and_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    ran = {"good": asyncio.Event(), "bad": asyncio.Event()}

    async def good() -> None:
        ran["good"].set()

    async def bad() -> None:
        ran["bad"].set()
        raise ValueError("what a person said")

    with logged(tmp_path / "log") as log:
        timetable = Timetable(lambda: datetime.now(UTC))
        timetable.every(3600, bad, name="bad")
        timetable.every(3600, good, name="good")
        timetable.start()
        async with asyncio.timeout(30):
            await asyncio.gather(*(event.wait() for event in ran.values()))
            while not log():  # noqa: ASYNC110 - the scheduler sets no event
                await asyncio.sleep(0)
        timetable.stop()
    text = str(log())
    assert "'text': 'bad'" in text
    assert "ValueError" in text
    assert "what a person said" not in text


async def test_a_job_that_a_clean_stop_cuts_off_has_not_failed(tmp_path: Path) -> None:
    begun, cut = asyncio.Event(), asyncio.Event()

    async def mail() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with logged(tmp_path / "log") as log:
        timetable = Timetable(lambda: datetime.now(UTC))
        timetable.every(3600, mail, name="mail")
        timetable.start()
        async with asyncio.timeout(30):
            await begun.wait()
            timetable.stop()
            await cut.wait()
            await asyncio.sleep(0.01)  # the scheduler tells of it a turn later
        assert log() == []


# --- a newer statement ------------------------------------------------------------------------


async def test_a_newer_statement_is_taken_while_people_talk(tmp_path: Path) -> None:
    from dataclasses import replace

    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        for said in ["/start", *short("en")[:6]]:
            await person.says(said)
        keys, secrets = reading_keys(line.watch().date())
        newer = tuple(replace(key, id=key.id.replace(".1-", ".2-"), serial=2) for key in keys)
        both = replace(line.line, epoch=2, reading_keys=(*line.line.reading_keys, *newer))
        line.app = renewed(line.app, both)
        line.secrets |= {f"new {key}": secret for key, secret in secrets.items()}
        for said in short("en")[6:]:
            await person.says(said)
        ((submission, answers),) = await line.cases()
        totals = await line.app.store.totals()
        (head,) = await line.app.store.changed(0, totals.journal_sequence)
        (row,) = await line.app.store.journal(head.case)
    assert row.key.startswith("2026Q4.2-")  # the package: sealed to the newer key
    assert len(answers) == 10
    assert submission.language == "en"


async def test_a_statement_for_another_form_or_server_is_not_taken(tmp_path: Path) -> None:
    from dataclasses import replace

    async with made(tmp_path) as line:
        with pytest.raises(ForeignContent):
            renewed(line.app, replace(line.line, forms={}))
        with pytest.raises(OtherServer):
            renewed(line.app, replace(line.line, server=None))


# --- after the last day -----------------------------------------------------------------------


async def test_after_the_last_day_nobody_begins_and_who_has_begun_can_finish(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        early = line.person("early")
        line.watch.now = datetime.combine(line.line.expires, START.timetz()).replace(hour=23)
        for said in ["/start", *short("en")[:6]]:
            await early.says(said)
        line.watch.forward(hours=2)
        late = line.person("late")
        for said in ("/start", "English", "verify", "1"):
            heard = await late.says(said)
            assert [m.id for m in heard] == (["verify"] if said == "verify" else ["resting"])
        for said in short("en")[6:]:
            await early.says(said)
        assert early.heard == ["sent", "end"]
        ((_, answers),) = await line.cases()
        assert len(answers) == 10
        await late.does(Said(text="/start"))
        assert late.heard == ["resting"]
