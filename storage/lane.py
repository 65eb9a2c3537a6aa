"""One thread that writes what is handed in, in order, as many units at once as may go together.

Rules of this file: SQLite has one writer, so there is one thread for it. Who hands something in
waits on its own event loop; the thread wakes that loop once for a whole group. What was handed in
before `close` is still written.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from storage.errors import StoreClosed
from storage.unit import Unit
from storage.writer import Group

Errand = TypeVar("Errand")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Errand]):
    request: Unit | Errand
    future: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class _Closed:
    """Stands in the queue behind everything that was handed in."""


class Lane(Generic[Errand]):
    """The thread and its queue. An errand is something else to write than units; it goes alone.

    `write` and `run` answer for each unit, or for the errand, with what the one who waits is to
    be given; an exception is raised there. They raise none themselves.
    """

    def __init__(
        self,
        *,
        write: Callable[[Sequence[Unit]], Sequence[object]],
        run: Callable[[Errand], object],
    ) -> None:
        self._write = write
        self._run = run
        self._queue: SimpleQueue[_Waiting[Errand] | _Closed] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._work, name="quietline-writer", daemon=True)
        self._thread.start()

    async def hand_in(self, request: Unit | Errand) -> object:
        """Have a request written; return its answer. Cancelling does not take it back."""
        if self._closed:
            raise StoreClosed
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._queue.put(waiting)
        return await waiting.future

    async def close(self) -> None:
        """Write what was handed in, then end the thread."""
        if not self._closed:
            self._closed = True
            self._queue.put(_Closed())
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        waiting = self._queue.get()
        while isinstance(waiting, _Waiting):
            if isinstance(waiting.request, Unit):
                after = self._work_group(waiting, waiting.request)
            else:
                _hand_back([waiting.future], [self._run(waiting.request)])
                after = None
            waiting = after or self._queue.get()

    def _work_group(self, first: _Waiting[Errand], unit: Unit) -> _Waiting[Errand] | _Closed | None:
        """Write what is ready and fits together; return what was taken but has to wait."""
        group, futures = Group(unit), [first.future]
        after = None
        while (after := self._next()) is not None:
            if not isinstance(after, _Waiting) or not isinstance(after.request, Unit):
                break
            if not group.admit(after.request):
                break
            futures.append(after.future)
        _hand_back(futures, self._write(group.units))
        return after

    def _next(self) -> _Waiting[Errand] | _Closed | None:
        try:
            return self._queue.get_nowait()
        except Empty:
            return None


def _hand_back(futures: Sequence[asyncio.Future[object]], answers: Sequence[object]) -> None:
    """Wake each event loop that waits, once."""
    loops = defaultdict(list)
    for future, answer in zip(futures, answers, strict=True):
        loops[future.get_loop()].append((future, answer))
    for loop, pairs in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer, pairs)


def _answer(pairs: Sequence[tuple[asyncio.Future[object], object]]) -> None:
    for future, answer in pairs:
        if future.done():  # the one who waited was cancelled
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
