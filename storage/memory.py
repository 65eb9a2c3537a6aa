"""The store without a disk: the twin that tests, and whoever tries the engine, run on.

Rules of this file: it says what the database stores mean, in dictionaries; the same contract suite
runs on both, and Hypothesis compares their answers. Nothing here outlives the process.
"""

from dataclasses import fields, replace
from datetime import date
from itertools import islice
from typing import Any, TypeVar, cast

from storage.chain import START, link
from storage.errors import DigestOutOfOrder, StoreClosed
from storage.rows import (
    CaseId,
    ChatRow,
    Cutoffs,
    DigestRow,
    DraftRow,
    Head,
    IndexRow,
    JournalRow,
    LetterRow,
    Swept,
    TimerRow,
    Totals,
)
from storage.unit import ChatChange, CodeRow, DraftEntry, IndexEntry, NewEntry, Outcome, Sign, Unit

Draft = dict[tuple[bytes, int], DraftRow]
Key = TypeVar("Key")
Row = TypeVar("Row")


class MemoryStore:
    """A store in dictionaries. Their order is the order in which rows first came."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._closed = False
        self._numbers = 0
        self._seen: dict[bytes, date] = {}
        self._chats: dict[bytes, ChatRow] = {}
        self._drafts: dict[CaseId, Draft] = {}
        self._codes: dict[bytes, CodeRow] = {}
        self._letters: dict[bytes, LetterRow] = {}
        self._timers: dict[tuple[bytes, str], TimerRow] = {}
        self._return_keys: dict[str, bytes] = {}
        self._journal: list[JournalRow] = []  # sequence 1 is first; entries are never deleted
        self._cases: dict[CaseId, list[JournalRow]] = {}
        self._index: list[IndexRow] = []
        self._digests: list[DigestRow] = []

    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing."""
        self._check_open()
        if unit.seen in self._seen:
            return Outcome.DUPLICATE
        if unit.chat and not self._is_expected(unit.chat):
            return Outcome.STALE
        for new in unit.entries:
            self._append(new)
        if unit.seen is not None:
            self._seen[unit.seen] = unit.day
        for entry in unit.drafts:
            self._keep_draft(entry)
        for case in unit.forget:
            self._drafts.pop(case, None)
        for one in unit.index:
            self._append_index(one)
        self._keep_codes(unit)
        if unit.chat:
            self._change_chat(unit.chat)
        self._keep_letters(unit)
        self._set_timers(unit)
        return Outcome.COMMITTED

    async def chat(self, tag: bytes) -> ChatRow | None:
        """Read a chat, or None."""
        self._check_open()
        return self._chats.get(tag)

    async def drafts(self, case: CaseId) -> tuple[DraftRow, ...]:
        """Read a draft: slots in the order of their first row, parts in order."""
        self._check_open()
        rows = self._drafts.get(case, {}).values()
        first = {slot: place for place, slot in enumerate(dict.fromkeys(row.slot for row in rows))}
        return tuple(sorted(rows, key=lambda row: (first[row.slot], row.part)))

    async def letters(self, limit: int = 100) -> tuple[LetterRow, ...]:
        """Read waiting letters, oldest first."""
        self._check_open()
        return tuple(islice(self._letters.values(), limit))

    async def due(self, now: int, limit: int = 100) -> tuple[TimerRow, ...]:
        """Read timers due at `now` (unix seconds) or before, earliest first."""
        self._check_open()
        rows = (row for row in self._timers.values() if row.due <= now)
        return tuple(sorted(rows, key=lambda row: (row.due, row.tag, row.name)))[:limit]

    async def code(self, lookup: bytes) -> CodeRow | None:
        """Read a code's row, or None."""
        self._check_open()
        return self._codes.get(lookup)

    async def return_key(self, month: str) -> bytes | None:
        """Read a month's wrapped return key ("2026-11"), or None."""
        self._check_open()
        return self._return_keys.get(month)

    async def keep_return_key(self, month: str, wrapped: bytes) -> None:
        """Keep a month's wrapped return key; the first one kept stays: read it back."""
        self._check_open()
        self._return_keys.setdefault(month, wrapped)

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
        return tuple(self._index[after:upto][:limit])

    async def index_count(self, after: int, upto: int) -> int:
        """Count index entries with sequence numbers in (after, upto]."""
        self._check_open()
        return len(self._index[after:upto])

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

    async def drop(self, cutoffs: Cutoffs) -> Swept:
        """Drop what `storage.retention` says is over."""
        self._check_open()
        orphans = [
            case
            for case, draft in self._drafts.items()
            if max(row.day for row in draft.values()) <= cutoffs.drafts
        ]
        return Swept(
            seen=_drop(self._seen, [k for k, day in self._seen.items() if day <= cutoffs.seen]),
            codes=_drop(
                self._codes, [k for k, row in self._codes.items() if row.expires <= cutoffs.codes]
            ),
            drafts=sum(len(self._drafts.pop(case)) for case in orphans),
            timers=_drop(self._timers, [k for k in self._timers if k[0] not in self._chats]),
            return_keys=_drop(
                self._return_keys, [k for k in self._return_keys if k <= cutoffs.return_keys]
            ),
        )

    async def close(self) -> None:
        """Let go; nothing is left."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    def _is_expected(self, change: ChatChange) -> bool:
        row = self._chats.get(change.source)
        if change.state is not None and change.tag != change.source and change.tag in self._chats:
            return False
        if change.expected == 0:
            return row is None and (change.state is None or change.tag == change.source)
        return row is not None and row.revision == change.expected

    def _change_chat(self, change: ChatChange) -> None:
        if change.state is None:
            self._chats.pop(change.source, None)
            return
        if change.tag != change.source:
            self._chats.pop(change.source)
            self._move(change.source, change.tag)
        self._chats[change.tag] = _as(ChatRow, change)

    def _move(self, old: bytes, new: bytes) -> None:
        """Take a chat's timers and waiting letters over to another tag."""
        _drop(self._timers, [key for key in self._timers if key[0] == new])
        for key, timer in list(self._timers.items()):
            if timer.tag == old:
                del self._timers[key]
                self._timers[new, timer.name] = replace(timer, tag=new)
        for name, row in self._letters.items():
            if row.tag == old:
                self._letters[name] = replace(row, tag=new)

    def _keep_draft(self, entry: DraftEntry) -> None:
        draft = self._drafts.setdefault(entry.case, {})
        if entry.part == 0 or entry.sealed is None:
            for key in [key for key in draft if key[0] == entry.slot]:
                del draft[key]
        if entry.sealed is not None:
            draft[entry.slot, entry.part] = _as(DraftRow, entry)
        if not draft:
            del self._drafts[entry.case]

    def _append(self, entry: NewEntry) -> None:
        rows = self._cases.setdefault(entry.case, [])
        previous = rows[-1].chain if rows else START
        made = link(
            case=entry.case,
            position=len(rows),
            previous=previous,
            sealed=entry.sealed,
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
        self._index.append(_as(IndexRow, entry, sequence=len(self._index) + 1))

    def _keep_codes(self, unit: Unit) -> None:
        for change in unit.codes:
            if change.row is None:
                self._codes.pop(change.lookup, None)
            else:
                self._codes[change.lookup] = change.row

    def _keep_letters(self, unit: Unit) -> None:
        for key in unit.sent:
            self._letters.pop(key, None)
        for letter in unit.letters:
            waiting = self._letters.get(letter.key)
            self._numbers += waiting is None
            self._letters[letter.key] = LetterRow(
                number=waiting.number if waiting else self._numbers,
                key=letter.key,
                tag=letter.tag,
                sealed=letter.sealed,
            )

    def _set_timers(self, unit: Unit) -> None:
        for timer in unit.timers:
            if timer.due is None:
                self._timers.pop((timer.tag, timer.name), None)
            else:
                self._timers[timer.tag, timer.name] = _as(TimerRow, timer)
        if unit.chat and unit.chat.state is None:
            gone = unit.chat.source
            _drop(self._timers, [key for key in self._timers if key[0] == gone])


def _as(kind: type[Row], value: object, **more: object) -> Row:
    """Return a row with the fields that a change of the same names has, and some more."""
    names = {one.name for one in fields(cast("Any", kind))} - more.keys()
    return kind(**{name: getattr(value, name) for name in names}, **more)


def _drop(rows: dict[Key, Row], keys: list[Key]) -> int:
    for key in keys:
        del rows[key]
    return len(keys)
