"""What a line says of itself before anyone has written: in its profile and its menu of commands.

Pure. It is seen by whoever glances at the chat, so no word here tells what the line is for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.engine.model import Command

#: The commands that a menu shows, in its order.
SHOWN = (
    Command.START,
    Command.HELP,
    Command.LANGUAGE,
    Command.WHY,
    Command.SKIP,
    Command.BACK,
    Command.CHANGE,
    Command.PAUSE,
    Command.CODE,
    Command.DANGER,
    Command.VERIFY,
    Command.WIPE,
    Command.STOP,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A line's profile in one language.

    `commands` are pairs of a command, without its slash, and what it does; `group` is said where
    more than one person could read along.
    """

    language: str
    about: str
    short: str
    commands: tuple[tuple[str, str], ...]
    name: str = ""
    group: str = ""


def profile(language: str, name: str, render: Callable[[str, str], str]) -> Profile:
    """Return the profile in a language; `name` is the organisation's own."""
    return Profile(
        language=language,
        name=name,
        about=render(language, "about"),
        short=render(language, "about-short"),
        group=render(language, "group"),
        commands=tuple((c.value, render(language, f"command-{c}")) for c in SHOWN),
    )
