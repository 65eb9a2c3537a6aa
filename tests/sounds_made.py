"""Voice notes as chat apps make them, with hardly a sound in them."""

import struct

from desk import ogg
from desk.frames import adts

SILENCE = b"\xf8\xff\xfe"  # 20 ms of Opus
QUIET = bytes.fromhex("2110049000")  # beginning of what a frame of AAC may hold
TAG = b"CANARY-TAG"


def opus(packets: int = 100, *, tags: bytes = TAG, serial: int = 77, gain: int = 0) -> bytes:
    """Return a voice note of Telegram's, with a comment in it."""
    head = ogg.HEAD + ogg.HEAD_REST.pack(1, 1, 312, 16_000, gain, 0)
    vendor = struct.pack("<I", len(tags)) + tags + struct.pack("<I", 0)
    pages = [page([head], 0, ogg.BEGIN, serial), page([ogg.TAGS + vendor], 1, 0, serial)]
    pages += [page([SILENCE] * 50, 2 + n, 0, serial) for n in range(packets // 50)]
    return b"".join(pages)


def page(packets: list[bytes], number: int, kind: int = 0, serial: int = 77) -> bytes:
    sizes = b"".join(bytes([255] * (len(p) // 255) + [len(p) % 255]) for p in packets)
    parts = ogg.MAGIC, 0, kind, 960 * number, serial, number, 0, len(sizes)
    return ogg.PAGE.pack(*parts) + sizes + b"".join(packets)


def aac(frames: int = 10, *, rate: int = 4, channels: int = 1) -> bytes:
    """Return a voice note of Signal's on Android."""
    return b"".join(adts(rate, channels, QUIET + bytes([n])) for n in range(frames))


def mp3(frames: int = 10) -> bytes:
    """Return a voice note of Signal's on a computer: a tag, a table, then frames of 32 kbit/s."""
    head = bytes([0xFF, 0xFB, 0x10, 0xC4])  # MPEG-1, 32 kbit/s, 44,100 Hz, mono
    size = 144 * 32_000 // 44_100
    table = head + b"\0" * 17 + b"Info" + bytes(size - 25)
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, len(TAG)]) + TAG
    sound = [head + bytes([n]) * (size - 4) for n in range(1, frames + 1)]
    return tag + table + b"".join(sound) + b"TAG" + TAG.ljust(125, b"\0")


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, name) + body


def descriptor(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([tag, 0x80, 0x80, len(body)]) + body


def m4a(
    frames: int = 10, *, handler: bytes = b"soun", codec: bytes = b"mp4a", same: int = 0
) -> bytes:
    """Return a voice note of Signal's on an iPhone; `same` is a size that is told of all pieces."""
    sounds = [QUIET + bytes([n]) for n in range(frames)]
    told = b"" if same else struct.pack(f">{frames}I", *map(len, sounds))
    sizes = box(b"stsz", struct.pack(">III", 0, same, frames), told)
    runs = box(b"stsc", struct.pack(">II", 0, 2), struct.pack(">6I", 1, 4, 1, 2, frames - 4, 1))

    def moov(*begins: int) -> bytes:
        places = box(b"stco", struct.pack(">IIII", 0, 2, *begins))
        return track(handler, codec, sizes, runs, places)

    start = box(b"ftyp", b"M4A \0\0\0\0")
    at = len(start) + len(moov(0, 0)) + 8
    first = sum(map(len, sounds[:4]))
    return start + moov(at, at + first) + box(b"mdat", *sounds)


def overlaid(pieces: int) -> bytes:
    """Return a file that says that so many pieces of it lie at one and the same place."""
    sizes = box(b"stsz", struct.pack(">III", 0, 40, pieces))
    runs = box(b"stsc", struct.pack(">II", 0, 1), struct.pack(">III", 1, 1, 1))
    places = box(b"stco", struct.pack(">II", 0, pieces), bytes(4 * pieces))
    return box(b"ftyp", b"M4A \0\0\0\0") + track(b"soun", b"mp4a", sizes, runs, places)


def track(handler: bytes, codec: bytes, *tables: bytes) -> bytes:
    config = descriptor(5, (2 << 11 | 4 << 7 | 1 << 3).to_bytes(2, "big"))
    inner = descriptor(3, bytes(3), descriptor(4, bytes(13), config))
    entry = box(codec, bytes(28), box(b"esds", bytes(4), inner))
    table = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), entry), *tables)
    kind = box(b"hdlr", bytes(8), handler, bytes(12), TAG)
    return box(b"moov", box(b"trak", box(b"mdia", kind, box(b"minf", table))))
