"""What was given to `open`: files and folders, sorted into bundles and digests as they came.

Rules of this file: a file's kind is told by its suffix, else by how it begins. A folder stands for
the bundles, digests and mails in it, a Maildir and an mbox for their mails; mails without a digest
are only counted there, since other mail may lie beside. One given by itself must hold one. What is
refused is named, and the others go on. Nothing is written.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from desk import mails, sent
from desk.errors import DeskError, NoDigestInside, OutlookMail, RefusedFile, UnknownFile
from desk.safe_text import safe_line
from desk.sent import SentDigest
from storage.age_header import VERSION as AGE
from storage.bundle import STATEMENT
from storage.errors import StorageError

SIGNATURE = ".sig"
CUR, NEW, TMP = "cur", "new", "tmp"  # the folders of a Maildir; Thunderbird's has no `new`
LOOKED_AT = 1024  # bytes at the beginning that tell a file's kind


class Kind(Enum):
    """What a file is."""

    BUNDLE = auto()
    DIGEST = auto()
    MAIL = auto()
    MBOX = auto()
    OUTLOOK = auto()


NAMES = {
    ".age": Kind.DIGEST,
    ".eml": Kind.MAIL,
    ".mbox": Kind.MBOX,
    ".msg": Kind.OUTLOOK,
    ".tar": Kind.BUNDLE,
}
STARTS = (
    (AGE, Kind.DIGEST),
    (STATEMENT.encode(), Kind.BUNDLE),
    (mails.MBOX, Kind.MBOX),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OUTLOOK),
)


@dataclass(kw_only=True, slots=True)
class Incoming:
    """What there is to take, and what not.

    `looked` counts the files; `without` the mails among others that hold no digest.
    """

    looked: int = 0
    bundles: list[Path] = field(default_factory=list)
    digests: list[SentDigest] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    without: int = 0


def collect(paths: Sequence[Path]) -> Incoming:
    """Look at all that was given; a folder stands for what is in it."""
    came, seen = Incoming(), set[Path]()
    for path in paths:
        for file, kind, alone in _unfold(path, came.refused):
            if file not in seen:
                seen.add(file)
                _look(file, kind, came, alone=alone)
    came.looked = len(seen)
    came.bundles.sort(key=lambda file: (file.name, file))
    return came


@contextmanager
def refusing(name: str, refused: list[RefusedFile]) -> Iterator[None]:
    """Note what is refused under a name, and go on after it."""
    try:
        yield
    except (DeskError, StorageError) as error:
        refused.append(RefusedFile(safe_line(name), sentence(error)))


def sentence(error: Exception) -> str:
    """Return an error's sentence, to stand inside another; a file may have put names into it."""
    return safe_line(str(error)).rstrip(".")


# --- folders -----------------------------------------------------------------------------------


def _unfold(path: Path, refused: list[RefusedFile]) -> list[tuple[Path, Kind | None, bool]]:
    """Return files, with the kind where the place tells it, and whether each was given alone."""
    try:
        if not path.is_dir():
            return [(_signed(path), None, True)]
        if (path / CUR).is_dir() and any((path / name).is_dir() for name in (NEW, TMP)):
            inside = [file for name in (CUR, NEW) for file in (path / name).glob("*")]
            return [(file, Kind.MAIL, False) for file in sorted(inside) if file.is_file()]
        files = {_signed(file) for file in path.iterdir() if _is_ours(file)}
        return [(file, None, False) for file in sorted(files)]
    except OSError as error:
        refused.append(_unreadable(path, error))
        return []


def _signed(path: Path) -> Path:
    """Return the file that a signature belongs to; any other is itself."""
    return path.with_suffix("") if path.suffix == SIGNATURE else path


def _is_ours(file: Path) -> bool:
    hidden = file.name.startswith(".")
    return not hidden and _kind_by_name(_signed(file)) is not None and file.is_file()


def _kind_by_name(file: Path) -> Kind | None:
    if file.name == "mbox":  # so named inside the folder that Apple Mail exports
        return Kind.MBOX
    return NAMES.get(file.suffix.lower())


# --- files -------------------------------------------------------------------------------------


def _look(file: Path, kind: Kind | None, came: Incoming, *, alone: bool) -> None:
    """Put a file, or the digests in it, where they belong."""
    try:
        with refusing(file.name, came.refused):
            match kind or _kind(file):
                case Kind.BUNDLE:
                    came.bundles.append(file)
                case Kind.DIGEST:
                    came.digests.append(sent.read_digest(file))
                case Kind.MAIL:
                    mail = sent.beginning(file, mails.MAX_MAIL + 1)
                    _look_into(mail, file.name, came, alone=alone)
                case Kind.MBOX:
                    _look_through(file, came)
                case Kind.OUTLOOK:
                    raise OutlookMail
    except OSError as error:
        came.refused.append(_unreadable(file, error))


def _kind(file: Path) -> Kind:
    """Tell what a file is, and that it can be read.

    Raises:
        UnknownFile: it is nothing that we know.
    """
    start, named = sent.beginning(file, LOOKED_AT), _kind_by_name(file)
    if named is not None:
        return named
    for begins, kind in STARTS:
        if start.startswith(begins):
            return kind
    if mails.is_mail(start):
        return Kind.MAIL
    raise UnknownFile


def _look_into(mail: bytes, name: str, came: Incoming, *, alone: bool) -> None:
    found = mails.digests_in(mail, name)
    if alone and not found:
        raise NoDigestInside
    came.digests += found
    came.without += not found


def _look_through(mbox: Path, came: Incoming) -> None:
    with mbox.open("rb") as file:
        for number, mail in enumerate(mails.split(file), 1):
            name = f"{mbox.name}, mail {number}"
            with refusing(name, came.refused):
                _look_into(mail, name, came, alone=False)


def _unreadable(path: Path, error: OSError) -> RefusedFile:
    return RefusedFile(safe_line(path.name), error.strerror or "It cannot be read")
