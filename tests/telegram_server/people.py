"""What people do: they write, press, send, edit, block. Each thing becomes an update for the bot.

`Done` tells the ids that came of it: "update_id" is None when the bot did not ask for that kind.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from tests.telegram_server import keyboards, media
from tests.telegram_server.refusals import Unplayable
from tests.telegram_server.updates import PRESS_LIFE
from tests.telegram_server.words import cleaned, commands_in
from tests.telegram_server.world import Chat, Message, Wire, World

Person = int | Wire
Place = int | Wire | None
Done = dict[str, Any]
_OF_PRIVATE = ("id", "first_name", "last_name", "username")


class People:
    """Everybody who writes to the bot."""

    world: World

    def meet(self, person: Person) -> Done:
        """Make a person and their private chat known without telling the bot."""
        return {"chat": self._private(self._known(person)).id}

    def say(
        self,
        person: Person,
        text: str,
        *,
        chat: Place = None,
        reply_to: int | None = None,
        extra: Wire | None = None,
    ) -> Done:
        """Write a text, as its sender's app would send it."""
        clean = cleaned(text)
        if not clean:
            raise Unplayable("no app sends an empty text")
        marks = commands_in(clean)
        wire = {"text": clean, **({"entities": marks} if marks else {})}
        return self._write(person, chat, wire, reply_to, extra)

    def send(
        self,
        person: Person,
        kind: str,
        *,
        chat: Place = None,
        reply_to: int | None = None,
        extra: Wire | None = None,
        **told: Any,  # noqa: ANN401 - caption, content, size, file_name, mime_type
    ) -> Done:
        """Send a thing of a kind of `media.MAKERS`."""
        return self._write(person, chat, self._thing(kind, told), reply_to, extra)

    def album(self, person: Person, items: Sequence[Wire], *, chat: Place = None) -> Done:
        """Send several things as one album: an update each, with the same media_group_id."""
        if not 2 <= len(items) <= 10 or not all(i.get("kind") in media.ALBUMS for i in items):
            raise Unplayable("an album holds 2 to 10 photos, videos, documents or sounds")
        group = str(13_000_000_000_000_000 + self.world.updates.next_id)
        done = []
        for item in items:
            wire = self._thing(item["kind"], item) | {"media_group_id": group}
            done.append(self._write(person, chat, wire, None, None))
        ids = {f"{key}s": [each[key] for each in done] for key in ("update_id", "message_id")}
        return {**ids, "media_group_id": group}

    def press(
        self,
        person: Person,
        *,
        message_id: int | None = None,
        data: str | None = None,
        label: str | None = None,
        chat: Place = None,
    ) -> Done:
        """Press a button; made-up data needs the message it is said to be under."""
        user = self._known(person)
        place = self._place(user, chat)
        if not place.alive:
            raise Unplayable("blocked: the chat has no buttons to press")
        message, data = _button(place, message_id, data, label)
        query = self.world.ask(place.id, message_id or message.id if message else message_id or 0)
        under = message.wire if message else None
        gone = {"chat": place.wire, "message_id": query.message, "date": 0}
        wire = {
            "id": query.id,
            "from": user,
            "message": under or gone,
            "chat_instance": str(7_000_000_000_000 + abs(place.id)),
            "data": data,
        }
        lane = f"press {user['id']}"  # presses do not wait for messages: Client.cpp
        update = self.world.tell("callback_query", wire, lane, PRESS_LIFE)
        return {"update_id": update, "query_id": query.id, "message_id": query.message}

    def edit(
        self,
        person: Person,
        message_id: int,
        *,
        text: str = "",
        caption: str = "",
        chat: Place = None,
    ) -> Done:
        """Edit an own message."""
        place = self._place(self._known(person), chat)
        message = self._own(place, message_id)
        new = {"text": cleaned(text)} if text else {"caption": cleaned(caption)}
        kept = {k: v for k, v in message.wire.items() if k not in {"entities", "caption_entities"}}
        marks = commands_in(cleaned(text))
        kept |= {"entities": marks} if marks else {}
        message.wire = kept | new | {"edit_date": int(self.world.now())}
        kind = "edited_channel_post" if place.kind == "channel" else "edited_message"
        update = self.world.tell(kind, message.wire, f"chat {place.id}")
        return {"update_id": update, "message_id": message_id}

    def remove(self, person: Person, message_id: int, *, chat: Place = None) -> Done:
        """Delete a message for both sides; the bot is not told."""
        place = self._place(self._known(person), chat)
        if place.messages.pop(message_id, None) is None:
            raise Unplayable("there is no such message")
        return {"update_id": None, "message_id": message_id}

    def lose(self, person: Person, message_id: int, *, chat: Place = None) -> Done:
        """Let the files of a message be gone from Telegram; the message still stands there."""
        message = self._any(self._place(self._known(person), chat), message_id)
        lost = list(_file_ids(message.wire))
        for id_ in lost:
            self.world.files.lose(id_)
        return {"update_id": None, "message_id": message_id, "files": len(lost)}

    def business(self, person: Person, text: str) -> Done:
        """Write to somebody else whose chats the bot is connected to."""
        user = self._known(person)
        wire = {
            "business_connection_id": "business-1",
            "from": user,
            "text": cleaned(text),
        }
        place = Chat(user["id"], _private_wire(user))
        message = self.world.put(place, wire, bot=False)
        update = self.world.tell("business_message", message.wire, f"chat {place.id}")
        return {"update_id": update, "message_id": message.id}

    def flood(self, person: Person, count: int, *, text: str = "flood", chat: Place = None) -> Done:
        """Write `count` texts at once."""
        done = [self.say(person, f"{text} {number}", chat=chat) for number in range(1, count + 1)]
        return {"first": done[0], "last": done[-1]} if done else {}

    def raw(self, update: Any) -> Done:  # noqa: ANN401 - malformed on purpose
        """Tell the bot an update exactly as given; it gets the next id unless it has one."""
        added = self.world.updates.add(update, "raw", self.world.now() + 86_400)
        self.world.rung("queue")
        return {"update_id": added.id}

    # --- beneath ----------------------------------------------------------------------------

    def _known(self, person: Person) -> Wire:
        """Return a person on the wire; what is said of them is kept."""
        told = {"id": person} if isinstance(person, int) else person
        people, id_ = self.world.people, told["id"]
        known = people.get(id_) or {"id": id_, "is_bot": False, "first_name": f"Person {id_}"}
        if known.items() >= told.items():
            people[id_] = known
            return known
        people[id_] = {**known, **told}
        if id_ in self.world.chats:
            self.world.chats[id_].wire = _private_wire(people[id_])
        return people[id_]

    def _private(self, user: Wire) -> Chat:
        chats = self.world.chats
        if user["id"] not in chats:
            chats[user["id"]] = Chat(user["id"], _private_wire(user))
        return chats[user["id"]]

    def _place(self, user: Wire, chat: Place) -> Chat:
        """Return the chat something happens in; one that is described becomes known."""
        if chat is None or chat == user["id"]:
            return self._private(user)
        chats = self.world.chats
        told = {"id": chat} if isinstance(chat, int) else chat
        if told["id"] not in chats:
            wire = {"type": "group", "title": "A group", **told}
            chats[told["id"]] = Chat(told["id"], wire)
        return chats[told["id"]]

    def _write(
        self, person: Person, chat: Place, wire: Wire, reply_to: int | None, extra: Wire | None
    ) -> Done:
        user = self._known(person)
        place = self._place(user, chat)
        if not place.alive and place.kind == "private":
            raise Unplayable("blocked: unblock first, as the app demands")
        if place.gone or place.moved is not None:
            raise Unplayable("nobody can write there any more")
        channel = place.kind == "channel"
        head = {"sender_chat": place.wire} if channel else {"from": user}
        if reply_to is not None:
            head["reply_to_message"] = self._any(place, reply_to).wire
        message = self.world.put(place, head | wire | (extra or {}), bot=False)
        if not place.alive:
            return {"update_id": None, "message_id": message.id}
        kind = "channel_post" if channel else "message"
        update = self.world.tell(kind, message.wire, f"chat {place.id}")
        return {"update_id": update, "message_id": message.id}

    def _thing(self, kind: str, told: Wire) -> Wire:
        if kind not in media.MAKERS:
            raise Unplayable(f"no kind {kind!r}; there are {', '.join(media.MAKERS)}")
        content = told.get("content")
        if isinstance(content, str):
            told = {**told, "content": base64.b64decode(content)}
        wire = media.make(kind, self.world.files, told)
        caption = cleaned(told.get("caption", ""))
        marks = commands_in(caption)
        wire |= {"caption": caption} if caption and kind in media.CAPTIONED else {}
        return wire | ({"caption_entities": marks} if marks else {})

    def _any(self, place: Chat, message_id: int) -> Message:
        if message_id not in place.messages:
            raise Unplayable("there is no such message")
        return place.messages[message_id]

    def _own(self, place: Chat, message_id: int) -> Message:
        message = self._any(place, message_id)
        if message.bot:
            raise Unplayable("people edit their own messages only")
        return message


def _file_ids(wire: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the ids of all files in a message."""
    if isinstance(wire, list):
        for each in wire:
            yield from _file_ids(each)
    elif isinstance(wire, dict):
        if "file_id" in wire:
            yield wire["file_id"]
        for each in wire.values():
            yield from _file_ids(each)


def _private_wire(user: Wire) -> Wire:
    return {key: user[key] for key in _OF_PRIVATE if key in user} | {"type": "private"}


def _button(
    place: Chat, message_id: int | None, data: str | None, label: str | None
) -> tuple[Message | None, str]:
    """Find the button that is meant: the message it is under, and its data."""
    if message_id is None:
        under = [m for m in reversed(place.messages.values()) if "reply_markup" in m.wire]
    else:
        under = [m for m in (place.messages.get(message_id),) if m is not None]
    for message in under:
        for row in keyboards.seen(message.wire.get("reply_markup")):
            for button in row:
                if (data is None or button.get("data") == data) and (
                    label is None or button["text"] == label
                ):
                    return message, str(button.get("data", ""))
    if message_id is not None and data is not None and label is None:
        return (under[0] if under else None), data
    raise Unplayable(f"there is no such button: {label or data!r}")
