"""The forms that a desk keeps, each under its hash: a case is shown by the form of its own time.

Rules of this file: forms are public, and lie open. A form is found by the SHA-256 that the root's
statement and each answer name, and looked at again when it is read: one that was changed is not
there. Its translations lie beside it, as they were when it was kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage import disk

FOLDER, FORM, WORDS = "forms", "form.md", ".ftl"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptForm:
    """A form as it is written, and its translations by language."""

    data: bytes
    words: Mapping[str, str]


def keep(desk: Path, form: KeptForm) -> None:
    """Keep a form at a desk that is set up; one that is there, and whole, stays as it is."""
    sha256 = hashlib.sha256(form.data).hexdigest()
    place = desk / FOLDER / sha256
    if not desk.is_dir() or read(desk, sha256) is not None:
        return
    disk.make_folder(place.parent)
    disk.make_folder(place)
    for language, text in form.words.items():
        disk.write(place / f"{language}{WORDS}", text.encode())
    disk.write(place / FORM, form.data)  # last: without it nothing is kept


def read(desk: Path, sha256: str) -> KeptForm | None:
    """Return the form of a hash; None when it is not kept here, or was changed."""
    place = desk / FOLDER / sha256
    try:
        data = (place / FORM).read_bytes()
        words = {one.stem: one.read_text("utf-8") for one in sorted(place.glob(f"*{WORDS}"))}
    except (OSError, UnicodeDecodeError):
        return None
    return KeptForm(data=data, words=words) if hashlib.sha256(data).hexdigest() == sha256 else None
