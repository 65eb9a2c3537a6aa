"""How a summary of the index is written, before it is sealed and after it was opened.

Rules of this file: pure. Short lists instead of named fields, because ten thousand of them are read
for each page; what is read was sealed by this desk, so it is not looked at as a stranger's is.
The form's number stands in the index: a summary of another form is made again, never guessed.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from desk.acts import Marks
from desk.inbox import Item, State
from desk.summaries import Summary
from storage.act import Reminder
from storage.entry import IndexEntry
from storage.outcome import Outcome
from storage.rows import CaseId

FORM = 2
_STATES = {state.value: state for state in State}
_read = json.JSONDecoder().raw_decode  # what was written here has no spaces around it


def encode(one: Summary) -> bytes:
    """Return a summary without what waits in the outbox."""
    item, marks = one.item, one.marks
    listed: list[object] = [
        _item_list(item),
        _marks_list(marks),
        list(one.kinds),
        one.files,
        one.may_write,
        one.alarms,
        one.duress,
    ]
    return _write(listed)


def decode(case: CaseId, data: bytes, name: str = "") -> Summary:
    """Read the summary of a case, as it is to one of the staff."""
    listed_item, listed, kinds, files, may_write, alarms, duress = _read(data.decode())[0]
    item, marks = _item(case, listed_item), _marks(listed)
    return Summary(
        item=item,
        marks=marks,
        unread=item.state is State.VERIFIED and marks.unread(name),
        kinds=tuple(kinds),
        files=files,
        may_write=may_write,
        alarms=alarms,
        duress=duress,
    )


def encode_index(entries: Sequence[IndexEntry]) -> bytes:
    """Return what a digest announced."""
    return _write([[one.case.hex(), *_index_list(one)] for one in entries])


def decode_index(data: bytes) -> tuple[IndexEntry, ...]:
    """Read what a digest announced."""
    return tuple(_index(bytes.fromhex(case), rest) for case, *rest in json.loads(data))


def _item_list(item: Item) -> list[object]:
    return [
        item.state.value,
        item.number,
        item.urgency,
        item.form,
        item.language,
        _day(item.day),
        None if item.index is None else _index_list(item.index),
        item.trouble,
        item.chain.hex(),
        item.foreign_form,
    ]


def _item(case: CaseId, listed: Sequence[Any]) -> Item:
    state, number, urgency, form, language, day, index, trouble, chain, foreign = listed
    return Item(
        case=case,
        state=_STATES[state],
        number=number,
        urgency=urgency,
        form=form,
        language=language,
        day=_read_day(day),
        index=None if index is None else _index(case, index),
        trouble=trouble,
        chain=bytes.fromhex(chain),
        foreign_form=foreign,
    )


def _index_list(one: IndexEntry) -> list[object]:
    codes: Mapping[str, Sequence[str]] = one.codes
    return [
        one.number,
        one.form,
        one.version,
        one.urgency,
        one.language,
        _day(one.day),
        dict(codes),
        one.codes_cut,
    ]


def _index(case: CaseId, listed: Sequence[Any]) -> IndexEntry:
    number, form, version, urgency, language, day, codes, cut = listed
    return IndexEntry(
        case=case,
        number=number,
        form=form,
        version=version,
        urgency=urgency,
        language=language,
        day=date.fromordinal(day),
        codes={question: tuple(chosen) for question, chosen in codes.items()},
        codes_cut=cut,
    )


def _marks_list(marks: Marks) -> list[object]:
    return [
        marks.state,
        marks.owner,
        list(marks.tags),
        marks.urgency,
        marks.verification,
        marks.attribution,
        _day(marks.heard),
        marks.heard_at,
        _day(marks.waits),
        _day(marks.answered),
        _day(marks.replied),
        None if marks.reply is None else marks.reply.value,
        [[one.text, _day(one.due)] for one in marks.reminders],
        [list(one) for one in marks.read],
        _day(marks.hold),
        _day(marks.keep_until),
        marks.erase,
    ]


def _marks(listed: Sequence[Any]) -> Marks:
    (state, owner, tags, urgency, verification, attribution, heard, heard_at, *rest) = listed
    waits, answered, replied, reply, reminders, read, hold, keep_until, erase = rest
    return Marks(
        state=state,
        owner=owner,
        tags=tuple(tags),
        urgency=urgency,
        verification=verification,
        attribution=attribution,
        heard=_read_day(heard),
        heard_at=heard_at,
        waits=_read_day(waits),
        answered=_read_day(answered),
        replied=_read_day(replied),
        reply=None if reply is None else Outcome(reply),
        reminders=tuple(Reminder(text=text, due=_read_day(due)) for text, due in reminders),
        read=tuple((name, position) for name, position in read),
        hold=_read_day(hold),
        keep_until=_read_day(keep_until),
        erase=erase,
    )


def _day(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


@lru_cache(maxsize=4_096)  # ten years of days: each stands in many cases, several times in most
def _read_day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(number)


def _write(listed: object) -> bytes:
    return json.dumps(listed, ensure_ascii=True, separators=(",", ":")).encode()
