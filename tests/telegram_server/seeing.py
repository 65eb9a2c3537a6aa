"""What a test can see: chats as their people see them, and everything the bot has done."""

from collections import Counter
from typing import Any

from tests.telegram_server import keyboards
from tests.telegram_server.arguments import Arguments
from tests.telegram_server.media import kind_of
from tests.telegram_server.receiving import get_webhook_info
from tests.telegram_server.refusals import Unplayable
from tests.telegram_server.world import Chat, Message, Wire, World, words_of

Seen = dict[str, Any]


class Seeing:
    """Looks at the world, and changes nothing."""

    world: World

    def chat(self, chat: int) -> Seen:
        """Return what stands in a chat now, oldest first."""
        place = self.world.chats.get(chat)
        if place is None:
            return {"change": 0, "action": "", "keyboard": None, "messages": []}
        return _view(place, list(place.messages.values()))

    def sent(self, chat: int | None = None) -> list[Seen]:
        """Return every message the bot ever sent, to one chat or to all, each once."""
        return [
            {
                "chat": message.chat,
                "id": message.id,
                "kind": kind_of(message.wire),
                "text": words_of(message.wire),
                "texts": list(message.texts),
                "buttons": keyboards.seen(message.wire.get("reply_markup")),
                "date": message.wire["date"],
                "deleted": message.deleted,
                "silent": message.silent,
                "protected": message.wire.get("has_protected_content", False),
            }
            for message in self.world.sent
            if chat in {None, message.chat}
        ]

    def calls(self, method: str | None = None, chat: int | None = None) -> list[Seen]:
        """Return the calls of a method, or of all, in the order they were answered."""
        return [
            {"method": call.method, "chat": call.chat, "time": call.time, "status": call.status}
            for call in self.world.calls
            if method in {None, call.method} and chat in {None, call.chat}
        ]

    def counters(self) -> Seen:
        """Count calls by method, answers by status, and updates."""
        calls, updates = self.world.calls, self.world.updates
        return {
            "calls": dict(Counter(call.method for call in calls)),
            "statuses": dict(Counter(str(call.status) for call in calls)),
            "updates": len(updates.pending) + len(updates.acknowledged),
            "pending": len(updates.pending),
        }

    def query(self, query_id: str) -> Seen:
        """Tell how a press was answered."""
        query = self.world.queries.get(query_id)
        if query is None:
            raise Unplayable("there is no such query")
        return {"answered": query.answered, "text": query.text, "alert": query.alert}

    def queue(self) -> Seen:
        """Return the ids of what waits for the bot, the last id, and the kinds it asked for."""
        updates = self.world.updates
        return {
            "pending": list(updates.pending),
            "last": updates.next_id - 1,
            "allowed": list(updates.allowed),
        }

    def profile(self) -> Seen:
        """Return how the bot presents itself, each by language ("" is the default)."""
        profile = self.world.profile
        return {
            "commands": [
                {"scope": scope, "language_code": language, "commands": commands}
                for (scope, language), commands in profile.commands.items()
            ],
            "name": dict(profile.names),
            "description": dict(profile.descriptions),
            "short_description": dict(profile.short_descriptions),
            "menu": {str(chat): button for chat, button in profile.menus.items()},
        }

    def webhook(self) -> Wire:
        """Return what getWebhookInfo returns."""
        return get_webhook_info(self.world, Arguments())


def after(place: Chat, number: int) -> Seen:
    """Return the bot's messages in a chat that stand after one."""
    found = [m for m in place.messages.values() if m.bot and m.id > number]
    return _view(place, found)


def _view(place: Chat, messages: list[Message]) -> Seen:
    return {
        "change": place.change,
        "action": place.action,
        "keyboard": place.keyboard,
        "messages": [seen(message) for message in messages],
    }


def seen(message: Message) -> Seen:
    """Return a message as a person sees it."""
    wire = message.wire
    who = wire.get("from") or wire.get("sender_chat") or {}
    return {
        "id": message.id,
        "bot": message.bot,
        "who": who.get("id"),
        "kind": kind_of(wire),
        "text": words_of(wire),
        "buttons": keyboards.seen(wire.get("reply_markup")),
        "date": wire["date"],
        "edited": "edit_date" in wire,
        "reply_to": wire.get("reply_to_message", {}).get("message_id"),
    }
