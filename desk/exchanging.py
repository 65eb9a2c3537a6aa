"""Commands that exchange with the server: `sync`, and `packets export` for carrying by hand.

Rules of this file: a command's options to values, and sentences for what came of it. A library that
opens connections is loaded by `sync` only.
"""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from desk import device, phrases, session, sync_memory
from desk import packets as packets_here
from desk.erasure import gone
from desk.errors import RefusedFiles, SyncError
from desk.labels import LabelsIn
from desk.numbers import count
from desk.options import Commands
from desk.outbox import Answered, Outbox
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.statements import Adopted
from storage import disk, folder

AGAIN = "What was refused lies here: quietline-desk packets list, then packets again N, or drop N."
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
    below: Commands = packets.add_subparsers(metavar="list|drop|again|export", required=True)
    exporting = session.add(below, "export", says, run_export, labels)
    exporting.add_argument("folder", type=Path, metavar="DIR")
    packets_here.register(below, labels)


# --- sync --------------------------------------------------------------------------------------


def run_sync(args: argparse.Namespace) -> int:
    """Exchange with the server, and say what came of it.

    Raises:
        SyncError: it could not be done, or not all of it; what waits here still does.
    """
    from desk.coming import Fetched, fetch  # noqa: PLC0415 - it loads a library
    from desk.remote import Asker, Remote, checked  # noqa: PLC0415 - the same
    from desk.syncing import Syncing  # noqa: PLC0415 - the same

    url = checked(args.url) if args.url else sync_memory.address(args.desk)
    who, mirror = session.reader_of(args), session.mirror_of(args)
    mirror.keep_statement(who.line, folder.read(who.line_folder))
    outbox = _outbox(args, who)
    asker = Asker(
        name=who.name,
        device=device.load(args.desk).id,
        signing=who.signing,
        root=who.root,
        clock=args.clock,
    )
    shown = Shown(lambda line: session.say(args, [line]))
    with Remote(url, asker) as remote:
        sync = Syncing(
            remote=remote,
            reader=who,
            mirror=mirror,
            shelf=session.shelf_of(args),
            outbox=outbox,
            order=session.labels_of(args, who).order,
            today=args.today,
            progress=shown,
            many=args.erase,
        )
        try:
            synced = sync.run()
            if args.url:
                sync_memory.remember_address(args.desk, url)
            fetched = Fetched() if args.no_files else fetch(sync)
        except SyncError:
            session.say(args, _waits(outbox))
            raise
    lines = [
        *_statement(synced.statement),
        _came(len(synced.cases), synced.entries),
        *gone(len(synced.gone)),
        *_files(fetched.taken, fetched.missing),
        *_answered(synced.answered),
        *_waits(outbox),
    ]
    session.say(args, lines)
    if fetched.refused:
        raise RefusedFiles(*fetched.refused)
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


def _came(cases: int, entries: int) -> str:
    if not entries:
        return "Nothing new has come."
    return f"{count(entries, 'new entry')} came, and {count(cases, 'new case')}."


def _statement(adopted: Adopted | None) -> list[str]:
    return ["A newer statement is in force here."] if adopted and adopted.newer else []


def _files(taken: int, missing: Sequence[str]) -> list[str]:
    lines = [f"{count(taken, 'file')} came."] if taken else []
    return lines + [f"The server has no {name}." for name in missing]


def _answered(answered: Sequence[Answered]) -> list[str]:
    refused = [one for one in answered if one.outcome.is_refusal]
    taken = len(answered) - len(refused)
    lines = [f"{count(taken, 'packet')} of yours came to an outcome."] if taken else []
    for one in refused:
        why = phrases.OUTCOMES[one.outcome].rstrip(".")
        lines.append(f"Packet {one.sequence} ({one.kind}) of case {one.case.hex()[:12]}: {why}.")
    return lines + ([AGAIN] if refused else [])


def _waits(outbox: Outbox) -> list[str]:
    waiting = len(outbox.waiting())
    return [f"{count(waiting, 'packet')} still to go: with the next sync."] if waiting else []


# --- packets export -----------------------------------------------------------------------------


def run_export(args: argparse.Namespace) -> int:
    """Write the packets that wait into a folder; they wait here until a bundle tells of them."""
    who = session.reader_of(args)
    waiting = _outbox(args, who).waiting()
    disk.make_folder(args.folder)
    for one in waiting:
        path = args.folder / one.path.name
        disk.write(path.with_name(path.name + ".sig"), one.signature.encode())
        disk.write(path, one.data)
    session.say(args, [f"{count(len(waiting), 'packet')} in {safe_line(str(args.folder))}."])
    return 0


def _outbox(args: argparse.Namespace, who: Reader) -> Outbox:
    return Outbox(desk=args.desk, signing=who.signing)
