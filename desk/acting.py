"""Acting at a desk: what one of the staff does with a case becomes a packet in the outbox.

Rules of this file: it asks the same questions as the server will, so that a person is told at once
what they may not do; then it seals, signs and keeps. What goes into the journal is sealed to the
reading key of today, what is said to the person to the server's packet key as well. Nothing here
opens a connection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from desk.errors import NoRight, NoServerKeys, NotOnStaff, NotYourCompartment
from desk.mirror import Mirror
from desk.outbox import Outbox
from desk.reader import Reader
from desk.replying import Prepared
from desk.waiting import Number
from storage import act, age, packet
from storage.act import Act, Deed, Erase, Hold, KeepUntil, Recall, Reply, Seen
from storage.line import GENERAL, Line, ReadingKey, valid
from storage.packet import ENTRY, FILE, RECALL, SERVER, Delivery, Header, Packet
from storage.rows import CaseId

#: Days for which a packet is good: the server takes 30, and this computer's clock may be ahead.
GOOD_DAYS = 28
LEAD = "lead"
NOTHING_YET = -1, bytes(act.HASH)
NOBODY = "the root's holder, for nobody has it"

#: The sealed parts of a packet, made for the device and number that it got.
Parts = Callable[[bytes, int], Mapping[str, bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """One of the staff, ready to act."""

    reader: Reader
    mirror: Mirror
    outbox: Outbox
    today: date

    # --- what staff do -------------------------------------------------------------------------

    def act(self, case: CaseId, deed: Deed) -> Header:
        """Add a note, a state, an owner, ... to a case."""
        return self._add("append", case, deed)

    def reply(self, prepared: Prepared) -> Header:
        """Write to the person what was prepared (see `desk.replying`)."""
        self.check("act")
        server = self.reader.line.server
        if server is None:
            raise NoServerKeys
        delivery = Delivery(
            case=prepared.case,
            text=prepared.whole,
            language=prepared.language,
            address=prepared.way.sealed,
            hours=prepared.hours,
        )
        told = {SERVER: age.seal(packet.encode_delivery(delivery), [server.packet])}
        deed = Reply(
            text=prepared.text,
            language=prepared.language,
            address=prepared.way.number,
            hours=prepared.hours,
        )
        return self._add("deliver", prepared.case, deed, told=told)

    def enclose(self, case: CaseId, deed: Deed, sealed: bytes) -> Header:
        """Put a sealed file to a case; the deed tells the team of it."""
        return self._add("file", case, deed, told={FILE: sealed})

    def recall(self, case: CaseId, reply: Number) -> Header:
        """Ask the server to take back a reply that waits there, one's own or a colleague's."""
        device, sequence = reply
        deed = Recall(device=device, sequence=sequence)
        return self._add(RECALL, case, deed, reply=reply)

    def erase(self, case: CaseId, reason: str) -> Header:
        """Ask for a case to be deleted."""
        return self._add("delete", case, Erase(reason=reason))

    def hold(self, case: CaseId, until: date, reason: str) -> Header:
        """Hold the deletion of a case until a day."""
        deed = Hold(until=until, reason=reason)
        return self._add("hold", case, deed, right=LEAD, until=until)

    def keep_until(self, case: CaseId, until: date, reason: str) -> Header:
        """Keep a case longer than retention would."""
        deed = KeepUntil(until=until, reason=reason)
        return self._add("keep-until", case, deed, right=LEAD, until=until)

    def report(self, case: CaseId, what: str) -> Header:
        """Tell the server that a case was `opened` or `erased` here."""
        self.check("read")
        return self.post("report", case, lambda _device, _number: {}, report=what)

    def take_back(self, number: Number, case: CaseId) -> Header:
        """Take back a reply that has not left; in its place goes that the case was opened here.

        A number must not be missing: the server would take nothing behind it.

        Raises:
            NotHere: it does not wait here. HandedOver: it may have left.
        """
        self.check("read")
        make = self._maker("report", case, lambda _device, _number: {}, report="opened")
        return self.outbox.put_back(number, make).header

    # --- how it leaves -------------------------------------------------------------------------

    def check(self, right: str) -> None:
        """Check that the person may do what needs this right, today.

        Raises:
            NotOnStaff, NoRight: they may not.
            LineError: the statement cannot be used today.
        """
        valid(self.reader.line, self.today)
        person = self.reader.line.person(self.reader.name)
        if person is None:
            raise NotOnStaff(self.reader.name)
        if right not in person.rights:
            raise NoRight(right, _holders(self.reader.line, right))

    def post(
        self,
        kind: str,
        case: CaseId,
        parts: Parts,
        *,
        key: str = "",
        until: date | None = None,
        report: str = "",
        reply: Number | None = None,
    ) -> Header:
        """Make a packet of any kind and put it into the outbox; rights were checked before."""
        make = self._maker(kind, case, parts, key=key, until=until, report=report, reply=reply)
        return self.outbox.put(make).header

    def _maker(
        self,
        kind: str,
        case: CaseId,
        parts: Parts,
        *,
        key: str = "",
        until: date | None = None,
        report: str = "",
        reply: Number | None = None,
    ) -> Callable[[bytes, int], Packet]:
        """Return what makes a packet, given the number that it gets."""

        def make(device: bytes, number: int) -> Packet:
            header = Header(
                kind=kind,
                case=case,
                author=self.reader.name,
                device=device,
                sequence=number,
                day=self.today,
                expires=self.today + timedelta(days=GOOD_DAYS),
                line=self.reader.line.sha256,
                key=key,
                until=until,
                report=report,
                reply=reply,
            )
            return Packet(header=header, parts=parts(device, number))

        return make

    def _add(
        self,
        kind: str,
        case: CaseId,
        deed: Deed,
        *,
        right: str = "act",
        until: date | None = None,
        told: Mapping[str, bytes] | None = None,
        reply: Number | None = None,
    ) -> Header:
        """Make a packet whose entry is an act."""
        self.check(right)
        key, seen = self._key(right), self.seen(case)
        person = self.reader.line.person(self.reader.name)
        if key.compartment == LEAD and not (person and person.reads(LEAD)):
            raise NotYourCompartment(LEAD)

        def parts(device: bytes, number: int) -> Mapping[str, bytes]:
            one = Act(
                case=case,
                author=self.reader.name,
                device=device,
                sequence=number,
                day=self.today,
                seen=seen,
                deed=deed,
            )
            sealed = age.seal(act.encode(one, self.reader.signing), [key.recipient])
            return {**(told or {}), ENTRY: sealed}

        return self.post(kind, case, parts, key=key.id, until=until, reply=reply)

    def _key(self, right: str) -> ReadingKey:
        """Return the key of today that an act is sealed to; the lead's own where there is one."""
        line = self.reader.line
        own = [key for key in line.reading_keys if key.compartment == LEAD]
        serves = any(key.since <= self.today <= key.until for key in own)
        return line.reading_key(self.today, LEAD if right == LEAD and serves else GENERAL)

    def seen(self, case: CaseId) -> Seen:
        """Return what this desk has seen: of the case, of digests, of the statement."""
        head = self.mirror.head(case)
        position, chain = NOTHING_YET if head is None else (head.position, head.chain)
        digests = max((0, *self.mirror.digests(), len(self.mirror.heads().witnesses)))
        line = self.reader.line.sha256
        return Seen(position=position, chain=chain, digest=digests, line=line)


def _holders(line: Line, right: str) -> str:
    """Return who of the staff has a right, as one asks for them."""
    *others, last = [one.name for one in line.staff if right in one.rights] or [NOBODY]
    return f"{', '.join(others)} or {last}" if others else last
