"""What became of this computer's packets, as the server said last: one file beside them.

Rules of this file: what was made of the file is kept as long as the same bytes stand in it, because
every page looks there. What is kept here is not changed by whoever reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from desk.waiting import Number
from storage import disk
from storage.act import DEVICE
from storage.document import Document, write
from storage.entry import CASE
from storage.outcome import Outcome
from storage.rows import CaseId

FILE = "outcomes.json"
KIND = "outcomes"
MAX_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What became of a packet of this desk, the last that the server said of it."""

    device: bytes
    sequence: int
    case: CaseId
    kind: str
    outcome: Outcome
    day: date


@dataclass(kw_only=True, slots=True)
class Answers:
    """What became of the packets of one outbox, by number."""

    _bytes: bytes | None = field(default=None, repr=False)
    _rows: Mapping[Number, Answered] = field(default_factory=dict, repr=False)

    def load(self, folder: Path) -> Mapping[Number, Answered]:
        """Return what is kept in a folder; the very same as before while the file is.

        Raises:
            FieldError: the file is not what was kept.
        """
        data = _bytes_of(folder / FILE)
        if data != self._bytes:
            self._rows, self._bytes = {} if data is None else _decode(data), data
        return self._rows

    def save(self, folder: Path, rows: Mapping[Number, Answered]) -> None:
        """Keep it."""
        listed = [_fields(one) for _, one in sorted(rows.items())]
        disk.make_folder(folder)
        disk.write(folder / FILE, write(KIND, {"packets": listed}))


def _bytes_of(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE)
    except FileNotFoundError:
        return None


def _decode(data: bytes) -> Mapping[Number, Answered]:
    document = Document.decode(data, file=FILE, kind=KIND)
    rows = [_read(one) for one in document.sections("packets")]
    document.end()
    return {(one.device, one.sequence): one for one in rows}


def _fields(one: Answered) -> dict[str, object]:
    return {
        "case": one.case.hex(),
        "day": one.day.isoformat(),
        "device": one.device.hex(),
        "kind": one.kind,
        "outcome": one.outcome.value,
        "sequence": one.sequence,
    }


def _read(document: Document) -> Answered:
    outcome = document.code("outcome")
    if outcome not in set(Outcome):
        raise document.wrong("outcome", "what a server says of packets")
    one = Answered(
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        case=document.hexadecimal("case", CASE),
        kind=document.code("kind"),
        outcome=Outcome(outcome),
        day=document.day("day"),
    )
    document.end()
    return one
