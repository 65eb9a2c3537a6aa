"""One turn of a conversation in the making: the state so far and the effects so far.

The moves that every mode shares live here: asking, going on, keeping an answer, stopping,
pausing, sending. What starts which move is decided in `machine`. A turn is used once and thrown
away; nothing outside `engine` sees it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.engine.answers import looks_like_id
from bot.engine.codes import draw_case, draw_code
from bot.engine.events import (
    Alert,
    Ask,
    Code,
    Drop,
    Effect,
    Forget,
    Keep,
    Key,
    Say,
    Send,
    SetTimer,
    Shape,
    Tell,
    Value,
)
from bot.engine.flow import Standing
from bot.engine.model import Form, Kind, Question
from bot.engine.state import Mode, State

#: Notes and questions gone through for one event (RapidPro: MaxStepsPerSprint 100).
MOST_STEPS = 100
MOST_PARTS = 20
MOST_KEPT = 200
MOST_ITERATIONS = 20
MISSES_BEFORE_HELP = 3
#: 30 minutes without a word close a conversation (domain text T-PAUSE).
IDLE_SECONDS = 30 * 60
#: Before consent only a position is kept, for an hour (design §3).
EARLY_SECONDS = 60 * 60
#: A draft lives 40 hours, within Telegram's 48 for deleting messages (design §3).
DRAFT_SECONDS = 40 * 60 * 60

#: Modes that a pause, a question about stopping or a change of language leads back to.
_STANDING = frozenset({Mode.ASKING, Mode.DOUBT, Mode.REVIEW, Mode.CHANGING})


class Turn:
    """What one event makes of a state."""

    def __init__(self, form: Form, state: State, *, now: datetime, draw: bytes) -> None:
        """Begin a turn at `now`, with 32 random bytes to draw from."""
        self.form = form
        self.state = replace(state)  # this turn's own copy: `set` writes into it
        self.now = now
        self.draw = draw
        self.effects: list[Effect] = []

    # -- small steps ----------------------------------------------------------------------

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of State, checked by replace
        """Change fields of this turn's copy of the state (a tenth of what `replace` costs)."""
        for name, value in changes.items():
            object.__setattr__(self.state, name, value)

    def do(self, *effects: Effect) -> None:
        """Want effects, in this order."""
        self.effects.extend(effects)

    def look(self) -> Standing:
        """Look at the answers as they are now."""
        return Standing(self.form, self.state, self.now)

    @property
    def question(self) -> Question | None:
        """Return the question that is open, if one is."""
        at = self.state.at
        return None if at is None else self.form.by_name[at[0]]

    def ask(self, *say: str, original: bool = False) -> None:
        """Say some texts, then put the open question or menu."""
        self.do(*(Say(id=i) for i in say), Ask(original=original))

    def miss(self, reason: str) -> None:
        """Say why the words could not be taken, and ask again; offer help at the third time."""
        self.set(strikes=self.state.strikes + 1)
        self.do(Say(id=reason))
        if self.state.strikes >= MISSES_BEFORE_HELP:
            self.set(strikes=0)
            self.do(Say(id="three-misses"))
        self.ask()

    # -- going on -------------------------------------------------------------------------

    def go_on(self) -> None:
        """Tell the notes that come next and ask the next question, or offer the review."""
        self.set(mode=Mode.ASKING, page=0, ticked=(), strikes=0)
        for _ in range(MOST_STEPS):
            found = self.look().next()
            if found is None:
                break
            key, question = found
            if question.kind is not Kind.NOTE:
                self.set(at=key)
                self.do(Ask())
                return
            self.do(Tell(name=question.name))
            if question.end:
                self.forget()
                return
            self.set(told=(*self.state.told, key))
        self.review()

    def review(self) -> None:
        """Offer to send, change or stop; without consent there is nothing to review."""
        self.set(mode=Mode.REVIEW, page=0, ticked=(), strikes=0)
        self.do(Ask())

    def step_back(self) -> None:
        """Ask the question before this one again; its answer stays until there is a new one."""
        asking = self.state.mode is Mode.ASKING
        trail = [k for k in self.state.trail if not (asking and k == self.state.at)]
        here = self.look()
        while trail and not here.relevant(trail[-1]):
            trail.pop()
        if not trail:
            self.ask("first")
            return
        self.reopen(trail[-1], tuple(trail[:-1]))

    def reopen(self, key: Key, trail: tuple[Key, ...]) -> None:
        """Ask one question again."""
        reopened = (*(k for k in self.state.open if k != key), key)
        self.set(mode=Mode.ASKING, at=key, open=reopened, trail=trail, page=0, ticked=())
        self.set(strikes=0)
        self.do(Ask())

    # -- answers --------------------------------------------------------------------------

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
            self.miss("wrong-empty" if question.kind is Kind.TEXT else "wrong-choice")

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
        if question.constraint_text:
            self.do(Tell(name=question.name, part="error"))
            self.miss("wrong-constraint")
            self.effects = [e for e in self.effects if e != Say(id="wrong-constraint")]
        else:
            self.miss("wrong-constraint")

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
            self._doubt_or(value, lambda: self._leave_and_go_on(key))

    def _doubt_or(self, value: Value, otherwise: Any) -> None:  # noqa: ANN401 - a move without arguments
        if value.shape is Shape.WORDS and looks_like_id(value.items[0]):
            self.set(mode=Mode.DOUBT)
            self.do(Ask())
        else:
            otherwise()

    def _leave_and_go_on(self, key: Key) -> None:
        self._leave(key, self.state.answered.get(key, 0))
        self.go_on()

    def take_back(self) -> None:
        """Delete the part that was kept last in the open question."""
        key = self.state.at
        if key is None:
            return
        parts = self.state.answered.get(key, 0)
        if parts:
            answered = dict(self.state.answered)
            answered[key] = parts - 1
            if parts == 1:
                del answered[key]
            self.do(Drop(key=key, part=parts - 1))
            self.set(answered=answered)
        self.set(mode=Mode.ASKING)

    def _replace(self, question: Question, key: Key, value: Value) -> None:
        for part in range(self.state.answered.get(key, 0)):
            self.do(Drop(key=key, part=part))
        if question.consent and question.consent in value.items and not self.state.consented:
            self._consent()
        codes = dict(self.state.codes)
        codes.pop(key, None)
        if question.name in self.form.routing and value.shape is not Shape.WORDS:
            codes[key] = value.items
        self.set(codes=codes, answered={k: n for k, n in self.state.answered.items() if k != key})
        self._keep(key, 0, value)

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
                self._keep(before, 0, Value(shape=Shape.CODES, items=codes))

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

    # -- pausing, sending, stopping ---------------------------------------------------------

    def aside(self, mode: Mode) -> None:
        """Turn to a mode that later leads back to where the conversation stands now."""
        here = self.state.mode
        self.set(mode=mode, before=here if here in _STANDING else self.state.before)

    def pause(self, text: str) -> None:
        """Close for now; the first pause of a draft makes the case code."""
        self.aside(Mode.PAUSED)
        self.set(ticked=())
        if not self.state.consented:
            text = "paused-early"
        self.do(Say(id=text), SetTimer(name="idle", seconds=None))
        if self.state.consented and not self.state.code:
            self.do(Code(digits=draw_code(self.draw), sent=False))

    def send(self) -> None:
        """Hand the case over, if there is something to hand over."""
        here = self.look()
        if not self.state.consented or not here.enough() or not here.kept():
            self.do(Say(id="not-enough"))
            self.ask()
            return
        self.do(
            Send(
                kept=here.kept(),
                urgency=here.urgency(),
                digest=here.digest(),
                calculated=here.calculated(),
                contact=here.contact(),
            )
        )
        if self.state.code:
            self.do(Say(id="sent-known"))
        else:
            self.do(Code(digits=draw_code(self.draw), sent=True))
        self.do(Say(id="end"))
        self.forget()

    def stop(self) -> None:
        """Forget everything and say so."""
        self.do(Say(id="stopped"))
        self.forget()

    def forget(self) -> None:
        """End here; the state that remains holds nothing."""
        self.do(Forget())
        self.set(mode=Mode.OVER)
