"""A place where files lie until they are fetched, as a chat app has them: with moods, and a gate."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from bot.errors import DeliveryFailed, Refused

Mood = Callable[[], BaseException | None]


@dataclass
class Drawer:
    """Implements `bot.ports.Depot` on bytes in memory."""

    name: str = "test"
    largest: int = 0
    dangerous: bool = True
    piece: int = 64 * 1024
    files: dict[str, bytes] = field(default_factory=dict)
    moods: dict[str, Mood] = field(default_factory=dict)
    breaks: dict[str, int] = field(default_factory=dict)  # after how many bytes it breaks off
    held: dict[str, asyncio.Event] = field(default_factory=dict)  # waits after the first piece
    fetched: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    open: int = 0
    most: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so that a fetch or a forgetting makes so."""
        async with self.changed:
            await self.changed.wait_for(true)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def put(self, reference: str, data: bytes) -> str:
        self.files[reference] = data
        return reference

    def hold(self, reference: str) -> asyncio.Event:
        self.held[reference] = asyncio.Event()
        return self.held[reference]

    async def fetch(self, reference: str) -> AsyncGenerator[bytes, None]:
        self.fetched.append(reference)
        self.open += 1
        self.most = max(self.most, self.open)
        await self._tell()
        try:
            error = self.moods.get(reference, lambda: None)()
            if error is not None:
                raise error
            if reference not in self.files:
                raise Refused
            data = self.files[reference]
            for at in range(0, len(data), self.piece):
                if at >= self.breaks.get(reference, len(data)):
                    raise DeliveryFailed("broke off")
                yield data[at : at + self.piece]
                if reference in self.held:
                    await self.held[reference].wait()
        finally:
            self.open -= 1

    async def forget(self, reference: str) -> None:
        self.forgotten.append(reference)
        self.files.pop(reference, None)
        await self._tell()
