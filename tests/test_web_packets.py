"""The outbox on the page: what waits, what was refused and why, made again or dropped."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from bot.keyring import Keyring
from bot.packets import Packets
from desk import phrases, recalls, vault
from desk.outgoing import lying
from storage.act import Note, Reply
from storage.outcome import Outcome
from storage.packet import Header
from storage.padding import MIB
from storage.tombstone import Told
from tests.browsing import Browser, browsing
from tests.reads import reads
from tests.served import Desk, case_id, case_number
from tests.staffed import NOW, PHRASE, Staffed, brought

ONE = case_number(1)
TEXT = "We are <b>here</b>."
MORNING = datetime.combine(NOW, time(9), UTC)


@pytest.fixture
async def staffed(tmp_path: Path) -> Staffed:
    return await brought(tmp_path)


@pytest.fixture
async def browser(staffed: Staffed) -> AsyncIterator[Browser]:
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        yield made


def note(staffed: Staffed, text: str) -> Header:
    return staffed.book("ana").desk.act(case_id(1), Note(text=text))


def reply(staffed: Staffed) -> Header:
    book = staffed.book("ana")
    return book.desk.reply(book.prepare(book.case(ONE), TEXT, now=MORNING))


def answer(staffed: Staffed, header: Header, outcome: Outcome) -> str:
    """Have the server say what became of a packet; return where the page does something with it."""
    told = Told(device=header.device, sequence=header.sequence, outcome=outcome, day=NOW)
    staffed.book("ana").outbox.settle([told])
    return f"packets/{header.device.hex()}/{header.sequence}"


def here(staffed: Staffed) -> list[tuple[object, Outcome | None]]:
    return [(one.deed, one.outcome) for one in lying(staffed.book("ana"))]


async def test_what_waits_was_refused_and_was_taken_is_told_apart(
    browser: Browser, staffed: Staffed
) -> None:
    await browser.get("packets")
    assert "Nothing lies here." in browser.shown
    late, taken = note(staffed, "a long thought"), note(staffed, "taken")
    note(staffed, "still <i>here</i>")
    answer(staffed, late, Outcome.EXPIRED)
    answer(staffed, taken, Outcome.TAKEN)
    await browser.get()
    assert "The server refused 1 thing you did here." in browser.shown
    assert "1 thing you did here waits" in browser.shown
    assert "1 refused" in browser.shown
    await browser.get("packets")
    refused, waits, came = re.split(r'id="(?:waits|taken)"', browser.shown)
    assert phrases.OUTCOMES[Outcome.EXPIRED] in refused
    assert "a long thought" in refused
    assert f'href="{browser.at(f"case/{ONE}")}"' in refused
    assert "Do it again" in refused
    assert "still &lt;i&gt;here&lt;/i&gt;" in waits
    assert "<button" not in waits.partition("</section>")[0]
    assert phrases.OUTCOMES[Outcome.TAKEN] in came


async def test_what_was_refused_is_made_again_or_dropped_and_nothing_else_is(
    browser: Browser, staffed: Staffed
) -> None:
    first, second, third = (note(staffed, text) for text in ("one", "two", "three"))
    again, drop = (answer(staffed, one, Outcome.EXPIRED) for one in (first, second))
    waits = f"packets/{third.device.hex()}/{third.sequence}"
    await browser.get("packets")
    for place in (waits, "packets/ab/1", "packets/no/1", f"packets/{first.device.hex()}/99"):
        for what in ("again", "drop"):
            assert (await browser.post(f"{place}/{what}")).status_code == 409
    assert len(here(staffed)) == 3
    done = await browser.post(f"{again}/again")
    assert done.headers["location"] == browser.at("packets")
    assert (await browser.post(f"{again}/again")).status_code == 409  # who presses twice
    await browser.post(f"{drop}/drop")
    assert here(staffed) == [(Note(text="three"), None), (Note(text="one"), None)]


async def test_a_refused_reply_is_seen_again_before_it_goes(
    browser: Browser, staffed: Staffed
) -> None:
    place = answer(staffed, reply(staffed), Outcome.KEY)
    await browser.get("packets")
    await browser.post(f"{place}/again")
    bubble = browser.shown[browser.shown.index('class="bubble"') :]
    assert bubble.index(PHRASE) < bubble.index("We are &lt;b&gt;here&lt;/b&gt;.")
    assert [outcome for _, outcome in here(staffed)] == [Outcome.KEY]
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.shown)
    assert shown is not None
    await browser.post(f"{place}/again", {"shown": "0" * 64})
    assert len(here(staffed)) == 1
    await browser.post(f"{place}/again", {"shown": shown[1]})
    ((deed, outcome),) = here(staffed)
    assert isinstance(deed, Reply)
    assert (deed.text, outcome) == (TEXT, None)
    assert deed.hours is not None


async def test_a_refused_reply_may_be_sent_again_at_once(
    browser: Browser, staffed: Staffed
) -> None:
    place = answer(staffed, reply(staffed), Outcome.EXPIRED)
    await browser.get("packets")
    await browser.post(f"{place}/again")
    assert f"it waits at the server until {NOW}, 18:00 their time" in browser.shown
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.shown)
    assert shown is not None
    await browser.post(f"{place}/again", {"shown": shown[1], "do": "now"})
    ((deed, _),) = here(staffed)
    assert isinstance(deed, Reply)
    assert deed.hours is None


async def test_in_a_vault_what_waits_is_to_be_carried(browser: Browser, staffed: Staffed) -> None:
    note(staffed, "one")
    vault.mark(staffed.office.desk("ana"))
    await browser.get("packets")
    assert "Waits to be carried" in browser.shown
    assert "packets export" in browser.shown
    await browser.post(f"case/{ONE}/note", {"text": "two"})
    await browser.get(f"case/{ONE}")
    assert "Done; it goes to the team when you carry it" in browser.shown
    assert "next sync" not in browser.shown


@pytest.mark.parametrize("place", ["", f"case/{ONE}", "sync", "packets"])
async def test_what_a_page_reads_of_the_outbox_does_not_grow_with_what_lies_there(
    browser: Browser, staffed: Staffed, place: str
) -> None:
    outbox, found = staffed.office.desk("ana") / "outbox", []
    for _ in range(2):
        for number in range(10):
            note(staffed, f"note {number}")
        await browser.get(place)  # the first that sees them reads each once
        with reads(outbox) as read:
            await browser.get(place)
        found.append(read)
    assert found[0] == found[1]
    assert found[1]["opens"] < 20


async def test_of_a_large_file_that_waits_a_page_reads_no_more_than_its_head(
    browser: Browser, staffed: Staffed
) -> None:
    large = bytes(3 * MIB)
    header = staffed.book("ana").desk.enclose(case_id(1), Note(text="a film"), large)
    before = here(staffed)
    assert [deed for deed, _ in before] == [Note(text="a film")]
    (one,) = staffed.book("ana").outbox.lying()
    data = one.data
    one.path.write_bytes(data[: -len(large)])  # what stands behind its act is gone
    assert here(staffed) == before
    await browser.get(f"case/{ONE}")
    assert "a film" in browser.shown
    assert header.kind == "file"


async def test_a_reply_that_waits_is_taken_back_at_the_page(
    browser: Browser, staffed: Staffed
) -> None:
    header = reply(staffed)
    place = f"packets/{header.device.hex()}/{header.sequence}"
    await browser.get(f"case/{ONE}")
    assert f'{browser.at("packets")}#packet-{header.sequence}">Take it back' in browser.shown
    await browser.get("packets")
    assert f'{browser.at(place)}/back"' in browser.shown
    done = await browser.post(f"{place}/back")
    assert done.headers["location"] == browser.at("packets")
    await browser.get("packets")
    assert "The reply is taken back" in browser.shown
    assert "We are" not in browser.shown
    assert (await browser.post(f"{place}/back")).status_code == 409  # who presses twice
    await browser.get(f"case/{ONE}")
    assert "Take it back" not in browser.shown
    assert "We are &lt;b&gt;here" not in browser.shown
    await browser.get(f"case/{ONE}/answer")
    assert "We are &lt;b&gt;here&lt;/b&gt;.</textarea>" in browser.shown


async def test_a_reply_that_is_taken_back_stands_before_what_is_written_by_then(
    browser: Browser, staffed: Staffed
) -> None:
    header = reply(staffed)
    await browser.post(f"case/{ONE}/draft", {"text": "Something new", "language": "ug"})
    await browser.post(f"packets/{header.device.hex()}/{header.sequence}/back")
    await browser.get(f"case/{ONE}/answer")
    assert "We are &lt;b&gt;here&lt;/b&gt;.\n\nSomething new</textarea>" in browser.shown


async def test_a_reply_that_was_handed_over_is_not_taken_back(
    browser: Browser, staffed: Staffed
) -> None:
    header = reply(staffed)
    staffed.book("ana").outbox.handed.mark([(header.device, header.sequence)])
    await browser.get("packets")
    place = f"packets/{header.device.hex()}/{header.sequence}"
    assert (await browser.post(f"{place}/back")).status_code == 409
    assert "Too late" in browser.shown
    assert [type(deed) for deed, _ in here(staffed)] == [Reply]


# --- taken back at the server ---------------------------------------------------------------------
BUTTON = "Take it back at the server"


async def taken(staffed: Staffed) -> None:
    """Carry what waits at ana's to the server, and a bundle back."""
    packets = Packets(
        store=staffed.store,
        line=staffed.office.line,
        identity=staffed.credentials.packet,
        keyring=Keyring(staffed.credentials),
        returns=staffed.returns,
        hours=48,
    )
    for one in staffed.book("ana").outbox.waiting():
        assert not (await packets.take(one.data, one.signature, MORNING)).outcome.is_refusal
    Desk(staffed, "ana").take_bundle((await staffed.bundle()).path)


