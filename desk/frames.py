"""Voice notes of other apps, made anew: frames of AAC or MP3 that follow one another.

Rules of this file: pure; bytes to bytes. What is no frame (tags, pictures, tables for seeking)
stays behind. All frames are of one kind, and each leads to the next one: where one does not,
nothing is given, for a voice note that ends in the middle unnoticed would be worse than none. What
the sound itself does to a decoder cannot be seen here.

Sources: ISO/IEC 14496-3, 1.A.2.2 (ADTS); ISO/IEC 11172-3, 2.4.1.3 and 13818-3 (MP3); id3.org (tags)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from desk.errors import NoSound

AAC, MP3 = "audio/aac", "audio/mpeg"
BROKEN = "it is not a voice note as apps make them"
FEWEST = 2  # frames: less is nothing, or chance
HEAD = 9  # bytes in which a frame says what it is
SYNC = b"\xff"
ID3, ID3_HEAD = b"ID3", 10
AFTER = (b"TAG", b"APETAGEX")  # what may follow the last frame
LC, STEREO, MOST_RATE = 1, 2, 12
ADTS_HEAD, ADTS_CHECKED = 7, 9
MOST_ADTS = (1 << 13) - 1
MPEG_1, MPEG_RESERVED, LAYER_3, MONO = 3, 1, 1, 3
#: Kilobits a second of layer III, in MPEG-1 and in the others; 0 and 15 are no rates.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
SAMPLING = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
#: What an encoder writes into the first frame of an MP3 instead of sound.
TABLES = (b"Xing", b"Info", b"VBRI")


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What a frame says of itself: its kind, its size, and where in it the sound begins."""

    kind: tuple[int, ...]
    size: int
    begins: int = 0


Read = Callable[[bytes], Frame | None]


def adts(rate: int, channels: int, sound: bytes) -> bytes:
    """Return a frame of AAC-LC with a head of ours; `rate` is its number in the standard's table.

    Raises:
        NoSound: no such frame may be.
    """
    size = ADTS_HEAD + len(sound)
    if not sound or size > MOST_ADTS or rate > MOST_RATE or not 1 <= channels <= STEREO:
        raise NoSound(BROKEN)
    bits = 0xFFF1 << 40 | LC << 38 | rate << 34 | channels << 30 | size << 13 | 0x7FF << 2
    return bits.to_bytes(ADTS_HEAD, "big") + sound


def remade(data: bytes) -> tuple[str, bytes]:
    """Return the type of a stream, and its frames: those of AAC with a head of ours each.

    Raises:
        NoSound: it is neither AAC nor MP3, or not whole.
    """
    begins = _behind_tag(data)
    if _aac(data[begins : begins + HEAD]) is not None:
        aac = (adts(rate, channels, sound) for (rate, channels), sound in _all(data, _aac))
        return AAC, b"".join(aac)
    return MP3, b"".join(sound for _, sound in _all(data, _mp3) if not _is_table(sound))


def _all(data: bytes, read: Read) -> list[tuple[tuple[int, ...], bytes]]:
    found = list(_walk(data, read))
    if len(found) < FEWEST or len({kind for kind, _ in found}) > 1:
        raise NoSound(BROKEN)
    return found


def _walk(data: bytes, read: Read) -> Iterator[tuple[tuple[int, ...], bytes]]:
    """Yield the kind and the bytes of each frame; one that was cut off at the end is left out."""
    at = _behind_tag(data)
    while at < len(data):
        frame = read(data[at : at + HEAD])
        if frame is None:
            if not data.startswith(AFTER, at) and len(data) - at >= HEAD:
                raise NoSound(BROKEN)
            return
        ends = at + frame.size
        if ends > len(data):
            return
        yield frame.kind, data[at + frame.begins : ends]
        at = ends


def _behind_tag(data: bytes) -> int:
    """Return where a tag at the beginning ends."""
    if not data.startswith(ID3):
        return 0
    size = 0
    for byte in data[6:ID3_HEAD]:
        size = size << 7 | byte & 0x7F
    return ID3_HEAD + size


def _aac(head: bytes) -> Frame | None:
    bits = int.from_bytes(head[:ADTS_HEAD].ljust(ADTS_HEAD, b"\0"), "big")
    checked = not bits >> 40 & 1
    begins, size = ADTS_CHECKED if checked else ADTS_HEAD, bits >> 13 & 0x1FFF
    begun = bits >> 44 == 0xFFF and not bits >> 41 & 3  # noqa: PLR2004 - twelve bits that are set
    if not begun or bits >> 38 & 3 != LC or bits & 3 or size <= begins:
        return None
    return Frame(kind=(bits >> 34 & 15, bits >> 30 & 7), size=size, begins=begins)


def _mp3(head: bytes) -> Frame | None:
    bits = int.from_bytes(head[:4].ljust(4, b"\0"), "big")
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    if bits >> 21 != 0x7FF or version == MPEG_RESERVED or layer != LAYER_3:  # noqa: PLR2004 - as above
        return None
    kilobits = (RATES_1 if version == MPEG_1 else RATES_2)[bits >> 12 & 15]
    number = bits >> 10 & 3
    if not kilobits or number >= len(SAMPLING[version]):
        return None
    times = 144 if version == MPEG_1 else 72
    size = times * kilobits * 1000 // SAMPLING[version][number] + (bits >> 9 & 1)
    return Frame(kind=(version, number, int(bits >> 6 & 3 == MONO)), size=size)


def _is_table(frame: bytes) -> bool:
    return any(table in frame[:64] for table in TABLES)
