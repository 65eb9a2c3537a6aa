"""Commands for what lies in the outbox: `packets list`, `packets drop`, `packets again`.

Rules of this file: what waits keeps its place, for the server takes packets in the order of their
numbers only; what was refused may be dropped, or made again under a new number. A reply is shown
and asked about first, as when it was written.
"""

import argparse
from collections.abc import Mapping

from desk import phrases, session
from desk.acts import Own
from desk.casebook import Casebook
from desk.errors import NoSuchPacket, NotConfirmed, NothingInside
from desk.joining import YES
from desk.labels import LabelsIn
from desk.layout import paragraph
from desk.options import Commands
from desk.outbox import Waiting
from desk.safe_text import safe_line
from storage.act import Erase, Hold, KeepUntil, Reply
from storage.packet import Header
from storage.rows import CaseId

REPORT = "report"
HERE = "waits here for the next sync, or to be carried"


def register(below: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the commands below `packets`."""
    session.add(below, "list", "list the packets that lie here, and why", run_list, labels)
    dropping = session.add(
        below, "drop", "remove a packet that the server refused", run_drop, labels
    )
    again = session.add(
        below, "again", "make a packet that the server refused again", run_again, labels
    )
    for one in (dropping, again):
        one.add_argument("number", type=int, metavar="N", help="its number on this computer")
    again.add_argument("--yes", action="store_true", help="do not ask before a reply")


def run_list(args: argparse.Namespace) -> int:
    """List what lies in the outbox: whatever the server has not taken and given back."""
    book = session.casebook_of(args, session.reader_of(args))
    answered, own = book.outbox.answered(), _own(book)
    names = {one.case: one.item.number for one in book.cases()}
    names.update((one.case, one.number) for one in book.leaving())
    lines = []
    for one in book.outbox.lying():
        answer, act = answered.get(one.number), own.get(one.number)
        what = phrases.deed(act.act.deed).rstrip(":") if act else one.header.kind
        became = HERE if answer is None else phrases.OUTCOMES[answer.outcome].rstrip(".")
        case = safe_line(names.get(one.header.case) or one.header.case.hex()[:12])
        told = f"case {case}, {one.header.day}: {safe_line(what)} [{became}]"
        lines += paragraph(told, None, by=8, first=f"{one.header.sequence:>6}")
    session.say(args, lines or ["Nothing lies here."])
    return 0


def run_drop(args: argparse.Namespace) -> int:
    """Remove a refused packet, and what was written in it.

    Raises:
        NoSuchPacket: there is none of this number that was refused.
    """
    book = session.casebook_of(args, session.reader_of(args))
    book.outbox.drop(_refused(book, args.number).number)
    session.say(args, [f"Packet {args.number} is dropped."])
    return 0


def run_again(args: argparse.Namespace) -> int:
    """Make a refused packet again, and drop the old one.

    Raises:
        NoSuchPacket: there is none of this number that was refused.
        NothingInside: what is in it cannot be opened here.
        ActError, ReplyError, ReadingError: it cannot be done now either; the old one stays.
    """
    book = session.casebook_of(args, session.reader_of(args))
    old = _refused(book, args.number)
    header = _again(args, book, old)
    book.outbox.drop(old.number)
    waiting = len(book.outbox.waiting())
    session.say(
        args,
        [f"Kept as packet {header.sequence} of this computer; {waiting} wait to go to the server."],
    )
    return 0


def _refused(book: Casebook, sequence: int) -> Waiting:
    answered = book.outbox.answered()
    for one in book.outbox.lying():
        answer = answered.get(one.number)
        if one.header.sequence == sequence and answer is not None and answer.outcome.is_refusal:
            return one
    raise NoSuchPacket(sequence)


def _again(args: argparse.Namespace, book: Casebook, old: Waiting) -> Header:
    case, hand = old.header.case, book.desk
    if old.header.kind == REPORT:
        return hand.report(case, old.header.report)
    own = _own(book).get(old.number)
    if own is None:
        raise NothingInside(args.number)
    deed = own.act.deed
    if isinstance(deed, Hold):
        return hand.hold(case, deed.until, deed.reason)
    book.find(case.hex())  # nothing else is done with a case that leaves
    match deed:
        case Reply():
            return _reply(args, book, case, deed)
        case Erase(reason=reason):
            return hand.erase(case, reason)
        case KeepUntil(until=until, reason=reason):
            return hand.keep_until(case, until, reason)
        case _:
            return hand.act(case, deed)


def _reply(args: argparse.Namespace, book: Casebook, case: CaseId, deed: Reply) -> Header:
    """Show the reply as the person will see it, and keep it to be sent after a yes."""
    view = book.case(case.hex())
    prepared = book.prepare(
        view, deed.text, address=deed.address, language=deed.language, anyway=True
    )
    session.say(args, [*session.history_of(args).prepared(prepared), ""])
    if not args.yes and args.terminal.ask("Send this? (yes/no)").strip().lower() not in YES:
        raise NotConfirmed
    return book.desk.reply(prepared)


def _own(book: Casebook) -> Mapping[tuple[bytes, int], Own]:
    return {one.number: one for acts in book.own().values() for one in acts}
