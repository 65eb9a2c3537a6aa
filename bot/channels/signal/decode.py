"""What one notification of the bridge's is: decoded, never interpreted; nothing is sent from here.

A notification is what a websocket's frame, an element of a poll's array or a webhook's body holds.
People are their `sourceUuid`: numbers are null since they are private. Nothing here raises, and
whoever sent something that cannot be read is asked again.

In a group, everybody there would read along: nothing is taken from one, and nothing is said there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.channels.cutting import whole
from bot.channels.signal.attachments import LONG, FileSent, files_of, ids_in
from bot.channels.signal.mentions import named
from bot.engine.events import Deleted, Edited, Event, Said, Sent, Unsupported
from bot.ports import SIGNAL, Incoming

NAME = SIGNAL
#: What a person sends that the line does not take.
NOT_TAKEN = ("sticker", "contacts", "payment", "pollCreate", "pollVote", "giftBadge")
#: Failures of signal-cli's that lose nothing: what came twice, what we sent ourselves.
_NO_LOSS = re.compile(r"Duplicate|SelfSend")
_CHANGED_KEY = re.compile(r"UntrustedIdentity")
_UUID = re.compile(r"(PNI:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\+[0-9]{5,15}")
#: Milliseconds since 1970 that a message can have, far into the future.
_MOST = 1 << 53
_LONGEST_TIMER = 1 << 32

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What is to be done about a notification; all may be empty.

    `incomings` come in their order. The words of a `long` text are in a file of the bridge's, and
    take the place of those of the last of `incomings`. `leftovers` are files that nobody wants.
    """

    peer: str = field(default="", repr=False)
    incomings: tuple[Incoming, ...] = ()
    long: str = field(default="", repr=False)
    mentions: object = field(default=None, repr=False)  # of those in the long text
    leftovers: tuple[str, ...] = field(default=(), repr=False)
    timestamp: int = 0  # of what was said, for a receipt
    expires: int | None = None  # seconds after which messages disappear; None: nobody chose that
    resend: bool = False  # it came, and could not be read
    untrusted: bool = False  # because of a new key


NOTHING = Decoded()


def decode(notification: object, number: str = "") -> Decoded:
    """Return what a notification is; `number` is the line's, others' notifications are nothing.

    Args:
        notification: as JSON was read: of a websocket, a poll or a webhook (the whole JSON-RPC).
        number: the account that this line is.
    """
    try:
        return _decode(_unwrapped(notification), number)
    except Exception:  # noqa: BLE001 - whatever came, the person is asked again
        return _unreadable(_unwrapped(notification), number)


def _unwrapped(notification: object) -> Json:
    """Return the envelope with what stands beside it, out of what JSON-RPC puts around it."""
    for wrap in ("params", "result"):
        inner = _of(notification).get(wrap)
        notification = inner if isinstance(inner, Mapping) else notification
    return _of(notification)


def _decode(told: Json, number: str) -> Decoded:
    envelope = _of(told.get("envelope"))
    peer = _peer(envelope)
    if not peer or _is_not_ours(told, envelope, peer, number):
        return NOTHING
    if told.get("exception"):
        return _lost(peer, str(_of(told["exception"]).get("type", "")))
    if edit := _of(envelope.get("editMessage")):
        return _edited(peer, envelope, edit)
    if data := _of(envelope.get("dataMessage")):
        return _data(peer, envelope, data)
    if _of(envelope.get("callMessage")).get("offerMessage"):
        return Decoded(peer=peer, incomings=(_incoming(peer, envelope, {}, Unsupported()),))
    # Receipts, typing, stories, what linked devices tell each other, and what there will be.
    return Decoded(leftovers=tuple(ids_in(envelope)))


def _data(peer: str, envelope: Json, data: Json) -> Decoded:
    """Return what a message is."""
    every = tuple(ids_in(data))
    if _is_group(data):
        return Decoded(leftovers=every)
    expires = _expires(data)
    silent = Decoded(peer=peer, leftovers=every, expires=expires)
    if data.get("isExpirationUpdate") or data.get("reaction") or data.get("isEndSession"):
        return silent
    if data.get("remoteDelete"):
        deleted = _incoming(peer, envelope, data, Deleted())
        about = _name(_of(data["remoteDelete"]).get("timestamp"))
        gone = replace(deleted, source="", about=about)
        return replace(silent, incomings=(gone,), timestamp=_timestamp(envelope, data))
    events = list(_events(data))
    if not events:
        return silent
    files = [one for one in events if isinstance(one, FileSent)]
    long = next((one.reference for one in files if one.kind == LONG), "")
    wanted = {long, *(one.reference for one in files if one.kind != LONG)}
    return Decoded(
        peer=peer,
        incomings=tuple(_numbered(peer, envelope, data, events)),
        long=long,
        mentions=data.get("mentions") if long else None,
        leftovers=tuple(one for one in every if one not in wanted),
        timestamp=_timestamp(envelope, data),
        expires=expires,
        resend=any(not one.reference for one in files),
    )


