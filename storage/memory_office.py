"""What staff have asked for, in the store without a disk.

Rules of this file: a unit's changes are made on a copy, so that one that is refused has changed
nothing. It says what `storage.standings` and `storage.office` mean.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from storage.memory_fetches import MemoryFetches
from storage.outcome import Outcome as Became
from storage.rows import CaseId, JournalRow
from storage.standing import LET_GO, Leaving, PacketRow, ReplyChange, ReplyHead, ReplyRow, Standing
from storage.unit import Outcome, Sign, Unit

NO_CASE = bytes(16)


@dataclass(kw_only=True, slots=True)
class Office:
    """The four tables."""

    packets: dict[tuple[bytes, int], PacketRow] = field(default_factory=dict)
    replies: dict[bytes, ReplyRow] = field(default_factory=dict)
    standings: dict[CaseId, Standing] = field(default_factory=dict)
    erased: dict[tuple[CaseId, bytes], None] = field(default_factory=dict)

    def after(self, unit: Unit) -> "Office | Outcome":
        """Return what a unit makes of it, or why it is refused."""
        new = Office(
            packets=dict(self.packets),
            replies=dict(self.replies),
            standings=dict(self.standings),
            erased=dict(self.erased),
        )
        for packet in unit.packets:
            last = new.last(packet.device)
            if packet.sequence <= last:
                return Outcome.DUPLICATE
            if packet.sequence != last + 1:
                return Outcome.STALE
            number = len(new.packets) + 1
            new.packets[packet.device, packet.sequence] = replace(packet, number=number)
        return new if new._changes(unit) else Outcome.STALE

    def last(self, device: bytes) -> int:
        """Return the last sequence number of a device."""
        return max((number for one, number in self.packets if one == device), default=0)

    def _changes(self, unit: Unit) -> bool:
        for outcome in unit.outcomes:
            key = outcome.device, outcome.sequence
            if key not in self.packets:
                return False
            self.packets[key] = replace(self.packets[key], outcome=outcome.outcome)
        if not all(self._change_reply(one) for one in unit.replies):
            return False
        for change in unit.standings:
            row = change.row
            before = self.standings.get(row.case)
            if (before.revision if before else 0) != row.revision - 1:
                return False
            self.standings[row.case] = row
        for report in unit.erased:
            self.erased[report.case, report.device] = None
        for case in unit.erase:
            self._erase(case)
        return True

    def _change_reply(self, change: ReplyChange) -> bool:
        before = self.replies.get(change.id)
        if (None if before is None else before.attempting) is not change.expected:
            return False
        if change.row is None:
            return self.replies.pop(change.id, None) is not None
        self.replies[change.id] = change.row
        return True

    def _erase(self, case: CaseId) -> None:
        for reply in self.replies.values():
            key = reply.device, reply.sequence
            if reply.case == case and key in self.packets:
                became = Became.UNKNOWN if reply.attempting else Became.WITHDRAWN
                self.packets[key] = replace(self.packets[key], outcome=became.value)
        self.replies = {key: row for key, row in self.replies.items() if row.case != case}
        for key, row in self.packets.items():
            if row.case == case:
                self.packets[key] = replace(row, case=NO_CASE)


class MemoryOffice(MemoryFetches):
    """What `storage.standings` keeps, in dictionaries."""

    def __init__(self, sign: Sign) -> None:
        super().__init__(sign)
        self._office = Office()

    async def entries(self, after: int, limit: int = 100) -> tuple[tuple[int, JournalRow], ...]:
        """Read entries with sequence numbers above `after`, in order, of cases that stay."""
        self._check_open()
        rows = enumerate(self._journal[after:], after + 1)
        return tuple((number, row) for number, row in rows if self._stays(row.case))[:limit]

    async def packets(self, after: int = 0) -> tuple[PacketRow, ...]:
        """Read packets with numbers above `after`, in order."""
        self._check_open()
        rows = self._office.packets.values()
        return tuple(row for row in rows if row.number > after)

    async def packets_of(
        self, device: bytes, after: int, limit: int = 100
    ) -> tuple[PacketRow, ...]:
        """Read packets of a device with sequence numbers above `after`, in order."""
        self._check_open()
        rows = sorted(self._office.packets.items())
        found = [row for (of, sequence), row in rows if of == device and sequence > after]
        return tuple(found[:limit])

    async def packet(self, device: bytes, sequence: int) -> PacketRow | None:
        """Read a packet, or None."""
        self._check_open()
        return self._office.packets.get((device, sequence))

    async def last_packet(self, device: bytes) -> PacketRow | None:
        """Read the last packet of a device, or None."""
        self._check_open()
        return self._office.packets.get((device, self._office.last(device)))

    async def replies(self) -> tuple[ReplyHead, ...]:
        """Read which replies are not done with, in the order in which staff asked for them."""
        self._check_open()
        found = sorted(self._office.replies.values(), key=self._asked)
        return tuple(
            ReplyHead(id=row.id, case=row.case, tag=row.tag, attempting=row.attempting)
            for row in found
        )

    def _asked(self, row: ReplyRow) -> tuple[int, bytes]:
        packet = self._office.packets.get((row.device, row.sequence))
        return packet.number if packet else 0, row.id

    async def reply(self, reply: bytes) -> ReplyRow | None:
        """Read a reply by its id, or None: it is done with."""
        self._check_open()
        return self._office.replies.get(reply)

    async def standing(self, case: CaseId) -> Standing | None:
        """Read a case's standing; None where nothing was asked or told of it."""
        self._check_open()
        return self._office.standings.get(case)

    async def leaving(self, since: date = date.min) -> tuple[Standing, ...]:
        """Read the standings of cases that leave, or are gone and asked for since a day."""
        self._check_open()
        rows = (row for _, row in sorted(self._office.standings.items()))
        return tuple(
            row
            for row in rows
            if row.leaving is Leaving.LEAVES
            or (row.leaving is Leaving.GONE and (row.asked or date.min) >= since)
        )

    async def ended(self, last: date, today: date, limit: int = 100) -> tuple[CaseId, ...]:
        """Read cases that stay, are kept no longer, and have no entry after `last`, by case."""
        self._check_open()
        rows = self._office.standings
        kept = {case for case, row in rows.items() if (row.keep_until or date.min) >= today}
        found = [case for case, rows in self._cases.items() if rows[-1].day <= last]
        return tuple(one for one in sorted(found) if self._stays(one) and one not in kept)[:limit]

    async def let_go(self, day: date) -> int:
        """Count the cases whose deletion retention has asked for on a day."""
        self._check_open()
        rows = [row for row in self._office.standings.values() if row.by in LET_GO]
        return sum(row.leaving is not Leaving.STAYS and row.asked == day for row in rows)

    async def erased(self, case: CaseId) -> tuple[bytes, ...]:
        """Read the devices that have erased their copy of a case, in order."""
        self._check_open()
        return tuple(sorted(device for of, device in self._office.erased if of == case))

    def _stays(self, case: CaseId) -> bool:
        row = self._office.standings.get(case)
        return row is None or row.leaving is Leaving.STAYS

    def _erase(self, cases: Collection[CaseId]) -> None:
        """Take all that cases have but the hashes of their journals."""
        self._unlisted |= set(cases)
        self._shelf.forget(cases)
        for case in cases:
            self._journal = [_emptied(row, case) for row in self._journal]
            rows = self._cases.get(case, [])
            rows[:] = [_emptied(row, case) for row in rows]


def _emptied(row: JournalRow, case: CaseId) -> JournalRow:
    return replace(row, sealed=b"") if row.case == case else row
