"""What a letter removes from its chat: all that is known to stand there, and what is not known.

A message of which nobody knows whether it came has no id. It is remembered without one, so that no
later letter says that everything was removed.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date

from bot.errors import ForeignState
from bot.keyring import Keyring, month_before, month_of
from bot.posting import SENT, Post, open_trace, seal_trace
from storage.rows import TraceRow
from storage.unit import Store, Trace, Unit

#: Messages that a wipe removes at most, under one tag; retention keeps them for days only.
TRACES = 10_000
#: In the place of the id of a message that may stand in a chat or not.
UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wiping:
    """Knows for one line what stands in a chat."""

    store: Store
    keyring: Keyring
    _unsure: set[bytes] = field(default_factory=set, init=False, repr=False)

    def traces(self, tag: bytes, messages: Iterable[str], day: date) -> tuple[Trace, ...]:
        """Return what is to be remembered of messages that stand in a chat."""
        sealed = (seal_trace(self.keyring, one) for one in messages)
        return tuple(Trace(tag=tag, day=day, sealed=one) for one in sealed)

    async def whole(self, tag: bytes, post: Post) -> tuple[Post, tuple[int, ...]]:
        """Return a post with all that it removes, and the numbers of the traces that go with it."""
        message = post.message
        if not message.wipe:
            return post, ()
        tags = dict.fromkeys(one for one in (post.also, tag) if one)
        rows = [row for one in tags for row in await self.store.traces(one, TRACES)]
        known = [*self._ids(rows), *message.removes]
        message = replace(message, removes=tuple(dict.fromkeys(i for i in known if i != UNKNOWN)))
        if UNKNOWN in known:
            self._unsure.difference_update(tags)
            message = replace(message, removed=message.not_removed)
        return replace(post, message=message), tuple(row.number for row in rows)

    async def keep_unknown(self, tag: bytes, day: date) -> None:
        """Keep, once, that a message may stand in a chat which nobody can remove."""
        if tag not in self._unsure:
            await self.store.commit(Unit(day=day, traces=self.traces(tag, [UNKNOWN], day)))
            self._unsure.add(tag)

    async def is_over(self, tag: bytes, post: Post, today: date) -> bool:
        """Tell whether nothing is open with a person, also under another month's tag."""
        months = (month_of(today), month_before(today))
        tags = {tag, *(self.keyring.tag(post.channel, post.peer, one) for one in months)}
        return not any([await self.store.chat(one) for one in tags])

    def _ids(self, rows: Iterable[TraceRow]) -> Iterator[str]:
        for row in rows:
            with suppress(ForeignState):  # another server's: nobody can tell any more
                message = open_trace(self.keyring, row.sealed)
                if not message.startswith(SENT):
                    yield message
