"""The journals and digests of the store without a disk.

Rules of this file: lists in the order of commits, so that a sequence number is a place in a list;
nothing is ever taken out of them. What a chat needs is in `storage.memory`.
"""

from dataclasses import fields
from typing import Any, TypeVar, cast

from storage.chain import START, link
from storage.errors import DigestOutOfOrder, StoreClosed
from storage.rows import CaseId, DigestRow, Head, IndexRow, JournalRow, Totals
from storage.unit import IndexEntry, NewEntry, Sign, Unit

Row = TypeVar("Row")


class MemoryJournals:
    """What `storage.journal` keeps, in lists."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._closed = False
        self._journal: list[JournalRow] = []  # sequence 1 is first
        self._cases: dict[CaseId, list[JournalRow]] = {}
        self._index: list[IndexRow] = []
        self._unlisted: set[CaseId] = set()  # erased: no index entry of theirs is told
        self._digests: list[DigestRow] = []

    async def journal(self, case: CaseId) -> tuple[JournalRow, ...]:
        """Read a case's journal in order."""
        self._check_open()
        return tuple(self._cases.get(case, ()))

    async def totals(self) -> Totals:
        """Read the counts and the last sequence numbers."""
        self._check_open()
        return Totals(
            cases=len(self._cases),
            entries=len(self._journal),
            journal_sequence=len(self._journal),
            index_sequence=len(self._index),
        )

    async def changed(self, after: int, upto: int) -> tuple[Head, ...]:
        """Read the heads, as of `upto`, of cases with entries in (after, upto], by case."""
        self._check_open()
        last = {row.case: row for row in self._journal[after:upto]}
        return tuple(
            sorted(Head(case=r.case, position=r.position, chain=r.chain) for r in last.values())
        )

    async def index(self, after: int, upto: int, limit: int = 100) -> tuple[IndexRow, ...]:
        """Read index entries with sequence numbers in (after, upto], in order."""
        self._check_open()
        return tuple(row for row in self._index[after:upto] if self._is_told(row))[:limit]

    async def index_count(self, after: int, upto: int) -> int:
        """Count index entries with sequence numbers in (after, upto]."""
        self._check_open()
        return sum(map(self._is_told, self._index[after:upto]))

    async def digests(self, after: int = 0) -> tuple[DigestRow, ...]:
        """Read the digests made with numbers above `after`, in order."""
        self._check_open()
        return tuple(self._digests[after:])

    async def last_digest(self) -> DigestRow | None:
        """Read the latest digest made, or None."""
        self._check_open()
        return self._digests[-1] if self._digests else None

    async def record_digest(self, row: DigestRow) -> None:
        """Keep that a digest was made. Raises DigestOutOfOrder unless it is the next number."""
        self._check_open()
        if row.number != len(self._digests) + 1:
            raise DigestOutOfOrder(row.number)
        self._digests.append(row)

    async def close(self) -> None:
        """Let go; nothing is left."""
        self._closed = True

    def _stays(self, _case: CaseId) -> bool:
        """Tell whether a case is in view."""
        return True

    def _is_told(self, row: IndexRow) -> bool:
        return row.case not in self._unlisted and self._stays(row.case)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    def _write(self, unit: Unit) -> None:
        """Append what a unit appends."""
        for entry in unit.entries:
            self._append(entry)
        for one in unit.index:
            self._append_index(one)

    def _append(self, entry: NewEntry) -> None:
        rows = self._cases.setdefault(entry.case, [])
        previous = rows[-1].chain if rows else START
        made = link(
            case=entry.case,
            position=len(rows),
            previous=previous,
            sealed=entry.sealed,
            origin=entry.origin,
            sign=self._sign,
        )
        row = JournalRow(
            case=entry.case,
            position=made.position,
            previous=previous,
            hash=made.hash,
            chain=made.chain,
            signature=made.signature,
            key=entry.key,
            day=entry.day,
            sealed=entry.sealed,
        )
        rows.append(row)
        self._journal.append(row)

    def _append_index(self, entry: IndexEntry) -> None:
        self._index.append(row_of(IndexRow, entry, sequence=len(self._index) + 1))


def row_of(kind: type[Row], value: object, **more: object) -> Row:
    """Return a row with the fields that a change of the same names has, and some more."""
    names = {one.name for one in fields(cast("Any", kind))} - more.keys()
    return kind(**{name: getattr(value, name) for name in names}, **more)
