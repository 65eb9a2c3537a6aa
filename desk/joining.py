"""Commands about a person's own key and what is compared by voice: join, fingerprint.

Rules of this file: a key is kept only after its passphrase was typed back; a root is pinned only
after it was compared with paper. Each command says what is to be done next.
"""

import argparse
from pathlib import Path

from desk import keyfile, options
from desk.errors import NoLine, NotCompared, PassphraseDiffers, WrongFingerprint
from desk.keyfile import StaffKey
from desk.options import Commands, line_folder
from desk.terminal import Terminal
from storage import folder
from storage.difference import person
from storage.line import authenticate
from storage.signature import VerifyKey, fingerprint

MAX_JOIN = 1 << 16
YES = {"yes", "y"}


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    _register_join(commands)
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


def _register_fingerprint(commands: Commands) -> None:
    says = "show the fingerprints that are compared by voice or with paper"
    shown = commands.add_parser("fingerprint", help=says, description=says)
    shown.add_argument("--pin", action="store_true", help="believe the line folder's root from now")
    shown.add_argument("--root", metavar="FINGERPRINT", help="the root's fingerprint, as on paper")
    options.add_places(shown)
    shown.set_defaults(run=run_fingerprint)


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
        own = keyfile.parse_join(options.text_of(path, MAX_JOIN), file=path.name)
        terminal.say(f"{own.name:12} {person(own.signing, own.reading)}  (this desk)")
    return 0


def _pin(args: argparse.Namespace, where: Path) -> VerifyKey:
    root = folder.read_root(where)
    if root is None:
        raise NoLine(where)
    _compare_root(root, args.terminal, args.root)
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
