"""A vault: a desk on a computer that is never online. Its mark, and what the mark shuts.

Rules of this file: the mark is a file in the desk's folder; nothing here takes it away. Where it
lies, no command of this desk opens a connection to another computer: `sync` is refused before it
asks for anything, and whatever else would try is refused by the interpreter. The computer's own
address stays open, for `serve`. Everything comes and goes as files.
"""

import ipaddress
import sys
from functools import cache
from pathlib import Path

from desk.errors import NeverOnline
from storage import disk

FILE = "vault"
SAYS = b"This desk is a vault: it opens no connection. Everything comes and goes as files.\n"
CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
NAMES = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


def mark(desk: Path) -> None:
    """Make a desk a vault, for good."""
    if not is_marked(desk):
        disk.make_folder(desk)
        disk.write(desk / FILE, SAYS)


def is_marked(desk: Path) -> bool:
    """Tell whether a desk is a vault."""
    return (desk / FILE).exists()


def refuse(desk: Path) -> None:
    """Stop what would connect, if the desk is a vault.

    Raises:
        NeverOnline: it is one.
    """
    if is_marked(desk):
        raise NeverOnline


@cache
def shut() -> None:
    """Refuse connections to other computers for as long as this process lives."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in CONNECTING:
        _, address = arguments
        if not isinstance(address, tuple):  # a socket in the file system, or a connected one
            return
        host = address[0]
    elif event in NAMES:
        first = arguments[0]
        host = first[0] if isinstance(first, tuple) else first
    else:
        return
    if not _is_here(host):
        raise NeverOnline


def _is_here(host: object) -> bool:
    """Tell whether a host is this computer; None and nothing are its own wildcard."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False
