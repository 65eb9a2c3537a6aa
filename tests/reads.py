"""What this process opens and lists, counted or held: it is told by the interpreter itself."""

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_LISTS = frozenset({"os.listdir", "os.scandir"})
_watched: list[tuple[str, Counter[str]]] = []
_held: dict[str, "Held"] = {}


@dataclass
class Held:
    """Where whoever opens a file has come to, and waits until it is let."""

    reached: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)


def _watch(event: str, told: tuple[object, ...]) -> None:
    if not (_watched or _held) or (event != "open" and event not in _LISTS):
        return
    path = told[0]
    if isinstance(path, str | bytes | os.PathLike):
        named = os.fsdecode(path)
        if event == "open" and (held := _held.pop(named, None)):
            held.reached.set()
            held.let.wait()
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


@contextmanager
def held(path: Path) -> Iterator[Held]:
    """Hold the first that opens a file, until it is let or the block ends."""
    found = _held[str(path)] = Held()
    try:
        yield found
    finally:
        found.let.set()
        _held.pop(str(path), None)
