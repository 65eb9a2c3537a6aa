"""Commands about who holds which key: join, keys, keys share, keys retire, fingerprint.

Rules of this file: each command says what it did and what is to be done next. `join` and `share`
need the person's own desk; `keys` and `keys retire` need the root card; only `share --recovery`
asks for the recovery card.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from desk import keyfile, keys, options
from desk.errors import (
    NoLine,
    NoSuchPerson,
    NotCompared,
    NothingToRetire,
    PassphraseDiffers,
    QuarterRunning,
    StillKept,
    WrongFingerprint,
)
from desk.keyfile import StaffKey
from desk.options import Commands
from desk.signing import Change, ask_recovery, current, next_line, sign_change
from desk.terminal import Terminal
from storage import disk, folder
from storage.age import Identity
from storage.difference import person
from storage.line import Line, ReadingKey, authenticate
from storage.quarter import Quarter, months_after
from storage.signature import VerifyKey, fingerprint

MAX_JOIN = 1 << 16
YES = {"yes", "y"}
NOBODY = "Nobody on the staff holds {}: only the recovery card will open it."


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    _register_join(commands)
    _register_keys(commands)
    _register_fingerprint(commands)


def _register_join(commands: Commands) -> None:
    says = "make your own key on this computer, and NAME.join to send to the root's holder"
    join = commands.add_parser("join", help=says, description=says)
    join.add_argument("name", metavar="NAME", help="your name on the staff")
    join.add_argument("--root", metavar="FINGERPRINT", help="the root's fingerprint, as on paper")
    join.add_argument("--again", action="store_true", help="the old key's passphrase is lost")
    join.add_argument("--throwaway", action="store_true", help="no passphrase; for trying out only")
    options.add_places(join)
    join.set_defaults(run=run_join)


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


def _register_fingerprint(commands: Commands) -> None:
    says = "show the fingerprints that are compared by voice or with paper"
    shown = commands.add_parser("fingerprint", help=says, description=says)
    shown.add_argument("--pin", action="store_true", help="believe the line folder's root from now")
    shown.add_argument("--root", metavar="FINGERPRINT", help="the root's fingerprint, as on paper")
    options.add_places(shown)
    shown.set_defaults(run=run_fingerprint)


def line_folder(args: argparse.Namespace) -> Path:
    """Return the line folder of a command: --line, or `line` in the person's own folder."""
    given: Path | None = args.line
    desk: Path = args.desk
    return given or desk / "line"


# --- join --------------------------------------------------------------------------------------


def run_join(args: argparse.Namespace) -> int:
    """Make a person's key; it is kept once its passphrase was typed back."""
    terminal: Terminal = args.terminal
    desk: Path = args.desk
    key = StaffKey.make(args.name)
    if not args.again:
        keyfile.refuse_taken(desk)
    root = folder.read_root(line_folder(args))
    if root is not None and not args.throwaway:
        _compare_root(root, terminal, args.root)
    passphrase = None if args.throwaway else _give_passphrase(terminal)
    if args.again and (aside := keyfile.set_aside(desk)):
        terminal.say(f"The old key lies in {aside}, should its passphrase come back to you.")
    path = keyfile.save(desk, key, passphrase=passphrase, made=args.today)
    if root is not None:
        folder.pin_root(desk, root)
    join = keyfile.write_join(desk, key, throwaway=args.throwaway)
    terminal.say(f"Your key lies in {path} and stays there.")
    terminal.say(f"Your fingerprint: {person(key.signing.public, key.reading.recipient)}")
    terminal.say(f"Send {join} to the holder of the root card, and read this fingerprint to them.")
    if root is None:
        terminal.say("When you have the line folder: quietline-desk fingerprint --pin --line DIR")
    return 0


def _give_passphrase(terminal: Terminal) -> str:
    passphrase = keyfile.new_passphrase()
    terminal.say("These six words open your key. Write them down; they are shown this once:")
    terminal.say(f"\n    {passphrase}\n")
    terminal.ask("Press Enter when they are on paper.")
    terminal.clear()
    if keyfile.spelled(terminal.ask_hidden("Type the six words:")) != passphrase:
        raise PassphraseDiffers
    return passphrase


def _compare_root(root: VerifyKey, terminal: Terminal, given: str | None) -> None:
    """Compare the root with paper, or ask the person to.

    Raises:
        WrongFingerprint: it differs. NotCompared: the person does not say yes.
    """
    own = fingerprint(root)
    if given is not None:
        if same_fingerprint(given, own):
            return
        raise WrongFingerprint(own)
    terminal.say(f"The root of this line folder: {own}")
    confirm(terminal, "Is this on your organisation's paper, letter for letter? (yes/no)")


def confirm(terminal: Terminal, question: str) -> None:
    """Go on after a yes only.

    Raises:
        NotCompared: anything else was said.
    """
    if terminal.ask(question).strip().lower() not in YES:
        raise NotCompared


def same_fingerprint(typed: str, own: str) -> bool:
    """Tell whether a typed fingerprint is this one, whatever its spaces and case."""
    return "".join(typed.split()).replace("-", "").upper() == "".join(own.split())


# --- keys --------------------------------------------------------------------------------------


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
        next_line(line, today=args.today), reading_keys=ordered([*line.reading_keys, *made.keys])
    )
    for compartment in wanted:
        if not line.entitled(compartment):
            terminal.say(NOBODY.format(compartment))
    change = Change(line=new, files=made.files)
    sign_change(where, line, change, terminal=terminal, card=args.card)
    return 0


def ordered(reading_keys: list[ReadingKey]) -> tuple[ReadingKey, ...]:
    """Return reading keys by quarter, compartment and serial."""
    return tuple(sorted(reading_keys, key=lambda key: (key.quarter, key.compartment, key.serial)))


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


# --- fingerprint -------------------------------------------------------------------------------


def run_fingerprint(args: argparse.Namespace) -> int:
    """Show the fingerprints of root, this desk and the staff; pin the root when asked."""
    terminal: Terminal = args.terminal
    where = line_folder(args)
    pinned = folder.read_root(args.desk)
    if args.pin:
        pinned = _pin(args, where)
    root = pinned or folder.read_root(where)
    if root is None:
        raise NoLine(where)
    terminal.say(f"{'root':12} {fingerprint(root)}{'' if pinned else '  (not pinned here)'}")
    if (where / folder.STATEMENT).exists():
        _show_line(terminal, where, root)
    for path in sorted(args.desk.glob("*.join")):
        with path.open("rb") as file:
            own = keyfile.parse_join(file.read(MAX_JOIN).decode(), file=path.name)
        terminal.say(f"{own.name:12} {person(own.signing, own.reading)}  (this desk)")
    return 0


def _pin(args: argparse.Namespace, where: Path) -> VerifyKey:
    root = folder.read_root(where)
    if root is None:
        raise NoLine(where)
    _compare_root(root, args.terminal, args.root)
    disk.make_folder(args.desk)
    folder.pin_root(args.desk, root)
    return root


def _show_line(terminal: Terminal, where: Path, root: VerifyKey) -> None:
    signed = folder.read(where)
    line = authenticate(signed.text, signed.signature, root=root)
    terminal.say(f"{'recovery':12} {fingerprint(line.recovery.public)}")
    for one in line.staff:
        terminal.say(f"{one.name:12} {person(one.signing, one.reading)}")
    if line.server is not None:
        terminal.say(f"{'server':12} {fingerprint(line.server.identity)}")
