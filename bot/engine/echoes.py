"""What is said once more, and came after the answer it repeats: an echo. Pure.

Who is told that a message may be missing says it again. Was it on its way all the time, then the
next question is open by now, and "1" must not be an answer to that one. Whoever calls knows that a
message was written before the open question could be read; here is decided whether it may be taken
all the same. Words are: nobody's words are thrown away. What is a choice, a number, or a step
onwards is not. What was said and taken already, word for word, is not taken twice.
"""

import re

from bot.engine import answers
from bot.engine.events import Said
from bot.engine.model import OPEN, Command, Form
from bot.engine.state import Mode
from bot.engine.turn import Turn

#: Commands that mean the question that is open. What else a person may ask for is always done.
_STEPS = frozenset(
    {Command.SKIP, Command.DONE, Command.SEND, Command.BACK, Command.YES, Command.NO}
)
#: Where a message is no answer: nothing is lost when it is taken as it always is.
_ELSEWHERE = frozenset({Mode.PAUSED, Mode.OVER})
_NUMBERS = re.compile(r"[\d\s,،、;；/+&.]+")


def is_echo(turn: Turn, said: Said) -> bool:
    """Tell whether a message is older than the open question, and no answer to it."""
    if not (said.early or said.again) or turn.state.mode in _ELSEWHERE:
        return False
    found = answers.command(turn.form, said.text)
    if found is not None:
        return found[0] in _STEPS
    return said.again or not _takes_words(turn) or _is_choice(turn.form, said.text)


def _takes_words(turn: Turn) -> bool:
    """Tell whether words are asked for, or come after words that are doubted."""
    if turn.state.mode in {Mode.ADDING, Mode.DOUBT}:
        return True
    question = turn.question
    return turn.state.mode is Mode.ASKING and question is not None and question.kind in OPEN


def _is_choice(form: Form, text: str) -> bool:
    word = answers.normalise(text)
    return bool(_NUMBERS.fullmatch(word)) or any(word in known for known in form.words.values())
