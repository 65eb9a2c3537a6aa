"""Packets of staff: who may ask for what, each taken once and in its order.

- Nothing is looked at before the signature of somebody on the staff of today's statement was
  checked. Without one, nothing is kept, not even that something came.
- What is signed and refused uses up its number, and its author's desk is told why. The same file
  again has the outcome that it had; another one of its number is refused.
- All that comes of a packet is one unit: its row, its entry, what it changes of the case.
- Its entry is chained as one that came by a packet: the server cannot look into it, desks do.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import dictated
from bot.enclosing import Enclosing
from bot.erasing import asked, held, kept
from bot.keyring import Keyring, month_of
from bot.recalling import recall, reply_id
from bot.returns import Returns
from storage import age
from storage.address import Address
from storage.age import Identity
from storage.errors import AddressDead, BadSignature, StorageError
from storage.line import Line
from storage.outcome import Outcome
from storage.packet import (
    ENTRY,
    FILE,
    INDEX,
    RECALL,
    SERVER,
    Delivery,
    Header,
    Packet,
    check,
    decode_delivery,
)
from storage.rows import CaseId, Origin
from storage.standing import (
    STAFF,
    Erased,
    Leaving,
    PacketRow,
    ReplyChange,
    ReplyRow,
    Standing,
    StandingChange,
)
from storage.unit import IndexEntry, NewEntry, Store, Unit
from storage.unit import Outcome as Kept

#: Days for which a packet may be good, and for which a key that served before may still be used.
LONGEST, LATE = 30, 31
#: The right that each kind needs.
RIGHTS = {
    "append": "act",
    "deliver": "act",
    "report": "read",
    "delete": "act",
    "hold": "lead",
    "keep-until": "lead",
    "begin": "act",
    "file": "act",
    "recall": "act",
}
#: The parts that each kind has, no fewer and no more.
PARTS = {
    "append": {ENTRY},
    "deliver": {SERVER, ENTRY},
    "report": set[str](),
    "delete": {ENTRY},
    "hold": {ENTRY},
    "keep-until": {ENTRY},
    "begin": {ENTRY, INDEX},
    "file": {ENTRY, FILE},
    "recall": {ENTRY},
}
#: What may be said of a case that leaves; only retention's can be kept longer.
OF_LEAVING = {"report", "hold", "delete", "keep-until"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a packet; `device` and `sequence` are of one that could be believed."""

    outcome: Outcome
    device: bytes = b""
    sequence: int = 0


