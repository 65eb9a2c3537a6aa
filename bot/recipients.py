"""Those whom mail goes to: what each is called in codes, and how far we are with each.

Rules of this file: values only, kept in memory. A recipient is named by the place in the list of
the settings (`mail-2`); the address itself is in no name, code or log.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.schedule import Patience

KEY = 16  # bytes that stand for a recipient in the store


@dataclass(kw_only=True, slots=True, eq=False)
class Recipient:
    """One recipient of one kind of mail. `owed`: one of constant words waits; `busy`: one goes."""

    code: str
    address: str = field(repr=False)
    key: bytes = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    owed: bool = False
    busy: bool = False


def recipient_key(address: str) -> bytes:
    """Return what stands for a recipient in the store."""
    return hashlib.sha256(address.lower().encode()).digest()[:KEY]


def listed(kind: str, addresses: Sequence[str]) -> tuple[Recipient, ...]:
    """Return the recipients of a list; somebody who is in it twice has the first place."""
    found: dict[bytes, Recipient] = {}
    for place, address in enumerate(addresses, 1):
        key = recipient_key(address)
        found.setdefault(key, Recipient(code=f"{kind}-{place}", address=address, key=key))
    return tuple(found.values())
