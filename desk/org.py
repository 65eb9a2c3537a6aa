"""Commands of the root's holder: org init, add, remove, sign, sign-server.

Rules of this file: `init` alone makes cards and asks for both; every other command shows what
changes and asks for the root card (see `desk.signing`). No card stays on a disk, but for a
throw-away line.
"""

import argparse
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from operator import eq
from pathlib import Path
from typing import Any

from desk import cards, custody, keyfile, keys, options, signing
from desk.cards import Kind
from desk.errors import (
    CardsExist,
    LineExists,
    NameTaken,
    NoSuchPerson,
    NothingSuch,
    OtherForm,
    ThrowawayJoin,
    UnprovenCard,
)
from desk.options import Commands
from desk.signing import Change, current, next_line, sign_change
from desk.terminal import Terminal
from storage import age, disk, folder, request
from storage.age import Identity
from storage.difference import person
from storage.fields import SHA256
from storage.line import FormPin, Line, Staff
from storage.quarter import Quarter
from storage.signature import SigningKey, fingerprint

SEED = 32
MAX_FILE = 1 << 26  # an XLSForm with pictures; it is only hashed
MAX_REQUEST = 1 << 20
RETENTION_MONTHS = 24
RETURN_MONTHS = 6  # design, section 5


def register(commands: Commands) -> None:
    """Add `org` and the commands of `desk.custody` to the command line."""
    says = "the line's statement: who is on the staff, what the server may say (root card needed)"
    org = commands.add_parser("org", help=says, description=says)
    below = org.add_subparsers(metavar="init | add | remove | sign | sign-server", required=True)
    _register_init(below)
    _register_staff(below)
    _register_sign(below)
    custody.register(commands)


def _register_init(commands: Commands) -> None:
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


def _register_staff(commands: Commands) -> None:
    says = "put a person on the staff, fingerprints compared by voice, or change their rights"
    add = commands.add_parser("add", help=says, description=says)
    add.add_argument("join", type=Path, metavar="NAME.join")
    add.add_argument("--rights", type=options.rights, default=("read", "act"), metavar="A,B")
    add.add_argument("--compartments", type=options.names, metavar="A,B", help="default: general")
    add.add_argument("--compared", action="store_true", help="the voices have been heard already")
    says = "take a person off the staff; the keys they held are replaced from today on"
    remove = commands.add_parser("remove", help=says, description=says)
    remove.add_argument("name", metavar="NAME")
    for parser, run in ((add, run_add), (remove, run_remove)):
        options.add_card(parser)
        options.add_places(parser)
        parser.set_defaults(run=run)


def _register_sign(commands: Commands) -> None:
    says = "change what the statement says of the line, its forms and its texts"
    sign = commands.add_parser("sign", help=says, description=says)
    sign.add_argument("--name")
    sign.add_argument("--retention-months", type=int, metavar="N")
    sign.add_argument("--return-months", type=int, metavar="N")
    for option, kind, shape in (
        ("channel", options.pair, "CHANNEL=HANDLE"),
        ("form", options.form, "ID:VERSION=FILE"),
        ("text", options.pair, "LANGUAGE=FILE"),
        ("consent", options.pair, "LANGUAGE=FILE"),
    ):
        sign.add_argument(f"--{option}", type=kind, action="append", default=[], metavar=shape)
        sign.add_argument(f"--drop-{option}", action="append", default=[], metavar="NAME")
    says = "take a server's keys, handles, forms and texts into the statement"
    server = commands.add_parser("sign-server", help=says, description=says)
    server.add_argument("request", type=Path, metavar="server.request")
    server.add_argument(
        "--form",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="your own copy of a form: refuse a server that would ask another",
    )
    for parser, run in ((sign, run_sign), (server, run_sign_server)):
        options.add_card(parser)
        options.add_places(parser)
        parser.set_defaults(run=run)


# --- init --------------------------------------------------------------------------------------


def run_init(args: argparse.Namespace) -> int:
    """Make both cards, have them proven from their words, and write the first statement."""
    terminal: Terminal = args.terminal
    where = custody.line_folder(args)
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


# --- add, remove -------------------------------------------------------------------------------


def run_add(args: argparse.Namespace) -> int:
    """Put a person on the staff; the same person again gets other rights."""
    terminal: Terminal = args.terminal
    where = custody.line_folder(args)
    old = current(where)
    join = keyfile.parse_join(_text(args.join, MAX_REQUEST), file=args.join.name)
    if join.throwaway and not old.throwaway:
        raise ThrowawayJoin(args.join)
    before = old.person(join.name)
    if before is not None and (before.signing, before.reading) != (join.signing, join.reading):
        raise NameTaken(join.name, join.name)
    if before is None:
        _compare_person(join, terminal, compared=args.compared)
    lead = ("lead",) if "lead" in args.rights else ()
    one = Staff(
        name=join.name,
        signing=join.signing,
        reading=join.reading,
        rights=args.rights,
        compartments=args.compartments or ("general", *lead),
    )
    staff = [one if other.name == one.name else other for other in old.staff]
    staff += [one] if before is None else []
    lost = () if before is None else _lost(before, one)
    change = _restaffed(old, staff, lost, args)
    if sign_change(where, old, change, terminal=terminal, card=args.card):
        _say_unheld(terminal, change.line, one)
    return 0


