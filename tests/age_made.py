"""Identities and plaintexts that the tests of sealing share."""

from storage.age import Identity

ME = Identity.from_seed(bytes(32))
YOU = Identity.from_seed(bytes(range(32)))
STRANGER = Identity.from_seed(b"\1" * 32)
SMALL = b"it happened on a Sunday"


def pattern(length: int) -> bytes:
    """Return bytes of which no two chunks are the same."""
    return b"".join(n.to_bytes(4, "big") for n in range(length // 4 + 1))[:length]
