"""A line folder: `line.toml`, `line.toml.sig`, `keys/<id>.age`, and `root.pub` of its reader.

Rules of this file: it moves bytes and decides nothing. The statement and its signature change in
one step: both are written into `line.next`, whose appearance is the change, and then laid out as
the two files that stock tools read. Whoever reads the folder after a crash finishes that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storage import disk
from storage.errors import BadRootFile, NoStatement, StorageError
from storage.parties import KEY_ID
from storage.signature import VerifyKey
from storage.statement import Line

STATEMENT = "line.toml"
SIGNATURE = "line.toml.sig"
NEXT = "line.next"
ROOT = "root.pub"
KEYS = "keys"
SEEN = "line.seen"
MAX_STATEMENT = 1 << 20  # about 250 keys of 2 KB twice over; a statement lists far fewer
MAX_KEY_FILE = 1 << 20  # one stanza of 1.6 KB a holder
ARMOUR_END = b"-----END SSH SIGNATURE-----\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A statement's text and the signature found beside it, neither believed yet."""

    text: str
    signature: str = field(repr=False)


def read(folder: Path) -> Signed:
    """Return the folder's statement and signature.

    Raises:
        NoStatement: one of them is missing, too long or not text.
    """
    settle(folder)
    parts = [_bounded(folder / name, MAX_STATEMENT) for name in (STATEMENT, SIGNATURE)]
    try:
        text, signature = (part.decode() for part in parts if part is not None)
    except ValueError:  # not two of them, or not UTF-8
        raise NoStatement(folder) from None
    return Signed(text=text, signature=signature)


def write(folder: Path, signed: Signed, keys: Mapping[str, bytes] | None = None) -> None:
    """Put a statement into the folder, after the key files that come with it."""
    disk.make_folder(folder / KEYS)
    for key_id, sealed in (keys or {}).items():
        write_key(folder, key_id, sealed)
    signature = signed.signature.strip().encode() + b"\n"
    disk.write(folder / NEXT, signature + signed.text.encode())
    settle(folder)


def settle(folder: Path) -> None:
    """Finish a change of statement that was cut short."""
    whole = _bounded(folder / NEXT, 2 * MAX_STATEMENT)
    if whole is None:
        return
    signature, end, text = whole.partition(ARMOUR_END)
    if end:
        disk.write(folder / SIGNATURE, signature + end)
        disk.write(folder / STATEMENT, text)
    disk.erase(folder / NEXT)


def key_path(folder: Path, key_id: str) -> Path:
    """Return where the sealed secret of a reading key lies; the id has the form of one."""
    return folder / KEYS / f"{key_id}.age"


def read_key(folder: Path, key_id: str) -> bytes | None:
    """Return the sealed secret of a reading key, if its file is there."""
    return _bounded(key_path(folder, key_id), MAX_KEY_FILE)


def write_key(folder: Path, key_id: str, sealed: bytes) -> None:
    """Put the sealed secret of a reading key into the folder."""
    disk.make_folder(folder / KEYS)
    disk.write(key_path(folder, key_id), sealed)


def key_ids(folder: Path) -> list[str]:
    """Return the ids of the key files that are there, oldest first; other files are left alone."""
    names = (path.name.removesuffix(".age") for path in (folder / KEYS).glob("*.age"))
    return sorted(name for name in names if KEY_ID.fullmatch(name))


def erase_unlisted(folder: Path, line: Line) -> list[str]:
    """Erase the key files that the statement does not list any more; return their ids."""
    gone = [key_id for key_id in key_ids(folder) if line.key(key_id) is None]
    for key_id in gone:
        disk.erase(key_path(folder, key_id))
    return gone


def read_root(folder: Path) -> VerifyKey | None:
    """Return the root key pinned in the folder, if there is one.

    Raises:
        BadRootFile: the file holds something else.
    """
    data = _bounded(folder / ROOT, MAX_STATEMENT)
    if data is None:
        return None
    try:
        return VerifyKey.parse(re.sub(r"\s+", " ", data.decode()).strip())
    except (StorageError, ValueError):
        raise BadRootFile(folder / ROOT) from None


def pin_root(folder: Path, root: VerifyKey) -> None:
    """Pin the root key: the folder's reader believes this one and no other."""
    disk.make_folder(folder)
    disk.write(folder / ROOT, f"{root} quietline-root\n".encode())


def seen(folder: Path) -> int:
    """Return the number of the newest statement that was ever in force here, 0 if none was."""
    data = _bounded(folder / SEEN, MAX_STATEMENT) or b""
    return int(data) if data.strip().isdigit() else 0


def note_seen(folder: Path, epoch: int) -> None:
    """Remember that a statement is in force: an older one is refused from now on, also later."""
    if epoch > seen(folder):
        disk.write(folder / SEEN, f"{epoch}\n".encode())


def _bounded(path: Path, limit: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    return data if len(data) <= limit else None
