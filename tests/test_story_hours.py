"""A reply waits for the part of the day that a person chose, and comes then: seen by each of them.

Separate processes: the line, Telegram, the desk's page, each sync. The person says that they are in
Japan, and chooses a part of the day that it is not there now; the line's clock is put ahead to it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.daytime import PARTS, Wish
from desk.phrases import OUTCOMES
from storage.hours import Hours
from storage.outcome import Outcome
from tests.chromium import chromium
from tests.seated import Screen
from tests.test_story_desk import PHRASE, REPLY, SENT, Stage, stage

TAKEN = OUTCOMES[Outcome.TAKEN_BACK]
COUNTRY = "JP"  # as in `tests.talkers`
#: Longer than two of the line's looks for replies.
LOOKS = 12


def far_off(now: datetime) -> tuple[int, Hours]:
    """Return the place of a part of the day in the question, and its hours, which are not near."""
    for place, part in enumerate(PARTS, 1):
        hours = Wish.of([part], [COUNTRY]).hours(now)
        assert hours is not None
        if hours.opens - now > timedelta(hours=1):
            return place, hours
    raise AssertionError


@asynccontextmanager
async def waiting(place: Path) -> AsyncIterator[tuple[Stage, Screen, Hours, str]]:
    """Have Anna's reply wait at the server; give her screen, the hours, and what it says of them."""
    pictures = place / "pictures"
    pictures.mkdir()
    daytime, hours = far_off(datetime.now(UTC))
    until = Wish.of([], [COUNTRY]).clocks(hours.opens)[0].strftime("%Y-%m-%d, %H:%M their time")
    async with stage(place) as on, chromium(place) as browser:
        on.person.daytime = str(daytime)
        await on.person.reports()
        anna = Screen(await browser.new_page(), "anna", pictures)
        async with on.anna.serves() as link:
            await written(on, anna, link, until)
            await anna.syncs()
            await anna.page.reload()
            yield on, anna, hours, until


async def test_a_reply_comes_in_the_hours_that_the_person_chose(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (on, anna, hours, until):
        await anna.sees("waits", f"waits until {until}")
        with pytest.raises(AssertionError):
            await on.person.hears(REPLY, patience=LOOKS)
        await come(on, hours)
        await on.anna.syncs()
        await anna.page.reload()
        await anna.sees("sent", SENT)
        assert anna.errors == []


async def test_a_reply_that_waits_at_the_server_is_taken_back_and_never_comes(
    tmp_path: Path,
) -> None:
    async with waiting(tmp_path) as (on, anna, hours, _):
        case = (await anna.page.locator("h1").inner_text()).strip()
        await on.tenzin.syncs(on.url)  # a colleague sees it, and asks for it
        await on.tenzin.runs("packets", "recall", case, "--yes")
        said = await on.tenzin.syncs()
        assert "Taking back a reply in case" in said
        assert TAKEN in said
        await anna.clicks("Take it back at the server")  # and so does who wrote it
        await anna.sees("asked", "It is not taken back yet")
        await anna.syncs()
        await anna.page.reload()
        await anna.sees("taken", TAKEN)
        ahead = hours.opens - datetime.now(UTC) + timedelta(minutes=5)
        on.clock.write_text(str(int(ahead.total_seconds())), encoding="ascii")
        with pytest.raises(AssertionError):
            await on.person.hears(REPLY, patience=LOOKS)
        assert anna.errors == []


async def written(on: Stage, anna: Screen, link: str, until: str) -> None:
    """Anna writes, and is told until when it waits."""
    await on.anna.syncs(on.url)
    await anna.unlocks(link, on.anna.words)
    await anna.clicks((await anna.page.locator("[data-row]").first.inner_text()).strip())
    await anna.clicks("Write to the person")
    await anna.page.locator("#text").fill(REPLY)
    await anna.clicks("Preview")
    await anna.sees("preview", PHRASE, f"waits at the server until {until}")
    await anna.clicks("Send this in their hours")


async def come(on: Stage, hours: Hours) -> None:
    """Their hours come, by the line's clock; the person hears it, once."""
    ahead = hours.opens - datetime.now(UTC) + timedelta(minutes=5)
    on.clock.write_text(str(int(ahead.total_seconds())), encoding="ascii")
    assert (await on.person.hears(REPLY)).startswith(PHRASE)
