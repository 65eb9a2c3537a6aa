"""Packets that were refused: named with the reason, made again or dropped; what waits stays."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk import device
from desk.erasure import Erasure
from desk.errors import HandedOver, NoSuchPacket, NotAReply, NotHere
from desk.outgoing import HERE
from desk.shelf import Shelf
from storage.act import Note, Reply
from storage.outcome import Outcome
from storage.standing import PERSON
from storage.tombstone import Told
from tests.office import TODAY
from tests.served import Desk, case_id, case_number
from tests.test_casebook import NOW, Line


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    made = Line(tmp_path)
    await made.report()
    await made.sync("ana", "ben")
    return made


async def too_late(line: Line) -> None:
    """Bring what waits at ben's to the server when it is over, and a bundle back."""
    for one in line.book("ben").outbox.waiting():
        taken = await line.packets.take(one.data, one.signature, NOW + timedelta(days=60))
        assert taken.outcome is Outcome.EXPIRED
    await line.sync("ben")


async def test_what_was_refused_is_listed_and_made_again_or_dropped(line: Line) -> None:
    office, number = line.office, case_number(1)
    office.run("note", number, "a long thought", desk="ben")
    office.run("reply", number, "We are here.", "--yes", desk="ben")
    office.run("tag", number, "--add", "airport", desk="ben")
    await too_late(line)
    office.run("note", number, "another", desk="ben")
    shown = " ".join(office.run("packets", "list", desk="ben").split())
    late = "[refused: it came too late. Do it again]"
    assert shown.startswith(f"1 case {number}, 2026-11-22: noted {late} 2 case {number}")
    assert shown.endswith(f"{late} 4 case {number}, 2026-11-22: noted [{HERE}]")
    office.run("packets", "again", "1", desk="ben")
    office.run("packets", "again", "2", desk="ben", answers=["yes"])
    office.run("packets", "drop", "3", desk="ben")
    refused = f"quietline-desk: {NoSuchPacket(4)}\n"
    assert office.refuse("packets", "drop", "4", desk="ben") == refused
    assert await line.sync("ben") == [Outcome.TAKEN, Outcome.TAKEN, Outcome.WAITING]
    moments = line.view("ben").standing.moments
    assert [type(one.deed) for one in moments] == [Note, Note, Reply]
    assert office.run("packets", "list", desk="ben") == "Nothing lies here."


@pytest.mark.parametrize("outcome", [Outcome.ORDER, Outcome.DEVICE, Outcome.REPLAYED])
async def test_a_server_that_counts_otherwise_gets_a_new_device(
    line: Line, outcome: Outcome
) -> None:
    book = line.book("ben")
    header = book.desk.act(case_id(1), Note(text="x"))
    told = Told(device=header.device, sequence=1, outcome=outcome, day=TODAY)
    book.outbox.settle([told])
    assert device.load(book.reader.desk).id != header.device
    line.office.run("packets", "again", "1", desk="ben")
    assert await line.sync("ben") == [Outcome.TAKEN]


async def test_nothing_of_a_case_that_is_gone_stays_in_the_outbox(line: Line) -> None:
    line.book("ben").desk.act(case_id(1), Note(text="x"))
    await too_late(line)
    line.book("ben").desk.act(case_id(1), Note(text="y"))
    erasing = Erasing(store=line.store, hours=48, months=24)
    await erasing.ask(case_id(1), PERSON, NOW)
    await erasing.round(NOW + timedelta(days=3))
    Desk(line, "ben").take_bundle((await line.bundle()).path)
    erase(line)
    assert case_id(1) not in line.book("ben").mirror.cases()
    lying = line.book("ben").outbox.lying()  # what was not answered must still go
    assert [(one.header.sequence, one.header.kind) for one in lying] == [
        (2, "append"),
        (3, "report"),
    ]
    assert await line.sync("ben") == [Outcome.CASE, Outcome.TAKEN]
    line.book("ben")
    erase(line)
    assert line.book("ben").outbox.lying() == ()
    assert await line.sync("ben") == []


def erase(line: Line) -> None:
    """Erase at ben's what is gone."""
    book = line.book("ben")
    shelf = Shelf(folder=book.mirror.folder / "files")
    Erasure.of(book.desk, shelf, book.order).settle()


# --- taken back ----------------------------------------------------------------------------------


async def test_a_reply_that_has_not_left_is_taken_back_and_what_lies_behind_it_goes(
    line: Line,
) -> None:
    office, number = line.office, case_number(1)
    office.run("reply", number, "We are here.", "--yes", desk="ben")
    office.run("note", number, "written after it", desk="ben")
    assert "none of it left" in office.run("packets", "back", "1", desk="ben")
    assert "We are here." not in str(line.book("ben").own())
    for again in ("1", "2"):  # a report lies in its place by now; and a note
        assert office.refuse("packets", "back", again, desk="ben") == (
            f"quietline-desk: {NotAReply(int(again))}\n"
        )
    assert office.refuse("packets", "back", "3", desk="ben") == f"quietline-desk: {NotHere(3)}\n"
    assert await line.sync("ben") == [Outcome.TAKEN, Outcome.TAKEN]
    assert await line.store.replies() == ()
    assert [type(one.deed) for one in line.view("ben").standing.moments] == [Note]
    assert line.book("ben").outbox.lying() == ()


async def test_a_reply_that_may_have_left_is_not_taken_back(line: Line, tmp_path: Path) -> None:
    office, number = line.office, case_number(1)
    office.run("reply", number, "We are here.", "--yes", desk="ben")
    office.run("packets", "export", str(tmp_path / "stick"), desk="ben")
    before = [one.data for one in line.book("ben").outbox.lying()]
    wrong = office.refuse("packets", "back", "1", desk="ben")
    assert wrong == f"quietline-desk: {HandedOver(1)}\n"
    assert [one.data for one in line.book("ben").outbox.lying()] == before
    assert await line.sync("ben") == [Outcome.WAITING]
    assert office.refuse("packets", "back", "1", desk="ben") == f"quietline-desk: {NotHere(1)}\n"
