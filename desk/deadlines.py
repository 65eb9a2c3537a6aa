"""What is due in a case, and what is overdue: by urgency, by law, by reminders.

Rules of this file: pure, whole days (nothing finer is known). U1 is due at once, U2 the next day,
U3 after three, U4 after a week, as long as nobody of the team has done anything about what the
person told last. Seven days to acknowledge and three months for feedback are those of EU 2019/1937,
articles 9 and 11, counted from the day on which the case was sent; closed cases owe nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from desk.acts import CLOSED, Marks

DAYS = {urgency: timedelta(days) for urgency, days in {"U1": 0, "U2": 1, "U3": 3, "U4": 7}.items()}
SLOWEST = timedelta(7)
ACKNOWLEDGE = timedelta(days=7)
FEEDBACK = timedelta(days=91)
TRIAGE, ACK, BACK, REMINDER, REPLY = "triage", "acknowledge", "feedback", "reminder", "reply"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Something that is to be done by a day; `text` is a reminder's own."""

    what: str
    on: date
    text: str = field(default="", repr=False)

    def overdue(self, today: date) -> bool:
        """Tell whether its day has come."""
        return self.on <= today


def dues(marks: Marks, *, urgency: str, sent: date | None, may_write: str) -> tuple[Due, ...]:
    """Return what is to be done in a case, the first due first."""
    found = _dues(marks, urgency, sent, may_write)
    return tuple(
        Due(what=what, on=on, text=text) for on, what, text in sorted(found, key=lambda one: one[0])
    )


def is_late(marks: Marks, today: date, *, urgency: str, sent: date | None, may_write: str) -> bool:
    """Tell whether something should have been done by now; a list asks this of every case."""
    return any(on <= today for on, _, _ in _dues(marks, urgency, sent, may_write))


def _dues(
    marks: Marks, urgency: str, sent: date | None, may_write: str
) -> Iterator[tuple[date, str, str]]:
    if marks.waits is not None:
        yield marks.waits + DAYS.get(urgency, SLOWEST), TRIAGE, ""
    for one in marks.reminders:
        if one.due is not None:
            yield one.due, REMINDER, one.text
    if marks.state == CLOSED or sent is None or may_write != "yes":
        return
    if marks.answered is None:
        yield sent + ACKNOWLEDGE, ACK, ""
    elif marks.replied == marks.answered:
        yield sent + FEEDBACK, BACK, ""
