"""The formats: what each is called, how its file ends, and how it is written.

Rules of this file: a table. A format takes an order and a fresh path, a file or a folder, and
returns what came of it; it decides nothing about what may leave. A new format is a function and a
row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.export import bag, jsonl, packing, pdf, uwazi
from desk.export.order import Order, Written
from storage import disk

JSONL, PDF, XLSX, UWAZI, BAG = "jsonl", "pdf", "xlsx", "uwazi", "bag"
MADE, WORK = "made", "work"  # in the folder of chance
ZIP = ".zip"

Write = Callable[[Order, Path], Written]


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A format: how it is written, by the ending of the name; "" is any other name."""

    says: str
    ways: Mapping[str, Write]

    def way(self, name: str) -> Write | None:
        """Return how an export of this name is written."""
        return self.ways.get(Path(name).suffix.lower(), self.ways.get(""))


def _jsonl(order: Order, folder: Path) -> Written:
    return _whole(folder, jsonl.write(order.extracts).encode())


def _xlsx(order: Order, folder: Path) -> Written:
    from desk.export import xlsx  # noqa: PLC0415 - its library is a quarter of a command's start

    return _whole(folder, xlsx.workbook(order.extracts))


def _pdf(order: Order, folder: Path) -> Written:
    printed = pdf.casefiles(
        order.extracts, day=order.day, faces=order.faces, language=order.language
    )
    notes = (pdf.not_shown(printed.unshown),) if printed.unshown else ()
    return _whole(folder, printed.pdf, notes)


def _uwazi(order: Order, folder: Path) -> Written:
    return _whole(folder, uwazi.table(order.extracts).encode())


def _uwazi_zip(order: Order, folder: Path) -> Written:
    """Write the CSV and all files into a ZIP; pictures with their working copies."""
    work = folder / WORK
    disk.make_folder(work)
    attached, refused = dict[str, list[str]](), list[tuple[str, int, str]]()
    for one in order.extracts:
        opened = order.open_files(one, work, True)  # with working copies
        attached[one.number] = [*opened.originals.values(), *opened.copies]
        refused += [(one.number, number, why) for number, why in opened.refused.items()]
    packing.write(work / uwazi.IMPORT, uwazi.table(order.extracts, attached).encode())
    packing.pack(work, folder / MADE)
    return _made(folder / MADE, refused=tuple(refused))


def _bag(order: Order, folder: Path) -> Written:
    disk.make_folder(folder / MADE)
    return bag.fill(order, folder / MADE)


def _bag_zip(order: Order, folder: Path) -> Written:
    filled = _bag(order, folder)
    packing.pack(filled.path, folder / WORK, root=bag.ROOT)
    return _made(folder / WORK, notes=filled.notes, refused=filled.refused)


def _whole(folder: Path, data: bytes, notes: tuple[str, ...] = ()) -> Written:
    packing.write(folder / MADE, data)
    return _made(folder / MADE, notes=notes)


def _made(
    path: Path, *, notes: tuple[str, ...] = (), refused: tuple[tuple[str, int, str], ...] = ()
) -> Written:
    return Written(path=path, sha256=packing.sha256(path), notes=notes, refused=refused)


FORMATS: Mapping[str, Format] = {
    JSONL: Format(says="JSON Lines, a case a line, for other programs", ways={"": _jsonl}),
    PDF: Format(says="casefiles on paper", ways={".pdf": _pdf}),
    XLSX: Format(says="a workbook of cases, answers and files", ways={".xlsx": _xlsx}),
    UWAZI: Format(says="for Uwazi's import", ways={".csv": _uwazi, ZIP: _uwazi_zip}),
    BAG: Format(says="evidence with originals", ways={ZIP: _bag_zip, "": _bag}),
}
