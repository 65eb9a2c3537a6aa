"""Whether a message says the last answer of its chat once more, and can know no reply to it. Pure.

Rules of this file: in memory only, as hashes under a key that this process has drawn and that is
written nowhere. Beside the keys on a disk even the hash of a number would tell the answer. So after
a restart no answer is known: then `screens` counts every chat as one that was told of a gap. Times
are as there. A message is compared as it was written, and by what it would have answered: who wrote
a number says it in words the next time.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.engine import answers
from bot.engine.answers import Miss
from bot.engine.events import Effect, Fetch, Keep, Key, Value
from bot.engine.flow import Standing
from bot.engine.model import Form
from bot.engine.state import State

#: Chats that are remembered at a time; who answered the longest time ago is forgotten first.
MOST = 10_000
#: Seconds by which two messages of one person may be late differently, and their clock is slow.
GRAIN = 1.0


@dataclass(kw_only=True, slots=True)
class Lateness:
    """What tells a slow clock from a message that had to wait on its way.

    `refused`: when a message that was too early was sent and taken, by the two clocks; `repeated`:
    when the question stood in the chat once more after that.
    """

    refused: tuple[float, float] | None = None
    repeated: float | None = None

    def is_slow(self, sent: float, now: float) -> bool:
        """Tell whether it is the sender's clock that makes a message early, as it did one before.

        Then both are late by the same. Of two that had to wait on their way, and come together, the
        second is less late; and what was sent sooner after the first than the question came again
        is no answer to it by any clock.
        """
        if self.refused is None or self.repeated is None:
            return False
        first, taken = self.refused
        return sent - first > self.repeated - taken and now - sent > taken - first - GRAIN


@dataclass(kw_only=True, slots=True)
class Last:
    """The last answer of a chat; `since` is when the reply to it stood there, which is a prompt."""

    key: Key | None
    words: bytes = field(repr=False)
    value: bytes = field(repr=False)  # b"": it had none
    revision: int
    since: float | None
    slow: bool
    late: Lateness = field(default_factory=Lateness)


class Repeats:
    """Remembers of each chat its last answer, so far as to know it again."""

    def __init__(self) -> None:
        """Begin with nobody, and a key of its own."""
        self._key = os.urandom(32)
        self._last: OrderedDict[bytes, Last] = OrderedDict()

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._last)

    def knows(self, tag: bytes) -> bool:
        """Tell whether the last answer of a chat was given to this process."""
        return tag in self._last

    def took(
        self,
        tag: bytes,
        before: State,
        after: State,
        effects: Sequence[Effect],
        text: str,
        since: float | None,
    ) -> None:
        """Remember a message, if it has begun something, was kept, or has led on."""
        kept = [one for one in effects if isinstance(one, Keep | Fetch)]
        moved = (before.mode, before.at) != (after.mode, after.at)
        if not (kept or moved or before.revision == 0):
            return
        values = [one.value for one in kept if isinstance(one, Keep) and one.key == before.at]
        old = self._last.pop(tag, None)
        self._last[tag] = Last(
            key=before.at,
            words=self._hash(answers.normalise(text)),
            value=self._value(values[-1]) if values else b"",
            revision=after.revision,
            since=since,
            slow=old is not None and old.slow,
        )
        if len(self._last) > MOST:
            self._last.popitem(last=False)

    def shows(self, tag: bytes, revision: int, when: float) -> None:
        """Say that a prompt is being sent since `when`: it may be read from now on."""
        last = self._last.get(tag)
        if last is None or revision < last.revision:
            return
        last.since = when if last.since is None else last.since
        if last.late.refused is not None and last.late.repeated is None:
            last.late.repeated = when

    def hides(self, tag: bytes, when: float) -> None:
        """Say that the prompt that was being sent since `when` was not sent."""
        last = self._last.get(tag)
        if last is not None:
            last.since = None if last.since == when else last.since
            last.late.repeated = None if last.late.repeated == when else last.late.repeated

    def refused(self, tag: bytes, sent: float, now: float) -> None:
        """Say that a message was not taken, since it was said once more."""
        if tag in self._last:
            self._last[tag].late = Lateness(refused=(sent, now))

    def is_again(
        self, tag: bytes, form: Form, state: State, text: str, *, sent: float, now: datetime
    ) -> bool:
        """Tell whether a message repeats what was taken, and was sent before a reply was there.

        Whoever has a slow clock is found out the second time, and believed from then on.
        """
        last = self._last.get(tag)
        if last is None or last.slow or not sent or (last.since is not None and sent >= last.since):
            return False
        if last.late.is_slow(sent, now.timestamp()):
            last.slow = True
            return False
        return self._hash(answers.normalise(text)) == last.words or (
            bool(last.value) and self._meant(form, state, last, text, now) == last.value
        )

    def _meant(self, form: Form, state: State, last: Last, text: str, now: datetime) -> bytes:
        """Return what a message would have been as an answer to the question before."""
        question = None if last.key is None else form.by_name.get(last.key[0])
        if question is None or last.key is None:
            return b""
        offered = Standing(form, state, now).offered(last.key)
        value = answers.read(form, question, offered, text)
        return b"" if isinstance(value, Miss) else self._value(value)

    def _value(self, value: Value) -> bytes:
        return self._hash("\n".join((value.shape.value, *value.items)))

    def _hash(self, text: str) -> bytes:
        return hashlib.blake2b(
            text.encode(errors="surrogatepass"), key=self._key, digest_size=16
        ).digest()
