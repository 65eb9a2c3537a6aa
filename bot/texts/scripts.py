"""What the scripts of the world ask of a line of text: direction, isolation, Han letters.

Pure functions over strings, with no locale data. How typed words are compared is the engine's
(`bot.engine.answers.normalise` and `digits`); this file is about what is shown.
"""

import re
import unicodedata

FSI, LRI, PDI, RLM = "\u2068", "\u2066", "\u2069", "\u200f"

_MARKS = "\u061c\u200e\u200f"
_EMBEDDINGS = "\u202a-\u202e"
_ISOLATES = "\u2066-\u2069"
_BIDI = re.compile(f"[{_MARKS}{_EMBEDDINGS}{_ISOLATES}]")
_TURNING = re.compile(f"[{_EMBEDDINGS}]")
_COMMAND = re.compile(r"/[a-z]{2,12}\b")
_ISOLATE = re.compile(f"[{_ISOLATES}]")
#: Han letters, their radicals and compatibility forms (Unicode Blocks.txt).
_HAN = re.compile(
    "[\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
)


def strip_isolates(text: str) -> str:
    """Take every bidi control out: people copy case codes with the isolates around them."""
    return text if text.isascii() else _BIDI.sub("", text)


def contained(value: str) -> str:
    """Keep a value from turning the text around it: it may not close the isolate it stands in."""
    if value.isascii():
        return value
    value = _TURNING.sub("", value)
    depth = 0
    for mark in _ISOLATE.findall(value):
        depth += -1 if mark == PDI else 1
        if depth < 0:
            break
    return value if depth == 0 else _ISOLATE.sub("", value)


def begin_rtl(text: str) -> str:
    """Start each line with U+200F unless it starts with a letter that is written right to left.

    Telegram and Signal take a line's direction from its first strong letter, and not every
    client skips isolates; a mark before a digit or a quote is harmless.
    """
    return "\n".join(
        line if not line.strip() or _starts_rtl(line) else RLM + line for line in text.split("\n")
    )


def isolate_commands(text: str) -> str:
    """Put each `/command` into an isolate: in a line from right to left its slash would jump."""
    return _COMMAND.sub(f"{LRI}\\g<0>{PDI}", text)


def _starts_rtl(line: str) -> bool:
    return unicodedata.bidirectional(line.lstrip()[0]) in {"R", "AL"}


def has_han(text: str) -> bool:
    """Tell whether a Chinese letter is in the text."""
    return _HAN.search(text) is not None


def bidi_marks(text: str) -> str:
    """Return the bidi controls of a text that are not isolates: no text needs them."""
    return "".join(mark for mark in _BIDI.findall(text) if not _ISOLATE.match(mark))


def isolates_close(text: str) -> bool:
    """Tell whether every isolate of a text is closed, and none closed that was not opened."""
    return contained(text) == _TURNING.sub("", text)
