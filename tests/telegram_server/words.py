"""What Telegram does to words: what it takes out, how it counts, which commands it marks.

The cleaning is `clean_input_string` of tdlib (td/telegram/misc.cpp, read 2026-11): control
characters and tabs become spaces, carriage returns, line and paragraph separators and the
embedding and override marks U+202A..U+202E go, as do three combining lines; isolates stay.
"""

import re
from typing import Any

_SPACES = dict.fromkeys([*range(10), 11, 12, *range(14, 32)], " ")
_NOTHING = dict.fromkeys([0x0D, *range(0x2028, 0x202F), 0x0333, 0x033F, 0x030A])
_CLEANED = _SPACES | _NOTHING
_MARKS = re.compile("[\u200e\u200f]{2,}")
_EMPTY = re.compile("[\\s\u200b-\u200f\u2060\ufeff\u2800\u3164]*")
# td/telegram/MessageEntity.cpp, `match_bot_commands`
_COMMAND = re.compile(r"(?<![\w/<>])/([A-Za-z0-9_]{1,64})(@[A-Za-z0-9_]{3,32})?(?![\w/<>])")


def cleaned(text: str) -> str:
    """Return a text as Telegram keeps it, without white space around it."""
    text = text.translate(_CLEANED)
    text = _MARKS.sub(lambda found: "\u200c" * (len(found[0]) - 1) + found[0][-1], text)
    return "" if _EMPTY.fullmatch(text) else text.strip(" \n")


def units(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts offsets and limits."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def commands_in(text: str) -> list[dict[str, Any]]:
    """Return the entities that mark bot commands in a text."""
    if "/" not in text:
        return []
    return [
        {"type": "bot_command", "offset": units(text[: at.start()]), "length": units(at[0])}
        for at in _COMMAND.finditer(text)
    ]
