"""The log: one JSON line for an event, of fields on a list, and nothing else.

Nobody but this module sets up logging. A field that is not on the list is dropped, and so is the
text of every message of a library: of theirs only the logger's name and the level are kept.
"""

import io
import json
import logging.handlers
import os
from pathlib import Path
from typing import Final

#: What may be logged, and the type it must have. Never words, ids of people, names or addresses.
FIELDS: Final[dict[str, type]] = {
    "channel": str,
    "outcome": str,
    "error": str,
    "attempt": int,
    "count": int,
    "number": int,
    "text": str,  # the id of a text, a job or a trouble; never words
    "version": str,
    "epoch": int,
    "status": int,
}
_LONGEST = 64
#: Bytes of one file of the log, and how many full ones are kept beside it.
SIZE, KEPT = 1_000_000, 5
_LOGGER = logging.getLogger("quietline")


class _Line(logging.Formatter):
    """Writes a record as one JSON line without anything that was not listed."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record: ours with its fields, a library's with its name only."""
        line: dict[str, object] = {"level": record.levelname.lower()}
        if record.name == _LOGGER.name:
            line["event"] = record.msg
            line |= getattr(record, "fields", {})
        else:
            line["library"] = record.name
        return json.dumps(line, ensure_ascii=True)


class _File(logging.handlers.RotatingFileHandler):
    """A file that only its owner reads, and a few full ones before it: `.1` is the latest."""

    def _open(self) -> io.TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")


def set_up(path: Path | None) -> None:
    """Write the log to a file (or nowhere); libraries speak up at WARNING and are cut short."""
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        path.touch(mode=0o600, exist_ok=True)
        handler = _File(path, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.INFO)
    # httpx logs addresses, and Telegram's hold the bot's token.
    for name in ("httpx", "httpcore", "telegram", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


def event(name: str, /, **fields: str | int) -> None:
    """Log an event; fields that are not listed, or not of their type, are left out."""
    if _LOGGER.isEnabledFor(logging.INFO):
        _LOGGER.info(name, extra={"fields": _listed(fields)})


def _listed(fields: dict[str, str | int]) -> dict[str, str | int]:
    return {
        name: value
        for name, value in fields.items()
        if type(value) is FIELDS.get(name)
        and (isinstance(value, int) or (len(value) <= _LONGEST and value.isascii()))
    }
