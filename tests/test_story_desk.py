"""One report, from the first word to its end: a person, the line, and two desks at two computers.

Separate processes: the line, Telegram, each desk's page, each sync; the pages in a real browser.
What is checked is what each of them shows. QUIETLINE_PICTURES names a folder for the pictures.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import service
from storage.line import parse as parse_line
from tests.chromium import chromium
from tests.contact import ALSO, Contact
from tests.reports import WORDS
from tests.running import TOKEN, Firm, Process, found_firm, started
from tests.seated import Computer, Screen
from tests.staffed import picture
from tests.talkers import Evidence, Reading
from tests.telegram_server.remote import Remote

WHO = 7_100_000_002
PHRASE = "كۆك ئىشىك ئوچۇق"
DURESS = "ھاۋا بۈگۈن سوغۇق"
REPLY = "سىزنىڭ خېتىڭىزنى ئوقۇدۇق. ئىنىڭىز ھازىر قەيەردە؟"
ANSWER = "ئىنىم ھازىر ئۆيدە، لېكىن ئۇلار يەنە كېلىدۇ."
NOTE = "Rang the lawyer in Ankara: she takes the case."
#: So many seconds pass until a case whose deletion was asked for is destroyed.
TWO_DAYS = 49 * 60 * 60
SENT = "sent to the person's chat"
ERASED = "1 case was deleted, and erased here too."


@dataclass
class Stage:
    """Who is there."""

    person: Contact
    anna: Computer
    tenzin: Computer
    url: str
    clock: Path

    async def both(self) -> tuple[str, str]:
        """Sync both desks, one after the other; return what each said."""
        return await self.anna.syncs(), await self.tenzin.syncs()


@contextlib.asynccontextmanager
async def stage(place: Path) -> AsyncIterator[Stage]:
    """Bring Telegram, a line with a team of two, and their computers up."""
    firm = found_firm(place / "office", "tenzin")
    clock = place / "ahead"
    async with contextlib.AsyncExitStack() as stack:
        telegram = started("tests.telegram_server", "--port", "0", "--token", TOKEN, place=place)
        _, server = await stack.enter_async_context(telegram)
        table = f'server = "{server}"\nper_second = 1000\nper_chat = 1000\n'
        firm.set(f"\n[telegram]\non = true\n{table}\n[desk]\non = true\n")
        line = Process(["tests.ahead", str(clock), "line", str(firm.home)], place)
        # By its clock the first minute, in which the line destroys nothing, is over once it is up.
        clock.write_text(str(-service.BACKLOG), encoding="ascii")
        said = await line.start()
        clock.unlink()
        stack.push_async_callback(line.end)
        found = re.search(r"listens on ([0-9.:]+)", said)
        assert found is not None, said
        remote = await stack.enter_async_context(Remote(server))
        yield Stage(
            person=person(remote, firm),
            anna=Computer.of(firm, "anna", place / "anna", clock),
            tenzin=Computer.of(firm, "tenzin", place / "tenzin", clock),
            url=f"http://{found[1]}",
            clock=clock,
        )


def person(remote: Remote, firm: Firm) -> Contact:
    """Return somebody who writes Uyghur, and brings a photo."""
    line = parse_line((firm.home / "line" / "line.toml").read_text(encoding="utf-8"))
    reading = Reading(firm.home, line, "ug", also=ALSO)
    return Contact(
        remote=remote,
        reading=reading,
        id=WHO,
        words=WORDS["ug"],
        file=Evidence(content=picture()),
        phrase=PHRASE,
        duress=DURESS,
    )


@pytest.fixture
def pictures() -> Path | None:
    """Return the folder for the pictures, if there is one."""
    if "QUIETLINE_PICTURES" not in os.environ:
        return None
    place = Path(os.environ["QUIETLINE_PICTURES"])
    place.mkdir(parents=True, exist_ok=True)
    return place


async def test_a_report_is_read_answered_and_deleted_and_each_sees_it(
    tmp_path: Path, pictures: Path | None
) -> None:
    async with stage(tmp_path) as on, chromium(tmp_path) as browser:
        wide = await browser.new_page()
        other = await browser.new_page()
        anna, tenzin = Screen(wide, "anna", pictures), Screen(other, "tenzin", pictures)
        code = await on.person.reports()
        async with on.anna.serves() as one, on.tenzin.serves() as two:
            number = await triaged(on, anna, one)
            await answered(on, anna, number)
            await heard(on)
            await seen_by_the_other(on, tenzin, two, number)
            await counted(anna)
            await deleted(on, code)
            await gone(on, anna, tenzin, number, code)
            for screen, link in ((anna, one), (tenzin, two)):
                assert screen.errors == []
                assert {url.split("/")[2] for url in screen.asked} == {link.split("/")[2]}


async def triaged(on: Stage, anna: Screen, link: str) -> str:
    """Anna fetches the case, reads it, says what it is, and gives it to her colleague."""
    assert "1 new case" in await on.anna.syncs(on.url)
    await anna.unlocks(link, on.anna.words)
    await anna.sees("inbox", "Uyghur")
    number = (await anna.page.locator("[data-row]").first.inner_text()).strip()
    await anna.clicks(number)
    await anna.sees("case", WORDS["ug"], "May be written to", "Photo")
    await anna.clicks("Show the picture")
    await anna.sees("picture")
    await anna.chooses("State", "triaged")
    await anna.chooses("Owner", "tenzin")
    await anna.opens("Urgency")
    await anna.page.get_by_label("Urgency", exact=True).select_option("U1")
    await anna.page.locator("#why-urgent").fill("They come again.")
    await anna.clicks("Set the urgency")
    await anna.page.locator("#note").fill(NOTE)
    await anna.clicks("Add the note")
    await anna.sees("triaged", "Triaged", "tenzin", NOTE)
    return number


async def answered(on: Stage, anna: Screen, number: str) -> None:
    """Anna writes; the person sees their phrase first, and anna that it was sent."""
    await anna.clicks("Write to the person")
    await anna.page.locator("#text").fill(REPLY)
    await anna.clicks("Preview")
    await anna.sees("preview", PHRASE, REPLY)
    await anna.clicks("Send this")
    await anna.sees("reply-waits", REPLY)
    await anna.syncs()
    await anna.sees("reply-went", "The server has taken what you did", "Last sync")
    whole = await on.person.hears(REPLY)
    assert whole.startswith(PHRASE)
    assert whole.index(PHRASE) < whole.index(REPLY)


async def heard(on: Stage) -> None:
    """The person answers in the chat."""
    await on.person.says(ANSWER)
    await on.person.hears(on.person.text("added"))


async def seen_by_the_other(on: Stage, tenzin: Screen, link: str, number: str) -> None:
    """The colleague, with keys of their own, sees all that was said and done."""
    await on.tenzin.syncs(on.url)
    await on.anna.syncs()
    await tenzin.unlocks(link, on.tenzin.words)
    await tenzin.chooses("Language of questions and codes", "ug")
    await tenzin.sees("inbox")
    await tenzin.clicks(number)
    await tenzin.sees("case", WORDS["ug"], NOTE, REPLY, ANSWER, "Triaged", SENT)


async def counted(anna: Screen) -> None:
    """The statistics count it."""
    await anna.goes("Statistics")
    await anna.sees("statistics", "Counted: <10 cases", "too few reports")


async def deleted(on: Stage, code: str) -> None:
    """The person looks how their report stands, and wants it deleted."""
    await on.person.says(code)  # the chat knows their language, since they were written to there
    await on.person.hears(on.person.text("adding"))
    await on.person.says("/status")
    await on.person.hears(status(on, opened="yes", answered="yes", asked="no"))
    await on.person.says("/delete")
    await on.person.hears(on.person.text("delete-sure"))
    await on.person.says("1")
    await on.person.hears(on.person.text("delete-asked"))
    await on.person.hears(status(on, opened="yes", answered="yes", asked="yes"))


async def gone(on: Stage, anna: Screen, tenzin: Screen, number: str, code: str) -> None:
    """Two days pass; both desks erase their copy, and the person can see that they did."""
    await on.both()
    for screen in (anna, tenzin):
        await screen.goes("Cases")
        await screen.sees("leaving", "0 cases", f"{number}: asked for by the person")
    await anna.clicks(number)
    await anna.sees("lead-looks", "This case is being deleted", WORDS["ug"])
    on.clock.write_text(str(TWO_DAYS), encoding="ascii")
    await erased(on.anna)
    await on.person.gives(code)
    await on.person.hears(status(on, opened="yes", answered="yes", asked="yes", erased=1))
    await erased(on.tenzin)
    await on.person.gives(code)
    await on.person.hears(status(on, opened="yes", answered="yes", asked="yes", erased=2))
    await anna.goes("Cases")
    await anna.sees("erased-here", "destroyed at the server; erased by 1 of 2 of the staff")
    await on.anna.syncs()
    for screen, computer in ((anna, on.anna), (tenzin, on.tenzin)):
        await screen.goes("Cases")
        assert "Being deleted" not in await screen.text()
        assert number not in await screen.sees("gone", "0 cases")
        assert not [path for path in computer.place.rglob("*") if number in path.name]


async def erased(computer: Computer) -> None:
    """Sync until the case is gone; it is once the line has looked at its clock again."""
    async with asyncio.timeout(90):
        while ERASED not in await computer.syncs():
            pass


def status(on: Stage, *, erased: int = 0, **values: str) -> str:
    """Return what the person is told of how their report stands."""
    return on.person.text("status", **values, erased=str(erased), people="2")
