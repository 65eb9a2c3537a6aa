"""Fetches and blobs of the store without a disk.

Rules of this file: a unit's changes are tried on copies first, so that one that is refused has
changed nothing. What a chat needs is in `storage.memory`, journals are in `storage.memory_journal`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from storage.memory_journal import MemoryJournals
from storage.rows import BlobRow, BlobState, CaseId, Cutoffs, FetchRow
from storage.unit import Sign, Unit


@dataclass(kw_only=True, slots=True)
class Shelf:
    """The two tables."""

    fetches: dict[bytes, FetchRow] = field(default_factory=dict)
    blobs: dict[bytes, BlobRow] = field(default_factory=dict)

    def change(self, unit: Unit) -> bool:
        """Change what a unit says of files; when something is not as expected, stop halfway."""
        changes = unit.last_fetches
        if not all(self._is_there(change.key, change.row) for change in changes):
            return False
        for change in changes:
            if change.row is None:
                del self.fetches[change.key]
            elif change.row.tries:
                self._put_off(change.row)
        self._take(lambda row: row.key in unit.dropped)
        self.doom(lambda row: row.key in unit.dropped)
        for change in changes:
            if change.row and not change.row.tries:
                self._begin(change.row)
        if not all(self._keep(blob.id, blob.size) for blob in unit.blobs):
            return False
        self._take(lambda row: row.blob in unit.doomed or row.case in unit.doom)
        self.doom(lambda row: row.id in unit.doomed or row.case in unit.doom)
        return True

    def doom(self, over: Callable[[BlobRow], bool]) -> int:
        """Doom blobs; return how many were not yet."""
        gone = [row for row in self.blobs.values() if row.state != BlobState.DOOMED and over(row)]
        for row in gone:
            self.blobs[row.id] = replace(row, state=BlobState.DOOMED)
        return len(gone)

    def forget(self, cases: Collection[CaseId]) -> None:
        """Doom all blobs of cases and take all their fetches."""
        self._take(lambda row: row.case in cases)
        self.doom(lambda row: row.case in cases)

    def _is_there(self, key: bytes, row: FetchRow | None) -> bool:
        before = self.fetches.get(key)
        if row is None:
            return before is not None
        return not row.tries or (before is not None and before.blob == row.blob)

    def _put_off(self, row: FetchRow) -> None:
        before = self.fetches[row.key]
        self.fetches[row.key] = replace(before, due=row.due, tries=row.tries, sealed=row.sealed)

    def _begin(self, row: FetchRow) -> None:
        self.fetches[row.key] = row
        self.doom(lambda blob: blob.key == row.key and blob.id != row.blob)
        self.blobs.setdefault(
            row.blob,
            BlobRow(
                id=row.blob,
                key=row.key,
                case=row.case,
                day=row.day,
                size=0,
                state=BlobState.COMING,
            ),
        )

    def _keep(self, blob: bytes, size: int) -> bool:
        row = self.blobs.get(blob)
        if row is None or row.state != BlobState.COMING:
            return False
        self.blobs[blob] = replace(row, size=size, state=BlobState.KEPT)
        return True

    def _take(self, over: Callable[[FetchRow], bool]) -> None:
        for key in [key for key, row in self.fetches.items() if over(row)]:
            del self.fetches[key]


class MemoryFetches(MemoryJournals):
    """What `storage.fetches` keeps, in dictionaries."""

    def __init__(self, sign: Sign) -> None:
        super().__init__(sign)
        self._shelf = Shelf()

    async def fetches(self, now: int, limit: int = 100) -> tuple[FetchRow, ...]:
        """Read fetches due at `now` (unix seconds) or before, earliest first."""
        self._check_open()
        rows = (row for row in self._shelf.fetches.values() if row.due <= now)
        return tuple(sorted(rows, key=lambda row: (row.due, row.key)))[:limit]

    async def fetch(self, key: bytes) -> FetchRow | None:
        """Read a fetch, or None."""
        self._check_open()
        return self._shelf.fetches.get(key)

    async def fetches_of(self, case: CaseId) -> tuple[FetchRow, ...]:
        """Read the fetches of a case, by key."""
        self._check_open()
        rows = (row for row in self._shelf.fetches.values() if row.case == case)
        return tuple(sorted(rows, key=lambda row: row.key))

    async def blobs(self, case: CaseId) -> tuple[BlobRow, ...]:
        """Read the blobs of a case, by id, doomed ones among them."""
        self._check_open()
        rows = (row for row in self._shelf.blobs.values() if row.case == case)
        return tuple(sorted(rows, key=lambda row: row.id))

    async def doomed(self, limit: int = 100) -> tuple[bytes, ...]:
        """Read ids of doomed blobs: their files are to be erased."""
        self._check_open()
        rows = self._shelf.blobs.values()
        return tuple(sorted(row.id for row in rows if row.state == BlobState.DOOMED))[:limit]

    async def blob_ids(self) -> frozenset[bytes]:
        """Read the ids of all blobs: a file of any other name is nobody's."""
        self._check_open()
        return frozenset(self._shelf.blobs)

    async def buried(self, ids: Collection[bytes]) -> int:
        """Forget doomed blobs whose files are erased; return how many there were."""
        self._check_open()
        blobs = self._shelf.blobs
        gone = {one for one in ids if one in blobs and blobs[one].state == BlobState.DOOMED}
        for one in gone:
            del blobs[one]
        return len(gone)

    def _files_fit(self, unit: Unit) -> bool:
        """Tell whether a unit's files are as expected, changing nothing."""
        tried = Shelf(fetches=dict(self._shelf.fetches), blobs=dict(self._shelf.blobs))
        return not unit.has_files or tried.change(unit)

    def _move_files(self, old: bytes, new: bytes, apart: CaseId) -> None:
        for key, row in self._shelf.fetches.items():
            if row.tag == old and apart in {b"", row.case}:
                self._shelf.fetches[key] = replace(row, tag=new)

    def _drop_files(self, cutoffs: Cutoffs, orphans: Collection[CaseId]) -> tuple[int, int]:
        """Drop fetches that are over, and doom blobs of orphans and of what never came."""
        shelf = self._shelf
        young = {row.blob for row in shelf.fetches.values() if row.day > cutoffs.drafts}

        def over(row: BlobRow) -> bool:
            late = row.state == BlobState.COMING and row.day <= cutoffs.drafts
            return row.case in orphans or (late and row.id not in young)

        doomed = shelf.doom(over)
        gone = [key for key, row in shelf.fetches.items() if row.day <= cutoffs.drafts]
        for key in gone:
            del shelf.fetches[key]
        return len(gone), doomed
