"""The conversation as a pure, total function: a form, a state and an event give the next state.

What words and buttons mean is decided in `modes` and `commands`; the moves are in `turn` and
`keeping`. Nothing is read and nothing is written: whoever calls `step` commits the effects
together with the state.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.engine import adding, answers
from bot.engine.answers import is_more
from bot.engine.commands import STOPS, stops
from bot.engine.echoes import is_echo
from bot.engine.events import (
    Ask,
    Began,
    Chose,
    Closed,
    Deleted,
    Drop,
    Edited,
    Effect,
    Event,
    Fetch,
    Fetched,
    Keep,
    Proof,
    Proved,
    Rang,
    Said,
    Say,
    Sent,
    SetTimer,
    Unsupported,
    Wipe,
)
from bot.engine.filing import FileTurn
from bot.engine.model import Command, Form
from bot.engine.modes import chose, said, speak
from bot.engine.state import Mode, State
from bot.engine.turn import EARLY_SECONDS, IDLE_SECONDS

#: What is answered without beginning a conversation.
_ANSWERED: Mapping[Command, Effect] = {
    **dict.fromkeys(STOPS, Say(id="delete-how")),
    Command.VERIFY: Say(id="verify"),
    **dict.fromkeys((Command.CODE, Command.STATUS), Say(id="code-how")),
    Command.WIPE: Wipe(),
}
#: What is answered before a conversation begins: somebody may need it at once.
_FIRST = frozenset({Command.HELP, Command.DANGER, Command.WHO})
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
    this one, or of another version, is over and says so: what comes begins again. Only what the
    person did not write to us never begins anything: a timer, a change of an earlier message.
    """
    turn = FileTurn(form, state, now=now, draw=draw)
    foreign = (state.form, state.version, state.sha256) != (form.id, form.version, form.sha256)
    over = foreign or state.mode is Mode.OVER or state.revision == 0
    if isinstance(event, Rang | Fetched | Edited | Deleted) and over:
        return _late(turn, event, foreign=foreign)
    if foreign:
        turn.state = replace(begin(form), revision=state.revision, mode=Mode.OVER)
        if stops(form, event):  # nothing of it can be read, and its chat is emptied all the same
            turn.stop()
            return _end(turn)
        return _without_conversation(turn, event, Say(id="restarted"))
    if over:
        return _without_conversation(turn, event)
    if isinstance(event, Rang | Fetched):
        return _by_itself(turn, event)
    _take(turn, event)
    _wait(turn)
    return _end(turn)


def _late(turn: FileTurn, event: Event, *, foreign: bool) -> tuple[State, tuple[Effect, ...]]:
    """Say nothing to what belongs to a conversation that is over; only end a draft on its day.

    Whoever deletes a message after sending is told that what was sent stays.
    """
    if isinstance(event, Deleted) and event.sent and not foreign:
        turn.do(Say(id="deleted-sent", language=event.sent))
        turn.set(mode=Mode.OVER)
        return _end(turn)
    if foreign and isinstance(event, Rang) and event.name == "expiry":
        turn.forget()
        return _end(turn)
    return turn.state, ()


def _by_itself(turn: FileTurn, event: Rang | Fetched) -> tuple[State, tuple[Effect, ...]]:
    """Take what comes without the person; where nothing changes, their buttons go on to hold."""
    before = replace(turn.state)
    if isinstance(event, Rang):
        _rang(turn, event)
        return _end(turn) if turn.effects else (before, ())
    turn.fetched(event)
    if turn.state == before:
        return before, tuple(turn.effects)
    _wait(turn)
    return _end(turn)


def _wait(turn: FileTurn) -> None:
    """Close an open conversation after half an hour without a word; a reply window stays open."""
    if turn.state.mode not in {Mode.OVER, Mode.PAUSED} and not turn.state.window:
        turn.do(SetTimer(name="idle", seconds=IDLE_SECONDS))


def _end(turn: FileTurn) -> tuple[State, tuple[Effect, ...]]:
    turn.set(revision=turn.state.revision + 1)
    state = turn.state
    if state.mode is not Mode.OVER:
        return state, tuple(turn.effects)
    # What this very step would have kept is forgotten with the rest.
    rest = tuple(e for e in turn.effects if not isinstance(e, (Keep, Fetch, Drop, SetTimer)))
    return replace(begin(turn.form), revision=state.revision, mode=Mode.OVER), rest


