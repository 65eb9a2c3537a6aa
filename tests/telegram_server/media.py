"""What a message can hold besides text, as it looks on the wire: a table of kinds.

Each maker takes what a test says of the thing and returns the fields of the message.
"""

from collections.abc import Callable
from typing import Any

from tests.telegram_server.files import File, Files

Wire = dict[str, Any]
Told = dict[str, Any]  # content, size, file_name, mime_type: what a test says of the thing

ALBUMS = frozenset({"photo", "video", "document", "audio"})
CAPTIONED = ALBUMS | {"voice", "animation"}
_SIDES = (90, 320, 1280)


def make(kind: str, files: Files, told: Told) -> Wire:
    """Return the fields of a message that holds a thing of this kind."""
    return MAKERS[kind](files, told)


def _keep(files: Files, told: Told, folder: str, ending: str) -> File:
    content = told.get("content")
    return files.add(folder, ending, content, told.get("size", 1_000))


def _photo(files: Files, told: Told) -> Wire:
    whole = _keep(files, told, "photos", ".jpg")
    small = [files.add("photos", ".jpg", None, max(1, whole.size // part)) for part in (64, 8)]
    sizes = zip([*small, whole], _SIDES, strict=True)
    return {"photo": [{**f.wire, "width": side, "height": side * 3 // 4} for f, side in sizes]}


def _document(files: Files, told: Told) -> Wire:
    name = told.get("file_name", "document.pdf")
    ending = "." + name.rpartition(".")[2] if "." in name else ""
    file = _keep(files, told, "documents", ending)
    mime = told.get("mime_type", "application/octet-stream")
    return {"document": {"file_name": name, "mime_type": mime, **file.wire}}


def _voice(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "voice", ".oga")
    return {"voice": {"duration": 3, "mime_type": "audio/ogg", **file.wire}}


def _video(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "videos", ".mp4")
    frame = {"duration": 4, "width": 1280, "height": 720, "mime_type": "video/mp4"}
    return {"video": {**frame, "file_name": told.get("file_name", "video.mp4"), **file.wire}}


def _video_note(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "video_notes", ".mp4")
    return {"video_note": {"duration": 4, "length": 240, **file.wire}}


def _audio(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "music", ".mp3")
    name = told.get("file_name", "sound.mp3")
    return {"audio": {"duration": 9, "file_name": name, "mime_type": "audio/mpeg", **file.wire}}


def _animation(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "animations", ".mp4")
    name, mime = told.get("file_name", "animation.mp4"), "video/mp4"
    moving = {"duration": 2, "width": 320, "height": 240, "file_name": name, "mime_type": mime}
    document = {"file_name": name, "mime_type": mime, **file.wire}
    return {"animation": moving | file.wire, "document": document}


def _sticker(files: Files, told: Told) -> Wire:
    file = _keep(files, told, "stickers", ".webp")
    still = {"is_animated": False, "is_video": False, "type": "regular"}
    return {"sticker": {"width": 512, "height": 512, "emoji": "🙂", **still, **file.wire}}


def _location(_: Files, __: Told) -> Wire:
    return {"location": {"latitude": 43.825592, "longitude": 87.616848}}


def _venue(files: Files, told: Told) -> Wire:
    place = _location(files, told)
    return {"venue": {**place, "title": "A place", "address": "A street"}, **place}


def _contact(_: Files, __: Told) -> Wire:
    return {"contact": {"phone_number": "+10005550100", "first_name": "Somebody", "user_id": 99}}


def _poll(_: Files, __: Told) -> Wire:
    options = [
        {"persistent_id": name, "text": name, "voter_count": 0} for name in ("first", "second")
    ]
    return {
        "poll": {
            "id": "5000000000000000001",
            "question": "Which?",
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    }


def _dice(_: Files, __: Told) -> Wire:
    return {"dice": {"emoji": "🎲", "value": 4}}


MAKERS: dict[str, Callable[[Files, Told], Wire]] = {
    "photo": _photo,
    "document": _document,
    "voice": _voice,
    "video": _video,
    "video_note": _video_note,
    "audio": _audio,
    "animation": _animation,
    "sticker": _sticker,
    "location": _location,
    "venue": _venue,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
}


def kind_of(wire: Wire) -> str:
    """Return what a message holds: "text", a kind of the table, or the name of a service message."""
    if "text" in wire:
        return "text"
    found = [kind for kind in ("animation", "venue", *MAKERS) if kind in wire]
    rest = (key for key in wire if key not in _ENVELOPE)
    return found[0] if found else next(rest, "empty")


_ENVELOPE = frozenset(
    {
        "message_id",
        "from",
        "sender_chat",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "reply_markup",
        "has_protected_content",
    }
)
