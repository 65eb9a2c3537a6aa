"""A picture's working copy: the pixels drawn anew, without anything else the file carried.

Rules of this file: a program of its own, from standard input to standard output, that imports
nothing of ours and holds no key: a picture that turns out to be an attack on its reader finds
neither here (`desk.copies` starts it, isolated). Its memory, time and output are limited before a
byte is looked at. It alone imports Pillow. How it ended is its exit code.
"""

import sys
import warnings
from io import BytesIO
from typing import BinaryIO

from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 64_000_000  # ours: four bytes each, twice while it is turned, fit into the memory
MAX_MEMORY = 1024 * 2**20  # ours: address space in bytes, of which Python itself takes a fifth
MAX_SECONDS = 60
MAX_OUTPUT = 512 * 2**20
MAX_PIPED = 64 * 2**20
QUALITY = 92
JPG, PNG = 10, 11  # what was made
TOO_LARGE, UNREADABLE = 20, 21
#: Pixels that PNG holds as they are; others are drawn in colours first.
PLAIN = frozenset({"1", "L", "LA", "RGB", "RGBA", "I;16"})
CLEAR = frozenset({"LA", "RGBA"})
ORIENTATION = 0x0112  # the tag of EXIF 3.0, 4.6.5.1.5; what each value asks for
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def main() -> int:
    """Read a picture, write its copy, and return the exit code."""
    limit()
    try:
        return draw(_whole(sys.stdin.buffer), sys.stdout.buffer)
    except MemoryError:
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - whatever a decoder makes of an attack, there is no copy
        return UNREADABLE


def _whole(source: BinaryIO) -> BinaryIO:
    """Return a file in which one can go back: what comes through a pipe is read first."""
    return source if source.seekable() else BytesIO(source.read(MAX_PIPED))


def limit() -> None:
    """Limit this process, where the system can."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def draw(source: BinaryIO, sink: BinaryIO) -> int:
    """Draw a picture anew, the right way up; return what was made, or TOO_LARGE."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        opened = Image.open(source, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_LARGE
    as_png = opened.format == "PNG"
    drawn = _upright(_plain(opened), _orientation(opened))
    drawn.info = {}  # what Pillow would carry over: comments, profiles, places
    if as_png or drawn.mode in CLEAR:
        drawn.save(sink, "PNG")
        return PNG
    drawn.save(sink, "JPEG", quality=QUALITY)
    return JPG


def _orientation(opened: Image.Image) -> int:
    """Return how the camera was held; metadata that is damaged keeps nobody from the picture."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - as above
        return 1


def _upright(drawn: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return drawn if turn is None else drawn.transpose(turn)


def _plain(opened: Image.Image) -> Image.Image:
    """Return the pixels in colours that both formats hold; frames after the first stay out."""
    hidden = "transparency" in opened.info
    if opened.mode in PLAIN and not hidden:
        opened.load()
        return opened
    return opened.convert("RGBA" if hidden or opened.mode in {"PA", "La", "RGBa"} else "RGB")


if __name__ == "__main__":
    sys.exit(main())
