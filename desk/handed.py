"""Which packets may have left this computer: what is marked here can never be taken back here.

Rules of this file: a mark is on the disk before the first byte of a packet is read to be sent, or
copied to be carried, and it is never taken away. Who marks and who takes back do so one at a time,
in whichever window or process. Of packets from before there were marks nobody knows: they left.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desk.waiting import Number, listed
from storage import disk
from storage.act import DEVICE
from storage.document import Document, write

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE, LOCK = "handed.json", ".handed"
KIND = "handed"
MAX_FILE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """The marks of one outbox's folder: for each device the highest number that may have left."""

    folder: Path

    def begin(self) -> None:
        """Begin to mark; what lies here by now may have left before."""
        if not (self.folder / FILE).exists():
            with self.alone():
                if not (self.folder / FILE).exists():
                    self._save(_highest(number for number, _ in listed(self.folder)))

    def mark(self, numbers: Iterable[Number]) -> None:
        """Mark packets that are about to leave."""
        with self.alone():
            before, now = self._load() or {}, _highest(numbers)
            if any(upto > before.get(of, 0) for of, upto in now.items()):
                self._save({**before, **{of: max(n, before.get(of, 0)) for of, n in now.items()}})

    def has(self, number: Number) -> bool:
        """Tell whether a packet may have left; to be asked `alone` by who acts upon it."""
        marks = self._load()
        return marks is None or number[1] <= marks.get(number[0], 0)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have nobody else mark, or take back, within the block."""
        disk.make_folder(self.folder)
        with (self.folder / LOCK).open("a+b") as file:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX)  # it falls when the file is closed
            yield

    def _load(self) -> Mapping[bytes, int] | None:
        """Return the marks; None where there are none yet.

        Raises:
            FieldError: the file is not what was kept.
        """
        try:
            with (self.folder / FILE).open("rb") as file:
                document = Document.decode(file.read(MAX_FILE), file=FILE, kind=KIND)
        except FileNotFoundError:
            return None
        rows = document.sections("devices")
        document.end()
        return {one.hexadecimal("device", DEVICE): one.whole("upto", low=1) for one in rows}

    def _save(self, marks: Mapping[bytes, int]) -> None:
        rows = [{"device": of.hex(), "upto": upto} for of, upto in sorted(marks.items())]
        disk.write(self.folder / FILE, write(KIND, {"devices": rows}))


def _highest(numbers: Iterable[Number]) -> dict[bytes, int]:
    found = dict[bytes, int]()
    for device, sequence in numbers:
        found[device] = max(sequence, found.get(device, 0))
    return found
