"""The emulator over HTTP and WebSocket: Starlette on uvicorn, in the loop that runs.

Only uvicorn's protocols are used, not its server: no signal handlers, no second loop, no waiting at
the end. They are given the means to close a connection without an answer. The bridge and its
control have a port each, so that the bridge's can be closed and opened again.
"""

import asyncio
import functools
import inspect
import json
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from tests.signal_server.disk import Disk
from tests.signal_server.emulator import CONTROLS, Emulator
from tests.signal_server.refusals import Unplayable
from tests.signal_server.request import Request
from tests.signal_server.routes import KNOWN, Known
from tests.signal_server.telling import Ear
from tests.signal_server.world import JSON_RPC, NUMBER, ON_FIRST_USE, World

HOST = "127.0.0.1"
PING = 54.0
SWITCHING = 101  # protocols, to WebSocket
MOST_FRAME = 512  # bytes a client may send
_KEPT = 3_600  # seconds that an idle connection is kept: closing it is a fault of its own
_TRANSPORT = "tests.transport"


def _handing(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    """Hand a transport to the application."""

    async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
        scope[_TRANSPORT] = transport
        await app(scope, receive, send)

    return with_transport


class Protocol(H11Protocol):
    """HTTP; hands its transport to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio leaves this out for a listener made by hand: each answer would take 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app = _handing(self.app, transport)


class Sockets(WebSocketsSansIOProtocol):
    """WebSockets; the same."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self.app = _handing(self.app, transport)


class Closed(Response):
    """No answer: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_TRANSPORT].abort()
        await asyncio.sleep(0)  # uvicorn hears of it, and asks for no answer


class Bridge:
    """What the bot meets."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        receive = WebSocketRoute("/v1/receive/{number}", self._listen)
        routes = [
            Route(known.path, functools.partial(self._call, known), methods=list(known.methods))
            for known in KNOWN
        ]
        lost = {404: _not_found, 405: _not_found}
        self.app = Starlette(routes=[receive, *routes], exception_handlers=lost)

    async def _call(self, known: Known, asked: Asked) -> Response:
        if asked.method not in known.methods:  # Starlette lets HEAD go where GET goes
            return await _not_found(asked, Exception())
        request = Request(
            name=known.name,
            method=asked.method,
            path=asked.url.path,
            params=dict(asked.path_params),
            query=dict(asked.query_params),
            kind=asked.headers.get("Content-Type", ""),
            body=await asked.body(),
        )
        answer = await self._emulator.answer(known, request)
        if answer.closes:
            return Closed()
        headers = {"Content-Type": answer.kind}
        if answer.file:
            return FileResponse(answer.file, answer.status, headers)
        return Response(answer.body, answer.status, headers if answer.body else None)

    async def _listen(self, web: WebSocket) -> None:
        answer = await self._emulator.knock(web.url.path)
        if answer.closes:
            web.scope[_TRANSPORT].abort()
            return
        if answer.status != SWITCHING:
            headers = {"Content-Type": answer.kind}
            await web.send_denial_response(Response(answer.body or b"[]", answer.status, headers))
            return
        await web.accept()
        telling = self._emulator.telling
        ear = telling.join(web.path_params["number"], web.scope[_TRANSPORT])
        hearing = asyncio.create_task(_hear(web))
        speaking = asyncio.create_task(self._speak(web, ear))
        try:
            await asyncio.wait({hearing, speaking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hearing.cancel()
            speaking.cancel()
            await asyncio.gather(hearing, speaking, return_exceptions=True)
            telling.leave(ear)

    async def _speak(self, web: WebSocket, ear: Ear) -> None:
        telling = self._emulator.telling
        while (frame := await telling.next(ear)) is not None:
            await web.send_text(frame)
            telling.written(ear)
        await web.close(ear.code)


async def _hear(web: WebSocket) -> None:
    """Hear what a client says, which means nothing, until it leaves."""
    try:
        while True:
            await web.receive_text()
    except (WebSocketDisconnect, KeyError):
        return


class Control:
    """What a test meets in another process."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.app = Starlette(routes=[Route("/control/{name}", self._control, methods=["POST"])])

    async def _control(self, asked: Asked) -> Response:
        name = asked.path_params["name"]
        if name not in CONTROLS:
            return _json({"error": f"no control {name!r}"}, 404)
        method = getattr(self._emulator, name)
        try:
            fields = json.loads(await asked.body() or b"{}")
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


class Port:
    """A port that is served, and can be closed and opened again."""

    def __init__(self, app: ASGIApp, number: int, ping: float) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws=Sockets,
            ws_max_size=MOST_FRAME,
            ws_ping_interval=ping,
            ws_ping_timeout=None,
            timeout_keep_alive=_KEPT,
            backlog=4_096,
        )
        config.load()
        self._state = ServerState()
        state = self._state
        self._made = functools.partial(Protocol, config=config, server_state=state, app_state={})
        self._server: asyncio.Server | None = None
        self._listening = socket.create_server((HOST, number), backlog=4_096)
        self.number = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.number}"

    async def turn(self, *, up: bool) -> None:
        """Serve, or refuse and let every connection die."""
        if up:
            if self._server is not None:
                self._listening = socket.create_server((HOST, self.number), backlog=4_096)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._made, sock=self._listening, backlog=4_096)
            return
        assert self._server is not None
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    async def end(self) -> None:
        """Let answers under way go out, then close every connection."""
        if self._server is not None:
            self._server.close()
        if self._state.tasks:
            await asyncio.wait(list(self._state.tasks), timeout=1)
        for connection in list(self._state.connections):
            connection.transport.abort()
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        await asyncio.sleep(0)


def _json(content: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON
    return Response(json.dumps(content), status, media_type="application/json")


async def _not_found(_: Asked, __: Exception) -> Response:
    return PlainTextResponse("404 page not found", 404)


@asynccontextmanager
async def serving(
    number: str = NUMBER,
    *,
    mode: str = JSON_RPC,
    release: str = "0.101",
    port: int = 0,
    folder: Path | None = None,
    webhook: str = "",
    trust: str = ON_FIRST_USE,
    ping: float = PING,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Emulator]:
    """Serve an emulator on this machine while the block runs; port 0: any that is free."""
    with tempfile.TemporaryDirectory() as spare:
        world = World(number, mode, release, Disk(folder or Path(spare)))
        world.base = now
        emulator = Emulator(world)
        emulator.trust(trust)
        emulator.webhook(webhook)
        bridge = Port(Bridge(emulator).app, port, ping)
        control = Port(Control(emulator).app, 0, ping)
        emulator.url, emulator.control, emulator.port = bridge.url, control.url, bridge.turn
        await bridge.turn(up=True)
        await control.turn(up=True)
        try:
            yield emulator
        finally:
            emulator.telling.cut(1001)
            await emulator.close()
            await bridge.end()
            await control.end()
