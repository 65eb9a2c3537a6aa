"""The store without a disk: the twin that tests, and whoever tries the engine, run on.

Rules of this file: it says what the database stores mean, in dictionaries; the same contract suite
runs on both, and Hypothesis compares their answers. Nothing here outlives the process. Journals
and digests are in `storage.memory_journal`, files in `storage.memory_fetches`, what staff ask for
in `storage.memory_office`.
"""

from dataclasses import replace
from datetime import date
from itertools import islice
from typing import TypeVar

from storage.memory_journal import row_of
from storage.memory_office import MemoryOffice
from storage.rows import (
    CaseId,
    ChatRow,
    Cutoffs,
    DraftRow,
    LetterRow,
    Swept,
    TimerRow,
    TraceRow,
    Trouble,
)
from storage.unit import LINE, ChatChange, CodeRow, DraftEntry, Outcome, Sign, Trace, Unit

Draft = dict[tuple[bytes, int], DraftRow]
Key = TypeVar("Key")
Row = TypeVar("Row")


class MemoryStore(MemoryOffice):
    """A store in dictionaries. Their order is the order in which rows first came."""

    def __init__(self, sign: Sign) -> None:
        super().__init__(sign)
        self._seen: dict[bytes, date] = {}
        self._chats: dict[bytes, ChatRow] = {}
        self._drafts: dict[CaseId, Draft] = {}
        self._codes: dict[bytes, CodeRow] = {}
        self._letters: dict[bytes, LetterRow] = {}
        self._letter_days: dict[bytes, date] = {}
        self._letter_number = 0
        self._traces: dict[int, Trace] = {}
        self._trace_number = 0
        self._timers: dict[tuple[bytes, str], TimerRow] = {}
        self._return_keys: dict[str, bytes] = {}
        self._mailed: dict[bytes, int] = {}
        self._troubles: dict[str, Trouble] = {}

    async def commit(self, unit: Unit) -> Outcome:
        """Keep a unit, all or nothing."""
        self._check_open()
        if unit.seen in self._seen:
            return Outcome.DUPLICATE
        office = self._office.after(unit)
        if isinstance(office, Outcome):
            return office
        as_expected = unit.chat is None or self._is_expected(unit.chat)
        if not as_expected or not self._files_fit(unit):
            return Outcome.STALE
        self._office = office
        self._erase(unit.erase)
        self._write(unit)
        if unit.seen is not None:
            self._seen[unit.seen] = unit.day
        self._keep_drafts(unit)
        self._keep_codes(unit)
        if unit.chat:
            self._change_chat(unit.chat)
        self._shelf.change(unit)
        self._keep_letters(unit)
        self._keep_traces(unit)
        self._set_timers(unit)
        return Outcome.COMMITTED

    async def chat(self, tag: bytes) -> ChatRow | None:
        """Read a chat, or None."""
        self._check_open()
        return self._chats.get(tag)

    async def chats(self, limit: int = 100, after: bytes = b"") -> tuple[ChatRow, ...]:
        """Read chats whose tags come after `after`, by tag."""
        self._check_open()
        return tuple(self._chats[tag] for tag in sorted(self._chats) if tag > after)[:limit]

    async def drafts(self, case: CaseId) -> tuple[DraftRow, ...]:
        """Read a draft: slots in the order of their first row, parts in order."""
        self._check_open()
        rows = self._drafts.get(case, {}).values()
        first = {slot: place for place, slot in enumerate(dict.fromkeys(row.slot for row in rows))}
        return tuple(sorted(rows, key=lambda row: (first[row.slot], row.part)))

    async def letters(self, tag: bytes | None = None, limit: int = 100) -> tuple[LetterRow, ...]:
        """Read waiting letters of a chat, or of all, oldest first."""
        self._check_open()
        rows = (row for row in self._letters.values() if tag is None or row.tag == tag)
        return tuple(islice(rows, limit))

    async def waiting(self, limit: int = 10_000) -> tuple[bytes, ...]:
        """Read the tags of chats for which letters wait, the longest waiting first."""
        self._check_open()
        return tuple(islice(dict.fromkeys(row.tag for row in self._letters.values()), limit))

    async def letter_count(self) -> int:
        """Count waiting letters."""
        self._check_open()
        return len(self._letters)

    async def traces(self, tag: bytes, limit: int = 1_000) -> tuple[TraceRow, ...]:
        """Read the traces of a chat, oldest first."""
        self._check_open()
        rows = ((number, one) for number, one in self._traces.items() if one.tag == tag)
        return tuple(row_of(TraceRow, one, number=number) for number, one in islice(rows, limit))

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

    async def mailed(self) -> dict[bytes, int]:
        """Read the number of the last digest mailed to each recipient, by key (16 bytes)."""
        self._check_open()
        return dict(self._mailed)

    async def keep_mailed(self, recipient: bytes, number: int) -> None:
        """Keep the number of the last digest mailed to a recipient."""
        self._check_open()
        self._mailed[recipient] = number

    async def drop_mailed(self, recipient: bytes) -> None:
        """Forget a recipient."""
        self._check_open()
        self._mailed.pop(recipient, None)

    async def troubles(self) -> tuple[Trouble, ...]:
        """Read what does not work, by code."""
        self._check_open()
        return tuple(trouble for _, trouble in sorted(self._troubles.items()))

    async def trouble(self, code: str, day: date) -> None:
        """Keep that something did not work on `day`, once more or for the first time."""
        self._check_open()
        known = self._troubles.get(code, Trouble(code=code, since=day, last=day, count=0))
        self._troubles[code] = replace(known, last=day, count=known.count + 1)

    async def settle(self, code: str) -> None:
        """Keep that a trouble is over."""
        self._check_open()
        self._troubles.pop(code, None)

    async def drop(self, cutoffs: Cutoffs) -> Swept:
        """Drop what `storage.retention` says is over."""
        self._check_open()
        orphans = {
            case
            for case, draft in self._drafts.items()
            if max(row.day for row in draft.values()) <= cutoffs.drafts
            and all(row.day <= cutoffs.drafts for row in await self.fetches_of(case))
        }
        fetches, blobs = self._drop_files(cutoffs, orphans)
        return Swept(
            seen=_drop(self._seen, [k for k, day in self._seen.items() if day <= cutoffs.seen]),
            codes=_drop(
                self._codes, [k for k, row in self._codes.items() if row.expires <= cutoffs.codes]
            ),
            drafts=sum(len(self._drafts.pop(case)) for case in orphans),
            letters=self._done_with(
                [key for key, day in self._letter_days.items() if day <= cutoffs.letters]
            ),
            traces=_drop(
                self._traces, [k for k, one in self._traces.items() if one.day <= cutoffs.traces]
            ),
            timers=_drop(
                self._timers,
                [k for k in self._timers if k[0] != LINE and k[0] not in self._chats],
            ),
            return_keys=_drop(
                self._return_keys, [k for k in self._return_keys if k <= cutoffs.return_keys]
            ),
            fetches=fetches,
            blobs=blobs,
        )

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
            self._move(change.source, change.tag, change.apart)
        self._chats[change.tag] = row_of(ChatRow, change)

    def _move(self, old: bytes, new: bytes, apart: CaseId) -> None:
        """Take a chat's timers, waiting letters, traces and fetches over to another tag."""
        self._move_files(old, new, apart)
        _drop(self._timers, [key for key in self._timers if key[0] == new])
        for key, timer in list(self._timers.items()):
            if timer.tag == old:
                del self._timers[key]
                self._timers[new, timer.name] = replace(timer, tag=new)
        if apart:
            return
        for name, row in self._letters.items():
            if row.tag == old:
                self._letters[name] = replace(row, tag=new)
        for number, trace in self._traces.items():
            if trace.tag == old:
                self._traces[number] = replace(trace, tag=new)

    def _keep_drafts(self, unit: Unit) -> None:
        for entry in unit.drafts:
            self._keep_draft(entry)
        for case in unit.forget:
            self._drafts.pop(case, None)

    def _keep_draft(self, entry: DraftEntry) -> None:
        draft = self._drafts.setdefault(entry.case, {})
        if entry.part == 0 or entry.sealed is None:
            for key in [key for key in draft if key[0] == entry.slot]:
                del draft[key]
        if entry.sealed is not None:
            draft[entry.slot, entry.part] = row_of(DraftRow, entry)
        if not draft:
            del self._drafts[entry.case]

    def _keep_codes(self, unit: Unit) -> None:
        for change in unit.codes:
            if change.row is None:
                self._codes.pop(change.lookup, None)
            else:
                self._codes[change.lookup] = change.row

    def _keep_letters(self, unit: Unit) -> None:
        self._done_with([key for key in dict.fromkeys(unit.sent) if key in self._letters])
        for letter in unit.letters:
            waiting = self._letters.get(letter.key)
            self._letter_number += waiting is None
            number = waiting.number if waiting else self._letter_number
            self._letters[letter.key] = row_of(LetterRow, letter, number=number)
            self._letter_days[letter.key] = unit.day

    def _done_with(self, keys: list[bytes]) -> int:
        _drop(self._letter_days, keys)
        return _drop(self._letters, keys)

    def _keep_traces(self, unit: Unit) -> None:
        for number in unit.untraced:
            self._traces.pop(number, None)
        for trace in unit.traces:
            self._trace_number += 1
            self._traces[self._trace_number] = trace

    def _set_timers(self, unit: Unit) -> None:
        for timer in unit.timers:
            if timer.due is None:
                self._timers.pop((timer.tag, timer.name), None)
            else:
                self._timers[timer.tag, timer.name] = row_of(TimerRow, timer)
        if unit.chat and unit.chat.state is None:
            gone = unit.chat.source
            _drop(self._timers, [key for key in self._timers if key[0] == gone])


def _drop(rows: dict[Key, Row], keys: list[Key]) -> int:
    for key in keys:
        del rows[key]
    return len(keys)
