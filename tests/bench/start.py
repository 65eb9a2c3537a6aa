"""How long it takes to come up: imports, and the line until it answers.

An import is a process of its own that does nothing else, measured whole: its processor time. What
`quietline` imports for any command comes first, then what `quietline run` imports up to its first
line, on Telegram, as it does it: without a look for garbage. Everything is compiled in the first round, which is not counted. The start is that of real processes on a home that has been run before: from their beginning
until the line says that it is up, and until a bare application first asks for updates.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.clock import NotCounted
from tests.bench.live import bare_of, cpu, installed, line_of, running
from tests.bench.table import Row, Wanted
from tests.running import TOKEN, TREE, found_firm
from tests.telegram_server import serving

ROUNDS = 5
MILLI = 1e3  # milliseconds in a second
IMPORTS = {
    "command": "import bot.__main__",
    "line": "import gc, bot.__main__, bot.commands.running; gc.disable()\n"
    "import bot.service, bot.by_telegram",
    "bare": "from telegram.ext import ApplicationBuilder",
}
Took = dict[str, float]  # seconds by what was measured


def imported(statement: str, place: Path) -> float:
    """Return the processor seconds of a process that only imports."""
    env = installed(place)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], cwd=TREE, env=env, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


async def line_up(command: tuple[str, ...], place: Path) -> Took:
    """Return the seconds until the line says that it is up."""
    began = time.perf_counter()
    async with running(*command, place=place) as process:
        if process.stdout is None or b"is up" not in await process.stdout.readline():
            raise NotCounted
        return {"wall": time.perf_counter() - began, "cpu": cpu(process)}


async def bare_up(place: Path) -> Took:
    """Return the seconds until a bare application asks for updates, for the first time here."""
    async with serving(token=TOKEN) as server:
        began = time.perf_counter()
        async with running(*bare_of(server.url), place=place) as process:
            await server.polled()
            return {"wall": time.perf_counter() - began, "cpu": cpu(process)}


async def _started(rounds: int) -> dict[str, Took]:
    """Start both in turns; the first start of each only warms up."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        founded = found_firm(place / "office")
        async with serving(token=TOKEN) as server:
            command = line_of(founded, place / "firm", server.url)
            trials: dict[str, Callable[[], Awaitable[Took]]] = {
                "line": partial(line_up, command, place),
                "bare": partial(bare_up, place),
            }
            found: dict[str, list[Took]] = {name: [] for name in trials}
            for _ in range(rounds + 1):
                for name, trial in trials.items():
                    found[name].append(await trial())
    return {
        name: {kind: median(took[kind] for took in all_[1:]) for kind in all_[0]}
        for name, all_ in found.items()
    }


def rows(*, quick: bool = False) -> list[Row]:
    """Measure imports and starts, each in turns."""
    rounds = 1 if quick else ROUNDS
    found: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with TemporaryDirectory() as folder:
        for _ in range(rounds + 1):
            for name, statement in IMPORTS.items():
                found[name].append(imported(statement, Path(folder)))
    middle = {name: median(values[1:]) * MILLI for name, values in found.items()}
    wanted = Wanted("≤", 1.5)
    imports = [
        Row(
            what=what,
            than="a python-telegram-bot application's import",
            ours=middle[name],
            beside=middle["bare"],
            unit="ms CPU",
            wanted=wanted,
        )
        for what, name in (
            ("import of what any command needs", "command"),
            ("import of what `run` needs", "line"),
        )
    ]
    started = asyncio.run(_started(rounds))
    return imports + [
        Row(
            what="`run` until it is up",
            than="the application until it asks for updates",
            ours=started["line"][kind] * MILLI,
            beside=started["bare"][kind] * MILLI,
            unit=unit,
        )
        for kind, unit in (("cpu", "ms CPU"), ("wall", "ms"))
    ]
