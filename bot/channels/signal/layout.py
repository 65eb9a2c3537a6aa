"""How a message looks in Signal: text alone, choices as a numbered list, actions as words. Pure.

Official apps drop what is longer than 2,000 bytes without a word, so no piece is longer than 1,800.
Each piece runs in its own direction and closes the isolates that it opens. What stands in a list
may be answered by its number or its words, and an action by its words, which the line knows.
"""

import unicodedata

from bot.channels.cutting import pieces, whole
from bot.ports import Message, Option
from bot.texts.languages import LANGUAGES
from bot.texts.scripts import FSI, PDI, begin_rtl, strip_isolates

#: Bytes of one body.
MOST = 1_800
#: Bytes of it that are kept for what a cut adds: a mark of direction, isolates closed and opened.
_ADDED = 51
_DEEPEST = 8
_OPENING = frozenset("\u2066\u2067\u2068")
_BETWEEN = " · "


def lay_out(message: Message, said_first: str = "") -> tuple[str, ...]:
    """Return bodies of at most 1,800 bytes of UTF-8; none when there is nothing to say."""
    known = LANGUAGES.get(message.language)
    turned = known is not None and known.direction == "rtl"
    parts = [said_first, message.text, _choices(message.options, turned=turned), _how(message)]
    text = whole("\n\n".join(part for part in parts if part.strip()))
    if turned:
        text = begin_rtl(text)
    cut = [piece.strip() for piece in pieces(text, MOST - _ADDED, size)]
    bodies = _closed([piece for piece in cut if strip_isolates(piece).strip()])
    return tuple(begin_rtl(body) if turned else body for body in bodies)


def size(text: str) -> int:
    """Return how many bytes a text has."""
    return len(text.encode())


def _choices(options: tuple[Option, ...], *, turned: bool) -> str:
    return "\n".join(_choice(option, turned=turned) for option in options)


def _choice(option: Option, *, turned: bool) -> str:
    """Return one line: the number, and a label that does not turn it around."""
    label = " ".join(option.label.split())
    if _runs_left(label) is not turned:
        label = f"{FSI}{label}{PDI}"
    return f"{option.number}. {'☑ ' if option.ticked else ''}{label}"


def _runs_left(label: str) -> bool:
    """Tell whether there are letters in it that are written from right to left."""
    return any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in label)


def _how(message: Message) -> str:
    """Return two lines: how to answer, and what may be written instead."""
    words = _BETWEEN.join(" ".join(action.label.split()) for action in message.actions)
    return "\n".join(line for line in (message.how, words) if line.strip())


def _closed(cut: list[str]) -> list[str]:
    """Return pieces whose isolates are closed where they end, and open again in the next one."""
    made, open_ = [], ""
    for piece in cut:
        begun = open_ + piece
        open_ = _left_open(begun)
        if len(open_) > _DEEPEST:  # nobody writes so; what turns so often is better plain
            return [strip_isolates(one) for one in cut]
        made.append(begun + PDI * len(open_))
    return made


def _left_open(text: str) -> str:
    """Return the isolates that are open at the end: of its last line, since a line ends all."""
    stack: list[str] = []
    for sign in text.rpartition("\n")[2]:
        if sign in _OPENING:
            stack.append(sign)
        elif sign == PDI and stack:
            stack.pop()
    return "".join(stack)
