"""Commands that act: note, state, assign, tag, remind, urgency, assess, outside, reply, delete, ...

Rules of this file: options to a deed, and one line about what comes next. Nothing here sends: what
is done lies in the outbox until it goes with `sync`, or with files. A text is an argument, or comes
from a pipe where `-` is given. What reaches the person, or ends a case, is shown and asked first.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import date, timedelta

from desk import options, session
from desk.casebook import Casebook, CaseView
from desk.errors import (
    CaseLeaves,
    DayOver,
    HoldTooLong,
    NoSuchColleague,
    NotConfirmed,
    NoText,
    TooLongNote,
)
from desk.joining import YES
from desk.labels import LabelsIn
from desk.options import Commands
from desk.safe_text import safe_line
from storage.act import (
    STATES,
    Assessed,
    Assigned,
    Deed,
    Note,
    Outside,
    Reminder,
    StateSet,
    Tagged,
    Urgency,
)
from storage.line import GENERAL
from storage.packet import Header

LONGEST = 100_000  # characters; ours
HOLD_DAYS = 14
PIPE = "-"
URGENCIES = ("U1", "U2", "U3", "U4")

#: What a command does with the case that was named.
Do = Callable[[argparse.Namespace, Casebook, CaseView], Header]
Add = Callable[[str, str, Do], argparse.ArgumentParser]


def register(commands: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the commands to the command line."""

    def add(name: str, says: str, do: Do) -> argparse.ArgumentParser:
        parser = session.add(commands, name, says, run, labels)
        number = "the case number, or the case id's beginning"
        parser.add_argument("case", metavar="NUMBER", help=number)
        parser.set_defaults(do=do)
        return parser

    _register_notes(add)
    _register_codes(add)
    _register_person(add)
    _register_ends(add)


def _register_notes(add: Add) -> None:
    note = add("note", "write a note to the team", _deed(lambda args: Note(text=text(args.text))))
    _add_text(note)
    remind = add("remind", "set a reminder in a case, or do away with one", _deed(_reminder))
    _add_text(remind)
    when = remind.add_mutually_exclusive_group(required=True)
    when.add_argument("--on", type=options.day, metavar="DAY", help="when it is due")
    when.add_argument("--done", action="store_true", help="the reminder of this text is done")
    outside = add("outside", "note what was asked of somebody outside", _deed(_outside))
    outside.add_argument("whom", metavar="WHOM", help="who was asked")
    _add_text(outside, "what was asked")
    outside.add_argument("--on", type=options.day, metavar="DAY", help="when (default: today)")
    outside.add_argument("--came", metavar="TEXT", default="", help="what came of it")


def _register_codes(add: Add) -> None:
    state = add("state", "set the state of a case", _deed(_state))
    state.add_argument("state", choices=STATES)
    _add_reason(state)
    assign = add("assign", "give a case to one of the staff", _assign)
    assign.add_argument("name", metavar="NAME", help='a name in the statement; "-" for nobody')
    tag = add("tag", "give a case tags, or take them away", _deed(_tag))
    tag.add_argument("--add", type=options.tags, default=(), metavar="TAG,TAG")
    tag.add_argument("--remove", type=options.tags, default=(), metavar="TAG,TAG")
    urgency = add("urgency", "give a case another urgency", _deed(_urgency))
    urgency.add_argument("level", choices=URGENCIES)
    _add_reason(urgency, required=True)
    assess = add("assess", "note how far a case is verified and attributed", _deed(_assess))
    assess.add_argument("--verification", type=options.tag, default="", metavar="CODE")
    assess.add_argument("--attribution", type=options.tag, default="", metavar="CODE")
    _add_reason(assess)


def _register_person(add: Add) -> None:
    reply = add("reply", "write to the person; the phrase they chose is put first", _reply)
    _add_text(reply, "what to say; - reads it from a pipe")
    reply.add_argument(
        "--address", type=int, default=0, metavar="N", help="which address (default: the last used)"
    )
    reply.add_argument("--language", metavar="TAG", dest="spoken", default="", help="of this text")
    reply.add_argument(
        "--anyway", action="store_true", help="although they wanted only urgent messages"
    )
    options.add_at_once(reply)
    reply.add_argument("--yes", action="store_true", help="do not ask before it is kept to be sent")


def _register_ends(add: Add) -> None:
    delete = add("delete", "have a case destroyed, on the server and on every desk", _delete)
    _add_reason(delete, required=True)
    delete.add_argument("--yes", action="store_true", help="do not ask")
    hold = add("hold", "hold the deletion of a case, once, for at most 14 days (lead)", _hold)
    hold.add_argument("until", type=options.day, metavar="DAY")
    _add_reason(hold, required=True)
    keep = add("keep-until", "keep a case longer than retention would (lead)", _keep)
    keep.add_argument("until", type=options.day, metavar="DAY")
    _add_reason(keep, required=True)


# --- running -----------------------------------------------------------------------------------


