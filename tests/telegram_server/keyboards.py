"""Keyboards under a message: what Telegram takes, and what a person sees of them."""

from typing import Any

from tests.telegram_server.refusals import Refused, bad

Wire = dict[str, Any]
MOST_DATA = 64  # bytes of UTF-8
MOST_BUTTONS = 100
_TYPES = frozenset(
    {
        "callback_data",
        "callback_game",
        "copy_text",
        "login_url",
        "pay",
        "switch_inline_query",
        "switch_inline_query_chosen_chat",
        "switch_inline_query_current_chat",
        "url",
        "web_app",
    }
)
_OTHERS = frozenset({"keyboard", "remove_keyboard", "force_reply"})


def inline(markup: Wire | None) -> Wire | None:
    """Check an inline keyboard; return it as it is on the wire, or None for no buttons.

    Raises:
        Refused: it is one that Telegram does not take.
    """
    if not markup or "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def other(markup: Wire | None) -> Wire | None:
    """Return a keyboard that is not part of the message: it stands below the chat."""
    return markup if markup and _OTHERS & markup.keys() else None


def _button(button: Any) -> Wire:  # noqa: ANN401 - whatever the bot sent
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad('can\'t parse inline keyboard button: field "text" must be non-empty')
    kinds = [key for key in button if key in _TYPES]
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: text buttons are unallowed")
    if kinds == ["callback_data"] and (refusal := _refused(button["callback_data"])):
        raise refusal
    return button


def _refused(data: Any) -> Refused | None:  # noqa: ANN401 - whatever the bot sent
    right = isinstance(data, str) and 1 <= len(data.encode()) <= MOST_DATA
    return None if right else bad("BUTTON_DATA_INVALID")


def seen(markup: Wire | None) -> list[list[Wire]]:
    """Return the buttons as rows of {"text", "data"}, or "url" and the like for other kinds."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [[_seen(button) for button in row] for row in rows]


def _seen(button: Wire) -> Wire:
    rest = {key: value for key, value in button.items() if key not in {"text", "callback_data"}}
    data = {"data": button["callback_data"]} if "callback_data" in button else {}
    return {"text": button["text"], **data, **rest}
