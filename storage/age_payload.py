"""An age file's payload: chunks of 64 KiB, each under its own nonce, the last one marked.

Rules of this file: a chunk leaves only when its tag was right, and the end is reached only with the
marked chunk. Memory is constant: two buffers are filled in turn, so that the end of the source is
seen before the last chunk is dealt with, and no byte is copied between reading and the cipher.
Whoever is given the plaintext piece by piece has a `Payload`, which holds back the last chunk.

Source: https://c2sp.org/age, "Payload"; STREAM, https://eprint.iacr.org/2015/189
"""

from collections.abc import Iterator
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from storage.age_stream import Sink, Source
from storage.errors import DamagedPayload

Bytes: TypeAlias = bytes | bytearray | memoryview

CHUNK = 65_536
TAG = 16
SEALED_CHUNK = CHUNK + TAG
BATCH = 8  # chunks read and written at a time: three buffers of 512 KiB stay near the processor


def size(plaintext: int) -> int:
    """Return the size of the payload of so many bytes."""
    return plaintext + TAG * _count(plaintext, CHUNK)


def seal(key: bytes, plaintext: bytes) -> list[bytes]:
    """Return the chunks of a payload that is at hand."""
    cipher, view = ChaCha20Poly1305(key), memoryview(plaintext)
    return [
        cipher.encrypt(nonce, view[place], None)
        for place, nonce in _plan(len(view), CHUNK, 0, final=True)
    ]


def open(key: bytes, sealed: memoryview) -> list[bytes]:
    """Return the chunks of plaintext of a payload that is at hand.

    Raises:
        DamagedPayload: any of it is not as it was sealed.
    """
    cipher, chunks = ChaCha20Poly1305(key), list[bytes]()
    for place, nonce in _plan(len(sealed), SEALED_CHUNK, 0, final=True):
        piece = sealed[place]
        _check_size(piece, len(chunks))
        try:
            chunks.append(cipher.decrypt(nonce, piece, None))
        except InvalidTag:
            raise DamagedPayload(len(chunks) + 1) from None
    return chunks


def seal_stream(key: bytes, source: Source, sink: Sink) -> None:
    """Seal from a source to a sink."""
    cipher, number = ChaCha20Poly1305(key), 0
    sealed = memoryview(bytearray(BATCH * SEALED_CHUNK))
    for batch, final in _batches(source, BATCH * CHUNK):
        done = 0
        for place, nonce in _plan(len(batch), CHUNK, number, final=final):
            piece = batch[place]
            end = done + len(piece) + TAG
            cipher.encrypt_into(nonce, piece, None, sealed[done:end])
            done = end
        sink.put(sealed[:done])
        number += BATCH


def open_stream(key: bytes, source: Source, sink: Sink) -> None:
    """Open from a source to a sink; what was written before an error is genuine, but not all.

    Raises:
        DamagedPayload: the rest is not as it was sealed.
    """
    cipher, number = ChaCha20Poly1305(key), 0
    opened = memoryview(bytearray(BATCH * CHUNK))
    for batch, final in _batches(source, BATCH * SEALED_CHUNK):
        done = 0
        try:
            for place, nonce in _plan(len(batch), SEALED_CHUNK, number, final=final):
                piece = batch[place]
                _check_size(piece, number)
                genuine, wanted = _open_into(cipher, nonce, piece, opened[done:])
                done += genuine
                if not wanted:
                    raise DamagedPayload(number + 1)
                number += 1
        finally:
            sink.put(opened[:done])


class Payload:
    """A payload whose plaintext comes piece by piece; at most one chunk of it is held."""

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._held = bytearray()
        self._number = 0

    def update(self, data: Bytes) -> list[bytes]:
        """Take more of the plaintext; return the chunks of which it is sure that others follow."""
        view = memoryview(data).cast("B")
        chunks: list[bytes] = []
        if self._held and len(self._held) + len(view) > CHUNK:
            missing = CHUNK - len(self._held)
            self._held += view[:missing]
            view = view[missing:]
            chunks.append(self._seal(self._held, final=False))
            self._held.clear()
        while not self._held and len(view) > CHUNK:
            chunks.append(self._seal(view[:CHUNK], final=False))
            view = view[CHUNK:]
        self._held += view
        return chunks

    def finish(self) -> bytes:
        """Return the last chunk."""
        return self._seal(self._held, final=True)

    def _seal(self, chunk: Bytes, *, final: bool) -> bytes:
        nonce = (self._number << 8 | final).to_bytes(12, "big")
        self._number += 1
        return self._cipher.encrypt(nonce, chunk, None)


def _open_into(
    cipher: ChaCha20Poly1305, nonce: bytes, sealed: memoryview, room: memoryview
) -> tuple[int, bool]:
    """Return how many bytes are genuine, and whether the chunk belongs where it is.

    A chunk with the other mark is genuine and misplaced: the file was cut after it, or goes on.
    """
    plaintext = room[: len(sealed) - TAG]
    other = nonce[:-1] + bytes([1 - nonce[-1]])
    for tried in (nonce, other) if len(sealed) == SEALED_CHUNK else (nonce,):
        try:
            return cipher.decrypt_into(tried, sealed, None, plaintext), tried is nonce
        except InvalidTag:
            plaintext[:] = bytes(len(plaintext))  # the library leaves what it could not prove
    return 0, False


def _check_size(chunk: memoryview, number: int) -> None:
    """Refuse a chunk without a whole tag, and one without content that is not the only one."""
    if len(chunk) < TAG or (len(chunk) == TAG and number):
        raise DamagedPayload(number + 1)


def _count(length: int, step: int) -> int:
    return max(1, -(-length // step))


def _plan(length: int, step: int, first: int, *, final: bool) -> Iterator[tuple[slice, bytes]]:
    """Give the place and the nonce of each chunk: a counter of 11 bytes, and the mark."""
    count = _count(length, step)
    for index in range(count):
        mark = final and index == count - 1
        place = slice(index * step, (index + 1) * step)
        yield place, (first + index << 8 | mark).to_bytes(12, "big")


def _batches(source: Source, length: int) -> Iterator[tuple[memoryview, bool]]:
    """Fill two buffers in turn; give each, and whether it is the last, once the next was tried."""
    held, other = memoryview(bytearray(length)), memoryview(bytearray(length))
    filled = source.fill(held)
    while len(filled) == length and (after := source.fill(other)):
        yield filled, False
        held, other, filled = other, held, after
    yield filled, True
