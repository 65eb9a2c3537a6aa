"""Working copies of pictures: drawn anew by a program of its own (`desk.pictures`).

Rules of this file: whoever sends a picture may mean to attack what reads it, so it is never decoded
in the process that holds keys. The other one is isolated (it gets no environment but what it needs
to start, and nothing of ours is in it), limited, and given two open files and no path; the original
it can only read. What it made gets its name only when it ended well.
"""

import io
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from desk import saving
from desk.errors import NoCopy

PROGRAM = Path(__file__).with_name("pictures.py")
COMMAND = (sys.executable, "-I", "-B", str(PROGRAM))
#: How pictures begin that can be drawn anew: JPEG, PNG, and the frame of WebP.
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
WEBP = b"RIFF", b"WEBP"
SECONDS = 90  # longer than the program allows itself
#: The exit codes of the program: what was made, and why nothing was.
ENDINGS = {10: ".jpg", 11: ".png"}
TYPES = {10: "image/jpeg", 11: "image/png"}
TOO_LARGE = 20
TOO_LARGE_SAYS = "it has more pixels, or needs more memory, than is allowed"
UNREADABLE_SAYS = "it cannot be read as the picture that it claims to be"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A picture that was drawn anew."""

    type: str
    data: bytes = field(repr=False)


def is_picture(original: BinaryIO) -> bool:
    """Tell by its first bytes, whatever it is called, whether something is to be drawn anew."""
    original.seek(0)
    start = original.read(12)
    return start.startswith(STARTS) or (start[:4], start[8:]) == WEBP


def make(original: BinaryIO, folder: Path, name: str) -> Path:
    """Draw a picture anew as `name` with the ending of what was made; return where it is.

    Raises:
        NoCopy: it cannot be done, and why. FileExists: something of this name lies there.
    """
    with saving.fresh(folder) as made:
        os.lseek(original.fileno(), 0, os.SEEK_SET)  # where the other process begins to read
        code = _run(original, made.file)
        if code not in ENDINGS:
            raise NoCopy(TOO_LARGE_SAYS if code == TOO_LARGE else UNREADABLE_SAYS)
        return made.keep(name + ENDINGS[code])


def draw(original: bytes) -> Drawn:
    """Draw a picture anew in memory: nothing of it touches a disk.

    Raises:
        NoCopy: it is no picture, or it cannot be done.
    """
    if not is_picture(io.BytesIO(original)):
        raise NoCopy(UNREADABLE_SAYS)
    try:
        done = subprocess.run(  # noqa: S603 - as below
            COMMAND,
            input=original,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=os.path.sep,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoCopy(TOO_LARGE_SAYS) from None
    if done.returncode not in TYPES:
        raise NoCopy(TOO_LARGE_SAYS if done.returncode == TOO_LARGE else UNREADABLE_SAYS)
    return Drawn(type=TYPES[done.returncode], data=done.stdout)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _run(source: BinaryIO, sink: BinaryIO) -> int:
    """Run the program; return its exit code, below zero when it was ended."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and no argument of a stranger's
            COMMAND,
            stdin=source,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=os.path.sep,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode
