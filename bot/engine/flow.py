"""What the answers so far say: which question is next, what it offers, what may be sent.

A `Standing` is one look at a form and a state; every rule is evaluated at most once in it.
An error in a rule never hides a question (design §10.9).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.engine.answers import is_more
from bot.engine.events import Key, Value
from bot.engine.expressions import Expression
from bot.engine.model import Choice, Form, Kind, Question
from bot.engine.state import State
from bot.errors import ExpressionError

#: What a rule sees of a text answer: that there is one, never its words.
ANSWERED = "•"
#: Why a message is none of the choices.
_NO_CHOICE = frozenset({"wrong-choice", "wrong-many", "wrong-country"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The context of one expression: one question in one iteration of its repeat."""

    standing: "Standing"
    iteration: int
    now: datetime
    self_: str = ""
    columns: Mapping[str, str]
    position: int = 0

    def value(self, name: str) -> str:
        """Return the codes of an answer, "" when there is none or it is not relevant."""
        return self.standing.value(name, self.iteration)

    def count(self, name: str) -> int:
        """Return how often a repeat has been gone through."""
        return self.standing.state.iterations.get(name, 1)

    def values(self, name: str) -> Sequence[str]:
        """Return the answers to one question in every iteration of its repeat."""
        question = self.standing.form.by_name.get(name)
        if question is None or not question.repeat:
            return (self.value(name),)
        rounds = self.standing.state.iterations.get(question.repeat, 1)
        return tuple(self.standing.value(name, i) for i in range(1, rounds + 1))


def parts(state: State, key: Key) -> list[int]:
    """Return the parts of an answer that are there, or on their way."""
    return [n for n in range(state.answered.get(key, 0)) if (*key, n) not in state.lost]


