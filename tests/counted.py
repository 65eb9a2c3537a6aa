"""Casefiles as statistics see them: codes, days and languages, and words that may never show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count

from desk.casefile import Casefile, Opened, fold
from storage.entry import Answer, Codes, Day, FormRef, IndexEntry, Value, Words
from storage.package import Submission

TODAY = date(2026, 11, 22)
FORM = FormRef(id="intake-1", version="2026.1", sha256="ab" * 32)
SECRET = "سىر 秘密 secret-words"
#: Lists of a form that asks everything that is counted.
LISTS: Mapping[str, str] = {
    "A2": "method",
    "A3": "recency",
    "A4": "country",
    "B1CP": "method_cp",
    "B2": "demand",
    "B3": "channel",
    "B7": "activity",
    "D1": "country",
    "E2": "region",
    "H2": "share",
}
_numbers = count(1)


def lists(form: str) -> Mapping[str, str]:
    return LISTS if form == FORM.id else {}


def case(
    *told: tuple[str, str | Sequence[str]],
    day: date = TODAY,
    language: str = "ug",
    urgency: str = "U3",
    form: FormRef = FORM,
    order: Sequence[str] = (),
) -> Casefile:
    """Make a case of its own. `B2#2` is question B2 in the second repeat; a text is a date."""
    number = next(_numbers)
    index = IndexEntry(
        case=number.to_bytes(16),
        number=f"K7Q-{number:06d}",
        form=form.id,
        version=form.version,
        urgency=urgency,
        language=language,
        day=day,
    )
    submission = Submission(
        case=index.case, number=index.number, form=form, language=language, day=day, index=index
    )
    said: list[tuple[str, Value]] = [("A1", Words(words=SECRET))]
    said += [
        (name, Day(day=value) if isinstance(value, str) else Codes(codes=tuple(value)))
        for name, value in told
    ]
    answers = [
        Answer(
            case=submission.case,
            sequence=sequence,
            form=form,
            question=name.partition("#")[0],
            repeat=int(name.partition("#")[2] or 0),
            value=value,
            language=language,
            day=day,
        )
        for sequence, (name, value) in enumerate(said, 1)
    ]
    opened = Opened(position=0, day=day, submission=submission, answers=tuple(answers))
    casefile = fold([opened], order)
    assert casefile is not None
    return casefile


def many(number: int, one: Casefile) -> list[Casefile]:
    """Return so many cases that say the same."""
    return [replace(one, case=next(_numbers).to_bytes(16)) for _ in range(number)]
