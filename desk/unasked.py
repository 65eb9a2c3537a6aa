"""How many cases were erased here without anybody being asked: counts by day, in one file.

Rules of this file: numbers only. Whoever has the server's keys can say of every case that it is
gone, so this desk goes along with a few in a week, and then asks. A week, because staff look at
what a sync says in less; a few, because people seldom ask for deletion. Once somebody has said that
it is right, the count begins anew. A file that cannot be read counts as full.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from storage import disk
from storage.document import Document, write
from storage.errors import StorageError

FILE, KIND = "unasked.json", "unasked"
#: Cases that are erased within so many days without being asked.
MOST, DAYS = 20, 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Unasked:
    """The count of one desk, in its mirror, as of a day."""

    folder: Path
    today: date

    def count(self) -> int:
        """Return how many cases were erased so within the last days."""
        return sum(self._days().values())

    def add(self, cases: int) -> None:
        """Count cases that are about to be erased so."""
        days = self._days()
        if cases:
            self._keep({**days, self.today: days.get(self.today, 0) + cases})

    def clear(self) -> None:
        """Begin anew."""
        if (self.folder / FILE).exists():
            self._keep({})

    def _days(self) -> dict[date, int]:
        try:
            data = (self.folder / FILE).read_bytes()
            document = Document.decode(data, file=FILE, kind=KIND)
            found = dict(map(_day, document.sections("days")))
            document.end()
        except FileNotFoundError:
            return {}
        except (StorageError, OSError):
            return {self.today: MOST}
        after = self.today - timedelta(days=DAYS)
        return {day: cases for day, cases in found.items() if day > after}  # also days to come

    def _keep(self, days: dict[date, int]) -> None:
        listed = [{"cases": days[day], "day": day.isoformat()} for day in sorted(days)]
        disk.make_folder(self.folder)
        disk.write(self.folder / FILE, write(KIND, {"days": listed}))


def _day(document: Document) -> tuple[date, int]:
    found = document.day("day"), document.whole("cases")
    document.end()
    return found
