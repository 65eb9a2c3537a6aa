"""Commands that exchange with the server: `sync`, and `packets export` for carrying by hand.

Rules of this file: a command's options to values, and sentences for what came of it. A library that
opens connections is loaded by `sync` only.
"""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from desk import packets as packets_here
from desk import session
from desk.errors import RefusedFiles, SyncError
from desk.labels import LabelsIn
from desk.numbers import count
from desk.options import Commands
from desk.outbox import Outbox
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.waiting import signature_of
from storage import disk

Clock = Callable[[], datetime]


def register(commands: Commands, clock: Clock, labels: LabelsIn = session.bare) -> None:
    """Add the commands to the command line; requests bear the time of the clock."""
    says = "exchange with the server: fetch what came in, bring what waits here"
    syncing = session.add(commands, "sync", says, run_sync, labels)
    syncing.add_argument("url", nargs="?", metavar="URL", help="the server's address, remembered")
    syncing.add_argument(
        "--erase", action="store_true", help="erase cases that are gone, also very many at once"
    )
    syncing.add_argument("--no-files", action="store_true", help="leave people's files for later")
    syncing.set_defaults(clock=clock)
    says = "write packets that wait here into a folder, to be carried to the server"
    packets = commands.add_parser("packets", help=says, description=says)
    below: Commands = packets.add_subparsers(metavar="list|back|drop|again|export", required=True)
    exporting = session.add(below, "export", says, run_export, labels)
    exporting.add_argument("folder", type=Path, metavar="DIR")
    packets_here.register(below, labels)


# --- sync --------------------------------------------------------------------------------------


def run_sync(args: argparse.Namespace) -> int:
    """Exchange with the server, and say what came of it.

    Raises:
        SyncError: it could not be done, or not all of it; what waits here still does.
    """
    from desk import rounds  # noqa: PLC0415 - it loads a library

    url = rounds.address_of(args.desk, args.url or "")
    who = session.reader_of(args)
    whole = rounds.Round(
        url=url,
        reader=who,
        order=session.labels_of(args, who).order,
        today=args.today,
        clock=args.clock,
        progress=Shown(lambda line: session.say(args, [line])),
        many=args.erase,
        files=not args.no_files,
    )
    try:
        came = whole.run()
    except SyncError:
        session.say(args, rounds.waits(whole.outbox.count()[0]))
        raise
    session.say(args, rounds.says(came))
    if came.fetched.refused:
        raise RefusedFiles(*came.fetched.refused)
    return 0


class Shown:
    """Shows progress: a line a tenth of the way, and none for what is done at once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Begin with nothing shown."""
        self._say = say
        self._last: tuple[str, int] = ("", 0)

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show how far it is."""
        tenth = 10 * done // of if of else 10
        if 0 < tenth < 10 and (what, tenth) != self._last:  # noqa: PLR2004 - tenths
            self._last = what, tenth
            self._say(f"  {what}: {done:,} of {of:,}")


# --- packets export -----------------------------------------------------------------------------


def run_export(args: argparse.Namespace) -> int:
    """Write the packets that wait into a folder; they wait here until a bundle tells of them."""
    who = session.reader_of(args)
    outbox = _outbox(args, who)
    waiting = outbox.waiting()
    outbox.handed.mark(one.number for one in waiting)
    disk.make_folder(args.folder)
    for one in waiting:
        path = args.folder / one.path.name
        disk.write(signature_of(path), one.signature.encode())
        disk.write(path, one.data)
    session.say(args, [f"{count(len(waiting), 'packet')} in {safe_line(str(args.folder))}."])
    return 0


def _outbox(args: argparse.Namespace, who: Reader) -> Outbox:
    return Outbox(desk=args.desk, signing=who.signing)
