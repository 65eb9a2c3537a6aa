"""How files are shown on a screen: their numbers, kinds, sizes and short hashes.

Rules of this file: values to lines of text, nothing else. A name of a stranger's is shown whole,
with every trick in it visible, and turns nothing around beside it.
"""

from collections.abc import Sequence

from desk.evidence import Saved
from desk.layout import indent, paragraph
from desk.safe_text import isolated, safe_line
from storage.entry import File

INSIDE = 4
UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
BEWARE = (
    "What people send may be made to attack whoever opens it. Do not open an original on a computer"
    " that matters or that is online: take off `.quarantine` only on one kept for this."
)


def short(sha256: str) -> str:
    """Return the first eight digits of a hash in two groups, as the person was told them."""
    return f"{sha256[:4]} {sha256[4:8]}"


def size(number: int) -> str:
    """Return a size for people."""
    for unit, name in UNITS:
        if number >= unit:
            return f"{number / unit:.1f} {name}"
    return "1 byte" if number == 1 else f"{number} bytes"


def entry(number: int, file: File, *, here: bool) -> list[str]:
    """Return a file as a case shows it."""
    facts = [safe_line(file.kind), safe_line(file.type) or "unknown type", size(file.size)]
    there = "here" if here else "not here"
    told = f"File {number}: {', '.join(facts)}, hash {short(file.sha256)}, {there}"
    return indent([told, *([name(file)] if file.name else [])], INSIDE)


def name(file: File) -> str:
    """Return what the sender's app called it."""
    return isolated(safe_line(file.name))


def saved(number: int, file: File, done: Saved, width: int | None) -> list[str]:
    """Return what became of a file that was opened."""
    lines = entry(number, file, here=True)
    was = "" if done.fresh else " (the very same was there)"
    lines += indent([f"original: {_path(done.path.name)}{was}"], INSIDE)
    if done.copy is not None:
        lines += indent([f"working copy: {_path(done.copy.name)}"], INSIDE)
    if done.without:
        lines += paragraph(done.without, width, by=INSIDE)
    for risk in done.risks:
        lines += paragraph(f"Beware: {risk}.", width, by=INSIDE)
    return lines


def closing(folder: str, files: int, width: int | None) -> Sequence[str]:
    """Return the warning that stands below everything that was opened."""
    if not files:
        return []
    openly = f"They lie open in {_path(folder)}: keep that where only those who need it can read."
    return ["", *paragraph(openly, width), *paragraph(BEWARE, width)]


def _path(text: str) -> str:
    return isolated(safe_line(text))
