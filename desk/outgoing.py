"""What lies in the outbox, in words, and what may be done with what the server refused.

Rules of this file: what waits keeps its place, for the server takes packets in the order of their
numbers only; a reply that has not left may be taken back, and something else takes its number. What
was refused may be dropped, or made again under a new number, and the old one is dropped then. A
reply is shown to whoever sends it again, as when it was written (`reply_in`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from desk import phrases
from desk.acting import Desk
from desk.casebook import Casebook
from desk.errors import NoSuchPacket, NotAReply, NotHere, NothingInside
from desk.outbox import BEGIN, DELIVER, FILE, REPORT
from desk.replying import Prepared
from desk.waiting import Number, Waiting
from storage import packet
from storage.act import Deed, Erase, Hold, KeepUntil, Recall, Reply
from storage.outcome import Outcome
from storage.packet import Header
from storage.rows import CaseId

HERE = "waits here for the next sync, or to be carried"
#: What is in a packet that is more than a deed, or carries none.
WITHOUT: Mapping[str, str] = {
    BEGIN: "an interview, handed in as a case",
    FILE: "a file of an interview",
    REPORT: "told the server that the case was {}",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Lying:
    """A packet that lies here. `case` is what staff call its case, as far as it is known."""

    header: Header
    case: str
    deed: Deed | None = field(default=None, repr=False)
    outcome: Outcome | None = None

    @property
    def number(self) -> Number:
        """Which packet it is."""
        return self.header.device, self.header.sequence

    @property
    def refused(self) -> bool:
        """Whether the server refused it."""
        return self.outcome is not None and self.outcome.is_refusal

    @property
    def is_reply(self) -> bool:
        """Whether it waits here and is a reply: as long as it has not left it may be taken back."""
        return self.outcome is None and self.header.kind == DELIVER

    @property
    def what(self) -> str:
        """What was done by it."""
        if self.deed is not None and self.header.kind not in WITHOUT:
            return phrases.deed(self.deed).rstrip(":")
        return WITHOUT.get(self.header.kind, self.header.kind).format(self.header.report)

    @property
    def became(self) -> str:
        """What became of it."""
        return HERE if self.outcome is None else phrases.OUTCOMES[self.outcome].rstrip(".")


def lying(book: Casebook) -> tuple[Lying, ...]:
    """Return what lies in the outbox: whatever the server has not taken and given back."""
    answered, deeds = book.outbox.answered(), _deeds(book)
    names = {one.case: one.item.number for one in book.cases()}
    names.update((one.case, one.number) for one in book.leaving())
    found = []
    for one in book.outbox.lying():
        answer, case = answered.get(one.number), one.header.case
        found.append(
            Lying(
                header=one.header,
                case=names.get(case) or case.hex()[:12],
                deed=deeds.get(one.number),
                outcome=answer.outcome if answer else None,
            )
        )
    return tuple(found)


def refused(book: Casebook, sequence: int, device: bytes = b"") -> Waiting:
    """Return the refused packet of a number; `device` where this computer has had several.

    Raises:
        NoSuchPacket: there is none of this number that was refused.
    """
    answered = book.outbox.answered()
    for one in book.outbox.lying():
        answer = answered.get(one.number)
        meant = one.header.sequence == sequence and device in {b"", one.header.device}
        if meant and answer is not None and answer.outcome.is_refusal:
            return one
    raise NoSuchPacket(sequence)


def take_back(book: Casebook, sequence: int, device: bytes = b"") -> Header:
    """Take back a reply that waits here; `device` where this computer has had several.

    Raises:
        NotHere: it does not wait here. NotAReply: it is none.
        HandedOver: it may have left: then nobody can take it back from here.
    """
    for one in book.outbox.waiting():
        if one.header.sequence == sequence and device in {b"", one.header.device}:
            if one.header.kind != DELIVER:
                raise NotAReply(sequence)
            return book.desk.take_back(one.number, one.header.case)
    raise NotHere(sequence)


def reply_in(
    book: Casebook, old: Waiting, now: datetime, *, at_once: bool = False
) -> Prepared | None:
    """Return the reply in a packet as the person would see it now; None where there is none.

    Raises:
        ReplyError, ReadingError: it cannot be sent now.
    """
    deed = _deeds(book).get(old.number)
    if not isinstance(deed, Reply):
        return None
    view = book.case(old.header.case.hex())
    return book.prepare(
        view,
        deed.text,
        now=now,
        address=deed.address,
        language=deed.language,
        anyway=True,
        at_once=at_once,
    )


def again(book: Casebook, old: Waiting, prepared: Prepared | None) -> Header:
    """Make a refused packet again, and drop the old one; a reply as `prepared` (`reply_in`).

    Raises:
        NothingInside: what is in it cannot be opened here.
        ActError, ReplyError, ReadingError: it cannot be done now either; the old one stays.
    """
    made = _again(book, old, prepared)
    book.outbox.drop(old.number)
    return made


def _again(book: Casebook, old: Waiting, prepared: Prepared | None) -> Header:
    case, hand = old.header.case, book.desk
    if old.header.kind in {REPORT, BEGIN}:
        return _without_deed(hand, old)
    deed = _deeds(book).get(old.number)
    if deed is None:
        raise NothingInside(old.header.sequence)
    if old.header.kind == FILE:  # its case may be on its way
        return hand.enclose(case, deed, packet.decode(old.data).parts[packet.FILE])
    if isinstance(deed, Hold):
        return hand.hold(case, deed.until, deed.reason)
    if isinstance(deed, KeepUntil):  # as the lead may do with a case that retention lets go of
        return hand.keep_until(case, deed.until, deed.reason)
    book.find(case.hex())  # nothing else is done with a case that leaves
    if prepared is not None:
        return hand.reply(prepared)
    return _acted(hand, case, deed)


def _acted(hand: Desk, case: CaseId, deed: Deed) -> Header:
    match deed:
        case Erase(reason=reason):
            return hand.erase(case, reason)
        case Recall(device=device, sequence=sequence):
            return hand.recall(case, (device, sequence))
        case _:
            return hand.act(case, deed)


def _without_deed(hand: Desk, old: Waiting) -> Header:
    """Make a report again; or hand an interview in as it was: its words lie nowhere else."""
    if old.header.kind == REPORT:
        return hand.report(old.header.case, old.header.report)
    hand.check("act")
    parts = packet.decode(old.data).parts
    return hand.post(BEGIN, old.header.case, lambda _d, _n: parts, key=old.header.key)


def _deeds(book: Casebook) -> Mapping[Number, Deed]:
    return {one.number: one.act.deed for acts in book.own().values() for one in acts}
