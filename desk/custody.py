"""Commands about who holds the reading keys: keys, keys share, keys retire.

Rules of this file: `keys` and `keys retire` change the statement and need the root card; `share`
needs the person's own desk, whose pinned root alone says who is on the staff; only
`share --recovery` asks for the recovery card.
"""

import argparse
from dataclasses import replace

from desk import keyfile, keys, options
from desk.errors import NoSuchPerson, NothingToRetire, QuarterRunning, StillKept
from desk.keyfile import StaffKey
from desk.options import Commands, line_folder
from desk.signing import Change, ask_recovery, current, next_line, sign_change
from desk.terminal import Terminal
from storage import folder
from storage.age import Identity
from storage.line import Line
from storage.quarter import Quarter, months_after

NOBODY = "Nobody on the staff holds {}: only the recovery card will open it."


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    _register_keys(commands)


def _register_keys(commands: Commands) -> None:
    says = "make the reading keys of this quarter and the next three; share them; retire them"
    make = commands.add_parser("keys", help=says, description=says)
    make.add_argument(
        "--compartments",
        type=options.names,
        metavar="A,B",
        help=f"compartments to make keys for (default {','.join(keys.COMPARTMENTS)})",
    )
    options.add_card(make)
    options.add_places(make)
    make.set_defaults(run=run_keys)
    below = make.add_subparsers(metavar="share | retire")
    says = "let a colleague open the keys that you hold"
    share = below.add_parser("share", help=says, description=says)
    share.add_argument("name", metavar="NAME")
    share.add_argument("--since", type=options.quarter, metavar="QUARTER", help="default: this one")
    share.add_argument("--recovery", action="store_true", help="open with the recovery card")
    options.add_card(share, "recovery", below=True)
    options.add_places(share, below=True)
    share.set_defaults(run=run_share)
    says = "erase the keys of a past quarter, so that what was sealed to them never opens again"
    retire = below.add_parser("retire", help=says, description=says)
    retire.add_argument("quarter", type=options.quarter, metavar="QUARTER")
    retire.add_argument("--early", action="store_true", help="although cases of it are still kept")
    options.add_card(retire, below=True)
    options.add_places(retire, below=True)
    retire.set_defaults(run=run_retire)


def run_keys(args: argparse.Namespace) -> int:
    """Make the reading keys that are missing for four quarters from today's."""
    terminal: Terminal = args.terminal
    where = line_folder(args)
    line = current(where)
    listed = [key.compartment for key in line.reading_keys]
    wanted = args.compartments or tuple(dict.fromkeys([*keys.COMPARTMENTS, *listed]))
    made = keys.make_missing(line, compartments=wanted, today=args.today)
    if not made.keys:
        terminal.say(f"The keys to the end of {line.expires} are there; nothing is made.")
        return 0
    new = replace(
        next_line(line, today=args.today),
        reading_keys=keys.ordered([*line.reading_keys, *made.keys]),
    )
    for compartment in wanted:
        if not line.entitled(compartment):
            terminal.say(NOBODY.format(compartment))
    change = Change(line=new, files=made.files)
    sign_change(where, line, change, terminal=terminal, card=args.card)
    return 0


def run_share(args: argparse.Namespace) -> int:
    """Seal the keys that this desk, or the recovery card, opens to a colleague as well."""
    terminal: Terminal = args.terminal
    where = line_folder(args)
    line = keys.trusted_line(args.desk, where)
    to = line.person(args.name)
    if to is None:
        raise NoSuchPerson(args.name)
    identity, by = _opener(args, line)
    since = args.since or Quarter.of(args.today)
    shared = keys.share(where, line, identity, to=to, since=since, by=by)
    for key_id, sealed in shared.files.items():
        folder.write_key(where, key_id, sealed)
    terminal.say(f"{to.name} can open, once they have this line folder: {', '.join(shared.files)}.")
    if shared.unopened:
        terminal.say(f"Not held by {by}, so not shared: {', '.join(shared.unopened)}.")
    return 0


def _opener(args: argparse.Namespace, line: Line) -> tuple[Identity, str]:
    if args.recovery:
        return ask_recovery(line, terminal=args.terminal, card=args.card), "the recovery card"
    return load_key(args).reading, "your key"


def load_key(args: argparse.Namespace) -> StaffKey:
    """Return the desk's key, asking for the passphrase once where there is one."""
    terminal: Terminal = args.terminal
    return keyfile.load(args.desk, lambda: terminal.ask_hidden("Your six words:"))


def run_retire(args: argparse.Namespace) -> int:
    """Take a past quarter's keys out of the statement and erase their files."""
    terminal: Terminal = args.terminal
    where = line_folder(args)
    line = current(where)
    quarter: Quarter = args.quarter
    kept = months_after(quarter.last, line.retention_months)
    if quarter >= Quarter.of(args.today):
        raise QuarterRunning(quarter)
    if args.today <= kept and not args.early:
        raise StillKept(quarter, kept)
    left = tuple(key for key in line.reading_keys if key.quarter != str(quarter))
    if left != line.reading_keys:
        new = replace(next_line(line, today=args.today), reading_keys=left)
        sign_change(where, line, Change(line=new), terminal=terminal, card=args.card)
        line = new
    elif not any(key_id.startswith(f"{quarter}.") for key_id in folder.key_ids(where)):
        raise NothingToRetire(quarter)
    for key_id in folder.erase_unlisted(where, line):
        terminal.say(f"Erased here: {folder.key_path(where, key_id)}")
    terminal.say(f"Servers and desks erase theirs when they take statement {line.epoch}.")
    terminal.say("Copies that somebody kept still open for whoever also kept a key they fit.")
    return 0
