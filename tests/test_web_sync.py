"""The sync on the page, with a real server: its button, its end in words, the lock that ends it."""

import asyncio
import gc
import re
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import httpx
import pytest

from bot.erasing import Erasing
from desk import sync_memory, tor, vault
from desk.acting import Desk as Hand
from desk.news import news
from desk.outbox import Outbox
from desk.reader import Reader
from storage import age, entry, folder
from storage.act import Note
from storage.entry import Answer, Words
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.padding import entry_size, pad
from storage.standing import PERSON
from storage.unit import NewEntry
from tests.browsing import Browser, browsing
from tests.desk_made import Door
from tests.office import TODAY
from tests.served import Desk, Served, case_id, case_number

PIECE = {"HX-Request": "true"}
NOWHERE = "http://127.0.0.1:9"


class Desked:
    """A browser at ana's desk, and a server that has two cases for her."""

    def __init__(self, door: Door, url: str, browser: Browser) -> None:
        self.door, self.url, self.browser = door, url, browser
        self.desk = Desk(door.served)

    def note(self, text: str) -> None:
        """Write a note that waits in the outbox."""
        who = self.desk.reader
        outbox = Outbox(desk=self.desk.folder, signing=who.signing)
        hand = Hand(reader=who, mirror=self.desk.mirror, outbox=outbox, today=TODAY)
        hand.act(case_id(1), Note(text=text))

    async def begin(self, address: str = "") -> httpx.Response:
        await self.browser.get("sync")
        return await self.browser.post("sync", {"address": address})

    async def end(self) -> str:
        """Ask as a page does until it has ended; return what is said."""
        for _ in range(1000):
            await self.browser.get("sync/now", **PIECE)
            if "every 1s" not in self.browser.shown:
                return self.browser.shown
            await asyncio.sleep(0.01)
        raise AssertionError

    async def sync(self, address: str = "") -> str:
        await self.begin(address)
        return await self.end()


class Held:
    """A server that answers pages of entries only when it is let."""

    def __init__(self, desked: Desked) -> None:
        self.asked, self.let = threading.Event(), asyncio.Event()
        self.count = 0
        self._true = desked.door.served.store
        desked.door.served.store = self  # type: ignore[assignment]  # a store that waits

    def __getattr__(self, name: str) -> object:
        return getattr(self._true, name)

    async def entries(self, after: int, limit: int = 100) -> object:
        self.count += 1
        self.asked.set()
        await self.let.wait()
        return await self._true.entries(after, limit)


@pytest.fixture
async def desked(tmp_path: Path) -> AsyncIterator[Desked]:
    served = Served(tmp_path, "ana", "ben")
    await served.send(1)
    await served.send(2)
    door = Door(served)
    async with (
        door.open() as url,
        browsing(served.office.desk("ana"), served.office.line_folder) as browser,
    ):
        await browser.unlock()
        yield Desked(door, url, browser)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


# --- the way there -------------------------------------------------------------------------------


async def test_the_address_is_asked_for_once_and_what_came_lies_on_the_desk(desked: Desked) -> None:
    browser = desked.browser
    await browser.get()
    assert "Last sync: never" in browser.shown
    assert "There is no case here yet" in browser.shown
    assert "it asks for the server's address" in browser.shown
    assert "bundle" not in browser.shown
    answer = await desked.begin(desked.url)
    assert (answer.status_code, answer.headers["location"]) == (303, browser.at("sync"))
    assert "2 new cases came." in await desked.end()
    assert sync_memory.address(desked.desk.folder) == desked.url
    await browser.get(**PIECE)  # a piece looks for nothing new: the end of the sync did
    assert case_number(1) in browser.shown
    await browser.get()
    assert f"Last sync: {TODAY:%d %b}" in browser.shown
    assert 'hx-post="' in browser.shown
    assert "Nothing new has come." in await desked.sync()


@pytest.mark.parametrize(
    ("address", "said"),
    [("", "knows no server yet"), ("http://example.org", "will not do"), ("x", "will not do")],
)
async def test_an_address_that_will_not_do_begins_nothing(
    desked: Desked, address: str, said: str
) -> None:
    answer = await desked.begin(address)
    assert answer.status_code == 422
    assert said in answer.text
    assert not desked.desk.mirror.cases()
    assert sync_memory.remembered(desked.desk.folder) == ""


