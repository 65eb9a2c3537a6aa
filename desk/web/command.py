"""The word `serve` on the command line.

Rules of this file: options only. What it runs is given, and loaded only when it is run: a server
and templates are nothing that other commands should wait for.
"""

import argparse
from collections.abc import Callable

from desk import options
from desk.labels import LabelsIn
from desk.options import Commands

SAYS = "open the desk as a page in your browser, on this computer only"
MINUTES, LONGEST = 15, 60
PORTS = range(1024, 65536)


def register(
    commands: Commands, labels: LabelsIn, run: Callable[[argparse.Namespace], int]
) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("serve", help=SAYS, description=SAYS)
    options.add_places(parser)
    parser.add_argument(
        "--minutes",
        type=minutes,
        default=MINUTES,
        metavar="N",
        help=f"lock after so many minutes without use (default {MINUTES}, at most {LONGEST})",
    )
    parser.add_argument(
        "--port", type=port, default=0, metavar="N", help="a port (default: any that is free)"
    )
    options.add_fonts(parser)
    parser.set_defaults(run=run, labels=labels)


def minutes(text: str) -> int:
    """Read a number of minutes."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST):
        raise argparse.ArgumentTypeError(f"a number from 1 to {LONGEST}")
    return int(text)


def port(text: str) -> int:
    """Read a port."""
    if not (text.isascii() and text.isdigit() and int(text) in PORTS):
        raise argparse.ArgumentTypeError(f"a number from {PORTS[0]} to {PORTS[-1]}")
    return int(text)
