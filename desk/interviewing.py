"""An interview: the form of the line, filled in by staff for a person whom they meet face to face.

Rules of this file: pure; nothing is asked, sealed or kept here. The form's own rules decide what is
asked and which answers fit, as on the line. Left out is what is for chats only: whatever stands
before the part that asks for consent (a safe moment, danger, help lines), whether one may write in
the chat, and questions for a voice note. Without consent nothing is asked but that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cached_property

from bot.engine import answers as typed
from bot.engine.answers import Miss
from bot.engine.events import Key, Shape
from bot.engine.flow import Standing
from bot.engine.keeping import MOST_ITERATIONS, MOST_PARTS
from bot.engine.model import Choice, Form, Kind, Question
from bot.engine.state import State
from desk.values import cut, given_of, value_of
from storage.entry import Codes, File, FormRef, Value

LEFT_OUT = frozenset({Kind.CALCULATE, Kind.VOICE})
ACKNOWLEDGED = ("OK",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Interview:
    """What was told so far. An answer without parts is a question that was skipped.

    `case` is the id that the case will have, `day` that on which the interview was begun.
    """

    case: bytes
    form: FormRef
    language: str  # the person's, in which they are asked
    written: str = ""  # in which words are written down, where that is another
    day: date
    answers: Mapping[Key, tuple[Value, ...]] = field(default_factory=dict, repr=False)
    iterations: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question as it stands: what it offers, and what was answered; None: nothing yet."""

    key: Key
    question: Question
    choices: tuple[Choice, ...]
    values: tuple[Value, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A question where it stands: what is read aloud right before it, and the one before that."""

    asked: Asked
    notes: tuple[Asked, ...] = ()
    before: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One look at an interview in its form."""

    form: Form
    interview: Interview

    # --- what is asked -------------------------------------------------------------------------

    def questions(self) -> Iterator[Asked]:
        """Yield what belongs in this interview, in order; notes are to be read to the person."""
        past = False
        for key, question in self._look.questions():
            past = past or question.name == self._start
            if not past or question.kind in LEFT_OUT or question.name in self._ways:
                continue
            if question.end or question.lines or not self._look.relevant(key):
                continue
            yield Asked(
                key=key,
                question=question,
                choices=self._look.offered(key),
                values=self.interview.answers.get(key),
            )
            if question.consent and not self.consented:
                return

    def places(self) -> Iterator[Place]:
        """Yield the questions, each with the notes right before it."""
        notes: list[Asked] = []
        before = None
        for one in self.questions():
            if one.question.kind is Kind.NOTE:
                notes.append(one)
                continue
            yield Place(asked=one, notes=tuple(notes), before=before)
            notes, before = [], one.key

    def next(self) -> Place | None:
        """Return the first question that has no answer yet."""
        return next((one for one in self.places() if one.asked.values is None), None)

    def place(self, key: Key) -> Place | None:
        """Return one question, if it belongs in this interview now and can be answered."""
        return next((one for one in self.places() if one.asked.key == key), None)

    def asked(self, key: Key) -> Asked | None:
        """Return one question, if it belongs in this interview now."""
        return next((one for one in self.questions() if one.key == key), None)

    @cached_property
    def consented(self) -> bool:
        """Whether the person has said yes to what the form asks consent for."""
        asked = [q for q in self.form.questions if q.consent and q.name not in self._ways]
        return any(
            isinstance(value, Codes) and question.consent in value.codes
            for question in asked
            for value in self.interview.answers.get((question.name, 0), ())
        )

    @property
    def refused(self) -> bool:
        """Whether the person was asked for consent, and has not given it."""
        asked = (q.name for q in self.form.questions if q.consent and q.name not in self._ways)
        return not self.consented and any(self.interview.answers.get((name, 0)) for name in asked)

    @cached_property
    def ready(self) -> bool:
        """Whether there is consent, and enough to hand in."""
        return self.consented and self._look.enough() and bool(self._look.kept())

    # --- answering -----------------------------------------------------------------------------

    def read(self, asked: Asked, text: str) -> Value | str:
        """Return the value of what was typed (words, a number of a choice, a code); or why not."""
        read = typed.read(self._typing, asked.question, asked.choices, text)
        if isinstance(read, Miss):
            return read.reason
        return value_of(read)

    def write(self, asked: Asked, text: str) -> tuple[Value, ...] | str:
        """Return the parts of what was written in one go; or why it is none."""
        values: list[Value] = []
        for piece in cut(text) if asked.question.several else [text]:
            value = self.read(asked, piece)
            if isinstance(value, str):
                return value
            values.append(value)
        return tuple(values)

    def choose(self, asked: Asked, codes: Sequence[str]) -> Value | str:
        """Return the value of choices that were picked by their codes; or why it is none."""
        if asked.question.kind is Kind.ACKNOWLEDGE and tuple(codes) == ACKNOWLEDGED:
            return Codes(codes=ACKNOWLEDGED)
        offered = [choice.code for choice in asked.choices]
        if not codes or not set(codes) <= set(offered):
            return "wrong-choice"
        if asked.question.kind is Kind.MANY:
            return Codes(codes=typed.exclusive([code for code in offered if code in codes]))
        return Codes(codes=tuple(codes)) if len(codes) == 1 else "wrong-choice"

    def answer(self, key: Key, values: Sequence[Value]) -> "Interview | str":
        """Return the interview with a question answered anew; or why it cannot be.

        No values: the question is skipped, which one that is required cannot be. What no longer
        belongs to the other answers stays, and is left out when the interview is handed in.
        """
        asked = self.asked(key)
        if asked is None or asked.question.kind is Kind.NOTE:
            return "no-question"
        question = asked.question
        if not values and question.required:
            return "cannot-skip"
        if len(values) > (MOST_PARTS if question.several else 1):
            return "too-many"
        if not all(self._fits(asked, value) for value in values):
            return "wrong-constraint"
        told, iterations = tuple(values), dict(self.interview.iterations)
        if question.kind is Kind.AGAIN:
            iterations = self._iterated(asked, told)
            told = ()  # it is no answer to anything
        answers = {**self.interview.answers, key: told}
        return replace(self.interview, answers=answers, iterations=iterations)

    def sent(self) -> tuple[File, ...]:
        """Return the files that go with the interview."""
        told = self.interview.answers
        parts = (told[key][part] for key, part in self._look.kept())
        return tuple(value for value in parts if isinstance(value, File))

    def reopen(self, key: Key) -> Interview:
        """Return the interview with a question open again."""
        rest = {one: values for one, values in self.interview.answers.items() if one != key}
        return replace(self.interview, answers=rest)

    def _fits(self, asked: Asked, value: Value) -> bool:
        if isinstance(value, File) or asked.question.kind is Kind.FILE:
            return isinstance(value, File) and asked.question.kind is Kind.FILE
        given = given_of(value)
        offered = {choice.code for choice in asked.choices}
        if isinstance(value, Codes) and asked.choices and not set(value.codes) <= offered:
            return False
        return given is not None and self._look.accepts(asked.key, given)

    def _iterated(self, asked: Asked, values: Sequence[Value]) -> dict[str, int]:
        repeat, (_, number) = asked.question.repeat, asked.key
        rounds = self.interview.iterations.get(repeat, 1)
        again = any(isinstance(value, Codes) and "yes" in value.codes for value in values)
        if again and number == rounds < MOST_ITERATIONS:
            return {**self.interview.iterations, repeat: rounds + 1}
        return dict(self.interview.iterations)

    # --- what the form's rules make of it ------------------------------------------------------

    @cached_property
    def standing(self) -> Standing:
        """What the rules say of the answers: which count, how urgent, what a digest tells."""
        return self._look

    @cached_property
    def _look(self) -> Standing:
        noon = datetime.combine(self.interview.day, time(12), UTC)
        return Standing(self.form, self._state, noon)

    @cached_property
    def _state(self) -> State:
        told = self.interview.answers
        coded = ((key, given_of(value)) for key, values in told.items() for value in values[:1])
        return State(
            form=self.form.id,
            version=self.form.version,
            sha256=self.form.sha256,
            language=self.interview.language,
            answered={key: len(values) for key, values in told.items()},
            codes={
                key: given.items
                for key, given in coded
                if given is not None
                and key[0] in self.form.routing
                and given.shape is not Shape.WORDS
            },
            iterations=self.interview.iterations,
        )

    @cached_property
    def _typing(self) -> Form:
        """The form with its codes as words, so that a code can be typed."""
        lists = {q.list_name: q.choices for q in self.form.questions if q.list_name}
        words = {
            name: {typed.normalise(choice.code): choice.code for choice in choices}
            for name, choices in lists.items()
        }
        return replace(self.form, words=words)

    @cached_property
    def _ways(self) -> frozenset[str]:
        """The questions on which it depends whether one may write in the chat: here is none."""
        return frozenset() if self.form.contact is None else self.form.contact.names

    @cached_property
    def _start(self) -> str:
        """The name of the first question of the part that asks for consent."""
        questions = self.form.questions
        consent = next((q for q in questions if q.consent and q.name not in self._ways), None)
        if consent is None:
            return questions[0].name if questions else ""
        group = consent.groups[:1]
        same = (q for q in questions if q.groups[:1] == group)
        return next(same).name if group else consent.name


def files_of(interview: Interview) -> tuple[File, ...]:
    """Return the files among the answers, also where they no longer belong to the others."""
    told = (value for values in interview.answers.values() for value in values)
    return tuple(value for value in told if isinstance(value, File))
