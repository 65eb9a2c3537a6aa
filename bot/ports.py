"""The seams between the line and the world: what comes in, what goes out, and the clock.

Values and protocols only. A channel decodes what came into `Incoming` and lays out a `Message`;
it keeps nothing and means nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.engine.events import Event

Clock = Callable[[], datetime]  # the time now, UTC
Draw = Callable[[], bytes]  # 32 fresh random bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """One thing that happened in a chat. `event_id` is the channel's own, for redelivery."""

    channel: str
    peer: str = field(repr=False)
    event_id: str = field(repr=False)
    event: Event
    hint: str = field(default="", repr=False)  # a language, to order the menu by


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
    `revision` goes into every button.
    """

    id: str
    text: str = field(repr=False)
    how: str = field(default="", repr=False)
    options: tuple[Option, ...] = field(default=(), repr=False)
    actions: tuple[Option, ...] = ()
    revision: int = 0
    language: str = ""


class Channel(Protocol):
    """A way to a person."""

    name: str

    async def deliver(self, peer: str, message: Message) -> None:
        """Send one message; raises DeliveryFailed when it surely was not sent."""