async def test_an_address_that_led_nowhere_is_not_remembered(desked: Desked) -> None:
    assert "cannot be reached" in await desked.sync(NOWHERE)
    assert sync_memory.remembered(desked.desk.folder) == ""


async def test_no_page_that_is_looked_at_begins_a_sync(desked: Desked) -> None:
    sync_memory.remember_address(desked.desk.folder, desked.url)
    for place in ("", "sync", "sync/now", "help", "statistics"):
        assert (await desked.browser.get(place)).status_code == 200
    assert (await desked.browser.post("sync", {"form": "another"})).status_code == 403
    assert (await desked.browser.post("sync", origin="http://evil.example")).status_code == 403
    assert (await desked.browser.post("sync/now")).status_code != 200
    assert not desked.browser.seat.held(desked.browser.watch()).errand.running  # type: ignore[union-attr]
    assert not desked.desk.mirror.cases()


async def test_in_a_vault_there_is_no_button_but_how_files_travel(desked: Desked) -> None:
    vault.mark(desked.desk.folder)
    sync_memory.remember_address(desked.desk.folder, desked.url)
    browser = desked.browser
    await browser.get("sync")
    assert "packets export" in browser.shown
    assert f'action="{browser.at("sync")}"' not in browser.shown
    answer = await browser.post("sync", {"address": desked.url})
    assert (answer.status_code, "This desk is a vault" in answer.text) == (409, True)


# --- how it ends ---------------------------------------------------------------------------------


async def test_what_waits_goes_and_what_became_of_it_is_said(desked: Desked) -> None:
    await desked.sync(desked.url)
    for text in ("one", "two"):
        desked.note(text)
    await desked.browser.get()
    assert "2 to send" in desked.browser.shown
    assert "The server has taken what you did: 2 things." in await desked.sync()
    assert "to send" not in desked.browser.shown


class NoAnswer:
    """What takes packets, and fails before it answers."""

    async def take(self, *_: object) -> object:
        raise OSError


async def test_a_page_that_is_drawn_as_a_sync_ends_looks_once_more(desked: Desked) -> None:
    await desked.sync(desked.url)
    errand = desked.browser.seat.held(desked.browser.watch()).errand  # type: ignore[union-attr]
    errand.unseen = True
    await desked.browser.get("help")
    assert "every 1s" in desked.browser.shown
    answer = await desked.browser.get("sync/now", **PIECE)
    assert answer.headers["hx-trigger"] == "synced"
    assert "every 1s" not in desked.browser.shown


async def test_of_many_cases_some_are_named_and_the_others_counted(desked: Desked) -> None:
    await desked.sync(desked.url)
    desktop = desked.browser.seat.held(desked.browser.watch())
    assert desktop is not None
    many = news(desktop.book, {case_id(1): 0, case_id(2): 0}, most=1)
    assert [(one.name, one.what) for one in many][1:] == [("", "and 1 case more")]
    grown = news(desktop.book, {case_id(1): 0, case_id(2): 1}, most=1)
    assert [one.what for one in grown] == ["new", "and 1 case more"]


def said_of(desked: Desked) -> list[tuple[str, str]]:
    """Return the cases that are named with a link, each with what came to it."""
    found = re.findall(r'<li><a href="([^"]+)">([^<]+)</a>: ([^<]+)</li>', desked.browser.shown)
    assert all(link == desked.browser.at(f"case/{name}") for link, name, _ in found)
    return [(name, what) for _, name, what in found]


async def ben_notes(desked: Desked, number: int) -> None:
    """Have a colleague write a note that the server takes."""
    ben = Desk(desked.door.served, "ben")
    outbox = Outbox(desk=ben.folder, signing=ben.reader.signing)
    hand = Hand(reader=ben.reader, mirror=ben.mirror, outbox=outbox, today=TODAY)
    made = hand.act(case_id(number), Note(text="a secret of ben's"))
    (one,) = [one for one in outbox.lying() if one.number == (made.device, made.sequence)]
    taken = await desked.door.packets.take(one.data, one.signature, desked.door.now)
    assert taken.outcome is Outcome.TAKEN