def run(args: argparse.Namespace) -> int:
    """Do one thing with one case.

    Raises:
        ActError, ReplyError, ReadingError: it cannot be done; nothing was kept.
    """
    who = session.reader_of(args)
    book = session.casebook_of(args, who)
    do: Do = args.do
    header = do(args, book, _view(args, book))
    waiting = book.outbox.count()[0]
    session.say(
        args,
        [f"Kept as packet {header.sequence} of this computer; {waiting} wait to go to the server."],
    )
    return 0


def _view(args: argparse.Namespace, book: Casebook) -> CaseView:
    """Open the case that was named; one that leaves, to hold that only, or retention's to keep it.

    Raises:
        CaseLeaves: it is being deleted, and nothing else can be done with it.
    """
    try:
        return book.case(args.case)
    except CaseLeaves:
        if args.do not in {_hold, _keep}:
            raise
        view = book.leaving_case(args.case)
        if args.do is _keep and not next(o for o in book.leaving() if o.case == view.case).may_stay:
            raise
        return view


def text(given: str) -> str:
    """Return a text that was given, or what comes from the pipe.

    Raises:
        NoText, TooLongNote: there is nothing, or too much.
    """
    whole = sys.stdin.read(LONGEST + 1) if given == PIPE else given
    if not whole.strip():
        raise NoText
    if len(whole) > LONGEST:
        raise TooLongNote(LONGEST)
    return whole.strip()


def _deed(make: Callable[[argparse.Namespace], Deed]) -> Do:
    """Return what adds a deed to the case."""
    return lambda args, book, view: book.desk.act(view.case, make(args))


def _reminder(args: argparse.Namespace) -> Deed:
    return Reminder(text=text(args.text), due=None if args.done else args.on)


def _outside(args: argparse.Namespace) -> Deed:
    asked = args.on or args.today
    return Outside(whom=args.whom, what=text(args.text), asked=asked, came=args.came)


def _state(args: argparse.Namespace) -> Deed:
    return StateSet(state=args.state, reason=args.reason)


def _tag(args: argparse.Namespace) -> Deed:
    if not (args.add or args.remove):
        raise NoText
    return Tagged(add=args.add, remove=args.remove)


def _urgency(args: argparse.Namespace) -> Deed:
    return Urgency(level=args.level, reason=args.reason)


def _assess(args: argparse.Namespace) -> Deed:
    if not (args.verification or args.attribution):
        raise NoText
    return Assessed(
        verification=args.verification, attribution=args.attribution, reason=args.reason
    )


def _assign(args: argparse.Namespace, book: Casebook, view: CaseView) -> Header:
    """Give the case to somebody who may read it.

    Raises:
        NoSuchColleague: there is nobody of that name.
    """
    staff = [one.name for one in book.reader.line.entitled(GENERAL)]
    if args.name != PIPE and args.name not in staff:
        raise NoSuchColleague(safe_line(args.name), ", ".join(staff))
    to = "" if args.name == PIPE else args.name
    return book.desk.act(view.case, Assigned(to=to))


def _reply(args: argparse.Namespace, book: Casebook, view: CaseView) -> Header:
    """Show the reply as the person will see it, and keep it to be sent after a yes."""
    prepared = book.prepare(
        view,
        text(args.text),
        now=args.now,
        address=args.address,
        language=args.spoken,
        anyway=args.anyway,
        at_once=args.at_once,
    )
    session.say(args, [*session.history_of(args).prepared(prepared), ""])
    if not args.yes:
        _confirm(args, "Send this? (yes/no)")
    return book.desk.reply(prepared)


def _delete(args: argparse.Namespace, book: Casebook, view: CaseView) -> Header:
    if not args.yes:
        number = safe_line(view.casefile.number)
        _confirm(args, f"Destroy case {number} for ever, everywhere? (yes/no)")
    return book.desk.erase(view.case, args.reason)


def _confirm(args: argparse.Namespace, question: str) -> None:
    """Go on after a yes only.

    Raises:
        NotConfirmed: anything else was said.
    """
    if args.terminal.ask(question).strip().lower() not in YES:
        raise NotConfirmed


def _hold(args: argparse.Namespace, book: Casebook, view: CaseView) -> Header:
    """Hold a deletion.

    Raises:
        HoldTooLong: the day is over, or too far.
    """
    today: date = args.today
    if not today < args.until <= today + timedelta(days=HOLD_DAYS):
        raise HoldTooLong(HOLD_DAYS)
    return book.desk.hold(view.case, args.until, args.reason)


def _keep(args: argparse.Namespace, book: Casebook, view: CaseView) -> Header:
    if args.until <= args.today:
        raise DayOver(args.until)
    return book.desk.keep_until(view.case, args.until, args.reason)


# --- options -----------------------------------------------------------------------------------


def _add_text(parser: argparse.ArgumentParser, says: str = "- reads it from a pipe") -> None:
    parser.add_argument("text", metavar="TEXT", help=says)


def _add_reason(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument(
        "--reason", metavar="TEXT", default="", required=required, help="why; the team sees it"
    )
