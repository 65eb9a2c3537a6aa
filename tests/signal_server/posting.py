"""RECEIVE_WEBHOOK_URL: each message is posted once, one after the other; a failed one is lost.

The real server posts inside the loop that reads from signal-cli: while a post is under way no call
gets its answer, and nothing ends a post that is never answered. Only 200 and 201 count as taken.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable

import aiohttp

from tests.signal_server.world import Wire

_Mark = asyncio.Event


class Poster:
    """Posts frames to one address, in order."""

    def __init__(self, done: Callable[[], None]) -> None:
        self.url = ""
        self.statuses: Counter[str] = Counter()  # "0": no answer
        self.became: dict[int, int] = {}  # the newest status of each message, by its timestamp
        self.waiting = 0
        self._done = done
        self._queue: asyncio.Queue[Wire | _Mark] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is posted or waits to be."""
        return bool(self.waiting)

    def put(self, frame: Wire) -> None:
        """Post a frame after those before it."""
        self.waiting += 1
        self.became[_stamp(frame)] = 0
        self._queue.put_nowait(frame)
        self._start()

    async def passed(self) -> None:
        """Wait until what was put before has been posted."""
        if not self.waiting:
            return
        mark = _Mark()
        self._queue.put_nowait(mark)
        await mark.wait()

    async def stop(self) -> None:
        """Stop posting; what waits is lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        while not self._queue.empty():
            left = self._queue.get_nowait()
            if isinstance(left, _Mark):
                left.set()
        self.waiting = 0
        self._done()

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout) as web:
            while True:
                frame = await self._queue.get()
                if isinstance(frame, _Mark):
                    frame.set()
                    continue
                status = self.became[_stamp(frame)] = await self._post(web, frame)
                self.statuses[str(status)] += 1
                self.waiting -= 1
                self._done()

    async def _post(self, web: aiohttp.ClientSession, frame: Wire) -> int:
        body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "surrogatepass")
        headers = {"Content-Type": "application/json"}
        try:
            async with web.post(self.url, data=body, headers=headers) as answer:
                await answer.read()
        except (aiohttp.ClientError, OSError):
            return 0
        return answer.status


def _stamp(frame: Wire) -> int:
    """Return the timestamp of what is posted; 0 for what has none."""
    envelope = frame["params"].get("envelope")
    stamp = envelope.get("timestamp") if isinstance(envelope, dict) else None
    return stamp if isinstance(stamp, int) else 0
