"""Since when people can have read what they are asked now, after a gap or a restart. Pure.

Rules of this file: times are seconds since 1970 and passed in; a message's is its sender's own.
What is remembered is in memory only: after a restart the gap is told of anew, and what counts here
begins anew. Without a gap only what was said last counts: see `repeats`. A prompt may be there
before it is said that it was put, and be answered before the call returns that sends it. Telegram's
buttons know what they answer; a number does not.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.engine.events import Effect, Key
from bot.engine.state import Mode, State
from bot.ports import Message
from bot.repeats import Lateness, Repeats

#: Chats that are remembered at a time; whoever was told first is forgotten first.
MOST = 10_000
_NEVER = (-1, 0.0)


@dataclass(kw_only=True, slots=True)
class Screen:
    """What one person is asked: `since` is None until it stands in the chat.

    `asked` is where the conversation stands, and `revision` the first that stood there.
    """

    asked: tuple[Mode, Key | None]
    revision: int
    since: float | None = None
    late: Lateness = field(default_factory=Lateness)


class Screens:
    """Remembers of some chats since when their question can be read."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.repeats = Repeats()
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
        self.repeats.shows(tag, message.revision, when)
        try:
            yield
        except BaseException:
            self._show(tag, *before)
            self.repeats.hides(tag, when)
            raise
        screen = self._screens.get(tag)
        if screen is not None and message.revision >= screen.revision:
            screen.since = when if screen.since is None else screen.since
            if screen.late.refused is not None and screen.late.repeated is None:
                screen.late.repeated = when

    def is_early(self, tag: bytes, sent: float, now: float) -> bool:
        """Tell whether a message was sent before its sender could read what is asked now.

        Whoever has a slow clock is found out the second time, and believed from then on.
        """
        screen = self._screens.get(tag)
        if screen is None or not sent:
            return False
        revision, since = self._shown.get(tag, _NEVER)
        waits = screen.since is None and revision < screen.revision
        if not waits and sent >= (since if screen.since is None else screen.since):
            return False
        slow = screen.late.is_slow(sent, now)
        if slow:
            del self._screens[tag]
        return not slow

    def refused(self, tag: bytes, sent: float, now: float) -> None:
        """Say that a message was not taken, since it was too early."""
        if tag in self._screens:
            self._screens[tag].late = Lateness(refused=(sent, now))
        self.repeats.refused(tag, sent, now)

    def took(
        self, tag: bytes, before: State, after: State, effects: Sequence[Effect], text: str
    ) -> None:
        """Say which message was taken, and what came of it; the reply may stand there already."""
        revision, when = self._shown.get(tag, _NEVER)
        since = when if revision == after.revision else None
        self.repeats.took(tag, before, after, effects, text, since)

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


def _asked(state: State) -> tuple[Mode, Key | None]:
    return state.mode, state.at
