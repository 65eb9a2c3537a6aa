"""Whether what a line writes is its own: a command that was typed as root leaves files of root's.

Nothing is changed. Looked at are owners and modes, not what this process may do: root may write
everything, and it is the line that has to.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

from bot.app import DATABASE
from bot.findings import Finding, ok, wrong
from bot.settings import OUTGOING

_FOLDERS = ("blobs", "logs", OUTGOING)
#: SQLite gives these the database's own mode, and leaves them behind after a crash.
_BESIDE = ("", "-wal", "-shm")


def look(home: Path) -> Finding:
    """Say whether the line's own files are its own; the folder's owner is the line's user."""
    owner = home.stat().st_uid
    for path in _written(home):
        about = path.stat()
        if about.st_uid != owner:
            return wrong(
                "folder", f"{path} belongs to another user: `chown -R --reference={home} {home}`."
            )
        needed = stat.S_IRWXU if stat.S_ISDIR(about.st_mode) else stat.S_IRUSR | stat.S_IWUSR
        if about.st_mode & needed != needed:
            return wrong("folder", f"The line may not write {path}: `chmod -R u+rwX {home}`.")
    return ok("folder", "What the line writes is its own.")


def _written(home: Path) -> Iterator[Path]:
    names = [home, *(home / f"{DATABASE}{end}" for end in _BESIDE)]
    names += [home / name for name in _FOLDERS]
    yield from (path for path in names if path.exists())
    yield from sorted((home / "logs").glob("*"))
