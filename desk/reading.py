"""Commands that read: open, list, show, verify.

Rules of this file: what was given is taken in an order that makes sense of it (bundles bring
statements and keys, digests continue one another), however it was named. Each file and mail is
checked by itself, so one that is refused keeps no other out: all that were refused are named at the
end, one line each. Nothing here sends.
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from desk import audit, bundles, digests, inbox, incoming, options, reader, session, shelf
from desk.acting import Desk
from desk.casebook import Casebook, CaseView
from desk.digests import CheckedDigest, TakenDigest
from desk.erasure import Erasure, gone
from desk.errors import CaseLeaves, NoFolder, NoRight, RefusedFile, RefusedFiles
from desk.export.record import ExportLog
from desk.history import notes_of
from desk.inbox import Item, State
from desk.incoming import Incoming, refusing
from desk.labels import LabelsIn
from desk.mirror import Mirror
from desk.options import Commands
from desk.outbox import Outbox
from desk.pages import Pages
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.summaries import SORTS, Filter
from storage import folder

MOST_SHOWN = 40  # cases of a bundle; `list` shows all


def register(commands: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the commands to the command line; `labels` names questions and codes for the staff."""
    says = "take digests, bundles and mails with digests, and show what came"
    given = session.add(commands, "open", says, run_open, labels)
    session.add_language(given)
    given.add_argument("files", type=Path, nargs="+", metavar="FILE", help="or folder, or Maildir")
    given.add_argument(
        "--files",
        dest="shelf",
        type=options.folder_path,
        metavar="DIR",
        help="people's sealed files (default: `files` beside each bundle)",
    )
    given.add_argument(
        "--erase", action="store_true", help="erase cases that are gone, also very many at once"
    )
    says = "list the cases, the most urgent first"
    listed = session.add(commands, "list", says, run_list, labels)
    session.add_language(listed)
    _add_filters(listed)
    says = "show a case: each question, the person's own words, codes with their meaning"
    shown = session.add(commands, "show", says, run_show, labels)
    session.add_language(shown)
    shown.add_argument("case", metavar="NUMBER", help="the case number, or the case id's beginning")
    says = "check again everything that is here: signatures, chains, digests, cases"
    session.add(commands, "verify", says, run_verify, labels)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    """Add what `list` looks for; of one given twice, either fits, but of tags all."""
    many: Sequence[tuple[str, str, str]] = (
        ("--state", "states", "STATE"),
        ("--urgency", "urgencies", "U1"),
        ("--tag", "tags", "TAG"),
        ("--said-in", "languages", "TAG"),
        ("--kind", "kinds", "KIND"),
    )
    for name, dest, metavar in many:
        parser.add_argument(name, dest=dest, action="append", default=[], metavar=metavar)
    parser.add_argument("--owner", default="", metavar="NAME", help='"-" for nobody')
    parser.add_argument("--search", default="", metavar="WORDS", help="in all said and noted")
    parser.add_argument("--overdue", action="store_true", help="what should have been done by now")
    parser.add_argument("--unread", action="store_true", help="what you have not read")
    parser.add_argument("--sort", choices=SORTS, default=SORTS[0])


# --- open --------------------------------------------------------------------------------------


def run_open(args: argparse.Namespace) -> int:
    """Take bundles, then digests by number, into the mirror; show what came.

    Raises:
        RefusedFiles: some were refused; all others were taken.
    """
    who, mirror = session.reader_of(args), session.mirror_of(args)
    mirror.keep_statement(who.line, folder.read(who.line_folder))
    came = incoming.collect(args.files)
    refused = list(came.refused)
    shown: list[Item] = []
    for path in came.bundles:
        with refusing(path.name, refused):
            who, items = _take_bundle(args, mirror, who, path)
            shown += items
    taken = _take_digests(mirror, who, came, refused)
    _erase_gone(args, mirror, who)
    _take_files(args, who, came.bundles, refused)
    shown += _show_digests(args, mirror, who, taken, came)
    session.say(args, session.pages_of(args, who).legend(shown)[1:])
    if refused:
        raise RefusedFiles(*refused)
    return 0


def _erase_gone(args: argparse.Namespace, mirror: Mirror, who: Reader) -> None:
    """Erase the cases that a bundle says are gone; the report of it waits in the outbox.

    Raises:
        ManyGone: there are very many, and that was not said to be right.
    """
    outbox = Outbox(desk=who.desk, signing=who.signing)
    hand = Desk(reader=who, mirror=mirror, outbox=outbox, today=args.today)
    erasing = Erasure.of(hand, session.shelf_of(args), session.labels_of(args, who).order)
    session.say(args, gone(len(erasing.settle(many=args.erase))))


def _take_bundle(
    args: argparse.Namespace, mirror: Mirror, who: Reader, path: Path
) -> tuple[Reader, list[Item]]:
    """Take one bundle and show it; return the reader with the keys it may have brought."""
    came = bundles.take(mirror, who, path)
    who = reader.renew(who)
    labels = session.labels_of(args, who)
    items = inbox.read_cases(mirror, who, came.cases[:MOST_SHOWN], labels.order)
    session.say(args, [*session.pages_of(args, who).bundle(path.name, came, items), ""])
    return who, items


