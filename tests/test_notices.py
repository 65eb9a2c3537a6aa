"""Who is told that a message may be missing, and when: once at first, then more and more rarely."""

from pathlib import Path

from bot.assembly import renewed
from tests.line_made import Made, Person, made
from tests.reports import short
from tests.test_fetching import at_words
from tests.test_proof import paused

MISSED = "missed"


async def gap(line: Made) -> None:
    """Have messages been lost, a moment ago."""
    await line.app.intake.tell_open(line.inbox.name, MISSED)
    await line.deliver()


async def later(line: Made, *, minutes: float) -> None:
    """Let time pass, and what is owed be told."""
    line.watch.forward(minutes=minutes)
    await line.app.intake.notices.tell_owed()
    await line.deliver()


def told(person: Person) -> int:
    """Return how often somebody was told since the last look."""
    return [m.id for m in person.hears()].count(MISSED)


async def test_a_connection_that_flaps_is_told_more_and_more_rarely_and_never_dropped(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = await at_words(line)
        await gap(line)
        assert told(person) == 1
        for _ in range(9):
            await later(line, minutes=1)
            await gap(line)
        assert told(person) == 0
        await later(line, minutes=1)
        assert told(person) == 1, "at the end of the pause"
        await later(line, minutes=30)
        assert told(person) == 0, "of what is told already, nothing is owed"
        await gap(line)
        await later(line, minutes=29)
        assert told(person) == 0
        await later(line, minutes=1)
        assert told(person) == 1


async def test_after_hours_without_a_gap_the_pause_is_short_again(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_words(line)
        for wait in (10, 60, 120):
            await gap(line)
            await later(line, minutes=wait)
        await person.says("Still here.")  # the form waits a long time for them
        person.hears()
        await gap(line)
        assert told(person) == 1
        await later(line, minutes=10)
        await gap(line)
        assert told(person) == 1


async def test_whoever_comes_while_others_are_not_told_again_is_told_at_once(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        first = await at_words(line, "first")
        await gap(line)
        second = await at_words(line, "second")
        await gap(line)
        assert (told(first), told(second)) == (1, 1)


async def test_who_has_paused_is_told_when_they_come_back(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, _ = await paused(line)
        await gap(line)
        await later(line, minutes=60)
        assert person.hears() == []
        await person.says("hello")
        assert person.heard.count(MISSED) == 1
        await later(line, minutes=60)
        assert told(person) == 0


async def test_nobody_sends_without_having_been_told(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_words(line)
        await gap(line)
        assert told(person) == 1
        await gap(line)
        heard: list[str] = []
        for text in short("en")[5:]:
            await person.says(text)
            heard += person.heard
        assert heard.count(MISSED) == 1
        assert heard.index(MISSED) < heard.index("sent")


async def test_what_is_owed_goes_with_the_conversation_and_outlives_a_newer_statement(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        stays, goes = await at_words(line, "stays"), await at_words(line, "goes")
        for _ in range(2):
            await gap(line)
        assert (told(stays), told(goes)) == (1, 1)
        line.app = renewed(line.app, line.line)
        await goes.says("/stop")
        await goes.says("/stop")
        goes.hears()
        await later(line, minutes=10)
        assert (told(stays), told(goes)) == (1, 0)
