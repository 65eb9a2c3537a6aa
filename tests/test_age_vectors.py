"""The public age vectors (tests/data/age-vectors/README.md): each gives its listed result.

Vectors of families that need an X25519 identity are opened with the file key they list, injected
where an identity would unwrap it; header, MAC and payload are then as in any file.
"""

import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage import age
from storage.age_header import Stanza
from storage.errors import (
    ChangedHeader,
    DamagedHeader,
    DamagedPayload,
    NoKeyFits,
    NotAnAgeFile,
    SealError,
)

FOLDER = Path(__file__).parent / "data" / "age-vectors"
VECTORS = sorted(path.name for path in FOLDER.iterdir() if not path.suffix)
FAMILIES = {"hybrid": 9, "stream": 14, "hmac": 8, "stanza": 14}
KNOWN_KEYS = {"expect", "payload", "compressed", "identity", "file key", "comment"}
REFUSALS: dict[str, tuple[type[SealError], ...]] = {
    "no match": (NoKeyFits,),
    "HMAC failure": (ChangedHeader,),
    "header failure": (DamagedHeader, NotAnAgeFile),
    "payload failure": (DamagedPayload,),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """A file key that needs no unwrapping."""

    file_key: bytes

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        return self.file_key


@dataclass(frozen=True, kw_only=True, slots=True)
class Vector:
    """A file, who opens it, and what must come of it."""

    expect: str
    released: str | None  # SHA-256 of all plaintext that may be released
    sealed: bytes
    opener: age.Identity | Injected


def vector(name: str) -> Vector:
    head, _, sealed = (FOLDER / name).read_bytes().partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
    assert set(fields) <= KNOWN_KEYS
    if "compressed" in fields:
        sealed = zlib.decompress(sealed)
    opener: age.Identity | Injected
    if fields.get("identity", "").startswith("AGE-SECRET-KEY-PQ-1"):
        opener = age.Identity.parse(fields["identity"])
    else:
        opener = Injected(file_key=bytes.fromhex(fields.get("file key", "00" * 16)))
    return Vector(
        expect=fields["expect"], released=fields.get("payload"), sealed=sealed, opener=opener
    )


def test_the_vectors_are_all_here() -> None:
    assert len(VECTORS) == 48
    for family, count in FAMILIES.items():
        assert sum(name.split("_")[0] == family for name in VECTORS) == count


@pytest.mark.parametrize("name", VECTORS)
def test_a_stream_ends_as_the_vector_says_and_releases_what_it_says(name: str) -> None:
    case, sink = vector(name), io.BytesIO()
    if case.expect == "success":
        age.open_stream(io.BytesIO(case.sealed), sink, [case.opener])
    else:
        with pytest.raises(REFUSALS[case.expect]):
            age.open_stream(io.BytesIO(case.sealed), sink, [case.opener])
    if case.released is None:
        assert sink.getvalue() == b""
    else:
        assert hashlib.sha256(sink.getvalue()).hexdigest() == case.released


@pytest.mark.parametrize("name", VECTORS)
def test_a_file_at_hand_opens_whole_or_not_at_all(name: str) -> None:
    case = vector(name)
    if case.expect == "success":
        plaintext = age.open(case.sealed, [case.opener])
        assert hashlib.sha256(plaintext).hexdigest() == case.released
    else:
        with pytest.raises(REFUSALS[case.expect]):
            age.open(case.sealed, [case.opener])
