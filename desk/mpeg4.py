"""Voice notes in an MP4 file (`.m4a`): its one track of AAC, as frames of ours.

Rules of this file: pure; bytes to bytes. Of the file only the tables are read that say where the
sound lies, and nothing of them is passed on. What has no such tables, or several tracks of sound,
or another codec, is refused. What the sound itself does to a decoder cannot be seen here.

Sources: ISO/IEC 14496-12, 4.2 and 8 (boxes); 14496-1, 7.2.6 (descriptors); 14496-3, 1.6.2.1
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from desk.errors import NoSound
from desk.frames import BROKEN, LC, adts

FTYP = b"ftyp"
SOUND, MP4A, ESDS = b"soun", b"mp4a", b"esds"
ENTRY = 28  # bytes of a sound's description before the boxes in it, after their size and name
MOST_ENTRIES = 1_000_000
OBJECT = {LC + 1, 5, 29}  # AAC-LC; as such also what SBR and PS begin with
CONFIG, DECODER, STREAM = 5, 4, 3  # tags of descriptors
HEADS = {STREAM: 3, DECODER: 13}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """Where the pieces of a track lie: sizes of pieces, runs of them, and where each run begins."""

    sizes: list[int]
    runs: list[tuple[int, int]]  # from which run on, how many pieces in each
    begins: list[int]


def remade(data: bytes) -> bytes:
    """Return the sound as frames of ADTS.

    Raises:
        NoSound: it is none that this reads.
    """
    try:
        tracks = [one for one in _tracks(data) if _named(one, b"hdlr")[8:12] == SOUND]
        if len(tracks) != 1:
            raise NoSound(BROKEN)
        table = _named(_named(tracks[0], b"minf"), b"stbl")
        rate, channels = _described(_named(table, b"stsd"))
        pieces = list(_places(_tables(table)))
    except (struct.error, IndexError, KeyError):
        raise NoSound(BROKEN) from None
    lying = sum(size for _, size in pieces)  # pieces that lie over each other would be endless
    if not pieces or lying > len(data) or any(at + size > len(data) for at, size in pieces):
        raise NoSound(BROKEN)
    return b"".join(adts(rate, channels, data[at : at + size]) for at, size in pieces)


def _tracks(data: bytes) -> Iterator[bytes]:
    for name, body in _boxes(_named(data, b"moov")):
        if name == b"trak":
            yield _named(body, b"mdia")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        size = size or len(data) - at
        if size < head:
            raise NoSound(BROKEN)
        yield name, data[at + head : at + size]
        at += size


def _named(data: bytes, name: bytes) -> bytes:
    for found, body in _boxes(data):
        if found == name:
            return body
    raise KeyError(name)


# --- what it is --------------------------------------------------------------------------------


def _described(data: bytes) -> tuple[int, int]:
    """Return the number of the rate, and the channels."""
    ((name, body),) = list(_boxes(data[8:]))[:1] or [(b"", b"")]
    if name != MP4A:
        raise NoSound(BROKEN)
    config = _config(_named(body[ENTRY:], ESDS)[4:])
    bits = int.from_bytes(config[:2], "big")
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if kind not in OBJECT:
        raise NoSound(BROKEN)
    return rate, channels


def _config(data: bytes) -> bytes:
    """Return the innermost descriptor: what tells a decoder of AAC how to begin."""
    while True:
        tag, at, size = data[0], 1, 0
        while True:
            size = size << 7 | data[at] & 0x7F
            at += 1
            if not data[at - 1] & 0x80:
                break
        data = data[at : at + size]
        if tag == CONFIG:
            return data
        data = data[HEADS[tag] :]


# --- where it lies -----------------------------------------------------------------------------


def _tables(table: bytes) -> Tables:
    boxes = dict(_boxes(table))
    same, count = struct.unpack_from(">II", boxes[b"stsz"], 4)
    if count > MOST_ENTRIES:
        raise NoSound(BROKEN)
    sizes = [same] * count if same else list(struct.unpack_from(f">{count}I", boxes[b"stsz"], 12))
    runs = [(first, pieces) for first, pieces, _ in struct.iter_unpack(">III", boxes[b"stsc"][8:])]
    wide = b"co64" in boxes
    begins = boxes[b"co64" if wide else b"stco"][8:]
    return Tables(
        sizes=sizes,
        runs=runs,
        begins=[at for (at,) in struct.iter_unpack(">Q" if wide else ">I", begins)],
    )


def _places(tables: Tables) -> Iterator[tuple[int, int]]:
    """Yield where each piece begins, and its size."""
    sizes = iter(tables.sizes)
    pieces = dict(tables.runs)
    inside = 0
    for number, begins in enumerate(tables.begins, 1):
        at, inside = begins, pieces.get(number, inside)
        for _ in range(inside):
            size = next(sizes, None)
            if size is None:
                return
            yield at, size
            at += size