def _take_files(
    args: argparse.Namespace, who: Reader, given: Sequence[Path], refused: list[RefusedFile]
) -> None:
    """Take the sealed files that lie where they were said to, or beside the bundles."""
    asked: Path | None = args.shelf
    if asked is not None and not asked.is_dir():
        raise NoFolder(safe_line(str(asked)))
    places = dict.fromkeys([asked] if asked else [path.parent / shelf.FOLDER for path in given])
    there = [place for place in places if place.is_dir()]
    if not there:
        return
    mirror = session.mirror_of(args)
    cases = [
        item.casefile
        for item in inbox.read_cases(
            mirror, who, mirror.cases(), session.labels_of(args, who).order
        )
        if item.casefile is not None and item.casefile.files
    ]
    for place in there:
        filled = shelf.fill(session.shelf_of(args), place, cases)
        refused += filled.refused
        lines = session.pages_of(args, who).shelved(filled)
        session.say(args, [*lines, ""] if lines else [])


def _take_digests(
    mirror: Mirror, who: Reader, came: Incoming, refused: list[RefusedFile]
) -> list[list[TakenDigest]]:
    """Take all digests by their numbers; return them so, the copies of one together."""
    known = mirror.known(who)
    checked: list[CheckedDigest] = []
    for sent in came.digests:
        with refusing(sent.name, refused):
            checked.append(digests.check(sent, who, known))
    taken = []
    for one in sorted(checked, key=lambda one: one.read.number):
        with refusing(one.name, refused):
            taken.append(digests.keep(mirror, who, one))
    return [list(copies) for _, copies in itertools.groupby(taken, key=lambda one: one.read.number)]


def _show_digests(
    args: argparse.Namespace,
    mirror: Mirror,
    who: Reader,
    taken: Sequence[Sequence[TakenDigest]],
    came: Incoming,
) -> list[Item]:
    """Show the digests that are new here, or the only one; return the cases they announced."""
    pages, shown = session.pages_of(args, who), list[Item]()
    news = [copies for copies in taken if copies[0].fresh or len(taken) == 1]
    for place, copies in enumerate(news, 1):
        first, last = copies[0], place == len(news)
        announced = {entry.case: entry for entry in first.read.index}
        items = inbox.read_cases(mirror, who, announced, pages.labels.order, announced)
        told = first if last else replace(first, missing=())  # the last one tells of all
        session.say(args, [*pages.digest(told, items, len(copies)), ""])
        shown += items
    known = [copies[0].read.number for copies in taken if copies not in news]
    lines = pages.rest(came, known, taken[-1][0].missing if known and not news else ())
    session.say(args, [*lines, ""] if lines else [])
    return shown


# --- list, show, verify ------------------------------------------------------------------------


def run_list(args: argparse.Namespace) -> int:
    """Show the inbox, or what of it is wanted."""
    who = session.reader_of(args)
    wanted = Filter(
        states=tuple(args.states),
        owner=args.owner,
        urgencies=tuple(args.urgencies),
        tags=tuple(args.tags),
        languages=tuple(args.languages),
        kinds=tuple(args.kinds),
        overdue=args.overdue,
        unread=args.unread,
        search=args.search,
    )
    book = session.casebook_of(args, who)
    found, pages = book.cases(wanted, args.sort), session.pages_of(args, who)
    if not found and wanted != Filter():
        session.say(args, ["No case is like that."])
        return 0
    notes = {one.case: notes_of(one, args.today) for one in found}
    session.say(args, pages.inbox([one.item for one in found], notes))
    if wanted == Filter():
        session.say(args, session.history_of(args).leaving(book.leaving()))
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Show one case.

    Raises:
        NoSuchCase, NotForYou, CaseInTrouble: it cannot be shown.
        CaseLeaves: it is being deleted, and they do not lead.
    """
    who = session.reader_of(args)
    book, pages = session.casebook_of(args, who), session.pages_of(args, who)
    try:
        item = book.find(args.case).item
    except CaseLeaves:
        return _show_leaving(args, book, pages)
    if item.state is State.ANNOUNCED and item.index is not None:
        session.say(args, pages.announced(item.index))
        return 0
    view = book.case(args.case)
    _show_case(args, pages, view)
    book.opened(view)
    return 0


def _show_leaving(args: argparse.Namespace, book: Casebook, pages: Pages) -> int:
    """Show the lead a case that is being deleted; that they looked at it is told to nobody.

    Raises:
        CaseLeaves: they do not lead.
    """
    try:
        view = book.leaving_case(args.case)
    except NoRight:
        raise CaseLeaves(safe_line(args.case)) from None
    one = next(one for one in book.leaving() if one.case == view.case)
    session.say(args, [*session.history_of(args).leaves(one), ""])
    _show_case(args, pages, view)
    return 0


def _show_case(args: argparse.Namespace, pages: Pages, view: CaseView) -> None:
    lies = session.shelf_of(args).has
    here = [number for number, file in view.casefile.files.items() if lies(file)]
    session.say(args, pages.case(view.casefile, here=here, foreign_form=view.item.foreign_form))
    session.say(args, ["", *session.history_of(args).case(view, args.now)])


def run_verify(args: argparse.Namespace) -> int:
    """Check the whole mirror; return 1 when anything is wrong."""
    who = session.reader_of(args)
    findings = audit.verify(session.mirror_of(args), who, args.today)
    findings += audit.exports(ExportLog(folder=args.desk))
    session.say(args, session.pages_of(args, who).findings(findings))
    return 0 if all(one.good for one in findings) else 1
