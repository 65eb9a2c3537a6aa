"""What a file is, told from its first bytes, and what may stay of the name that it came with.

Rules of this file: pure. A name keeps its letters, in every script; what would turn, hide or
command text, or lead out of a folder, is taken out before the name is sealed.
"""

import re
import unicodedata

#: Bytes of a file's beginning that tell its type.
HEAD = 4096
#: The longest name, in bytes of UTF-8: what is usual on disks, less what staff put around it.
LONGEST_NAME = 120
#: Bytes that a signature has at least: shorter ones fit anything.
_SIGNATURE = 3
_TYPE = re.compile(r"[a-z0-9]+/[A-Za-z0-9.+-]{1,80}", re.ASCII)
_ZIP = b"PK\x03\x04"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: A joiner belongs inside words of some scripts; every other format character is a trick in a name.
_JOINERS = "\u200c\u200d"
_PATHS = re.compile(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]")


def type_of(head: bytes) -> str:
    """Return the type that a file's first bytes say ("image/jpeg"), "" when they say nothing.

    What stands in an archive is not said by its beginning: an office document is a zip as well.
    """
    if head.startswith(_ZIP):
        return "application/zip"
    import puremagic  # noqa: PLC0415 - it reads its table as it is loaded: with the first file

    try:
        found = puremagic.magic_string(head[:HEAD]) if head else []
    except (puremagic.PureError, ValueError):
        return ""
    sure = [one for one in found if len(one.byte_match) >= _SIGNATURE and one.mime_type]
    best = max(sure, key=lambda one: len(one.byte_match), default=None)
    return best.mime_type if best and _TYPE.fullmatch(best.mime_type) else ""


def clean_name(name: str) -> str:
    """Return what may stay of a file's name: one part of a path, without tricks, not too long."""
    flat = unicodedata.normalize("NFC", name)
    flat = _PATHS.split(flat)[-1]
    flat = "".join(c for c in flat if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    flat = " ".join(flat.split()).strip(" ." + _JOINERS)
    stem, dot, ending = flat.rpartition(".")
    if not dot or len(ending.encode()) > LONGEST_NAME // 4:
        return _cut(flat, LONGEST_NAME)
    return f"{_cut(stem, LONGEST_NAME - len(ending.encode()) - 1)}.{ending}"


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes; no mark is cut off its letter."""
    cut = text.encode()[:most].decode(errors="ignore")
    while cut and unicodedata.combining(text[len(cut) : len(cut) + 1] or "a"):
        cut = cut[:-1]
    return cut.rstrip(" .")
