"""What `quietline check` finds of the Signal bridge. Nothing is sent to anybody, nothing changed.

Rules of this file: the bridge knows no password, so what matters most is who else reaches it. That
is tried, from the addresses that this machine has for others; elsewhere it can only be asked for.
"""

import asyncio
import contextlib
import fcntl
import ipaddress
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot.channels.signal.account import JSON_RPC
from bot.channels.signal.looking import NO_ANSWER, NO_BRIDGE, NO_CONNECTION, Look, look
from bot.findings import Finding, note, ok, wrong
from bot.settings import Settings, Signal
from bot.tables import LOOPBACK
from storage.line import Line

Addresses = Callable[[], Sequence[str]]

#: Seconds to wait for a door that should be closed.
PATIENCE = 1.0
PORTS = {"http": 80, "https": 443}
#: linux/sockios.h: the address of an interface; its place in what the call gives back.
SIOCGIFADDR, ADDRESS = 0x8915, slice(20, 24)
INET6 = Path("/proc/self/net/if_inet6")
LINK_LOCAL = "fe80"

#: What can be wrong with the bridge itself.
ERRORS = {
    NO_CONNECTION: "It cannot be reached: is it started, is `signal.bridge` right?",
    NO_BRIDGE: "What answers at `signal.bridge` is no Signal bridge.",
    NO_ANSWER: "It does not answer, or signal-cli behind it does not: restart it, see its log.",
}
#: What each way of receiving loses: docs/signal.md has the figures.
LOSSES = {
    "poll": "The line asks for messages. A crash in the moment between asking and keeping loses "
    "what was just fetched; what signal-cli prints beside them can spoil a batch.",
    "websocket": "Messages are pushed: bursts, and what comes while the line is down, are LOST. "
    'Choose `receive = "webhook"`.',
    "webhook": "The bridge brings messages, each once: what comes while it runs and the line does "
    "not is lost. Stop the bridge first, start it last.",
}


async def signal(
    settings: Settings, line: Line | None, *, offline: bool, addresses: Addresses | None = None
) -> AsyncIterator[Finding]:
    """Ask the bridge how it is, and whether others reach it."""
    if offline:
        yield note("signal", "Not asked.")
        return
    async for one in _doors(settings.signal, addresses or own_addresses):
        yield one
    far = urlsplit(settings.signal.bridge).hostname not in LOOPBACK
    if far and settings.signal.receive == "webhook" and _is_here(settings.listen):
        says = (
            f"The bridge is elsewhere and cannot bring messages to {settings.listen}: set `listen`."
        )
        yield wrong("listen", says)
    looked = await look(settings.signal)
    if looked.error:
        yield wrong("bridge", ERRORS[looked.error])
        return
    for one in (*_bridge(settings.signal, looked), *_account(settings.signal, line, looked)):
        yield one


def _bridge(settings: Signal, looked: Look) -> Iterator[Finding]:
    yield ok("bridge", f"Version {looked.version}, mode {looked.mode}.")
    pushes = looked.mode == JSON_RPC
    of_mode = "websocket" if pushes else "poll"
    way = of_mode if settings.receive == "auto" else settings.receive
    if pushes is (way == "poll"):
        yield wrong("receiving", f"`receive` is {way}, which the mode {looked.mode} has not.")
    else:
        yield (note if way == "websocket" else ok)("receiving", LOSSES[way])
    if looked.files:
        says = f"{looked.files} lie on the bridge. What is being sealed goes by itself; if "
        yield note("bridge files", f"{says}the number stays, restart the bridge.")
    if looked.trust == "always":
        says = "Every changed safety number is trusted unseen: `quietline signal profile` sets it."
        yield note("trust", says)
    elif looked.trust == "never":
        says = "Nobody new is trusted: nobody can write to the line."
        yield wrong("trust", f"{says} `quietline signal profile` sets it.")
    elif pushes:
        says = "Only the bridge's environment sets it: JSON_RPC_TRUST_NEW_IDENTITIES=on-first-use"
        yield ok("trust", f"{says}.")
    if settings.timer_days:
        days = f"{settings.timer_days} days, unless the person chose"
        yield ok("timer", f"Messages disappear after {days}.")
    else:
        yield note("timer", "Messages stay in chats: set `timer_days` under [signal].")


