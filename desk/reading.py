"""Commands that read: open, list, show, verify, export.

Rules of this file: what was given is taken in an order that makes sense of it (bundles bring
statements and keys, digests continue one another), however it was named. Each file and mail is
checked by itself, so one that is refused keeps no other out: all that were refused are named at the
end, one line each. Nothing here sends.
"""

import argparse
import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from desk import audit, bundles, digests, inbox, incoming, options, reader
from desk.digests import CheckedDigest, TakenDigest
from desk.errors import CaseInTrouble, NotForYou, RefusedFile, RefusedFiles
from desk.export import jsonl
from desk.form_labels import ENGLISH, nearest
from desk.inbox import Inbox, Item, State
from desk.incoming import Incoming, refusing
from desk.labels import BareCodes, Labels, LabelsIn
from desk.layout import WIDEST
from desk.mirror import FOLDER, Mirror
from desk.numbers import count
from desk.options import Commands
from desk.pages import Pages
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.terminal import Terminal
from storage import disk, folder

MAX_PASSPHRASE = 1024
MOST_SHOWN = 40  # cases of a bundle; `list` shows all

Run = Callable[[argparse.Namespace], int]


def bare(_language: str, _line: str) -> Labels:
    """Return no labels at all."""
    return BareCodes()


def register(commands: Commands, labels: LabelsIn = bare) -> None:
    """Add the commands to the command line; `labels` names questions and codes for the staff."""
    says = "take digests, bundles and mails with digests, and show what came"
    given = _add(commands, "open", says, run_open, labels)
    options.add_language(given)
    given.add_argument("files", type=Path, nargs="+", metavar="FILE", help="or folder, or Maildir")
    says = "list the cases, the most urgent first"
    options.add_language(_add(commands, "list", says, run_list, labels))
    says = "show a case: each question, the person's own words, codes with their meaning"
    shown = _add(commands, "show", says, run_show, labels)
    options.add_language(shown)
    shown.add_argument("case", metavar="NUMBER", help="the case number, or the case id's beginning")
    says = "check again everything that is here: signatures, chains, digests, cases"
    _add(commands, "verify", says, run_verify, labels)
    says = "write all opened cases for other programs; the file then holds people's words openly"
    export = _add(commands, "export", says, run_export, labels)
    export.add_argument("--jsonl", action="store_true", required=True, help="JSON Lines")
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the screen")


def _add(
    commands: Commands, name: str, says: str, run: Run, labels: LabelsIn
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=says, description=says)
    options.add_places(parser)
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="read your six words from a file instead of asking for them",
    )
    parser.set_defaults(run=run, labels=labels)
    return parser


# --- open --------------------------------------------------------------------------------------


def run_open(args: argparse.Namespace) -> int:
    """Take bundles, then digests by number, into the mirror; show what came.

    Raises:
        RefusedFiles: some were refused; all others were taken.
    """
    who, mirror = _reader(args), _mirror(args)
    mirror.keep_statement(who.line, folder.read(who.line_folder))
    came = incoming.collect(args.files)
    refused = list(came.refused)
    shown: list[Item] = []
    for path in came.bundles:
        with refusing(path.name, refused):
            who, items = _take_bundle(args, mirror, who, path)
            shown += items
    taken = _take_digests(mirror, who, came, refused)
    shown += _show_digests(args, mirror, who, taken, came)
    _say(args, _pages(args, who).legend(shown)[1:])
    if refused:
        raise RefusedFiles(*refused)
    return 0


def _take_bundle(
    args: argparse.Namespace, mirror: Mirror, who: Reader, path: Path
) -> tuple[Reader, list[Item]]:
    """Take one bundle and show it; return the reader with the keys it may have brought."""
    came = bundles.take(mirror, who, path)
    who = reader.renew(who)
    labels = _labels(args, who)
    items = inbox.read_cases(mirror, who, came.cases[:MOST_SHOWN], labels.order)
    _say(args, [*_pages(args, who).bundle(path.name, came, items), ""])
    return who, items


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
    pages, shown = _pages(args, who), list[Item]()
    news = [copies for copies in taken if copies[0].fresh or len(taken) == 1]
    for place, copies in enumerate(news, 1):
        first, last = copies[0], place == len(news)
        announced = {entry.case: entry for entry in first.read.index}
        items = inbox.read_cases(mirror, who, announced, pages.labels.order, announced)
        told = first if last else replace(first, missing=())  # the last one tells of all
        _say(args, [*pages.digest(told, items, len(copies)), ""])
        shown += items
    known = [copies[0].read.number for copies in taken if copies not in news]
    lines = pages.rest(came, known, taken[-1][0].missing if known and not news else ())
    _say(args, [*lines, ""] if lines else [])
    return shown


