"""Options that desk commands share: the places, the day, and how values are written.

Rules of this file: argparse only. A value that is written wrongly is refused by argparse itself,
with the option's name. The day comes from `--today` in tests and from the clock in `__main__`.
"""

import argparse
import re
from datetime import date
from pathlib import Path
from typing import Protocol

from storage.fields import WORD
from storage.parties import RIGHTS
from storage.quarter import Quarter

DEFAULT_DESK = "~/.quietline-desk"
LONGEST_TAG = 40  # characters; ours


class Commands(Protocol):
    """What argparse's `add_subparsers` returns, as far as commands register with it."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:  # noqa: A002  argparse's word
        """Add a command."""


def add_places(parser: argparse.ArgumentParser, *, below: bool = False) -> None:
    """Add --line and --desk, and the hidden --today; `below` a command that has them too."""
    parser.add_argument(
        "--desk",
        type=folder_path,
        metavar="DIR",
        default=_unless(folder_path(DEFAULT_DESK), below=below),
        help=f"your own folder (default {DEFAULT_DESK})",
    )
    parser.add_argument(
        "--line",
        type=folder_path,
        metavar="DIR",
        default=_unless(None, below=below),
        help="the line folder, with line.toml (default: line, in your own folder)",
    )
    parser.add_argument(
        "--today", type=day, default=_unless(None, below=below), help=argparse.SUPPRESS
    )


def _unless(value: object, *, below: bool) -> object:
    """Return a default; a command below another must not undo what the one above was given."""
    return argparse.SUPPRESS if below else value


def add_card(parser: argparse.ArgumentParser, name: str = "root", *, below: bool = False) -> None:
    """Add --card, a file that holds the card's words."""
    parser.add_argument(
        "--card",
        type=Path,
        metavar="FILE",
        default=_unless(None, below=below),
        help=f"read the words of the {name} card from a file instead of asking for them",
    )


def add_at_once(parser: argparse.ArgumentParser) -> None:
    """Add --now, for a reply that does not wait."""
    parser.add_argument(
        "--now",
        action="store_true",
        dest="at_once",
        help="do not have it wait for the hours in which they want to be written to",
    )


def line_folder(args: argparse.Namespace) -> Path:
    """Return the line folder of a command: --line, or `line` in the person's own folder."""
    given: Path | None = args.line
    desk: Path = args.desk
    return given or desk / "line"


def text_of(path: Path, limit: int) -> str:
    """Return the beginning of a file as text; what is not UTF-8 is for its reader to refuse."""
    with path.open("rb") as file:
        return file.read(limit).decode(errors="replace")


def folder_path(text: str) -> Path:
    """Read a folder's path; `~` is the person's home."""
    return Path(text).expanduser()


def day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written like 2026-11-22") from None


def quarter(text: str) -> Quarter:
    """Read a quarter."""
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def word(text: str) -> str:
    """Read one name."""
    if WORD.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("a name is small letters, digits and hyphens, at most 32")
    return text


def names(text: str) -> tuple[str, ...]:
    """Read names between commas."""
    return tuple(dict.fromkeys(word(part.strip()) for part in text.split(",") if part.strip()))


def rights(text: str) -> tuple[str, ...]:
    """Read rights between commas."""
    asked = names(text)
    if not set(asked) <= set(RIGHTS):
        raise argparse.ArgumentTypeError("rights are some of " + ",".join(RIGHTS))
    return tuple(right for right in RIGHTS if right in asked)


def pair(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise argparse.ArgumentTypeError("written NAME=VALUE")
    return name.strip(), value.strip()


def form(text: str) -> tuple[str, str, str]:
    """Read ID:VERSION=FILE."""
    match = re.fullmatch(r"([^:=]+):([^=]+)=(.+)", text)
    if match is None:
        raise argparse.ArgumentTypeError("written ID:VERSION=FILE")
    return match[1].strip(), match[2].strip(), match[3].strip()


def tags(given: str) -> tuple[str, ...]:
    """Read tags between commas."""
    return tuple(tag(one.strip()) for one in given.split(",") if one.strip())


def tag(given: str) -> str:
    """Read one tag."""
    if not given.isprintable() or " " in given or not 0 < len(given) <= LONGEST_TAG:
        raise argparse.ArgumentTypeError("a tag is a word without spaces, at most 40 characters")
    return given


def add_fonts(command: argparse.ArgumentParser) -> None:
    """Take `--fonts`: folders with more typefaces."""
    command.add_argument(
        "--fonts",
        type=folder_path,
        action="append",
        default=[],
        metavar="DIR",
        help="more typefaces for exports as PDF; may be repeated",
    )
