"""Commands for what lies in the outbox: `packets list`, `drop`, `again`, `back`; and `recall`.

Rules of this file: the commands only; what may be done is decided in `desk.outgoing`, which reply
`recall` means in `desk.recalls`. A reply is shown and asked about first, as when it was written.
"""

import argparse

from desk import options, outgoing, phrases, recalls, session
from desk.errors import NotConfirmed
from desk.joining import YES
from desk.labels import LabelsIn
from desk.layout import indent, paragraph
from desk.options import Commands
from desk.safe_text import safe_line, safe_lines

TAKE_BACK = "Have this taken back? (yes/no)"
ASKED = (
    "Kept as packet {number} of this computer. It is not taken back yet: the server says, once"
    " it has this, whether it was too late."
)


def register(below: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the commands below `packets`."""
    session.add(below, "list", "list the packets that lie here, and why", run_list, labels)
    dropping = session.add(
        below, "drop", "remove a packet that the server refused", run_drop, labels
    )
    again = session.add(
        below, "again", "make a packet that the server refused again", run_again, labels
    )
    back = session.add(
        below, "back", "take back a reply that has not left this computer", run_back, labels
    )
    for one in (dropping, again, back):
        one.add_argument("number", type=int, metavar="N", help="its number on this computer")
    recall = session.add(
        below, "recall", "have the server take back a reply that waits there", run_recall, labels
    )
    number = "the case number, or the case id's beginning"
    recall.add_argument("case", metavar="NUMBER", help=number)
    recall.add_argument("--entry", type=int, metavar="N", help="which, where several wait")
    recall.add_argument("--yes", action="store_true", help="do not ask before")
    options.add_at_once(again)
    again.add_argument("--yes", action="store_true", help="do not ask before a reply")


def run_list(args: argparse.Namespace) -> int:
    """List what lies in the outbox: whatever the server has not taken and given back."""
    book = session.casebook_of(args, session.reader_of(args))
    lines = []
    for one in outgoing.lying(book):
        what = f"{safe_line(one.what)} [{one.became}]"
        told = f"case {safe_line(one.case)}, {one.header.day}: {what}"
        lines += paragraph(told, None, by=8, first=f"{one.header.sequence:>6}")
    session.say(args, lines or ["Nothing lies here."])
    return 0


def run_drop(args: argparse.Namespace) -> int:
    """Remove a refused packet, and what was written in it.

    Raises:
        NoSuchPacket: there is none of this number that was refused.
    """
    book = session.casebook_of(args, session.reader_of(args))
    book.outbox.drop(outgoing.refused(book, args.number).number)
    session.say(args, [f"Packet {args.number} is dropped."])
    return 0


def run_back(args: argparse.Namespace) -> int:
    """Take back a reply; the person gets none of it.

    Raises:
        NotHere, NotAReply: there is none of this number that waits.
        HandedOver: it may have left this computer.
    """
    book = session.casebook_of(args, session.reader_of(args))
    outgoing.take_back(book, args.number)
    session.say(args, [f"The reply in packet {args.number} is taken back: none of it left."])
    return 0


def run_recall(args: argparse.Namespace) -> int:
    """Have the server take back a reply that waits there, one's own or a colleague's.

    Raises:
        NoneWaits, SeveralWait: it is not known which one. NotConfirmed: no yes was said.
        ActError, ReadingError: it cannot be done.
    """
    book = session.casebook_of(args, session.reader_of(args))
    view = book.case(args.case)
    reply = recalls.chosen(view.standing, args.entry)
    session.say(args, [f"{reply.day}  {safe_line(reply.author)} {phrases.deed(reply.deed)}"])
    session.say(args, [*indent(safe_lines(phrases.written(reply.deed)), 4), ""])
    if not args.yes and args.terminal.ask(TAKE_BACK).strip().lower() not in YES:
        raise NotConfirmed
    header = book.desk.recall(view.case, reply.number)
    session.say(args, [ASKED.format(number=header.sequence)])
    return 0


def run_again(args: argparse.Namespace) -> int:
    """Make a refused packet again, and drop the old one.

    Raises:
        NoSuchPacket: there is none of this number that was refused.
        NothingInside: what is in it cannot be opened here.
        ActError, ReplyError, ReadingError: it cannot be done now either; the old one stays.
    """
    book = session.casebook_of(args, session.reader_of(args))
    old = outgoing.refused(book, args.number)
    prepared = outgoing.reply_in(book, old, args.now, at_once=args.at_once)
    if prepared is not None:
        session.say(args, [*session.history_of(args).prepared(prepared), ""])
        if not args.yes and args.terminal.ask("Send this? (yes/no)").strip().lower() not in YES:
            raise NotConfirmed
    header = outgoing.again(book, old, prepared)
    waiting = book.outbox.count()[0]
    session.say(
        args,
        [f"Kept as packet {header.sequence} of this computer; {waiting} wait to go to the server."],
    )
    return 0
