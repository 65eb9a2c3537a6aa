"""The record of exports: who may ask later what left this desk, and why.

Rules of this file: an export without a reason is none, and one that cannot be recorded is not made.
The log beside the person's key is only ever added to, a line each, and each line names the SHA-256
of the one before: one that was changed, taken out or put in is noticed. It holds no word of a case;
the reason is the staff's own, so it should name nobody. Whoever owns the desk could write the whole
log anew: it convinces colleagues only with a copy of its end, as in an evidence bag.
"""

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol

from desk.errors import BrokenExportLog
from desk.export.extract import Redaction
from storage import disk

if sys.platform != "win32":
    import fcntl

FILE = "exports.jsonl"
KIND = "urn:quietline:export"
VERSION = 1
FIRST = "0" * 64  # what the first line names as the one before


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRecord:
    """One export: `cases` are case ids, `sha256` is of the file, or of a bag's tag manifest."""

    format: str
    cases: tuple[bytes, ...]
    redaction: Redaction
    reason: str
    day: date
    sha256: str


class Audit(Protocol):
    """Whoever is told of each export, before it gets its name."""

    def __call__(self, record: ExportRecord, /) -> None:
        """Keep the record, or raise: then there is no export."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportLog:
    """The log of one desk; it is an `Audit`."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / FILE

    def __call__(self, record: ExportRecord, /) -> None:
        """Add a line and force it to the disk; others who add wait."""
        disk.make_folder(self.folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.path, flags, disk.FILE_MODE), "r+b") as file:
            _alone(file)
            before = file.read()
            torn = b"\n" if before and not before.endswith(b"\n") else b""
            file.write(torn + _line(record, after=_end(before)))
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[ExportRecord]:
        """Return what was exported.

        Raises:
            BrokenExportLog: a line is damaged, or does not follow the one before.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        records, last = list[ExportRecord](), FIRST
        for number, line in enumerate(lines, 1):
            previous, record = _read(line, number)
            if previous != last:
                raise BrokenExportLog(number)
            records.append(record)
            last = hashlib.sha256(line).hexdigest()
        return records


def _alone(file: BinaryIO) -> None:
    """Wait until nobody else adds; closing the file lets the next one in."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX)


def chained(lines: list[dict[str, object]]) -> bytes:
    """Return facts as lines of JSON, each naming the SHA-256 of the line before."""
    written, last = list[bytes](), FIRST
    for fields in lines:
        line = json.dumps(fields | {"previous": last}, ensure_ascii=True, sort_keys=True).encode()
        written.append(line + b"\n")
        last = hashlib.sha256(line).hexdigest()
    return b"".join(written)


def record_fields(record: ExportRecord) -> dict[str, object]:
    """Return a record as it stands in documents."""
    return asdict(record) | {
        "cases": [case.hex() for case in record.cases],
        "redaction": record.redaction.value,
        "day": record.day.isoformat(),
    }


def _line(record: ExportRecord, *, after: str) -> bytes:
    fields = record_fields(record) | {"kind": KIND, "version": VERSION, "previous": after}
    return json.dumps(fields, ensure_ascii=True, sort_keys=True).encode() + b"\n"


def _end(before: bytes) -> str:
    lines = before.splitlines()
    return hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST


def _read(line: bytes, number: int) -> tuple[str, ExportRecord]:
    try:
        fields = json.loads(line)
        record = ExportRecord(
            format=fields["format"],
            cases=tuple(map(bytes.fromhex, fields["cases"])),
            redaction=Redaction(fields["redaction"]),
            reason=fields["reason"],
            day=date.fromisoformat(fields["day"]),
            sha256=fields["sha256"],
        )
        return str(fields["previous"]), record
    except (ValueError, TypeError, KeyError):
        raise BrokenExportLog(number) from None
