"""A casefile: what a case's journal says today, folded from its opened entries.

Rules of this file: pure. The journal is never changed; a later entry wins over an earlier one,
answer by answer, and within an entry the author's own sequence decides. What this desk could not
open is counted, not guessed. Answers stand in the order of the form's questions, or as given. What
came after the case was sent stands below them in the order in which it came: what a person adds
answers no question, and a file may have come late for its own. Files are numbered as they came.
What staff sent holds no answer: opening names it as planted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from storage.act import Signed
from storage.entry import ADDED, Answer, File, FormRef, Value, Words
from storage.line import GENERAL
from storage.package import Package, Submission
from storage.receipt import Receipt
from storage.rows import Origin
from storage.way import FurtherAddress

Place = tuple[str, int]  # a question and its repeat


class Planted(Enum):
    """What one of the staff has sent into a case, and may not: it is named, and changes nothing."""

    WORDS = "planted-words"  # made as if the person had said it
    SERVER = "planted-server"  # made as if the server had written it
    FOREIGN = "planted-foreign"  # an act on another case
    JUNK = "planted-junk"  # it does not open with the key that it names


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """One entry of a journal as this desk could open it.

    `sealed_to` names the compartments of `answers`, in order; `closed` those of answers sealed to
    keys that this desk does not hold; `known` is false for an entry that opens, and is of a kind
    of which this desk knows nothing. `interview` is the package of a submission that staff wrote
    down, which its interviewer has to have signed.
    """

    position: int
    day: date
    origin: Origin = Origin.LINE
    submission: Submission | None = None
    answers: tuple[Answer, ...] = ()
    sealed_to: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    known: bool = True
    act: Signed | None = None
    receipt: Receipt | None = None  # what the server says of a reply
    way: FurtherAddress | None = None  # where the person may be written to as well
    interview: Package | None = field(default=None, repr=False)
    planted: Planted | None = None
    foreign: Signed | None = None  # an act on another case: who made that is known by its signature


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An answer as it stands: its parts in order, mostly one.

    `later` is the day on which it came to the case, when that was after the case was sent;
    `compartments` are those that its parts were sealed to, `position` is its entry's in the
    journal.
    """

    question: str
    repeat: int
    parts: tuple[Answer, ...] = field(repr=False)
    later: date | None = None
    compartments: frozenset[str] = frozenset()
    position: int = 0

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of its parts."""
        return tuple(part.value for part in self.parts)

    @property
    def has_file(self) -> bool:
        """Whether one of its parts is a file."""
        return any(isinstance(one, File) for one in self.values)

    @property
    def words(self) -> str:
        """The person's words, messages on lines of their own."""
        return "\n".join(one.words for one in self.values if isinstance(one, Words))


@dataclass(frozen=True, kw_only=True, slots=True)
class Casefile:
    """A case as a caseworker sees it.

    `added` is what came later, in order, `ways` the addresses that did; `earlier` are answers that
    the person has changed since, as they stood, in order; `closed` counts, by compartment, what
    others may open; `unknown` counts entries of kinds that this desk does not know.
    """

    case: bytes
    number: str
    form: FormRef
    urgency: str
    language: str
    day: date
    entries: int
    submission: Submission = field(repr=False)
    answers: tuple[Told, ...] = field(repr=False)
    added: tuple[Told, ...] = field(default=(), repr=False)
    earlier: tuple[Told, ...] = field(default=(), repr=False)
    ways: tuple[FurtherAddress, ...] = ()
    closed: Mapping[str, int]
    unknown: int = 0

    @property
    def files(self) -> Mapping[int, File]:
        """The files by the numbers that the person was told; where none was told, by the next."""
        sent = sorted(_files(self.answers), key=lambda part: part.sequence)
        values = [part.value for part in (*sent, *_files(self.added))]
        files = [value for value in values if isinstance(value, File)]
        numbered: dict[int, File] = {}
        for file in sorted(files, key=lambda one: one.number == 0):
            free = max(numbered, default=0) + 1
            taken = not file.number or file.number in numbered
            numbered[free if taken else file.number] = file
        return dict(sorted(numbered.items()))


def fold(entries: Sequence[Opened], order: Sequence[str] = ()) -> Casefile | None:
    """Fold a journal's opened entries; None while its submission could not be opened.

    `order` is the order of the form's questions, when the form is known.
    """
    submission = next((one.submission for one in entries if one.submission is not None), None)
    if submission is None:
        return None
    answers: dict[Place, Told] = {}
    added, earlier = list[Told](), list[Told]()
    ordered = sorted(entries, key=lambda one: one.position)
    for entry in ordered:
        later = entry.day if entry.position else None
        for told in _latest(entry, later):
            if later is not None and _adds(told):
                added.append(told)
            else:
                place = told.question, told.repeat
                earlier += [answers[place]] if place in answers else []
                answers[place] = told
    return Casefile(
        case=submission.case,
        number=submission.number,
        form=submission.form,
        urgency=submission.index.urgency,
        language=submission.language,
        day=submission.day,
        entries=len(entries),
        submission=submission,
        answers=_ordered(answers.values(), order),
        added=tuple(added),
        earlier=tuple(earlier),
        ways=tuple(one.way for one in ordered if one.way is not None),
        closed=dict(sorted(Counter(name for one in entries for name in one.closed).items())),
        unknown=sum(not one.known for one in entries),
    )


def _adds(told: Told) -> bool:
    """Tell whether what came later stands beside what was there, and corrects nothing of it."""
    return told.question == ADDED or told.has_file


def _files(all_told: Iterable[Told]) -> Iterator[Answer]:
    for told in all_told:
        yield from (part for part in told.parts if isinstance(part.value, File))


def _latest(entry: Opened, later: date | None) -> Iterator[Told]:
    """Yield the answers of one entry; a first part given again begins its answer anew."""
    sealed_to = {id(one): name for one, name in zip(entry.answers, entry.sealed_to, strict=False)}
    kept: dict[Place, dict[int, Answer]] = {}
    for answer in sorted(entry.answers, key=lambda one: one.sequence):
        place = answer.question, answer.repeat
        if answer.part == 0:
            kept[place] = {}
        kept.setdefault(place, {})[answer.part] = answer
    for (question, repeat), parts in kept.items():
        ordered = tuple(part for _, part in sorted(parts.items()))
        yield Told(
            question=question,
            repeat=repeat,
            parts=ordered,
            later=later,
            compartments=frozenset(sealed_to.get(id(part), GENERAL) for part in ordered),
            position=entry.position,
        )


def _ordered(told: Iterable[Told], order: Sequence[str]) -> tuple[Told, ...]:
    """Order by question and repeat; questions that the form does not know come last, as given."""
    places = {name: place for place, name in enumerate(order)}

    def key(one: Told) -> tuple[int, int, int]:
        place = places.get(one.question)
        if place is None:
            return len(places), 0, one.parts[0].sequence
        return place, one.repeat, one.parts[0].sequence

    return tuple(sorted(told, key=key))
