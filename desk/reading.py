"""Commands that read: open, list, show, verify, export.

Rules of this file: files are taken in an order that makes sense of them (bundles bring statements
and keys, digests continue one another), however they were named. The first file that is refused
ends the command with one line that names it; what came before it stays. Nothing here sends.
"""

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from desk import audit, bundles, digests, inbox, options, reader
from desk.errors import CaseInTrouble, DeskError, NotForYou, RefusedFile, UnknownFile
from desk.export import jsonl
from desk.inbox import Inbox, State
from desk.labels import BareCodes, Labels
from desk.layout import WIDEST
from desk.mirror import FOLDER, Mirror
from desk.numbers import count
from desk.options import Commands
from desk.pages import Pages
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.terminal import Terminal
from storage import disk, folder
from storage.age_header import VERSION as AGE
from storage.bundle import STATEMENT
from storage.errors import StorageError

MAX_PASSPHRASE = 1024
SIGNATURE, DIGEST, BUNDLE = ".sig", ".age", ".tar"
SUFFIXES = (DIGEST, BUNDLE)
MOST_SHOWN = 40  # cases of a bundle; `list` shows all
BARE = BareCodes()

Run = Callable[[argparse.Namespace], int]


def register(commands: Commands, labels: Labels = BARE) -> None:
    """Add the commands to the command line; `labels` names questions and codes for the staff."""
    says = "take digests and bundles that the server sent, and show what came"
    given = _add(commands, "open", says, run_open, labels)
    given.add_argument("files", type=Path, nargs="+", metavar="FILE")
    says = "list the cases, the most urgent first"
    _add(commands, "list", says, run_list, labels)
    says = "show a case: each question, the person's own words, codes with their meaning"
    shown = _add(commands, "show", says, run_show, labels)
    shown.add_argument("case", metavar="NUMBER", help="the case number, or the case id's beginning")
    says = "check again everything that is here: signatures, chains, digests, cases"
    _add(commands, "verify", says, run_verify, labels)
    says = "write all opened cases for other programs; the file then holds people's words openly"
    export = _add(commands, "export", says, run_export, labels)
    export.add_argument("--jsonl", action="store_true", required=True, help="JSON Lines")
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the screen")


def _add(
    commands: Commands, name: str, says: str, run: Run, labels: Labels
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
    """Take files into the mirror, bundles first, then digests by number; show what came."""
    who, mirror = _reader(args), _mirror(args)
    mirror.keep_statement(who.line, folder.read(who.line_folder))
    for path in _sorted(args.files):
        try:
            lines, who = _take(args, mirror, who, path)
        except (DeskError, StorageError) as error:
            raise RefusedFile(safe_line(path.name), _sentence(error)) from None
        _say(args, [*lines, ""])
    return 0


def _take(
    args: argparse.Namespace, mirror: Mirror, who: Reader, path: Path
) -> tuple[list[str], Reader]:
    """Take one file; return what to show, and the reader with the keys it may have brought."""
    pages, order = _pages(args), args.labels.order
    if _is_digest(path):
        digest = digests.take(mirror, who, path)
        announced = {entry.case: entry for entry in digest.read.index}
        items = inbox.read_cases(mirror, who, announced, order, announced)
        return pages.digest(digest, items), who
    came = bundles.take(mirror, who, path)
    who = reader.renew(who)
    items = inbox.read_cases(mirror, who, came.cases[:MOST_SHOWN], order)
    return pages.bundle(path.name, came, items), who


def _sorted(files: Sequence[Path]) -> list[Path]:
    """Return digests and bundles in an order that makes sense; a folder stands for all in it."""
    found: set[Path] = set()
    for path in files:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        for one in inside:
            file = one.with_suffix("") if one.suffix == SIGNATURE else one
            if not path.is_dir() or file.suffix in SUFFIXES:
                found.add(file)
    return sorted(found, key=lambda path: (_is_digest(path), path.name, path))


def _is_digest(path: Path) -> bool:
    """Tell a digest from a bundle, by the name or else by how it begins.

    Raises:
        RefusedFile: it is neither.
    """
    if path.suffix in SUFFIXES:
        return path.suffix == DIGEST
    with path.open("rb") as file:
        start = file.read(len(AGE))
    if start == AGE:
        return True
    if start.startswith(STATEMENT.encode()):
        return False
    raise RefusedFile(safe_line(path.name), _sentence(UnknownFile()))


def _sentence(error: Exception) -> str:
    """Return an error's sentence, to stand inside another; a file may have put names into it."""
    return safe_line(str(error)).rstrip(".")


# --- list, show, verify, export ----------------------------------------------------------------


def run_list(args: argparse.Namespace) -> int:
    """Show the inbox."""
    _say(args, _pages(args).inbox(_inbox(args).items))
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Show one case.

    Raises:
        NoSuchCase, NotForYou, CaseInTrouble: it cannot be shown.
    """
    item, pages = _inbox(args).find(args.case), _pages(args)
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
    findings = audit.verify(_mirror(args), _reader(args), args.today)
    _say(args, _pages(args).findings(findings))
    return 0 if all(one.good for one in findings) else 1


def run_export(args: argparse.Namespace) -> int:
    """Write all opened cases as JSON Lines."""
    items = _inbox(args).items
    lines = [
        jsonl.line(item.casefile, args.labels, chain=item.chain)
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


def _inbox(args: argparse.Namespace) -> Inbox:
    return inbox.read_inbox(_mirror(args), _reader(args), args.labels.order)


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


def _pages(args: argparse.Namespace) -> Pages:
    terminal: Terminal = args.terminal
    columns = min(shutil.get_terminal_size().columns, WIDEST)
    return Pages(
        width=columns if terminal.colour else None, colour=terminal.colour, labels=args.labels
    )


def _say(args: argparse.Namespace, lines: Sequence[str]) -> None:
    terminal: Terminal = args.terminal
    if lines:
        terminal.say("\n".join(lines))
