"""How a message looks in Telegram: pieces of text, and rows of buttons under the last one. Pure.

At most two buttons stand in a row, and each row is mirrored where people read from right to left:
Telegram itself has no direction for keyboards. What a button carries back is `REVISION.PICK`, the
revision in hex, ASCII, within the 64 bytes that Telegram takes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.channels.telegram.units import columns, pieces, whole
from bot.ports import Message, Option
from bot.texts.languages import LANGUAGES

#: Bytes that a button may carry (Bot API, InlineKeyboardButton.callback_data).
MOST_DATA = 64
#: Columns of a label beside which a second one fits on a small telephone.
SHORT = 16
#: Columns of a label that a telephone shows whole; the rest of a longer one is cut off there.
LONGEST = 36
_DATA = re.compile(r"([0-9a-f]{1,16})\.([!-~]+)")


@dataclass(frozen=True, slots=True)
class Button:
    """One button: what stands on it, and what comes back when it is pressed."""

    label: str = field(repr=False)
    data: str = field(repr=False)


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Laid:
    """A message as Telegram takes it; no pieces: there is nothing to send."""

    pieces: tuple[str, ...] = field(repr=False)
    rows: Rows = field(default=(), repr=False)


def lay_out(message: Message, said_first: str = "") -> Laid:
    """Return pieces of at most 4096 UTF-16 units, and the rows of buttons."""
    below = _choices(message.options) if message.options else message.how
    parts = [said_first, message.text, below]
    text = whole("\n".join(part for part in parts if part))
    cut = tuple(piece for piece in pieces(text) if piece.strip())
    return Laid(pieces=cut, rows=rows(message) if cut else ())


def rows(message: Message) -> Rows:
    """Return the buttons of a message: choices first, then what may be done beside answering."""
    known = LANGUAGES.get(message.language)
    step = -1 if known is not None and known.direction == "rtl" else 1
    options = [_button(option, message.revision) for option in message.options]
    actions = [_button(action, message.revision) for action in message.actions]
    found = [*_paired(options), *(tuple(actions[n : n + 2]) for n in range(0, len(actions), 2))]
    return tuple(row[::step] for row in found)


def press(data: object) -> tuple[int, str]:
    """Return revision and pick of what a button carried; (-1, "") when it is none of ours."""
    found = _DATA.fullmatch(data) if isinstance(data, str) else None
    return (-1, "") if found is None else (int(found[1], 16), found[2])


def _choices(options: Sequence[Option]) -> str:
    """Return the choices as lines of text, by their numbers, where a button would cut one off."""
    if not any(2 * len(one.label) > LONGEST and columns(one.label) > LONGEST for one in options):
        return ""
    return "\n".join(f"{one.number}. {' '.join(one.label.split())}" for one in options)


def _paired(buttons: Sequence[Button]) -> Iterator[tuple[Button, ...]]:
    """Put two short labels beside each other, and every other one on a row of its own."""
    waiting: tuple[Button, ...] = ()
    for button in buttons:
        if columns(button.label) > SHORT:
            if waiting:
                yield waiting
            waiting = ()
            yield (button,)
        elif waiting:
            yield (*waiting, button)
            waiting = ()
        else:
            waiting = (button,)
    if waiting:
        yield waiting


def _button(option: Option, revision: int) -> Button:
    label = whole(option.label).strip() or "·"
    data = f"{max(revision, 0):x}.{option.pick}".encode("ascii", "replace")[:MOST_DATA]
    return Button(f"☑ {label}" if option.ticked else label, data.decode("ascii"))
