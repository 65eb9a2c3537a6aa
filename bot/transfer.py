"""One file on its way: its pieces are counted, hashed, sealed and written, and nothing of it stays.

Rules of this file: it works on what it is given and waits for nobody but the disk, so it is called
in a thread. Memory is constant. What it writes is sealed; what is not finished leaves no file.
"""

import hashlib
from dataclasses import dataclass, field

from bot.files import begins_a_program
from storage.age import Recipient, Sealing
from storage.blobs import Blobs, BlobWriter
from storage.filetype import HEAD, type_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Got:
    """What there is to know of a file that is sealed and whole."""

    size: int
    type: str
    sha256: str
    sealed_sha256: str
    sealed_size: int


@dataclass(kw_only=True, slots=True)
class Transfer:
    """Seals a file as it comes. Not more than `most` bytes are taken."""

    writer: BlobWriter
    sealing: Sealing
    most: int
    runs: bool  # whether programs may come
    too_large: bool = False
    dangerous: bool = False
    size: int = 0
    sealed_size: int = 0
    _head: bytearray = field(default_factory=bytearray, repr=False)
    _plain: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)
    _sealed: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    @classmethod
    def begin(
        cls, blobs: Blobs, blob: bytes, recipient: Recipient, *, most: int, runs: bool
    ) -> "Transfer":
        """Begin the file of a blob, anew if there was one."""
        sealing = Sealing([recipient])
        transfer = cls(writer=blobs.begin(blob), sealing=sealing, most=most, runs=runs)
        transfer._write(sealing.begin())
        return transfer

    def take(self, data: bytes) -> bool:
        """Take more of it; False when no more is wanted: it is too large, or a program."""
        self.size += len(data)
        self.too_large = self.size > self.most
        if len(self._head) < HEAD:
            self._head += data[: HEAD - len(self._head)]
            self.dangerous = not self.runs and begins_a_program(bytes(self._head))
        if self.too_large or self.dangerous:
            return False
        self._plain.update(data)
        self._write(self.sealing.update(data))
        return True

    def finish(self) -> Got:
        """Bring the whole file to the disk."""
        self._write(self.sealing.finish())
        self.writer.finish()
        return Got(
            size=self.size,
            type=type_of(bytes(self._head)),
            sha256=self._plain.hexdigest(),
            sealed_sha256=self._sealed.hexdigest(),
            sealed_size=self.sealed_size,
        )

    def abandon(self) -> None:
        """Let go: unless it was finished, nothing is left."""
        self.writer.abandon()

    def _write(self, sealed: bytes) -> None:
        self._sealed.update(sealed)
        self.sealed_size += len(sealed)
        self.writer.write(sealed)
