"""What runs beside the pages, one at a time, in a thread of its own: how far it is, how it ended.

Rules of this file: nothing of what it does. It holds no key: what it was given to do is let go of
when it ends, and only sentences are kept of it, and to which cases something came. It goes on as
long as the one who began it sits at the desk, and ends at the next question that it asks after the
lock fell.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from desk.errors import SyncStopped

UNFORESEEN = "It ended by something that nobody foresaw. Nothing was lost: sync again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How it ended, in sentences; `bad` when not all of it was done.

    `since` is the position of the first entry that came, by case.
    """

    lines: tuple[str, ...]
    bad: bool = False
    since: Mapping[bytes, int] = field(default_factory=dict)


Work = Callable[[Callable[[], None]], Ended]  # given what is to be called before each step


@dataclass(kw_only=True, slots=True)
class Errand:
    """The one thing that runs. `unseen` when it ended and nobody has looked at what came."""

    sitting: Callable[[], object | None]
    step: str = ""
    ended: Ended | None = None
    running: bool = False
    unseen: bool = False
    _begins: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def going(self) -> bool:
        """Whether it runs, or has just ended and the desk has not looked at what came."""
        return self.running or self.unseen  # in this order: `unseen` is set before `running` falls

    def begin(self, who: object, work: Work) -> None:
        """Begin, if nothing runs; it ends when another, or nobody, sits where `who` sits now."""

        def go_on() -> None:
            if self.sitting() is not who:
                raise SyncStopped

        with self._begins:
            if self.running:
                return
            self.running, self.step, self.ended = True, "", None
        threading.Thread(target=self._run, args=(work, go_on), daemon=True).start()

    def _run(self, work: Work, go_on: Callable[[], None]) -> None:
        ended = Ended(lines=(UNFORESEEN,), bad=True)
        try:
            ended = work(go_on)
        except Exception:  # noqa: BLE001, S110 - said in a sentence; a detail could hold words
            pass
        finally:
            self.ended, self.unseen, self.running = ended, True, False
