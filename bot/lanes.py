"""One lane for each chat: events of one chat in order, different chats side by side.

A lane exists only while something is in it, so a million chats cost nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Lanes:
    """Lets one at a time into each lane, first come, first served."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, deque[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        """Return how many lanes have somebody in them."""
        return len(self._waiting)

    @asynccontextmanager
    async def lane(self, key: bytes) -> AsyncIterator[None]:
        """Wait for the lane of `key`, and hold it."""
        queue = self._waiting.get(key)
        if queue is None:
            queue = self._waiting[key] = deque()
        else:
            await self._wait(key, queue)
        try:
            yield
        finally:
            self._pass_on(key, queue)

    async def _wait(self, key: bytes, queue: deque[asyncio.Future[None]]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(key, queue)
            elif turn in queue:  # else it was passed over already: all were cancelled at once
                queue.remove(turn)
            raise

    def _pass_on(self, key: bytes, queue: deque[asyncio.Future[None]]) -> None:
        while queue:
            following = queue.popleft()
            if not following.done():
                following.set_result(None)
                return
        del self._waiting[key]