def _events(data: Json) -> Iterator["Event | FileSent"]:
    """Yield what a message of one person says: its files first, then its words."""
    files = files_of(data)
    yield from files
    captions = [one.caption for one in files if one.caption]
    text = data.get("message")
    words = named(whole(text), data.get("mentions")) if isinstance(text, str) else ""
    words = "\n".join([*([words] if words.strip() else []), *captions])
    is_long = any(one.kind == LONG for one in files)
    if words and not is_long:
        yield Said(text=words)
    if not files and (data.get("viewOnce") or any(data.get(kind) for kind in NOT_TAKEN)):
        yield Unsupported()


def _numbered(
    peer: str, envelope: Json, data: Json, events: list["Event | FileSent"]
) -> Iterator[Incoming]:
    """Yield what came in, each under an id of its own that is the same when it comes again."""
    number = 0
    for event in sorted(events, key=_is_long):
        if not isinstance(event, FileSent):
            yield _incoming(peer, envelope, data, event, ":caption" if number else "")
        elif event.kind == LONG and event.reference:
            yield _incoming(peer, envelope, data, Said(text=""), ":caption" if number else "")
            return
        elif event.reference:
            number += 1
            sent = Sent(voice=event.kind == "voice")
            mark = f":{number}" if number > 1 else ""
            yield _incoming(peer, envelope, data, sent, mark, event)


def _edited(peer: str, envelope: Json, edit: Json) -> Decoded:
    """Return an edit: its words only, since what was a file stays one."""
    data = _of(edit.get("dataMessage"))
    text = data.get("message")
    every = tuple(ids_in(data))
    if _is_group(data) or not isinstance(text, str):
        return Decoded(leftovers=every)
    edited = Edited(text=named(whole(text), data.get("mentions")))
    about = _name(edit.get("targetSentTimestamp"))
    return Decoded(
        peer=peer,
        incomings=(replace(_incoming(peer, envelope, data, edited), about=about),),
        leftovers=every,
        timestamp=_timestamp(envelope, data),
        expires=_expires(data),
    )


def _lost(peer: str, kind: str) -> Decoded:
    """Return what becomes of a message that signal-cli could not read."""
    if _NO_LOSS.search(kind):
        return NOTHING
    return Decoded(peer=peer, resend=True, untrusted=bool(_CHANGED_KEY.search(kind)))


def _unreadable(told: Json, number: str) -> Decoded:
    """Ask for something again that is not as anything should be."""
    envelope = _of(told.get("envelope"))
    peer = _peer(envelope)
    if not peer or peer == number or not (envelope.get("dataMessage") or told.get("exception")):
        return NOTHING
    return Decoded(peer=peer, resend=True)


def _incoming(
    peer: str,
    envelope: Json,
    data: Json,
    event: Event,
    mark: str = "",
    file: FileSent | None = None,
) -> Incoming:
    """Return what came in. Its message is not named: none of a person's can leave the chat."""
    timestamp = _timestamp(envelope, data)
    return Incoming(
        channel=NAME,
        peer=peer,
        event_id=f"{peer}:{timestamp}{mark}",
        event=event,
        media=None if file is None else file.media(),
        sent=timestamp / 1000,
        source=str(timestamp),
    )


def _expires(data: Json) -> int | None:
    """Return after how long messages disappear; that they never do is a choice when it is told."""
    seconds = _whole(data.get("expiresInSeconds"), _LONGEST_TIMER)
    return seconds if seconds or data.get("isExpirationUpdate") else None


def _timestamp(envelope: Json, data: Json) -> int:
    """Return a message's name beside its sender: when their app says it was sent, in ms."""
    for holder in (data, envelope):
        found = _whole(holder.get("timestamp"), _MOST)
        if found:
            return found
    raise ValueError


def _peer(envelope: Json) -> str:
    """Return who sent it: the uuid, or else, of very old bridges, the number."""
    for name in ("sourceUuid", "source", "sourceNumber"):
        found = envelope.get(name)
        if isinstance(found, str):
            if _UUID.fullmatch(found.lower()):
                return found.lower() if not found.startswith("PNI:") else f"PNI:{found[4:].lower()}"
            if _NUMBER.fullmatch(found):
                return found
    return ""


def _is_not_ours(told: Json, envelope: Json, peer: str, number: str) -> bool:
    """Tell whether it is another account's, or comes from the line itself."""
    account = told.get("account")
    other = isinstance(account, str) and account not in {"", number}
    return bool(number) and (other or number in {peer, envelope.get("sourceNumber")})


def _is_group(data: Json) -> bool:
    return any(data.get(name) for name in ("groupInfo", "groupV2", "groupCallUpdate"))


def _name(timestamp: object) -> str:
    """Return what an earlier message is called: when it was sent; "" when that is not told."""
    return str(_whole(timestamp, _MOST) or "")


def _is_long(event: "Event | FileSent") -> bool:
    return isinstance(event, FileSent) and event.kind == LONG


def _whole(number: object, most: int) -> int | None:
    return number if type(number) is int and 0 <= number < most else None


def _of(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
