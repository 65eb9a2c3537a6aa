"""Runs the real demo as a person would, and opens what it leaves with nothing of the desk's."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from storage import age, entry, package
from storage.age import Identity

TREE = Path(__file__).parent.parent
#: The desk speaks as the computer does: here that is English, whoever runs the tests.
PLAIN = {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def start(keep: Path, lines: list[str], form: Path | None) -> subprocess.Popen[bytes]:
    """Start the demo with piped lines, in a process group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--keep", str(keep)]
        + (["--form", str(form)] if form else []),
        cwd=TREE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **PLAIN, "TMPDIR": str(keep.parent)},
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())
    process.stdin.close()
    return process


def run(keep: Path, lines: list[str], form: Path | None = None) -> str:
    """Run the demo to its end and return what it printed."""
    printed = kill_when(keep, lines, lambda _: False, form=form)
    assert printed.code == 0, printed.error
    return printed.out


@dataclass(frozen=True)
class Printed:
    """What a run of the demo printed, and how it ended."""

    out: str
    error: str
    code: int

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


def kill_when(
    keep: Path,
    lines: list[str],
    moment: Callable[[str], bool],
    delay: float = 0.0,
    *,
    form: Path | None = None,
) -> Printed:
    """Run the demo; kill it and its children, as a power cut would, a little after a moment.

    `moment` looks at everything printed so far. A run in which it does not come ends by itself.
    """
    process = start(keep, lines, form)
    assert process.stdout is not None
    assert process.stderr is not None
    out = b""
    killed = False
    while piece := os.read(process.stdout.fileno(), 1 << 16):
        out += piece
        if not killed and moment(out.decode(errors="ignore")):
            time.sleep(delay)
            killed = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    error = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    return Printed(out.decode(errors="replace"), error.decode(errors="replace"), process.wait())


def set_up(keep: Path) -> None:
    """Make a folder in which the demo has been set up and nobody has spoken yet."""
    run(keep, [])
    for path in [*(keep / "digests").iterdir(), *(keep / "server").glob("quietline.db*")]:
        path.unlink()
    for log in (keep / "server" / "logs").iterdir():
        log.unlink()


CODE = re.compile(r"(?<!\d)\d{4}(?: \d{4}){4}(?!\d)")


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
