"""What was found of a thing that was looked at: how it is, and a sentence that says what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Found(StrEnum):
    """How a thing was found."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    found: Found
    says: str


def ok(name: str, says: str) -> Finding:
    """Return that all is well."""
    return Finding(name=name, found=Found.OK, says=says)


def note(name: str, says: str) -> Finding:
    """Return what is good to know."""
    return Finding(name=name, found=Found.NOTE, says=says)


def wrong(name: str, says: object) -> Finding:
    """Return what is wrong."""
    return Finding(name=name, found=Found.WRONG, says=str(says))


#: What the codes of troubles mean, and what to do.
MEANINGS = {
    "telegram-refused": "Telegram refused a message for good, and it was given up; see the log.",
    "telegram-blocked": "People have blocked the bot; their letters wait four days.",
    "telegram-conflict": "Another program asks Telegram with the same token: stop it, or ask "
    "@BotFather for a new token.",
    "telegram-token": "Telegram refuses the token: write a new one into credentials/telegram.",
    "no-connection": "Telegram cannot be reached from here: look at the network and the firewall.",
    "no-answer": "Telegram did not answer as it should: try again later.",
    "digest-folder": "A digest could not be written into the drop folder.",
    "mail-lost": "A copy of a digest was gone before it was mailed; it is in the drop folder.",
    "statement": "A statement was loaded that this line cannot take: restart it, and read why.",
}


def meaning(code: str) -> str:
    """Return the sentence of a code."""
    kind, _, number = code.rpartition("-")
    if number.isdecimal() and kind in {"mail", "alert"}:
        what = "Digests" if kind == "mail" else "Alerts"
        return f"{what} do not reach recipient {number} in the list `{kind}.to`."
    return MEANINGS.get(code, "Something failed; see the log.")
