"""What becomes of an answer in a turn: refused, kept, replaced, doubted, left.

An answer is kept part by part; a new one takes the place of all parts of the old. Before consent
nothing is kept: only codes that a later rule needs stay in the state, and become answers when
consent is given.
"""

from collections.abc import Callable

from bot.engine.answers import looks_like_id
from bot.engine.codes import draw_case
from bot.engine.events import Alert, Ask, Drop, Keep, Key, Say, SetTimer, Shape, Tell, Value
from bot.engine.flow import parts
from bot.engine.model import OPEN, Kind, Question
from bot.engine.state import Mode
from bot.engine.turn import Turn

MOST_PARTS = 20
MOST_KEPT = 200
MOST_ITERATIONS = 20
#: A draft lives 40 hours, within Telegram's 48 for deleting messages (design §3).
DRAFT_SECONDS = 40 * 60 * 60
_SHAPES = {Kind.INTEGER: Shape.NUMBER, Kind.WHEN: Shape.DATE}


class AnswerTurn(Turn):
    """A turn that takes answers."""

    def skip(self) -> None:
        """Leave the open question without an answer, or with the one it has."""
        question, key = self.question, self.state.at
        if question is None or key is None:
            self.ask("no-command")
        elif question.required and not self.state.answered.get(key):
            self.ask("cannot-skip")
        else:
            self._leave(key, self.state.answered.get(key, 0))
            self.go_on()

    def done(self) -> None:
        """Finish an answer of several messages or ticks."""
        question, key = self.question, self.state.at
        if question is None or key is None:
            self.ask("no-command")
        elif question.kind is Kind.MANY and self.state.ticked:
            self.accept(Value(shape=Shape.CODES, items=self.state.ticked))
        elif question.kind is Kind.ACKNOWLEDGE:
            self.accept(Value(shape=Shape.CODES, items=("OK",)))
        elif question.several and self.state.answered.get(key):
            self._leave(key, self.state.answered[key])
            self.go_on()
        else:
            self.miss("wrong-empty" if question.kind in OPEN else "wrong-choice")

    def add_to(self) -> None:
        """Let what comes be added to an answer that is open again, where it may have parts."""
        question, key = self.question, self.state.at
        adds = question is not None and question.several and key in self.state.open
        if not adds or key is None or not self.state.answered.get(key):
            self.ask("no-command")
        else:
            self.set(open=tuple(k for k in self.state.open if k != key))
            self.ask()

    def accept(self, value: Value) -> None:
        """Take an answer to the open question, unless its rule or a cap refuses it."""
        question, key = self.question, self.state.at
        if question is None or key is None:
            self.ask("no-command")
        elif not self.look().accepts(key, value):
            self._refuse(question)
        elif self.state.sequence >= MOST_KEPT:
            self.do(Say(id="too-many-answers"))
            self.review()
        elif question.kind is Kind.AGAIN:
            self._iterate(question, key, again=value.items == ("yes",))
        elif question.several:
            self._add(question, key, value)
        else:
            self._replace(question, key, value)
            self._settle(question, value)

    def _refuse(self, question: Question) -> None:
        own = Tell(name=question.name, part="error") if question.constraint_text else None
        self.miss("wrong-constraint", own)

    def _add(self, question: Question, key: Key, value: Value) -> None:
        if key in self.state.open:
            self._replace(question, key, value)
            self.set(open=tuple(k for k in self.state.open if k != key))
        elif self.state.answered.get(key, 0) >= MOST_PARTS:
            self.ask("too-many")
            return
        else:
            self._keep(key, self.state.answered.get(key, 0), value)
        self._doubt_or(value, lambda: self.do(Ask(brief=True)))

    def _settle(self, question: Question, value: Value) -> None:
        key = self.state.at
        if question.alert and question.alert in value.items:
            self.do(Alert())
        if key is not None:
            self._doubt_or(value, lambda: self.leave_and_go_on(key))

    def _doubt_or(self, value: Value, otherwise: Callable[[], None]) -> None:
        if value.shape is Shape.WORDS and looks_like_id(value.items[0]):
            self.set(mode=Mode.DOUBT)
            self.do(Ask())
        else:
            otherwise()

    def leave_and_go_on(self, key: Key) -> None:
        """Leave a question with the answer it has."""
        self._leave(key, self.state.answered.get(key, 0))
        self.go_on()

    def keep_it(self) -> None:
        """Leave a part that looked like a document number as it is."""
        self.set(mode=Mode.ASKING)
        if self.question is not None and self.question.several:
            self.do(Ask(brief=True))
        elif self.state.at is not None:
            self.leave_and_go_on(self.state.at)

    def write_again(self) -> None:
        """Delete such a part, and ask for it again."""
        self.take_back()
        self.ask("dropped")

    def take_back(self) -> None:
        """Delete the part that was kept last in the open question."""
        key = self.state.at
        if key is None:
            return
        there = parts(self.state, key)
        if there:
            self.do(Drop(key=key, part=there[-1]))
            self.take_out(key, there[-1])
        self.set(mode=Mode.ASKING)

    def take_out(self, key: Key, part: int) -> None:
        """Count a part no more; one with others behind it leaves a gap, so that these stay."""
        state = self.state
        there = [n for n in parts(state, key) if n != part]
        answered = {k: n for k, n in state.answered.items() if k != key}
        lost = tuple(one for one in state.lost if one[:2] != key)
        if there:
            answered[key] = there[-1] + 1
            gaps = set(range(there[-1])) - set(there)
            lost += tuple((*key, gap) for gap in sorted(gaps))
        self.set(answered=answered, lost=lost)
        self._unfile(key, part)

    def clear(self, key: Key) -> None:
        """Delete all parts of an answer, to make place for a new one."""
        for part in parts(self.state, key):
            self.do(Drop(key=key, part=part))
        self.set(
            answered={k: n for k, n in self.state.answered.items() if k != key},
            lost=tuple(one for one in self.state.lost if one[:2] != key),
        )
        self._unfile(key)

    def _unfile(self, key: Key, part: int | None = None) -> None:
        files = zip(self.state.files, self.state.numbers, strict=True)
        rest = [f for f in files if f[0][:2] != key or part not in {None, f[0][2]}]
        origins = tuple(o for o in self.state.origins if o[1:3] != key or part not in {None, o[3]})
        self.set(
            files=tuple(f for f, _ in rest), numbers=tuple(n for _, n in rest), origins=origins
        )

    def _replace(self, question: Question, key: Key, value: Value) -> None:
        self.clear(key)
        if question.consent and question.consent in value.items and not self.state.consented:
            self._consent()
        codes = dict(self.state.codes)
        if codes.pop(key, value.items) != value.items:
            self._untell(question)
        if question.name in self.form.routing and value.shape is not Shape.WORDS:
            codes[key] = value.items
        self.set(codes=codes)
        self._keep(key, 0, value)

    def _untell(self, question: Question) -> None:
        """Have the help lines of another country told, although some were told before."""
        if question.kind is Kind.COUNTRY:
            by_name = self.form.by_name
            self.set(told=tuple(k for k in self.state.told if not by_name[k[0]].lines))

    def _keep(self, key: Key, part: int, value: Value) -> None:
        answered = {**self.state.answered, key: part + 1 if self.state.consented else 0}
        if self.state.consented:
            sequence = self.state.sequence + 1
            self.do(Keep(key=key, part=part, value=value, sequence=sequence))
            self.set(sequence=sequence)
        self.set(answered=answered)

    def _consent(self) -> None:
        """Begin the draft: from here answers are kept, and those codes that came before."""
        case, key = draw_case(self.draw)
        self.set(consented=True, case=case, key=key)
        self.do(SetTimer(name="expiry", seconds=DRAFT_SECONDS))
        for before, codes in self.state.codes.items():
            if before in self.state.answered:
                shape = _SHAPES.get(self.form.by_name[before[0]].kind, Shape.CODES)
                self._keep(before, 0, Value(shape=shape, items=codes))

    def _leave(self, key: Key, parts: int) -> None:
        self.set(
            answered={**self.state.answered, key: parts},
            open=tuple(k for k in self.state.open if k != key),
            trail=(*(k for k in self.state.trail if k != key), key),
            ticked=(),
        )

    def _iterate(self, question: Question, key: Key, *, again: bool) -> None:
        rounds = self.state.iterations.get(question.repeat, 1)
        if again and key[1] == rounds and rounds < MOST_ITERATIONS:
            self.set(iterations={**self.state.iterations, question.repeat: rounds + 1})
        elif again and rounds >= MOST_ITERATIONS:
            self.do(Say(id="too-many"))
        self._leave(key, 0)
        self.go_on()