@dataclass(kw_only=True, slots=True)
class Packets:
    """Takes packets for one line."""

    store: Store
    line: Line
    identity: Identity = field(repr=False)  # what `server.age` is sealed to
    keyring: Keyring = field(repr=False)
    returns: Returns
    hours: int  # between the asking for a deletion and its doing
    enclosing: Enclosing | None = None  # where files go; without it none is taken

    async def take(self, data: bytes, signature: str, now: datetime) -> Taken:
        """Take a packet, or refuse it."""
        staff = {one.name: one.signing for one in self.line.staff}
        try:
            packet = check(data, signature, staff)
        except BadSignature:
            return Taken(outcome=Outcome.SIGNATURE)
        except StorageError:
            return Taken(outcome=Outcome.DAMAGED)
        while True:
            taken = await self._take(packet, hashlib.sha256(data).digest(), now)
            if taken is not None:
                header = packet.header
                return Taken(outcome=taken, device=header.device, sequence=header.sequence)

    async def _take(self, packet: Packet, sha256: bytes, now: datetime) -> Outcome | None:
        """Try once; None when something else was kept meanwhile."""
        header = packet.header
        last = await self.store.last_packet(header.device)
        if last is not None and last.author != header.author:
            return Outcome.DEVICE
        if last is not None and header.sequence <= last.sequence:
            known = await self.store.packet(header.device, header.sequence)
            same = known is not None and known.sha256 == sha256
            return Outcome(known.outcome) if known and same else Outcome.REPLAYED
        if header.sequence != (last.sequence if last else 0) + 1:
            return Outcome.ORDER
        unit, outcome = await self._became(packet, now)
        row = _row(header, sha256, outcome, now)
        kept = await self.store.commit(replace(unit, packets=(row,)))
        return outcome if kept is Kept.COMMITTED else None

    async def _became(self, packet: Packet, now: datetime) -> tuple[Unit, Outcome]:
        """Return what a packet changes, and what comes of it."""
        header = packet.header
        refusal = self._refusal(packet, now) or await self._foreign(header)
        if refusal is not None:
            return Unit(day=now.date()), refusal
        unit = Unit(day=now.date(), entries=_entries(packet, now), index=_index(packet, now))
        if header.kind == RECALL:
            return await recall(self.store, self.line, header, unit)
        made = await self._unit(packet, unit, now)
        if isinstance(made, Outcome):
            return Unit(day=now.date()), made
        return made, _of(header.kind)

    async def _unit(self, packet: Packet, unit: Unit, now: datetime) -> Unit | Outcome:
        """Return what a packet changes, or why it is refused."""
        header = packet.header
        before = await self.store.standing(header.case)
        after: Standing | None
        match header.kind:
            case "deliver" | "file":
                take = self._deliver if header.kind == "deliver" else self._file
                return await take(packet, unit, now)
            case "report":
                return _report(header, unit, before, now)
            case "delete":
                after = asked(before, header.case, STAFF, now, self.hours)
            case "hold":
                after = held(before, header.until or now.date(), now.date())
            case "keep-until":
                after = kept(before, header.case, header.until, now.date())
            case _:
                return unit
        if after is None:
            return Outcome.HOLD if header.kind == "hold" else Outcome.CASE
        return _with(unit, before, after)

    def _refusal(self, packet: Packet, now: datetime) -> Outcome | None:
        """Return why a packet cannot be, whatever the case is."""
        header = packet.header
        person, today = self.line.person(header.author), now.date()
        if person is None or RIGHTS[header.kind] not in person.rights:
            return Outcome.RIGHTS
        too_long = header.expires > today + timedelta(days=LONGEST)
        if header.expires < today or too_long:
            return Outcome.EXPIRED
        if set(packet.parts) != PARTS[header.kind]:
            return Outcome.PARTS
        if packet.parts.keys() & {ENTRY, INDEX}:
            key = self.line.key(header.key)
            if key is None or not key.since <= today <= key.until + timedelta(days=LATE):
                return Outcome.KEY
        return None

    async def _foreign(self, header: Header) -> Outcome | None:
        """Return whether there is no such case for this kind of packet."""
        row = await self.store.standing(header.case)
        leaves = row is not None and row.leaving is not Leaving.STAYS
        there = bool(await self.store.journal(header.case))
        if header.kind == "begin":
            return Outcome.CASE if there or leaves else None
        wrong = not there or (leaves and header.kind not in OF_LEAVING)
        return Outcome.CASE if wrong else None

    async def _file(self, packet: Packet, unit: Unit, now: datetime) -> Unit | Outcome:
        """Put a file among the files; it is kept with the packet, or else was never there."""
        if self.enclosing is None:
            return Outcome.PARTS
        put = await self.enclosing.put(packet.header.case, packet.parts[FILE], now)
        if isinstance(put, Outcome):
            return put
        return replace(unit, fetches=put.fetches, blobs=put.blobs)

    async def _deliver(self, packet: Packet, unit: Unit, now: datetime) -> Unit | Outcome:
        header = packet.header
        try:
            delivery = decode_delivery(age.open(packet.parts[SERVER], [self.identity]))
            if delivery.case != header.case:
                return Outcome.CASE
            address = await self.returns.open(header.case, delivery.address)
        except AddressDead:
            return Outcome.ADDRESS_DEAD
        except StorageError:
            return Outcome.DAMAGED
        row = self._reply(header, delivery, address, now)
        return replace(unit, replies=(ReplyChange(id=row.id, row=row, expected=None),))

    def _reply(
        self, header: Header, delivery: Delivery, address: Address, now: datetime
    ) -> ReplyRow:
        """Return a reply that waits; all that it says, and to whom, is sealed and bound to it."""
        named = reply_id(header.device, header.sequence)
        sealed = dictated.seal(self.keyring, delivery, address, named)
        tag = self.keyring.tag(address.channel, address.peer, month_of(now.date()))
        return ReplyRow(
            id=named,
            case=header.case,
            tag=tag,
            device=header.device,
            sequence=header.sequence,
            day=now.date(),
            sealed=sealed,
        )


def _of(kind: str) -> Outcome:
    return Outcome.WAITING if kind == "deliver" else Outcome.TAKEN


def _row(header: Header, sha256: bytes, outcome: Outcome, now: datetime) -> PacketRow:
    return PacketRow(
        device=header.device,
        sequence=header.sequence,
        case=header.case,
        author=header.author,
        sha256=sha256,
        kind=header.kind,
        outcome=outcome,
        day=now.date(),
    )


def _entries(packet: Packet, now: datetime) -> tuple[NewEntry, ...]:
    sealed = packet.parts.get(ENTRY)
    if sealed is None:
        return ()
    header, day = packet.header, now.date()
    entry = NewEntry(case=header.case, key=header.key, sealed=sealed, day=day, origin=Origin.PACKET)
    return (entry,)


def _index(packet: Packet, now: datetime) -> tuple[IndexEntry, ...]:
    sealed = packet.parts.get(INDEX)
    if sealed is None:
        return ()
    header = packet.header
    return (IndexEntry(case=header.case, key=header.key, sealed=sealed, day=now.date()),)


def _report(header: Header, unit: Unit, before: Standing | None, now: datetime) -> Unit | Outcome:
    """Note that a desk has opened a case, or erased it, which it can only when the case leaves."""
    if header.report == "opened":
        return _with(unit, before, replace(_next(before, header.case), opened=True))
    if before is None or before.leaving is Leaving.STAYS:
        return Outcome.CASE
    report = Erased(case=header.case, device=header.device, day=now.date())
    return replace(unit, erased=(report,))


def _next(before: Standing | None, case: CaseId) -> Standing:
    found = before or Standing(case=case)
    return replace(found, revision=found.revision + 1)


def _with(unit: Unit, before: Standing | None, after: Standing) -> Unit:
    """Return the unit with a standing, unless that is as it was."""
    unchanged = before is not None and replace(after, revision=before.revision) == before
    return unit if unchanged else replace(unit, standings=(StandingChange(row=after),))
