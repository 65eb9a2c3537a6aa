"""Opening a file that a person sent: checked from end to end, or nothing of it stays.

Rules of this file: first the SHA-256 of what was sealed, then the seal itself, then size and hash
of what was inside; only then it gets its name. What is written before that is not the whole, and
goes. Memory is constant. The original stays as it came, under a name that no program opens by
itself; a working copy is for pictures only, and its absence is no fault of the original.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from desk import copies, file_names, saving, shelf, sounds
from desk.copies import Drawn
from desk.errors import AlteredBlob, BlobToOthers, ForeignBlob, LiesThere, NoCopy, NoSound
from desk.saving import GoOn, unhindered
from desk.shelf import Shelf
from desk.sounds import Sound
from storage import age
from storage.age import Identity
from storage.entry import File
from storage.errors import NoKeyFits, StorageError

MOST_IN_MEMORY = 48 * 1024 * 1024  # bytes of a picture that is only looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a case's file goes: a folder, the case's number, and the file's own in it."""

    folder: Path
    case: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """A file that was saved: where, its working copy or why there is none, and what to beware of.

    `fresh` is false when the very same file lay there.
    """

    path: Path
    fresh: bool
    copy: Path | None
    without: str
    risks: tuple[str, ...]


def save(
    file: File,
    place: Place,
    kept: Shelf,
    identities: Iterable[Identity],
    *,
    draw: bool = True,
    go_on: GoOn = unhindered,
) -> Saved:
    """Open a file into a folder, and `draw` a working copy where it is a picture.

    `go_on` is called for each piece of it; what it raises ends it, and nothing is kept.

    Raises:
        FileTrouble: it is not whole, not here, or not for this desk; nothing of it was kept.
    """
    shelf.check_room(place.folder, file.size)
    name = file_names.original(place.case, place.number, file.name, file.kind, file.type)
    path, fresh = place.folder / name, True
    with saving.fresh(place.folder) as made:
        _open(file, made.file, kept, identities, go_on)
        go_on()
        try:
            made.keep(name)
        except LiesThere:
            if not _is_same(path, file):
                raise
            fresh = False
        copy, without = _copy(file, place, made.path) if draw else (None, "")
    return Saved(
        path=path,
        fresh=fresh,
        copy=copy,
        without=without,
        risks=file_names.risks(file.name, file.type),
    )


def look(
    file: File, kept: Shelf, identities: Iterable[Identity], go_on: GoOn = unhindered
) -> Drawn:
    """Open a picture and draw it anew, all in memory.

    Raises:
        FileTrouble: it is not whole, not here, not for this desk, or cannot be drawn.
    """
    if file.size > MOST_IN_MEMORY:
        raise NoCopy(copies.TOO_LARGE_SAYS)
    opened = io.BytesIO()
    _open(file, opened, kept, identities, go_on)
    return copies.draw(opened.getvalue())


def listen(
    file: File, kept: Shelf, identities: Iterable[Identity], go_on: GoOn = unhindered
) -> Sound:
    """Open a voice note and make it anew, all in memory.

    Raises:
        FileTrouble: it is not whole, not here, not for this desk, or of another kind.
    """
    if file.size > sounds.MOST:
        raise NoSound(sounds.TOO_LARGE)
    opened = io.BytesIO()
    _open(file, opened, kept, identities, go_on)
    return sounds.remade(opened.getvalue())


def _open(
    file: File, made: BinaryIO, kept: Shelf, identities: Iterable[Identity], go_on: GoOn
) -> None:
    """Open the seal into a new file, and check that what was inside is what the case names."""
    sink = _Counted(made, file.size, go_on)
    with kept.opened(file, go_on) as source:
        try:
            age.open_stream(source, cast("BinaryIO", sink), list(identities))  # it is only written
        except NoKeyFits:
            raise BlobToOthers from None
        except StorageError:  # the entry names what was never a whole seal
            raise AlteredBlob from None
    if (sink.size, sink.hash.hexdigest()) != (file.size, file.sha256):
        raise ForeignBlob


def _copy(file: File, place: Place, opened: Path) -> tuple[Path | None, str]:
    """Return the working copy of a picture, or why there is none; nothing for what is none."""
    stem = file_names.stem(place.case, place.number, file.name, file.kind)
    with opened.open("rb") as original:  # what draws it can read it, and nothing else
        if not copies.is_picture(original):
            return None, ""
        try:
            return copies.make(original, place.folder, f"{stem}-copy"), ""
        except LiesThere as error:
            return Path(str(error.args[0])), ""
        except NoCopy as error:
            return None, str(error)


def _is_same(path: Path, file: File) -> bool:
    """Tell whether what lies there is this very file."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as lying:
        return shelf.hashed(lying) == file.sha256


class _Counted:
    """A file that is hashed while it is written, and takes no more than it may hold."""

    def __init__(self, made: BinaryIO, most: int, go_on: GoOn) -> None:
        self.hash = hashlib.sha256()
        self.size = 0
        self._file = made
        self._most = most
        self._go_on = go_on

    def write(self, data: memoryview) -> int:
        """Write all of it.

        Raises:
            ForeignBlob: there is more than the case says.
        """
        self._go_on()
        self.size += len(data)
        if self.size > self._most:
            raise ForeignBlob
        self.hash.update(data)
        return self._file.write(data)
