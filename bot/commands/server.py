"""`quietline digest now`, `bundle export`, `packets import`, `retention now`: chores, by hand.

Each command does one thing in a home and says what it did; what is refused ends with one line.
"""

import argparse
import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.app import DATABASE, read_credentials, read_line
from bot.assembly import packets_of
from bot.bundle import FILES, copy_files, make_bundle
from bot.carried import packet_files, read_packet
from bot.digest import make_digest
from bot.enclosing import Enclosing
from bot.errors import PacketsRefused
from bot.schedule import day_of
from bot.settings import CREDENTIALS, FILE, OUTGOING, Service, load
from bot.vault import open_blobs
from storage import retention
from storage.credentials import Credentials
from storage.line import Line
from storage.store import open_store
from storage.unit import Store

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name
Chore = Callable[[Store, Line, Credentials, Path], Awaitable[str]]


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`: arguments in, exit code out."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, metavar="DIR", default=Path(), help="the server's folder"
    )
    home.add_argument(
        "--credentials", type=Path, metavar="DIR", help="where its secrets lie, if not in there"
    )
    home.add_argument("--throwaway", action="store_true", help=argparse.SUPPRESS)
    for name, action, text, run in (
        ("digest", "now", "make the next digest now", _digest),
        ("bundle", "export", "write what staff may read into a file", _bundle),
        ("packets", "import", "take packets of staff that came as files", _packets),
        ("retention", "now", "drop what is over", _retention),
    ):
        top = subparsers.add_parser(name, help=text)
        one = top.add_subparsers(required=True, metavar="ACTION")
        doing = one.add_parser(action, parents=[home], help=text)
        doing.set_defaults(run=run)
        if run is _packets:
            doing.add_argument("files", type=Path, nargs="+", metavar="FILE", help="or a folder")
        if run is _bundle:
            doing.add_argument(
                "--files",
                type=Path,
                nargs="?",
                metavar="DIR",
                const=True,
                help="copy people's sealed files too (default: into `files` beside the bundle)",
            )


def _digest(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home

    async def make(store: Store, line: Line, own: Credentials, drop: Path) -> str:
        # A line that runs mails what is laid out here.
        settings = load(home / FILE)
        digest = await make_digest(
            store,
            line=line,
            identity=own.identity,
            folder=drop,
            outgoing=home / OUTGOING if settings.mail.to else None,
            today=arguments.today,
            day=day_of(_now(arguments), settings.digest),
        )
        return str(digest.path.resolve())

    return _done(arguments, make)


def _bundle(arguments: argparse.Namespace) -> int:
    async def make(store: Store, line: Line, own: Credentials, drop: Path) -> str:
        del line
        bundle = await make_bundle(
            store,
            line_folder=arguments.home / "line",
            identity=own.identity,
            folder=drop,
            today=arguments.today,
        )
        said = str(bundle.path.resolve())
        if arguments.files is None:
            return said
        print(said)
        folder = drop / FILES if arguments.files is True else arguments.files
        files = load(arguments.home / FILE).files
        blobs = open_blobs(arguments.home, files, _credentials(arguments), own)
        copied = await copy_files(store, blobs, folder)
        return f"{folder.resolve()}: {copied.copied} copied, {copied.there} there before"

    return _done(arguments, make)


def _retention(arguments: argparse.Namespace) -> int:
    async def sweep(store: Store, line: Line, own: Credentials, drop: Path) -> str:
        del own, drop
        swept = await retention.sweep(store, _now(arguments), return_months=line.return_months)
        return ", ".join(f"{name}: {getattr(swept, name)}" for name in swept.__slots__)

    return _done(arguments, sweep)


def _packets(arguments: argparse.Namespace) -> int:
    found = packet_files(arguments.files)

    async def take(store: Store, line: Line, own: Credentials, drop: Path) -> str:
        del drop
        home, settings = arguments.home, load(arguments.home / FILE)
        blobs = open_blobs(home, settings.files, _credentials(arguments), own)
        room = partial(_room, home)
        enclosing = Enclosing(store=store, blobs=blobs, files=settings.files, room=room)
        packets = replace(packets_of(settings, line, store, own), enclosing=enclosing)
        refused = 0
        for file in found:
            data, signature = read_packet(file)
            taken = await packets.take(data, signature, _now(arguments))
            refused += taken.outcome.is_refusal
            print(f"{file.name}: {taken.outcome}")
        if refused:
            raise PacketsRefused(refused, len(found))
        return f"{len(found)} taken"

    return _done(arguments, take)


def _room(home: Path) -> int:
    """Return the bytes that are free in the home."""
    return shutil.disk_usage(home).free


def _now(arguments: argparse.Namespace) -> datetime:
    """Return the time, on the day that was asked for."""
    return datetime.combine(arguments.today, arguments.now.timetz())


def _credentials(arguments: argparse.Namespace) -> Path:
    """Return the folder of secrets."""
    given: Path | None = arguments.credentials or Service.of_environment().credentials
    return given or arguments.home / CREDENTIALS


def _done(arguments: argparse.Namespace, chore: Chore) -> int:
    """Do a chore with the store open, and print what it says."""
    home, today = arguments.home, arguments.today
    line = read_line(home, today, allow_throwaway=arguments.throwaway)
    own = read_credentials(home, line, _credentials(arguments))
    drop = home / load(home / FILE).digests

    async def do() -> str:
        store = open_store(home / DATABASE, own.identity.sign_bytes)
        try:
            return await chore(store, line, own, drop)
        finally:
            await store.close()

    print(asyncio.run(do()))
    return 0
