"""The updates that wait for the bot: numbered, kept until acknowledged, dropped when too old.

A plain queue without waiting: who waits is told by the world's bell. Updates live 24 hours, presses
150 seconds (Client.cpp, `add_update`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

DAY = 86_400.0
PRESS_LIFE = 150.0
MOST = 100
KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "guest_message",
    "managed_bot",
    "subscription",
    "stopped_message_generation",
)
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Update:
    """One update. `lane`: the next one of a lane is posted only after the one before was taken."""

    id: int
    wire: Any
    lane: str
    expires: float


@dataclass
class Updates:
    """What waits, in order, and what was acknowledged."""

    next_id: int = 100_000_000
    pending: dict[int, Update] = field(default_factory=dict)
    acknowledged: list[Update] = field(default_factory=list)
    again: list[Update] = field(default_factory=list)  # told once more, whatever the offset
    allowed: tuple[str, ...] = ()

    def wants(self, kind: str) -> bool:
        """Tell whether the bot asked for updates of a kind."""
        return kind in self.allowed if self.allowed else kind not in _ON_REQUEST

    def add(self, wire: Any, lane: str, expires: float) -> Update:  # noqa: ANN401 - may be malformed
        """Append an update; it keeps an id it brings, if that is a new number."""
        number = wire.get("update_id") if isinstance(wire, dict) else None
        if isinstance(number, int) and number >= self.next_id:
            self.next_id = number
        elif isinstance(wire, dict) and "update_id" not in wire:
            wire = {"update_id": self.next_id, **wire}
        update = Update(self.next_id, wire, lane, expires)
        self.next_id += 1
        self.pending[update.id] = update
        return update

    def take(self, offset: int | None, limit: int, now: float) -> list[Any]:
        """Acknowledge what lies before `offset`; return what comes then, oldest first.

        A negative offset forgets all but the last so many.
        """
        for update in [u for u in _first(self.pending, MOST) if u.expires <= now]:
            del self.pending[update.id]
        if offset is not None and offset < 0:
            offset = ([0, *self.pending])[max(offset, -len(self.pending))]
        if offset is not None:
            self.acknowledge(offset)
        told, self.again = self.again[:limit], self.again[limit:]
        waiting = (u for u in self.pending.values() if u.expires > now)
        told += [update for update, _ in zip(waiting, range(limit - len(told)), strict=False)]
        return [update.wire for update in told]

    def acknowledge(self, offset: int) -> bool:
        """Let go of the updates before `offset`; tell whether there were any."""
        gone = []
        for number in self.pending:
            if number >= offset:
                break
            gone.append(number)
        self.acknowledged += [self.pending.pop(number) for number in gone]
        return bool(gone)

    def taken(self, update: Update) -> None:
        """Let go of one update: the bot's web server has taken it."""
        if self.pending.pop(update.id, None) is not None:
            self.acknowledged.append(update)

    def drop(self) -> None:
        self.pending.clear()
        self.again.clear()

    def repeat(self, *, acknowledged: bool) -> Sequence[Update]:
        """Tell again what is unacknowledged, or everything that ever was told."""
        told = [*(self.acknowledged if acknowledged else ()), *self.pending.values()]
        self.again += told
        return told


def _first(pending: dict[int, Update], count: int) -> Iterator[Update]:
    for update, _ in zip(pending.values(), range(count), strict=False):
        yield update
