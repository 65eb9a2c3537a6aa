"""What stands inside a digest: one line of JSON, then sealed index entries, always one size.

Rules of this file: values to exactly 65,536 bytes of plaintext and back, whether much came in or
nothing; sealing, signing and sending are elsewhere. Never an entry with a person's words: a digest
may lie in a mailbox for ever. Each digest names the hash of the one before it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from storage.age import sealed_size
from storage.document import MAX_NUMBER, Document, write
from storage.entry import INDEX_BYTES
from storage.errors import WrongDigest
from storage.padding import KIB, pad

KIND = "digest"
NAMESPACE = "quietline-digest@v1"
SIZE = 64 * KIB
ENTRY_BYTES = sealed_size(INDEX_BYTES)
#: As many entries as leave 6,919 bytes for the line of JSON (design, section 6.8: about 27).
CAPACITY = 27
MAX_LISTED = 20  # failures, and figures of health: at most 4.1 KB together
MAX_LISTED_TEXT = 60
HASH = 32
FILE_NAME = re.compile(r"digest-([0-9]{6})\.age", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the server is: letters that wait, codes of failures of delivery, figures by name."""

    waiting: int = 0
    failures: tuple[str, ...] = ()
    figures: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """A digest. `more`: index entries that wait for the next one, or come with a bundle."""

    number: int
    previous: str  # SHA-256 of the ciphertext of the digest before; "" in the first
    day: date
    line: str  # SHA-256 of line.toml
    heads: bytes  # see `storage.chain.heads_value`
    cases: int
    entries: int
    more: int
    health: Health = field(default_factory=Health)
    index: tuple[bytes, ...] = field(default=(), repr=False)  # sealed index entries


def file_name(number: int) -> str:
    """Return the name of a digest's file; its signature has `.sig` after it."""
    return f"digest-{number:06d}.age"


def sha256(sealed: bytes) -> bytes:
    """Return the hash by which the next digest names this one."""
    return hashlib.sha256(sealed).digest()


def encode(digest: Digest) -> bytes:
    """Return the plaintext, always of one size.

    Raises:
        TooLong: it has more entries, or longer figures, than there is room for.
        FieldError, WrongDigest: it says something that could not be read again.
    """
    head = write(
        KIND,
        {
            "cases": digest.cases,
            "day": digest.day.isoformat(),
            "entries": digest.entries,
            "entry_bytes": ENTRY_BYTES,
            "failures": digest.health.failures,
            "heads": digest.heads.hex(),
            "health": dict(digest.health.figures),
            "line": digest.line,
            "more": digest.more,
            "new": len(digest.index),
            "number": digest.number,
            "previous": digest.previous,
            "waiting": digest.health.waiting,
        },
    )
    data = pad(b"".join((head, b"\n", *digest.index)), SIZE, b"\0")
    if decode(data) != digest:  # what a desk could not read is not sent
        raise WrongDigest
    return data


def decode(data: bytes) -> Digest:
    """Read a digest's plaintext.

    Raises:
        WrongDigest: it is of another size or shape. FieldError: its line of JSON is.
    """
    head, newline, rest = data.partition(b"\n")
    if len(data) != SIZE or not newline:
        raise WrongDigest
    document = Document.decode(head, file="A digest", kind=KIND)
    count = document.whole("new", high=CAPACITY)
    document.whole("entry_bytes", low=ENTRY_BYTES, high=ENTRY_BYTES)
    end = count * ENTRY_BYTES
    digest = Digest(
        number=document.whole("number", low=1),
        previous=document.sha256("previous", blank=True),
        day=document.day("day"),
        line=document.sha256("line"),
        heads=document.hexadecimal("heads", HASH),
        cases=document.whole("cases"),
        entries=document.whole("entries"),
        more=document.whole("more"),
        health=_health(document),
        index=tuple(rest[at : at + ENTRY_BYTES] for at in range(0, end, ENTRY_BYTES)),
    )
    document.end()
    if len(rest) < end or any(rest[end:]) or (digest.previous == "") != (digest.number == 1):
        raise WrongDigest
    return digest


def shortened(health: Health) -> Health:
    """Return what of it a digest has room for: the first twenty failures and figures."""
    figures = {
        name[:MAX_LISTED_TEXT]: value if isinstance(value, int) else value[:MAX_LISTED_TEXT]
        for name, value in sorted(health.figures.items())[:MAX_LISTED]
    }
    failures = tuple(code[:MAX_LISTED_TEXT] for code in health.failures[:MAX_LISTED])
    return Health(waiting=health.waiting, failures=failures, figures=figures)


def _health(document: Document) -> Health:
    figures = document.section("health")
    return Health(
        waiting=document.whole("waiting"),
        failures=document.codes("failures"),
        figures={name: _figure(figures, name) for name in figures.values},
    )


def _figure(figures: Document, name: str) -> int | str:
    if isinstance(figures.values[name], str):
        return figures.line(name)
    return figures.whole(name, low=-MAX_NUMBER)
