"""The people of an emulator that runs as another process: each method of `Emulator`, awaited."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.signal_server.emulator import CONTROLS
from tests.signal_server.refusals import Unplayable

_PATIENCE = 600  # seconds; each wait has a limit of its own


class Remote:
    """An emulator elsewhere, by its control address: `await remote.say(person=7, text="start")`; fields by name."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._web: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._web = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_PATIENCE),
        )
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._web is not None:
            await self._web.close()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in CONTROLS:
            raise AttributeError(name)

        async def control(**fields: Any) -> Any:  # noqa: ANN401 - JSON
            return await self._control(name, fields)

        return control

    async def _control(self, name: str, fields: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        assert self._web is not None, "use it as a context"
        async with self._web.post(f"{self.url}/control/{name}", json=fields) as answer:
            told = await answer.json()
        if answer.status == 408:
            raise TimeoutError(told["error"])
        if answer.status != 200:
            raise Unplayable(told["error"])
        return told
