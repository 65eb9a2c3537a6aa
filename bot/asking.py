"""What Telegram and the mail server say of the line, for `quietline check`. Nothing is sent."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.channels.telegram.looking import Look, look
from bot.errors import MailFailed
from bot.findings import MEANINGS, Finding, note, ok, wrong
from bot.ports import Clock
from bot.settings import Settings
from bot.smtp import Sender
from bot.tables import Telegram
from storage.credentials import read_secret
from storage.errors import StorageError
from storage.line import Line

#: Seconds that a clock may be off.
SKEW = 30
#: What keeps a mail server from taking mail, by the codes of `bot.mail`.
MAIL = {
    "tls": "Its certificate is not trusted, or is another name's (`mail.authority`); or "
    "`mail.security` does not fit the port.",
    "login": "It refuses the user or the password.",
    "connect": "It cannot be reached: look at `mail.server`, `mail.port` and the firewall.",
    "timeout": "It does not answer in time: look at `mail.port` and the firewall.",
    "closed": "It hung up.",
    "address": "`mail.sender` cannot be read as one address.",
}
#: What a mail server means by its number (RFC 5321, 4.2.3; RFC 4954, 6).
REPLIES = {
    421: "It is shutting down or overloaded, and will take mail later.",
    450: "It puts mail off for now, as servers do with senders they do not know yet.",
    451: "It has trouble of its own, and will take mail later.",
    452: "It has no room, and will take mail later.",
    454: "It cannot check the login now.",
    530: "It wants a login: `mail.user`, and the password in credentials/mail.",
    535: "It refuses the user or the password.",
    550: "It knows no such mailbox, or refuses our address or this machine.",
    551: "It does not take mail for that address.",
    552: "The mailbox is full, or the mail too large for it.",
    553: "It refuses the way that the address is written.",
    554: "It refuses the mail or this machine: is the machine on a block list?",
}
OWN_WORD = "The number is the server's own answer: 4.. is for now, 5.. for good."
#: Telegram tells its last error for ever; one older than this is over.
RECENT = timedelta(hours=1)
#: Updates that may wait at Telegram while the line runs: as many as it holds in hand.
WAITING = 100


async def telegram(
    settings: Settings,
    line: Line | None,
    secrets: Path,
    clock: Clock,
    *,
    offline: bool,
    runs: bool = False,
) -> AsyncIterator[Finding]:
    """Ask Telegram who the line is there, and where it sends; `runs`: the line is up now."""
    if settings.telegram.local:
        yield _depot(settings.telegram)
    try:
        token = read_secret(secrets, "telegram")
    except StorageError as error:
        yield wrong("telegram", error)
        return
    if offline:
        yield note("telegram", "Not asked.")
        return
    looked = await look(token, settings.telegram, clock)
    if looked.error:
        yield wrong("telegram", MEANINGS[looked.error])
        return
    for one in (*_bot(line, looked), *_standing(settings, looked, clock, runs=runs)):
        yield one


def _bot(line: Line | None, looked: Look) -> Iterator[Finding]:
    signed = line.channels.get("telegram", "") if line else ""
    handle = f"@{looked.username}"
    if signed and signed.lower() != handle.lower():
        yield wrong("telegram", f"The token is that of {handle}, and the root signed {signed}.")
    elif line and not signed:
        ask = f"`quietline line request --handle {handle}`"
        yield note("telegram", f"The bot is {handle}; the root has signed no handle: {ask}.")
    else:
        yield ok("telegram", f"The bot is {handle}.")
    if looked.joins_groups:
        yield note("groups", "The bot may be put into groups: @BotFather, /setjoingroups, Disable.")


def _standing(settings: Settings, looked: Look, clock: Clock, *, runs: bool) -> Iterator[Finding]:
    wanted = settings.telegram.webhook
    if looked.webhook == wanted:
        how = f"Telegram sends to {wanted}." if wanted else "The line asks by itself."
        error = f" Its last error: {looked.last_error}." if _is_recent(looked, clock()) else ""
        yield (wrong if error else ok)("webhook", how + error)
    elif runs:
        where = looked.webhook or "nowhere"
        yield wrong(
            "webhook",
            f"The line runs, and Telegram sends to {where}: it refuses the address, or somebody "
            "else uses the token. Look again in a minute.",
        )
    else:
        yield note("webhook", "Telegram will be told where to send when the line starts.")
    if runs and looked.pending > WAITING:
        says = f"{looked.pending} wait at Telegram, though the line runs: restart it, see its log."
        yield wrong("updates", says)
    elif looked.pending:
        yield note("updates", f"{looked.pending} wait at Telegram.")
    if looked.skew is not None:
        off = f"{abs(looked.skew):.0f} s from Telegram's clock."
        if abs(looked.skew) > SKEW:
            yield wrong("clock", f"{off} Set up time synchronisation.")
        else:
            yield ok("clock", off)


def _depot(telegram: Telegram) -> Finding:
    """Say whether files can be taken from the disk of a Bot API server of our own."""
    folder = Path(telegram.folder)
    if not telegram.folder:
        says = (
            "The server is our own (`local`), and where it puts files is not set: `folder` under "
            "[telegram]. Unless this machine sees that place, no file arrives."
        )
        return wrong("telegram files", says)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        says = (
            f"{folder} cannot be seen from here, or not written to: no file would arrive, or be "
            "erased there. It has to be at the same place for both, and open to the line's user."
        )
        return wrong("telegram files", says)
    return ok("telegram files", f"Files are taken from {folder}.")


def _is_recent(looked: Look, now: datetime) -> bool:
    at = looked.last_error_at
    return bool(looked.last_error) and (at is None or now - at < RECENT)


async def mail(
    settings: Settings, home: Path, secrets: Path, *, offline: bool
) -> AsyncIterator[Finding]:
    """Ask the mail server whether it would take mail from us."""
    relay = settings.mail
    if not relay.server:
        yield note("mail", "None is sent: digests are in the drop folder only.")
        return
    try:
        password = read_secret(secrets, "mail") if relay.user else ""
        if relay.authority and not (home / relay.authority).is_file():
            yield wrong("mail", f"{home / relay.authority} is not there (`mail.authority`).")
        elif offline:
            yield note("mail", "Not asked.")
        else:
            await Sender(mail=relay, password=password, home=home).greet()
            yield ok("mail", f"{relay.server} takes mail. Recipients: {len(relay.to)}.")
    except StorageError as error:
        yield wrong("mail", error)
    except MailFailed as error:
        number = error.code.removeprefix("refused-")
        why = REPLIES.get(int(number), OWN_WORD) if number.isdecimal() else MAIL.get(error.code, "")
        yield wrong("mail", f"{relay.server} would take no mail ({error.code}). {why}".rstrip())
