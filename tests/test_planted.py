"""What staff send is never taken for a person's words: not an answer, not a case, not an interview.

Each attack here is one that somebody with the right `act`, or a thief of such a key, can try.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk import audit
from desk.alarms import FINDINGS
from desk.casefile import Planted
from desk.forks import Weight
from desk.history import History
from desk.inbox import Item, State, read_inbox
from desk.summaries import Filter
from storage import act, age, entry, package, receipt, way
from storage.act import Act, Hold, Note
from storage.age import Identity
from storage.entry import ADDED, Answer, Words
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.packet import ENTRY, INDEX
from storage.receipt import Receipt
from storage.rows import Origin
from storage.signature import SigningKey
from storage.unit import NewEntry
from storage.way import FurtherAddress
from tests.office import TODAY
from tests.served import FORM, Desk, case_id, case_number
from tests.test_casebook import NOW, Line

CASE, OTHER = case_id(1), case_id(2)
DEVICE = b"device-9"
PUT_IN = "I take back all that I have said."


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    made = Line(tmp_path)
    await made.report()
    await made.sync("ana", "ben")
    return made


def an_answer(case: bytes = CASE, question: str = ADDED) -> bytes:
    answer = Answer(
        case=case,
        sequence=60,
        form=FORM,
        question=question,
        value=Words(words=PUT_IN),
        language="en",
        day=TODAY,
    )
    return entry.encode(answer)


def an_act(line: Line, case: bytes = CASE) -> bytes:
    hand = line.book("ben").desk
    one = Act(
        case=case,
        author="ben",
        device=DEVICE,
        sequence=1,
        day=TODAY,
        seen=hand.seen(case),
        deed=Note(text=PUT_IN),
    )
    return act.encode(one, hand.reader.signing)


RECEIPT = Receipt(case=CASE, device=DEVICE, sequence=1, outcome=Outcome.SENT, day=TODAY)
WAY = FurtherAddress(case=CASE, channel="signal", language="en", day=TODAY, address=bytes(160))


def sealed(line: Line, plain: bytes) -> bytes:
    return age.seal(plain, [line.office.line.reading_key(TODAY, GENERAL).recipient])


async def sent(line: Line, kind: str, case: bytes, parts: Mapping[str, bytes]) -> None:
    """Have ben's key sign a packet of any content, and the server take it."""
    key = line.office.line.reading_key(TODAY, GENERAL).id
    line.book("ben").desk.post(kind, case, lambda *_: parts, key=key)
    assert await line.sync("ben", "ana") == [Outcome.TAKEN]


# --- after the submission ----------------------------------------------------------------------


@pytest.mark.parametrize("question", [ADDED, "A1"])
async def test_an_answer_that_staff_have_sent_is_not_the_person_s(
    line: Line, question: str
) -> None:
    before = line.view("ana")
    await sent(line, "append", CASE, {ENTRY: sealed(line, an_answer(question=question))})
    view = line.view("ana")
    assert view.casefile == replace(before.casefile, entries=2)
    assert view.standing.marks == before.standing.marks
    assert [(one.code, one.position, one.weight) for one in view.findings] == [
        (Planted.WORDS.value, 1, Weight.ALARM)
    ]
    assert view.summary.alarms == 1
    shown = "\n".join(History(width=None, colour=False).case(view, NOW))
    assert "Entry 1 was sent by one of the staff, and is made as if the person had said it" in shown
    assert PUT_IN not in shown
    assert line.book("ana").cases(Filter(search="take back")) == ()
    desk = Desk(line, "ana")
    bad = [one.sentence for one in audit.verify(desk.mirror, desk.reader, TODAY) if not one.good]
    assert len(bad) == 1
    assert f"{CASE.hex()}: what one of the staff has sent to position 1" in bad[0]


async def test_what_the_person_adds_is_still_the_person_s(line: Line) -> None:
    await line.says(CASE, "One thing more.")
    await line.sync("ana")
    view = line.view("ana")
    assert [one.words for one in view.casefile.added] == ["One thing more."]
    assert view.findings == ()


@pytest.mark.parametrize(
    ("plain", "what"),
    [
        (receipt.encode(RECEIPT), Planted.SERVER),
        (way.encode(WAY), Planted.SERVER),
        (an_answer(OTHER), Planted.WORDS),
        (an_answer().replace(b'"question":"added"', b'"question":7'), Planted.WORDS),
    ],
    ids=["receipt", "way", "other-case", "damaged-answer"],
)
async def test_nothing_that_staff_have_sent_speaks_for_others(
    line: Line, plain: bytes, what: Planted
) -> None:
    before = line.view("ana")
    await sent(line, "append", CASE, {ENTRY: sealed(line, plain)})
    view = line.view("ana")
    assert (view.ways, view.standing.marks) == (before.ways, before.standing.marks)
    assert [(one.code, one.position) for one in view.findings] == [(what.value, 1)]


@pytest.mark.parametrize("junk", ["bytes", "another's key", "another case's act"])
async def test_nobody_of_the_staff_can_make_a_case_unreadable(line: Line, junk: str) -> None:
    parts = {
        "bytes": b"not sealed at all",
        "another's key": age.seal(an_act(line), [Identity.generate().recipient]),
        "another case's act": sealed(line, an_act(line, OTHER)),
    }
    await sent(line, "append", CASE, {ENTRY: parts[junk]})
    view = line.view("ana")
    assert view.casefile.answers
    assert view.standing.moments == ()
    what = Planted.FOREIGN if junk == "another case's act" else Planted.JUNK
    assert [(one.code, one.position) for one in view.findings] == [(what.value, 1)]
    assert [one.author for one in view.findings] == ["ben" if what is Planted.FOREIGN else ""]


