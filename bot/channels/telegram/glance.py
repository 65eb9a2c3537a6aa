"""What is read of an update before it is decoded, so that what is let go costs nothing. Pure.

Rules of this file: only what plainly is one thing from a private chat is read here: words, what
holds neither words nor a file, an edit of words, a button. Commands, files and whatever is not as
it should be are left to `decode`. What is read is what `decode` would make of it; nobody is
answered by it, it only says whose it is and what may be forgotten. Nothing here raises.
"""

from collections.abc import Mapping
from typing import Any

from bot.channels.telegram.decode import NAME, SERVICE, WORDLESS, Decoded
from bot.channels.telegram.layout import press
from bot.channels.telegram.media import FILES
from bot.engine.events import Chose, Edited, Event, Said, Unsupported
from bot.ports import Incoming

#: How commands begin: whoever is told to wait may still stop everything.
_SLASHES = ("/", "\uff0f")
#: With these a message is more than its words.
_MORE = frozenset({*SERVICE, *FILES, "caption"})
_PRIVATE = "private"


def glance(update: Any, number: int) -> Decoded | None:  # noqa: ANN401 - JSON
    """Return what an update is as far as one look tells; None: it must be decoded."""
    if not isinstance(update, Mapping):
        return None
    message, edited = update.get("message"), update.get("edited_message")
    query = update.get("callback_query")
    match [one for one in (message, edited, query) if one is not None]:
        case [Mapping() as body] if body is message:
            return _written(body, number, _event(body))
        case [Mapping() as body] if body is edited:
            text = body.get("text")
            return _written(body, number, Edited(text=text) if isinstance(text, str) else None)
        case [Mapping() as body]:
            return _pressed(body, number)
        case _:
            return None


def _event(body: Mapping[str, Any]) -> Event | None:
    text = body.get("text")
    if text is None:
        return None if WORDLESS.isdisjoint(body) else Unsupported()
    if not isinstance(text, str) or text.lstrip().startswith(_SLASHES):
        return None
    return Said(text=text)


def _written(body: Mapping[str, Any], number: int, event: Event | None) -> Decoded | None:
    chat, id_ = _chat(body), body.get("message_id")
    date = body.get("edit_date") or body.get("date")
    if event is None or not chat or type(id_) is not int or not _MORE.isdisjoint(body):
        return None
    if type(date) is not int:
        return None
    seen = Incoming(
        channel=NAME, peer=chat, event_id=str(number), event=event, message=str(id_), sent=date
    )
    return Decoded(incomings=(seen,))


def _pressed(query: Mapping[str, Any], number: int) -> Decoded | None:
    message, id_ = query.get("message"), query.get("id")
    chat = _chat(message) if isinstance(message, Mapping) else ""
    if not chat or not isinstance(id_, str):
        return None
    revision, pick = press(query.get("data"))
    event = Chose(revision=revision, pick=pick)
    seen = Incoming(channel=NAME, peer=chat, event_id=str(number), event=event)
    return Decoded(incomings=(seen,), callback=id_)


def _chat(message: Mapping[str, Any]) -> str:
    """Return the id of a chat of two, "" for any other."""
    chat = message.get("chat")
    if not isinstance(chat, Mapping) or chat.get("type") != _PRIVATE:
        return ""
    return str(chat["id"]) if type(chat.get("id")) is int else ""