def _start(turn: FileTurn, event: Event) -> tuple[State, tuple[Effect, ...]]:
    turn.state = _fresh(turn)
    turn.set(link=_link(event))
    turn.do(SetTimer(name="expiry", seconds=EARLY_SECONDS))
    if isinstance(event, Sent):
        turn.do(Say(id="no-voice" if event.voice else "no-file"))
    told = isinstance(event, Said) and _wanted(turn.form, event) is None and is_more(event.text)
    turn.set(unheard=told or isinstance(event, Sent))
    if len(turn.form.languages) == 1:
        turn.do(Say(id="hello"))
        speak(turn, turn.form.languages[0])
    else:
        turn.do(Ask())
    return _end(turn)


def _fresh(turn: FileTurn) -> State:
    # A random start: the buttons of an earlier conversation never fit this one.
    return replace(begin(turn.form), revision=1 + int.from_bytes(turn.draw[:4]) // 4)


def _without_conversation(
    turn: FileTurn, event: Event, *first: Effect
) -> tuple[State, tuple[Effect, ...]]:
    """Answer what needs no conversation; begin one for anything else, also for "help"."""
    turn.do(*first)
    if isinstance(event, Proved) and event.proof in {Proof.SENT, Proof.LEAVES}:
        turn.state = _fresh(turn)
        adding.begin(turn, event)
        _wait(turn)
        return _end(turn)
    if isinstance(event, Proved) and event.proof is Proof.WRONG:
        turn.do(Say(id="code-wrong"))
        turn.set(mode=Mode.OVER)
        return _end(turn)
    thanks = answers.thanks(turn.form, event.text) if isinstance(event, Said) else None
    if thanks is not None:  # by somebody who has sent: no row says whether
        turn.do(Say(id="thanks", language=thanks))
        turn.set(mode=Mode.OVER)
        return _end(turn)
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


def _rang(turn: FileTurn, event: Rang) -> None:
    idle = event.name == "idle" and event.revision == turn.state.revision
    due = event.name == "expiry" or idle
    if turn.state.window:
        if event.name == "expiry":
            turn.forget()
    elif turn.state.adds and due and turn.state.language:
        adding.finish(turn)
    elif turn.state.adds and due:
        turn.forget()  # who has not even chosen a language has added nothing
    elif event.name == "expiry":
        if turn.state.consented:
            turn.do(Wipe(id="expired"))
        turn.forget()
    elif idle:
        turn.pause("closed")


def _take(turn: FileTurn, event: Event) -> None:
    match event:
        case Said() if is_echo(turn, event):
            turn.ask("already")
        case Said(text=text):
            said(turn, text)
        case Began():
            turn.set(link=turn.state.link or _link(event))
            said(turn, f"/{Command.START}")
        case Chose(pick=Command.WIPE):  # the button of an earlier end asks for the same
            chose(turn, Command.WIPE)
        case Chose() if turn.state.mode is Mode.PAUSED:
            chose(turn, "")  # whatever stood on it: it is from before the pause
        case Chose(revision=revision) if revision != turn.state.revision:
            turn.ask("already")
        case Chose(pick=pick):
            chose(turn, pick)
        case Sent():
            turn.sent(event)
        case Proved() | Closed():
            adding.proved(turn, event)
        case _:
            _heed(turn, event)


def _heed(turn: FileTurn, event: Event) -> None:
    """Take what is no answer to anything; a change of an earlier message ends no pause."""
    paused = turn.state.mode is Mode.PAUSED
    match event:
        case Edited():
            turn.do(Say(id="edited"), *(() if paused else (Ask(),)))
        case Deleted(parts=parts) if parts:
            turn.erase(parts)
        case Deleted():
            stays = "deleted-sent" if turn.state.adds else "unsent"
            turn.do(Say(id=stays), *(() if paused else (Ask(),)))
        case _:
            if paused:
                turn.stay()
            turn.ask("unsupported" if isinstance(event, Unsupported) else "no-command")
