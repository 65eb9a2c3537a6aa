"""What a person may ask for at any moment, and which move it is.

By button or with a slash a command is carried out at once. The bare words for stopping ask first:
they may be an answer, or a slip, and what is deleted is gone.
"""

from collections.abc import Callable

from bot.engine import adding, answers
from bot.engine.events import Chose, Event, Said, Say, Tell, Wipe
from bot.engine.filing import FileTurn
from bot.engine.model import Command, Form
from bot.engine.state import Mode

STOPS = frozenset({Command.STOP, Command.DELETE})
#: Calls for help: in bare words they may be meant for the team as well.
CALLS = frozenset({Command.HELP, Command.DANGER})
#: The modes that ask a question of their own, with a yes and a no.
_ASKS = frozenset({Mode.DOUBT, Mode.STOPPING})


def calls(found: tuple[Command, bool]) -> bool:
    """Tell whether a message was a call for help in bare words."""
    return found[0] in CALLS and not found[1]


def is_kept(turn: FileTurn, found: tuple[Command, bool]) -> bool:
    """Tell whether a call for help is kept as well: where all is added, and among own words.

    Where new words would take the place of older ones, it is no such word.
    """
    if turn.state.mode is Mode.ADDING or not calls(found):
        return calls(found)
    question = turn.question
    words = question is not None and question.several and turn.state.at not in turn.state.open
    return words and found[0] is Command.DANGER


def stops(form: Form, event: Event) -> bool:
    """Tell whether an event is meant to stop and delete everything at once."""
    match event:
        case Said(text=text):
            found = answers.command(form, text)
            return found is not None and found[0] in STOPS and found[1]
        case Chose(pick=pick):
            return pick in {command.value for command in STOPS}
        case _:
            return False


def obeyed(turn: FileTurn, text: str) -> bool:
    """Carry out the command that the whole message is, if it is one."""
    found = answers.command(turn.form, text)
    if found is None or (found[0] in {Command.YES, Command.NO} and not found[1]):
        return False
    obey(turn, found[0], slash=found[1])
    return True


def obey(turn: FileTurn, command: Command, *, slash: bool = True) -> None:
    """Carry out a command, in whatever mode the conversation is."""
    mode = turn.state.mode
    move = _ANYWHERE.get(command)
    if turn.state.adds:
        _ADDING.get(command, _not_now)(turn)
    elif command in STOPS and not slash:
        turn.aside(Mode.STOPPING)
        turn.ask()
    elif mode in _ASKS and command in {Command.YES, Command.NO}:
        _answer(turn, yes=command is Command.YES)
    elif move is not None:
        if mode is Mode.DOUBT:
            turn.set(mode=Mode.ASKING)
        move(turn)
    elif mode is Mode.ASKING and command is Command.SKIP:
        turn.skip()
    elif mode is Mode.ASKING and command is Command.DONE:
        turn.done()
    elif mode is Mode.ASKING and command is Command.ADD:
        turn.add_to()
    else:
        turn.ask("no-command")


def _answer(turn: FileTurn, *, yes: bool) -> None:
    if turn.state.mode is Mode.DOUBT:
        (turn.keep_it if yes else turn.write_again)()
    elif yes:
        turn.stop()
    else:
        turn.stay()
        turn.ask()


def _back(turn: FileTurn) -> None:
    if not turn.state.language:
        turn.ask("first")
    elif turn.state.mode is Mode.CHANGING:
        turn.review()
    elif turn.state.mode is Mode.CONTACT:
        turn.set(mode=Mode.ADDING)
        turn.ask()
    elif turn.state.mode is Mode.ADDING:
        turn.ask("no-command")
    elif turn.state.mode in {Mode.LANGUAGE, Mode.STOPPING}:
        turn.stay()
        turn.ask()
    else:
        turn.step_back()


def _to_change(turn: FileTurn) -> None:
    if turn.look().changeable():
        turn.set(mode=Mode.CHANGING, page=0, ticked=())
        turn.ask()
    else:
        turn.ask("nothing-to-change")


def _to_send(turn: FileTurn) -> None:
    if turn.state.mode is Mode.REVIEW:
        turn.send()
    else:
        _to_review(turn)


def _to_review(turn: FileTurn) -> None:
    if turn.state.consented:
        turn.review()
    else:
        turn.ask("nothing-to-send")


def _to_language(turn: FileTurn) -> None:
    if turn.state.mode is not Mode.LANGUAGE:
        turn.aside(Mode.LANGUAGE)
        turn.set(page=0)
    turn.ask()


def _why(turn: FileTurn) -> None:
    question = turn.question
    if turn.state.mode is Mode.ASKING and question is not None and question.why:
        turn.do(Tell(name=question.name, part="why"))
        turn.ask()
    else:
        turn.ask("no-why")


def _danger(turn: FileTurn) -> None:
    turn.do(Say(id="danger"), Tell(name="", part="lines"))
    turn.ask()


def _wipe(turn: FileTurn) -> None:
    turn.do(Wipe())
    turn.ask()


def _more(turn: FileTurn) -> None:
    turn.set(page=turn.state.page + 1)
    turn.ask()


def _not_now(turn: FileTurn) -> None:
    turn.ask("no-command")


_ANYWHERE: dict[Command, Callable[[FileTurn], None]] = {
    Command.STOP: FileTurn.stop,
    Command.DELETE: FileTurn.stop,
    Command.BACK: _back,
    Command.CHANGE: _to_change,
    Command.SEND: _to_send,
    Command.REVIEW: _to_review,
    Command.PAUSE: lambda turn: turn.pause("paused"),
    Command.LANGUAGE: _to_language,
    Command.MORE: _more,
    Command.WHY: _why,
    Command.DANGER: _danger,
    Command.HELP: lambda turn: turn.ask("help"),
    Command.VERIFY: lambda turn: turn.ask("verify"),
    Command.WHO: lambda turn: turn.ask("who"),
    Command.ORIGINAL: lambda turn: turn.ask(original=True),
    Command.START: lambda turn: turn.ask("welcome-back"),
    Command.WIPE: _wipe,
    Command.CODE: adding.code,
    Command.STATUS: adding.code,
}
#: What may be asked for by whoever adds to a case that was sent.
_ADDING: dict[Command, Callable[[FileTurn], None]] = {
    **dict.fromkeys((Command.PAUSE, Command.STOP), adding.finish),
    **dict.fromkeys((Command.DONE, Command.SEND), adding.done),
    Command.DELETE: adding.delete,
    Command.STATUS: adding.status,
    **{
        command: _ANYWHERE[command]
        for command in (
            Command.BACK,
            Command.CODE,
            Command.DANGER,
            Command.HELP,
            Command.LANGUAGE,
            Command.ORIGINAL,
            Command.START,
            Command.VERIFY,
            Command.WHO,
            Command.WIPE,
        )
    },
}
