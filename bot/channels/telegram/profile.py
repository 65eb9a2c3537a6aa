"""What a person sees of the line in Telegram before they write: commands, descriptions, a name.

Only what differs is set: Telegram takes few such changes a day. It knows languages by two letters,
so of two that share them (the Chinese scripts) the first in the menu stands. Who reads none of the
known ones, or has an app in a language without such letters, is not shown Chinese, which harms some
of them: they see English, or else the first in the menu that is not Chinese, or else no words.
"""

import re
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TypeVar

from telegram import Bot

from bot import logs
from bot.channels.telegram.decode import NAME
from bot.channels.telegram.units import pieces
from bot.channels.telegram.wire import failure
from bot.errors import BotError
from bot.profile import Profile
from bot.texts.languages import may_stand_in

#: Bot API: setMyName, setMyDescription, setMyShortDescription, BotCommand.
MOST_NAME, MOST_ABOUT, MOST_SHORT, MOST_COMMAND = 64, 512, 120, 256
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_TWO_LETTERS = 2
#: A reader of Tibetan: who may be shown no Chinese stands for everybody whom we do not know.
_SOMEBODY = "bo"
Answer = TypeVar("Answer")


def by_code(profiles: Sequence[Profile]) -> dict[str, Profile]:
    """Return profiles by Telegram's codes of languages; "" is for everybody else."""
    found = {"": _for_everybody(profiles)} if profiles else {}
    for profile in profiles:
        code = profile.language.partition("-")[0]
        if len(code) == _TWO_LETTERS:
            found.setdefault(code, profile)
    return found


def _for_everybody(profiles: Sequence[Profile]) -> Profile:
    """Return what those see for whose language there is nothing."""
    first = profiles[0]
    fitting = [one for one in profiles if may_stand_in(_SOMEBODY, one.language)]
    english = [one for one in fitting if one.language == "en"]
    wordless = replace(first, about="", short="", commands=())
    return next(iter((*english, *fitting)), wordless)


async def introduce(bot: Bot, profiles: Sequence[Profile]) -> int:
    """Set what differs from the profiles, given in the menu's order; return how much that was.

    A failure is logged and ends it: at the next start the rest is set.
    """
    changed = 0
    try:
        for code, profile in by_code(profiles).items():
            changed += await _introduce(bot, code, profile)
    except BotError as error:
        logs.event("profile-not-set", channel=NAME, error=type(error).__name__)
    return changed


async def _introduce(bot: Bot, code: str, profile: Profile) -> int:
    """Set what differs in one language; the name is the same in all of them."""
    changed = 0
    name = _cut(profile.name, MOST_NAME)
    if name and not code and (await _ask(bot.get_my_name())).name != name:
        changed += await _ask(bot.set_my_name(name))
    about = _cut(profile.about, MOST_ABOUT)
    if (await _ask(bot.get_my_description(language_code=code))).description != about:
        changed += await _ask(bot.set_my_description(about, language_code=code))
    short = _cut(profile.short, MOST_SHORT)
    if (await _ask(bot.get_my_short_description(language_code=code))).short_description != short:
        changed += await _ask(bot.set_my_short_description(short, language_code=code))
    commands = [(c, _cut(d, MOST_COMMAND)) for c, d in profile.commands if _COMMAND.fullmatch(c)]
    shown = await _ask(bot.get_my_commands(language_code=code))
    if [(one.command, one.description) for one in shown] != commands:
        changed += await _ask(bot.set_my_commands(commands, language_code=code))
    return changed


def _cut(text: str, limit: int) -> str:
    return pieces(text.strip(), limit)[0].strip()


async def _ask(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - its text may be the address
        failed = failure(error)
    raise failed
