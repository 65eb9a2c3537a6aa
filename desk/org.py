"""Commands of the root's holder: org init, add, remove, sign, sign-server.

Rules of this file: every command but `init` shows what changes and asks for the root card, see
`desk.signing`. What a server asks for is taken whole, after the holder saw it in words.
"""

import argparse
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from desk import founding, options, staffing
from desk.errors import NothingSuch, OtherForm
from desk.options import Commands
from desk.signing import Change, current, next_line, sign_change
from desk.terminal import Terminal
from storage import request
from storage.fields import SHA256
from storage.line import FormPin
from storage.signature import fingerprint

MAX_REQUEST = 1 << 20

T = TypeVar("T")


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    says = "the line's statement: who is on the staff, what the server may say (root card needed)"
    org = commands.add_parser("org", help=says, description=says)
    below = org.add_subparsers(metavar="init | add | remove | sign | sign-server", required=True)
    founding.register(below)
    staffing.register(below)
    _register_sign(below)


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


def run_sign(args: argparse.Namespace) -> int:
    """Change what the statement says of the line, its forms and its texts."""
    where = options.line_folder(args)
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


def _merged(old: Mapping[str, T], new: Mapping[str, T], dropped: list[str]) -> dict[str, T]:
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
    where = options.line_folder(args)
    old = current(where)
    asked = request.parse(options.text_of(args.request, MAX_REQUEST))
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
