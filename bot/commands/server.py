"""`quietline init`, `line load`, `digest now`, `bundle export`, `retention now`: running a server.

Each command does one thing in a home and says what it did; what is refused ends with one line.
"""

import argparse
import asyncio
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

from bot import setup
from bot.app import DATABASE, read_credentials, read_line
from bot.bundle import make_bundle
from bot.content import Content, open_content
from bot.digest import make_digest
from bot.forms.compile import check_version
from bot.settings import FILE, Settings, check, load
from storage import folder, retention
from storage.request import ServerRequest
from storage.signature import fingerprint
from storage.statement import parse
from storage.store import open_store

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`: arguments in, exit code out."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, metavar="DIR", default=Path(), help="the server's folder"
    )
    home.add_argument("--throwaway", action="store_true", help=argparse.SUPPRESS)

    init = subparsers.add_parser("init", parents=[home], help="make a server's folder and keys")
    init.add_argument("--name", required=True, help="the line's neutral name")
    init.add_argument("--settings", type=Path, metavar="FILE", help="settings to begin with")
    init.set_defaults(run=_init)

    line = subparsers.add_parser("line", help="the signed statement of the line")
    actions = line.add_subparsers(required=True, metavar="ACTION")
    taking = actions.add_parser("load", parents=[home], help="take a signed statement")
    taking.add_argument("source", type=Path, metavar="FILE", help="line.toml, or its folder")
    taking.add_argument("--root", metavar="FINGERPRINT", help="of the root, at the first time")
    taking.set_defaults(run=_load)

    asking = actions.add_parser(
        "request", parents=[home], help="ask for a signature anew: forms or texts have changed"
    )
    asking.set_defaults(run=_request)

    for name, action, text, run in (
        ("digest", "now", "make the next digest now", _digest),
        ("bundle", "export", "write what staff may read into a file", _bundle),
        ("retention", "now", "drop what is over", _retention),
    ):
        top = subparsers.add_parser(name, help=text)
        one = top.add_subparsers(required=True, metavar="ACTION")
        doing = one.add_parser(action, parents=[home], help=text)
        doing.set_defaults(run=run)


def _init(arguments: argparse.Namespace) -> int:
    home, given = arguments.home, arguments.settings
    text = given.read_text(encoding="utf-8") if given else None
    settings = load(given) if given else check({"name": arguments.name})
    content = _everything(settings, given.parent if given else home)
    asked = setup.init(
        home,
        name=settings.name,
        forms=content.forms(),
        texts=content.hashes(),
        consent=content.consent(),
        settings=text,
    )
    print(f"Made {home} with new keys and settings ({home / 'quietline.toml'}).")
    if not settings.offer_drafts:
        print("No language is offered yet: review one (`quietline texts`), or list it there in")
        print("offer_drafts; the line then says itself that its texts are drafts.")
    _next(home, asked)
    return 0


def _everything(settings: Settings, home: Path) -> Content:
    """Read form and texts with every language that is set, offered today or not: all are signed."""
    return open_content(settings.model_copy(update={"offer_drafts": settings.languages}), home)


def _refuse_same_version(home: Path, content: Content) -> None:
    """Refuse a form that has changed since the root signed it, but not its version."""
    if (home / "line" / folder.STATEMENT).exists():
        pin = parse(folder.read(home / "line").text).forms.get(content.form.id)
        if pin is not None:
            signed = replace(content.form, version=pin.version, sha256=pin.sha256)
            check_version(signed, content.form)


def _next(home: Path, asked: ServerRequest) -> None:
    print(
        f"The root is asked for {', '.join(asked.forms)} and the texts in {', '.join(asked.texts)}."
    )
    print("Next, on the computer with the root card:")
    print(f"  quietline-desk org sign-server {home / 'server.request'}")
    print(f"Fingerprint of this server, to compare there: {fingerprint(asked.keys.identity)}")


def _request(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    settings = load(home / FILE)
    content = _everything(settings, home)
    _refuse_same_version(home, content)
    asked = setup.ask_again(
        home,
        name=settings.name,
        forms=content.forms(),
        texts=content.hashes(),
        consent=content.consent(),
    )
    _next(home, asked)
    return 0


def _load(arguments: argparse.Namespace) -> int:
    loaded = setup.load_line(
        arguments.source,
        home=arguments.home,
        today=arguments.today,
        root=arguments.root,
        allow_throwaway=arguments.throwaway,
    )
    for change in loaded.changes:
        print(change)
    print(f"The statement of {loaded.line.name} is in force until {loaded.line.expires}.")
    return 0


def _digest(arguments: argparse.Namespace) -> int:
    home, today = arguments.home, arguments.today
    line = read_line(home, today, allow_throwaway=arguments.throwaway)
    identity = read_credentials(home, line).identity
    drop = home / load(home / FILE).digests

    async def make() -> str:
        store = open_store(home / DATABASE, identity.sign_bytes)
        try:
            digest = await make_digest(
                store, line=line, identity=identity, folder=drop, today=today
            )
            return str(digest.path.resolve())
        finally:
            await store.close()

    print(asyncio.run(make()))
    return 0


def _bundle(arguments: argparse.Namespace) -> int:
    home, today = arguments.home, arguments.today
    line = read_line(home, today, allow_throwaway=arguments.throwaway)
    identity = read_credentials(home, line).identity
    drop = home / load(home / FILE).digests

    async def make() -> str:
        store = open_store(home / DATABASE, identity.sign_bytes)
        try:
            bundle = await make_bundle(
                store, line_folder=home / "line", identity=identity, folder=drop, today=today
            )
            return str(bundle.path.resolve())
        finally:
            await store.close()

    print(asyncio.run(make()))
    return 0


def _retention(arguments: argparse.Namespace) -> int:
    home, today = arguments.home, arguments.today
    line = read_line(home, today, allow_throwaway=arguments.throwaway)
    identity = read_credentials(home, line).identity

    async def sweep() -> dict[str, int]:
        store = open_store(home / DATABASE, identity.sign_bytes)
        try:
            now = datetime.combine(today, time(), tzinfo=arguments.now.tzinfo)
            swept = await retention.sweep(store, now, return_months=line.return_months)
            return {name: getattr(swept, name) for name in swept.__slots__}
        finally:
            await store.close()

    print(", ".join(f"{name}: {count}" for name, count in asyncio.run(sweep()).items()))
    return 0
