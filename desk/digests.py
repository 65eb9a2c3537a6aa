"""Digests at a desk: what may come into the mirror, and what a digest that is here tells.

Rules of this file: the signature is checked before anything is opened, and a digest is kept under
the number inside it, whatever it was called. It continues the one before it by hash; another one of
the same number, a torn chain, or a digest that tells of other journals than a bundle did, is
refused by name. A number that is not here is named, not ignored; digests may come in any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from desk.errors import (
    AlteredFile,
    ForeignFile,
    HeadsDisagree,
    MisnamedDigest,
    NoSignatureInside,
    OtherDigest,
    ReadingError,
    SealedToOthers,
    TornDigests,
)
from desk.mirror import Known, Mirror
from desk.reader import Reader
from desk.sent import SentDigest
from storage import age, digest
from storage.bundle import Witness
from storage.digest import Digest
from storage.entry import INDEX_BYTES, IndexEntry, decode_index
from storage.errors import BadSignature, NoKeyFits, UnknownSigner, WrongDigest
from storage.signature import VerifyKey, verify


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadDigest:
    """An opened digest. `closed` counts index entries sealed to keys that this desk lacks."""

    sha256: bytes
    digest: Digest
    index: tuple[IndexEntry, ...] = field(repr=False)
    closed: int

    @property
    def number(self) -> int:
        """Its number."""
        return self.digest.number


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedDigest:
    """A digest that the line's server signed, opened; its place among the others is not checked."""

    name: str
    read: ReadDigest
    sealed: bytes = field(repr=False)
    signature: str = field(repr=False)
    unknown_line: bool  # made under a statement that this desk has not seen


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenDigest:
    """What came of a digest: `fresh` when it was not here before.

    `missing` are numbers that are not here and that no bundle told of.
    """

    read: ReadDigest
    fresh: bool
    missing: tuple[int, ...]
    unknown_line: bool  # made under a statement that this desk has not seen


def take(mirror: Mirror, reader: Reader, sent: SentDigest) -> TakenDigest:
    """Take a digest into the mirror.

    Raises:
        ReadingError, StorageError: it is not one to believe; the class says why, and nothing was
            changed.
    """
    return keep(mirror, reader, check(sent, reader, mirror.known(reader)))


def check(sent: SentDigest, reader: Reader, known: Known) -> CheckedDigest:
    """Check who signed a digest, then open it.

    Raises:
        ReadingError, StorageError: it is not one to believe.
    """
    signer, signature = _signer(sent, known)
    read = open_digest(sent.sealed, reader)
    line = known.line(read.digest.line)
    server = (line or reader.line).server
    if server is None or server.identity != signer:  # a server that was replaced since
        raise ForeignFile
    if sent.number not in {None, read.number}:
        raise MisnamedDigest(read.number)
    return CheckedDigest(
        name=sent.name,
        read=read,
        sealed=sent.sealed,
        signature=signature,
        unknown_line=line is None,
    )


def keep(mirror: Mirror, reader: Reader, checked: CheckedDigest) -> TakenDigest:
    """Keep a digest in the mirror, if it fits what is there.

    Raises:
        OtherDigest, TornDigests, HeadsDisagree: it does not; nothing was changed.
    """
    read = checked.read
    fresh = _check_place(mirror, reader, read)
    if fresh:
        mirror.keep_digest(read.number, checked.sealed, checked.signature)
    told = len(mirror.heads().witnesses)
    lost = tuple(one for one in missing(mirror.digests()) if one > told)
    return TakenDigest(read=read, fresh=fresh, missing=lost, unknown_line=checked.unknown_line)


def _signer(sent: SentDigest, known: Known) -> tuple[VerifyKey, str]:
    """Return who signed a digest, and with which of the signatures that came along."""
    refusal: ReadingError = NoSignatureInside()
    for signature in reversed(sent.signatures):  # at the end, the first one's refusal stands
        try:
            signer = trusted(
                partial(verify, sent.sealed, signature, digest.NAMESPACE), known.identities
            )
        except (AlteredFile, ForeignFile) as error:
            refusal = error
        else:
            return signer, signature
    raise refusal


