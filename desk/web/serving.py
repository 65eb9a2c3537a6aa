"""`quietline-desk serve`: the page on this computer, until it is ended.

Rules of this file: it binds the loopback address and nothing else, and takes a port that is free.
The link is printed and never handed to a browser by us: what a program is started with can be read
by everybody on the computer.
"""

import argparse
import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from desk import keyfile, options, saving
from desk.errors import PortTaken
from desk.terminal import Terminal
from desk.web.app import make_app
from desk.web.desktop import Desktop, Places
from desk.web.doors import Clock
from desk.web.seat import Seat

ADDRESS = "127.0.0.1"
BACKLOG = 64
KEPT_OPEN = 30
LOOK = 20.0  # seconds between two looks at the lock
OPEN_THIS = "Open this in a browser on this computer; it works once:"
END = "The desk is there as long as this runs. End it with Ctrl-C."


def run(args: argparse.Namespace, clock: Clock) -> int:
    """Serve until it is interrupted; a desk that was never set up has nothing to show.

    Raises:
        NoKeyFile: there is no key here.
    """
    keyfile.require(args.desk)
    terminal: Terminal = args.terminal
    saving.sweep_passing(args.desk)
    places = Places(
        desk=args.desk,
        line=options.line_folder(args),
        labels=args.labels,
        fonts=tuple(args.fonts),
    )
    asyncio.run(_serve(places, terminal, clock, args))
    return 0


async def _serve(
    places: Places, terminal: Terminal, clock: Clock, args: argparse.Namespace
) -> None:
    seat = Seat[Desktop](idle=timedelta(minutes=args.minutes))
    ended = asyncio.Event()
    with bound(args.port) as door:
        host = f"{ADDRESS}:{door.getsockname()[1]}"
        app = make_app(places, seat, host=host, clock=clock)
        async with serving(app, door):
            terminal.say(OPEN_THIS)
            terminal.say(f"  http://{host}/open/{seat.link}")
            terminal.say(END)
            for name in (signal.SIGINT, signal.SIGTERM):
                with contextlib.suppress(NotImplementedError):  # Windows: an exception ends it
                    asyncio.get_running_loop().add_signal_handler(name, ended.set)
            await watched(seat, clock, ended)
    seat.leave()


async def watched(
    seat: Seat[Desktop], clock: Clock, ended: asyncio.Event, look: float = LOOK
) -> None:
    """Wait for the end; meanwhile let the lock fall in time, whether or not anybody asks."""
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), look)
        seat.expire(clock())


@contextlib.contextmanager
def bound(port: int) -> Iterator[socket.socket]:
    """Hold a port of this computer's own address; 0 is any that is free.

    Raises:
        PortTaken: somebody else has it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        try:
            door.bind((ADDRESS, port))
            door.listen(BACKLOG)
        except OSError as error:
            raise PortTaken(port, error.strerror) from None
        yield door


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the desk."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, door: socket.socket) -> AsyncIterator[None]:
    """Answer at a door until the block ends."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
