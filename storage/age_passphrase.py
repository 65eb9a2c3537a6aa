"""A passphrase as age's scrypt recipient: how a staff member's key file is kept.

Rules of this file: the passphrase is taken as it is, in UTF-8. The work is bounded before any of it
is done, so that a foreign file cannot keep a desk busy for hours.

Source: https://c2sp.org/age, "The scrypt recipient type"; RFC 7914
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.age_header import Stanza, decode, encode
from storage.errors import (
    DamagedHeader,
    EmptyPassphrase,
    SealedToKeys,
    TooLittleMemory,
    TooMuchWork,
    WrongPassphrase,
)

TYPE = b"scrypt"
LABEL = b"age-encryption.org/v1/scrypt"
SALT = 16
WRAPPED = 32  # the 16-byte file key and its tag
WORK = 18  # as the age command: 256 MiB, about a second
MAX_WORK = 22  # as the age command: 4 GiB
NONCE = bytes(12)  # the key is used once
_WORK = re.compile(rb"[1-9][0-9]*", re.ASCII)
_DIGITS = 9  # beyond this many the work is past every limit, and need not be read


@dataclass(frozen=True, kw_only=True, slots=True)
class Passphrase:
    """A passphrase, and the work (log2 of scrypt's N) to seal with."""

    words: str = field(repr=False)
    work: int = WORK

    def __post_init__(self) -> None:
        """Refuse the empty one."""
        if not self.words:
            raise EmptyPassphrase

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that lets whoever knows the passphrase open the file."""
        salt = secrets.token_bytes(SALT)
        return Stanza(
            type=TYPE,
            arguments=(encode(salt), str(self.work).encode()),
            body=self._cipher(salt, self.work).encrypt(NONCE, file_key, None),
        )

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key.

        Raises:
            SealedToKeys: the file has no passphrase.
            WrongPassphrase: it has another one.
            TooMuchWork, TooLittleMemory: this computer cannot even try.
            DamagedHeader: the stanza is not in the format.
        """
        if stanzas[0].type != TYPE:
            raise SealedToKeys
        salt, work = _parse(stanzas[0])
        try:
            return self._cipher(salt, work).decrypt(NONCE, stanzas[0].body, None)
        except InvalidTag:
            raise WrongPassphrase from None

    def _cipher(self, salt: bytes, work: int) -> ChaCha20Poly1305:
        if work > MAX_WORK:
            raise TooMuchWork(MAX_WORK)
        try:
            scrypt = Scrypt(salt=LABEL + salt, length=32, n=1 << work, r=8, p=1)
            return ChaCha20Poly1305(scrypt.derive(self.words.encode()))
        except MemoryError:
            raise TooLittleMemory(work) from None


def _parse(stanza: Stanza) -> tuple[bytes, int]:
    """Return salt and work."""
    if len(stanza.arguments) != 2 or len(stanza.body) != WRAPPED:  # noqa: PLR2004 - salt and work
        raise DamagedHeader
    salt, work = decode(stanza.arguments[0]), stanza.arguments[1]
    if len(salt) != SALT or _WORK.fullmatch(work) is None:
        raise DamagedHeader
    return salt, int(work[:_DIGITS])
