"""No part of a line opens a connection: the whole demo runs while a hook watches for one.

The tests of this process, the desk's commands among them, run under the same watch: see conftest.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.demo_made import TREE
from tests.reports import WORDS, short

WATCHED = """
import sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise SystemExit(f"a connection nobody asked for: {event} {arguments[1:]}")

sys.addaudithook(watch)
"""
DEMO = (
    WATCHED
    + """
from bot.__main__ import main
sys.exit(main(["demo", "--keep", sys.argv[1]]))
"""
)
ASKING = (
    WATCHED
    + """
import socket
socket.create_connection(("127.0.0.1", 9))
"""
)


def watched(program: str, *arguments: str, lines: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=TREE,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
    )


def test_a_whole_report_opens_no_connection(demo_ready: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    done = watched(DEMO, str(keep), lines=short("ug"))
    assert done.returncode == 0, done.stderr
    assert WORDS["ug"] in done.stdout


def test_a_connection_would_be_noticed() -> None:
    done = watched(ASKING, lines=[])
    assert done.returncode != 0
    assert "a connection nobody asked for: socket." in done.stderr
