"""What staff do, folded: the journal's order decides, nobody speaks for another, words stay words."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import deadlines, forks
from desk.acts import FAILED, Marks, Own, Standing, fold
from desk.casefile import Opened
from desk.casefile import fold as fold_casefile
from desk.signers import Signers, Term
from storage.act import (
    STATES,
    Act,
    Assigned,
    Deed,
    Exported,
    Hold,
    KeepUntil,
    Note,
    Read,
    Recall,
    Reminder,
    Reply,
    Seen,
    Signed,
    StateSet,
    Tagged,
    Urgency,
    decode,
    encode,
)
from storage.entry import Answer, FormRef, IndexEntry, Words
from storage.hours import Hours
from storage.outcome import Outcome
from storage.package import Submission
from storage.receipt import Receipt
from storage.signature import SigningKey

CASE, LINE = bytes(16), "ab" * 32
DAY = date(2026, 11, 22)
TAKEN_BACK = Outcome.TAKEN_BACK
KEYS = {name: SigningKey.generate() for name in ("ana", "ben")}
ALL = {name: [Term(key=key.public)] for name, key in KEYS.items()}
SIGNERS = Signers(acting=ALL, leading=ALL)
FORM = FormRef(id="intake-1", version="1", sha256="cd" * 32)
TAG = st.sampled_from(["a", "b", "c"])
DEEDS = st.one_of(
    st.builds(StateSet, state=st.sampled_from(STATES)),
    st.builds(Assigned, to=st.sampled_from(["ana", "ben", ""])),
    st.builds(Tagged, add=st.tuples(TAG), remove=st.tuples(TAG)),
    st.builds(Urgency, level=st.sampled_from(["U1", "U2"]), reason=st.just("")),
    st.builds(Note, text=st.text(max_size=9)),
    st.builds(Reminder, text=TAG, due=st.none() | st.just(DAY)),
    st.builds(
        Reply,
        text=st.text(max_size=9),
        language=st.just("ug"),
        address=st.just(1),
        hours=st.sampled_from([None, Hours.between(opens=1_800_000_000, closes=1_800_010_800)]),
    ),
    st.just(Read()),
)
DONE = st.lists(st.tuples(st.sampled_from(["ana", "ben"]), DEEDS), max_size=12)


def answer(sequence: int, words: str) -> Answer:
    return Answer(
        case=CASE,
        sequence=sequence,
        form=FORM,
        question="A1" if sequence == 1 else "added",
        value=Words(words=words),
        language="ug",
        day=DAY,
    )


def sent() -> Opened:
    index = IndexEntry(
        case=CASE, number="K7Q", form="intake-1", version="1", urgency="U3", language="ug", day=DAY
    )
    submission = Submission(case=CASE, number="K7Q", form=FORM, language="ug", day=DAY, index=index)
    return Opened(position=0, day=DAY, submission=submission, answers=(answer(1, "what I said"),))


def added(position: int, days: int) -> Opened:
    came = answer(position + 1, f"more, at {position}")
    return Opened(position=position, day=DAY + timedelta(days), answers=(came,))


def an_act(author: str, sequence: int, deed: Deed, *, seen: Seen | None = None) -> Act:
    device = author.encode().ljust(8, b"\0")
    at = seen or Seen(position=0, chain=bytes(32), digest=0, line=LINE)
    return Act(
        case=CASE, author=author, device=device, sequence=sequence, day=DAY, seen=at, deed=deed
    )


def signed(act: Act, by: str = "") -> Signed:
    return decode(encode(act, KEYS[by or act.author]))


def journal(done: Sequence[tuple[str, Deed]]) -> list[Opened]:
    """Return a journal: what was sent, then the acts of two desks, in the order of the server."""
    counts = dict.fromkeys(KEYS, 0)
    entries = [sent()]
    for position, (author, deed) in enumerate(done, 1):
        counts[author] += 1
        act = signed(an_act(author, counts[author], deed))
        entries.append(Opened(position=position, day=DAY, act=act))
    return entries


def folded(*entries: Opened) -> Standing:
    return fold(entries, SIGNERS)


# --- folding -----------------------------------------------------------------------------------


@given(done=DONE, seed=st.integers())
def test_every_desk_folds_a_journal_to_the_same(done: list[tuple[str, Deed]], seed: int) -> None:
    entries = journal(done)
    shuffled = list(entries)
    random.Random(seed).shuffle(shuffled)
    assert fold(shuffled, SIGNERS) == fold(entries, SIGNERS)


@given(done=DONE)
def test_an_act_never_changes_what_the_person_said(done: list[tuple[str, Deed]]) -> None:
    entries = [*journal(done), added(len(done) + 1, 3)]
    bare = [one for one in entries if one.act is None]
    with_acts, without = fold_casefile(entries), fold_casefile(bare)
    assert with_acts is not None
    assert without is not None
    assert with_acts == replace(without, entries=len(entries))


@given(done=DONE)
def test_what_waits_here_is_as_it_will_be_and_is_marked(done: list[tuple[str, Deed]]) -> None:
    entries = journal(done)
    waiting = [Own(act=one.act.act) for one in entries if one.act is not None]
    standing = fold(entries[:1], SIGNERS, waiting)
    assert all(one.pending for one in standing.moments)
    assert standing.marks == fold(entries, SIGNERS).marks
    # once they are in the journal, they are there once
    assert fold(entries, SIGNERS, waiting) == fold(entries, SIGNERS)


@pytest.mark.parametrize(
    "deed",
    [
        Hold(until=DAY, reason="asked by a lawyer"),
        KeepUntil(until=DAY, reason="a case in court"),
        Exported(form="pdf", redaction="none", reason="none", sha256="ab" * 32),
    ],
)
def test_who_does_not_lead_is_not_believed_to(deed: Deed) -> None:
    entries = [sent(), Opened(position=1, day=DAY, act=signed(an_act("ben", 1, deed)))]
    leads = Signers(acting=ALL, leading={"ana": ALL["ana"]})
    assert fold(entries, SIGNERS).forged == ()
    standing = fold(entries, leads)
    assert standing.forged == (1,)
    assert standing.marks == folded(sent()).marks


def test_who_may_only_read_is_not_believed_to_act() -> None:
    entries = [sent(), Opened(position=1, day=DAY, act=signed(an_act("ben", 1, Note(text="n"))))]
    assert fold(entries, Signers(acting={}, leading=ALL)).forged == (1,)


def test_the_later_in_the_journal_wins_whatever_its_desk_says_of_the_day() -> None:
    early, late = an_act("ana", 1, Assigned(to="ana")), an_act("ben", 1, Assigned(to="ben"))
    late = replace(late, day=DAY - timedelta(9))
    entries = [
        Opened(position=1, day=DAY, act=signed(early)),
        Opened(position=2, day=DAY, act=signed(late)),
    ]
    assert folded(sent(), *entries).marks.owner == "ben"


def test_nobody_speaks_for_one_of_the_staff() -> None:
    forged = signed(an_act("ana", 1, StateSet(state="closed")), by="ben")
    stranger = signed(replace(an_act("ana", 2, Note(text="x")), author="carl"), by="ben")
    standing = folded(
        sent(),
        Opened(position=1, day=DAY, act=forged),
        Opened(position=2, day=DAY, act=stranger),
    )
    assert standing.forged == (1, 2)
    assert standing.marks.state == "new"
    assert standing.moments == ()


@pytest.mark.parametrize(("days", "late"), [(-3, False), (0, False), (1, False), (2, True)])
def test_what_came_after_its_author_s_last_day_is_named_and_not_followed(
    days: int, *, late: bool
) -> None:
    ended = {**ALL, "ana": [Term(key=KEYS["ana"].public, until=DAY)]}
    closed = signed(an_act("ana", 1, StateSet(state="closed")))
    entries = [sent(), Opened(position=1, day=DAY + timedelta(days), act=closed)]
    standing = fold(entries, Signers(acting=ended, leading=ALL))
    assert (standing.late, standing.forged) == (((1, "ana"),) if late else (), ())
    assert standing.marks.state == ("new" if late else "closed")


def test_an_act_that_is_put_there_again_changes_nothing() -> None:
    first = signed(an_act("ana", 1, StateSet(state="closed")))
    second = signed(an_act("ana", 2, StateSet(state="triaged")))
    standing = folded(
        sent(),
        *(Opened(position=n, day=DAY, act=a) for n, a in enumerate([first, second, first], 1)),
    )
    assert standing.twice == (3,)
    assert standing.marks.state == "triaged"


def test_what_was_refused_is_shown_and_changes_nothing() -> None:
    own = Own(act=an_act("ana", 1, StateSet(state="closed")), outcome=Outcome.RIGHTS)
    standing = fold([sent()], SIGNERS, [own])
    assert standing.marks == folded(sent()).marks
    assert [one.refused for one in standing.moments] == [True]


@pytest.mark.parametrize("outcome", sorted(FAILED))
def test_a_reply_that_did_not_arrive_is_no_answer(outcome: Outcome) -> None:
    reply = an_act("ana", 1, Reply(text="hello", language="ug", address=1))
    number = reply.device, reply.sequence
    entries = [sent(), Opened(position=1, day=DAY, act=signed(reply))]
    assert fold(entries, SIGNERS).marks.answered == DAY
    failed = fold(entries, SIGNERS, outcomes={number: outcome}).marks
    assert (failed.answered, failed.reply, failed.waits) == (None, outcome, DAY)


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.BLOCKED])
def test_a_receipt_tells_every_desk_what_became_of_a_reply(outcome: Outcome) -> None:
    reply = an_act("ana", 1, Reply(text="hello", language="ug", address=1))
    receipt = Receipt(case=CASE, device=reply.device, sequence=1, outcome=outcome, day=DAY)
    standing = folded(
        sent(),
        Opened(position=1, day=DAY, act=signed(reply)),
        Opened(position=2, day=DAY, receipt=receipt),
    )
    assert standing.moments[0].outcome is outcome
    assert standing.marks.reply is outcome
    assert (standing.marks.answered is None) is (outcome is Outcome.BLOCKED)


def test_a_reply_that_was_taken_back_is_as_if_never_written() -> None:
    sent_one = an_act("ana", 1, Reply(text="hello", language="ug", address=2))
    wrong = an_act("ana", 2, Reply(text="to somebody else", language="ug", address=1))
    asks = an_act("ben", 1, Recall(device=wrong.device, sequence=2))
    receipt = Receipt(case=CASE, device=wrong.device, sequence=2, outcome=TAKEN_BACK, day=DAY)
    waits = [sent(), Opened(position=1, day=DAY, act=signed(wrong))]
    back = [
        Opened(position=2, day=DAY, act=signed(asks)),
        Opened(position=3, day=DAY, receipt=receipt),
    ]
    assert fold(waits, SIGNERS).marks.waits is None
    standing = fold([*waits, *back], SIGNERS)
    marks = standing.marks
    assert (marks.answered, marks.replied, marks.reply, marks.waits) == (None, None, None, DAY)
    assert standing.used == 0
    assert [one.outcome for one in standing.moments] == [TAKEN_BACK, None]
    earlier = Opened(position=4, day=DAY, act=signed(sent_one))
    assert fold([*waits, *back, earlier], SIGNERS).used == 2


def test_who_has_read_is_known_until_the_person_tells_more() -> None:
    read = Opened(position=1, day=DAY, act=signed(an_act("ana", 1, Read())))
    marks = folded(sent(), read).marks
    assert (marks.unread("ana"), marks.unread("ben")) == (False, True)
    assert folded(sent(), read, added(2, 1)).marks.unread("ana")


# --- what is due -------------------------------------------------------------------------------


@pytest.mark.parametrize(("urgency", "days"), [("U1", 0), ("U2", 1), ("U3", 3), ("U4", 7), ("", 7)])
def test_what_the_person_told_is_due_by_its_urgency(urgency: str, days: int) -> None:
    marks = folded(sent()).marks
    (due,) = deadlines.dues(marks, urgency=urgency, sent=DAY, may_write="no")
    assert due.on == DAY + timedelta(days)
    assert due.overdue(due.on)
    assert not due.overdue(due.on - timedelta(1))


def test_reading_alone_does_not_do_what_is_due() -> None:
    def what(deed: Deed) -> list[str]:
        done = Opened(position=1, day=DAY, act=signed(an_act("ana", 1, deed)))
        marks = folded(sent(), done).marks
        return [one.what for one in deadlines.dues(marks, urgency="U1", sent=DAY, may_write="yes")]

    assert what(Read()) == [deadlines.TRIAGE, deadlines.ACK]
    assert what(Note(text="looked at")) == [deadlines.ACK]
    assert what(Reply(text="we have it", language="ug", address=1)) == [deadlines.BACK]
    assert what(StateSet(state="closed")) == []
    assert what(Reminder(text="call", due=DAY)) == [deadlines.REMINDER, deadlines.ACK]


def test_nobody_owes_a_message_to_whom_they_may_not_write() -> None:
    marks = replace(folded(sent()).marks, waits=None)
    assert deadlines.dues(marks, urgency="U3", sent=DAY, may_write="no") == ()
    assert isinstance(marks, Marks)


# --- forks -------------------------------------------------------------------------------------


def found(seen: Seen, position: int = 2) -> list[tuple[str, str]]:
    act = signed(an_act("ben", 1, Note(text="x"), seen=seen))
    standing = folded(sent(), added(1, 0), Opened(position=position, day=DAY, act=act))
    chains = [bytes([n]) * 32 for n in range(position + 1)]
    return [
        (one.code, one.author) for one in forks.findings(standing, chains, digests=3, lines={LINE})
    ]


def test_a_desk_that_was_shown_another_journal_is_noticed() -> None:
    as_here = Seen(position=1, chain=bytes([1]) * 32, digest=3, line=LINE)
    assert found(as_here) == []
    assert found(replace(as_here, position=-1, chain=bytes(32))) == []
    assert found(replace(as_here, chain=bytes([9]) * 32)) == [("fork", "ben")]
    assert found(replace(as_here, position=2)) == [("behind", "ben")]
    assert found(replace(as_here, position=7)) == [("behind", "ben")]
    assert found(replace(as_here, digest=4)) == [("digest", "ben")]
    assert found(replace(as_here, line="ef" * 32)) == [("statement", "ben")]