class Standing:
    """One look at a form and a state at one moment."""

    __slots__ = ("_groups", "_looks", "_relevant", "form", "now", "state")

    def __init__(self, form: Form, state: State, now: datetime) -> None:
        """Look at `state` in `form` at `now` (UTC, the event's time)."""
        self.form = form
        self.state = state
        self.now = now
        self._relevant: dict[Key, bool] = {}
        self._groups: dict[Key, bool] = {}
        self._looks: dict[int, Look] = {}

    def questions(self) -> Iterator[tuple[Key, Question]]:
        """Yield every question in order, those of a repeat once for each iteration."""
        questions = self.form.questions
        at = 0
        while at < len(questions):
            repeat = questions[at].repeat
            if not repeat:
                yield (questions[at].name, 0), questions[at]
                at += 1
                continue
            end = at
            while end < len(questions) and questions[end].repeat == repeat:
                end += 1
            for iteration in range(1, self.state.iterations.get(repeat, 1) + 1):
                for question in questions[at:end]:
                    yield (question.name, iteration), question
            at = end

    def next(self) -> tuple[Key, Question] | None:
        """Return the first question that is neither answered nor told, and is relevant."""
        state = self.state
        done = state.answered.keys() - set(state.open)
        told = set(state.told)
        for key, question in self.questions():
            if key in done or key in told or question.kind is Kind.CALCULATE:
                continue
            if self.relevant(key):
                return key, question
        return None

    def relevant(self, key: Key) -> bool:
        """Say whether a question belongs in this conversation; an error says yes."""
        known = self._relevant.get(key)
        if known is None:
            self._relevant[key] = False  # a rule that asks about itself sees no answer
            known = self._relevant[key] = self._is_relevant(key)
        return known

    def offered(self, key: Key) -> tuple[Choice, ...]:
        """Return the choices of a question that its filter lets through."""
        question = self.form.by_name[key[0]]
        rule = question.choice_filter
        if rule is None:
            return question.choices
        return tuple(c for c in question.choices if self._true(rule, key, columns=c.columns))

    def accepts(self, key: Key, value: Value) -> bool:
        """Say whether a value keeps the question's constraint; an error accepts it."""
        rule = self.form.by_name[key[0]].constraint
        return rule is None or self._true(rule, key, self_=" ".join(value.items))

    def value(self, name: str, iteration: int) -> str:
        """Return what a rule sees of an answer."""
        question = self.form.by_name.get(name)
        if question is None:
            return ""
        key = (name, iteration if question.repeat else 0)
        if not self.relevant(key):
            return ""
        if question.kind is Kind.CALCULATE:
            return self._calculate(question, key)
        codes = self.state.codes.get(key)
        if codes is not None:
            return " ".join(codes)
        return ANSWERED if self.state.answered.get(key) else ""

    def enough(self) -> bool:
        """Say whether there is something to send."""
        rule = self.form.enough
        if rule is None:
            return any(n for n in self.state.answered.values())
        return self._true(rule, ("", 0))

    def contact(self) -> bool:
        """Say whether the person lets staff write; an error in the rule says no."""
        rule = self.form.contact
        return rule is None or self._true(rule, ("", 0), error=False)

    def urgency(self) -> str:
        """Return the level of the first triage rule that holds."""
        for rule in self.form.triage:
            if self._true(rule.when, ("", 0), error=False):
                return rule.level
        return ""

    def kept(self) -> tuple[tuple[Key, int], ...]:
        """Return the parts to send: of questions that are still relevant, in order."""
        return tuple(
            (key, part)
            for key, _ in self.questions()
            if self.state.answered.get(key) and self.relevant(key)
            for part in parts(self.state, key)
        )

    def files(self) -> frozenset[tuple[Key, int]]:
        """Return which of the parts to send are files."""
        files = frozenset(((name, i), part) for name, i, part in self.state.files)
        return files.intersection(self.kept()) if files else files

    def counts(self) -> tuple[int, int]:
        """Return how many answers will be sent, and how many are set aside."""
        answered = [k for k, n in self.state.answered.items() if n]
        here = sum(self.relevant(k) for k in answered)
        return here, len(answered) - here

    def changeable(self) -> tuple[Key, ...]:
        """Return the questions whose answer can be changed, in order."""
        done = self.state.answered
        return tuple(
            key
            for key, question in self.questions()
            if key in done and question.kind is not Kind.AGAIN and self.relevant(key)
        )

    def digest(self) -> dict[str, tuple[str, ...]]:
        """Return the codes that the index entry carries."""
        return {
            question.name: self.state.codes[key]
            for key, question in self.questions()
            if question.digest and key in self.state.codes and self.relevant(key)
        }

    def own_words(self, *, answered: bool | None = None) -> Key | None:
        """Return where own words are asked for; `answered`: and were given or skipped, or not."""
        for key, question in self.questions():
            words = question.kind is Kind.TEXT and question.several
            fits = answered is None or (key in self.state.answered) is answered
            if words and fits and self.relevant(key):
                return key
        return None

    def unread(self, reason: str, text: str) -> str:
        """Return why `text` is no choice; who tells something is told where that is asked for."""
        if reason not in _NO_CHOICE or not is_more(text):
            return reason
        if self.own_words(answered=False) is not None:
            return "wrong-early"
        return reason if self.own_words() is None else "wrong-late"

    def calculated(self) -> dict[str, str]:
        """Return every calculation of the form by name."""
        return {q.name: self.value(*key) for key, q in self.questions() if q.kind is Kind.CALCULATE}

    def _is_relevant(self, key: Key) -> bool:
        question = self.form.by_name[key[0]]
        for name in question.groups:
            if not self._is_group_relevant((name, key[1])):
                return False
        return question.relevant is None or self._true(question.relevant, key)

    def _is_group_relevant(self, key: Key) -> bool:
        known = self._groups.get(key)
        if known is None:
            rule = self.form.groups[key[0]].relevant
            known = self._groups[key] = rule is None or self._true(rule, key)
        return known

    def _calculate(self, question: Question, key: Key) -> str:
        if question.calculation is None:
            return ""
        try:
            return question.calculation.text(self._look(key))
        except ExpressionError:
            return ""

    def _true(
        self,
        rule: Expression,
        key: Key,
        *,
        self_: str = "",
        columns: Mapping[str, str] | None = None,
        error: bool = True,
    ) -> bool:
        try:
            return rule.true(self._look(key, self_=self_, columns=columns))
        except ExpressionError:
            return error

    def _look(self, key: Key, *, self_: str = "", columns: Mapping[str, str] | None = None) -> Look:
        iteration = key[1]
        plain = not self_ and columns is None
        known = self._looks.get(iteration) if plain else None
        if known is not None:
            return known
        look = Look(
            standing=self,
            iteration=iteration,
            now=self.now,
            self_=self_,
            columns=columns or {},
            position=iteration,
        )
        if plain:
            self._looks[iteration] = look
        return look
