"""Seal and open age files (age-encryption.org/v1), the form of everything that is kept.

Rules of this file: there are no options. What is sealed to keys is sealed to post-quantum
recipients only (`age_keys`); a passphrase (`age_passphrase`) is for key files, and alone. Each file
has a fresh file key and nonce, which no caller can give. `age_header` and `age_payload` are the
format's two parts.

Source: https://c2sp.org/age; docs/threats.md tells what sealing does not promise
"""

import secrets
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from cryptography.exceptions import UnsupportedAlgorithm

from storage import age_header, age_keys, age_passphrase, age_payload
from storage.age_header import Header, Stanza
from storage.age_keys import Identity, Recipient
from storage.age_passphrase import WORK, Passphrase
from storage.age_payload import Bytes
from storage.age_stream import Sink, Source
from storage.errors import (
    DamagedHeader,
    DuplicateRecipient,
    NoKeyFits,
    NoRecipients,
    NotPostQuantum,
    SealedWithPassphrase,
    SealError,
    SealingUnavailable,
    TooManyRecipients,
)

__all__ = [
    "Identity",
    "Recipient",
    "Sealing",
    "open",
    "open_stream",
    "open_with_passphrase",
    "seal",
    "seal_stream",
    "seal_with_passphrase",
    "sealed_size",
    "self_test",
]

FILE_KEY = 16
NONCE = 16
MAX_RECIPIENTS = 512  # what age_header.MAX_HEADER holds
_HEADER = 70  # version line and MAC line
_STANZA = 1557
_TRIAL = b"Can this be sealed and opened?"


class Opener(Protocol):
    """What may unwrap a file key."""

    def unwrap(self, stanzas: Sequence[Stanza], /) -> bytes | None:
        """Return the file key if one of the stanzas is meant."""
        ...


class Wrapper(Protocol):
    """Whom a file key is wrapped for."""

    def wrap(self, file_key: bytes, /) -> Stanza:
        """Return the stanza."""
        ...


