"""What the server told this desk beside entries: cases that leave, and what became of packets.

Rules of this file: what was told last is kept, but a case that was gone stays gone, whatever a
server says later. Nothing here is opened, and nothing here is a person's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from storage import disk
from storage.archive import MAX_MEMBER
from storage.rows import CaseId
from storage.tombstone import (
    OUTCOMES,
    TOMBSTONES,
    Stage,
    Told,
    Tombstone,
    decode_outcomes,
    decode_tombstones,
    encode_outcomes,
    encode_tombstones,
)

QUARTER = 92  # days


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldHere:
    """Two files in the mirror."""

    folder: Path

    def keep(self, stones: Sequence[Tombstone], outcomes: Sequence[Told]) -> None:
        """Keep what the server told of cases that leave, and of packets."""
        disk.make_folder(self.folder)
        disk.write(self.folder / TOMBSTONES, encode_tombstones(self._later(stones)))
        disk.write(self.folder / OUTCOMES, encode_outcomes(outcomes))

    def tombstones(self) -> tuple[Tombstone, ...]:
        """Return the cases that leave, by case.

        Raises:
            FieldError: the file is not what was kept.
        """
        data = _read(self.folder / TOMBSTONES)
        return () if data is None else decode_tombstones(data)

    def since(self, today: date) -> date:
        """Return the day since which cases gone are to be told here: older ones stay as they are.

        What leaves is told always. One that leaves here may be gone by now, and of those not
        erased by everybody the number may have grown; after a quarter that is let be.
        """
        stones = self.tombstones()
        latest = min(max((one.asked for one in stones), default=date.min), today).toordinal()
        unsure = [
            one.asked.toordinal()
            for one in stones
            if one.stage is not Stage.GONE
            or (one.erased < one.of and one.asked.toordinal() > latest - QUARTER)
        ]
        return date.fromordinal(max(1, min([latest - 1, *unsure])))

    def gone(self) -> frozenset[CaseId]:
        """Return the cases that are gone."""
        return frozenset(one.case for one in self.tombstones() if one.stage is Stage.GONE)

    def outcomes(self) -> tuple[Told, ...]:
        """Return what became of packets, as the server said last.

        Raises:
            FieldError: the file is not what was kept.
        """
        data = _read(self.folder / OUTCOMES)
        return () if data is None else decode_outcomes(data)

    def _later(self, stones: Sequence[Tombstone]) -> list[Tombstone]:
        """Return what is told, and what was gone before, whether it is told or not."""
        found = {stone.case: stone for stone in self.tombstones() if stone.stage is Stage.GONE}
        for stone in stones:
            if stone.case not in found or stone.stage is Stage.GONE:
                found[stone.case] = stone
        return list(found.values())


def _read(path: Path) -> bytes | None:
    return disk.read(path, MAX_MEMBER + 1)
