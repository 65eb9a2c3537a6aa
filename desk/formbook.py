"""`quietline-desk forms FILE…`: keep forms, so that cases told with them are shown with labels.

Rules of this file: the command only. A form is kept under its hash and used for cases that name
that hash, and for no other: so whatever is kept here, no case is shown by another form than its
own. Each file is looked at before any is kept.
"""

import argparse
from pathlib import Path

from desk import form_labels, session
from desk.errors import NotAForm
from desk.inbox import Item
from desk.labels import LabelsIn
from desk.numbers import count
from desk.options import Commands
from desk.safe_text import safe_line
from storage import disk

LARGEST = 8 * 1024 * 1024  # bytes of a form's file; ours, far above any


def register(commands: Commands, labels: LabelsIn = session.bare) -> None:
    """Add the command to the command line."""
    says = "keep forms, older ones too: cases told with them are shown with their labels"
    parser = session.add(commands, "forms", says, run, labels)
    session.add_language(parser)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="as the root signed it")


def run(args: argparse.Namespace) -> int:
    """Keep forms at this desk.

    Raises:
        NotAForm: a file is none; nothing was kept.
    """
    who = session.reader_of(args)
    found = [_read(path) for path in args.files]
    items = session.inbox_of(args, who).items
    for edition in found:
        form_labels.keep(who.desk, edition)
        session.say(args, [_kept(edition, items)])
    return 0


def _read(path: Path) -> form_labels.Edition:
    try:
        data = disk.read(path, LARGEST)
    except OSError:
        data = None
    edition = None if data is None else form_labels.edition(data)
    if edition is None:
        raise NotAForm(safe_line(str(path)))
    return edition


def _kept(edition: form_labels.Edition, items: tuple[Item, ...]) -> str:
    form = edition.form
    told = [one for one in items if one.casefile and one.casefile.form.sha256 == form.sha256]
    named = safe_line(f"{form.id}, version {form.version}")
    return f"Kept: {named}. {count(len(told), 'case')} here told with it. SHA-256 {form.sha256}"
