"""`quietline init`, `settings`, `line load`, `line request`: a first day, and what is signed anew.

Each command does one thing in a home and says what it did; what is refused ends with one line.
"""

import argparse
import asyncio
import getpass
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot import setup
from bot.configuration import example, page
from bot.content import Content, open_content
from bot.errors import NobodyToAsk
from bot.forms.compile import check_version
from bot.settings import FILE, Service, Settings, check, load
from bot.walk import Answers, walk
from storage import folder, request
from storage.request import ServerRequest
from storage.signature import fingerprint
from storage.statement import parse

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name
TELEGRAM, SIGNAL = "telegram", "signal"


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`: arguments in, exit code out."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, metavar="DIR", default=Path(), help="the server's folder"
    )
    home.add_argument("--throwaway", action="store_true", help=argparse.SUPPRESS)
    secrets = argparse.ArgumentParser(add_help=False)
    secrets.add_argument(
        "--credentials", type=Path, metavar="DIR", help="where its secrets lie, if not in there"
    )

    says = "show every setting and what it is"
    settings = subparsers.add_parser("settings", help=says, description=says)
    settings.add_argument(
        "--example", action="store_true", help="as a file of settings to begin with"
    )
    settings.set_defaults(run=_settings)

    init = subparsers.add_parser("init", parents=[home], help="make a server's folder and keys")
    init.add_argument("--name", help="the line's neutral name; without it, you are asked")
    init.add_argument("--settings", type=Path, metavar="FILE", help="settings to begin with")
    init.add_argument("--handle", help="the bot's user name on Telegram, as printed on paper")
    init.add_argument(
        "--token-file", type=Path, metavar="FILE", help="a file that holds the bot's token"
    )
    init.set_defaults(run=_init)

    line = subparsers.add_parser("line", help="the signed statement of the line")
    actions = line.add_subparsers(required=True, metavar="ACTION")
    taking = actions.add_parser("load", parents=[home, secrets], help="take a signed statement")
    taking.add_argument("source", type=Path, metavar="FILE", help="line.toml, or its folder")
    taking.add_argument("--root", metavar="FINGERPRINT", help="of the root, at the first time")
    taking.set_defaults(run=_load)

    asking = actions.add_parser(
        "request",
        parents=[home, secrets],
        help="ask for a signature anew: forms or texts have changed",
    )
    asking.add_argument("--handle", help="the bot's new user name on Telegram")
    asking.set_defaults(run=_request)


def _settings(arguments: argparse.Namespace) -> int:
    print(example() if arguments.example else page(), end="")
    return 0


def _place(arguments: argparse.Namespace) -> Path | None:
    """Return where the secrets lie, when that is not the home."""
    place: Path | None = arguments.credentials
    return place or Service.of_environment().credentials


# --- init --------------------------------------------------------------------------------------


def _init(arguments: argparse.Namespace) -> int:
    home, given = arguments.home, arguments.settings
    setup.refuse_taken(home)
    answers = _answers(arguments)
    text = given.read_text(encoding="utf-8") if given else setup.settings_text(answers)
    settings = load(given) if given else check(tomllib.loads(text))
    content = _everything(settings, given.parent if given else home)
    asked = setup.init(
        home,
        name=settings.name,
        channels=_channels(settings, answers.handle),
        forms=content.forms(),
        texts=content.hashes(),
        consent=content.consent(),
        settings=text,
        token=answers.token,
    )
    print(f"Made {home} with new keys and settings ({home / FILE}).")
    if not settings.offer_drafts:
        print("No language is offered yet: review one (`quietline texts`), or list it there in")
        print("offer_drafts; the line then says itself that its texts are drafts.")
    _next(home, asked)
    return 0


def _answers(arguments: argparse.Namespace) -> Answers:
    """Return what was given as options, or what is answered at the terminal."""
    token = arguments.token_file.read_text(encoding="utf-8").strip() if arguments.token_file else ""
    if arguments.name or arguments.settings:
        return Answers(name=arguments.name or "", token=token, handle=arguments.handle or "")
    if not sys.stdin.isatty():
        raise NobodyToAsk
    tags = " ".join(Settings.model_fields["languages"].default)
    return walk(input, getpass.getpass, print, _look, all_languages=tags)


def _look(token: str) -> str:
    """Ask Telegram for the bot's handle; "" when it cannot be reached.

    There are no settings yet: only the environment can name another Bot API server. Raises
    ValueError when it does not know the token.
    """
    from bot.channels.telegram.looking import UNKNOWN_TOKEN, look

    server = check({"name": "-"}).telegram
    looked = asyncio.run(look(token, server, lambda: datetime.now(UTC)))
    if looked.error == UNKNOWN_TOKEN:
        message = "Telegram does not know that token."
        raise ValueError(message)
    return f"@{looked.username}" if looked.username else ""


def _channels(settings: Settings, handle: str) -> Mapping[str, str]:
    """Return the line's names in chat apps, as the root is to sign them."""
    names = {TELEGRAM: f"@{handle.removeprefix('@')}"} if handle else {}
    return names | ({SIGNAL: settings.signal.number} if settings.signal.on else {})


def _everything(settings: Settings, home: Path) -> Content:
    """Read form and texts with every language that is set, offered today or not: all are signed."""
    return open_content(settings.model_copy(update={"offer_drafts": settings.languages}), home)


def _next(home: Path, asked: ServerRequest) -> None:
    print(
        f"The root is asked for {', '.join(asked.forms)} and the texts in {', '.join(asked.texts)}."
    )
    print("Next, on the computer with the root card:")
    print(f"  quietline-desk org sign-server {home / request.FILE}")
    print(f"Fingerprint of this server, to compare there: {fingerprint(asked.keys.identity)}")


# --- line --------------------------------------------------------------------------------------


def _request(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    settings = load(home / FILE)
    content = _everything(settings, home)
    _refuse_same_version(home, content)
    asked = setup.ask_again(
        home,
        credentials=_place(arguments),
        name=settings.name,
        channels=_channels(settings, arguments.handle or _handle_before(home)),
        forms=content.forms(),
        texts=content.hashes(),
        consent=content.consent(),
    )
    _next(home, asked)
    return 0


def _handle_before(home: Path) -> str:
    """Return the handle on Telegram that was asked for last."""
    try:
        text = (home / request.FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    return request.parse(text).channels.get(TELEGRAM, "")


def _refuse_same_version(home: Path, content: Content) -> None:
    """Refuse a form that has changed since the root signed it, but not its version."""
    if (home / "line" / folder.STATEMENT).exists():
        pin = parse(folder.read(home / "line").text).forms.get(content.form.id)
        if pin is not None:
            signed = replace(content.form, version=pin.version, sha256=pin.sha256)
            check_version(signed, content.form)


def _load(arguments: argparse.Namespace) -> int:
    loaded = setup.load_line(
        arguments.source,
        home=arguments.home,
        credentials=_place(arguments),
        today=arguments.today,
        root=arguments.root,
        allow_throwaway=arguments.throwaway,
    )
    for change in loaded.changes:
        print(change)
    print(f"The statement of {loaded.line.name} is in force until {loaded.line.expires}.")
    print("A line that runs takes it within a minute.")
    return 0
