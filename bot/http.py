"""The line's own small door: Telegram's webhook, and two questions about its health.

It knows nothing of chats and keeps nothing: what it does is given by whoever starts it. Nothing
that comes in is logged, and nothing but a status goes out.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

#: Bytes of one update; Telegram's are a few thousand.
MOST = 1 << 20
BACKLOG = 128
#: Seconds that an idle connection stays open: longer than the proxies before us keep theirs, which
#: would otherwise hand an update to a connection that is just closing.
KEPT_OPEN = 3600
#: The path that a reverse proxy hands on.
WEBHOOK = "/telegram"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

Take = Callable[[str, bytes], Awaitable[int]]  # the secret and the body to a status
Opens = Callable[[str], bool]  # whether a secret is the right one
Ready = Callable[[], bool]


def make_http(
    *, ready: Ready, webhook: Take | None = None, opens: Opens = lambda _: True
) -> Starlette:
    """Return the application; without `webhook` nothing can be brought here.

    Of whoever does not know the secret, nothing is read: a stranger holds neither memory nor a
    connection.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("up\n")

    async def readyz(_: Request) -> Response:
        up = ready()
        return PlainTextResponse("ready\n" if up else "not ready\n", 200 if up else 503)

    async def telegram(request: Request) -> Response:
        secret = request.headers.get(SECRET, "")
        if not opens(secret):
            return Response(status_code=403, headers={"Connection": "close"})
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None or webhook is None:
            return Response(status_code=413)
        return Response(status_code=await webhook(secret, body))

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if webhook is not None:
        routes.append(Route(WEBHOOK, telegram, methods=["POST"]))
    return Starlette(routes=routes)


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
        OSError: somebody else listens there.
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
        except OSError as error:  # says where
            raise OSError(error.errno, error.strerror, where) from None
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
