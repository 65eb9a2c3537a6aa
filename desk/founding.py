"""`org init`: a new line, its root card and its recovery card, both proven from their words.

Rules of this file: the only command that makes cards, and the only one that asks for both. Until
a test statement was signed and a test entry opened with what was read from the cards, nothing is
written. No card stays on a disk, but for a throw-away line.
"""

import argparse
import secrets
from collections.abc import Mapping
from functools import partial
from operator import eq
from pathlib import Path

from desk import cards, options, signing
from desk.cards import Kind
from desk.errors import CardsExist, LineExists, UnprovenCard
from desk.options import Commands
from desk.terminal import Terminal
from storage import age, disk, folder
from storage.age import Identity
from storage.line import Line
from storage.quarter import Quarter
from storage.signature import SigningKey, fingerprint

SEED = 32
RETENTION_MONTHS = 24
RETURN_MONTHS = 6  # design, section 5


def register(commands: Commands) -> None:
    """Add the command below `org`."""
    says = "make a new line: its root card and its recovery card"
    init = commands.add_parser("init", help=says, description=says)
    init.add_argument("--name", required=True, help="the line's name, as people know it")
    init.add_argument("--retention-months", type=int, default=RETENTION_MONTHS, metavar="N")
    init.add_argument("--return-months", type=int, default=RETURN_MONTHS, metavar="N")
    init.add_argument(
        "--throwaway",
        action="store_true",
        help="write both cards to a file and ask nothing; for trying out only",
    )
    init.add_argument(
        "--cards",
        type=Path,
        metavar="FILE",
        help="where --throwaway writes them (default cards.txt, beside the line folder)",
    )
    options.add_places(init)
    init.set_defaults(run=run_init)


def run_init(args: argparse.Namespace) -> int:
    """Make both cards, have them proven from their words, and write the first statement."""
    terminal: Terminal = args.terminal
    where = options.line_folder(args)
    if (where / folder.STATEMENT).exists() or (where / folder.ROOT).exists():
        raise LineExists(where)
    seeds = {kind: secrets.token_bytes(SEED) for kind in Kind}
    line = _first_line(args, seeds)
    shown = {
        Kind.ROOT: fingerprint(line.root),
        Kind.RECOVERY: fingerprint(line.recovery.public),
    }
    texts = [
        cards.render(
            kind, seeds[kind], line=line.name, fingerprint=shown[kind], colour=terminal.colour
        )
        for kind in Kind
    ]
    if args.throwaway:
        path = args.cards or where.parent / "cards.txt"
        read = _write_cards(path, texts)
        terminal.say(f"Throw-away cards lie in {path}: use `--card {path}`.")
    else:
        read = _show_cards(terminal, texts, seeds)
    root = _prove(line, read)
    folder.pin_root(where, line.root)
    signing.write_signed(where, line, root, last=None, files={})
    terminal.say("Both cards are proven: a test statement was signed, a test entry was opened.")
    terminal.say(f"{line.name} has its line folder in {where}. Root: {fingerprint(line.root)}")
    terminal.say("Next: each of the staff runs `quietline-desk join NAME`; then `org add`, `keys`.")
    return 0


def _first_line(args: argparse.Namespace, seeds: Mapping[Kind, bytes]) -> Line:
    line = Line(
        name=args.name,
        epoch=1,
        issued=args.today,
        expires=Quarter.of(args.today).last,
        previous="",
        root=SigningKey.from_seed(seeds[Kind.ROOT]).public,
        recovery=Identity.from_seed(seeds[Kind.RECOVERY]).recipient,
        throwaway=args.throwaway,
        retention_months=args.retention_months,
        return_months=args.return_months,
    )
    signing.rehearse(line)
    return line


def _write_cards(path: Path, texts: list[str]) -> dict[Kind, bytes]:
    """Write throw-away cards, and read them back."""
    if path.exists():
        raise CardsExist(path)
    disk.make_folder(path.parent)
    disk.write(path, "\n".join(texts).encode())
    written = path.read_bytes().decode()
    return {kind: cards.find(written, kind, file=str(path)) for kind in Kind}


def _show_cards(
    terminal: Terminal, texts: list[str], seeds: Mapping[Kind, bytes]
) -> dict[Kind, bytes]:
    """Show each card once, and have both typed back from the paper."""
    for text in texts:
        terminal.say(text)
        terminal.ask("Copy this card to paper, twice; it is not shown again. Then press Enter.")
        terminal.clear()
    terminal.say("Now type both cards from the paper, so that no slip is found in a year.")
    return {
        kind: signing.ask_card(kind, partial(eq, seeds[kind]), terminal=terminal, card=None)
        for kind in Kind
    }


def _prove(line: Line, read: Mapping[Kind, bytes]) -> SigningKey:
    """Sign a test statement and open a test entry with what was read from the cards.

    Raises:
        UnprovenCard: a card does not do what it is for.
    """
    root = SigningKey.from_seed(read[Kind.ROOT])
    signing.signed_by(root, line)
    entry = secrets.token_bytes(SEED)
    opened = age.open(age.seal(entry, [line.recovery]), [Identity.from_seed(read[Kind.RECOVERY])])
    if opened != entry:
        raise UnprovenCard(Kind.RECOVERY.value)
    return root
