"""Files in a notification: what each is, and the bridge's names of all of them. Pure.

Every name that is handed on has only signs that are safe in a path: the bridge puts them into one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.cutting import whole
from bot.ports import Media

#: Words that were too long for a message travel as a file of this type (Signal, over 2,000 bytes).
LONG_TYPE = "text/x-signal-plain"
LONG = "long"
#: Files in one message that are looked at (Signal's own limit is 32), and signs of what is said.
MOST_FILES, MOST_SIGNS = 64, 255
_MOST_BYTES = 1 << 53
#: How deep files may lie in a notification: that of a quoted message's preview is at six.
_DEEPEST = 12
_REFERENCE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,126}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSent:
    """A file that a person sent. No `reference`: the bridge does not have it."""

    kind: str
    reference: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    type: str = ""
    size: int = 0
    caption: str = field(default="", repr=False)

    def media(self) -> Media:
        """Return it as the line knows files."""
        return Media(
            reference=self.reference,
            kind=self.kind,
            name=self.name,
            type=self.type,
            size=self.size,
        )


def reference(name: object) -> str:
    """Return a file's name at the bridge; "" when it could lead elsewhere."""
    safe = isinstance(name, str) and _REFERENCE.fullmatch(name) and ".." not in name
    return str(name) if safe else ""


def files_of(data: Mapping[str, Any]) -> list[FileSent]:
    """Return the files of a message; the list is absent where there are none."""
    attachments = data.get("attachments")
    if not isinstance(attachments, list):
        return []
    return [_file(one) for one in attachments[:MOST_FILES] if isinstance(one, Mapping)]


def ids_in(value: object, deep: int = 0) -> Iterator[str]:
    """Yield the name of every file that a notification tells of, also in quotes and previews."""
    if deep > _DEEPEST:
        return
    if isinstance(value, Mapping):
        if "contentType" in value and (found := reference(value.get("id"))):
            yield found
        for one in value.values():
            yield from ids_in(one, deep + 1)
    elif isinstance(value, list):
        for one in value:
            yield from ids_in(one, deep + 1)


def _file(attachment: Mapping[str, Any]) -> FileSent:
    said = _words(attachment.get("contentType")).lower().partition(";")[0].strip()
    type_ = said if _TYPE.fullmatch(said) else ""
    name = _words(attachment.get("filename"))
    size = attachment.get("size")
    return FileSent(
        kind=_kind(type_, name, attachment.get("isVoiceNote")),
        reference=reference(attachment.get("id")),
        name=name[-MOST_SIGNS:],
        type=type_,
        size=size if type(size) is int and 0 <= size < _MOST_BYTES else 0,
        caption=_words(attachment.get("caption")).strip(),
    )


def _kind(type_: str, name: str, voice: object) -> str:
    """Return what a file is. Bridges before 0.101 do not tell a recording from another sound."""
    if type_ == LONG_TYPE:
        return LONG
    if type_ == "image/gif":
        return "animation"
    family = type_.partition("/")[0]
    if voice is True or (voice is None and family == "audio" and not name):
        return "voice"
    return {"image": "photo", "video": "video", "audio": "audio"}.get(family, "document")


def _words(value: object) -> str:
    return whole(value) if isinstance(value, str) else ""
