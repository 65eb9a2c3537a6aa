"""The seams between the line and the world: what comes in, what goes out, and the clock.

Values and protocols only. A channel decodes what came into `Incoming` and lays out a `Message`;
it keeps nothing and means nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.engine.events import Event

#: Chat apps by the name that their channel, their secret and the statement have.
TELEGRAM, SIGNAL = "telegram", "signal"

Clock = Callable[[], datetime]  # the time now, UTC
Draw = Callable[[], bytes]  # 32 fresh random bytes
Ticks = Callable[[], float]  # seconds of a clock that never goes back
Sleep = Callable[[float], Awaitable[object]]  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """A file that a channel can fetch. `reference` is the channel's own; `size` 0 is unknown.

    `kind` is photo, video, audio, voice, animation or document; `name` and `type` are what the
    sender's app says of it, and believed by nobody.
    """

    reference: str = field(repr=False)
    kind: str
    name: str = field(default="", repr=False)
    type: str = ""
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """One thing that happened in a chat. `event_id` is the channel's own, for redelivery.

    `message` is the channel's id of the person's message where it may be removed from the chat (a
    file is not: the chat may hold the only copy), and of the message with the button that was
    pressed. `media` is the file that a `Sent` is about. `sent` is when the app says it was sent, in
    unix seconds by its own clock; 0 is not known. `source` is what the app calls the person's
    message when it was changed or deleted later, where that can be seen; `about` the earlier one
    that was.
    """

    channel: str
    peer: str = field(repr=False)
    event_id: str = field(repr=False)
    event: Event
    hint: str = field(default="", repr=False)  # a language: the app's, to begin with
    message: str = field(default="", repr=False)
    media: Media | None = field(default=None, repr=False)
    sent: float = 0.0
    source: str = field(default="", repr=False)
    about: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One thing to choose. `pick` is opaque; `number` is what may be typed instead."""

    label: str = field(repr=False)
    pick: str
    number: int = 0
    ticked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message to a person, before a channel lays it out.

    `id` names the text it is made of. `how` says how to answer where there are no buttons.
    `revision` goes into every button. A `prompt` is stale as soon as the next one is there.
    `removes` are ids of messages that leave the chat first; `removed` or `not_removed` is then said
    before the text, as it came out. `wipe`: everything the line knows of in this chat is removed.
    `replaces` is the id of the message whose place this one takes, where the channel can do that.
    `begins`: it is the first of a conversation. `once`: staff wrote it, and it is sent at most
    once: no new key is trusted for it, and nothing of it is sent again.
    """

    id: str
    text: str = field(repr=False)
    how: str = field(default="", repr=False)
    options: tuple[Option, ...] = field(default=(), repr=False)
    actions: tuple[Option, ...] = ()
    revision: int = 0
    language: str = ""
    prompt: bool = False
    removes: tuple[str, ...] = field(default=(), repr=False)
    removed: str = field(default="", repr=False)
    not_removed: str = field(default="", repr=False)
    wipe: bool = False
    replaces: str = field(default="", repr=False)
    begins: bool = False
    once: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How much a channel may send, in messages a second; 0 is without limit."""

    overall: float = 0.0
    chat: float = 0.0
    burst: int = 1  # messages that one chat may get at once after a silence


class Channel(Protocol):
    """A way to a person."""

    name: str
    removes: bool  # whether its own messages can be taken out of a chat again
    vanishes: bool  # whether the person's can as well
    rate: Rate

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        """Send one message; return the ids of the messages that stand in the chat since.

        Raises:
            NotNow: it surely was not sent, and the channel says how long to wait.
            Refused: the channel will never take this message.
            Unreachable: this person cannot be written to (blocked, chat gone).
            KeyChanged: their key is another one, and is not trusted for what is sent once.
            DeliveryFailed: it surely was not sent.
            OutcomeUnknown: nobody knows whether it was sent.
        """


@runtime_checkable
class Forgetful(Protocol):
    """A channel that remembers people, and can be made to forget them."""

    async def forget_person(self, peer: str) -> bool:
        """Forget a person whose conversation is over; tell whether that was done. Never raises."""
        ...


class Depot(Protocol):
    """Where a channel's files are until they are sealed."""

    name: str  # the channel's
    largest: int  # bytes of a file that it hands over; 0 is without limit
    dangerous: bool  # whether programs and the like may come through it (EV-FILE)

    def fetch(self, reference: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes, piece by piece; nothing of it is written anywhere.

        Raises:
            NotNow: the channel says how long to wait.
            Refused: it will never be there (gone, too large).
            DeliveryFailed: it did not work, or broke off.
        """
        ...

    async def forget(self, reference: str) -> None:
        """Have a file erased where it was fetched from, where that can be done; never raises."""
        ...
