"""How a summary of the index is written, before it is sealed and after it was opened.

Rules of this file: pure. Short lists instead of named fields, because ten thousand of them are read
for each page; of the marks only what is not as in a new case. What is read was sealed by this desk,
so it is not looked at as a stranger's is. The form's number stands in the index: a summary of
another form is made again, never guessed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

FORM = 3
_STATES = {state.value: state for state in State}
_read = json.JSONDecoder().raw_decode  # what was written here has no spaces around it


def encode(one: Summary) -> bytes:
    """Return a summary without what waits in the outbox."""
    item, marks = one.item, one.marks
    listed: list[object] = [
        _item_list(item),
        _marks_fields(marks),
        list(one.kinds),
        one.files,
        one.may_write,
        one.alarms,
        one.duress,
    ]
    return _write(listed)


def decode(case: CaseId, data: bytes, name: str = "") -> Summary:
    """Read the summary of a case, as it is to one of the staff."""
    listed, fields, kinds, files, may_write, alarms, duress = _read(data.decode())[0]
    item, marks = _item(case, listed), _marks(fields)
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
        item.version,
        None if item.codes is None else dict(item.codes),
        item.codes_cut,
        item.trouble,
        item.chain.hex(),
        item.foreign_form,
    ]


def _item(case: CaseId, listed: Sequence[Any]) -> Item:
    state, number, urgency, form, language, day, version, codes, cut, *rest = listed
    trouble, chain, foreign = rest
    return Item(
        case=case,
        state=_STATES[state],
        number=number,
        urgency=urgency,
        form=form,
        language=language,
        day=day and _read_day(day),
        version=version,
        codes=codes and _codes(codes),
        codes_cut=cut,
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
        codes=_codes(codes),
        codes_cut=cut,
    )


def _codes(listed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {question: tuple(chosen) for question, chosen in listed.items()}


def _marks_fields(marks: Marks) -> dict[str, object]:
    """Return what of the marks is not as in a new case."""
    found = ((name, getattr(marks, name), way) for name, way in _MARKS.items())
    return {name: way.write(now) for name, now, way in found if now != getattr(_UNTOUCHED, name)}


def _marks(fields: Mapping[str, Any]) -> Marks:
    return Marks(**{name: _MARKS[name].read(value) for name, value in fields.items()})


def _day(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


@lru_cache(maxsize=4_096)  # ten years of days: each stands in many cases, several times in most
def _read_day(number: int) -> date:
    return date.fromordinal(number)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the value of a mark is written and read."""

    write: Callable[[Any], object]
    read: Callable[[Any], Any]


_DAY = _Way(_day, _read_day)
_UNTOUCHED = Marks()
_MARKS: Mapping[str, _Way] = {
    **dict.fromkeys(("state", "owner", "urgency", "verification", "attribution"), _Way(str, str)),
    **dict.fromkeys(("heard", "waits", "answered", "replied", "hold", "keep_until"), _DAY),
    "tags": _Way(list, tuple),
    "heard_at": _Way(int, int),
    "reply": _Way(lambda reply: reply.value, Outcome),
    "reminders": _Way(
        lambda many: [[one.text, _day(one.due)] for one in many],
        lambda listed: tuple(
            Reminder(text=text, due=due and _read_day(due)) for text, due in listed
        ),
    ),
    "read": _Way(lambda read: [list(one) for one in read], lambda read: tuple(map(tuple, read))),
    "erase": _Way(bool, bool),
}


def _write(listed: object) -> bytes:
    return json.dumps(listed, ensure_ascii=True, separators=(",", ":")).encode()
