"""What a test can see: chats as their people see them, and everything the bot has done."""

from collections import Counter
from typing import Any

from tests.signal_server import account
from tests.signal_server.telling import Telling
from tests.signal_server.world import Chat, Item, Who, Wire, World

Seen = dict[str, Any]


class Seeing:
    """Looks at the world, and changes nothing."""

    world: World
    telling: Telling

    def chat(self, person: Who | None = None, *, group: str = "") -> Seen:
        """Return what stands in a person's app, or in a group, now; oldest first."""
        place = self._place(person, group)
        return _view(place, self.world.stands(place))

    def sent(self, person: Who | None = None) -> list[Seen]:
        """Return every message the bot ever sent, to one person or to all, each once."""
        uuid = None if person is None else self.world.person(person).uuid
        return [
            {
                "person": item.place,
                "timestamp": item.timestamp,
                "text": item.text,
                "texts": list(item.texts),
                "attachments": item.attachments,
                "deleted": item.deleted,
                "shown": item.shown,
                "bytes": len(item.text.encode("utf-8", "surrogatepass")),
                "group": item.group,
            }
            for item in self.world.sent
            if uuid in {None, item.place}
        ]

    def calls(self, name: str | None = None, person: Who | None = None) -> list[Seen]:
        """Return the calls of a name, or of all, in the order they were answered."""
        uuid = None if person is None else self.world.person(person).uuid
        return [
            {
                "name": call.name,
                "method": call.method,
                "path": call.path,
                "person": call.persons[0] if call.persons else None,
                "time": call.time,
                "status": call.status,
            }
            for call in self.world.calls
            if name in {None, call.name} and (uuid is None or uuid in call.persons)
        ]

    def counters(self) -> Seen:
        """Count calls by name, answers by status, and what became of messages."""
        names = ("incoming", "told", "lost", "dropped", "escaped")
        return {
            "calls": dict(Counter(call.name for call in self.world.calls)),
            "statuses": dict(Counter(str(call.status) for call in self.world.calls)),
            **{name: self.world.counted[name] for name in names},
            "connections": self.telling.connections,
            "posts": dict(self.telling.poster.statuses),
        }

    def queue(self) -> Seen:
        """Return what waits at Signal, how many websockets hear, and whether the bridge is up."""
        return {
            "waiting": [letter.timestamp for letter in self.telling.waiting],
            "websockets": len(self.telling.ears),
            "polls": self.telling.polls,
            "up": self.telling.up,
        }

    def posts(self) -> dict[int, int]:
        """Return what each message's post to the webhook was answered; 0: nothing."""
        return dict(self.telling.poster.became)

    def contacts(self) -> list[Seen]:
        """Return what the bridge remembers of people."""
        return [
            {"uuid": c.uuid, "number": c.number, "name": c.name, "timer": c.timer}
            for c in self.world.contacts.values()
        ]

    def profile(self) -> Wire:
        """Return how the bot presents itself."""
        return {**self.world.profile, "username": self.world.username}

    def folders(self) -> dict[str, str]:
        """Return where the bridge keeps what it has."""
        disk = self.world.disk
        return {
            "root": str(disk.root),
            "attachments": str(disk.attachments),
            "tmp": str(disk.tmp),
            "data": str(disk.data),
        }

    def identities(self) -> list[Wire]:
        """Return the keys that the bridge knows."""
        return account.known(self.world)

    def _place(self, person: Who | None, group: str) -> Chat:
        if group:
            return self.world.group(group)
        return self.world.person(0 if person is None else person).chat


def after(world: World, place: Chat, number: int) -> Seen:
    """Return the bot's messages in a chat that stand after one."""
    return _view(place, [i for i in world.stands(place) if i.bot and i.timestamp > number])


def _view(place: Chat, items: list[Item]) -> Seen:
    return {
        "change": place.change,
        "typing": place.typing,
        "timer": place.timer,
        "messages": [seen(item) for item in items],
    }


def seen(item: Item) -> Seen:
    """Return a message as it stands in an app."""
    return {
        "timestamp": item.timestamp,
        "bot": item.bot,
        "who": item.author or "bot",
        "text": item.text,
        "attachments": item.attachments,
        "quote": item.quote,
        "edited": item.edited,
        "expires": item.expires,
        "reactions": dict(item.reactions),
        "read": item.read,
        "view_once": item.view_once,
        "options": list(item.options),
    }
