"""The server's derived keys at work: tags instead of chat ids, sealed states, letters and codes.

Everything here can be undone by whoever holds the server's master credential; what that means for
a thief is in docs/threats.md. A person's answers are not sealed here but in `sealer`.
"""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.errors import ForeignState
from storage.credentials import Credentials

NONCE = 12
#: A state is padded to multiples of this, so that its size does not count answers.
BLOCK = 1024
#: OWASP's smallest Argon2id setting: 19 MiB, two passes, one lane.
ARGON_KIB = 19 * 1024
ARGON_PASSES = 2

Random = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """Seals small things under one key: ChaCha20-Poly1305 with a random nonce in front."""

    cipher: ChaCha20Poly1305 = field(repr=False)
    random: Random = field(default=os.urandom, repr=False)

    @classmethod
    def of(cls, key: bytes) -> "Box":
        """Return the box of a 32-byte key."""
        return cls(cipher=ChaCha20Poly1305(key))

    def seal(self, data: bytes, bound: bytes) -> bytes:
        """Return `data` sealed and bound to `bound`."""
        nonce = self.random(NONCE)
        return nonce + self.cipher.encrypt(nonce, data, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Return what was sealed; raises ForeignState for anything else."""
        try:
            return self.cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
        except (InvalidTag, ValueError):
            raise ForeignState from None


class Keyring:
    """The keys derived from one server's master credential."""

    def __init__(self, credentials: Credentials, *, ephemeral: bool = False) -> None:
        """Derive the keys; with `ephemeral`, drafts' states live as long as this process."""
        self._derive = credentials.derive
        self._seen = credentials.derive("seen")
        self._pepper = credentials.derive("pepper")
        lasting = credentials.derive("state")
        self.windows = Box.of(lasting)  # states of reply windows, which survive a restart
        self.states = Box.of(os.urandom(32)) if ephemeral else self.windows
        self.letters = Box.of(credentials.derive("letters"))
        self.codes = Box.of(credentials.derive("codes"))
        self.fetches = Box.of(credentials.derive("fetches"))
        self.replies = Box.of(credentials.derive("replies"))
        self.returns = Box.of(credentials.derive("return keys"))
        self._tag_keys: dict[str, bytes] = {}

    def tag(self, channel: str, peer: str, month: str) -> bytes:
        """Return what stands for a chat in this month ("2026-11")."""
        key = self._tag_keys.get(month)
        if key is None:
            key = self._tag_keys[month] = self._derive(f"tag {month}")
        return hmac.digest(key, _joined(channel, peer), "sha256")

    def seen(self, channel: str, peer: str, event_id: str) -> bytes:
        """Return what stands for an event that was taken."""
        return hmac.digest(self._seen, _joined(channel, peer, event_id), "sha256")

    def lookup(self, digits: str) -> bytes:
        """Return how the row of a case code is found."""
        return hmac.digest(self._pepper, digits.encode(), "sha256")

    def confirm(self, digits: str, salt: bytes) -> bytes:
        """Return what confirms a case code (slow by design: 19 MiB of Argon2id)."""
        argon = Argon2id(
            salt=salt, length=32, iterations=ARGON_PASSES, lanes=1, memory_cost=ARGON_KIB
        )
        return argon.derive(digits.encode())


def month_of(day: date) -> str:
    """Return the month of a day: "2026-11"."""
    return f"{day.year:04d}-{day.month:02d}"


def month_before(day: date) -> str:
    """Return the month before the one a day is in."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def padded(data: bytes) -> bytes:
    """Return data with its length in front, padded to whole blocks."""
    whole = len(data).to_bytes(4) + data
    return whole.ljust(-(-len(whole) // BLOCK) * BLOCK, b"\0")


def unpadded(data: bytes) -> bytes:
    """Return what `padded` was given; raises ForeignState for anything else."""
    size = int.from_bytes(data[:4])
    if len(data) < size + 4:
        raise ForeignState
    return data[4 : 4 + size]


def _joined(*parts: str) -> bytes:
    return b"".join([len(p).to_bytes(4) + p for p in [part.encode() for part in parts]])
