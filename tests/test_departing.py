"""Cases that leave: listed apart, shown to the lead, held once, and open to nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk import phrases
from desk.errors import (
    CaseDeparts,
    CaseGone,
    CaseLeaves,
    NoRight,
    NoSuchCase,
    NotYourCompartment,
)
from desk.summaries import Filter
from storage.act import Note
from storage.outcome import Outcome
from storage.standing import PERSON, RETENTION
from storage.tombstone import Stage
from tests.office import TODAY
from tests.served import case_id, case_number
from tests.test_casebook import NOW, WORD, Line

NUMBER = case_number(1)
DAY = TODAY + timedelta(days=10)


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    """Return a line with two cases at ana's, who leads, and ben's; the person asks for one to go."""
    made = Line(tmp_path)
    made.office.add("ana", "--rights", "read,act,lead", "--compartments", "general,lead")
    cards = str(made.office.cards)
    made.office.run("keys", "share", "ana", "--recovery", "--card", cards, desk="ana")
    await made.report()
    await made.report(2)
    await made.says(case_id(1), f"I heard {WORD} tonight")
    await made.sync("ana", "ben")
    await erasing(made).ask(case_id(1), PERSON, NOW)
    return made


def erasing(line: Line) -> Erasing:
    return Erasing(store=line.store, hours=48, months=24)


async def test_a_case_that_leaves_is_listed_apart(line: Line) -> None:
    assert NUMBER in line.office.run("list", desk="ben").partition("Being deleted")[0]
    await line.sync("ana", "ben")
    book = line.book("ben")
    assert [one.case for one in book.cases()] == [case_id(2)]
    assert book.cases(Filter(search="tonight")) == ()
    (one,) = book.leaving()
    assert (one.number, one.stone.stage, one.stone.by) == (NUMBER, Stage.LEAVING, PERSON)
    before, _, after = line.office.run("list", desk="ben").partition("Being deleted")
    assert NUMBER not in before
    assert f"{NUMBER}: asked for by the person on 2026-11-22" in after
    assert "Being deleted" not in line.office.run("list", "--unread", desk="ben")


async def test_a_lead_without_the_compartment_is_told_before_anything_is_sealed(
    line: Line,
) -> None:
    """Statements signed before `org add` looked may say so."""
    desk = line.book("ana").desk
    staff = tuple(replace(one, compartments=("general",)) for one in desk.reader.line.staff)
    old = replace(desk.reader, line=replace(desk.reader.line, staff=staff))
    for act in ("hold", "keep_until"):
        with pytest.raises(
            NotYourCompartment, match="sealed to the compartment lead, which you lack"
        ):
            getattr(replace(desk, reader=old), act)(case_id(2), DAY, "not free")
    assert line.book("ana").outbox.lying() == ()


async def test_the_lead_sees_what_there_is_to_decide_and_holds_it_once(line: Line) -> None:
    office = line.office
    await line.sync("ana", "ben")
    shown = office.run("show", NUMBER, desk="ana")
    assert "This case is being deleted" in shown
    assert f"I heard {WORD} tonight" in shown
    assert "I am not free to speak" in shown
    assert line.book("ana").outbox.waiting() == ()  # that she looked at it is told to nobody
    office.run("hold", NUMBER, str(DAY), "--reason", "duress", desk="ana")
    assert "is not in force before" in office.run("list", desk="ana")
    assert await line.sync("ana", "ben") == [Outcome.TAKEN]
    for name in ("ana", "ben"):
        assert f"held until {DAY}" in office.run("list", desk=name)
    await erasing(line).round(NOW + timedelta(days=3))
    assert await line.store.journal(case_id(1))
    office.run("hold", NUMBER, str(DAY), "--reason", "again", desk="ana")
    assert await line.sync("ana") == [Outcome.HOLD]


async def test_nothing_else_can_be_done_with_it(line: Line) -> None:
    await line.sync("ana", "ben")
    refused = f"quietline-desk: {CaseLeaves(NUMBER)}\n"
    for name, command in (
        ("ana", ["note", NUMBER, "x"]),
        ("ana", ["reply", NUMBER, "x", "--yes"]),
        ("ana", ["state", NUMBER, "closed"]),
        ("ana", ["delete", NUMBER, "--reason", "x", "--yes"]),
        ("ben", ["show", NUMBER]),
    ):
        assert line.office.refuse(*command, desk=name) == refused
    ben = line.book("ben")
    with pytest.raises(NoRight):
        ben.leaving_case(NUMBER)
    with pytest.raises(NoSuchCase):
        line.book("ana").leaving_case(case_number(2))
    line.office.refuse("hold", NUMBER, str(DAY), "--reason", "x", desk="ben")
    assert line.book("ana").outbox.lying() == ben.outbox.lying() == ()


async def test_files_and_exports_say_that_it_is_being_deleted(line: Line, tmp_path: Path) -> None:
    await line.sync("ana")
    said = f"quietline-desk: {CaseDeparts(NUMBER, TODAY)}\n"
    to = str(tmp_path / "out")
    assert line.office.refuse("files", NUMBER, "--to", to, desk="ana") == said
    export = ["export", "jsonl", NUMBER, "--reason", "x", "--to", to]
    assert line.office.refuse(*export, desk="ana") == said
    line.office.refuse("files", case_number(7), "--to", to, desk="ana")


async def test_what_is_gone_is_shown_to_nobody(line: Line) -> None:
    await line.sync("ana", "ben")
    await erasing(line).round(NOW + timedelta(days=3))
    await line.sync("ana", "ben")
    assert line.book("ana").leaving()[0].stone.stage is Stage.GONE
    with pytest.raises(CaseGone):
        line.book("ana").leaving_case(NUMBER)
    assert "erased by 0 of 2 of the staff" in line.office.run("list", desk="ben")


async def test_the_lead_takes_back_what_retention_asked_for(line: Line) -> None:
    office, number, until = line.office, case_number(2), str(TODAY + timedelta(days=400))
    await erasing(line).ask(case_id(2), RETENTION, NOW)
    await line.sync("ana", "ben")
    shown = " ".join(office.run("list", desk="ben").split())
    assert shown.count("The lead can take that back: quietline-desk keep-until") == 1
    command = ["keep-until", NUMBER, until, "--reason", "x"]
    assert office.refuse(*command, desk="ana") == f"quietline-desk: {CaseLeaves(NUMBER)}\n"
    office.refuse("keep-until", number, until, "--reason", "x", desk="ben")
    office.run("keep-until", number, until, "--reason", "in court", desk="ana")
    shown = " ".join(office.run("list", desk="ana").split())
    assert f"That you keep it until {until} is not in force" in shown
    assert await line.sync("ana", "ben") == [Outcome.TAKEN]
    for name in ("ana", "ben"):
        assert [one.case for one in line.book(name).cases()] == [case_id(2)]
        assert [one.case for one in line.book(name).leaving()] == [case_id(1)]
    assert await erasing(line).round(NOW + timedelta(days=3)) == 1
    assert f"until {until}" in office.run("show", number, desk="ana")


def test_every_outcome_has_its_words() -> None:
    assert set(phrases.OUTCOMES) == set(Outcome)
    assert set(phrases.STAGES) == set(Stage)


async def test_filters_leave_it_out(line: Line) -> None:
    line.book("ana").desk.act(case_id(1), Note(text="before"))
    await line.sync("ana", "ben")
    assert [one.case for one in line.book("ana").cases(Filter(states=("new",)))] == [case_id(2)]
