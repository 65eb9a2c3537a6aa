"""What Telegram and the mail server say of the line, for `quietline check`. Nothing is sent."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.channels.telegram.looking import Look, look
from bot.errors import MailFailed
from bot.findings import MEANINGS, Finding, note, ok, wrong
from bot.mail import Sender
from bot.ports import Clock
from bot.settings import Settings
from storage.credentials import read_secret
from storage.errors import StorageError
from storage.line import Line

#: Seconds that a clock may be off.
SKEW = 30
#: Telegram tells its last error for ever; one older than this is over.
RECENT = timedelta(hours=1)


async def telegram(
    settings: Settings, line: Line | None, secrets: Path, clock: Clock, *, offline: bool
) -> AsyncIterator[Finding]:
    """Ask Telegram who the line is there, and where it sends."""
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
    for one in _bot(settings, line, looked, clock):
        yield one


def _bot(settings: Settings, line: Line | None, looked: Look, clock: Clock) -> Iterator[Finding]:
    signed = line.channels.get("telegram", "") if line else ""
    handle = f"@{looked.username}"
    if signed and signed.lower() != handle.lower():
        yield wrong("telegram", f"The token is that of {handle}, and the root signed {signed}.")
    else:
        yield ok("telegram", f"The bot is {handle}.")
    if looked.joins_groups:
        yield note("groups", "The bot may be put into groups: @BotFather, /setjoingroups, Disable.")
    wanted = settings.telegram.webhook
    if looked.webhook == wanted:
        how = f"Telegram sends to {wanted}." if wanted else "The line asks by itself."
        error = f" Its last error: {looked.last_error}." if _is_recent(looked, clock()) else ""
        yield (wrong if error else ok)("webhook", how + error)
    else:
        yield note("webhook", "Telegram will be told where to send when the line starts.")
    if looked.pending:
        yield note("updates", f"{looked.pending} wait at Telegram.")
    if looked.skew is not None:
        off = f"{abs(looked.skew):.0f} seconds from Telegram's clock."
        if abs(looked.skew) > SKEW:
            yield wrong("clock", f"{off} Set up time synchronisation.")
        else:
            yield ok("clock", off)


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
    if offline:
        yield note("mail", "Not asked.")
        return
    try:
        password = read_secret(secrets, "mail") if relay.user else ""
        await Sender(mail=relay, password=password, home=home).greet()
    except (MailFailed, StorageError) as error:
        yield wrong("mail", error)
        return
    yield ok("mail", f"{relay.server} takes mail; {len(relay.to)} recipients.")
