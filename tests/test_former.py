"""Who was on the staff: what they signed then counts at every desk, what came later does not."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from desk import keyfile
from desk.acts import Standing
from desk.alarms import finding
from desk.forks import Weight
from desk.inbox import State
from storage import act, age, package
from storage.act import Act, Note, StateSet
from storage.line import GENERAL, Former
from storage.outcome import Outcome
from storage.rows import Origin
from storage.signature import SigningKey, fingerprint
from storage.unit import NewEntry
from tests.office import TODAY
from tests.served import FORM, Desk, case_id, case_number
from tests.test_casebook import Line
from tests.test_planted import item_of

CASE, OTHER = case_id(1), case_id(2)
LATER = TODAY + timedelta(days=2)
DONE = StateSet(state="triaged")


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    """Return a line whose ben has set a state and leaves the same day."""
    made = Line(tmp_path)
    await made.report()
    await made.sync("ana", "ben")
    made.book("ben").desk.act(CASE, DONE)
    assert await made.sync("ben", "ana") == [Outcome.TAKEN]
    return made


def key_of(line: Line, name: str) -> SigningKey:
    return Desk(line, name).reader.signing


async def puts(line: Line, key: SigningKey, day: date, *, sequence: int = 7) -> None:
    """Have a server take an act of ben's key on a day, whatever the statement says."""
    one = Act(
        case=CASE,
        author="ben",
        device=b"device-9",
        sequence=sequence,
        day=TODAY,
        seen=line.book("ana").desk.seen(CASE),
        deed=StateSet(state="closed"),
    )
    await append(line, CASE, act.encode(one, key), day)


async def append(line: Line, case: bytes, plain: bytes, day: date) -> None:
    reading = line.office.line.reading_key(day, GENERAL)
    sealed = age.seal(plain, [reading.recipient])
    new = NewEntry(case=case, key=reading.id, sealed=sealed, day=day, origin=Origin.PACKET)
    await line.append(new)


def standing(line: Line, name: str = "ana") -> Standing:
    return line.view(name).standing


# --- what the statement remembers --------------------------------------------------------------


async def test_rights_that_end_stay_in_the_statement_with_their_day(line: Line) -> None:
    key, office = key_of(line, "ben").public, line.office
    assert not office.line.former
    shown = office.sign("org", "remove", "ben")
    assert f"What ben signed with the right to act ({fingerprint(key)})" in shown
    assert f"counts up to {TODAY}." in shown
    ended = (Former(name="ben", signing=key, rights=("act",), until=TODAY),)
    assert office.line.former == ended
    office.sign("org", "sign", "--retention-months", "12")
    assert office.line.former == ended


async def test_fewer_rights_end_and_others_stay(line: Line) -> None:
    office = line.office
    office.let_lead("ana")
    assert not office.line.former
    office.add("ana", "--rights", "read,act")
    assert [(one.name, one.rights) for one in office.line.former] == [("ana", ("lead",))]
    office.add("ana", "--rights", "act")  # reading is nothing that is signed
    assert len(office.line.former) == 1


# --- what counts -------------------------------------------------------------------------------


async def test_what_was_signed_before_leaving_counts_at_every_desk(line: Line) -> None:
    """A newcomer has seen no statement with the one who left."""
    office = line.office
    office.sign("org", "remove", "ben")
    office.join("dolma")
    cards = str(office.cards)
    office.run("keys", "share", "dolma", "--recovery", "--card", cards, desk="dolma")
    await line.sync("ana", "dolma")
    assert len(Desk(line, "dolma").mirror.statements(office.line.root)) == 1
    for name in ("ana", "dolma"):
        view = line.view(name)
        assert view.standing.marks.state == DONE.state
        assert [one.code for one in view.findings if one.weight is Weight.ALARM] == []


@pytest.mark.parametrize("how", ["removed", "rights taken"])
async def test_what_comes_after_the_last_day_is_named_and_not_followed(
    line: Line, how: str
) -> None:
    key = key_of(line, "ben")
    if how == "removed":
        line.office.sign("org", "remove", "ben")
    else:
        line.office.add("ben", "--rights", "read")
    await puts(line, key, LATER)
    await line.sync("ana")
    view = line.view("ana")
    assert (view.standing.marks.state, view.standing.late) == (DONE.state, ((2, "ben"),))
    (alarm,) = [one for one in view.findings if one.weight is Weight.ALARM]
    assert finding(alarm).startswith("Entry 2 is by ben, who might do that no more when it came")
    assert view.summary.alarms == 1


async def test_what_the_server_took_that_day_counts(line: Line) -> None:
    """The holder's day and the server's begin at different hours."""
    key = key_of(line, "ben")
    line.office.sign("org", "remove", "ben")
    for days in (0, 1):
        await puts(line, key, TODAY + timedelta(days), sequence=7 + days)
    await line.sync("ana")
    assert (standing(line).late, standing(line).marks.state) == ((), "closed")


async def test_a_key_that_was_replaced_counts_no_more_and_its_successor_does(line: Line) -> None:
    """Somebody's computer was stolen: they join again."""
    stolen, office = key_of(line, "ben"), line.office
    office.sign("org", "remove", "ben")
    (office.desk("ben") / keyfile.OPEN).unlink()
    office.join("ben")
    assert key_of(line, "ben").public != stolen.public
    await puts(line, stolen, LATER)
    await line.sync("ana")
    assert (standing(line).late, standing(line).marks.state) == (((2, "ben"),), DONE.state)
    await puts(line, key_of(line, "ben"), LATER, sequence=8)
    await line.sync("ana")
    assert (standing(line).late, standing(line).marks.state) == (((2, "ben"),), "closed")


async def test_a_key_that_is_on_no_statement_is_nobody_s(line: Line) -> None:
    await puts(line, SigningKey.generate(), TODAY)
    await line.sync("ana")
    assert (standing(line).forged, standing(line).late) == ((2,), ())
    assert standing(line).marks.state == DONE.state


@pytest.mark.parametrize("days", [0, 2])
async def test_an_interview_of_somebody_who_had_left_is_not_believed(line: Line, days: int) -> None:
    signing = key_of(line, "ben")
    whole = package.pack(
        case=OTHER,
        number=case_number(2),
        form=FORM,
        language="ug",
        day=TODAY,
        index=line.index(2),
        answers=[],
        interviewer="ben",
        signing=signing,
    )
    line.office.sign("org", "remove", "ben")
    await append(line, OTHER, whole, TODAY + timedelta(days))
    await line.sync("ana")
    item = item_of(line)
    assert item.state is (State.TROUBLE if days else State.VERIFIED)
    assert ("they might do so no more when it came" in item.trouble) is bool(days)


async def test_who_comes_back_with_the_same_key_acts_again(line: Line) -> None:
    join = line.office.desk("ben") / "ben.join"
    line.office.sign("org", "remove", "ben")
    line.office.sign("org", "add", str(join), "--compared")
    line.book("ben").desk.act(CASE, Note(text="Here again."))
    assert await line.sync("ben", "ana") == [Outcome.TAKEN]
    assert [one.author for one in standing(line).moments] == ["ben", "ben"]
