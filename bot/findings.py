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
    "files-unknown": "There are more files that the database does not know than a crash leaves; "
    "none is erased. See deploy/README.md.",
    "telegram-stuck": "For an hour nothing could be sent to somebody; see the log for "
    "`letter-failed`.",
    "telegram-conflict": "Another program asks Telegram with the same token: stop it, or ask "
    "@BotFather for a new token.",
    "telegram-token": "Telegram refuses the token: write a new one into credentials/telegram.",
    "no-connection": "Telegram cannot be reached from here: look at the network and the firewall.",
    "no-answer": "Telegram did not answer as it should: try again later.",
    "signal-refused": "Signal refused a message for good, and it was given up; see the log.",
    "signal-blocked": "People cannot be reached on Signal any more; their letters wait four days.",
    "signal-stuck": "For an hour nothing could be sent to somebody on Signal; see the log for "
    "`letter-failed`.",
    "signal-bridge": "The Signal bridge, or signal-cli behind it, does not answer.",
    "signal-account": "The line's number is not registered at the bridge: `quietline signal "
    "status`.",
    "signal-challenge": "Signal has stopped the line until a captcha is solved: `quietline signal "
    "challenge`.",
    "signal-identity": "Somebody's safety number has changed, as with a new phone; they were asked "
    "to send again.",
    "retention-full": "Retention ends more cases than the line lets go of in a day: is this "
    "machine's clock right, and `retention_months` as it was meant? The others follow day by day.",
    "clock-ahead": "This machine's clock was far ahead of what the line has seen: what was to be "
    "destroyed waits for one or two days. If the clock is wrong, put it right now.",
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
