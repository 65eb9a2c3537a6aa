"""Runs the real demo as a person would, and opens what it leaves with nothing of the desk's."""

import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from storage import age, entry, package
from storage.age import Identity

TREE = Path(__file__).parent.parent


def start(keep: Path, lines: list[str]) -> subprocess.Popen[bytes]:
    """Start the demo with piped lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--keep", str(keep)],
        cwd=TREE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())
    process.stdin.close()
    return process


def run(keep: Path, lines: list[str]) -> str:
    """Run the demo to its end and return what it printed."""
    process = start(keep, lines)
    assert process.stdout is not None
    assert process.stderr is not None
    out = process.stdout.read().decode()
    error = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == 0, error
    return out


def kill_after(keep: Path, lines: list[str], seconds: float) -> str:
    """Run the demo and kill it after a while, as a power cut would; return what was printed."""
    process = start(keep, lines)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    assert process.stderr is not None
    out = process.stdout.read().decode(errors="replace")
    process.stdout.close()
    process.stderr.close()
    process.wait()
    return out


@dataclass
class Opened:
    """A case as its reading keys show it."""

    submission: package.Submission
    answers: list[entry.Answer]

    def words(self, question: str) -> list[str]:
        """Return the words of one question, part by part."""
        found = [a for a in self.answers if a.question == question]
        return [a.value.words for a in found if isinstance(a.value, entry.Words)]

    def codes(self) -> dict[str, str]:
        """Return the codes by question."""
        return {
            a.question: " ".join(a.value.codes)
            for a in self.answers
            if isinstance(a.value, entry.Codes)
        }


def reading_keys(keep: Path) -> list[Identity]:
    """Open every reading key in the line folder with the throw-away identity."""
    own = _identities((keep / "staff" / "desk" / "key.txt").read_text())
    found: list[Identity] = []
    for file in sorted((keep / "staff" / "line" / "keys").glob("*.age")):
        found += _identities(age.open(file.read_bytes(), own).decode())
    return found


def _identities(text: str) -> list[Identity]:
    lines = [line.strip() for line in text.splitlines()]
    return [Identity.parse(line) for line in lines if line.startswith("AGE-SECRET-KEY-PQ-1")]


def cases(keep: Path) -> list[Opened]:
    """Open the newest bundle's cases."""
    keys = reading_keys(keep)
    found: list[Opened] = []
    with tarfile.open(max((keep / "digests").glob("bundle-*.tar"))) as bundle:
        for member in bundle.getmembers():
            if member.name.startswith("journal/") and member.name.endswith("000000.age"):
                file = bundle.extractfile(member)
                assert file is not None
                opened = package.unpack(age.open(file.read(), keys))
                answers = [entry.decode(age.open(a.sealed, keys)) for a in opened.answers]
                found.append(Opened(opened.submission, answers))
    return found
