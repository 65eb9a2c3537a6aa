r"""The chain that makes a journal one: each entry's hash over the one before it, signed.

Rules of this file: pure; the server makes links with it, the desk checks them with it. All of a
case's journal is checked, from position 0, and against every head that was seen before (in
digests), so that a changed, missing, re-ordered or forked journal is noticed.

    chain     = SHA-256(label ‖ previous ‖ position ‖ SHA-256(sealed) ‖ size)
    label     = "quietline/chain/v1\0", or "quietline/packet-chain/v1\0" of what came by a packet
    signature = Ed25519("quietline/journal/v1\0" ‖ case ‖ position ‖ previous ‖ chain)

`previous` is the chain value before, 32 zero bytes at position 0; numbers are 8 bytes, big-endian.
Which label fits tells how an entry came; it is part of every later head (docs/decisions/0028).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from storage.errors import (
    EntryAltered,
    EntryMisplaced,
    EntryMissing,
    ForeignEntry,
    JournalForked,
    StorageError,
)
from storage.rows import CaseId, Head, JournalRow, Origin
from storage.unit import Sign

CHAIN_LABELS: Mapping[Origin, bytes] = {
    Origin.LINE: b"quietline/chain/v1\0",
    Origin.PACKET: b"quietline/packet-chain/v1\0",
}
SIGNED_LABEL = b"quietline/journal/v1\0"
START = bytes(32)

#: Check a raw signature of a message; raises a StorageError when it does not fit.
Verify = Callable[[bytes, bytes], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What the server gives an entry when it appends it."""

    position: int
    hash: bytes
    chain: bytes
    signature: bytes


def link(
    *,
    case: CaseId,
    position: int,
    previous: bytes,
    sealed: bytes,
    origin: Origin = Origin.LINE,
    sign: Sign,
) -> Link:
    """Make the link of the entry `sealed` that follows the chain value `previous`."""
    digest = sha256(sealed).digest()
    chain = chain_value(previous, position, digest, len(sealed), origin)
    signature = sign(signed_bytes(case, position, previous, chain))
    return Link(position=position, hash=digest, chain=chain, signature=signature)


def chain_value(
    previous: bytes, position: int, digest: bytes, size: int, origin: Origin = Origin.LINE
) -> bytes:
    """Return the chain value of an entry, 32 bytes."""
    parts = (CHAIN_LABELS[origin], previous, _number(position), digest, _number(size))
    return sha256(b"".join(parts)).digest()


def origin_of(row: JournalRow) -> Origin:
    """Return how an entry came to the server, as its chain value says; its hash was checked.

    Raises:
        EntryAltered: its chain value is not one of what stands there.
    """
    for origin in Origin:
        value = chain_value(row.previous, row.position, row.hash, len(row.sealed), origin)
        if value == row.chain:
            return origin
    raise EntryAltered(row.position)


def signed_bytes(case: CaseId, position: int, previous: bytes, chain: bytes) -> bytes:
    """Return what the server identity signs for an entry."""
    return b"".join((SIGNED_LABEL, case, _number(position), previous, chain))


def verify_chain(rows: Sequence[JournalRow], verify: Verify, known: Iterable[Head] = ()) -> Head:
    """Check a whole journal, in order, and return its head.

    `known` are heads of the same case that were seen before.

    Raises:
        EntryMissing: a position is not there, or the journal ends before a known head.
        EntryMisplaced: an entry stands twice, out of order, or belongs to another case.
        EntryAltered: an entry is not what the server hashed.
        ForeignEntry: the server identity did not sign it.
        JournalForked: it is sound in itself, but not the journal whose head was seen before.
    """
    if not rows:
        raise EntryMissing(0)
    previous = START
    for expected, row in enumerate(rows):
        _check_place(row, rows[0].case, expected)
        _check_link(row, previous, verify)
        previous = row.chain
    for head in known:
        _check_head(rows, head)
    last = rows[-1]
    return Head(case=last.case, position=last.position, chain=last.chain)


def heads_value(previous: bytes, changed: Iterable[Head]) -> bytes:
    """Return a digest's hash over the heads changed since the last digest, and that one's hash.

    `previous` is 32 zero bytes (START) for the first digest; `changed` may be in any order.
    """
    total = sha256(previous)
    for head in sorted(changed):
        total.update(head.case + _number(head.position) + head.chain)
    return total.digest()


def _check_place(row: JournalRow, case: CaseId, expected: int) -> None:
    if row.case != case or row.position < expected:
        raise EntryMisplaced(row.position)
    if row.position > expected:
        raise EntryMissing(expected)


def _check_link(row: JournalRow, previous: bytes, verify: Verify) -> None:
    if (row.previous, row.hash) != (previous, sha256(row.sealed).digest()):
        raise EntryAltered(row.position)
    origin_of(row)
    try:
        verify(signed_bytes(row.case, row.position, previous, row.chain), row.signature)
    except StorageError:
        raise ForeignEntry(row.position) from None


def _check_head(rows: Sequence[JournalRow], head: Head) -> None:
    if head.position >= len(rows):
        raise EntryMissing(len(rows))
    if (rows[0].case, rows[head.position].chain) != (head.case, head.chain):
        raise JournalForked(head.position)


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")
