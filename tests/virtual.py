"""Time that passes only when it is told to: ticks and a sleep for whoever is given both."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

#: Turns of the loop after which everybody who could go on has gone on to their next sleep.
TURNS = 25


class Virtual:
    """A clock of its own; its sleepers wake in order, while `forward` runs."""

    def __init__(self) -> None:
        self.now = 0.0
        self._number = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def ticks(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(seconds, 0), next(self._number), woken))
        await woken

    async def forward(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let so many seconds pass, or fewer when `until` comes true."""
        end = self.now + seconds
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if until():
                return
            if not self._sleepers or self._sleepers[0][0] > end:
                self.now = end
                return
            self.now = max(self.now, self._sleepers[0][0])
            while self._sleepers and self._sleepers[0][0] <= self.now:
                _, _, woken = heapq.heappop(self._sleepers)
                if not woken.done():
                    woken.set_result(None)
