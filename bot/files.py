"""Files that people send, before and while they are fetched: what is not taken, and why.

Rules of this file: pure, and what a sender's app says of a file is believed only against it. What a
file is, and what may stay of its name, tells `storage.filetype`.
"""

import re

from bot.ports import Depot, Media
from bot.tables import Files
from storage.filetype import clean_name

MEGABYTE = 1024 * 1024
#: Bytes that stay free on the disk whatever people send: the database and its log must go on.
RESERVE = 512 * MEGABYTE
#: All files of a draft together are at most so many times the largest one.
TIMES_THE_LARGEST = 10

#: EV-FILE (domain taxonomy): programs, scripts and installers, by the ending of the name ...
_PROGRAMS = """
    apk app appimage bat bin cmd com command cpl cs deb desktop dll dmg elf exe gadget hta inf ipa
    iso jar js jse jsp lnk msc msh msi msix msp pif pkg pl ps1 py rb reg rpm run scf scr sh so sys
    url vb vbe vbs vhd vhdx wasm ws wsf wsh xpi
"""
PROGRAMS = frozenset(_PROGRAMS.split())
#: ... and by what a type has in it.
_RUNS = re.compile(
    r"dosexec|executable|msdownload|msdos-program|x-msi|x-elf|x-mach|x-sh$|shellscript|javascript"
    r"|java-archive|android\.package|x-python|x-perl|apple-diskimage|debian|x-rpm|hta$"
)
#: What programs begin with: DOS and Windows, ELF, Mach-O (four ways), Java and Mach-O for several
#: processors, Android, scripts, shortcuts.
_BEGIN = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n",
    b"#!/",
    b"#! /",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)


def refusal(
    media: Media, depot: Depot | None, files: Files, *, count: int, total: int, room: int
) -> str:
    """Return the id of the text that says why a file is not taken; "" when it is.

    `count` and `total` (bytes) are of the files that the report has already, `room` are the bytes
    that are free on the disk.
    """
    if depot is None:
        return "file-none"
    if not depot.dangerous and is_program(media.name, media.type):
        return "file-dangerous"
    if count >= files.most:
        return "file-too-many"
    most = largest(depot, files)
    if media.size > most:
        return "file-too-large"
    size = media.size or most
    if total + size > TIMES_THE_LARGEST * files.largest_mb * MEGABYTE or room - RESERVE < size:
        return "file-no-room"
    return ""


def largest(depot: Depot, files: Files) -> int:
    """Return the bytes of the largest file that is taken."""
    own = files.largest_mb * MEGABYTE
    return min(own, depot.largest) if depot.largest else own


def is_program(name: str, type_: str) -> bool:
    """Tell whether a name or a type is that of a program, a script or an installer."""
    parts = [part.strip().lower() for part in clean_name(name).split(".")]
    endings = parts[1:] or (
        parts if "." in name else []
    )  # ".exe" is one that has nothing before it
    return not PROGRAMS.isdisjoint(endings[-2:]) or bool(_RUNS.search(type_.lower()))


def begins_a_program(head: bytes) -> bool:
    """Tell whether a file that begins so may run."""
    return head.startswith(_BEGIN)


def short_hash(sha256: str) -> str:
    """Return what a person is shown of a file's SHA-256: eight digits in two groups."""
    return f"{sha256[:4]} {sha256[4:8]}"
