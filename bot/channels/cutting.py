"""How a text is cut where it is longer than an app's message: at the best place, never in a letter.

Pure. How much a text weighs is the app's own: UTF-16 units, bytes. A letter is what a reader takes
for one: a base with its marks, a flag, a joined emoji. Half surrogates, which nothing can send or
seal, become replacement signs.
"""

import re
import unicodedata
from collections.abc import Callable

Weigh = Callable[[str], int]

_JOINER = "\u200d"
_HALVES = re.compile("[\ud800-\udfff]")
_MODIFIERS = re.compile(
    "[\u200c\u200d\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]+$")
#: Where a text may be cut, the best place first: a paragraph, a line, a sentence, a word.
_CUTS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？؟۔།።]+[」』”’）»]*\s*"),  # noqa: RUF001 - an Arabic point
    re.compile(r"\s+"),
)
#: Digits in groups: a case code, a phone number. Whoever copies one finds it in one piece.
_BETWEEN_DIGITS = " \u00a0-"
#: A piece is at least this part of what would fit, unless there is no later place to cut.
_LEAST = 4


def whole(text: str) -> str:
    """Return a text that can be encoded: pairs of half surrogates joined, single ones replaced."""
    if _HALVES.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def pieces(text: str, limit: int, weigh: Weigh) -> list[str]:
    """Cut a text into pieces that weigh at most `limit`; joined they are the text again."""
    found = []
    while weigh(text) > limit:
        cut = _cut(text, _fitting(text, limit, weigh))
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def _cut(text: str, end: int) -> int:
    """Return the best place to cut before `end`."""
    for pattern in _CUTS:
        places = [match.end() for match in pattern.finditer(text, 0, end)]
        for place in reversed(places):
            if place * _LEAST < end:
                break
            if not _inside(text, place) and not _in_digits(text, place):
                return place
    place = end
    while place > 1 and (_inside(text, place) or _in_digits(text, place)):
        place -= 1
    return place if place > 1 else end  # a letter longer than a message


def _fitting(text: str, limit: int, weigh: Weigh) -> int:
    """Return how many signs of a text fit; at least one."""
    used = 0
    for at, sign in enumerate(text):
        used += weigh(sign)
        if used > limit:
            return max(at, 1)
    return len(text)


def _in_digits(text: str, at: int) -> bool:
    """Tell whether a cut at this place would go between groups of digits."""
    before = text[max(at - 2, 0) : at].rstrip(_BETWEEN_DIGITS)
    after = text[at : at + 2].lstrip(_BETWEEN_DIGITS)
    return before[-1:].isdecimal() and after[:1].isdecimal()


def _inside(text: str, at: int) -> bool:
    """Tell whether a cut at this place would go through a letter."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or _MODIFIERS.match(after):
        return True
    if before == _JOINER or before + after == "\r\n":
        return True
    flag = _FLAG.search(text, 0, at) if _FLAG.match(after) else None
    return flag is not None and len(flag[0]) % 2 == 1
