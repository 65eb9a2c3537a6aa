"""The page of figures, docs/performance.md: what was measured, when, on what, and what to think.

Everything is written anew by each whole run but what stands between the two marks: those are
words of people, and stay.
"""

import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

from tests.bench.table import Row, markdown

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- words: kept when this page is written again -->", "<!-- end of words -->"
PACKAGES = (
    "cryptography",
    "SQLAlchemy",
    "python-telegram-bot",
    "aiogram",
    "pyrage",
    "fluent.runtime",
)
HEAD = """\
# How fast it is

Written by `make bench`; every row was measured in the same run (where not, the words below say so), in turns with what stands beside
it, and every figure is a median over the rounds. A ratio is ours to what is beside it. CPU seconds
are those of the process with all its threads; they say the same on a busy machine, but do not know
of waiting for the disk. What is counted is told at the head of each file in `tests/bench`.
"""


def machine(load: float) -> dict[str, str]:
    """Return what this ran on, and how busy it was when it began (runnable processes)."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores, load {load:.1f} at the start",
        "system": f"{platform.system()} {platform.release()}",
        "Python": sys.version.split()[0],
        "SQLite": sqlite3.sqlite_version,
        "OpenSSL": backend.openssl_version_text().removeprefix("OpenSSL "),
        **{name: version(name) for name in PACKAGES},
    }


def write(rows: Mapping[str, Sequence[Row]], *, when: datetime, load: float) -> None:
    """Write the page of a run that began at `when`."""
    words = f"{BEGIN}\n{_words()}{END}\n"
    facts = "\n".join(f"- {name}: {value}" for name, value in machine(load).items())
    parts = [HEAD, f"Measured on {when:%Y-%m-%d} (UTC):\n\n{facts}\n"]
    parts += [f"## {title}\n\n{markdown(some)}\n" for title, some in rows.items()]
    PAGE.write_text("\n".join([*parts, words]), encoding="utf-8")


def _words() -> str:
    """Return what people have written on the page that is there."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    _, found, rest = old.partition(f"{BEGIN}\n")
    return rest.partition(END)[0] if found else ""


def _processor() -> str:
    """Return the processor's name, where Linux tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