def _compare_person(join: keyfile.Join, terminal: Terminal, *, compared: bool) -> None:
    terminal.say(f"Fingerprint of {join.name}: {person(join.signing, join.reading)}")
    if compared:
        return
    question = f"Did {join.name} read you the same, in a voice that you know? (yes/no)"
    custody.confirm(terminal, question)


def _lost(before: Staff, after: Staff | None) -> tuple[str, ...]:
    """Return the compartments that a person read before and does not any more."""
    return tuple(
        compartment
        for compartment in before.compartments
        if before.reads(compartment) and not (after and after.reads(compartment))
    )


def _restaffed(
    old: Line, staff: list[Staff], lost: tuple[str, ...], args: argparse.Namespace
) -> Change:
    """Return the statement with this staff, and new keys for the compartments somebody lost."""
    new = replace(next_line(old, today=args.today), staff=tuple(staff))
    made = keys.make_next(new, compartments=lost, today=args.today)
    listed = custody.ordered([*new.reading_keys, *made.keys])
    return Change(line=replace(new, reading_keys=listed), files=made.files)


def _say_unheld(terminal: Terminal, line: Line, one: Staff) -> None:
    held = [compartment for compartment in one.compartments if one.reads(compartment)]
    if any(key.compartment in held for key in line.reading_keys):
        terminal.say(
            f"A colleague who holds the keys now runs: quietline-desk keys share {one.name}"
        )
    listed = {key.compartment for key in line.reading_keys} | set(keys.COMPARTMENTS)
    for compartment in held:
        if compartment not in listed:
            terminal.say(
                f"No reading key is listed for {compartment}: quietline-desk keys --compartments"
                f" {compartment} makes them."
            )


def run_remove(args: argparse.Namespace) -> int:
    """Take a person off the staff and replace the keys they held."""
    terminal: Terminal = args.terminal
    where = custody.line_folder(args)
    old = current(where)
    one = old.person(args.name)
    if one is None:
        raise NoSuchPerson(args.name)
    staff = [other for other in old.staff if other != one]
    change = _restaffed(old, staff, _lost(one, None), args)
    if sign_change(where, old, change, terminal=terminal, card=args.card):
        for compartment in _lost(one, None):
            if not change.line.entitled(compartment):
                terminal.say(custody.NOBODY.format(compartment))
        terminal.say(f"What {one.name} had stays readable to {one.name}: the new keys are for what")
        terminal.say("comes in once the server has taken this statement. Load it now.")
    return 0


# --- sign, sign-server -------------------------------------------------------------------------


def run_sign(args: argparse.Namespace) -> int:
    """Change what the statement says of the line, its forms and its texts."""
    where = custody.line_folder(args)
    old = current(where)
    forms = {
        name: FormPin(version=version, sha256=_sha256(file)) for name, version, file in args.form
    }
    new = replace(
        next_line(old, today=args.today),
        channels=_merged(old.channels, dict(args.channel), args.drop_channel),
        forms=_merged(old.forms, forms, args.drop_form),
        texts=_merged(old.texts, _hashed(args.text), args.drop_text),
        consent=_merged(old.consent, _hashed(args.consent), args.drop_consent),
        name=args.name or old.name,
        retention_months=args.retention_months or old.retention_months,
        return_months=old.return_months if args.return_months is None else args.return_months,
    )
    sign_change(where, old, Change(line=new), terminal=args.terminal, card=args.card)
    return 0


def _merged(old: Mapping[str, Any], new: Mapping[str, Any], dropped: list[str]) -> dict[str, Any]:
    for name in dropped:
        if name not in old:
            raise NothingSuch(name)
    return {name: value for name, value in old.items() if name not in dropped} | dict(new)


def _hashed(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return {language: _sha256(file) for language, file in pairs}


def _sha256(file: str) -> str:
    """Return the SHA-256 of a file; one that is written out is taken as it is."""
    if SHA256.fullmatch(file):
        return file
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def run_sign_server(args: argparse.Namespace) -> int:
    """Take a server's request into the statement."""
    terminal: Terminal = args.terminal
    where = custody.line_folder(args)
    old = current(where)
    asked = request.parse(_text(args.request, MAX_REQUEST))
    hashes = {pin.sha256 for pin in asked.forms.values()}
    for path in args.form:
        if _sha256(str(path)) not in hashes:
            raise OtherForm(path)
    terminal.say(f"The server of {asked.name} asks for the following; compare with its screen:")
    terminal.say(f"  identity {fingerprint(asked.keys.identity)}")
    new = replace(
        next_line(old, today=args.today),
        server=asked.keys,
        channels={**old.channels, **asked.channels},
        forms=dict(asked.forms),
        texts=dict(asked.texts),
        consent=dict(asked.consent),
    )
    sign_change(where, old, Change(line=new), terminal=terminal, card=args.card)
    return 0


def _text(path: Path, limit: int) -> str:
    with path.open("rb") as file:
        return file.read(limit).decode(errors="replace")