async def person_adds(desked: Desked, number: int) -> None:
    served = desked.door.served
    key = served.office.line.reading_key(TODAY, GENERAL)
    added = Answer(
        case=case_id(number),
        sequence=90,
        form=served.form,
        question="A1",
        part=0,
        value=Words(words="they came again"),
        language="ug",
        day=TODAY,
    )
    plain = entry.encode(added).rstrip(b" ")
    sealed = age.seal(pad(plain, entry_size(len(plain))), [key.recipient])
    await served.append(NewEntry(case=case_id(number), key=key.id, sealed=sealed, day=TODAY))


async def test_after_a_sync_the_cases_to_which_something_came_are_named(desked: Desked) -> None:
    one, two = case_number(1), case_number(2)
    await desked.sync(desked.url)
    assert sorted(said_of(desked)) == [(one, "new"), (two, "new")]
    desked.note("mine")
    await desked.sync()
    assert said_of(desked) == []  # what one did oneself is no news
    await person_adds(desked, 1)
    await ben_notes(desked, 2)
    await desked.sync()
    assert sorted(said_of(desked)) == [(one, "the person told more"), (two, "ben did something")]
    await ben_notes(desked, 1)
    await person_adds(desked, 1)
    await desked.sync()
    assert said_of(desked) == [(one, "the person told more, ben did something")]
    assert "they came again" not in desked.browser.shown
    assert "secret" not in desked.browser.shown
    await desked.browser.get("sync")  # where it ended it stands on each page, until the next
    assert said_of(desked) == [(one, "the person told more, ben did something")]
    await desked.sync()
    assert said_of(desked) == []


async def test_what_is_brought_is_marked_also_when_no_answer_comes(desked: Desked) -> None:
    await desked.sync(desked.url)
    desked.note("one")
    outbox = Outbox(desk=desked.desk.folder, signing=desked.desk.reader.signing)
    (one,) = outbox.lying()
    await desked.sync(NOWHERE)
    assert not outbox.handed.has(one.number)  # nothing was reached, so nothing has left
    desked.door.packets = NoAnswer()  # type: ignore[assignment]
    await desked.sync(desked.url)
    assert [one.number for one in outbox.waiting()] == [one.number]
    assert outbox.handed.has(one.number)


async def test_offline_it_says_that_nothing_is_lost(desked: Desked) -> None:
    await desked.sync(desked.url)
    for text in ("one", "two", "three"):
        desked.note(text)
    assert "No connection: your 3 packets stay here and go next time." in await desked.sync(NOWHERE)
    assert "Not synced" in desked.browser.shown
    assert "what you did: 3 things" in await desked.sync(desked.url)


async def test_what_was_refused_is_said_by_the_cases_number(desked: Desked) -> None:
    await desked.sync(desked.url)
    desked.note("x")
    [packet] = (desked.desk.folder / "outbox").glob("*.tar")
    signature = packet.with_name(packet.name + ".sig")
    signature.write_text(desked.door.served.credentials.identity.sign(b"another", "x"))
    said = await desked.sync()
    assert f" of case {case_number(1)}: refused:" in said


async def test_a_case_that_is_being_deleted_is_named_once(desked: Desked) -> None:
    await desked.sync(desked.url)
    erasing = Erasing(store=desked.door.served.store, hours=48, months=24)
    await erasing.ask(case_id(2), PERSON, datetime.combine(TODAY, time(9), UTC))
    assert f"Being deleted from now on: {case_number(2)}." in await desked.sync()
    assert "Being deleted" not in await desked.sync()


async def test_an_older_statement_and_a_rolled_back_server_are_named(
    desked: Desked, tmp_path: Path
) -> None:
    served = desked.door.served
    await desked.sync(desked.url)
    kept, served.store = served.store, type(served.store)(served.credentials.identity.sign_bytes)
    assert "The server has gone back" in await desked.sync()
    served.store = kept
    old = tmp_path / "old"
    folder.write(old, folder.read(served.office.line_folder))
    served.office.sign("org", "remove", "ben")
    await desked.sync()
    answers = desked.door.answers
    desked.door.door.answers = lambda: replace(answers(), line_folder=old)
    assert "somebody offers an old one" in await desked.sync()


async def test_somebody_removed_is_turned_away(desked: Desked) -> None:
    await desked.sync(desked.url)
    desked.door.served.office.sign("org", "remove", "ana")
    desked.door.now = datetime.now(UTC)  # as its HTTP says
    browser = desked.browser
    browser.watch.forward(seconds=(desked.door.now - browser.watch()).total_seconds())
    await browser.get("unlock")
    await browser.post("unlock", {"words": ""})
    assert "are you on the staff" in await desked.sync()


