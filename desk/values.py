"""Values of the engine as an entry holds them, and back; a long text in parts.

Rules of this file: pure; nothing is read or judged here. A file is no value of the engine's.
"""

from bot.engine.answers import MOST_CHARACTERS
from bot.engine.events import Shape
from bot.engine.events import Value as Given
from storage.entry import Codes, Day, Number, Value, Words

BETWEEN = "\n\n"


def value_of(given: Given) -> Value:
    """Return a value of the engine's as an entry holds it."""
    match given.shape:
        case Shape.WORDS:
            return Words(words=given.items[0])
        case Shape.CODES:
            return Codes(codes=given.items)
        case Shape.NUMBER:
            return Number(number=int(given.items[0]))
        case Shape.DATE:
            return Day(day=given.items[0])


def given_of(value: Value) -> Given | None:
    """Return a value of an entry as the engine's rules see it; nothing for a file."""
    match value:
        case Words():
            return Given(shape=Shape.WORDS, items=(value.words,))
        case Codes():
            return Given(shape=Shape.CODES, items=value.codes)
        case Number():
            return Given(shape=Shape.NUMBER, items=(str(value.number),))
        case Day():
            return Given(shape=Shape.DATE, items=(value.day,))
        case _:
            return None


def cut(text: str) -> list[str]:
    """Cut a text that is too long for one part at its empty lines, into few pieces."""
    if len(text) <= MOST_CHARACTERS:
        return [text]
    pieces: list[str] = []
    for paragraph in text.split(BETWEEN):
        joined = f"{pieces[-1]}{BETWEEN}{paragraph}" if pieces else ""
        if joined and len(joined) <= MOST_CHARACTERS:
            pieces[-1] = joined
        else:
            pieces.append(paragraph)
    return [piece for piece in pieces if piece.strip()]
