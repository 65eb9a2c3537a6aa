"""Case codes, and what is added to a case that was sent.

The digits never come here: whoever looked them up says what they led to (`Proved`). Whoever adds is
shown nothing of the case, and what they add is sealed for the team at once: there is no draft, no
review and nothing to take back. So every way out leads to the same end. Who has given the code may
ask how the case stands, and for its deletion, which is asked about once.

Whoever is done after a code is asked once whether they may be written to in this chat as well: the
server cannot know what they said before, or in which chat, so it is asked always, and only a yes
keeps an address. Ending in any other way asks nothing.

Who was written to by staff can answer for some days, in a window: all is added as after a code. It
closes on its day without a word, since nobody knows who looks at the screen by then.
"""

from dataclasses import replace

from bot.engine import answers
from bot.engine.codes import whole_code
from bot.engine.events import (
    Account,
    Ask,
    Closed,
    Erase,
    Keep,
    KeepWay,
    Proof,
    Proved,
    Say,
    SetTimer,
    Shape,
    Value,
)
from bot.engine.filing import FileTurn
from bot.engine.keeping import DRAFT_SECONDS, MOST_KEPT
from bot.engine.model import ADDED, Form
from bot.engine.state import Mode, State


def proved(turn: FileTurn, proved: Proved | Closed) -> None:
    """Go on where a case code leads to, from an open conversation; or end here."""
    if isinstance(proved, Closed):
        closed(turn)
        return
    if turn.state.mode in {Mode.PAUSED, Mode.STOPPING, Mode.DELETING}:
        turn.stay()
    if turn.state.mode is Mode.CONTACT:
        turn.set(mode=Mode.ADDING)
    leaves = proved.proof is Proof.LEAVES
    if proved.proof is Proof.DRAFT and turn.state.consented:
        turn.ask("moved")
    elif turn.state.consented:
        turn.ask("code-first")
    elif proved.proof is Proof.SENT or (leaves and not turn.state.language):
        begin(turn, proved)
    elif leaves and turn.state.adds:
        turn.do(Account(case=proved.case))
        turn.forget()
    elif leaves:
        turn.do(Account(case=proved.case), Ask())
    else:
        turn.ask("code-wrong")


def begin(turn: FileTurn, proved: Proved) -> None:
    """Begin to add to a case; what was answered here before consent goes.

    Of a case that leaves only how it stands is told, and it ends there, once a language is known.
    """
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
    elif not old.language:
        turn.do(Say(id="code-found"))  # else nobody could tell it from a new beginning
    go_on(turn)


def go_on(turn: FileTurn) -> None:
    """Ask what is to be added; of a case that leaves, tell how it stands, and end."""
    state = turn.state
    if state.leaves and state.language:
        turn.do(Account(case=state.adds, language=state.language))
        turn.forget()
    else:
        turn.ask()


def window(form: Form, before: State, proved: Proved, *, language: str, draw: bytes) -> State:
    """Return the state of a chat in which answers to staff are added to a case.

    What was added here to the same case before, and how that was counted, goes on.
    """
    same = before.adds == proved.case and before.mode is not Mode.OVER
    begun = State(
        form=form.id,
        version=form.version,
        sha256=form.sha256,
        revision=before.revision or int.from_bytes(draw[:4]) // 4,
        adds=proved.case,
        sequence=proved.sequence,
        filed=proved.files,
    )
    kept = before if same else begun
    return replace(
        kept,
        revision=kept.revision + 1,
        mode=Mode.ADDING,
        before=Mode.ADDING,
        language=language,
        strikes=0,
        window=True,
    )


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


def closed(turn: FileTurn) -> None:
    """End here: the case leaves, and what was said or sent is not kept."""
    turn.do(Say(id="adds-over"))
    if not turn.state.window:
        turn.do(Account(case=turn.state.adds))
    turn.forget()


def status(turn: FileTurn) -> None:
    """Say how the case stands, to whoever has given its code."""
    if turn.state.window:
        turn.ask("code-how")
    elif turn.state.leaves:
        turn.ask()
    else:
        turn.do(Account(case=turn.state.adds), Ask())


def delete(turn: FileTurn) -> None:
    """Ask whether the case is to be deleted."""
    if turn.state.window:
        turn.ask("code-how")
    elif turn.state.leaves:
        turn.ask()
    else:
        turn.aside(Mode.DELETING)
        turn.ask()


def erase(turn: FileTurn) -> None:
    """Ask for the deletion of the case; nothing is added any more."""
    case = turn.state.adds
    turn.do(Erase(case=case), Say(id="delete-asked"), Account(case=case))
    turn.forget()


def done(turn: FileTurn) -> None:
    """End here; after a code it is asked once before whether one may write to this chat as well."""
    state = turn.state
    if state.mode is not Mode.ADDING or state.window or state.offered or state.leaves:
        finish(turn)
    else:
        turn.aside(Mode.CONTACT)
        turn.set(offered=True)
        turn.ask()


def offer(turn: FileTurn) -> None:
    """Keep that one may write to this chat as well, and end here."""
    turn.do(KeepWay(case=turn.state.adds), Say(id="contact-kept"))
    finish(turn)


def finish(turn: FileTurn) -> None:
    """End here: what was added is with the team."""
    turn.do(Say(id="end"))
    turn.forget()


def code(turn: FileTurn) -> None:
    """Say how a case code is given, or why not now."""
    turn.ask("code-first" if turn.state.consented else "code-how")
