"""Since when people can have read what they are asked now, where a gap was told of. Pure.

Rules of this file: times are seconds since 1970 and passed in; a message's is its sender's own.
What is remembered is in memory only: after a restart the gap is told of anew, and what counts here
begins anew. A prompt may be there before it is said that it was put, and be answered before the
call returns that sends it. Telegram's buttons know what they answer; a number does not.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.engine.events import Key
from bot.engine.state import Mode, State
from bot.ports import Message

#: Chats that are remembered at a time; whoever was told first is forgotten first.
MOST = 10_000
#: Seconds by which two messages of one person may be late differently, and their clock is slow.
GRAIN = 1.0
_NEVER = (-1, 0.0)


@dataclass(kw_only=True, slots=True)
class Screen:
    """What one person is asked: `since` is None until it stands in the chat.

    `asked` is where the conversation stands, and `revision` the first that stood there. `refused`:
    when a message that was too early for it was sent and taken, by the two clocks.
    """

    asked: tuple[Mode, Key | None]
    revision: int
    since: float | None = None
    refused: tuple[float, float] | None = None
    repeated: float | None = None  # when the question stood in the chat once more after that


class Screens:
    """Remembers of some chats since when their question can be read."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._screens: OrderedDict[bytes, Screen] = OrderedDict()
        self._shown: OrderedDict[bytes, tuple[int, float]] = OrderedDict()  # the last prompts

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._screens)

    def told(self, tag: bytes, state: State, *, read: bool) -> None:
        """Remember a chat that is told of a gap; `read`: its question stands there already."""
        if tag not in self._screens:
            self._screens[tag] = self._screen(tag, state)
            if read:
                self._screens[tag].since = 0.0
            _bound(self._screens)

    def put(self, tag: bytes, state: State, said: Sequence[Message]) -> None:
        """Say what a step has left: its prompt, if it has one, is on its way."""
        screen = self._screens.get(tag)
        if screen is None or not any(message.prompt for message in said):
            return
        if screen.asked != _asked(state):
            self._screens[tag] = self._screen(tag, state)

    @contextmanager
    def showing(self, tag: bytes, message: Message, when: float) -> Iterator[None]:
        """Say that a message is being sent since `when`, and by the end whether it was."""
        if not message.prompt:
            yield
            return
        before = self._shown.get(tag, _NEVER)
        self._show(tag, message.revision, when)
        try:
            yield
        except BaseException:
            self._show(tag, *before)
            raise
        screen = self._screens.get(tag)
        if screen is not None and message.revision >= screen.revision:
            screen.since = when if screen.since is None else screen.since
            if screen.refused is not None and screen.repeated is None:
                screen.repeated = when

    def is_early(self, tag: bytes, sent: float, now: float) -> bool:
        """Tell whether a message was sent before its sender could read what is asked now.

        Whoever has a slow clock is found out the second time, and believed from then on.
        """
        screen = self._screens.get(tag)
        if screen is None or not sent:
            return False
        if _is_slow(screen, sent, now):
            del self._screens[tag]
            return False
        revision, since = self._shown.get(tag, _NEVER)
        if screen.since is not None:
            since = screen.since
        elif revision < screen.revision:
            return True
        return sent < since

    def refused(self, tag: bytes, sent: float, now: float) -> None:
        """Say that a message was not taken, since it was too early."""
        screen = self._screens.get(tag)
        if screen is not None:
            screen.refused, screen.repeated = (sent, now), None

    def _show(self, tag: bytes, revision: int, when: float) -> None:
        self._shown[tag] = revision, when
        self._shown.move_to_end(tag)
        _bound(self._shown)

    def _screen(self, tag: bytes, state: State) -> Screen:
        """Return what is asked now, which may have been shown before anybody said so here."""
        revision, when = self._shown.get(tag, _NEVER)
        since = when if revision == state.revision else None
        return Screen(asked=_asked(state), revision=state.revision, since=since)


def _bound(known: OrderedDict[bytes, Any]) -> None:
    if len(known) > MOST:
        known.popitem(last=False)


def _is_slow(screen: Screen, sent: float, now: float) -> bool:
    """Tell whether it is the sender's clock that makes a message early, as it did one before.

    Then both are late by the same. Of two that had to wait on their way, and come together, the
    second is less late; and what was sent sooner after the first than the question came again is
    no answer to it by any clock.
    """
    if screen.refused is None or screen.repeated is None:
        return False
    first, taken = screen.refused
    return sent - first > screen.repeated - taken and now - sent > taken - first - GRAIN


def _asked(state: State) -> tuple[Mode, Key | None]:
    return state.mode, state.at
