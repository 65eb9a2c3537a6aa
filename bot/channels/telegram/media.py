"""The files that a message holds, as the app of who sent them describes them. Pure.

Of a photo's sizes the largest counts. What an app says of a file, its name and its type, is kept
within bounds and believed by nobody. Raises ValueError where no file can be made of it.
"""

import re
from collections.abc import Sequence
from typing import Any

from telegram import LivePhoto, Message, PhotoSize

from bot.channels.telegram.units import whole
from bot.ports import Media

#: Fields of a message that hold a file, and what kind it is. An animation comes as a document too,
#: and a live photo as a photo: the first that is there stands for the message.
FILES = {
    "voice": "voice",
    "live_photo": "video",
    "animation": "animation",
    "photo": "photo",
    "video": "video",
    "video_note": "video",
    "audio": "audio",
    "document": "document",
}
#: What Telegram makes of a picture, and of what was recorded in the app; it need not say so.
_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4"}
#: Signs of a name that are kept: the last, since its ending tells what kind of file it is.
MOST_NAME = 500
_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,100}")
_MOST = 1 << 53  # bytes; what is more is no size


def held(message: Message) -> tuple[Media, ...]:
    """Return the files of a message: one, but for a live photo, which is a photo and a video."""
    for name, kind in FILES.items():
        file = getattr(message, name)
        if isinstance(file, LivePhoto):
            still = [_media(_largest(file.photo), "photo")] if file.photo else []
            return (*still, _media(file, kind))
        if file:
            return (_media(_largest(file) if kind == "photo" else file, kind),)
    return ()


def _largest(sizes: Sequence[PhotoSize]) -> PhotoSize:
    return max(sizes, key=lambda size: (size.width * size.height, size.file_size or 0))


def _media(file: Any, kind: str) -> Media:  # noqa: ANN401 - one of the library's kinds of files
    if not file.file_id:
        raise ValueError(kind)
    name, type_ = getattr(file, "file_name", None), getattr(file, "mime_type", None)
    known = _TYPE.fullmatch(type_) if isinstance(type_, str) else None
    size = file.file_size
    return Media(
        reference=file.file_id,
        kind=kind,
        name=whole(name)[-MOST_NAME:] if isinstance(name, str) else "",
        type=known[0].lower() if known else _TYPES.get(kind, ""),
        size=size if type(size) is int and 0 < size < _MOST else 0,
    )
