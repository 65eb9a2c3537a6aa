"""The walk through a new server's first questions: its name, its bot and number, who is reached.

Questions and answers only: nothing is written here, and nothing is asked of the network but what
the caller's `look` does with a token.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from bot.settings import LONGEST_CONTACT, LONGEST_NAME
from bot.tables import Signal

Answer = TypeVar("Answer")
Ask = Callable[[str], str]
Say = Callable[[str], None]
#: Asks Telegram for a bot's handle; "" when it cannot be asked now. Raises ValueError for a token
#: that Telegram does not know.
Look = Callable[[str], str]

TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{30,100}", re.ASCII)
HANDLE = re.compile(r"@?[A-Za-z][A-Za-z0-9_]{3,30}[bB][oO][tT]", re.ASCII)

NAME = """\
1. The name of the line.
   It stands in people's chat lists, where others may look: choose one that says
   nothing, such as "Garden Desk". Not the organisation's name, and no word like
   report, help or human rights."""
BOT = """\
2. The bot on Telegram.
   In Telegram, write to @BotFather:
     /newbot          the same neutral name, then a user name that ends in "bot"
     /setjoingroups   choose the bot, Disable
     /setprivacy      choose the bot, Enable
   BotFather answers with a token. Whoever has it is the bot: keep it here and
   nowhere else. Leave it empty to set Telegram up later."""
SIGNAL = """\
3. The number on Signal.
   Signal is recommended: it cannot read the chat, and Telegram can. The line
   needs a phone number of its own, which can get one SMS or call, and a bridge
   beside it (signal-cli-rest-api). Write it with its country: +819012345678.
   Leave it empty to set Signal up later."""
BRIDGE = """\
   Where the bridge is. Nobody else may reach it: it knows no password.
   Leave it empty for {default}."""
NEXT = """\
   Next, when the bridge runs: `quietline signal register` for a new number, or
   `quietline signal link` to try it with a phone that has the account.
   docs/signal.md goes through it step by step."""
CONTACT = """\
4. A way to one of you outside of this line, such as a phone number or an
   address. People see it when something goes wrong. Leave it empty if there is
   none."""
DRAFTS = """\
5. Languages.
   Nobody who speaks them natively has reviewed the texts yet. A language is
   offered only when you name it here; it then says itself that it is a draft.
   There are: {all}
   Leave it empty to offer none for now (`quietline texts` reviews them)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What an operator answered."""

    name: str
    token: str = field(default="", repr=False)
    handle: str = ""  # the bot's, with @
    contact: str = ""
    drafts: tuple[str, ...] = ()
    number: str = ""  # on Signal
    bridge: str = ""  # of Signal's, where it is not the usual one


def walk(ask: Ask, ask_hidden: Ask, say: Say, look: Look, *, all_languages: str) -> Answers:
    """Ask one thing after the other; what cannot stand is asked again, with the reason."""
    say(NAME)
    name = _until(ask, "Name: ", say, _name)
    say(BOT)
    token, handle = _until(ask_hidden, "Token (not shown): ", say, lambda text: _token(text, look))
    if token and not handle:
        say("Telegram cannot be asked from here now, so the user name is needed as well.")
        handle = _until(ask, "The bot's user name: ", say, _handle)
    if handle:
        say(f"The bot is {handle}.\nPrint this on paper: people compare it letter by letter.")
    say(SIGNAL)
    number = _until(ask, "Number: ", say, lambda text: _setting("number", text.replace(" ", "")))
    bridge = ""
    if number:
        say(BRIDGE.format(default=Signal.model_fields["bridge"].default))
        bridge = _until(ask, "Bridge: ", say, lambda text: text and _setting("bridge", text))
        say(NEXT)
    say(CONTACT)
    contact = _until(ask, "Contact: ", say, _contact)
    say(DRAFTS.format(all=all_languages))
    known = {tag.lower(): tag for tag in all_languages.split()}
    drafts = _until(ask, "Languages: ", say, lambda text: _languages(text, known))
    return Answers(
        name=name,
        token=token,
        handle=handle,
        contact=contact,
        drafts=drafts,
        number=number,
        bridge=bridge,
    )


def _until(ask: Ask, question: str, say: Say, read: Callable[[str], Answer]) -> Answer:
    while True:
        try:
            return read(ask(question).strip())
        except ValueError as wrong:
            say(f"   {wrong}")


def _name(text: str) -> str:
    if not text:
        raise ValueError("A line needs a name.")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"Please choose one printable line of at most {LONGEST_NAME} characters.")
    return text


def _contact(text: str) -> str:
    if len(text) > LONGEST_CONTACT or (text and not text.isprintable()):
        raise ValueError(f"Please choose one line of at most {LONGEST_CONTACT} characters.")
    return text


def _token(text: str, look: Look) -> tuple[str, str]:
    if text and TOKEN.fullmatch(text) is None:
        raise ValueError("That is no token: one looks like 123456789:AAE…, with 35 signs after it.")
    return text, look(text) if text else ""


def _setting(name: str, text: str) -> str:
    """Return what was typed, as the settings take it."""
    try:
        Signal.model_validate({name: text})
    except ValidationError:
        example = {"number": "+819012345678", "bridge": "http://127.0.0.1:8080"}[name]
        raise ValueError(f"That cannot be read. One looks like {example}.") from None
    return text


def _handle(text: str) -> str:
    if HANDLE.fullmatch(text) is None:
        raise ValueError("A bot's user name has letters, digits and _, and ends in bot.")
    return text if text.startswith("@") else f"@{text}"


def _languages(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    tags = text.replace(",", " ").split()
    unknown = [tag for tag in tags if tag.lower() not in known]
    if unknown:
        message = f"No texts are here in: {', '.join(unknown)}. Write tags such as `zh-Hans ug`."
        raise ValueError(message)
    return tuple(dict.fromkeys(known[tag.lower()] for tag in tags))
