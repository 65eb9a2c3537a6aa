"""Ed25519 signatures: SSHSIG texts that stock `ssh-keygen -Y verify` checks, and bare ones.

Rules of this file: a text is for one namespace, so that what was signed for one use serves no
other; what `ssh-keygen` would not write is refused. A seed is in no repr.

Source: OpenSSH PROTOCOL.sshsig; RFC 8709 (ssh-ed25519)
"""

import base64
import hashlib
import re
import secrets
import textwrap
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.errors import (
    BadKeyText,
    BadSignature,
    OtherNamespace,
    UnknownSigner,
    UnreadableSignature,
)

KEY_TYPE = "ssh-ed25519"
SEED = 32
MAGIC = b"SSHSIG"
START = MAGIC + b"\0\0\0\1"  # and the version
HASH = b"sha512"
BEGIN = "-----BEGIN SSH SIGNATURE-----"
END = "-----END SSH SIGNATURE-----"
COLUMNS = 70
FINGERPRINT_LABEL = b"quietline/fingerprint/v1\0"
FINGERPRINT = 15  # bytes: 24 characters

_ARMOUR = re.compile(rf"\s*{BEGIN}\r?\n([A-Za-z0-9+/=\r\n]{{1,4096}}){END}\s*", re.ASCII)
_EXPECTED = "a public key (ssh-ed25519 AAAA...)"


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key: 32 bytes."""

    raw: bytes
    _key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Expand the key, which also refuses bytes that are none."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.raw)
        except ValueError:
            raise BadKeyText(_EXPECTED) from None
        object.__setattr__(self, "_key", key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ssh-ed25519 AAAA... [comment]`.

        Raises:
            BadKeyText: it is something else.
        """
        line = text.strip()
        try:
            kind, encoded, *_ = line.split(" ", 2)
            inside, raw = _split(_decode(encoded))
        except ValueError:
            raise BadKeyText(_EXPECTED) from None
        if kind != KEY_TYPE or inside != KEY_TYPE.encode() or not line.isprintable():
            raise BadKeyText(_EXPECTED)
        return cls(raw)

    def __str__(self) -> str:
        return f"{KEY_TYPE} {base64.b64encode(self.blob).decode()}"

    def __repr__(self) -> str:
        return f"VerifyKey({self})"

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        return type(self), (self.raw,)

    @property
    def blob(self) -> bytes:
        """The key as SSH writes it."""
        return _string(KEY_TYPE.encode()) + _string(self.raw)

    def verify_bytes(self, message: bytes, signature: bytes) -> None:
        """Check a bare signature.

        Raises:
            BadSignature: it does not belong to the message, or is by another key.
        """
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise BadSignature from None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key: a 32-byte seed."""

    seed: bytes = field(repr=False)
    public: VerifyKey = field(init=False, compare=False)
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Expand the seed."""
        if len(self.seed) != SEED:
            raise BadKeyText("a seed of 32 bytes")
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "public", VerifyKey(key.public_key().public_bytes_raw()))
        object.__setattr__(self, "_key", key)

    @classmethod
    def generate(cls) -> Self:
        """Make a new one."""
        return cls(secrets.token_bytes(SEED))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the one of this 32-byte seed."""
        return cls(seed)

    def sign(self, message: bytes, namespace: str) -> str:
        """Return an armoured SSHSIG text."""
        signature = _string(KEY_TYPE.encode()) + _string(
            self.sign_bytes(_signed(message, namespace))
        )
        parts = (self.public.blob, namespace.encode(), b"", HASH, signature)
        blob = START + b"".join(map(_string, parts))
        lines = textwrap.wrap(base64.b64encode(blob).decode(), COLUMNS)
        return "\n".join([BEGIN, *lines, END, ""])

    def sign_bytes(self, message: bytes) -> bytes:
        """Return the bare 64 bytes; the message begins with a label of its use."""
        return self._key.sign(message)


def verify(
    message: bytes, signature: str, namespace: str, keys: Collection[VerifyKey]
) -> VerifyKey:
    """Return the one of the keys that made an SSHSIG text over the message.

    Raises:
        BadSignature: it does not belong to the message; or, as its kinds, UnreadableSignature,
            UnknownSigner (none of the keys) and OtherNamespace.
    """
    public, found, bare = _parse(signature)
    signer = next((key for key in keys if key.blob == public), None)
    if signer is None:
        raise UnknownSigner
    if found != namespace.encode():
        raise OtherNamespace(ascii(found.decode("utf-8", "replace")), namespace)
    signer.verify_bytes(_signed(message, namespace), bare)
    return signer


def fingerprint(key: VerifyKey | bytes) -> str:
    """Return what people compare by voice: 120 bits of the raw public key's hash, in fours."""
    raw = key.raw if isinstance(key, VerifyKey) else key
    digest = hashlib.sha256(FINGERPRINT_LABEL + raw).digest()[:FINGERPRINT]
    return " ".join(textwrap.wrap(base64.b32encode(digest).decode(), 4))


def _signed(message: bytes, namespace: str) -> bytes:
    """Return the bytes that an SSHSIG signs."""
    parts = (namespace.encode(), b"", HASH, hashlib.sha512(message).digest())
    return MAGIC + b"".join(map(_string, parts))


def _parse(text: str) -> tuple[bytes, bytes, bytes]:
    """Return key blob, namespace and bare signature of an SSHSIG text."""
    armour = _ARMOUR.fullmatch(text)
    if armour is None:
        raise UnreadableSignature
    try:
        blob = _decode("".join(armour[1].split()))
        start, rest = blob[: len(START)], blob[len(START) :]
        public, namespace, reserved, algorithm, signature = _split(rest)
        kind, bare = _split(signature)
    except ValueError:
        raise UnreadableSignature from None
    if (start, reserved, algorithm, kind) != (START, b"", HASH, KEY_TYPE.encode()):
        raise UnreadableSignature
    return public, namespace, bare


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _decode(text: str) -> bytes:
    """Return the bytes of canonical base64."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(len(text))
    return data


def _split(data: bytes) -> list[bytes]:
    """Return the strings that some bytes consist of."""
    parts = []
    while data:
        end = 4 + int.from_bytes(data[:4], "big")
        if len(data) < max(end, 4):
            raise ValueError(end)
        parts.append(data[4:end])
        data = data[end:]
    return parts
