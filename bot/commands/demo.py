"""`quietline demo`: the whole job on this computer, with throw-away keys."""

import argparse
import asyncio
from pathlib import Path

from bot.demo import Demo

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command; it sets `run`: arguments in, exit code out."""
    demo = subparsers.add_parser(
        "demo", help="talk to a line in this terminal, then see the case as staff do"
    )
    demo.add_argument(
        "--keep", type=Path, metavar="DIR", help="leave server/, digests/ and staff/ there"
    )
    demo.add_argument(
        "--form",
        type=Path,
        metavar="FILE",
        help="ask an own form (.md, .xlsx), not the shipped one",
    )
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    return asyncio.run(Demo(keep=arguments.keep, form=arguments.form).run())
