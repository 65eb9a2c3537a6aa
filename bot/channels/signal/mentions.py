"""Mentions in a text: their sign becomes the name. Pure.

Signal puts U+FFFC where somebody is mentioned, and tells beside the text who that is, counted in
UTF-16 units. Some versions of signal-cli leave the list out (AsamK/signal-cli#1980): the sign alone
then stands for somebody. A name that is a phone number is not taken up.
"""

import re
from collections.abc import Iterator, Mapping

from bot.channels.cutting import whole

SIGN = "\ufffc"
#: Somebody whose name we do not know, or do not want to.
SOMEBODY = "@…"
_MOST = 64
_NUMBER = re.compile(r"\+?[\d\s().-]*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def named(text: str, mentions: object) -> str:
    """Return a text in which those who are mentioned are named."""
    if SIGN not in text:
        return text
    units = text.encode("utf-16-le")
    made, at = b"", 0
    for start, length, name in sorted(_read(mentions)):
        begin, end = 2 * start, 2 * (start + length)
        if begin < at or SIGN not in units[begin:end].decode("utf-16-le", "replace"):
            continue
        made += units[at:begin] + name.encode("utf-16-le")
        at = end
    made += units[at:]
    return whole(made.decode("utf-16-le", "replace")).replace(SIGN, SOMEBODY)


def _read(mentions: object) -> Iterator[tuple[int, int, str]]:
    """Yield start, length and name of mentions as the bridge tells them."""
    for one in mentions if isinstance(mentions, list) else ():
        if isinstance(one, Mapping):
            start, length = one.get("start"), one.get("length")
            if isinstance(start, int) and isinstance(length, int) and start >= 0 < length:
                yield start, length, _name(one.get("name"))


def _name(name: object) -> str:
    words = " ".join(whole(name).split())[:_MOST] if isinstance(name, str) else ""
    return SOMEBODY if _NUMBER.fullmatch(words) or _UUID.fullmatch(words) else f"@{words}"
