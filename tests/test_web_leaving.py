"""Cases that are being deleted, at the web desk: below the list, and open to the lead alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk.casebook import Casebook
from desk.errors import CaseLeaves
from storage.act import Hold
from storage.outcome import Outcome
from storage.standing import PERSON, RETENTION
from storage.tombstone import Told
from tests.browsing import Browser, browsing
from tests.served import case_id, case_number
from tests.staffed import NOW, PHRASE, Staffed

ONE, TWO = case_number(1), case_number(2)
UNTIL = NOW + timedelta(days=10)


@pytest.fixture
async def staffed(tmp_path: Path) -> Staffed:
    """Return an office in which somebody has asked for the deletion of their case."""
    made = Staffed(tmp_path)
    made.office.add("ana", "--rights", "read,act,lead", "--compartments", "general,lead")
    cards = str(made.office.cards)
    made.office.run("keys", "share", "ana", "--recovery", "--card", cards, desk="ana")
    await made.people()
    await made.bring("ana", "ben")
    erasing = Erasing(store=made.store, hours=48, months=24)
    await erasing.ask(case_id(1), PERSON, datetime.combine(NOW, time(9), UTC))
    await made.bring("ana", "ben")
    return made


@pytest.fixture
async def ana(staffed: Staffed) -> AsyncIterator[Browser]:
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        yield made


@pytest.fixture
async def ben(staffed: Staffed) -> AsyncIterator[Browser]:
    async with browsing(staffed.office.desk("ben"), staffed.office.line_folder) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        yield made


def waiting(book: Casebook) -> list[str]:
    """Return the kinds of packets that wait."""
    return [one.header.kind for one in book.outbox.waiting()]


async def test_it_is_told_below_the_list_and_nowhere_else(ben: Browser, staffed: Staffed) -> None:
    await ben.get()
    before, _, after = ben.shown.partition("Being deleted")
    assert ONE not in before
    assert TWO in before
    assert f"{ONE}: asked for by the person on {NOW}" in after
    for place in (f"case/{ONE}", f"leaving/{ONE}", f"leaving/{TWO}", f"case/{ONE}/answer"):
        answer = await ben.get(place)
        assert answer.status_code == 409, place
        assert PHRASE not in ben.shown
    await ben.post(f"leaving/{ONE}/hold", {"until": str(UNTIL), "reason": "x"})
    assert waiting(staffed.book("ben")) == []


async def test_it_leaves_the_screen_where_it_is_open_as_well(
    ben: Browser, staffed: Staffed
) -> None:
    answer = await ben.get(f"case/{ONE}", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, ben.at("sync"))
    await ben.get("sync")
    assert f"Case {ONE} is being deleted" in ben.shown
    with pytest.raises(CaseLeaves, match=ONE):
        staffed.book("ben").find(case_id(1).hex())


async def test_the_lead_looks_at_it_and_holds_it_once(ana: Browser, staffed: Staffed) -> None:
    await ana.get()
    assert f'href="{ana.at(f"leaving/{ONE}")}"' in ana.shown
    await ana.get(f"leaving/{ONE}")
    assert PHRASE in ana.shown
    assert "This case is being deleted: asked for by the person" in ana.shown
    for gone in ("Write to the person", "Add the note", "Show the picture", "Delete this case"):
        assert gone not in ana.shown
    assert waiting(staffed.book("ana")) == [], "that the lead looked is told to nobody"
    for until in (NOW, NOW + timedelta(days=15)):
        answer = await ana.post(f"leaving/{ONE}/hold", {"until": str(until), "reason": "x"})
        assert answer.status_code == 409
    answer = await ana.post(f"leaving/{ONE}/hold", {"until": str(UNTIL), "reason": "not free"})
    assert answer.headers["location"] == ana.at()
    book = staffed.book("ana")
    (own,) = book.own()[case_id(1)]
    assert own.act.deed == Hold(until=UNTIL, reason="not free")
    assert waiting(book) == ["hold"]
    await ana.get()
    assert f"Your hold until {UNTIL} is not in force" in ana.shown
    await ana.get(f"leaving/{ONE}")
    assert "Hold the deletion" not in ana.shown


async def test_a_hold_that_the_server_has_taken_is_not_said_to_wait(
    ana: Browser, staffed: Staffed
) -> None:
    await ana.get(f"leaving/{ONE}")
    await ana.post(f"leaving/{ONE}/hold", {"until": str(UNTIL), "reason": "not free"})
    await ana.get(f"leaving/{ONE}")
    assert "not sent yet" in ana.shown
    outbox = staffed.book("ana").outbox
    (header,) = (one.header for one in outbox.waiting())
    taken = Told(device=header.device, sequence=header.sequence, outcome=Outcome.TAKEN, day=NOW)
    outbox.settle([taken])
    await ana.get()
    await ana.get(f"leaving/{ONE}")
    assert "taken by the server" in ana.shown
    assert "not sent yet" not in ana.shown


async def test_the_lead_keeps_what_retention_lets_go_of_and_nothing_else(
    ana: Browser, staffed: Staffed
) -> None:
    await ana.get(f"leaving/{ONE}")
    assert "Keep it after all" not in ana.shown
    told = {"until": str(UNTIL), "reason": "in court"}
    assert (await ana.post(f"leaving/{ONE}/keep", told)).status_code == 409
    erasing = Erasing(store=staffed.store, hours=48, months=24)
    await erasing.ask(case_id(2), RETENTION, datetime.combine(NOW, time(9), UTC))
    await staffed.bring("ana")
    await ana.get()
    await ana.get(f"leaving/{TWO}")
    assert "Keep it after all" in ana.shown
    over = {"until": str(NOW), "reason": "x"}
    assert (await ana.post(f"leaving/{TWO}/keep", over)).status_code == 409
    assert waiting(staffed.book("ana")) == []
    answer = await ana.post(f"leaving/{TWO}/keep", told)
    assert answer.headers["location"] == ana.at()
    assert waiting(staffed.book("ana")) == ["keep-until"]
    await ana.get(f"leaving/{TWO}")
    assert "Keep it after all" not in ana.shown


async def test_what_does_not_leave_is_not_held(ana: Browser, staffed: Staffed) -> None:
    told = {"until": str(UNTIL), "reason": "x"}
    assert (await ana.post(f"leaving/{TWO}/hold", told)).status_code == 409
    assert waiting(staffed.book("ana")) == []
