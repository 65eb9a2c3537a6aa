"""Statements that come from a server: what they must be to be believed, and how they stay.

Rules of this file: the root's signature first, then that it is no older one than the one here. What
is believed is kept in the mirror; a newer one, and the keys that came with it, go into the line
folder, and key files that it has retired are erased there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desk.mirror import Mirror
from desk.reader import Reader
from storage import bundle, folder
from storage.archive import Member
from storage.errors import WrongBundle
from storage.folder import MAX_STATEMENT, Signed
from storage.line import Line, authenticate, follow


@dataclass(frozen=True, kw_only=True, slots=True)
class Adopted:
    """What a statement has changed here: the key files that were written, and those erased."""

    newer: bool
    keys: tuple[str, ...]
    erased: tuple[str, ...]


def first_of(members: Iterator[Member]) -> Signed:
    """Return the statement that members begin with.

    Raises:
        WrongBundle: they begin otherwise.
    """
    texts = []
    for name in (bundle.STATEMENT, bundle.SIGNATURE):
        member = next(members, None)
        if member is None or member.name != name or len(member.data) > MAX_STATEMENT:
            raise WrongBundle(name)
        texts.append(member.data.decode(errors="replace"))
    return Signed(text=texts[0], signature=texts[1])


def believed(signed: Signed, reader: Reader) -> Line:
    """Return a statement that is not older than the one here.

    Raises:
        LineError, FieldError: it is not one to believe.
    """
    line = authenticate(signed.text, signed.signature, root=reader.root)
    follow(line, reader.line)
    return line


def adopt(
    mirror: Mirror, reader: Reader, line: Line, signed: Signed, fresh: Mapping[str, bytes]
) -> Adopted:
    """Keep a statement that is believed, and the key files that came with it."""
    mirror.keep_statement(line, signed)
    newer = line.epoch > reader.line.epoch
    if newer or fresh:
        folder.write(reader.line_folder, signed, fresh)
    erased = folder.erase_unlisted(reader.line_folder, line) if newer else []
    return Adopted(newer=newer, keys=tuple(sorted(fresh)), erased=tuple(erased))
