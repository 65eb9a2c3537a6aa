"""`quietline run` and `quietline check`: the line itself, and what is wrong with it.

`run` ends by SIGTERM or SIGINT, cleanly. `check` says one line for each thing it looked at, and
ends with 1 when something is wrong.
"""

import argparse
import asyncio
import gc
import signal
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import Service

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`: arguments in, exit code out."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, metavar="DIR", default=Path(), help="the server's folder"
    )
    home.add_argument(
        "--credentials", type=Path, metavar="DIR", help="where its secrets lie, if not in there"
    )
    run = subparsers.add_parser("run", parents=[home], help="run the line until it is stopped")
    run.set_defaults(run=_run)
    check = subparsers.add_parser("check", parents=[home], help="say what is wrong with the line")
    check.add_argument(
        "--offline", action="store_true", help="ask neither Telegram nor the mail server"
    )
    check.set_defaults(run=_check)


def now() -> datetime:
    """Return the time now, UTC."""
    return datetime.now(UTC)


def _run(arguments: argparse.Namespace) -> int:
    gc.disable()  # what is loaded stays; to look through it for garbage is a fifth of a start
    from bot.service import serve

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        manager = Service.of_environment()
        await serve(
            arguments.home,
            clock=now,
            stop=stop,
            say=lambda text: print(text, flush=True),
            place=arguments.credentials or manager.credentials,
            manager=manager.socket,
        )

    asyncio.run(until_stopped())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from bot.checks import look_at
    from bot.findings import Found

    place = arguments.credentials or Service.of_environment().credentials
    findings = asyncio.run(
        look_at(arguments.home, clock=now, place=place, offline=arguments.offline)
    )
    wide = max(len(one.name) for one in findings)
    for one in findings:
        print(f"{one.found.value:<7}{one.name:<{wide + 2}}{one.says}")
    wrong = sum(one.found is Found.WRONG for one in findings)
    verb = "is" if wrong == 1 else "are"
    print(f"\n{wrong} of {len(findings)} {verb} wrong." if wrong else "\nNothing is wrong.")
    return 1 if wrong else 0