# --- while it runs -------------------------------------------------------------------------------


async def test_the_page_stays_usable_and_there_are_never_two(desked: Desked) -> None:
    held, browser = Held(desked), desked.browser
    await desked.begin(desked.url)
    await until(held.asked.is_set)
    await browser.get("help")
    assert "Syncing" in browser.shown
    assert "every 1s" in browser.shown
    await browser.post("sync", {"address": NOWHERE}, **PIECE)
    assert "Syncing" in browser.shown
    held.let.set()
    assert "2 new cases" in await desked.end()
    assert held.count == 1


async def test_asking_how_far_it_is_keeps_no_desk_open(desked: Desked) -> None:
    held, browser = Held(desked), desked.browser
    await desked.begin(desked.url)
    await until(held.asked.is_set)
    browser.watch.forward(minutes=8)
    assert (await browser.get("sync/now", **PIECE)).status_code == 200
    browser.watch.forward(minutes=8)
    answer = await browser.get("sync/now", **PIECE)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, browser.at("unlock"))
    held.let.set()


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_lock_ends_the_sync_after_its_page_and_drops_the_keys(
    desked: Desked, *, by_hand: bool
) -> None:
    held, browser = Held(desked), desked.browser
    await desked.begin(desked.url)
    await until(held.asked.is_set)
    desktop = browser.seat.held(browser.watch())
    assert desktop is not None
    errand = desktop.errand
    del desktop
    if by_hand:
        await browser.post("lock")
    else:
        browser.watch.forward(minutes=16)
        desked.door.now = browser.watch()
    held.let.set()
    await until(lambda: not errand.running)
    await until(lambda: not holding())
    assert errand.ended is not None
    assert "The desk was locked" in errand.ended.lines[0]
    assert len(desked.desk.mirror.cases()) == 2  # its page was kept
    assert sync_memory.finished(desked.desk.mirror.folder) is None
    await browser.get("unlock")
    await browser.post("unlock", {"words": ""})
    await browser.get("sync")
    assert "The desk was locked" in browser.shown
    assert "Nothing new has come." in await desked.sync(desked.url)


def holding() -> bool:
    """Tell whether anybody's keys are held anywhere in this process."""
    gc.collect()
    return any(isinstance(one, Reader) for one in gc.get_objects())


# --- the language --------------------------------------------------------------------------------


async def test_another_language_stays_on_the_page_where_one_is(desked: Desked) -> None:
    await desked.sync(desked.url)
    browser = desked.browser
    place = f"case/{case_number(1)}?picture=1"
    for here in ("help", place, "?urgency=U3"):
        await browser.get(here)
        back = browser.shown.split('name="back" value="')[1].split('"')[0]
        answer = await browser.post("language", {"language": "ug", "back": back})
        assert answer.headers["location"] == browser.at(here)
    answer = await browser.post("language", {"language": "en", "back": "//evil.example/"})
    assert answer.headers["location"] == browser.at("evil.example/")


# --- through Tor ---------------------------------------------------------------------------------


ONION = "http://" + "a" * 56 + ".onion"


@pytest.mark.parametrize(
    "address", [ONION, ONION + ":80/", "https://x." + ONION[7:] + "/desk", ONION.upper()]
)
async def test_an_onion_service_is_never_looked_up_by_the_page(
    desked: Desked, address: str
) -> None:
    answer = await desked.begin(address)
    assert answer.status_code == 422
    assert "torsocks quietline-desk sync" in answer.text
    errand = desked.browser.seat.held(desked.browser.watch()).errand  # type: ignore[union-attr]
    assert (errand.running, errand.ended) == (False, None)
    sync_memory.remember_address(desked.desk.folder, address)
    await desked.browser.get()
    assert "hx-post" not in desked.browser.shown  # the button leads to the page that says why
    assert (await desked.begin()).status_code == 422
    assert (errand.running, errand.ended) == (False, None)


@pytest.mark.parametrize("address", ["https://onion.example", "https://example.org/x.onion"])
def test_what_only_looks_like_an_onion_service_is_asked(address: str) -> None:
    assert not tor.is_onion(address)
