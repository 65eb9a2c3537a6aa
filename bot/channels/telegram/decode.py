"""What one update of Telegram's is: decoded, never interpreted, and nothing is sent from here.

Only private chats are taken. An update that cannot be read still counts as something its person
sent, so that they are asked again. A file and its caption are two things that were sent, each with
an event id of its own, made of the update's number. Nothing here raises.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update

from bot.channels.telegram.layout import press
from bot.channels.telegram.media import FILES, held
from bot.channels.telegram.units import whole
from bot.engine.events import Began, Chose, Edited, Event, Said, Sent, Unsupported
from bot.ports import TELEGRAM, Incoming, Media

NAME = TELEGRAM
#: What Telegram is asked for. Business updates are other people's chats: they are never listed.
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
#: Said by Telegram about the chat itself; there is nothing in them to answer.
SERVICE = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "connected_website",
        "chat_background_set",
        "boost_added",
        "giveaway_created",
        "giveaway_completed",
        "proximity_alert_triggered",
        "paid_message_price_changed",
        "direct_message_price_changed",
        "managed_bot_created",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
    }
)
#: What the line does not take, and what is no loss when it leaves the chat.
WORDLESS = frozenset({"location", "venue", "contact", "poll", "sticker", "dice", "story", "game"})
#: Messages with these stay: a file may be the only copy, and a caption stays with it.
_KEPT = frozenset({*FILES, "text", "caption"})
_MOST = 1 << 63  # no number of Telegram's is as high
_START = re.compile(r"/start(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_NAMED = re.compile(r"(/[^\s@]+)@(\S+)")
_HINT = re.compile(r"[A-Za-z0-9_-]{2,35}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What is to be done about an update; all may be empty. Peers and chats are ids as text.

    `incomings` are one person's, in order: the update is safe when all of them are.
    """

    incomings: tuple[Incoming, ...] = ()
    callback: str = field(default="", repr=False)  # the press that waits for an answer
    refuse: str = field(default="", repr=False)  # a chat of more than two: say so, and leave
    blocked: str = field(default="", repr=False)  # the peer who wants to hear nothing any more
    unblocked: str = field(default="", repr=False)


NOTHING = Decoded()


def number_of(update: Any) -> int | None:  # noqa: ANN401 - JSON
    """Return an update's own number, None where it has none."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if type(number) is int and 0 <= number < _MOST else None


def decode(update: Any, own: str = "") -> Decoded:  # noqa: ANN401 - JSON
    """Return what an update is; `own` is the bot's name, which may follow a command (`/help@own`).

    Args:
        update: the update as JSON was read.
        own: the user name, without its sign; empty while it is not known.
    """
    number = number_of(update)
    if number is None:
        return NOTHING
    try:
        if not SERVICE.isdisjoint(update.get("message") or ()):
            return NOTHING
        return _decode(Update.de_json(update, None), str(number), own)
    except Exception:  # noqa: BLE001 - whatever came, the person is asked again
        return _unreadable(update, str(number))


def _decode(update: Update, number: str, own: str) -> Decoded:
    if update.message is not None:
        return _in_private(update.message.chat, *_message(update.message, number, own))
    if update.edited_message is not None:
        return _in_private(update.edited_message.chat, *_edited(update.edited_message, number))
    if update.callback_query is not None:
        return _pressed(update.callback_query, number)
    if update.my_chat_member is not None:
        return _standing(update.my_chat_member)
    return NOTHING


def _in_private(chat: Chat, *incomings: Incoming, callback: str = "") -> Decoded:
    """Take what came only from a chat of two; a channel's own posts are not even asked for."""
    if chat.type == Chat.PRIVATE:
        return Decoded(incomings=incomings, callback=callback)
    return Decoded(refuse=str(chat.id), callback=callback)


def _message(message: Message, number: str, own: str) -> tuple[Incoming, ...]:
    if message.text is None and (media := held(message)):
        return _with_files(message, number, own, media)
    said = None if message.text is None else _said(whole(message.text), own)
    event = said or Unsupported()  # also what Telegram will have invented since
    # Of what Telegram will have invented since, nobody knows whether it holds the only copy.
    unknown = isinstance(event, Unsupported)
    may_leave = not unknown or any(getattr(message, kind) for kind in WORDLESS)
    return (_incoming(message, number, event, str(message.message_id) if may_leave else ""),)


