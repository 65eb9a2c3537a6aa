"""What words and buttons mean in each mode.

    mode       words and buttons                          leads to
    LANGUAGE   a language by name, tag, number            ASKING (or back where it was)
    ASKING     an answer; skip, back, change, send, ...   ASKING, DOUBT, REVIEW, PAUSED, OVER
    DOUBT      keep it; write it again; more words        ASKING
    REVIEW     send, change, stop, back                   OVER, CHANGING, ASKING
    CHANGING   one of the answered questions              ASKING
    STOPPING   yes, no                                    OVER, or back where it was
    PAUSED     anything                                   back where it was (wipe: PAUSED)
    ADDING     words; done, stop, help, verify, wipe      ADDING, OVER
               done, after a case code, the first time    CONTACT
               delete, after a case code                  DELETING
    CONTACT    yes, no; words, which are added            OVER, ADDING
    DELETING   yes, no                                    OVER, ADDING
    OVER       stop, verify, code, wipe                   OVER
               anything else                              LANGUAGE (a new conversation)

Where a choice is asked for, an answer comes before a command; where words are asked for, a message
that is a command as a whole is the command.
"""

from collections.abc import Callable, Mapping

from bot.engine import adding, answers
from bot.engine.answers import Miss, is_more
from bot.engine.commands import STOPS, is_kept, obey, obeyed
from bot.engine.events import Effect, Say, Shape, Tell, Value, Wipe
from bot.engine.filing import FileTurn
from bot.engine.model import OPEN, Command, Kind
from bot.engine.state import Mode

#: Words that are commands only with a slash or by button where an open text is asked for.
_ALSO_WORDS = frozenset({Command.YES, Command.NO, Command.START, Command.MORE})
#: What is answered in a pause too, and beside the last question before everything is deleted.
_ANSWERED = frozenset(
    {
        Command.HELP,
        Command.VERIFY,
        Command.WHO,
        Command.DANGER,
        Command.LANGUAGE,
        Command.CODE,
        Command.STATUS,
    }
)
#: What is said to a call for help that is kept as well.
_HELP: Mapping[Command, tuple[Effect, ...]] = {
    Command.HELP: (Say(id="help"),),
    Command.DANGER: (Say(id="danger"), Tell(name="", part="lines")),
}
_REVIEW = {"1": Command.SEND, "2": Command.CHANGE, "3": Command.STOP}


def said(turn: FileTurn, text: str) -> None:
    """Take a message."""
    if turn.state.mode is Mode.PAUSED:
        _resume(turn, answers.command(turn.form, text), spoke=True)
    else:
        _SAID[turn.state.mode](turn, text)


def chose(turn: FileTurn, pick: str) -> None:
    """Take a button of this revision."""
    if turn.state.mode is Mode.PAUSED:
        _resume(turn, (Command.WIPE, True) if pick == Command.WIPE else None, spoke=False)
    elif pick.isascii() and pick.isdecimal():
        _chose_number(turn, int(pick[:4]))
    elif pick in Command.__members__.values():
        obey(turn, Command(pick))
    else:
        turn.ask("already")


def speak(turn: FileTurn, language: str) -> None:
    """Go on in a language; one that nobody has reviewed says so, in it and in English."""
    first, unheard = not turn.state.language, turn.state.unheard
    turn.set(language=language, mode=turn.state.before, unheard=False)
    if language in turn.form.drafts:
        turn.do(Say(id="draft-language", language=language))
        if language != "en":
            turn.do(Say(id="draft-language", language="en"))
    if unheard:
        turn.do(Say(id="unheard-here" if turn.state.adds else "unheard"))
    if first and not turn.state.adds:
        turn.go_on()
    elif first:
        adding.go_on(turn)
    else:
        turn.ask()


def _resume(turn: FileTurn, found: tuple[Command, bool] | None, *, spoke: bool) -> None:
    if found is not None and found[0] is Command.WIPE:
        turn.do(Wipe())  # and no question: whoever paused may not be alone
        return
    turn.stay()
    if found is not None and found[0] in STOPS | _ANSWERED:
        obey(turn, found[0], slash=found[1])
    elif found is not None or not spoke:
        turn.ask("welcome-back")
    else:
        turn.ask("resumed")


def _said_language(turn: FileTurn, text: str) -> None:
    language = answers.language(turn.form, text)
    if language is not None:
        speak(turn, language)
    elif not obeyed(turn, text):
        turn.set(unheard=turn.state.unheard or (not turn.state.language and is_more(text)))
        turn.ask()


def _said_asking(turn: FileTurn, text: str) -> None:
    question, key = turn.question, turn.state.at
    if question is None or key is None:
        turn.go_on()
    elif question.kind in OPEN:
        _said_words(turn, text, _take_words)
    else:
        value = answers.read(turn.form, question, turn.look().offered(key), text)
        if isinstance(value, Value):
            turn.accept(value)
        elif not obeyed(turn, text):
            turn.miss(turn.look().unread(value.reason, text))


def _said_words(turn: FileTurn, text: str, take: Callable[[FileTurn, str], None]) -> None:
    """Take a message where words are asked for: one that is a command as a whole is the command."""
    found = answers.command(turn.form, text)
    if found is None and _is_slip(text):
        turn.ask("no-command")
    elif found is not None and is_kept(turn, found):
        turn.do(*_HELP[found[0]])
        take(turn, text)
    elif found is None or (found[0] in _ALSO_WORDS and not found[1]):
        take(turn, text)
    else:
        obey(turn, found[0], slash=found[1])