@pytest.mark.parametrize("signed", [True, False])
async def test_who_made_what_was_planted_is_named_where_a_signature_proves_it(
    line: Line, signed: bool
) -> None:
    made = an_act(line, OTHER)
    if not signed:
        made = made.replace(b'"author":"ben"', b'"author":"ana"')
    await sent(line, "append", CASE, {ENTRY: sealed(line, made)})
    shown = " ".join(
        "\n".join(History(width=None, colour=False).case(line.view("ana"), NOW)).split()
    )
    named = "is what ben did with another case, signed by ben. It changed nothing here."
    nobody = "was sent by one of the staff, and is of another case. It changed nothing here."
    assert (named in shown, nobody in shown) == (signed, not signed)


async def test_an_act_of_staff_is_taken_and_nothing_is_named(line: Line) -> None:
    line.book("ben").desk.act(CASE, Note(text="Rang back."))
    await line.sync("ben", "ana")
    view = line.view("ana")
    assert [one.author for one in view.standing.moments] == ["ben"]
    assert view.findings == ()


async def test_what_the_lead_sends_to_the_lead_is_not_the_person_s_at_other_desks(
    line: Line,
) -> None:
    """A hold is sealed to those who may know of a duress word; others see no new words in it."""
    before = line.view("ben").standing.marks
    key = line.office.line.reading_key(TODAY, "lead")
    hold = Act(
        case=CASE,
        author="ana",
        device=DEVICE,
        sequence=1,
        day=TODAY,
        seen=line.book("ana").desk.seen(CASE),
        deed=Hold(until=TODAY + timedelta(3), reason="the word"),
    )
    plain = act.encode(hold, Desk(line, "ana").reader.signing)
    part = age.seal(plain, [key.recipient])
    await line.append(NewEntry(case=CASE, key=key.id, sealed=part, day=TODAY, origin=Origin.PACKET))
    await line.sync("ben")
    assert line.view("ben").standing.marks == before
    assert line.view("ben").casefile.closed["lead"] == 2  # the word itself, and the hold


def test_each_has_a_sentence() -> None:
    assert {one.value for one in Planted} <= FINDINGS.keys()


# --- a whole case ------------------------------------------------------------------------------


def a_case(line: Line, *, interviewer: str = "", signing: SigningKey | None = None) -> bytes:
    """Return a submission as ben would make it up."""
    key = line.office.line.reading_key(TODAY, GENERAL)
    return package.pack(
        case=OTHER,
        number=case_number(2),
        form=FORM,
        language="ug",
        day=TODAY,
        index=line.index(2),
        answers=[(key.id, age.seal(an_answer(OTHER, "A1"), [key.recipient]))],
        interviewer=interviewer,
        signing=signing,
    )


def item_of(line: Line) -> Item:
    desk = Desk(line, "ana")
    items = read_inbox(desk.mirror, desk.reader, lambda _form: ()).items
    return next(one for one in items if one.case == OTHER)


async def begun(line: Line, plain: bytes) -> Item:
    index = sealed(line, entry.encode_index(line.index(2)))
    await sent(line, "begin", OTHER, {ENTRY: sealed(line, plain), INDEX: index})
    return item_of(line)


async def test_an_interview_is_believed_that_its_interviewer_signed(line: Line) -> None:
    signing = Desk(line, "ben").reader.signing
    item = await begun(line, a_case(line, interviewer="ben", signing=signing))
    assert item.state is State.VERIFIED
    assert item.casefile is not None
    assert item.casefile.submission.interviewer == "ben"


async def test_a_case_that_staff_made_up_is_no_report_of_a_person(line: Line) -> None:
    item = await begun(line, a_case(line))
    assert (item.state, item.casefile) == (State.TROUBLE, None)
    assert "names nobody who wrote it down" in item.trouble


@pytest.mark.parametrize(
    ("name", "signed"), [("ana", ""), ("ana", "ben"), ("ben", ""), ("carl", "ben")]
)
async def test_nobody_is_made_an_interviewer_by_another(line: Line, name: str, signed: str) -> None:
    signing = Desk(line, signed).reader.signing if signed else None
    item = await begun(line, a_case(line, interviewer=name, signing=signing))
    assert (item.state, item.casefile) == (State.TROUBLE, None)
    assert f"says that {name} wrote it down" in item.trouble
    assert "nobody of that name who may act signed it" in item.trouble


async def test_a_signed_interview_is_not_to_be_changed(line: Line) -> None:
    signing = Desk(line, "ana").reader.signing
    whole = package.unpack(a_case(line, interviewer="ana", signing=signing))
    signature = whole.submission.signature
    assert whole.signed_by([signing.public])
    key = line.office.line.reading_key(TODAY, GENERAL)
    other = package.SealedAnswer(key=key.id, sealed=b"another answer")
    for changed in (
        replace(whole, answers=(other,)),
        replace(whole, answers=()),
        replace(whole, submission=replace(whole.submission, number=case_number(3))),
        replace(whole, submission=replace(whole.submission, interviewer="ben")),
        replace(whole, submission=replace(whole.submission, language="en")),
    ):
        assert changed.submission.signature == signature
        assert not changed.signed_by([signing.public])


async def test_what_came_from_a_chat_is_no_interview(line: Line) -> None:
    """A server cannot give a person's report to one of the staff, nor an interview to a person."""
    signing = Desk(line, "ana").reader.signing
    key = line.office.line.reading_key(TODAY, GENERAL)
    whole = sealed(line, a_case(line, interviewer="ana", signing=signing))
    await line.append(NewEntry(case=OTHER, key=key.id, sealed=whole, day=TODAY))
    await line.sync("ana")
    item = item_of(line)
    assert (item.state, item.casefile) == (State.TROUBLE, None)
    assert "did not come from one of the staff" in item.trouble
