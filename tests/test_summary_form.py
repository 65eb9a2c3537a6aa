"""A summary of the index, written and read: nothing of it is lost."""

from dataclasses import fields, replace
from datetime import timedelta

from desk.acts import Marks
from desk.inbox import Item, State, announced_item
from desk.summaries import Summary
from desk.summary_form import decode, encode
from storage.act import Reminder
from storage.entry import IndexEntry
from storage.outcome import Outcome
from tests.office import TODAY
from tests.served import CODES, FORM, case_id, case_number

NEW = Marks()
FULL = Marks(
    state="verifying",
    owner="ana",
    tags=("airport", "family"),
    urgency="U1",
    verification="partly",
    attribution="likely",
    heard=TODAY,
    heard_at=4,
    waits=TODAY + timedelta(1),
    answered=TODAY + timedelta(2),
    replied=TODAY + timedelta(3),
    reply=Outcome.WAITING,
    reminders=(Reminder(text="call", due=TODAY), Reminder(text="done", due=None)),
    read=(("ana", 4), ("ben", 2)),
    hold=TODAY + timedelta(4),
    keep_until=TODAY + timedelta(5),
    erase=True,
)
INDEX = IndexEntry(
    case=case_id(1),
    number=case_number(1),
    form=FORM.id,
    version=FORM.version,
    urgency="U2",
    language="zh-Hans",
    day=TODAY,
    codes=CODES,
    codes_cut=True,
)
OPENED = replace(announced_item(INDEX), state=State.VERIFIED, chain=bytes(range(32)))


def test_every_mark_is_kept() -> None:
    assert [
        one.name for one in fields(Marks) if getattr(FULL, one.name) == getattr(NEW, one.name)
    ] == []
    for marks in (NEW, FULL):
        one = Summary(
            item=OPENED, marks=marks, kinds=("words",), files=2, may_write="yes", alarms=1
        )
        assert decode(OPENED.case, encode(one), "ana") == replace(one, unread=marks.unread("ana"))


def test_what_an_index_entry_tells_is_kept_and_told_again() -> None:
    one = Summary(item=OPENED)
    assert decode(OPENED.case, encode(one)).item.index == OPENED.index == INDEX
    bare = announced_item(replace(INDEX, codes={}, codes_cut=False))
    assert decode(bare.case, encode(Summary(item=bare))).item.index == bare.index != None  # noqa: E711


def test_a_case_that_cannot_be_read_has_no_index_entry() -> None:
    for item in (
        Item(case=case_id(2), state=State.CLOSED, day=TODAY, chain=bytes(32)),
        Item(case=case_id(2), state=State.TROUBLE, trouble="Its journal is forked"),
    ):
        kept = decode(item.case, encode(Summary(item=item))).item
        assert kept == item
        assert kept.index is None
