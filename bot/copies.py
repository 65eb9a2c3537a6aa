"""The folder of what is still to be mailed: copies of digests, and marks of mails that are owed.

Rules of this file: names and contents are constant but for a digest's number and its sealed bytes;
nothing here tells who gets what. A copy that is not what was recorded is as good as none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from storage import digest, disk
from storage.rows import DigestRow

OWED = b"owed\n"

_COPY = re.compile(rf"{digest.FILE_NAME.pattern}(\.sig)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A digest as it is mailed, and its signature."""

    sealed: bytes
    signature: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Copies:
    """What lies in the folder, which need not be there yet."""

    folder: Path

    def read(self, row: DigestRow) -> Copy | None:
        """Return the copy of a digest, if it is there and whole."""
        path = self.folder / digest.file_name(row.number)
        try:
            sealed = path.read_bytes()
            signature = path.with_name(path.name + ".sig").read_bytes()
        except OSError:
            return None
        if digest.sha256(sealed) != row.sha256:
            return None
        return Copy(sealed=sealed, signature=signature)

    def clear(self, upto: int, paid: Iterable[str]) -> None:
        """Erase the copies with numbers up to `upto`, and the marks of mails that went."""
        for name in paid:
            disk.erase(self.folder / name)
        for path in sorted(self.folder.glob("digest-*")):
            found = _COPY.fullmatch(path.name)
            if found and int(found[1]) <= upto:
                disk.erase(path)

    def owe(self, name: str) -> None:
        """Mark that a mail of constant words is owed; raises OSError where that cannot be kept."""
        disk.make_folder(self.folder)
        disk.write(self.folder / name, OWED)

    def owes(self, name: str) -> bool:
        """Tell whether it is owed."""
        return (self.folder / name).exists()
