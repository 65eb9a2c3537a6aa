"""What this process opens and lists below a folder, counted: it is told by the interpreter itself."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LISTS = frozenset({"os.listdir", "os.scandir"})
_watched: list[tuple[str, Counter[str]]] = []


def _watch(event: str, told: tuple[object, ...]) -> None:
    if not _watched or (event != "open" and event not in _LISTS):
        return
    path = told[0]
    if isinstance(path, str | bytes | os.PathLike):
        named = os.fsdecode(path)
        for folder, found in _watched:
            if named == folder or named.startswith(folder + os.sep):
                found["lists" if event in _LISTS else "opens"] += 1


sys.addaudithook(_watch)  # it stays for the life of the process, and does nothing unwatched


@contextmanager
def reads(folder: Path) -> Iterator[Counter[str]]:
    """Count `opens` and `lists` below a folder within the block."""
    watched = str(folder), Counter[str]()
    _watched.append(watched)
    try:
        yield watched[1]
    finally:
        _watched.remove(watched)
