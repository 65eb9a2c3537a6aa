"""The world behind the Bot API, in memory: people, chats, messages, and what the bot is told of them.

Rules live here and in the modules beside it; nothing here knows HTTP or waits for anything. Who
waits is woken by `rung`. A world can be pickled, and goes on where it was.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.faults import Faults
from tests.telegram_server.files import Files
from tests.telegram_server.limits import Limits
from tests.telegram_server.refusals import bad, forbidden, migrated
from tests.telegram_server.updates import DAY, Updates

Wire = dict[str, Any]
TOKEN = "42:TEST"  # of a bot nobody names
QUERY_LIFE = 30.0  # a press must be answered within seconds: "query is too old"
QUEUE, TAKEN, NEWS, POLLS = (
    "queue",
    "taken",
    "news",
    "polls",
)  # what is rung, besides the ids of chats
GROUPS = frozenset({"group", "supergroup"})
_OWN_NUMBERS = frozenset({"supergroup", "channel"})


@dataclass(slots=True)
class Message:
    """One message: what is on the wire now, and what it has said before."""

    id: int
    chat: int
    bot: bool
    wire: Wire
    texts: list[str] = field(default_factory=list)
    silent: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Chat:
    """One chat. `alive`: the person has not blocked the bot, or it is in the group."""

    id: int
    wire: Wire
    messages: dict[int, Message] = field(default_factory=dict)
    alive: bool = True
    gone: bool = False  # the account is deactivated
    moved: int | None = None  # a group became this supergroup
    last_id: int = 0
    action: str = ""
    keyboard: Wire | None = None
    change: int = 0

    @property
    def kind(self) -> str:
        return str(self.wire["type"])


@dataclass(slots=True)
class Query:
    """A press that waits to be answered."""

    id: str
    chat: int
    message: int
    date: float
    answered: bool = False
    text: str = ""
    alert: bool = False


@dataclass(slots=True)
class Call:
    """One call of a method; `status` 0: the connection was closed instead."""

    method: str
    chat: int | None
    time: float
    status: int


@dataclass
class Webhook:
    """Where updates are posted to; no url: nowhere."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    error_date: int = 0
    error: str = ""


@dataclass
class Profile:
    """How the bot presents itself: each by language code, commands by scope too."""

    commands: dict[tuple[str, str], list[Wire]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menus: dict[int, Wire] = field(default_factory=dict)


class World:
    """One bot's account and everybody around it. `base` is the clock: seconds since 1970."""

    def __init__(self, token: str, base: Callable[[], float] = time.time) -> None:
        self.token = token
        self.base = base
        self.rung: Callable[[Hashable], None] = _nobody
        self.shift = 0.0
        self.bot: Wire = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "A quiet bot",
            "username": "a_quiet_bot",
        }
        self.people: dict[int, Wire] = {}
        self.chats: dict[int, Chat] = {}
        self.updates = Updates()
        self.files = Files()
        self.webhook = Webhook()
        self.profile = Profile()
        self.limits = Limits()
        self.faults = Faults()
        self.queries: dict[str, Query] = {}
        self.sent: list[Message] = []
        self.news: list[tuple[str, Message]] = []  # each change of the bot's own messages
        self.calls: list[Call] = []
        self._last_id = 0
        self._next_query = 4_000_000_000_000_000_000

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "rung": _nobody, "base": time.time}

    def now(self) -> float:
        return self.base() + self.shift

    # --- chats ------------------------------------------------------------------------------

    def chat(self, id_: int) -> Chat:
        """Find a chat the bot knows.

        Raises:
            Refused: there is none, or it has become another.
        """
        chat = self.chats.get(id_)
        if chat is None:
            raise bad("chat not found")
        if chat.moved is not None:
            raise migrated(chat.moved)
        return chat

    def writable(self, id_: int) -> Chat:
        """Find a chat the bot may write to.

        Raises:
            Refused: there is none, it was blocked, the account is gone, or it was thrown out.
        """
        chat = self.chat(id_)
        if chat.gone:
            raise forbidden("user is deactivated")
        if not chat.alive and chat.kind == "private":
            raise forbidden("bot was blocked by the user")
        if not chat.alive:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    # --- messages ---------------------------------------------------------------------------

    def put(self, chat: Chat, wire: Wire, *, bot: bool, silent: bool = False) -> Message:
        """Number and date a message, and let it stand in the chat."""
        if chat.kind in _OWN_NUMBERS:
            chat.last_id = number = chat.last_id + 1
        else:
            self._last_id = number = self._last_id + 1
        head = {"message_id": number, "date": int(self.now()), "chat": chat.wire}
        message = Message(number, chat.id, bot, head | wire, silent=silent)
        chat.messages[number] = message
        if bot:
            message.texts.append(words_of(message.wire))
            chat.action = ""
            self.sent.append(message)
            self.changed("sent", message)
        return message

    def changed(self, what: str, message: Message) -> None:
        """Note that the bot has sent, edited or deleted a message, and wake who waits for it."""
        self.news.append((what, message))
        self.chats[message.chat].change = len(self.news)
        self.rung(message.chat)
        self.rung(NEWS)

    def delete(self, message: Message) -> None:
        message.deleted = True
        self.chats[message.chat].messages.pop(message.id, None)
        self.changed("deleted", message)

    # --- what the bot is told ---------------------------------------------------------------

    def tell(self, kind: str, body: Any, lane: str, life: float = DAY) -> int | None:  # noqa: ANN401 - may be malformed
        """Put an update into the queue; return its id, or None when the bot asked for no such."""
        if not self.updates.wants(kind):
            return None
        update = self.updates.add({kind: body}, lane, self.now() + life)
        self.rung(QUEUE)
        return update.id

    def ask(self, chat: int, message: int) -> Query:
        """Number a press that waits to be answered."""
        self._next_query += 1
        query = Query(str(self._next_query), chat, message, self.now())
        self.queries[query.id] = query
        return query


def words_of(wire: Wire) -> str:
    """Return the words of a message."""
    return str(wire.get("text", wire.get("caption", "")))


def _nobody(_: Hashable) -> None:
    """Wake nobody."""
