"""What reading commands have in common: who sits there, where things lie, on which screen.

Rules of this file: a command's options to values, and nothing that one of the commands does. The
passphrase is asked for once a command, or read from the file that was named.
"""

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from desk import inbox, options, reader
from desk.casebook import Casebook
from desk.form_labels import ENGLISH, languages, nearest
from desk.history import History
from desk.inbox import Inbox
from desk.labels import BareCodes, Labels, LabelsIn
from desk.layout import WIDEST
from desk.mirror import FOLDER, Mirror
from desk.options import Commands
from desk.pages import Pages
from desk.reader import Reader
from desk.refreshing import CHUNK, MANY
from desk.shelf import FOLDER as FILES
from desk.shelf import Shelf
from desk.terminal import Terminal

MAX_PASSPHRASE = 1024
TOLD_EVERY = 500  # cases

Run = Callable[[argparse.Namespace], int]


def bare(_language: str, _line: str) -> Labels:
    """Return no labels at all."""
    return BareCodes()


def add(
    commands: Commands, name: str, says: str, run: Run, labels: LabelsIn
) -> argparse.ArgumentParser:
    """Add a command that reads; `labels` names questions and codes for the staff."""
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


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add --language, in which the form's questions and codes are named."""
    parser.add_argument(
        "--language",
        type=language,
        metavar="TAG",
        help=f"name questions and codes in this language: {', '.join(languages())}"
        " (default: this computer's, else en)",
    )


def language(text: str) -> str:
    """Read a language that the form has labels in."""
    found = nearest(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"there are labels in {', '.join(languages())}")
    return found


def inbox_of(args: argparse.Namespace, who: Reader) -> Inbox:
    """Read everything that is here."""
    return inbox.read_inbox(mirror_of(args), who, labels_of(args, who).order)


def casebook_of(args: argparse.Namespace, who: Reader) -> Casebook:
    """Open the casebook, and show how far it is where many cases are new."""
    terminal: Terminal = args.terminal

    def progress(done: int, of: int) -> None:
        if of >= MANY and (done == of or done % TOLD_EVERY < CHUNK):
            terminal.tell(f"{done} of {of} cases opened")

    return Casebook.of(who, labels_of(args, who).order, args.today, progress)


def history_of(args: argparse.Namespace) -> History:
    """Return the histories of cases as they fit this screen."""
    terminal: Terminal = args.terminal
    return History(width=_width(terminal), colour=terminal.colour)


def reader_of(args: argparse.Namespace) -> Reader:
    """Open the person's key and the reading keys they hold."""

    def ask() -> str:
        if args.passphrase_file is None:
            terminal: Terminal = args.terminal
            return terminal.ask_hidden("Your six words:")
        with args.passphrase_file.open("rb") as file:
            words: bytes = file.read(MAX_PASSPHRASE)
        return words.decode(errors="replace").strip()

    return reader.open_reading_keys(args.desk, options.line_folder(args), ask)


def mirror_of(args: argparse.Namespace) -> Mirror:
    """Return the mirror of this desk."""
    return Mirror(folder=args.desk / FOLDER)


def shelf_of(args: argparse.Namespace) -> Shelf:
    """Return where the sealed files of this desk lie."""
    return Shelf(folder=args.desk / FOLDER / FILES)


def labels_of(args: argparse.Namespace, who: Reader) -> Labels:
    """Return the labels in the language that was asked for, or else in the terminal's."""
    terminal: Terminal = args.terminal
    asked: str | None = getattr(args, "language", None)
    labels: LabelsIn = args.labels
    return labels(asked or nearest(terminal.locale) or ENGLISH, who.line.name).at(who.desk)


def pages_of(args: argparse.Namespace, who: Reader) -> Pages:
    """Return the pages as they fit this screen."""
    terminal: Terminal = args.terminal
    return Pages(
        width=_width(terminal),
        colour=terminal.colour,
        labels=labels_of(args, who),
    )


def _width(terminal: Terminal) -> int | None:
    return min(shutil.get_terminal_size().columns, WIDEST) if terminal.colour else None


def say(args: argparse.Namespace, lines: Sequence[str]) -> None:
    """Show lines, if there are any."""
    terminal: Terminal = args.terminal
    if lines:
        terminal.say("\n".join(lines))