# --- list, show, verify, export ----------------------------------------------------------------


def run_list(args: argparse.Namespace) -> int:
    """Show the inbox."""
    who = _reader(args)
    _say(args, _pages(args, who).inbox(_inbox(args, who).items))
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Show one case.

    Raises:
        NoSuchCase, NotForYou, CaseInTrouble: it cannot be shown.
    """
    who = _reader(args)
    item, pages = _inbox(args, who).find(args.case), _pages(args, who)
    name = item.number or item.case.hex()
    if item.state is State.TROUBLE:
        raise CaseInTrouble(safe_line(name), safe_line(item.trouble).rstrip("."))
    if item.casefile is not None:
        _say(args, pages.case(item.casefile))
    elif item.state is State.ANNOUNCED and item.index is not None:
        _say(args, pages.announced(item.index))
    else:
        raise NotForYou(safe_line(name))
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Check the whole mirror; return 1 when anything is wrong."""
    who = _reader(args)
    findings = audit.verify(_mirror(args), who, args.today)
    _say(args, _pages(args, who).findings(findings))
    return 0 if all(one.good for one in findings) else 1


def run_export(args: argparse.Namespace) -> int:
    """Write all opened cases as JSON Lines."""
    who = _reader(args)
    items, labels = _inbox(args, who).items, args.labels(ENGLISH, who.line.name)
    lines = [
        jsonl.line(item.casefile, labels, chain=item.chain)
        for item in sorted(items, key=lambda item: item.case)
        if item.casefile is not None
    ]
    if args.file is None:
        _say(args, lines)
        return 0
    disk.write(args.file, "".join(f"{line}\n" for line in lines).encode())
    left = len(items) - len(lines)
    more = f" {count(left, 'case')} could not be opened here and stayed out." if left else ""
    _say(args, [f"{count(len(lines), 'case')} written to {args.file}.{more}"])
    _say(args, ["It holds people's words openly: keep it where only those who need it can read."])
    return 0


# --- who, where, on which screen ---------------------------------------------------------------


def _inbox(args: argparse.Namespace, who: Reader) -> Inbox:
    return inbox.read_inbox(_mirror(args), who, _labels(args, who).order)


def _reader(args: argparse.Namespace) -> Reader:
    def ask() -> str:
        if args.passphrase_file is None:
            terminal: Terminal = args.terminal
            return terminal.ask_hidden("Your six words:")
        with args.passphrase_file.open("rb") as file:
            words: bytes = file.read(MAX_PASSPHRASE)
        return words.decode(errors="replace").strip()

    return reader.open_reading_keys(args.desk, options.line_folder(args), ask)


def _mirror(args: argparse.Namespace) -> Mirror:
    return Mirror(folder=args.desk / FOLDER)


def _labels(args: argparse.Namespace, who: Reader) -> Labels:
    """Return the labels in the language that was asked for, or else in the terminal's."""
    terminal: Terminal = args.terminal
    asked: str | None = getattr(args, "language", None)
    labels: LabelsIn = args.labels
    return labels(asked or nearest(terminal.locale) or ENGLISH, who.line.name)


def _pages(args: argparse.Namespace, who: Reader) -> Pages:
    terminal: Terminal = args.terminal
    columns = min(shutil.get_terminal_size().columns, WIDEST)
    return Pages(
        width=columns if terminal.colour else None,
        colour=terminal.colour,
        labels=_labels(args, who),
    )


def _say(args: argparse.Namespace, lines: Sequence[str]) -> None:
    terminal: Terminal = args.terminal
    if lines:
        terminal.say("\n".join(lines))
