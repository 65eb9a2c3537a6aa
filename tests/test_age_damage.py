"""Damage: a sealed file that was changed anywhere opens not at all, and says so in one sentence."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO, cast

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from storage import age, age_header
from storage.age import Identity
from storage.age_header import Stanza
from storage.age_payload import CHUNK, SEALED_CHUNK
from storage.errors import (
    ChangedHeader,
    DamagedFile,
    DamagedHeader,
    DamagedPayload,
    NotAnAgeFile,
    SealError,
)
from tests.age_made import ME, SMALL, YOU, pattern

LONG = pattern(2 * CHUNK + 1000)


def refused(sealed: bytes, identities: Sequence[Identity] = (ME,)) -> SealError:
    """Open in both ways, and return the refusal; nothing unproven may have been released."""
    with pytest.raises(SealError) as whole:
        age.open(sealed, identities)
    sink = io.BytesIO()
    with pytest.raises(SealError) as streamed:
        age.open_stream(io.BytesIO(sealed), sink, identities)
    assert type(whole.value) is type(streamed.value)
    assert str(whole.value) == str(streamed.value)
    assert LONG.startswith(sink.getvalue()) or not sink.getvalue()
    return whole.value


def test_no_flipped_byte_of_a_file_opens() -> None:
    sealed = age.seal(SMALL, [ME.recipient])
    opened = 0
    for place in range(len(sealed)):
        for mask in (1, 0x20, 0x80):
            flipped = bytearray(sealed)
            flipped[place] ^= mask
            try:
                age.open(bytes(flipped), [ME])
                opened += 1
            except SealError:
                continue
    assert opened == 0


def test_no_file_cut_short_opens() -> None:
    sealed = age.seal(SMALL, [ME.recipient])
    for length in range(len(sealed)):
        refused(sealed[:length])


def test_a_flipped_byte_of_a_header_opens_with_no_other_stanza_either() -> None:
    """With two stanzas the second still unwraps; the MAC is then what refuses."""
    sealed = age.seal(SMALL, [YOU.recipient, ME.recipient])
    body = sealed.index(b"\n", 30) + 5
    flipped = (
        sealed[:body] + (b"B" if sealed[body : body + 1] == b"A" else b"A") + sealed[body + 1 :]
    )
    assert isinstance(refused(flipped), ChangedHeader)


def parts() -> tuple[bytes, list[bytes]]:
    """Return what stands before the chunks of a file of three, and the chunks."""
    sealed = age.seal(LONG, [ME.recipient])
    start = age_header.whole(sealed) + 16
    return sealed[:start], [
        sealed[place : place + SEALED_CHUNK] for place in range(start, len(sealed), SEALED_CHUNK)
    ]


@pytest.mark.parametrize(
    ("order", "at"),
    [
        ([1, 0, 2], 1),  # swapped
        ([0, 2], 2),  # dropped
        ([1, 2], 1),
        ([2], 1),
        ([0, 1], 2),  # cut at an edge
        ([0], 1),
        ([0, 0, 1, 2], 2),  # twice
        ([0, 1, 1, 2], 3),
        ([0, 1, 2, 2], 3),
        ([0, 1, 2, 0], 3),
    ],
)
def test_chunks_stay_whole_and_in_order(order: list[int], at: int) -> None:
    start, chunks = parts()
    assert age.open(start + b"".join(chunks), [ME]) == LONG
    refusal = refused(start + b"".join(chunks[number] for number in order))
    assert isinstance(refusal, DamagedPayload)
    assert f"part {at}:" in str(refusal)


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 999, 1000, 1015, 1016, 1017, 1016 + SEALED_CHUNK])
def test_a_file_cut_near_a_chunk_edge_is_refused(cut: int) -> None:
    assert isinstance(refused(age.seal(LONG, [ME.recipient])[:-cut]), DamagedPayload)


@pytest.mark.parametrize("more", [b"\0", b"\n", bytes(16), bytes(CHUNK), bytes(SEALED_CHUNK)])
@pytest.mark.parametrize("length", [0, 100, CHUNK, 2 * CHUNK])
def test_nothing_may_follow_the_end(more: bytes, length: int) -> None:
    sealed = age.seal(LONG[:length], [ME.recipient])
    assert isinstance(refused(sealed + more), DamagedPayload)


def test_the_end_of_one_file_does_not_fit_another() -> None:
    start, chunks = parts()
    _, foreign = parts()
    assert isinstance(refused(start + chunks[0] + chunks[1] + foreign[2]), DamagedPayload)


class Keeper:
    """A sink that keeps hold of the buffer behind what it was given."""

    def __init__(self) -> None:
        self.taken, self.buffer = b"", bytearray()

    def write(self, data: memoryview) -> int:
        assert isinstance(data.obj, bytearray)
        self.taken, self.buffer = self.taken + data, data.obj
        return len(data)


def test_an_unproven_chunk_is_neither_written_nor_left_in_memory() -> None:
    """The library leaves in the buffer what it could not prove: it must be gone from there."""
    start, chunks = parts()
    broken = chunks[1][:-1] + bytes([chunks[1][-1] ^ 1])
    sink = Keeper()
    with pytest.raises(DamagedPayload):
        age.open_stream(
            io.BytesIO(start + chunks[0] + broken + chunks[2]), cast("BinaryIO", sink), [ME]
        )
    assert sink.taken == LONG[:CHUNK]
    assert sink.buffer[:CHUNK] == LONG[:CHUNK]
    assert not any(sink.buffer[CHUNK:])


@given(data=st.binary(max_size=300))
def test_nothing_but_a_refusal_comes_of_garbage(data: bytes) -> None:
    assert isinstance(refused(data), NotAnAgeFile | DamagedFile)
    assert isinstance(refused(b"~" + data), NotAnAgeFile)
    assert isinstance(refused(age_header.VERSION + data), DamagedFile)
    sealed = age.seal(SMALL, [ME.recipient])
    refused(sealed[: age_header.whole(sealed)] + data)


def test_a_header_without_an_end_is_given_up() -> None:
    endless = age_header.VERSION + b"-> grease\n" + b"A" * (2 * age_header.MAX_HEADER)
    source = io.BytesIO(endless)
    with pytest.raises(DamagedHeader):
        age.open_stream(source, io.BytesIO(), [ME])
    assert source.tell() <= age_header.MAX_HEADER + CHUNK
    with pytest.raises(DamagedHeader):
        age.open(endless, [ME])


def test_foreign_stanzas_are_passed_over() -> None:
    file_key, grease = bytes(range(16)), Stanza(type=b"joint", arguments=(b"x", b"!~"), body=b"")
    header = age_header.write([grease, ME.recipient.wrap(file_key), grease], file_key)
    nonce = bytes(16)
    start, *_ = age.seal(b"", [ME.recipient]).partition(b"\n")
    assert header.startswith(start)
    assert isinstance(refused(header + nonce + bytes(16)), DamagedPayload)  # read past the header


FILE_KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("chunks", "fits"),
    [
        ([b"whole"], True),
        ([b""], True),
        ([LONG[:CHUNK], b"x"], True),
        ([LONG[:CHUNK], b""], False),  # an end without content, though its tag is right
        ([b"short", b"x"], False),
    ],
)
def test_only_the_only_chunk_may_be_empty_and_only_the_last_short(
    chunks: list[bytes], fits: bool
) -> None:
    header = age_header.write([ME.recipient.wrap(FILE_KEY)], FILE_KEY)
    cipher = ChaCha20Poly1305(age_header.derive(FILE_KEY, bytes(16), b"payload"))
    payload = b"".join(
        cipher.encrypt(bytes([*bytes(10), n, n == len(chunks) - 1]), chunk, None)
        for n, chunk in enumerate(chunks)
    )
    if fits:
        assert age.open(header + bytes(16) + payload, [ME]) == b"".join(chunks)
    else:
        assert isinstance(refused(header + bytes(16) + payload), DamagedPayload)


def test_a_header_for_nobody_is_damage() -> None:
    sealed = age_header.write([], FILE_KEY) + bytes(32)
    assert isinstance(refused(sealed), DamagedHeader)
    with pytest.raises(DamagedHeader):
        age.open_with_passphrase(sealed, "words")


GOOD = ME.recipient.wrap(FILE_KEY)


@pytest.mark.parametrize(
    "stanza",
    [
        replace(GOOD, arguments=()),
        replace(GOOD, arguments=(*GOOD.arguments, b"x")),
        replace(GOOD, arguments=(GOOD.arguments[0][:-4],)),
        replace(GOOD, arguments=(GOOD.arguments[0] + b"AAAA",)),
        replace(GOOD, arguments=(GOOD.arguments[0] + b"==",)),
        replace(GOOD, arguments=(b"*" + GOOD.arguments[0][1:],)),
        replace(GOOD, body=GOOD.body[:-1]),
        replace(GOOD, body=GOOD.body + b"\0"),
        replace(GOOD, body=b""),
    ],
)
def test_a_stanza_out_of_form_is_damage_whoever_looks(stanza: Stanza) -> None:
    """Also when another stanza of the same file would open it."""
    for stanzas in ([stanza], [GOOD, stanza], [stanza, GOOD]):
        sealed = age_header.write(stanzas, FILE_KEY) + bytes(32)
        for identities in ([ME], [YOU], []):
            assert isinstance(refused(sealed, identities), DamagedHeader)
