"""The drawer: what one person keeps for themselves at a desk: drafts, views, texts for replies.

Rules of this file: nothing lies in it open. Each thing is sealed to the person's own identity, as
JSON, padded so that its size says little; its name outside says what kind it is and, of a draft,
which case it belongs to, as the mirror beside it does too. What does not open is as if it were
not there: it is a convenience, never the only copy of what a person said.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from storage import age, disk
from storage.age import Identity
from storage.errors import StorageError
from storage.padding import entry_size, pad
from storage.rows import CaseId

FOLDER = "drawer"
DRAFT = re.compile(r"(?:draft|note)-([0-9a-f]{32})\.age", re.ASCII)
NAME = re.compile(r"[a-z]+(?:-[0-9a-f]{32})?", re.ASCII)
MOST = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawer:
    """The drawer of one person at one desk."""

    desk: Path
    own: Identity = field(repr=False)

    def get(self, name: str) -> object:
        """Return what lies under a name; None where there is nothing that opens."""
        try:
            with self._path(name).open("rb") as file:
                return json.loads(age.open(file.read(MOST), [self.own]))
        except (FileNotFoundError, StorageError, ValueError):
            return None

    def put(self, name: str, value: object) -> None:
        """Keep something in the place of what lay under a name."""
        data = json.dumps(value, ensure_ascii=False).encode(errors="replace")
        path = self._path(name)
        disk.make_folder(path.parent)
        sealed = age.seal(pad(data, entry_size(len(data))), [self.own.recipient])
        disk.write(path, sealed)

    def drop(self, name: str) -> None:
        """Take something out."""
        disk.erase(self._path(name))

    def sweep(self, cases: Collection[CaseId]) -> None:
        """Take out the drafts of cases that are not here any more."""
        folder = self.desk / FOLDER
        for path in folder.iterdir() if folder.is_dir() else ():
            found = DRAFT.fullmatch(path.name)
            if found and bytes.fromhex(found[1]) not in cases:
                disk.erase(path)

    def _path(self, name: str) -> Path:
        if NAME.fullmatch(name) is None:
            raise ValueError(name)
        return self.desk / FOLDER / f"{name}.age"


def draft(case: CaseId) -> str:
    """Return the name of a case's draft."""
    return f"draft-{case.hex()}"


def note(case: CaseId) -> str:
    """Return the name of a note to the team that is being written."""
    return f"note-{case.hex()}"