def seal(plaintext: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Seal to each of the recipients.

    Raises:
        BadRecipients: there are none, too many, one twice, or one that is not post-quantum.
    """
    return _seal(plaintext, _checked(recipients))


def open(sealed: bytes, identities: Sequence[Opener]) -> bytes:
    """Open with the first identity that fits.

    Raises:
        NotAnAgeFile: it is something else.
        DamagedFile: it is not as it was sealed.
        NoKeyFits: it is sealed to others.
    """
    end = age_header.whole(sealed)
    file_key = _unwrap(Header.parse(sealed[:end]), identities)
    key = age_header.derive(file_key, _nonce(sealed[end : end + NONCE]), b"payload")
    return b"".join(age_payload.open(key, memoryview(sealed)[end + NONCE :]))


def seal_stream(source: BinaryIO, sink: BinaryIO, recipients: Sequence[Recipient]) -> None:
    """Seal all of a source into a sink, in constant memory.

    Raises:
        BadRecipients: as `seal`; nothing was written then.
    """
    wrappers = _checked(recipients)
    key, start = _begin(wrappers)
    out = Sink(sink)
    out.put(memoryview(start))
    age_payload.seal_stream(key, Source(source), out)


class Sealing:
    """A file that is sealed as its plaintext comes, in constant memory.

    Write what `begin` returns, then what each `update` returns, then what `finish` returns: without
    the last, no reader takes the file for whole.

    Raises:
        BadRecipients: as `seal`.
    """

    def __init__(self, recipients: Sequence[Recipient]) -> None:
        key, self._start = _begin(_checked(recipients))
        self._payload = age_payload.Payload(key)
        self._finished = False

    def begin(self) -> bytes:
        """Return what stands before the payload, the same however often it is asked for."""
        return self._start

    def update(self, data: Bytes) -> bytes:
        """Take more of the plaintext; return what is sealed of it so far, maybe nothing."""
        self._check()
        return b"".join(self._payload.update(data))

    def finish(self) -> bytes:
        """Return the end of the file; there is no more of it then.

        Raises:
            ValueError: it was finished before.
        """
        self._check()
        self._finished = True
        return self._payload.finish()

    def _check(self) -> None:
        if self._finished:
            message = "this file is sealed already"
            raise ValueError(message)


def open_stream(source: BinaryIO, sink: BinaryIO, identities: Sequence[Opener]) -> None:
    """Open all of a source into a sink, in constant memory.

    What is written before an error is authentic, but not the whole: keep it only on return.

    Raises:
        NotAnAgeFile, DamagedFile, NoKeyFits: as `open`.
    """
    incoming = Source(source)
    file_key = _unwrap(Header.parse(incoming.header()), identities)
    nonce = _nonce(incoming.fill(memoryview(bytearray(NONCE))).tobytes())
    age_payload.open_stream(age_header.derive(file_key, nonce, b"payload"), incoming, Sink(sink))


def seal_with_passphrase(plaintext: bytes, passphrase: str, *, work: int = WORK) -> bytes:
    """Seal with a passphrase, as `age -p` does.

    Raises:
        EmptyPassphrase: it is empty.
    """
    return _seal(plaintext, [Passphrase(words=passphrase, work=work)])


def open_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """Open what `seal_with_passphrase` or `age -p` made.

    Raises:
        NotAnAgeFile, DamagedFile: as `open`.
        SealedToKeys, WrongPassphrase, TooMuchWork: it cannot be opened with this.
    """
    return open(sealed, [Passphrase(words=passphrase)])


def sealed_size(plaintext_length: int, recipients: int = 1) -> int:
    """Return the size of a sealed file of so many bytes, to so many recipients."""
    return _HEADER + _STANZA * recipients + NONCE + age_payload.size(plaintext_length)


def self_test() -> None:
    """Seal and open something small: run this before relying on sealing.

    Raises:
        SealingUnavailable: it does not work here.
    """
    try:
        identity = Identity.generate()
        works = open(seal(_TRIAL, [identity.recipient]), [identity]) == _TRIAL
    except (SealError, UnsupportedAlgorithm):
        works = False
    if not works:
        raise SealingUnavailable


def _seal(plaintext: bytes, wrappers: Sequence[Wrapper]) -> bytes:
    key, start = _begin(wrappers)
    return b"".join([start, *age_payload.seal(key, plaintext)])


def _begin(wrappers: Sequence[Wrapper]) -> tuple[bytes, bytes]:
    """Return the payload key of a new file, and what stands before its payload."""
    file_key, nonce = secrets.token_bytes(FILE_KEY), secrets.token_bytes(NONCE)
    header = age_header.write([one.wrap(file_key) for one in wrappers], file_key)
    return age_header.derive(file_key, nonce, b"payload"), header + nonce


def _checked(recipients: Sequence[Recipient]) -> Sequence[Recipient]:
    """Return the recipients if a file may be sealed to them, whatever their types claim to be."""
    if not recipients:
        raise NoRecipients
    if not all(isinstance(one, Recipient) for one in recipients):
        raise NotPostQuantum
    if len(recipients) > MAX_RECIPIENTS:
        raise TooManyRecipients(MAX_RECIPIENTS)
    if len({one.public for one in recipients}) < len(recipients):
        raise DuplicateRecipient
    return recipients


def _unwrap(header: Header, openers: Sequence[Opener]) -> bytes:
    """Return the file key of a header, which is then known to be whole."""
    passphrases = [stanza for stanza in header.stanzas if stanza.type == age_passphrase.TYPE]
    if passphrases and len(header.stanzas) > 1:
        raise DamagedHeader
    for opener in openers:
        file_key = opener.unwrap(header.stanzas)
        if file_key is not None:
            header.check(file_key)
            return file_key
    age_keys.check_shares(header.stanzas)
    raise SealedWithPassphrase if passphrases else NoKeyFits


def _nonce(nonce: bytes) -> bytes:
    if len(nonce) < NONCE:
        raise DamagedHeader
    return nonce
