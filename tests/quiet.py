"""The line's own log in a test, read back; afterwards logging is as it was."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot import logs


@contextmanager
def logged(path: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Log to a file as a server does; give what reads its lines."""
    root, ours = logging.getLogger(), logging.getLogger("quietline")
    before = (list(root.handlers), root.level, ours.level)
    logs.set_up(path)
    try:
        yield lambda: [json.loads(line) for line in text_of(path).splitlines()]
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:], level, our_level = before
        root.setLevel(level)
        ours.setLevel(our_level)


def text_of(path: Path) -> str:
    """Return what was logged; a log that nothing was written to is no file."""
    return path.read_text(encoding="utf-8") if path.exists() else ""
