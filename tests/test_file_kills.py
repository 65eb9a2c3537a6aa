"""SIGKILL while files are on their way: each comes once, is said, and leaves no plaintext or orphan."""

import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import DATABASE, read_credentials, read_line
from bot.vault import FOLDER as BLOBS
from storage import age, entry, package
from storage.blobs import DiskBlobs
from storage.store import open_store
from tests.canary import found, text_forms
from tests.demo_made import reading_keys
from tests.file_line import WORDS

ROOT = Path(__file__).parent.parent
CANARY = "canary-in-a-photograph-0451"
NAMES = ("canary-named-a.jpg", "canary-named-b.jpg", "canary-named-c.jpg")


def write_files(place: Path, chance: random.Random) -> dict[str, bytes]:
    """Write files full of a canary; return them."""
    place.mkdir()
    files = {}
    for name in NAMES:
        noise = chance.randbytes(chance.randrange(1_200_000, 2_000_000))
        pieces = [noise[at : at + 500] + CANARY.encode() for at in range(0, len(noise), 500)]
        files[name] = b"\xff\xd8\xff\xe0" + b"".join(pieces)
        (place / name).write_bytes(files[name])
    return files


def run(home: Path, files: Path, moment: Callable[[str], bool], delay: float) -> tuple[str, bool]:
    """Run the line, and kill it a little after a moment; return what it printed, and if it was."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.file_line", str(home), str(files)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    out, killed = "", False
    while piece := os.read(process.stdout.fileno(), 1 << 16):
        out += piece.decode()
        if not killed and moment(out):
            time.sleep(delay)
            killed = True
            os.killpg(process.pid, signal.SIGKILL)
    error = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == (-signal.SIGKILL if killed else 0), error
    return out, killed


def moments(chance: random.Random, kills: int) -> list[tuple[Callable[[str], bool], float]]:
    """Return when to kill: while pieces come, and while what came is being kept.

    The files have more pieces than come in so many runs, so that each run finds some to come.
    """

    def pieces(count: int) -> Callable[[str], bool]:
        return lambda out: out.count("\npiece") >= count

    def said(count: int) -> Callable[[str], bool]:
        return lambda out: out.count("said file-kept") >= count

    chosen: list[tuple[Callable[[str], bool], float]] = []
    for number in range(kills):
        if number % 5 == 4:
            chosen.append((said(1), chance.uniform(0, 0.01)))
        else:
            chosen.append((pieces(chance.randrange(1, 30)), chance.uniform(0, 0.02)))
    return chosen


async def check(home: Path, keep: Path, files: dict[str, bytes]) -> None:
    """Check that one case holds each file once, and that nothing else lies on the disk."""
    line = read_line(home, datetime.now(UTC).date(), allow_throwaway=True)
    store = open_store(home / DATABASE, read_credentials(home, line).identity.sign_bytes)
    keys = reading_keys(keep)
    try:
        totals = await store.totals()
        (head,) = await store.changed(0, totals.journal_sequence)
        first, *added = await store.journal(head.case)
        answers = [
            entry.decode(age.open(one.sealed, keys))
            for one in package.unpack(age.open(first.sealed, keys)).answers
        ]
        answers += [entry.decode(age.open(row.sealed, keys)) for row in added]
        got = [one.value for one in answers if isinstance(one.value, entry.File)]
        blobs = DiskBlobs(home / BLOBS)
        assert sorted(file.name for file in got) == sorted(files)
        for file in got:
            with blobs.open(file.blob) as sealed:
                assert age.open(sealed.read(), keys) == files[file.name]
        assert [one.value.words for one in answers if isinstance(one.value, entry.Words)] == [WORDS]
        ids = {file.blob for file in got}
        assert await store.blob_ids() == ids
        there = {path.name for path in (home / BLOBS).rglob("*") if path.is_file()}
        assert there == {f"{blob.hex()}.age" for blob in ids}
        assert await store.fetches(1 << 40) == ()
    finally:
        await store.close()


def kill_and_go_on(seed: str, kills: int, ready: Path, tmp_path: Path) -> int:
    """Have one report with files taken, with kills in it; return how many there were."""
    keep = tmp_path / "kept"
    shutil.copytree(ready, keep)
    home, chance = keep / "server", random.Random(seed)
    files = write_files(tmp_path / "files", chance)
    forms = [text_forms(CANARY), *(text_forms(name) for name in files), text_forms(WORDS)]
    printed, killed = "", 0
    for moment, delay in moments(chance, kills):
        out, was_killed = run(home, tmp_path / "files", moment, delay)
        printed, killed = printed + out, killed + was_killed
        assert found(forms, home) == []
    out, _ = run(home, tmp_path / "files", lambda _: False, 0)
    assert out.endswith("end\n")
    assert found(forms, home) == []
    asyncio.run(check(home, keep, files))
    kept = re.findall(r"said file-kept File \W*(\d)", printed + out)
    assert set(kept) == {"1", "2", "3"}
    assert "file-lost" not in printed + out
    assert not [n for n in range(1, 4) if kept.count(str(n)) > 1 + killed]
    return killed


def test_a_kill_in_the_middle_of_a_transfer_loses_and_leaves_nothing(
    demo_ready: Path, tmp_path: Path
) -> None:
    assert kill_and_go_on("files", 5, demo_ready, tmp_path) == 5


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
def test_fifty_kills_lose_and_leave_nothing(seed: int, demo_ready: Path, tmp_path: Path) -> None:
    assert kill_and_go_on(f"thorough {seed}", 5, demo_ready, tmp_path) == 5