def _take_words(turn: FileTurn, text: str) -> None:
    value: Value | Miss = Value(shape=Shape.WORDS, items=(text,))
    if not text.strip():
        value = Miss(reason="wrong-empty")
    elif len(text) > answers.MOST_CHARACTERS:
        value = Miss(reason="too-long")
    if isinstance(value, Miss):
        turn.miss(value.reason)
    else:
        turn.accept(value)


def _said_doubt(turn: FileTurn, text: str) -> None:
    found = answers.command(turn.form, text)
    word = _word(text)
    if word == "1" or (found is not None and found[0] is Command.YES):
        turn.keep_it()
    elif word == "2" or (found is not None and found[0] is Command.NO):
        turn.write_again()
    elif found is not None and found[0] not in _ALSO_WORDS:
        obey(turn, found[0], slash=found[1])
    elif _is_slip(text):
        turn.ask("no-command")
    elif turn.question is not None and turn.question.several:
        # Whoever writes fast has not seen the doubt: what was kept must not go for what comes next.
        turn.set(mode=Mode.ASKING)
        turn.do(Say(id="number-kept"))
        _take_words(turn, text)
    else:
        turn.take_back()
        _take_words(turn, text)


def _said_review(turn: FileTurn, text: str) -> None:
    word = _word(text)
    if word in _REVIEW:
        obey(turn, _REVIEW[word])
    elif not obeyed(turn, text):
        turn.miss(turn.look().unread("wrong-choice", text))


def _said_changing(turn: FileTurn, text: str) -> None:
    word = _word(text)
    if word.isdecimal():
        _change(turn, int(word[:4]) - 1)
    elif not obeyed(turn, text):
        turn.miss(turn.look().unread("wrong-choice", text))


def _change(turn: FileTurn, index: int) -> None:
    keys = turn.look().changeable()
    if 0 <= index < len(keys):
        trail = tuple(k for k in turn.state.trail if k != keys[index])
        turn.reopen(keys[index], trail)
    else:
        turn.miss("wrong-choice")


def _said_stopping(turn: FileTurn, text: str) -> None:
    found = answers.command(turn.form, text)
    if _word(text) == "1" or (found is not None and found[0] in {Command.YES, *STOPS}):
        turn.stop()
        return
    if found is not None and found[0] is Command.WIPE:
        obey(turn, found[0], slash=found[1])  # as by its button: the same is asked again
        return
    turn.stay()
    if found is not None and found[0] in _ANSWERED | {Command.WHY}:
        obey(turn, found[0], slash=found[1])
    elif found is not None or _word(text) == "2":
        turn.ask()
    else:
        turn.ask("resumed")  # whoever goes on writing is told that this was not kept


def _said_deleting(turn: FileTurn, text: str) -> None:
    found = answers.command(turn.form, text)
    turn.stay()
    if _word(text) == "1" or (found is not None and found[0] is Command.YES):
        adding.erase(turn)
    elif _word(text) == "2" or (found is not None and found[0] is Command.NO):
        turn.ask("not-deleted")
    elif found is not None:
        obey(turn, found[0], slash=found[1])
    else:
        turn.ask("not-deleted", "resumed")  # whoever goes on writing is told that it was not kept


def _said_contact(turn: FileTurn, text: str) -> None:
    found = answers.command(turn.form, text)
    if _word(text) == "1" or (found is not None and found[0] is Command.YES):
        adding.offer(turn)
    elif _word(text) == "2" or (found is not None and found[0] is Command.NO):
        adding.finish(turn)
    elif found is not None:
        obey(turn, found[0], slash=found[1])
    else:
        turn.set(mode=Mode.ADDING)  # whoever goes on writing was not done, and nothing is lost
        _said_adding(turn, text)


def _said_adding(turn: FileTurn, text: str) -> None:
    _said_words(turn, text, adding.add)


def _is_slip(text: str) -> bool:
    """Say whether a message is one word with a slash that no command has: a slip, not an answer."""
    return text.strip().startswith("/") and " " not in text.strip()


def _word(text: str) -> str:
    return answers.digits(answers.normalise(text))


_SAID: dict[Mode, Callable[[FileTurn, str], None]] = {
    Mode.LANGUAGE: _said_language,
    Mode.ASKING: _said_asking,
    Mode.DOUBT: _said_doubt,
    Mode.REVIEW: _said_review,
    Mode.CHANGING: _said_changing,
    Mode.STOPPING: _said_stopping,
    Mode.DELETING: _said_deleting,
    Mode.ADDING: _said_adding,
    Mode.CONTACT: _said_contact,
}


def _chose_number(turn: FileTurn, index: int) -> None:
    mode = turn.state.mode
    if mode is Mode.CHANGING:
        _change(turn, index)
    elif mode is Mode.LANGUAGE and index < len(turn.form.languages):
        speak(turn, turn.form.languages[index])
    elif mode in {Mode.DOUBT, Mode.REVIEW, Mode.STOPPING, Mode.DELETING, Mode.CONTACT}:
        _SAID[mode](turn, str(index + 1))
    elif mode is Mode.ASKING and turn.state.at is not None:
        _chose_answer(turn, index)
    else:
        turn.ask("already")


def _chose_answer(turn: FileTurn, index: int) -> None:
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
