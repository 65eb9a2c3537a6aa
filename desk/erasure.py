"""Cases that are gone: what is here of them is erased, and the server is told so.

Rules of this file: erased is what this program has put on this disk (entries, files, the sealed
index, a draft, packets that were answered, originals saved from the page), also where it opens no
more, in an order that a crash cannot turn into a lie: told is only what was done. What a person
saved or exported elsewhere stays where it is, and the texts say so. It may be done again and
changes nothing then. Of cases that this desk does not itself see to be over, no more than a few go
in a week without somebody being asked (`desk.unasked`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from desk.acting import Desk
from desk.drawer import Drawer, draft
from desk.errors import DeskError, ManyGone
from desk.inbox import Order, read_case
from desk.index import FILE as INDEX
from desk.index import Index
from desk.mirror import Mirror
from desk.numbers import count
from desk.outbox import Outbox
from desk.quarantine import Quarantine
from desk.reader import Reader
from desk.shelf import Shelf
from desk.sync_memory import load, save
from desk.unasked import MOST, Unasked
from storage.errors import StorageError
from storage.quarter import months_after
from storage.rows import CaseId
from storage.tombstone import Stage, Tombstone

ERASED = "erased"
Report = Callable[[CaseId], object]  # tells the server that a case was erased here


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """Erases at one desk."""

    mirror: Mirror
    shelf: Shelf
    outbox: Outbox
    reader: Reader
    order: Order
    today: date
    report: Report

    @classmethod
    def of(cls, hand: Desk, shelf: Shelf, order: Order) -> Self:
        """Return one whose reports wait in the outbox."""
        return cls(
            mirror=hand.mirror,
            shelf=shelf,
            outbox=hand.outbox,
            reader=hand.reader,
            order=order,
            today=hand.today,
            report=lambda case: hand.report(case, ERASED),
        )

    def settle(self, *, many: bool = False) -> tuple[CaseId, ...]:
        """Erase every case that is gone; return those of which something was here.

        `many`: somebody has said that all of it is right.

        Raises:
            ManyGone: there are very many, and that was not said to be right; nothing was erased.
        """
        erased, memory = list[CaseId](), load(self.mirror.folder)
        gone = [one for one in self.mirror.told.tombstones() if one.stage is Stage.GONE]
        here = {one.case for one in gone} & set(self.mirror.cases())
        self._count([case for case in here if not self._is_over(case)], many=many)
        self.outbox.forget({one.case for one in gone})
        self._strip([one.case for one in gone if one.case not in memory.erased])
        for stone in gone:
            was_here = stone.case in here
            if was_here:
                self._erase(stone.case)
                erased.append(stone.case)
            if stone.case not in memory.erased and self._told(stone, was_here=was_here):
                memory = memory.erasing(stone.case)
                save(self.mirror.folder, memory)
        return tuple(erased)

    def _count(self, cases: Sequence[CaseId], *, many: bool) -> None:
        """Count what is about to be erased; a crash on the way counts it twice, never not at all.

        Raises:
            ManyGone: with what was erased within the last days, it is too much.
        """
        unasked = Unasked(folder=self.mirror.folder, today=self.today)
        if many:
            unasked.clear()
            return
        before = unasked.count()
        if cases and before + len(cases) > MOST:
            raise ManyGone(len(cases), before)
        unasked.add(len(cases))

    def _is_over(self, case: CaseId) -> bool:
        """Tell whether the root's statement keeps a case no longer, by this computer's clock."""
        try:
            last = max(row.day for row in self.mirror.journal(case))
        except (StorageError, ValueError):  # damaged, or empty
            return False
        months = self.reader.line.retention_months
        return last <= self.today and months_after(last, months) <= self.today

    def _told(self, stone: Tombstone, *, was_here: bool) -> bool:
        """Tell the server, unless it waits for nobody; tell whether that is done."""
        if not was_here and stone.erased >= stone.of:
            return True
        try:
            self.report(stone.case)
        except (DeskError, StorageError):  # no right, or no statement in force: with the next sync
            return False
        return True

    def _strip(self, cases: Sequence[CaseId]) -> None:
        """Take cases out of the index, also what digests announced of them."""
        if not cases or not (self.reader.desk / INDEX).exists():
            return
        index = Index.open(self.reader.desk, self.reader.own)
        try:
            with index.writing():
                index.remove(cases, [])
                index.strip(frozenset(cases))
        finally:
            index.close()

    def _erase(self, case: CaseId) -> None:
        known = self.mirror.known(self.reader)
        item = read_case(self.mirror, self.reader.keys, known, case, (), self.order)
        self.shelf.erase(case, item.casefile.files.values() if item.casefile else None)
        Drawer(desk=self.reader.desk, own=self.reader.own).drop(draft(case))
        Quarantine(desk=self.reader.desk).erase(case)
        self.mirror.erase(case)


def gone(cases: int) -> list[str]:
    """Return what is said when so many cases were erased."""
    if not cases:
        return []
    was = "was" if cases == 1 else "were"
    what = f"{count(cases, 'case')} {was} deleted, and erased here too."
    return [what, "What was saved or exported elsewhere stays: look for it yourself."]
