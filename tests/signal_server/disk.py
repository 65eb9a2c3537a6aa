"""What the bridge has on its disk: attachments, temporary files, and what it knows of people.

Real files in a real folder, so that a test can search it for what should not be there. A content
that is only a size is made up, the same for the same name.
"""

import base64
import binascii
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from tests.signal_server.refusals import Refused

_PIECE = 64 * 1024
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/aac": ".aac",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "text/plain": ".txt",
    "application/vnd.android.package-archive": ".apk",
}
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"RIFF", "image/webp"),
)


class Disk:
    """The folders of a bridge."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.attachments = root / "signal-cli" / "attachments"
        self.data = root / "signal-cli" / "data"
        self.tmp = root / "bridge" / "tmp"
        for folder in (self.attachments, self.data, self.tmp):
            folder.mkdir(parents=True, exist_ok=True)
        self._made = 0

    def name(self, kind: str) -> str:
        """Return a new id for an attachment: random to look at, with an ending as signal-cli's."""
        self._made += 1
        digest = hashlib.sha256(f"{self.root} {self._made}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:15]).decode() + _ENDINGS.get(kind, "")

    def keep(self, name: str, content: bytes | int) -> None:
        """Put an attachment where the bot can fetch it."""
        with (self.attachments / name).open("wb") as file:
            for piece in pieces(name, content):
                file.write(piece)

    def attachment(self, name: str) -> Path:
        """Find an attachment.

        Raises:
            FileNotFoundError: there is none.
        """
        if name in {"", ".", ".."} or "/" in name or not (self.attachments / name).is_file():
            raise FileNotFoundError
        return self.attachments / name

    def names(self) -> list[str]:
        """Return the names of all attachments."""
        return sorted(path.name for path in self.attachments.iterdir())

    def forget_attachments(self) -> None:
        """Lose all attachments, as a tmpfs does."""
        shutil.rmtree(self.attachments)
        self.attachments.mkdir()

    def outgoing(self, name: str, content: bytes) -> bool:
        """Write a file that is to be sent and take it away again; tell whether it stayed.

        The real server joins the name as it is given: one with `..` is written elsewhere, and stays.
        """
        path = (self.tmp / "upload" / name).resolve()
        home = (self.tmp / "upload").resolve()
        home.mkdir(exist_ok=True)
        if path.parent == home:
            path.write_bytes(content)
            path.unlink()
            return False
        if path.is_relative_to(self.root.resolve()) and path.parent.is_dir():
            path.write_bytes(content)
        return True

    def remember(self, uuid: str, number: str | None, name: str | None, timer: int) -> None:
        """Write down what signal-cli's database would hold of a person."""
        known = {"uuid": uuid, "number": number, "profile_name": name, "timer": timer}
        (self.data / f"{uuid}.json").write_text(json.dumps(known, ensure_ascii=False), "utf-8")

    def forget(self, uuid: str) -> None:
        """Forget a person."""
        (self.data / f"{uuid}.json").unlink(missing_ok=True)


def pieces(name: str, content: bytes | int) -> list[bytes]:
    """Return a content, made up when it is only a size."""
    if isinstance(content, bytes):
        return [content]
    pattern = hashlib.sha256(name.encode()).digest() * (_PIECE // 32)
    return [pattern[: min(_PIECE, content - start)] for start in range(0, content, _PIECE)]


def digest(name: str, content: bytes | int) -> str:
    """Return the SHA-256 of a content."""
    made = hashlib.sha256()
    for piece in pieces(name, content):
        made.update(piece)
    return made.hexdigest()


def kind_of(start: bytes) -> str:
    """Guess a type from the first bytes, as the server does; what the sender said is not asked."""
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    if start[4:8] == b"ftyp":
        return "video/mp4"
    text = not any(byte < 9 or 13 < byte < 32 for byte in start)
    return "text/plain; charset=utf-8" if text else "application/octet-stream"


def decoded(text: str) -> tuple[dict[str, Any], bytes]:
    """Read an attachment string: base64, or `data:MIME;base64,X`, or with `;filename=NAME`.

    Raises:
        Refused: it is empty, or not base64.
    """
    head, comma, body = text.partition(",") if text.startswith("data:") else ("", "", text)
    parts = head.removeprefix("data:").split(";") if comma else []
    told: dict[str, Any] = {"type": parts[0] if parts else "", "filename": None}
    for part in parts[1:]:
        if part.startswith("filename="):
            told["filename"] = part.removeprefix("filename=")
    if not body:
        raise Refused(400, "The base64 data does not exist.")
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, f"illegal base64 data at input byte {_first_wrong(body)}") from None
    told["type"] = told["type"] or kind_of(content[:512])
    return told, content


def _first_wrong(body: str) -> int:
    right = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    return next((n for n, sign in enumerate(body) if sign not in right), len(body) // 4 * 4)
