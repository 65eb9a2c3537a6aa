"""Case codes, and what is added to a case that was sent.

The digits never come here: whoever looked them up says what they led to (`Proved`). Whoever adds is
shown nothing of the case, and what they add is sealed for the team at once: there is no draft, no
review and nothing to delete. So every way out leads to the same end.
"""

from bot.engine import answers
from bot.engine.codes import whole_code
from bot.engine.events import Ask, Keep, Proof, Proved, Say, SetTimer, Shape, Value
from bot.engine.filing import FileTurn
from bot.engine.keeping import DRAFT_SECONDS, MOST_KEPT
from bot.engine.model import ADDED
from bot.engine.state import Mode, State


def proved(turn: FileTurn, proved: Proved) -> None:
    """Go on where a case code leads to, from an open conversation."""
    if turn.state.mode in {Mode.PAUSED, Mode.STOPPING}:
        turn.stay()
    if proved.proof is Proof.DRAFT and turn.state.consented:
        turn.ask("moved")
    elif turn.state.consented:
        turn.ask("code-first")
    elif proved.proof is Proof.SENT:
        begin(turn, proved)
    else:
        turn.ask("code-wrong")


def begin(turn: FileTurn, proved: Proved) -> None:
    """Begin to add to a case; what was answered here before consent goes."""
    old = turn.state
    turn.state = State(
        form=old.form,
        version=old.version,
        sha256=old.sha256,
        revision=old.revision,
        mode=Mode.ADDING if old.language else Mode.LANGUAGE,
        before=Mode.ADDING,
        language=old.language,
        adds=proved.case,
        sequence=proved.sequence,
        filed=proved.files,
    )
    turn.do(SetTimer(name="expiry", seconds=DRAFT_SECONDS))
    if not old.language and len(turn.form.languages) == 1:
        turn.set(language=turn.form.languages[0], mode=Mode.ADDING)
    turn.ask()


def add(turn: FileTurn, text: str) -> None:
    """Keep words as an entry of the case."""
    key, state = (ADDED, 0), turn.state
    part = state.answered.get(key, 0)
    if not text.strip():
        turn.miss("wrong-empty")
    elif len(text) > answers.MOST_CHARACTERS:
        turn.miss("too-long")
    elif part >= MOST_KEPT:
        turn.ask("too-many")
    else:
        value = Value(shape=Shape.WORDS, items=(text,))
        turn.do(Keep(key=key, part=part, value=value, sequence=state.sequence + 1))
        turn.set(answered={**state.answered, key: part + 1}, sequence=state.sequence + 1, strikes=0)
        if whole_code(text) is not None:  # meant as a code, or the number of an account
            turn.do(Say(id="digits-added"))
        turn.do(Ask(brief=True))


def finish(turn: FileTurn) -> None:
    """End here: what was added is with the team."""
    turn.do(Say(id="end"))
    turn.forget()


def code(turn: FileTurn) -> None:
    """Say how a case code is given, or why not now."""
    turn.ask("code-first" if turn.state.consented else "code-how")
