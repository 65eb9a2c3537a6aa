"""Voice notes made anew, so that nothing but the sound itself of what a stranger sent is played.

Rules of this file: pure. What a file is, its first bytes say, never its name; four kinds are known,
those that chat apps record in. Why so, and what stays: docs/decisions/0029-files-at-the-page.md.
"""

from dataclasses import dataclass, field

from desk import frames, mpeg4, ogg
from desk.errors import NoSound

#: The largest that is played. Firefox keeps what is smaller in memory, and puts what is larger into
#: a file (`media.memory_cache_max_size`, dom/media/MediaCache.cpp).
MOST = 8 * 1024 * 1024
TOO_LARGE = "it is larger than 8 MB"
OTHER = "it is of another kind than the voice notes of chat apps"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """A sound that was made anew."""

    type: str
    data: bytes = field(repr=False)


def remade(data: bytes) -> Sound:
    """Return a new file with the same sound.

    Raises:
        NoSound: it is of no kind that is known, or not whole.
    """
    if data.startswith(ogg.MAGIC):
        return Sound(type=ogg.TYPE, data=ogg.remade(data))
    if data[4:8] == mpeg4.FTYP:
        return Sound(type=frames.AAC, data=mpeg4.remade(data))
    if data.startswith((frames.SYNC, frames.ID3)):
        type_, sound = frames.remade(data)
        return Sound(type=type_, data=sound)
    raise NoSound(OTHER)
