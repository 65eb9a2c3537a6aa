"""A casefile: what a case's journal says today, folded from its opened entries.

Rules of this file: pure. The journal is never changed; a later entry wins over an earlier one,
answer by answer, and within an entry the author's own sequence decides. What this desk could not
open is counted, not guessed. Answers stand in the order of the form's questions, or as given.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from storage.entry import Answer, FormRef, Value, Words
from storage.package import Submission

Place = tuple[str, int]  # a question and its repeat


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """One entry of a journal as this desk could open it.

    `closed` names the compartments of answers sealed to keys that this desk does not hold.
    """

    position: int
    day: date
    submission: Submission | None = None
    answers: tuple[Answer, ...] = ()
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An answer as it stands: its parts in order, mostly one."""

    question: str
    repeat: int
    parts: tuple[Answer, ...] = field(repr=False)

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of its parts."""
        return tuple(part.value for part in self.parts)

    @property
    def words(self) -> str:
        """The person's words, messages on lines of their own."""
        return "\n".join(one.words for one in self.values if isinstance(one, Words))


@dataclass(frozen=True, kw_only=True, slots=True)
class Casefile:
    """A case as a caseworker sees it. `closed` counts, by compartment, what others may open."""

    case: bytes
    number: str
    form: FormRef
    urgency: str
    language: str
    day: date
    entries: int
    submission: Submission = field(repr=False)
    answers: tuple[Told, ...] = field(repr=False)
    closed: Mapping[str, int]


def fold(entries: Sequence[Opened], order: Sequence[str] = ()) -> Casefile | None:
    """Fold a journal's opened entries; None while its submission could not be opened.

    `order` is the order of the form's questions, when the form is known.
    """
    submission = next((one.submission for one in entries if one.submission is not None), None)
    if submission is None:
        return None
    answers: dict[Place, tuple[Answer, ...]] = {}
    for entry in sorted(entries, key=lambda one: one.position):
        answers |= _latest(entry.answers)
    told = [
        Told(question=question, repeat=repeat, parts=parts)
        for (question, repeat), parts in answers.items()
    ]
    return Casefile(
        case=submission.case,
        number=submission.number,
        form=submission.form,
        urgency=submission.index.urgency,
        language=submission.language,
        day=submission.day,
        entries=len(entries),
        submission=submission,
        answers=_ordered(told, order),
        closed=dict(sorted(Counter(name for one in entries for name in one.closed).items())),
    )


def _latest(answers: Iterable[Answer]) -> dict[Place, tuple[Answer, ...]]:
    """Return the answers of one entry; a first part given again begins its answer anew."""
    kept: dict[Place, dict[int, Answer]] = {}
    for answer in sorted(answers, key=lambda one: one.sequence):
        place = answer.question, answer.repeat
        if answer.part == 0:
            kept[place] = {}
        kept.setdefault(place, {})[answer.part] = answer
    return {
        place: tuple(part for _, part in sorted(parts.items())) for place, parts in kept.items()
    }


def _ordered(told: Iterable[Told], order: Sequence[str]) -> tuple[Told, ...]:
    """Order by question and repeat; questions that the form does not know come last, as given."""
    places = {name: place for place, name in enumerate(order)}

    def key(one: Told) -> tuple[int, int, int]:
        place = places.get(one.question)
        if place is None:
            return len(places), 0, one.parts[0].sequence
        return place, one.repeat, one.parts[0].sequence

    return tuple(sorted(told, key=key))
