"""How Telegram counts and cuts a text: in UTF-16 units, never through a letter. Pure."""

import unicodedata

from bot.channels import cutting
from bot.channels.cutting import whole

__all__ = ["LIMIT", "columns", "pieces", "units", "whole"]

#: Units in one message (Bot API, sendMessage).
LIMIT = 4_096


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def columns(text: str) -> int:
    """Return how wide a text is, in columns: two for a wide sign, none for a mark."""
    return sum(
        0
        if unicodedata.category(sign) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(sign) in {"W", "F"}
        else 1
        for sign in text
    )


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """Cut a text into pieces of at most `limit` units; joined they are the text again."""
    return cutting.pieces(text, limit, units)
