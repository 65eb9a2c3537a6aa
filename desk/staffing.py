"""`org add` and `org remove`: who is on the staff, and the keys that change with it.

Rules of this file: nobody is added before voices were compared. Whoever loses a compartment, by
leaving or by being given less, is locked out of what comes: its current and future keys get their
next serial, sealed to those who stay. What they had stays theirs, and the command says so. Who
leads reads the compartment `lead`: what the lead decides is sealed to it. Rights that end stay in
the statement with their last day: what was signed before goes on counting at every desk.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from desk import custody, joining, keyfile, keys, options
from desk.errors import LeadCannotRead, NameTaken, NoSuchPerson, ThrowawayJoin
from desk.options import Commands
from desk.signing import Change, current, next_line, sign_change
from desk.terminal import Terminal
from storage.difference import person
from storage.line import Former, Line, Staff

MAX_JOIN = 1 << 16
LEAD = "lead"  # a right, and the compartment that goes with it
SIGNED = {"act", LEAD}  # the rights under which something is signed that stays


def register(commands: Commands) -> None:
    """Add the commands below `org`."""
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


def run_add(args: argparse.Namespace) -> int:
    """Put a person on the staff; the same person again gets other rights."""
    terminal: Terminal = args.terminal
    where = options.line_folder(args)
    old = current(where)
    join = keyfile.parse_join(options.text_of(args.join, MAX_JOIN), file=args.join.name)
    if join.throwaway and not old.throwaway:
        raise ThrowawayJoin(args.join)
    before = old.person(join.name)
    if before is not None and (before.signing, before.reading) != (join.signing, join.reading):
        raise NameTaken(join.name, join.name)
    if before is None:
        _compare_person(join, terminal, compared=args.compared)
    lead = (LEAD,) if LEAD in args.rights else ()
    one = Staff(
        name=join.name,
        signing=join.signing,
        reading=join.reading,
        rights=args.rights,
        compartments=args.compartments or ("general", *lead),
    )
    if lead and not one.reads(LEAD):
        raise LeadCannotRead(join.name)
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
    joining.confirm(terminal, question)


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
    former = (*old.former, *_ended(old, staff, args.today))
    new = replace(next_line(old, today=args.today), staff=tuple(staff), former=former)
    made = keys.make_next(new, compartments=lost, today=args.today)
    listed = keys.ordered([*new.reading_keys, *made.keys])
    return Change(line=replace(new, reading_keys=listed), files=made.files)


def _ended(old: Line, staff: Sequence[Staff], today: date) -> Iterator[Former]:
    """Yield the rights to sign that somebody had and has not any more, as of today."""
    now = {(one.name, one.signing): one.rights for one in staff}
    for one in old.staff:
        kept = now.get((one.name, one.signing), ())
        rights = tuple(right for right in one.rights if right in SIGNED and right not in kept)
        if rights:
            yield Former(name=one.name, signing=one.signing, rights=rights, until=today)


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
    where = options.line_folder(args)
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
