"""Posts updates to the bot's web server, as Telegram does (WebhookActor.cpp, read 2026-11).

Each chat is a lane: its next update goes only after the one before was answered 2xx. Presses are
lanes of their own, by person. Lanes go side by side, up to `max_connections`. aiohttp posts: the
pool of httpx takes milliseconds for each request where there are many connections.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.telegram_server.updates import Update
from tests.telegram_server.world import TAKEN, World

HEADER = "X-Telegram-Bot-Api-Secret-Token"
TIMEOUT = 60.0
_NEVER = ("get", "setwebhook", "deletewebhook", "close", "logout")  # as an answer to an update

Call = Callable[[str, dict[str, Any]], Awaitable[object]]


class Poster:
    """Posts what waits to one URL until it is stopped."""

    def __init__(self, world: World, call: Call, first: float, most: float) -> None:
        self._world = world
        self._hook = world.webhook
        self._call = call
        self._first, self._most = first, most  # seconds between tries
        self._lanes: dict[str, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(self._hook.connections)
        self._known = 0  # the highest id that is in a lane
        connector = aiohttp.TCPConnector(limit=self._hook.connections)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        self._web = aiohttp.ClientSession(connector=connector, timeout=timeout)

    @property
    def current(self) -> bool:
        """Whether this is still where updates go."""
        return self._world.webhook is self._hook

    def load(self) -> None:
        """Put what is new into its lanes."""
        updates = self._world.updates
        again, updates.again = updates.again, []
        fresh = [updates.pending[n] for n in _newer(updates.pending, self._known)]
        if fresh:
            self._known = fresh[-1].id
        for update in [*again, *fresh]:
            lane = self._lanes.get(update.lane)
            if lane is not None:
                lane.append(update)
                continue
            self._lanes[update.lane] = deque([update])
            task = asyncio.create_task(self._drain(update.lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Stop posting; what is under way is given up."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._web.close()

    async def _drain(self, name: str) -> None:
        lane, pause = self._lanes[name], 0.0
        while lane:
            async with self._turns:
                done = await self._post(lane[0])
            if done:
                self._world.updates.taken(lane.popleft())
                self._world.rung(TAKEN)
                pause = 0.0
            else:
                pause = min(self._most, pause * 2) if pause else self._first
                await asyncio.sleep(pause)
        del self._lanes[name]

    async def _post(self, update: Update) -> bool:
        """Post one update; tell whether it was taken or has become too old."""
        if update.expires <= self._world.now():
            return True
        headers = {"Content-Type": "application/json"}
        if self._hook.secret:
            headers[HEADER] = self._hook.secret
        body = json.dumps(update.wire).encode()
        post = self._web.post(self._hook.url, data=body, headers=headers, allow_redirects=False)
        try:
            async with post as answer:
                said = await answer.read()
        except TimeoutError:
            self._failed("Read timeout expired")
            return False
        except aiohttp.ClientError as error:
            refused = isinstance(error, aiohttp.ClientConnectorError)
            self._failed("Connection refused" if refused else "Webhook connection closed")
            return False
        if not 200 <= answer.status <= 299:
            self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
            return False
        await self._obey(answer.content_type, said)
        return True

    def _failed(self, why: str) -> None:
        self._hook.error, self._hook.error_date = why, int(self._world.now())

    async def _obey(self, kind: str, said: bytes) -> None:
        """Do the call that a web server may give as its answer; nobody is told how it went."""
        if kind != "application/json" or not said:
            return
        try:
            told = json.loads(said)
        except ValueError:
            return
        method = told.pop("method", "") if isinstance(told, dict) else ""
        if isinstance(method, str) and method and not method.lower().startswith(_NEVER):
            await self._call(method, told)


def _newer(pending: dict[int, Update], known: int) -> list[int]:
    """Return the ids above one, in order; looks from the end, where the new ones are."""
    found = []
    for number in reversed(pending):
        if number <= known:
            break
        found.append(number)
    return found[::-1]
