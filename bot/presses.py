"""Whether an old button is pressed once more, right after it was said that it is an old one. Pure.

Rules of this file: in memory only, so after a restart it is said once more. Times are seconds and
passed in. Whoever taps a button ten times hears one answer, not nine, and costs the others nothing.
"""

from collections import OrderedDict
from collections.abc import Sequence

from bot.engine.events import Chose, Effect, Event, Say
from bot.engine.state import State

#: Chats that are remembered at a time; who pressed the longest time ago is forgotten first.
MOST = 10_000
#: Seconds after which it is said again.
A_WHILE = 60.0


class Presses:
    """Remembers of each chat the old button that was answered last."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._last: OrderedDict[bytes, tuple[Chose, int, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._last)

    def is_again(self, tag: bytes, event: Event, state: State, now: float) -> bool:
        """Tell whether nothing has happened in a chat since this press was answered, just now."""
        last = self._last.get(tag)
        if last is None or not isinstance(event, Chose):
            return False
        pressed, revision, when = last
        return (pressed, revision) == (event, state.revision) and 0 <= now - when < A_WHILE

    def took(
        self, tag: bytes, event: Event, after: State, effects: Sequence[Effect], now: float
    ) -> None:
        """Remember a press, if the answer to it was that it is an old one."""
        if isinstance(event, Chose) and Say(id="already") in effects:
            self._last[tag] = event, after.revision, now
            self._last.move_to_end(tag)
            if len(self._last) > MOST:
                self._last.popitem(last=False)
