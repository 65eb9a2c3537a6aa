"""What `quietline check` can see of the line at Telegram. It changes nothing.

Facts only: what is good or bad about them is for `check` to say. What went wrong is a code.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken

from bot.channels.telegram.wire import Wire, failure
from bot.errors import OutcomeUnknown
from bot.ports import Clock
from bot.settings import Telegram

#: What can be wrong.
UNKNOWN_TOKEN, NO_CONNECTION, NO_ANSWER = "telegram-token", "no-connection", "no-answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was seen; `error` is empty, or a code and the rest was not seen."""

    error: str = ""
    username: str = ""
    joins_groups: bool = False  # whether it can be taken into groups (@BotFather, /setjoingroups)
    reads_groups: bool = False  # whether it sees everything said there (/setprivacy)
    inline: bool = False
    webhook: str = ""  # where updates are brought to; empty: nowhere, the line asks
    pending: int = 0  # updates that wait at Telegram
    last_error: str = ""  # what Telegram says of our door
    last_error_at: datetime | None = None
    allowed: tuple[str, ...] = ()  # kinds of updates; empty: Telegram's own choice
    skew: float | None = None  # seconds by which our clock is ahead, to a second


async def look(token: str, settings: Telegram, clock: Clock) -> Look:
    """Ask Telegram who we are and where it brings updates to."""
    async with Wire(connections=2) as wire:
        try:
            bot = Bot(
                token,
                base_url=f"{settings.server}/bot",
                base_file_url=f"{settings.server}/file/bot",
                request=wire,
                get_updates_request=wire,
            )
            me = await bot.get_me()
            skew = _skew(wire.date, clock())
            return _look(me, await bot.get_webhook_info(), skew)
        except InvalidToken:
            return Look(error=UNKNOWN_TOKEN)
        except Exception as error:  # noqa: BLE001 - its text may be the address
            unknown = isinstance(failure(error), OutcomeUnknown)
            return Look(error=NO_ANSWER if unknown else NO_CONNECTION)


def _look(me: User, webhook: WebhookInfo, skew: float | None) -> Look:
    return Look(
        username=me.username or "",
        joins_groups=bool(me.can_join_groups),
        reads_groups=bool(me.can_read_all_group_messages),
        inline=bool(me.supports_inline_queries),
        webhook=webhook.url,
        pending=webhook.pending_update_count,
        last_error=webhook.last_error_message or "",
        last_error_at=webhook.last_error_date,
        allowed=tuple(webhook.allowed_updates),
        skew=skew,
    )


def _skew(date: str, now: datetime) -> float | None:
    """Return how far ahead our clock is of the one in a Date header."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (now - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()
