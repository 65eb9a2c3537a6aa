"""Envelopes as signal-cli writes them, and what people do as parts of them; pure.

Shapes follow signal-cli's own records (src/main/java/org/asamk/signal/json, 0.14) and the official
API description of release 0.101. Lists are absent when empty; numbers are null where people keep
them private.
"""

from collections.abc import Sequence
from typing import Any

from tests.signal_server.world import ACCOUNT_UUID, Person, Wire

HIDDEN = "\ufffc"  # what stands in a text for a mention


def envelope(person: Person, timestamp: int, **message: Any) -> Wire:  # noqa: ANN401 - JSON
    """Put one message of a person into its envelope."""
    return {
        "source": person.number or person.uuid,
        "sourceNumber": person.number,
        "sourceUuid": person.uuid,
        "sourceName": person.name,
        "sourceDevice": 1,
        "timestamp": timestamp,
        "serverReceivedTimestamp": timestamp + 50,
        "serverDeliveredTimestamp": timestamp + 90,
        **message,
    }


def data(
    timestamp: int,
    text: str | None = None,
    *,
    expires: int = 0,
    update: bool = False,
    view_once: bool = False,
    **more: Any,  # noqa: ANN401 - JSON
) -> Wire:
    """Make a dataMessage; what is None or empty in `more` is left out."""
    return {
        "timestamp": timestamp,
        "message": text,
        "expiresInSeconds": expires,
        "isExpirationUpdate": update,
        "viewOnce": view_once,
        **{name: value for name, value in more.items() if value not in (None, [], "")},
    }


def attachment(id_: str, told: Wire, size: int, timestamp: int) -> Wire:
    """Describe one attachment."""
    kind = told.get("type", "application/octet-stream")
    picture = kind.startswith(("image/", "video/"))
    return {
        "contentType": kind,
        "filename": told.get("filename"),
        "id": id_,
        "size": size,
        "width": 800 if picture else None,
        "height": 600 if picture else None,
        "caption": None,
        "uploadTimestamp": timestamp,
        "isVoiceNote": bool(told.get("voice")),
    }


def quote(timestamp: int, text: str, number: str | None, uuid: str) -> Wire:
    """Quote a message."""
    return {
        "id": timestamp,
        "author": number or uuid,
        "authorNumber": number,
        "authorUuid": uuid,
        "text": text,
        "attachments": [],
    }


def mentions(told: Sequence[Wire]) -> list[Wire]:
    """Describe mentions; offsets are UTF-16 units."""
    return [
        {
            "name": each.get("name", each["uuid"]),
            "number": each.get("number"),
            "uuid": each["uuid"],
            "start": each["start"],
            "length": each.get("length", 1),
        }
        for each in told
    ]


def reaction(emoji: str, target: int, author: tuple[str | None, str], *, remove: bool) -> Wire:
    """React to a message of an author (number, uuid)."""
    number, uuid = author
    return {
        "emoji": emoji,
        "targetAuthor": number or uuid,
        "targetAuthorNumber": number,
        "targetAuthorUuid": uuid,
        "targetSentTimestamp": target,
        "isRemove": remove,
    }


def receipt(kind: str, when: int, timestamps: Sequence[int]) -> Wire:
    """Make a receiptMessage."""
    return {
        "when": when,
        "isDelivery": kind == "delivery",
        "isRead": kind == "read",
        "isViewed": kind == "viewed",
        "timestamps": list(timestamps),
    }


def group(id_: str, name: str) -> Wire:
    """Name a group."""
    return {"groupId": id_, "groupName": name, "revision": 3, "type": "DELIVER"}


def vote(target: int, choices: Sequence[int], number: str, count: int) -> Wire:
    """Vote in a poll of the account's: only the indexes are told."""
    return {
        "author": number,
        "authorNumber": number,
        "authorUuid": ACCOUNT_UUID,
        "targetSentTimestamp": target,
        "optionIndexes": list(choices),
        "voteCount": count,
    }


def poll(question: str, options: Sequence[str]) -> Wire:
    """Ask a poll."""
    return {"question": question, "allowMultiple": False, "options": list(options)}


def contact(name: str, number: str) -> Wire:
    """Share somebody's address."""
    phone = {"value": number, "type": "MOBILE", "label": None}
    return {"name": {"given": name}, "phone": [phone]}


def story(text: str) -> Wire:
    """Make a storyMessage."""
    return {"allowsReplies": True, "textAttachment": {"text": text, "style": "DEFAULT"}}


def call(number: int) -> Wire:
    """Ring."""
    return {"offerMessage": {"id": number, "type": "AUDIO_CALL", "opaque": "AA=="}}
