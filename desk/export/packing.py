"""Packing a folder into a ZIP: the same bytes whenever the same is packed.

Rules of this file: a folder of ours into a file of ours, a megabyte at a time. It holds neither the
time of packing nor the rights of files here, and no name that leads out of where it is unpacked.
"""

import hashlib
import shutil
import zipfile
from pathlib import Path

TIME = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can say
MODE = 0o600
CHUNK = 1024 * 1024


def pack(folder: Path, out: Path, *, root: str = "") -> None:
    """Pack all files below a folder into a ZIP, beneath `root` where one is given."""
    out.touch(mode=MODE)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files_below(folder):
            inside = "/".join(filter(None, (root, path.relative_to(folder).as_posix())))
            about = zipfile.ZipInfo(inside, TIME)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = MODE << 16
            with path.open("rb") as given, packed.open(about, "w", force_zip64=True) as put:
                shutil.copyfileobj(given, put, CHUNK)


def write(path: Path, data: bytes) -> None:
    """Write a new file that only its owner reads."""
    path.touch(mode=MODE, exist_ok=False)
    path.write_bytes(data)


def files_below(folder: Path) -> list[Path]:
    """Return the files in a folder and its folders, by name."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(data: bytes) -> str:
    """Return the SHA-256 of what goes to a screen."""
    return hashlib.sha256(data).hexdigest()
