"""A file of 2 GiB goes from the app to where it stays through little memory, and others open it."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.app import DATABASE, read_credentials, read_line
from bot.vault import FOLDER
from storage import age, entry, package
from storage.blobs import name_of
from storage.store import open_store
from tests.demo_made import reading_keys
from tests.large_line import LARGE, SMALL
from tests.test_age_peers import npm

ROOT = Path(__file__).parent.parent
MIB = 1 << 20
BLOCK = bytes(range(256)) * (MIB // 256)


def pieces(length: int) -> Iterator[bytes]:
    """Yield a file in pieces, no two alike."""
    for start in range(0, length, MIB):
        yield (start.to_bytes(8) + BLOCK)[: min(MIB, length - start)]


class Attachments:
    """What a bridge has: files that are made up as they are read, until they are deleted."""

    def __init__(self, lengths: dict[str, int]) -> None:
        self.deleted: list[str] = []
        deleted = self.deleted

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = lengths[self.path.removeprefix("/v1/attachments/")]
                self.send_response(200)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                for piece in pieces(length):
                    self.wfile.write(piece)

            def do_DELETE(self) -> None:
                deleted.append(self.path.removeprefix("/v1/attachments/"))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def bridge(lengths: dict[str, int]) -> Iterator[Attachments]:
    attachments = Attachments(lengths)
    thread = threading.Thread(target=attachments.server.serve_forever)
    thread.start()
    try:
        yield attachments
    finally:
        attachments.server.shutdown()
        attachments.server.server_close()
        thread.join()


async def kept(home: Path, keys: list[age.Identity]) -> dict[str, entry.File]:
    """Return the files of the one case that was sent, by name."""
    line = read_line(home, datetime.now(UTC).date(), allow_throwaway=True)
    store = open_store(home / DATABASE, read_credentials(home, line).identity.sign_bytes)
    try:
        totals = await store.totals()
        (head,) = await store.changed(0, totals.journal_sequence)
        (first,) = await store.journal(head.case)
    finally:
        await store.close()
    answers = package.unpack(age.open(first.sealed, keys)).answers
    values = [entry.decode(age.open(one.sealed, keys)).value for one in answers]
    return {value.name: value for value in values if isinstance(value, entry.File)}


def opened_by_others(path: Path, keys: list[age.Identity]) -> dict[str, str]:
    """Have npm age-encryption open a file with whichever key it is sealed to."""
    answers = [npm("hash", path=str(path), identity=key.secret()) for key in keys]
    (found,) = [answer for answer in answers if "refused" not in answer]
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in /proc")
@pytest.mark.parametrize(
    "length",
    [pytest.param(64 * MIB), pytest.param(2048 * MIB, marks=pytest.mark.thorough)],
    ids=["64MiB", "2GiB"],
)
def test_a_large_file_comes_through_the_whole_line_in_little_memory(
    demo_ready: Path,
    tmp_path: Path,
    length: int,
    record_property: Callable[[str, object], None],
) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    home = keep / "server"
    with bridge({SMALL: 4 * MIB, LARGE: length}) as attachments:
        run = subprocess.run(
            [sys.executable, "-m", "tests.large_line", str(home), attachments.address, str(length)],
            cwd=ROOT,
            env={**os.environ, "QUIETLINE_FILES__LARGEST_MB": "2048"},
            capture_output=True,
            check=True,
            text=True,
        )
        assert attachments.deleted == [SMALL, LARGE]
    said = run.stdout.splitlines()
    assert sum(one.startswith("said file-kept") for one in said) == 2
    measured = json.loads(said[-1])
    grown = measured["most"] - measured["before"]
    record_property("grown_mib", grown / MIB)  # `--junit-xml` writes it down
    assert grown < 8 * MIB
    keys = reading_keys(keep)
    file = asyncio.run(kept(home, keys))[LARGE]
    plain = hashlib.sha256()
    for piece in pieces(length):
        plain.update(piece)
    assert (file.size, file.sha256) == (length, plain.hexdigest())
    path = home / FOLDER / name_of(file.blob)
    with path.open("rb") as sealed:
        assert hashlib.file_digest(sealed, "sha256").hexdigest() == file.sealed_sha256
    assert opened_by_others(path, keys) == {"sha256": plain.hexdigest(), "size": length}
    path.unlink()
