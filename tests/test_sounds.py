"""Voice notes made anew: the same sound, and nothing else of what a stranger sent."""

import random
import struct

import pytest

from desk import ogg, sounds
from desk.errors import NoSound
from tests import sounds_made as made
from tests.sounds_made import QUIET, SILENCE, TAG, box, page

AAC_SOUND = [QUIET + bytes([n]) for n in range(10)]


def packets(data: bytes) -> list[bytes]:
    """Return the packets of an Ogg file, read by another hand; checksums are looked at."""
    found, at, number = [b""], 0, 0
    while at < len(data):
        magic, _, _, _, serial, told, checksum, count = ogg.PAGE.unpack_from(data, at)
        sizes = data[at + 27 : at + 27 + count]
        end = at + 27 + count + sum(sizes)
        whole = bytearray(data[at:end])
        whole[22:26] = bytes(4)
        assert (magic, serial, told, checksum) == (b"OggS", 1, number, crc(bytes(whole)))
        at, number = at + 27 + count, number + 1
        for size in sizes:
            found[-1] += data[at : at + size]
            at += size
            if size < 255:
                found.append(b"")
    return found[:-1]


def crc(data: bytes) -> int:
    """Return the checksum bit by bit, as RFC 3533 has it."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def sound_of(adts: bytes) -> list[bytes]:
    found = []
    while adts:
        size = int.from_bytes(adts[3:6], "big") >> 5 & 0x1FFF
        found.append(adts[7:size])
        adts = adts[size:]
    return found


def test_a_voice_note_of_telegram_is_the_same_sound_in_pages_of_ours() -> None:
    done = sounds.remade(made.opus(100))
    assert done.type == "audio/ogg; codecs=opus"
    head, tags, *sound = packets(done.data)
    assert sound == [SILENCE] * 100
    assert (head[:8], tags) == (b"OpusHead", b"OpusTags" + bytes(8))
    assert TAG not in done.data
    position = struct.unpack_from("<q", done.data, done.data.rindex(b"OggS") + 6)
    assert position == (100 * 960,)


def test_long_packets_go_over_segments_and_the_cut_off_end_is_left_out() -> None:
    long = SILENCE[:1] + bytes(1200)
    data = made.opus(0) + page([long] * 40, 2) + page([SILENCE] * 3, 3)
    assert packets(sounds.remade(data).data)[2:] == [long] * 40 + [SILENCE] * 3
    assert packets(sounds.remade(data[:-2]).data)[2:] == [long] * 40


@pytest.mark.parametrize("kind", [made.aac, made.m4a])
def test_a_voice_note_of_signal_is_the_same_sound_in_frames_of_ours(kind: object) -> None:
    done = sounds.remade(kind())  # type: ignore[operator]
    assert done.type == "audio/aac"
    assert sound_of(done.data) == AAC_SOUND
    assert TAG not in done.data
    assert sounds.remade(done.data) == done


def test_an_mp3_keeps_its_frames_and_loses_tags_and_tables() -> None:
    done = sounds.remade(made.mp3(10))
    assert (done.type, len(done.data)) == ("audio/mpeg", 10 * 104)
    assert TAG not in done.data
    assert b"Info" not in done.data
    assert sounds.remade(done.data) == done


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\x1aE\xdf\xa3 a film",
        b"fLaC",
        b"OggS",
        b"\xff\xfb\x10\xc4",
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        b"\0\0\0\x08ftyp",
        made.opus(0),
        made.opus(100).replace(b"OpusHead", b"\x01vorbis "),
        made.opus(100).replace(b"OpusTags", b"OpusTugs"),
        made.opus(100) + made.opus(100, serial=78),  # another stream behind it
        made.opus(0) + page([SILENCE], 2, 0, 78),  # and beside it
        made.opus(0) + page([SILENCE], 2, ogg.CONTINUED),
        made.opus(0) + page([b"\xff\x3f"], 2),  # longer than a packet may sound
        made.opus(0) + page([b"\xff"], 2),
        made.opus(0) + page([b""], 2),
        made.opus(0) + b"".join(page([bytes(254)], 2) for _ in range(2)) + b"junk" * 20,
        made.aac(1),
        made.aac(5) + b"something else" + made.aac(5),
        made.aac(5) + made.aac(5, rate=5),
        made.aac(5) + made.aac(5, channels=2),
        made.mp3().replace(bytes([5]) * 50, b"junk"),
        made.m4a(handler=b"vide"),
        made.m4a(codec=b"alac"),
        made.m4a(same=8000),  # pieces over each other, and beyond the end
        made.m4a()[:-20],
        made.overlaid(1000),
        made.m4a().replace(b"moov", b"moof"),
        box(b"ftyp", b"M4A ") + b"\0\0\0\x01moov",
    ],
)
def test_what_is_no_whole_voice_note_is_not_played(data: bytes) -> None:
    with pytest.raises(NoSound):
        sounds.remade(data)


@pytest.mark.parametrize("kind", [made.opus, made.aac, made.mp3, made.m4a])
def test_whatever_is_damaged_ends_in_sound_or_a_refusal_and_never_grows(kind: object) -> None:
    whole, draw = kind(), random.Random(7)  # type: ignore[operator]
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 2, 8))):
            data[draw.randrange(min(len(data), 700))] = draw.randrange(256)
        try:
            done = sounds.remade(bytes(data[: draw.choice((len(data), draw.randrange(len(data))))]))
        except NoSound:
            continue
        assert len(done.data) <= 3 * len(whole) + 200
        assert TAG not in done.data or kind is made.mp3


def test_the_table_of_durations_is_that_of_the_standard() -> None:
    assert len(ogg.FRAMES) == 32
    assert ogg.samples(SILENCE) == 960
    assert ogg.samples(b"\x18" + bytes(9)) == 2880
    assert ogg.samples(b"\x83\x04" + bytes(9)) == 480
