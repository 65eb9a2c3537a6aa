"""Which updates are in hand, and up to where Telegram may forget them. Pure.

Telegram gives the oldest updates that were not acknowledged, at most 100 and in their order, and
forgets whatever has a number below the offset of the next request. So the offset is the end of the
unbroken run of finished updates at the head of what was given last, and never anything older: after
a week of silence numbers begin anew anywhere, and an old offset would forget what nobody has seen.
"""

from collections.abc import Sequence

#: Updates in hand at once; also what one request may give (Bot API, getUpdates).
MOST = 100


class Offsets:
    """The updates in hand."""

    def __init__(self) -> None:
        self._unfinished: set[int] = set()
        self._finished: set[int] = set()  # and not yet acknowledged, as far as we know
        self._given: tuple[int, ...] = ()

    @property
    def unfinished(self) -> int:
        """Return how many updates are being worked on."""
        return len(self._unfinished)

    def take(self, numbers: Sequence[int]) -> list[int]:
        """Take what a request has given; return the numbers to begin with now, in order."""
        self._given = tuple(numbers)
        self._finished.intersection_update(numbers)  # what is not given again is acknowledged
        known = self._unfinished | self._finished
        fresh = [number for number in dict.fromkeys(numbers) if number not in known]
        fresh = fresh[: MOST - len(self._unfinished)]
        self._unfinished.update(fresh)
        return fresh

    def finish(self, number: int) -> None:
        """Say that an update is safe."""
        if number in self._unfinished:
            self._unfinished.discard(number)
            self._finished.add(number)

    def lose(self) -> None:
        """Say that a request has failed: what was acknowledged is not known, so nothing is."""
        self._given = ()

    def offset(self) -> int | None:
        """Return what to ask for next; None to ask for whatever is oldest."""
        run: int | None = None
        for at, number in enumerate(self._given):
            if number not in self._finished:
                break
            if all(number < later for later in self._given[at + 1 :]):
                run = number + 1
        return run
