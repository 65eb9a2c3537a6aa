"""The emulator over HTTP: Starlette on uvicorn, in the loop that runs.

Only uvicorn's protocol is used, not its server: no signal handlers, no second loop, no waiting at
the end. The protocol is given the means to close a connection without an answer.
"""

import asyncio
import functools
import inspect
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tests.telegram_server.arguments import read
from tests.telegram_server.downloads import TRANSPORT, Download
from tests.telegram_server.emulator import CONTROLS, Emulator
from tests.telegram_server.faults import DOWNLOAD
from tests.telegram_server.refusals import NOT_FOUND, UNAUTHORIZED, Refused, Unplayable
from tests.telegram_server.world import TOKEN, World

HOST = "127.0.0.1"
_KEPT = 3_600  # seconds that an idle connection is kept: closing it is a fault of its own


class Protocol(H11Protocol):
    """Hands its transport to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio leaves this out for a listener made by hand: each answer would take 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        app: ASGIApp = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = with_transport


class Closed(Response):
    """No answer: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT].abort()
        await asyncio.sleep(0)  # uvicorn hears of it, and asks for no answer


class Web:
    """The routes."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
                Route("/control/{name}", self._control, methods=["POST"]),
            ],
            exception_handlers={404: _not_found},
        )

    async def _call(self, request: Request) -> Response:
        if (refusal := self._stranger(request)) is not None:
            return refusal
        body = await request.body()
        content_type = request.headers.get("content-type", "")
        try:
            given = read(request.url.query, content_type, body)
        except Refused as refused:
            return _json(refused.wire, refused.code)
        answer = await self._emulator.call(request.path_params["method"], given)
        if answer.closes:
            return Closed()
        date = {"Date": formatdate(self._emulator.world.now(), usegmt=True)}
        return Response(answer.body, answer.status, date, media_type="application/json")

    async def _file(self, request: Request) -> Response:
        if (refusal := self._stranger(request)) is not None:
            return refusal
        world = self._emulator.world
        file = world.files.by_path.get(request.path_params["path"])
        if file is None or world.files.local is not None:  # a server of our own serves none
            return _json(NOT_FOUND, 404)
        fault = world.faults.take(DOWNLOAD, None)
        if fault is not None and isinstance(fault.answer, int):
            wrong = fault.shape(None)
            return Response(wrong.body, wrong.status, media_type="application/json")
        return Download(file, fault, self._emulator.closing)

    def _stranger(self, request: Request) -> Response | None:
        """Refuse a token that is not the bot's; one that cannot be a token leads nowhere."""
        token = request.path_params["token"]
        if token == self._emulator.world.token:
            return None
        number, colon, secret = token.partition(":")
        shaped = number.isdigit() and colon and secret
        return _json(UNAUTHORIZED, 401) if shaped else _json(NOT_FOUND, 404)

    async def _control(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in CONTROLS:
            return _json({"error": f"no control {name!r}"}, 404)
        method = getattr(self._emulator, name)
        try:
            fields = json.loads(await request.body() or b"{}")
            inspect.signature(method).bind(**fields)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        try:
            result = method(**fields)
            return _json(await result if inspect.isawaitable(result) else result)
        except Unplayable as error:
            return _json({"error": str(error)}, 400)
        except TimeoutError:
            return _json({"error": "waited in vain"}, 408)


def _json(content: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON
    return Response(json.dumps(content), status, media_type="application/json")


async def _not_found(_: Request, __: Exception) -> Response:
    return _json(NOT_FOUND, 404)


@asynccontextmanager
async def serving(
    token: str = TOKEN,
    *,
    port: int = 0,
    now: Callable[[], float] = time.time,
    world: World | None = None,
    local: Path | None = None,
) -> AsyncIterator[Emulator]:
    """Serve an emulator on this machine while the block runs; port 0: any that is free.

    With `local` it is a server of one's own, started with --local, which keeps files in that folder.
    """
    emulator = Emulator(token, now=now, world=world)
    emulator.world.files.local = local
    listening = socket.create_server((HOST, port), backlog=4_096)
    emulator.url = f"http://{HOST}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        Web(emulator).app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=_KEPT,
        backlog=4_096,
    )
    config.load()
    state = ServerState()
    made = functools.partial(Protocol, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(made, sock=listening, backlog=4_096)
    emulator.start()
    try:
        yield emulator
    finally:
        server.close()
        await emulator.close()
        await _end(state)
        await server.wait_closed()


async def _end(state: ServerState) -> None:
    """Let answers under way go out, then close every connection."""
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=1)
    for connection in list(state.connections):
        connection.transport.abort()
    for task in list(state.tasks):
        task.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)
    await asyncio.sleep(0)
