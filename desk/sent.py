"""What was sent: a digest and its signature as they came, before anything of it is believed.

Rules of this file: bounded bytes, nothing else. Names come from strangers: they are for people to
read, and no file of ours is ever named by them.
"""

from dataclasses import dataclass, field
from pathlib import Path

from desk.errors import NoSignature
from storage import age, digest

SIZE = age.sealed_size(digest.SIZE)
MAX_SIGNATURE = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class SentDigest:
    """A digest as it came, from a file or in a mail.

    `name` is the file's, for people; `number` is what such a name says, where it says one;
    `signatures` are all that came along.
    """

    name: str
    sealed: bytes = field(repr=False)
    signatures: tuple[str, ...] = field(repr=False)
    number: int | None = None


def read_digest(path: Path) -> SentDigest:
    """Return what lies in a digest's file, and in its signature's beside it.

    Raises:
        NoSignature: there is no signature. OSError: the file cannot be read.
    """
    named = digest.FILE_NAME.fullmatch(path.name)
    return SentDigest(
        name=path.name,
        sealed=beginning(path, SIZE + 1),
        signatures=(read_signature(path),),
        number=int(named[1]) if named else None,
    )


def read_signature(path: Path) -> str:
    """Return the text of the signature beside a file.

    Raises:
        NoSignature: there is none.
    """
    beside = path.with_name(path.name + ".sig")
    try:
        return beginning(beside, MAX_SIGNATURE).decode("ascii", "replace")
    except FileNotFoundError:
        raise NoSignature(beside.name) from None


def beginning(path: Path, limit: int) -> bytes:
    """Return so many bytes of a file, or as many as it has."""
    with path.open("rb") as file:
        return file.read(limit)