def _with_files(
    message: Message, number: str, own: str, media: Sequence[Media]
) -> tuple[Incoming, ...]:
    """Return what files were sent, then what was said of them; each item of an album is alone."""
    numbers = [number, *(f"{number}:{also}" for also in range(2, len(media) + 1))]
    sent = tuple(
        replace(_incoming(message, id_, Sent(voice=file.kind == "voice"), ""), media=file)
        for id_, file in zip(numbers, media, strict=True)
    )
    caption = whole(message.caption or "")
    if not caption.strip():
        return sent
    return (*sent, _incoming(message, f"{number}:caption", _said(caption, own), ""))


def _said(text: str, own: str) -> Said | Began:
    if not text.startswith("/"):
        return Said(text=text)
    named = _NAMED.match(text)
    if own and named is not None and named[2].casefold() == own.casefold():
        text = named[1] + text[named.end() :]
    start = _START.fullmatch(text)
    return Said(text=text) if start is None else Began(payload=start[1] or "")


def _edited(message: Message, number: str) -> tuple[Incoming, ...]:
    """Return an edit of words, or of a file; a live location is edited all the time."""
    text = message.text if message.text is not None else message.caption
    if text is None and not held(message):
        return ()
    kept = "" if message.text is None else str(message.message_id)
    return (_incoming(message, number, Edited(text=whole(text or "")), kept),)


def _pressed(query: CallbackQuery, number: str) -> Decoded:
    if query.message is None:
        return Decoded(callback=query.id)
    revision, pick = press(query.data)
    incoming = Incoming(
        channel=NAME,
        peer=str(query.message.chat.id),
        event_id=number,
        event=Chose(revision=revision, pick=pick),
        hint=_hint(query.from_user.language_code),
        message=str(query.message.message_id),
    )
    return _in_private(query.message.chat, incoming, callback=query.id)


def _standing(change: ChatMemberUpdated) -> Decoded:
    """Tell who blocked or unblocked the line, and into which group it was taken."""
    chat, status = str(change.chat.id), change.new_chat_member.status
    gone = status in {ChatMember.BANNED, ChatMember.LEFT}
    if change.chat.type != Chat.PRIVATE:
        return NOTHING if gone else Decoded(refuse=chat)
    return Decoded(blocked=chat) if gone else Decoded(unblocked=chat)


def _incoming(message: Message, number: str, event: Event, kept: str) -> Incoming:
    person = message.from_user
    return Incoming(
        channel=NAME,
        peer=str(message.chat.id),
        event_id=number,
        event=event,
        hint=_hint(None if person is None else person.language_code),
        message=kept,
        sent=int((message.edit_date or message.date).timestamp()),
    )


def _hint(code: str | None) -> str:
    return code if code and _HINT.fullmatch(code) else ""


def _unreadable(update: Any, number: str) -> Decoded:  # noqa: ANN401 - JSON
    """Take an update that the library cannot read as something nobody can: the person is asked."""
    for kind in ("message", "edited_message", "callback_query"):
        body = update.get(kind)
        if not isinstance(body, Mapping):
            continue
        callback = body.get("id") if kind == "callback_query" else ""
        held = body.get("message") if callback else body
        chat = held.get("chat") if isinstance(held, Mapping) else None
        peer = chat.get("id") if isinstance(chat, Mapping) and chat.get("type") == "private" else 0
        asked = Incoming(
            channel=NAME,
            peer=str(peer),
            event_id=number,
            event=Unsupported(),
            message="" if callback else _removable(body),
        )
        return Decoded(
            incomings=(asked,) if type(peer) is int and peer else (),
            callback=callback if isinstance(callback, str) else "",
        )
    return NOTHING


def _removable(body: Mapping[str, Any]) -> str:
    """Return the id of an unreadable message that holds neither words nor a file."""
    number = body.get("message_id")
    wordless = _KEPT.isdisjoint(body) and not WORDLESS.isdisjoint(body)
    return str(number) if type(number) is int and wordless else ""
