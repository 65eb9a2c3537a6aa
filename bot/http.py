"""The line's own small door: what Telegram and the Signal bridge bring, desks ask, and health.

It knows nothing of chats and keeps nothing: what it does is given by whoever starts it. Nothing
that comes in is logged, and nothing but a status goes out.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.errors import CannotListen

#: Bytes of one update; Telegram's are a few thousand.
MOST = 1 << 20
BACKLOG = 128
#: Seconds that an idle connection stays open: longer than the proxies before us keep theirs, which
#: would otherwise hand an update to a connection that is just closing.
KEPT_OPEN = 3600
#: The path that a reverse proxy hands on.
WEBHOOK = "/telegram"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

#: The path that the Signal bridge is given; it sends no header, so the secret is part of it.
BRIDGE = "/signal/{secret}"
#: Below it desks ask (`bot.desk_door`).
DESK = "/desk"

Take = Callable[[str, bytes], Awaitable[int]]  # the secret and the body to a status
Brings = Callable[[bytes], Awaitable[int]]  # the body to a status
Opens = Callable[[str], bool]  # whether a secret is the right one
Ready = Callable[[], bool]
Answers = Callable[[Request], Awaitable[Response]]
CLOSE = {"Connection": "close"}


@dataclass(kw_only=True, slots=True)
class Doors:
    """What is brought here, by whom, and how whoever brings it shows that they may."""

    webhook: Take | None = None
    opens: Opens = field(default=lambda _: True)
    bridge: Brings | None = None
    knows: Opens = field(default=lambda _: False)
    desk: ASGIApp | None = None

    def telegram(self, take: Take, opens: Opens) -> None:
        """Let Telegram bring updates."""
        self.webhook, self.opens = take, opens

    def signal(self, take: Brings, knows: Opens) -> None:
        """Let the Signal bridge bring messages."""
        self.bridge, self.knows = take, knows

    @property
    def apart(self) -> "Doors":
        """Return the door for desks alone, for an address of its own."""
        return Doors(desk=self.desk)


def make_http(
    *,
    ready: Ready,
    webhook: Take | None = None,
    opens: Opens = lambda _: True,
    doors: Doors | None = None,
) -> Starlette:
    """Return the application; without a door nothing can be brought here.

    Of whoever does not know the secret, nothing is read: a stranger holds neither memory nor a
    connection. What is not here has one answer, whatever else is.
    """
    doors = doors or Doors(webhook=webhook, opens=opens)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("up\n")

    async def readyz(_: Request) -> Response:
        up = ready()
        return PlainTextResponse("ready\n" if up else "not ready\n", 200 if up else 503)

    routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if doors.webhook is not None:
        routes.append(Route(WEBHOOK, _telegram(doors.webhook, doors.opens), methods=["POST"]))
    if doors.bridge is not None:
        routes.append(Route(BRIDGE, _signal(doors.bridge, doors.knows), methods=["POST"]))
    if doors.desk is not None:
        routes.append(Mount(DESK, app=doors.desk))

    async def unknown(_: Request, __: Exception) -> Response:
        return nothing_here()

    app = Starlette(routes=routes, exception_handlers={404: unknown})
    app.router.redirect_slashes = False
    return app


def nothing_here() -> Response:
    """Return what is answered where there is nothing, and to whoever may not know of it."""
    return Response(status_code=404, headers=CLOSE)


def _telegram(take: Take, opens: Opens) -> Answers:
    async def telegram(request: Request) -> Response:
        secret = request.headers.get(SECRET, "")
        if not opens(secret):
            return Response(status_code=403, headers=CLOSE)
        return await _brought(request, lambda body: take(secret, body))

    return telegram


def _signal(take: Brings, knows: Opens) -> Answers:
    async def signal(request: Request) -> Response:
        if not knows(request.path_params["secret"]):
            return nothing_here()
        return await _brought(request, take)

    return signal


async def _brought(request: Request, take: Brings) -> Response:
    try:
        body = await _body(request)
    except ClientDisconnect:
        return Response(status_code=400)
    return Response(status_code=413 if body is None else await take(body))


async def _body(request: Request) -> bytes | None:
    """Read a body; None when it is too long."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST:
            return None
    return bytes(body)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the line."""
        yield


@contextlib.asynccontextmanager
async def listening(app: Starlette, where: str) -> AsyncIterator[str]:
    """Answer at an address such as "127.0.0.1:8470" until the block ends; yield the true one.

    Raises:
        CannotListen: somebody else listens there, or the address is not this machine's.
    """
    host, _, port = where.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends each answer at once (TCP_NODELAY).
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, int(port)))
            door.listen(BACKLOG)
        except OSError as error:
            raise CannotListen(where, error.strerror) from None
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEPT_OPEN,
            timeout_graceful_shutdown=10,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            shown = door.getsockname()
            yield f"{shown[0]}:{shown[1]}"
        finally:
            server.should_exit = True
            await serving
