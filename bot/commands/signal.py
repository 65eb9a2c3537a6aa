"""`quietline signal`: the line's account at Signal, set up step by step (see `bot.enrolling`).

Each command says what it did and what comes next; what is refused ends with one line.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.errors import NoNumber, PictureNotSaid
from bot.settings import FILE, Service, Settings, load

Parser = argparse.ArgumentParser
Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name
Step = Coroutine[Any, Any, None]


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`: arguments in, exit code out."""
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument(
        "--home", type=Path, metavar="DIR", default=Path(), help="the server's folder"
    )
    signal = subparsers.add_parser("signal", help="the line's account at Signal")
    actions = signal.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> Parser:
        one = actions.add_parser(name, parents=[home], help=text, description=text)
        one.set_defaults(run=run)
        return one

    action("status", "say what the bridge says of itself and of the line", _status)
    asking = action("register", "have Signal send a code to the line's own number", _register)
    _add_captcha(asking)
    asking.add_argument("--voice", action="store_true", help="have the code told by a call")
    proving = action("verify", "finish registering with the code that came", _verify)
    proving.add_argument("code", metavar="CODE", help="six digits")
    proving.add_argument("--pin", action="store_true", help="the account has a PIN: ask for it")
    linking = action("link", "link the bridge to an account that a phone has", _link)
    linking.add_argument("--device", default="desk", help="what the phone calls it")
    answering = action("challenge", "answer Signal, which has stopped the line", _challenge)
    _add_captcha(answering)
    answering.add_argument("--token", default="", help="the challenge, if the line knows none")
    showing = action("profile", "set the name and the picture that people see", _profile)
    showing.add_argument("--name", default="", help="a neutral name; without it, the line's own")
    showing.add_argument("--about", default="", help="a few words below the name; best none")
    showing.add_argument("--avatar", type=Path, metavar="FILE", help="a picture, PNG or JPEG")
    showing.add_argument("--no-avatar", action="store_true", help="no picture")
    bringing = action("webhook", "show the address that the bridge brings messages to", _webhook)
    bringing.add_argument("--host", default="quietline:8470", help="where the bridge finds us")
    bringing.add_argument(
        "--credentials", type=Path, metavar="DIR", help="where the secrets lie, if not in the home"
    )


def _add_captcha(parser: Parser) -> None:
    parser.add_argument(
        "--captcha", default="", help="what Signal's page gave; without it, you are asked"
    )


def _status(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    return _done(enrolling.status(_settings(arguments), print))


def _register(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    settings = _settings(arguments)
    given = {"captcha": arguments.captcha, "voice": arguments.voice}
    return _done(enrolling.register(settings, print, _ask, **given))


def _verify(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    settings = _settings(arguments)
    pin = getpass.getpass("PIN of the account (not shown): ") if arguments.pin else ""
    return _done(enrolling.verify(settings, print, arguments.code, pin=pin))


def _link(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    return _done(enrolling.link(_settings(arguments), print, device=arguments.device))


def _challenge(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    settings = _settings(arguments)
    given = {"token": arguments.token, "captcha": arguments.captcha}
    return _done(enrolling.challenge(arguments.home, settings, print, _ask, **given))


def _profile(arguments: argparse.Namespace) -> int:
    from bot import enrolling

    if arguments.avatar is None and not arguments.no_avatar:
        raise PictureNotSaid
    step = enrolling.profile(
        _settings(arguments),
        print,
        name=arguments.name,
        about=arguments.about,
        avatar=arguments.avatar,
    )
    return _done(step)


def _webhook(arguments: argparse.Namespace) -> int:
    from bot.app import read_credentials, read_line
    from bot.by_signal import signal_secret
    from bot.http import BRIDGE

    settings = _settings(arguments)
    line = read_line(arguments.home, arguments.today)
    place = arguments.credentials or Service.of_environment().credentials
    secret = signal_secret(read_credentials(arguments.home, line, place))
    print(f"RECEIVE_WEBHOOK_URL=http://{arguments.host}{BRIDGE.format(secret=secret)}")
    if settings.signal.receive != "webhook":
        print(f'Set `receive = "webhook"` under [signal] in {FILE} as well.', file=sys.stderr)
    return 0


# --- what the commands share ---------------------------------------------------------------------


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = load(arguments.home / FILE)
    if not settings.signal.number:
        raise NoNumber(arguments.home / FILE)
    return settings


def _ask(question: str) -> str:
    """Ask at the terminal; without one, take the next line of what is piped in."""
    return input(question) if sys.stdin.isatty() else sys.stdin.readline()


def _done(step: Step) -> int:
    asyncio.run(step)
    return 0