async def test_a_reply_that_waits_at_the_server_is_asked_back_at_its_case(
    browser: Browser, staffed: Staffed
) -> None:
    header = reply(staffed)
    await browser.get(f"case/{ONE}")
    assert BUTTON not in browser.shown  # it has not left yet
    assert (await browser.post(f"case/{ONE}/recall", {"entry": "1"})).status_code == 409
    await taken(staffed)
    await browser.get(f"case/{ONE}")
    assert BUTTON in browser.shown
    (moment,) = recalls.waiting(staffed.book("ana").case(ONE).standing)
    assert moment.number == (header.device, header.sequence)
    for wrong in ("", "0", "x", str((moment.position or 0) + 1)):
        assert (await browser.post(f"case/{ONE}/recall", {"entry": wrong})).status_code == 409
    await browser.post(f"case/{ONE}/recall", {"entry": str(moment.position)})
    await browser.get(f"case/{ONE}")
    assert "It is not taken back yet" in browser.shown
    assert "asked for a reply that waited at the server to be taken back" in browser.shown
    assert BUTTON not in browser.shown
    twice = await browser.post(f"case/{ONE}/recall", {"entry": str(moment.position)})
    assert twice.status_code == 409
    asked = [one.header for one in staffed.book("ana").outbox.lying()]
    assert [one.reply for one in asked if one.kind == "recall"] == [moment.number]