def _account(settings: Signal, line: Line | None, looked: Look) -> Iterator[Finding]:
    if not looked.registered:
        says = f"{settings.number} is not registered at the bridge: `quietline signal register`."
        yield wrong("signal", says)
        return
    signed = line.channels.get("signal", "") if line else ""
    if signed and signed != settings.number:
        yield wrong("signal", f"The line has {settings.number}, and the root signed {signed}.")
    elif line and not signed:
        ask = "`quietline line request`"
        yield note("signal", f"{settings.number}; the root has signed no number: {ask}.")
    else:
        yield ok("signal", f"{settings.number} is registered at the bridge.")
    if others := looked.accounts - 1:
        yield note("accounts", f"The bridge has other accounts as well ({others}): give them away.")


# --- who else reaches it -------------------------------------------------------------------------


async def _doors(settings: Signal, addresses: Addresses) -> AsyncIterator[Finding]:
    place = urlsplit(settings.bridge)
    host, port = place.hostname or "", place.port or PORTS[place.scheme]
    kind = await _kind(host)
    if kind == "public":
        says = f"The bridge is at {host}, which others reach: it knows no password. Bind it to "
        yield wrong("bridge door", f"{says}127.0.0.1, or put it into a network of its own.")
    elif kind == "private":
        says = f"The bridge is at {host}, on a private network: whoever is on it can read and "
        yield note("bridge door", f"{says}write as the line. Let nobody else be there.")
    elif open_at := [one for one in addresses() if await _answers(one, port)]:
        says = f"Others reach the bridge, at {', '.join(open_at)}: it knows no password. Bind it to"
        yield wrong("bridge door", f"{says} 127.0.0.1.")
    else:
        yield ok("bridge door", "The bridge answers on this machine only.")


def _is_here(listen: str) -> bool:
    return listen.rpartition(":")[0].strip("[]") in LOOPBACK


async def _kind(host: str) -> str:
    """Tell whose address this is: this machine's, a private network's, or anybody's."""
    if host in LOOPBACK:
        return "here"
    found = {host}
    with contextlib.suppress(ValueError):
        return _kind_of(host)
    with contextlib.suppress(OSError):  # what has no address cannot be reached, which is told
        loop = asyncio.get_running_loop()
        found = {str(one[4][0]) for one in await loop.getaddrinfo(host, None)}
        kinds = {_kind_of(one) for one in found}
        return next((kind for kind in ("public", "private") if kind in kinds), "here")
    return "private"


def _kind_of(address: str) -> str:
    one = ipaddress.ip_address(address)
    return "here" if one.is_loopback else "private" if one.is_private else "public"


async def _answers(host: str, port: int) -> bool:
    """Tell whether something takes connections there."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def own_addresses() -> tuple[str, ...]:
    """Return the addresses of this machine that others may know it by (Linux)."""
    found = [*_addresses_4(), *_addresses_6()]
    return tuple(one for one in found if not ipaddress.ip_address(one).is_loopback)


def _addresses_4() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # an interface without an address
                packed = struct.pack("256s", name.encode()[:15])
                yield socket.inet_ntoa(fcntl.ioctl(asking, SIOCGIFADDR, packed)[ADDRESS])


def _addresses_6() -> Iterator[str]:
    with contextlib.suppress(OSError):  # no such protocol here
        for line in INET6.read_text(encoding="ascii").splitlines():
            if not line.startswith(LINK_LOCAL):
                yield str(ipaddress.ip_address(bytes.fromhex(line.split()[0])))
