"""The conversation as a pure, total function: a form, a state and an event give the next state.

Which mode takes which event is decided here; the moves themselves are in `turn`. Nothing is
read and nothing is written: whoever calls `step` commits the effects together with the state.

    mode       words and buttons                          leads to
    LANGUAGE   a language by name, tag, number            ASKING (or back where it was)
    ASKING     an answer; skip, back, change, send, ...   ASKING, DOUBT, REVIEW, PAUSED, OVER
    DOUBT      keep it; write it again; new words         ASKING
    REVIEW     send, change, stop, back                   OVER, CHANGING, ASKING
    CHANGING   one of the answered questions              ASKING
    STOPPING   yes, no                                    OVER, or back where it was
    PAUSED     anything                                   back where it was
    OVER       anything                                   LANGUAGE (a new conversation)
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.engine import answers
from bot.engine.answers import Miss
from bot.engine.events import (
    Ask,
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
    Shape,
    Tell,
    Unsupported,
    Value,
)
from bot.engine.model import Command, Form, Kind
from bot.engine.state import Mode, State
from bot.engine.turn import EARLY_SECONDS, IDLE_SECONDS, Turn

#: Words that are commands only with a slash or by button where an open text is asked for.
_ALSO_WORDS = frozenset({Command.YES, Command.NO, Command.START, Command.MORE})


def begin(form: Form) -> State:
    """Return the state of a conversation that has not begun."""
    return State(form=form.id, version=form.version, sha256=form.sha256)


def step(
    form: Form, state: State, event: Event, *, now: datetime, draw: bytes
) -> tuple[State, tuple[Effect, ...]]:
    """Return the next state and the effects of `event`; never raises.

    `now` is the event's time (UTC), `draw` 32 random bytes. The state of a form that is not
    this one, or of another version, begins again and says so.
    """
    if (state.form, state.version, state.sha256) != (form.id, form.version, form.sha256):
        state = replace(begin(form), revision=state.revision, mode=Mode.OVER)
        return _start(Turn(form, state, now=now, draw=draw), "restarted")
    turn = Turn(form, state, now=now, draw=draw)
    if isinstance(event, Rang):
        _rang(turn, event)
        return _end(turn) if turn.effects else (state, ())
    if state.mode is Mode.OVER or state.revision == 0:
        return _start(turn, *_word_without_conversation(form, event))
    _take(turn, event)
    if turn.state.mode not in {Mode.OVER, Mode.PAUSED}:
        turn.do(SetTimer(name="idle", seconds=IDLE_SECONDS))
    return _end(turn)


def _end(turn: Turn) -> tuple[State, tuple[Effect, ...]]:
    state = replace(turn.state, revision=turn.state.revision + 1)
    if state.mode is not Mode.OVER:
        return state, tuple(turn.effects)
    # What this very step would have kept is forgotten with the rest.
    rest = tuple(e for e in turn.effects if not isinstance(e, (Keep, Drop, SetTimer)))
    return replace(begin(turn.form), revision=state.revision, mode=Mode.OVER), rest


def _start(turn: Turn, *say: str) -> tuple[State, tuple[Effect, ...]]:
    # A random start: the buttons of an earlier conversation never fit this one.
    turn.state = replace(begin(turn.form), revision=1 + int.from_bytes(turn.draw[:4]) // 4)
    turn.do(*(Say(id=i) for i in say))
    turn.do(SetTimer(name="expiry", seconds=EARLY_SECONDS))
    if len(turn.form.languages) == 1:
        turn.do(Say(id="hello"))
        _speak(turn, turn.form.languages[0])
    else:
        turn.do(Ask())
    return _end(turn)


def _word_without_conversation(form: Form, event: Event) -> tuple[str, ...]:
    found = answers.command(form, event.text) if isinstance(event, Said) else None
    wants_deletion = found is not None and found[0] in {Command.STOP, Command.DELETE}
    return ("delete-how",) if wants_deletion else ()


def _rang(turn: Turn, event: Rang) -> None:
    if turn.state.mode is Mode.OVER or turn.state.revision == 0:
        return
    if event.name == "expiry":
        if turn.state.consented:
            turn.do(Say(id="expired"))
        turn.forget()
    elif event.name == "idle" and event.revision == turn.state.revision:
        turn.pause("closed")


def _take(turn: Turn, event: Event) -> None:
    match event:
        case Said(text=text):
            if turn.state.mode is Mode.PAUSED:
                _resume(turn, answers.command(turn.form, text))
            else:
                _SAID[turn.state.mode](turn, text)
        case Chose(revision=revision) if revision != turn.state.revision:
            turn.ask("already")
        case Chose(pick=pick):
            _chose(turn, pick)
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


def _resume(turn: Turn, found: tuple[Command, bool] | None) -> None:
    turn.set(mode=turn.state.before if turn.state.language else Mode.LANGUAGE)
    if found is not None and found[0] in {Command.STOP, Command.DELETE, Command.HELP}:
        _obey(turn, found[0])
    else:
        turn.ask("welcome-back")


# -- words, by mode --------------------------------------------------------------------------


def _said_language(turn: Turn, text: str) -> None:
    language = answers.language(turn.form, text)
    if language is not None:
        _speak(turn, language)
    elif not _obeyed(turn, text):
        turn.do(Ask())


def _speak(turn: Turn, language: str) -> None:
    first = not turn.state.language
    turn.set(language=language, mode=turn.state.before)
    if language in turn.form.drafts:
        turn.do(Say(id="draft-language"))
        if language != "en":
            turn.do(Say(id="draft-language", language="en"))
    if first:
        turn.go_on()
    else:
        turn.ask()


def _said_asking(turn: Turn, text: str) -> None:
    question, key = turn.question, turn.state.at
    if question is None or key is None:
        turn.go_on()
        return
    if question.kind is Kind.TEXT:
        _said_text(turn, text)
        return
    value = answers.read(turn.form, question, turn.look().offered(key), text)
    if isinstance(value, Value):
        turn.accept(value)
    elif not _obeyed(turn, text):
        turn.miss(value.reason)


def _said_text(turn: Turn, text: str) -> None:
    found = answers.command(turn.form, text)
    if found is None and text.strip().startswith("/") and " " not in text.strip():
        turn.ask("no-command")
    elif found is None or (found[0] in _ALSO_WORDS and not found[1]):
        _take_words(turn, text)
    elif found[0] in {Command.STOP, Command.DELETE} and not found[1]:
        turn.aside(Mode.STOPPING)
        turn.ask()
    else:
        _obey(turn, found[0])


def _take_words(turn: Turn, text: str) -> None:
    value: Value | Miss
    if not text.strip():
        value = Miss(reason="wrong-empty")
    elif len(text) > answers.MOST_CHARACTERS:
        value = Miss(reason="too-long")
    else:
        value = Value(shape=Shape.WORDS, items=(text,))
    if isinstance(value, Miss):
        turn.miss(value.reason)
    else:
        turn.accept(value)


def _said_doubt(turn: Turn, text: str) -> None:
    found = answers.command(turn.form, text)
    word = answers.digits(answers.normalise(text))
    if word == "1" or (found is not None and found[0] is Command.YES):
        _keep_it(turn)
    elif word == "2" or (found is not None and found[0] is Command.NO):
        turn.take_back()
        turn.ask("dropped")
    elif found is not None and found[0] not in _ALSO_WORDS:
        turn.set(mode=Mode.ASKING)
        _obey(turn, found[0])
    else:
        turn.take_back()
        _take_words(turn, text)


def _keep_it(turn: Turn) -> None:
    turn.set(mode=Mode.ASKING)
    if turn.question is not None and turn.question.several:
        turn.do(Ask(brief=True))
    else:
        turn.skip()  # it has its answer: leave it as it is


def _said_review(turn: Turn, text: str) -> None:
    word = answers.digits(answers.normalise(text))
    by_number = {"1": Command.SEND, "2": Command.CHANGE, "3": Command.STOP}
    if word in by_number:
        _obey(turn, by_number[word])
    elif not _obeyed(turn, text):
        turn.miss("wrong-choice")


def _said_changing(turn: Turn, text: str) -> None:
    word = answers.digits(answers.normalise(text))
    if word.isdecimal():
        _change(turn, int(word[:4]) - 1)
    elif not _obeyed(turn, text):
        turn.miss("wrong-choice")


def _change(turn: Turn, index: int) -> None:
    keys = turn.look().changeable()
    if 0 <= index < len(keys):
        trail = tuple(k for k in turn.state.trail if k != keys[index])
        turn.reopen(keys[index], trail)
    else:
        turn.miss("wrong-choice")


def _said_stopping(turn: Turn, text: str) -> None:
    found = answers.command(turn.form, text)
    word = answers.digits(answers.normalise(text))
    if word == "1" or (
        found is not None and found[0] in {Command.YES, Command.STOP, Command.DELETE}
    ):
        turn.stop()
    else:
        turn.set(mode=turn.state.before)
        turn.ask()


_SAID: dict[Mode, Callable[[Turn, str], None]] = {
    Mode.LANGUAGE: _said_language,
    Mode.ASKING: _said_asking,
    Mode.DOUBT: _said_doubt,
    Mode.REVIEW: _said_review,
    Mode.CHANGING: _said_changing,
    Mode.STOPPING: _said_stopping,
}


# -- buttons ---------------------------------------------------------------------------------


def _chose(turn: Turn, pick: str) -> None:
    if turn.state.mode is Mode.PAUSED:
        _resume(turn, None)
    elif pick.isascii() and pick.isdecimal():
        _chose_number(turn, int(pick[:4]))
    elif pick in Command.__members__.values():
        _obey(turn, Command(pick))
    else:
        turn.ask("already")


def _chose_number(turn: Turn, index: int) -> None:
    mode = turn.state.mode
    if mode is Mode.CHANGING:
        _change(turn, index)
    elif mode is Mode.LANGUAGE and index < len(turn.form.languages):
        _speak(turn, turn.form.languages[index])
    elif mode in {Mode.DOUBT, Mode.REVIEW, Mode.STOPPING}:
        _SAID[mode](turn, str(index + 1))
    elif mode is Mode.ASKING and turn.state.at is not None:
        _chose_answer(turn, index)
    else:
        turn.ask("already")


def _chose_answer(turn: Turn, index: int) -> None:
    question, key = turn.question, turn.state.at
    offered = () if key is None else turn.look().offered(key)
    if question is None or index >= len(offered):
        turn.ask("already")
    elif question.kind is Kind.MANY:
        code = offered[index].code
        ticked = tuple(c for c in turn.state.ticked if c != code)
        if code not in turn.state.ticked:
            ticked = answers.exclusive((*ticked, code))
        turn.set(ticked=ticked)
        turn.ask()
    else:
        turn.accept(Value(shape=Shape.CODES, items=(offered[index].code,)))


# -- commands --------------------------------------------------------------------------------


def _obeyed(turn: Turn, text: str) -> bool:
    found = answers.command(turn.form, text)
    if found is None or (found[0] in {Command.YES, Command.NO} and not found[1]):
        return False
    _obey(turn, found[0])
    return True


def _obey(turn: Turn, command: Command) -> None:
    mode = turn.state.mode
    move = _ANYWHERE.get(command)
    if mode is Mode.DOUBT and command in {Command.YES, Command.NO}:
        _said_doubt(turn, "1" if command is Command.YES else "2")
    elif mode is Mode.STOPPING and command in {Command.YES, Command.NO}:
        _said_stopping(turn, "1" if command is Command.YES else "2")
    elif move is not None:
        move(turn)
    elif mode is Mode.ASKING and command is Command.SKIP:
        turn.skip()
    elif mode is Mode.ASKING and command is Command.DONE:
        turn.done()
    else:
        turn.ask("no-command")


def _back(turn: Turn) -> None:
    if turn.state.mode in {Mode.LANGUAGE, Mode.CHANGING, Mode.STOPPING} and turn.state.language:
        turn.set(mode=turn.state.before if turn.state.mode is not Mode.CHANGING else Mode.REVIEW)
        turn.ask()
    elif not turn.state.language:
        turn.ask("first")
    else:
        turn.step_back()


def _to_change(turn: Turn) -> None:
    if turn.look().changeable():
        turn.set(mode=Mode.CHANGING, page=0, ticked=())
        turn.ask()
    else:
        turn.ask("nothing-to-change")


def _to_send(turn: Turn) -> None:
    if turn.state.mode is Mode.REVIEW:
        turn.send()
    elif turn.state.consented:
        turn.review()
    else:
        turn.ask("not-enough")


def _to_language(turn: Turn) -> None:
    if turn.state.mode is not Mode.LANGUAGE:
        turn.aside(Mode.LANGUAGE)
        turn.set(page=0)
    turn.ask()


def _why(turn: Turn) -> None:
    question = turn.question
    if turn.state.mode is Mode.ASKING and question is not None and question.why:
        turn.do(Tell(name=question.name, part="why"))
        turn.ask()
    else:
        turn.ask("no-why")


def _danger(turn: Turn) -> None:
    turn.do(Say(id="danger"), Tell(name="", part="lines"))
    turn.ask()


def _more(turn: Turn) -> None:
    turn.set(page=turn.state.page + 1)
    turn.ask()


_ANYWHERE: dict[Command, Callable[[Turn], None]] = {
    Command.STOP: Turn.stop,
    Command.DELETE: Turn.stop,
    Command.BACK: _back,
    Command.CHANGE: _to_change,
    Command.SEND: _to_send,
    Command.PAUSE: lambda turn: turn.pause("paused"),
    Command.LANGUAGE: _to_language,
    Command.MORE: _more,
    Command.WHY: _why,
    Command.DANGER: _danger,
    Command.HELP: lambda turn: turn.ask("help"),
    Command.VERIFY: lambda turn: turn.ask("verify"),
    Command.ORIGINAL: lambda turn: turn.ask(original=True),
    Command.START: lambda turn: turn.ask("welcome-back"),
}