def trusted(
    check: Callable[[tuple[VerifyKey, ...]], VerifyKey], keys: tuple[VerifyKey, ...]
) -> VerifyKey:
    """Return who signed, by a check that raises BadSignature; say in a desk's words what is wrong.

    Raises:
        ForeignFile: another key signed. AlteredFile: the signature does not belong to the file.
    """
    try:
        return check(keys)
    except UnknownSigner:
        raise ForeignFile from None
    except BadSignature:
        raise AlteredFile from None


def open_digest(sealed: bytes, reader: Reader) -> ReadDigest:
    """Open a digest and its index entries.

    Raises:
        SealedToOthers: this desk does not hold its key.
        StorageError: it is not what a server makes.
    """
    try:
        value = digest.decode(age.open(sealed, reader.general))
    except NoKeyFits:
        raise SealedToOthers from None
    opened = [_open_index(one, reader) for one in value.index]
    index = tuple(one for one in opened if one is not None)
    return ReadDigest(
        sha256=digest.sha256(sealed),
        digest=value,
        index=index,
        closed=len(opened) - len(index),
    )


def read_digests(mirror: Mirror, reader: Reader) -> dict[int, ReadDigest | None]:
    """Return the digests that are here; None for one sealed to a key that this desk lacks.

    Raises:
        StorageError: one is not what was kept.
    """
    found: dict[int, ReadDigest | None] = {}
    for number in mirror.digests():
        try:
            found[number] = open_digest(mirror.digest(number) or b"", reader)
        except SealedToOthers:
            found[number] = None
    return found


def missing(numbers: list[int]) -> tuple[int, ...]:
    """Return the numbers that are not here, below the highest that is."""
    return tuple(sorted(set(range(1, max(numbers, default=0))) - set(numbers)))


def check_links(
    mirror: Mirror, reader: Reader, read: ReadDigest, witnesses: Sequence[Witness]
) -> None:
    """Check a digest with its neighbours in the mirror, and with what a bundle told of it.

    Raises:
        TornDigests: it does not continue the one before, or the next does not continue it.
        HeadsDisagree: a bundle told of other journals.
    """
    number = read.number
    before = mirror.digest(number - 1)
    if before is not None and digest.sha256(before).hex() != read.digest.previous:
        raise TornDigests(number, number - 1)
    after = mirror.digest(number + 1)
    if after is not None and _previous(after, reader) not in {None, read.sha256.hex()}:
        raise TornDigests(number + 1, number)
    if number <= len(witnesses) and witnesses[number - 1].heads != read.digest.heads:
        raise HeadsDisagree(number)


def check_signature(mirror: Mirror, known: Known, number: int) -> None:
    """Check the signature kept with a digest again.

    Raises:
        ForeignFile, AlteredFile: it is not the server's.
    """
    sealed, signature = mirror.digest(number) or b"", mirror.digest_signature(number)
    trusted(lambda keys: verify(sealed, signature, digest.NAMESPACE, keys), known.identities)


def _check_place(mirror: Mirror, reader: Reader, read: ReadDigest) -> bool:
    """Tell whether a digest is new here; refuse one that does not fit."""
    here = mirror.digest(read.number)
    if here is not None:
        if digest.sha256(here) != read.sha256:
            raise OtherDigest(read.number)
        return False
    check_links(mirror, reader, read, mirror.heads().witnesses)
    return True


def _previous(sealed: bytes, reader: Reader) -> str | None:
    try:
        return open_digest(sealed, reader).digest.previous
    except SealedToOthers:
        return None


def _open_index(sealed: bytes, reader: Reader) -> IndexEntry | None:
    try:
        data = age.open(sealed, reader.general)
    except NoKeyFits:
        return None
    if len(data) != INDEX_BYTES:
        raise WrongDigest
    return decode_index(data)
