"""Telegram as a channel: what goes out, in the order that a person should see it.

First what is to leave the chat, then the words that say how that went, then the text. Removing is
idempotent, so whatever fails before the text was sent is simply tried again. No error that leaves
this file holds anything of the library's, of the person's or of the token.
"""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Sequence
from typing import TypeVar

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction
from telegram.error import BadRequest, InvalidToken

from bot import logs
from bot.channels.telegram.decode import NAME
from bot.channels.telegram.depot import TelegramDepot
from bot.channels.telegram.layout import Laid, Rows, lay_out
from bot.channels.telegram.troubles import TOKEN, Troubles
from bot.channels.telegram.wire import No, failure, reason
from bot.errors import BotError, DeliveryFailed, NotNow, OutcomeUnknown, Refused
from bot.ports import Message, Rate, Sleep

#: Ids in one call (Bot API, deleteMessages).
MOST_IDS = 100
#: Calls that one removal may take when Telegram refuses some of the messages.
MOST_CALLS = 100
#: Messages that a chat may get at once after a silence.
BURST = 3
#: How long the rest of a long text waits for Telegram, in seconds, and how often.
LONGEST_WAIT = 60.0
WAITS = 3

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
Answer = TypeVar("Answer")


class TelegramChannel:
    """The way to a person on Telegram. Implements `bot.ports.Channel`, and `Depot`."""

    name = NAME
    removes = True
    vanishes = True
    dangerous = TelegramDepot.dangerous

    def __init__(
        self, bot: Bot, *, rate: Rate, troubles: Troubles, sleep: Sleep, depot: TelegramDepot
    ) -> None:
        """Send through `bot`, whose own pace is `rate`; people's files are fetched from `depot`."""
        self.rate = rate
        self.largest = depot.largest
        self._depot = depot
        self._bot = bot
        self._troubles = troubles
        self._sleep = sleep
        self._slowed: set[str] = set()  # chats in which Telegram slowed a removal down

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        """Send one message; return the ids of what was newly sent (none for an edit).

        Raises:
            NotNow, Unreachable, DeliveryFailed, OutcomeUnknown: see `bot.ports.Channel`.
        """
        laid = lay_out(message, await self._remove(peer, message))
        if not laid.pieces:
            return ()
        if message.replaces and await self._edit(peer, message.replaces, laid):
            return ()
        sent = await self._send(peer, laid)
        self._slowed.discard(peer)
        return sent

    async def answer(self, callback: str) -> None:
        """Take the waiting sign off a button; it does not matter when that fails."""
        with contextlib.suppress(BotError):
            await self._ask(self._bot.answer_callback_query(callback))

    async def typing(self, peer: str) -> None:
        """Show for some seconds that something is being done; the same."""
        with contextlib.suppress(BotError):
            await self._ask(self._bot.send_chat_action(peer, ChatAction.TYPING))

    async def leave(self, chat: str, text: str) -> None:
        """Say a text in a chat of more than two, where that is allowed, and leave it."""
        if text:
            with contextlib.suppress(BotError):
                await self._ask(self._bot.send_message(chat, text))
        with contextlib.suppress(BotError):
            await self._ask(self._bot.leave_chat(chat))

    # -- what people sent ------------------------------------------------------------------

    def fetch(self, reference: str) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes; see `bot.ports.Depot`."""
        return self._depot.fetch(reference)

    async def forget(self, reference: str) -> None:
        """Erase a file from the disk of a server of our own; never raises."""
        await self._depot.forget(reference)

    # -- taking messages out of a chat -----------------------------------------------------

    async def _remove(self, peer: str, message: Message) -> str:
        """Ask for messages to be removed; return the words that say how it went."""
        ids = [int(one) for one in dict.fromkeys(message.removes) if one.isdecimal()]
        if not message.removes:
            return message.removed if message.wipe else ""
        groups = [ids[at : at + MOST_IDS] for at in range(0, len(ids), MOST_IDS)]
        refused = len(set(message.removes)) - len(ids)
        calls, most = 0, len(groups) if peer in self._slowed else MOST_CALLS
        while groups:
            group = groups.pop()
            calls += 1
            try:
                done = calls <= most and await self._delete(peer, group)
            except NotNow:
                self._slowed.add(peer)  # the next time nothing is halved: that would end here again
                raise
            if not done and len(group) > 1 and calls < most:
                half = len(group) // 2
                groups += [group[:half], group[half:]]
            elif not done:
                refused += len(group)
        if refused:
            logs.event("not-removed", channel=NAME, count=refused)
        return message.not_removed if refused else message.removed

    async def _delete(self, peer: str, ids: Sequence[int]) -> bool:
        """Tell whether Telegram took these messages out; those that are gone count as taken."""
        try:
            answer = await self._ask(self._bot.delete_messages(peer, ids))
        except OutcomeUnknown:
            answer = None
        if answer is None:
            raise DeliveryFailed("not removed")  # nothing was said yet: all of it is tried again
        return answer is True or (answer is No.ABSENT and len(ids) == 1)

    # -- saying something ------------------------------------------------------------------

    async def _edit(self, peer: str, replaced: str, laid: Laid) -> bool:
        """Put a message in the place of an earlier one; False when it must be sent anew."""
        if len(laid.pieces) > 1 or not replaced.isdecimal():
            return False
        answer = await self._ask(
            self._bot.edit_message_text(
                laid.pieces[0],
                chat_id=peer,
                message_id=int(replaced),
                reply_markup=_markup(laid.rows),
                link_preview_options=_NO_PREVIEW,
            )
        )
        return not isinstance(answer, No) or answer is No.SAME

    async def _send(self, peer: str, laid: Laid) -> tuple[str, ...]:
        sent: list[str] = []
        for number, piece in enumerate(laid.pieces, 1):
            rows = laid.rows if number == len(laid.pieces) else ()
            say = self._follow if sent else self._say
            sent.append(await say(peer, piece, rows))
        return tuple(sent)

    async def _follow(self, peer: str, text: str, rows: Rows) -> str:
        """Send what belongs under a piece that is sent; failing leaves the outcome unknown."""
        for _ in range(WAITS):
            try:
                return await self._say(peer, text, rows)
            except NotNow as later:
                seconds = later.seconds
            except Refused:
                raise
            except DeliveryFailed:
                break
            if seconds > LONGEST_WAIT:
                break
            await self._sleep(seconds)
        raise OutcomeUnknown

    async def _say(self, peer: str, text: str, rows: Rows) -> str:
        answer = await self._ask(
            self._bot.send_message(
                peer, text, reply_markup=_markup(rows), link_preview_options=_NO_PREVIEW
            )
        )
        if isinstance(answer, No):
            raise Refused
        return str(answer.message_id)

    async def _ask(self, call: Awaitable[Answer]) -> Answer | No:
        """Wait for an answer; return why not, when Telegram does not want to do this one thing."""
        failed: BotError
        try:
            answer = await call
        except BadRequest as error:
            why = reason(error)
            if why is not None:
                return why
            failed = failure(error)
        except Exception as error:  # noqa: BLE001 - also what an unforeseen answer led to
            failed = failure(error)
            if isinstance(error, InvalidToken):
                await self._troubles.rise(TOKEN)
        else:
            await self._troubles.ease(TOKEN)
            return answer
        raise failed


def _markup(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(b.label, callback_data=b.data) for b in row] for row in rows]
    )
