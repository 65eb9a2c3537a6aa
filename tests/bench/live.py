"""Processes to measure: the line as its operator runs it, a bare peer, and Telegram between them.

The line's home is one that an office has signed, with keys made on paper as on the first day.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from tests.running import TOKEN, TREE, Firm, environment

SETTINGS = """
[telegram]
on = true
server = "{url}"
per_second = 1000
per_chat = 1000
"""


def line_of(founded: Firm, place: Path, url: str) -> tuple[str, ...]:
    """Set a copy of an organisation's server up to ask at `url`; return how it is run."""
    firm = founded.copy(place)
    firm.set(SETTINGS.format(url=url))
    return "bot", "run", "--home", str(firm.home)


def bare_of(url: str) -> tuple[str, ...]:
    """Return how the bare peer is run."""
    return "tests.bench.bare", url, TOKEN


def installed(place: Path) -> dict[str, str]:
    """Return the environment of a process whose modules are compiled once, as those installed are.

    Peers lie compiled in the folder of packages; our own tree may be worked in by somebody who
    wants no compiled files there.
    """
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place / "compiled")}
    return environment(place) | compiled


@asynccontextmanager
async def running(*arguments: str, place: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module as a process; end it with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=TREE,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=installed(place),
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def cpu(process: asyncio.subprocess.Process) -> float:
    """Return the seconds of processor time that a process has used so far, with all its threads."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)
