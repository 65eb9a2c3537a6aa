"""The one key type of this project: age's `mlkem768x25519`, post-quantum and classic at once.

Rules of this file: a key's parts are expanded once, when it is made or read, so that a seal costs
little more than the HPKE call. The cryptography is all in `cryptography` (>= 47); where that is not
so, importing this file says it. A secret is in no repr.

Source: https://c2sp.org/age; HPKE, RFC 9180 SealBase; X-Wing, draft-ietf-hpke-pq-03
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from storage import bech32
from storage.age_header import Stanza, decode, encode
from storage.errors import BadKeyText, DamagedHeader, SealingUnavailable

try:
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric import mlkem

    SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
except (ImportError, AttributeError, UnsupportedAlgorithm):
    raise SealingUnavailable from None

TYPE = b"mlkem768x25519"
INFO = b"age-encryption.org/mlkem768x25519"
RECIPIENT_PREFIX = "age1pq"
IDENTITY_PREFIX = "age-secret-key-pq-"
SEED = 32
KEM_PUBLIC = 1184  # then 32 bytes of X25519
KEM_ENCAPSULATED = 1088  # then 32 bytes of X25519
ENCAPSULATED = KEM_ENCAPSULATED + 32
WRAPPED = 32  # the 16-byte file key and its tag


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a file is sealed to: the public key, 1216 bytes."""

    public: bytes
    _key: hpke.MLKEM768X25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Expand the key, which also refuses bytes that are none."""
        try:
            kem = mlkem.MLKEM768PublicKey.from_public_bytes(self.public[:KEM_PUBLIC])
            curve = X25519PublicKey.from_public_bytes(self.public[KEM_PUBLIC:])
        except ValueError:
            raise BadKeyText("a post-quantum recipient (age1pq1...)") from None
        object.__setattr__(self, "_key", hpke.MLKEM768X25519PublicKey(kem, curve))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `age1pq1...`.

        Raises:
            BadKeyText: it is something else, a classic recipient for example.
        """
        try:
            public = bech32.decode(RECIPIENT_PREFIX, text)
        except ValueError:
            raise BadKeyText("a post-quantum recipient (age1pq1...)") from None
        return cls(public)

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.public)

    def __repr__(self) -> str:
        text = str(self)
        return f"Recipient({text[:14]}...{text[-8:]})"

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        return type(self), (self.public,)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that lets this recipient open the file."""
        sealed = SUITE.encrypt(file_key, self._key, INFO)
        return Stanza(
            type=TYPE, arguments=(encode(sealed[:ENCAPSULATED]),), body=sealed[ENCAPSULATED:]
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who opens a file: a 32-byte seed that both halves are expanded from."""

    seed: bytes = field(repr=False)
    recipient: Recipient = field(init=False, compare=False)
    _key: hpke.MLKEM768X25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Expand the seed: 64 bytes of ML-KEM seed, 32 of X25519."""
        if len(self.seed) != SEED:
            raise BadKeyText("a seed of 32 bytes")
        expanded = hashlib.shake_256(self.seed).digest(96)
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        curve = X25519PrivateKey.from_private_bytes(expanded[64:])
        public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        object.__setattr__(self, "recipient", Recipient(public))
        object.__setattr__(self, "_key", hpke.MLKEM768X25519PrivateKey(kem, curve))

    @classmethod
    def generate(cls) -> Self:
        """Make a new one."""
        return cls(secrets.token_bytes(SEED))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the one of this 32-byte seed."""
        return cls(seed)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `AGE-SECRET-KEY-PQ-1...`.

        Raises:
            BadKeyText: it is something else.
        """
        try:
            seed = bech32.decode(IDENTITY_PREFIX, text)
        except ValueError:
            raise BadKeyText("a secret key (AGE-SECRET-KEY-PQ-1...)") from None
        return cls(seed)

    def secret(self) -> str:
        """Return `AGE-SECRET-KEY-PQ-1...`."""
        return bech32.encode(IDENTITY_PREFIX, self.seed).upper()

    def unwrap(self, stanzas: Iterable[Stanza]) -> bytes | None:
        """Return the file key, if one of the stanzas is for this identity.

        Raises:
            DamagedHeader: a stanza of this type is not in the format.
        """
        for sealed in [_sealed(stanza) for stanza in stanzas if stanza.type == TYPE]:
            try:
                return SUITE.decrypt(sealed, self._key, INFO)
            except InvalidTag:
                continue
        return None


def check_shares(stanzas: Iterable[Stanza]) -> None:
    """Refuse a stanza whose X25519 share nobody can open: a point of low order.

    HPKE opens no such stanza and does not say why, so this is asked when no key fitted.

    Raises:
        DamagedHeader: there is one.
    """
    anyone = X25519PrivateKey.from_private_bytes(bytes(32))
    for stanza in stanzas:
        if stanza.type == TYPE:
            share = X25519PublicKey.from_public_bytes(
                _sealed(stanza)[KEM_ENCAPSULATED:ENCAPSULATED]
            )
            try:
                anyone.exchange(share)
            except ValueError:
                raise DamagedHeader from None


def _sealed(stanza: Stanza) -> bytes:
    """Return what HPKE opens: the encapsulated key and the wrapped file key."""
    if len(stanza.arguments) == 1 and len(stanza.body) == WRAPPED:
        encapsulated = decode(stanza.arguments[0])
        if len(encapsulated) == ENCAPSULATED:
            return encapsulated + stanza.body
    raise DamagedHeader
