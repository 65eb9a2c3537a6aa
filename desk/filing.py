"""`quietline-desk files CASE`: open what a person sent, checked, into a folder.

Rules of this file: the command only: which case, which files, where to. Each file is dealt with by
itself, so that one that is not whole keeps no other closed; those that are not are named at the end
by case number and file number, and the command ends with 1. What is opened here lies open.
"""

import argparse
from pathlib import Path

from desk import evidence, file_pages, options, saving, session
from desk.casefile import Casefile
from desk.errors import CaseInTrouble, NoSuchFile, NotForYou, RefusedFile, RefusedFiles
from desk.evidence import Place
from desk.file_names import plain_number
from desk.inbox import Item, State
from desk.labels import LabelsIn
from desk.layout import paragraph
from desk.numbers import count
from desk.options import Commands
from desk.safe_text import safe_line
from desk.shelf import naming
from storage import disk

AMONG = "There may be files among them."


def register(commands: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the command to the command line."""
    says = "open the files of a case into a folder, each checked; they then lie there openly"
    files = session.add(commands, "files", says, run_files, labels)
    files.add_argument("case", metavar="NUMBER", help="the case number, or the case id's beginning")
    files.add_argument(
        "--to",
        type=options.folder_path,
        metavar="FOLDER",
        help="where to (default: a folder here, called as the case is)",
    )
    files.add_argument(
        "--only", type=int, action="append", metavar="N", help="this file only; may be repeated"
    )


def run_files(args: argparse.Namespace) -> int:
    """Open the files of a case.

    Raises:
        NoSuchCase, NotForYou, CaseInTrouble, NoSuchFile: there is nothing to open.
        RefusedFiles: some are not whole or not here; nothing of these was kept.
    """
    who = session.reader_of(args)
    item = session.inbox_of(args, who).find(args.case)
    casefile = _casefile(item)
    pages, kept = session.pages_of(args, who), session.shelf_of(args)
    wanted = _wanted(casefile, args.only)
    folder = args.to or Path(plain_number(casefile.number))
    if wanted:
        disk.make_folder(folder)
        saving.sweep(folder)
    keys = [identity for _, identity in sorted(who.keys.items(), reverse=True)]
    refused: list[RefusedFile] = []
    saved = 0
    for number in wanted:
        with naming(casefile.number, number, refused):
            file = casefile.files[number]
            place = Place(folder=folder, case=casefile.number, number=number)
            done = evidence.save(file, place, kept, keys)
            session.say(args, file_pages.saved(number, file, done, pages.width))
            saved += 1
    session.say(args, _closing(casefile, folder, saved, pages.width))
    if refused:
        raise RefusedFiles(*refused)
    return 0


def _casefile(item: Item) -> Casefile:
    """Return what could be opened of a case."""
    name = safe_line(item.number or item.case.hex())
    if item.state is State.TROUBLE:
        raise CaseInTrouble(name, safe_line(item.trouble).rstrip("."))
    if item.casefile is None:
        raise NotForYou(name)
    return item.casefile


def _wanted(casefile: Casefile, only: list[int] | None) -> list[int]:
    """Return the numbers of the files to open."""
    for number in only or ():
        if number not in casefile.files:
            raise NoSuchFile(safe_line(casefile.number), number)
    return sorted(set(only or casefile.files))


def _closing(casefile: Casefile, folder: Path, saved: int, width: int | None) -> list[str]:
    """Return what stands below the files: what others may open, and what to beware of."""
    lines: list[str] = []
    if not casefile.files:
        lines += paragraph(f"Case {safe_line(casefile.number)} has no file.", width)
    for name, number in casefile.closed.items():
        sealed = f"{count(number, 'answer')} sealed to {safe_line(name)}, not open to you."
        lines += paragraph(f"{sealed} {AMONG}", width)
    return [*lines, *file_pages.closing(str(folder), saved, width)]
