"""One turn of a conversation in the making: the state so far and the effects so far.

The moves that every mode shares live here: asking, going on, stopping, pausing, sending; what is
done with an answer is in `keeping`. What starts which move is decided in `machine`, `modes` and
`commands`. A turn is used once and thrown away; nothing outside `engine` sees it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.engine.codes import draw_code
from bot.engine.events import Ask, Code, Effect, Forget, Key, Say, Send, SetTimer, Tell, Wipe
from bot.engine.flow import Standing
from bot.engine.model import Form, Kind, Question
from bot.engine.state import Mode, State

#: Notes and questions gone through for one event (RapidPro: MaxStepsPerSprint 100).
MOST_STEPS = 100
MISSES_BEFORE_HELP = 3
#: 30 minutes without a word close a conversation (domain text T-PAUSE).
IDLE_SECONDS = 30 * 60
#: Before consent only a position is kept, for an hour (design §3).
EARLY_SECONDS = 60 * 60

#: Modes that a pause, a question about stopping or a change of language leads back to.
_STANDING = frozenset(
    {Mode.ASKING, Mode.DOUBT, Mode.REVIEW, Mode.CHANGING, Mode.ADDING, Mode.CONTACT}
)


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

    def miss(self, reason: str, own: Tell | None = None) -> None:
        """Say why the words could not be taken (in the form's own words if it has any).

        The question is asked again; at the third time there is a way around it.
        """
        self.set(strikes=self.state.strikes + 1)
        self.do(own or Say(id=reason))
        if self.state.strikes >= MISSES_BEFORE_HELP:
            self.set(strikes=0)
            self.do(Say(id=self._way_around()))
        self.ask()

    def _way_around(self) -> str:
        """Return the text that helps on: only what can be skipped is said to be."""
        question, key = self.question, self.state.at
        if self.state.mode is not Mode.ASKING or question is None or key is None:
            return "help"
        needed = question.required and not self.state.answered.get(key)
        return "cannot-skip" if needed else "three-misses"

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
            if question.end and self.state.consented:
                self.aside(Mode.STOPPING)  # what was kept is not deleted without asking
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
            self._ask_for_words()
            return
        self.do(
            Send(
                kept=here.kept(),
                files=here.files(),
                urgency=here.urgency(),
                digest=here.digest(),
                calculated=here.calculated(),
                contact=here.contact(),
                link=self.state.link,
            )
        )
        if self.state.code:
            self.do(Say(id="sent-known"))
        else:
            self.do(Code(digits=draw_code(self.draw), sent=True))
        self.do(Say(id="end"))
        self.forget()

    def _ask_for_words(self) -> None:
        """Ask again what is answered in one's own words, from where there is nothing to send."""
        asked = self.look().own_words()
        if asked is None:
            self.ask()
        else:
            self.reopen(asked, tuple(k for k in self.state.trail if k != asked))

    def stay(self) -> None:
        """Go back to where STOPPING, PAUSED or a change of language was entered."""
        self.set(mode=self.state.before if self.state.language else Mode.LANGUAGE)

    def stop(self) -> None:
        """Forget everything, here and as far as may be in the chat, and say so."""
        self.do(Wipe(id="stopped"))
        self.forget()

    def forget(self) -> None:
        """End here; the state that remains holds nothing."""
        self.do(Forget())
        self.set(mode=Mode.OVER)
