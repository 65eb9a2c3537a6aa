"""Names that strangers gave to files, and what such files may do to whoever opens them.

Rules of this file: pure. A name of a stranger's never chooses a place: only its last part is looked
at, what turns, hides, commands or means a path is taken out, and it stands between a case number
and an ending of ours. Letters of every script stay. A kind is judged by its first bytes and by its
name, and the worse of the two is believed.

Source of the reserved names: Microsoft, "Naming Files, Paths, and Namespaces"
"""

import re
import unicodedata

from desk.safe_text import safe_line

QUARANTINE = ".quarantine"
LONGEST = 80  # bytes of UTF-8: with all that is ours around it, below the 143 of encrypted folders
ENDING = re.compile(r"[A-Za-z0-9]{1,10}", re.ASCII)
NUMBER = re.compile(r"[^A-Za-z0-9-]+", re.ASCII)
RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
#: What stays beside letters, marks and digits.
KEPT_SIGNS = frozenset("-_.+=@,")

#: The ending where the name has none, by the type of the first bytes.
ENDINGS = {
    "application/pdf": "pdf",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "application/ogg": "ogg",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}

PROGRAM = "it may run as a program"
MACROS = "an office document: it may carry macros, or load something from the network"
ACTIVE = "it may run scripts, or load something from the network, when it is opened"
ARCHIVE = "an archive: it may hold anything, programs too"
DISGUISED = "its name says another kind than its first bytes do"

#: Endings that programs are known by, on any system; then the others.
PROGRAMS = """
    apk app appimage bat bin cmd com command cpl cs deb desktop dll dmg elf exe gadget hta img inf
    ipa iso jar js jse jsp lnk msc msh msi msix msp pif pkg pl ps1 py rb reg rpm run scf scr sh so
    sys url vb vbe vbs vhd vhdx wasm ws wsf wsh xpi
"""
OFFICE = """
    doc docm docx dot dotm dotx eml mht mhtml msg odp ods odt one pps ppsx ppt pptm pptx pub rtf
    slk vsd xla xlam xls xlsb xlsm xlsx xlt xltm
"""
PAGES = "chm htm html pdf ps eps svg svgz swf xhtml xml xsl"
PACKED = "7z ace arj bz2 cab gz lzh rar tar tgz txz xz zip zst"
_RISKS = ((PROGRAM, PROGRAMS), (MACROS, OFFICE), (ACTIVE, PAGES), (ARCHIVE, PACKED))
RISKS = {ending: says for says, endings in _RISKS for ending in endings.split()}
#: What stands in the types of such kinds.
_WORDS = (
    (PROGRAM, "executable dosexec msdownload x-elf x-mach appimage java x-sh android"),
    (MACROS, "msword ms-excel ms-powerpoint officedocument opendocument rtf ole-storage cfb"),
    (ACTIVE, "html svg xml pdf postscript"),
    (ARCHIVE, "zip rar 7z tar x-xz bzip zstd"),
)
_TYPES = tuple((says, tuple(words.split())) for says, words in _WORDS)
#: What a name with one of these endings must be by its first bytes.
PLAIN = {
    "gif": ("image/gif",),
    "heic": ("image/heic", "image/heif"),
    "jpeg": ("image/jpeg",),
    "jpg": ("image/jpeg",),
    "m4a": ("audio/", "video/"),
    "mov": ("video/",),
    "mp3": ("audio/",),
    "mp4": ("video/", "audio/"),
    "oga": ("audio/", "video/", "application/ogg"),
    "ogg": ("audio/", "video/", "application/ogg"),
    "pdf": ("application/pdf",),
    "png": ("image/png",),
    "wav": ("audio/",),
    "webm": ("video/", "audio/"),
    "webp": ("image/webp",),
}


def stem(case_number: str, number: int, name: str, kind: str) -> str:
    """Return how a file is called here, without its ending: case number, its number, its name."""
    said, _ = _parts(name)
    return f"{plain_number(case_number)}-{number}-{said or safe(kind) or 'file'}"


def original(case_number: str, number: int, name: str, kind: str, type_: str) -> str:
    """Return the name under which an original is saved."""
    _, ending = _parts(name)
    ending = ending or ENDINGS.get(type_, "bin")
    return f"{stem(case_number, number, name, kind)}.{ending}{QUARANTINE}"


def plain_number(case_number: str) -> str:
    """Return a case number that can be part of a file's name, whoever made it up."""
    return NUMBER.sub("", case_number)[:32].strip("-") or "case"


def safe(name: str) -> str:
    """Return what may stay of a name: one part of a path, without tricks, not too long."""
    flat = "".join(map(_kept, unicodedata.normalize("NFC", name)))
    flat = re.sub(r"_{2,}", "_", re.sub(r"\.{2,}", ".", flat)).strip("._- ")
    if RESERVED.fullmatch(flat.partition(".")[0]):
        flat = f"_{flat}"
    cut = flat.encode()[:LONGEST].decode(errors="ignore")
    while cut and unicodedata.combining(flat[len(cut) : len(cut) + 1] or "a"):
        cut = cut[:-1]  # a mark is not cut off its letter
    return cut.rstrip("._- ")


def risks(name: str, type_: str) -> tuple[str, ...]:
    """Return what is suspicious about a file, in sentences; mostly nothing."""
    endings = [part.lower() for part in _last(name).split(".")[1:]]
    found = [RISKS[ending] for ending in endings[-2:] if ending in RISKS]
    found += [says for says, words in _TYPES if any(word in type_ for word in words)]
    expected = PLAIN.get(endings[-1]) if endings else None
    if expected and type_ and not type_.startswith(expected):
        found.append(DISGUISED)
    if safe_line(name) != name:
        found.append("its name holds characters that turn text around or hide")
    return tuple(dict.fromkeys(found))


def _parts(name: str) -> tuple[str, str]:
    """Return the safe name and the ending of a stranger's name; either may be empty."""
    before, dot, after = _last(name).rpartition(".")
    ending = "".join(c for c in after if not _is_unseen(c))
    if dot and before and ENDING.fullmatch(ending):
        return safe(before), ending.lower()
    return safe(_last(name)), ""


def _last(name: str) -> str:
    """Return the last part of what may be a path of any system."""
    return re.split(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]", name)[-1]


def _kept(c: str) -> str:
    if c.isspace():
        return "_"
    if _is_unseen(c):
        return ""
    if c in KEPT_SIGNS or unicodedata.category(c)[0] in "LMN":
        return c
    return "_"


def _is_unseen(c: str) -> bool:
    """Tell whether a character turns, hides or commands, wherever it stands."""
    return safe_line(c) != c
