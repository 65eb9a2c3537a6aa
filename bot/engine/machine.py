"""The conversation as a pure, total function: a form, a state and an event give the next state.

What words and buttons mean is decided in `modes` and `commands`; the moves are in `turn` and
`keeping`. Nothing is read and nothing is written: whoever calls `step` commits the effects
together with the state.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.engine import answers
from bot.engine.commands import STOPS
from bot.engine.events import (
    Ask,
    Began,
    Chose,
    Deleted,
    Drop,
    Edited,
    Effect,
    Event,
    Keep,
    Rang,
    Said,
    Say,
    Sent,
    SetTimer,
    Unsupported,
    Wipe,
)
from bot.engine.keeping import AnswerTurn
from bot.engine.model import Command, Form
from bot.engine.modes import chose, said, speak
from bot.engine.state import Mode, State
from bot.engine.turn import EARLY_SECONDS, IDLE_SECONDS

#: What is answered without beginning a conversation.
_ANSWERED: Mapping[Command, Effect] = {
    **dict.fromkeys(STOPS, Say(id="delete-how")),
    Command.VERIFY: Say(id="verify"),
    Command.WIPE: Wipe(),
}
#: What is answered before a conversation begins: somebody may need it at once.
_FIRST = frozenset({Command.HELP, Command.DANGER})
#: What a start link may carry; the limit is Telegram's (facts: channels). Anything else is nothing.
_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def begin(form: Form) -> State:
    """Return the state of a conversation that has not begun."""
    return State(form=form.id, version=form.version, sha256=form.sha256)


def step(
    form: Form, state: State, event: Event, *, now: datetime, draw: bytes
) -> tuple[State, tuple[Effect, ...]]:
    """Return the next state and the effects of `event`; never raises.

    `now` is the event's time (UTC), `draw` 32 random bytes. The state of a form that is not
    this one, or of another version, is over and says so: what comes begins again.
    """
    if (state.form, state.version, state.sha256) != (form.id, form.version, form.sha256):
        state = replace(begin(form), revision=state.revision, mode=Mode.OVER)
        return _without_conversation(
            AnswerTurn(form, state, now=now, draw=draw), event, Say(id="restarted")
        )
    turn = AnswerTurn(form, state, now=now, draw=draw)
    if isinstance(event, Rang):
        _rang(turn, event)
        return _end(turn) if turn.effects else (state, ())
    if state.mode is Mode.OVER or state.revision == 0:
        return _without_conversation(turn, event)
    _take(turn, event)
    if turn.state.mode not in {Mode.OVER, Mode.PAUSED}:
        turn.do(SetTimer(name="idle", seconds=IDLE_SECONDS))
    return _end(turn)


def _end(turn: AnswerTurn) -> tuple[State, tuple[Effect, ...]]:
    state = replace(turn.state, revision=turn.state.revision + 1)
    if state.mode is not Mode.OVER:
        return state, tuple(turn.effects)
    # What this very step would have kept is forgotten with the rest.
    rest = tuple(e for e in turn.effects if not isinstance(e, (Keep, Drop, SetTimer)))
    return replace(begin(turn.form), revision=state.revision, mode=Mode.OVER), rest


def _start(turn: AnswerTurn, event: Event) -> tuple[State, tuple[Effect, ...]]:
    # A random start: the buttons of an earlier conversation never fit this one.
    turn.state = replace(begin(turn.form), revision=1 + int.from_bytes(turn.draw[:4]) // 4)
    turn.set(link=_link(event))
    turn.do(SetTimer(name="expiry", seconds=EARLY_SECONDS))
    if len(turn.form.languages) == 1:
        turn.do(Say(id="hello"))
        speak(turn, turn.form.languages[0])
    else:
        turn.do(Ask())
    return _end(turn)


def _without_conversation(
    turn: AnswerTurn, event: Event, *first: Effect
) -> tuple[State, tuple[Effect, ...]]:
    """Answer what needs no conversation; begin one for anything else, also for "help"."""
    turn.do(*first)
    wanted = _wanted(turn.form, event)
    if wanted in _FIRST:
        turn.do(Say(id=wanted.value))
    if wanted is None or wanted not in _ANSWERED:
        return _start(turn, event)
    turn.do(_ANSWERED[wanted])
    turn.set(mode=Mode.OVER)
    return _end(turn)


def _wanted(form: Form, event: Event) -> Command | None:
    match event:
        case Said(text=text):
            found = answers.command(form, text)
            return None if found is None else found[0]
        case Chose(pick=Command.WIPE):
            return Command.WIPE
        case _:
            return None


def _link(event: Event) -> str:
    payload = event.payload if isinstance(event, Began) else ""
    return payload if _LINK.fullmatch(payload) else ""


def _rang(turn: AnswerTurn, event: Rang) -> None:
    if turn.state.mode is Mode.OVER or turn.state.revision == 0:
        return
    if event.name == "expiry":
        if turn.state.consented:
            turn.do(Wipe(id="expired"))
        turn.forget()
    elif event.name == "idle" and event.revision == turn.state.revision:
        turn.pause("closed")


def _take(turn: AnswerTurn, event: Event) -> None:
    match event:
        case Said(text=text):
            said(turn, text)
        case Began():
            turn.set(link=turn.state.link or _link(event))
            said(turn, f"/{Command.START}")
        case Chose(pick=Command.WIPE):  # the button of an earlier end asks for the same
            chose(turn, Command.WIPE)
        case Chose(revision=revision) if revision != turn.state.revision:
            turn.ask("already")
        case Chose(pick=pick):
            chose(turn, pick)
        case Edited():
            turn.ask("edited")
        case Deleted():
            turn.ask("unsent")
        case Sent(voice=voice):
            turn.ask("no-voice" if voice else "no-file")
        case Unsupported():
            turn.ask("unsupported")
        case _:
            turn.ask("no-command")
