"""Files that people and the bot have sent: named by opaque ids, downloaded by a path.

What is only a size is made up again at each download, so that a file of 2 GB costs nothing. A server
that was started with --local writes a file to its disk instead, and says where.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.telegram_server.refusals import bad

MOST_DOWNLOAD = 20 * 1024 * 1024  # Bot API, getFile
MOST_LOCAL = 2000 * 1024 * 1024  # Bot API, "Using a Local Bot API Server"
MOST_UPLOAD = 50 * 1024 * 1024
MOST_PHOTO = 10 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """One file; `content` is None when it is only a size."""

    id: str
    unique: str
    path: str
    size: int
    content: bytes | None = field(repr=False)

    @property
    def wire(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": self.unique, "file_size": self.size}

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in pieces."""
        if self.content is not None:
            yield self.content
            return
        pattern = hashlib.sha256(self.unique.encode()).digest() * (_PIECE // 32)
        for start in range(0, self.size, _PIECE):
            yield pattern[: min(_PIECE, self.size - start)]


@dataclass
class Files:
    """All files there are. `local`: the folder of a server started with --local."""

    local: Path | None = None
    by_id: dict[str, File] = field(default_factory=dict)
    by_path: dict[str, File] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def add(self, folder: str, ending: str, content: bytes | None, size: int = 0) -> File:
        """Keep a file: its content, or only its size in bytes."""
        number = len(self.by_id)
        digest = hashlib.sha256(f"file {number}".encode()).digest()
        file = File(
            id="AgAC" + base64.urlsafe_b64encode(digest + digest[:10]).decode().rstrip("="),
            unique="AQAD" + base64.urlsafe_b64encode(digest[:8]).decode().rstrip("="),
            path=f"{folder}/file_{number}{ending}",
            size=size if content is None else len(content),
            content=content,
        )
        self.by_id[file.id] = self.by_path[file.path] = file
        return file

    def get(self, id_: str) -> File:
        """Find a file that may be downloaded.

        Raises:
            Refused: there is none, or it is too big for a bot.
        """
        file = self.by_id.get(id_)
        if id_ in self.lost:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if file is None:
            raise bad("invalid file_id")
        if file.size > (MOST_DOWNLOAD if self.local is None else MOST_LOCAL):
            raise bad("file is too big")
        return file

    def place(self, file: File, token: str) -> str:
        """Return where a file is found; a local server has it on its disk by then."""
        if self.local is None:
            return file.path
        path = self.local / token / file.path
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as disk:
                disk.writelines(file.pieces())
        return str(path)

    def lose(self, id_: str) -> None:
        """Let a file be nowhere any more."""
        file = self.by_id.pop(id_, None)
        if file is not None:
            self.lost.add(id_)
            self.by_path.pop(file.path, None)
