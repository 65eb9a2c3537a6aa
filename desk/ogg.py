"""A voice note of Telegram's, made anew: Opus packets out of a strange Ogg file, into one of ours.

Rules of this file: pure; bytes to bytes. Nothing of the container is passed on: headers, pages and
checksums are written here, comments and pictures stay behind, and so does whatever is not the one
stream. A packet goes on only if its own beginning says a length that an Opus packet may have. What
the sound itself does to a decoder cannot be seen here.

Sources: RFC 3533 (pages), RFC 7845 (Opus in Ogg; 3, 5), RFC 6716 (packets; 3.1, 3.2)
"""

import struct
import zlib
from collections.abc import Iterable, Iterator

from desk.errors import NoSound

MAGIC = b"OggS"
TYPE = "audio/ogg; codecs=opus"
HEAD, TAGS = b"OpusHead", b"OpusTags"
PAGE = struct.Struct("<4sBBqIIIB")
HEAD_REST = struct.Struct("<BBHIhB")  # version, channels, pre-skip, rate, gain, mapping family
SERIAL = 1
CONTINUED, BEGIN, END = 1, 2, 4
WHOLE, MOST_SEGMENTS = 255, 255
RATE = 48_000
LONGEST = 5_760  # samples of a packet: 120 ms
MOST_FRAMES = 48
MOST_BYTES = MOST_FRAMES * 1275 + 64
PACKETS_A_PAGE = 50
#: Samples of one frame, by the upper five bits of a packet's first byte (RFC 6716, table 2).
FRAMES = (
    *(480, 960, 1920, 2880) * 3,  # SILK
    *(480, 960) * 2,  # hybrid
    *(120, 240, 480, 960) * 4,  # CELT
)
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
BROKEN = "it is not a voice note as apps make them"


def remade(data: bytes) -> bytes:
    """Return a new file with the same sound.

    Raises:
        NoSound: it is not one whole stream of Opus, of one or two channels.
    """
    packets = _packets(data)
    channels, skip, gain = _head(next(packets, b""))
    if not next(packets, b"").startswith(TAGS):
        raise NoSound(BROKEN)
    head = HEAD + HEAD_REST.pack(1, channels, skip, RATE, gain, 0)
    tags = TAGS + struct.pack("<II", 0, 0)
    pages = [_page([head], 0, 0, BEGIN), _page([tags], 0, 1, 0)]
    batches, at = list(_batches(packets)), 0
    if not batches:
        raise NoSound(BROKEN)
    for number, batch in enumerate(batches, 1):
        at += sum(map(samples, batch))
        pages.append(_page(batch, at, len(pages), END if number == len(batches) else 0))
    return b"".join(pages)


def samples(packet: bytes) -> int:
    """Return how long an Opus packet sounds, in samples of 1/48,000 s.

    Raises:
        NoSound: no packet may be like this.
    """
    if not packet or len(packet) > MOST_BYTES:
        raise NoSound(BROKEN)
    frames = (1, 2, 2)[packet[0] & 3] if packet[0] & 3 < 3 else _counted(packet)  # noqa: PLR2004
    found = frames * FRAMES[packet[0] >> 3]
    if not 0 < found <= LONGEST:
        raise NoSound(BROKEN)
    return found


def _counted(packet: bytes) -> int:
    return packet[1] & 0x3F if len(packet) > 1 else 0


# --- reading -----------------------------------------------------------------------------------


def _head(packet: bytes) -> tuple[int, int, int]:
    """Return channels, samples to skip, and gain."""
    if not packet.startswith(HEAD) or len(packet) < len(HEAD) + HEAD_REST.size:
        raise NoSound(BROKEN)
    version, channels, skip, _, gain, mapping = HEAD_REST.unpack_from(packet, len(HEAD))
    if version >> 4 or channels not in {1, 2} or mapping:
        raise NoSound(BROKEN)
    return channels, skip, gain


def _packets(data: bytes) -> Iterator[bytes]:
    """Yield the packets of the one stream; what was cut off at the end is left out."""
    begun, held, stream = False, bytearray(), -1
    for serial, kind, pieces in _pages(data):
        if (stream >= 0 and serial != stream) or bool(kind & CONTINUED) != begun:
            raise NoSound(BROKEN)
        stream = serial
        for piece in pieces:
            held += piece
            begun = len(piece) == WHOLE
            if len(held) > MOST_BYTES and not held.startswith(TAGS):
                raise NoSound(BROKEN)
            if not begun:
                yield bytes(held)
                held.clear()


def _pages(data: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
    """Yield each page: its stream, its kind, the segments in it."""
    at = 0
    while at < len(data):
        if len(data) - at < PAGE.size:
            return
        magic, version, kind, _, serial, _, _, count = PAGE.unpack_from(data, at)
        if magic != MAGIC or version:
            raise NoSound(BROKEN)
        sizes = data[at + PAGE.size : at + PAGE.size + count]
        at += PAGE.size + count
        if len(sizes) < count or len(data) - at < sum(sizes):
            return
        pieces = []
        for size in sizes:
            pieces.append(data[at : at + size])
            at += size
        yield serial, kind, pieces


# --- writing -----------------------------------------------------------------------------------


def _batches(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the packets of each page."""
    held, segments = list[bytes](), 0
    for packet in packets:
        needs = len(packet) // WHOLE + 1
        if held and (segments + needs > MOST_SEGMENTS or len(held) == PACKETS_A_PAGE):
            yield held
            held, segments = [], 0
        held.append(packet)
        segments += needs
    if held:
        yield held


def _page(packets: list[bytes], at: int, number: int, kind: int) -> bytes:
    sizes = bytearray()
    for packet in packets:
        whole, rest = divmod(len(packet), WHOLE)
        sizes += bytes([WHOLE]) * whole + bytes([rest])
    body = bytes(sizes) + b"".join(packets)
    bare = PAGE.pack(MAGIC, 0, kind, at, SERIAL, number, 0, len(sizes)) + body
    return PAGE.pack(MAGIC, 0, kind, at, SERIAL, number, checksum(bare), len(sizes)) + body


def checksum(page: bytes) -> int:
    """Return the checksum of a page: that of zlib's, with all bits the other way round."""
    found = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2)
