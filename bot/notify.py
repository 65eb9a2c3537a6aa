"""Tells the service manager how the line is: systemd's notification socket, and nothing else.

A datagram to the Unix socket whose name the environment gives (sd_notify(3)); without one, nothing.
"""

import contextlib
import socket

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"


def notify(where: str, state: str) -> None:
    """Send a state to the socket at `where`, if there is one; nobody listening is no fault."""
    if not where:
        return
    name = "\0" + where[1:] if where.startswith("@") else where
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door,
    ):
        door.connect(name)
        door.sendall(state.encode())
