"""The server is killed in the middle of a page and of packets: nothing is lost, nothing comes twice.

Real: the process, uvicorn, SQLite, two desks as separate folders.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.errors import Unreachable
from storage.act import Note
from storage.store import open_store
from tests.desk_made import Door
from tests.desk_server import DATABASE, SECRETS
from tests.running import TREE
from tests.served import Served, case_id
from tests.test_sync import At

CASES, NOTES = 12, 6


class Process:
    """The server's process, killed after some of the lines that it prints."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.url = ""
        self.running: asyncio.subprocess.Process | None = None

    async def start(self, word: str = "", lines: int = 0) -> None:
        """Start it; kill it once it has printed so many lines that begin with a word."""
        self.running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.desk_server", str(self.place), "0",
            cwd=TREE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.running.stdout is not None
        self.url = "http://" + (await self.running.stdout.readline()).decode().split()[1]
        self.watching = asyncio.create_task(self._watch(word, lines))

    async def _watch(self, word: str, lines: int) -> None:
        assert self.running is not None
        assert self.running.stdout is not None
        while line := (await self.running.stdout.readline()).decode():
            lines -= line.startswith(word)
            if word and lines <= 0:
                self.running.kill()
                break

    async def end(self) -> None:
        assert self.running is not None
        if self.running.returncode is None:
            self.running.kill()
        await self.watching
        await self.running.wait()


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.thorough)])
async def test_a_server_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    served = Served(tmp_path, "ana", "ben")
    served.credentials.write(tmp_path / SECRETS)
    served.store = open_store(  # type: ignore[assignment]  # a real one
        tmp_path / DATABASE, served.credentials.identity.sign_bytes
    )
    for number in range(CASES):
        await served.send(number)
    await served.store.close()
    server, door = Process(tmp_path), Door(served)
    for name, word in (("ana", "page"), ("ben", "page"), ("ana", "packet"), ("ben", "packet")):
        if word == "packet":
            at = At(door, "", name)
            for number in range(NOTES):
                at.hand.act(case_id(number), Note(text=f"{name} {number}"))
        done, killed_at = False, word
        while not done:
            await server.start(killed_at, drawn.randrange(1, 4 if word == "page" else NOTES))
            at = At(door, server.url, name)
            at.now = datetime.now(UTC)
            try:
                await at.sync()
                done = True
            except Unreachable:
                killed_at = "" if drawn.random() < 1 / 3 else word
            await server.end()
    await server.start()
    for name in ("ana", "ben"):
        at = At(door, server.url, name)
        at.now = datetime.now(UTC)
        await at.sync()
        assert at.outbox.waiting() == ()
        lengths = [len(at.desk.mirror.journal(case_id(number))) for number in range(CASES)]
        assert lengths == [3] * NOTES + [1] * (CASES - NOTES)
    await server.end()
