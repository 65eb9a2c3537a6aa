"""A statistics bundle: the figures of one window as files, with the text that goes with them.

Rules of this file: figures to files, and the same bytes whenever the same is counted on the same
day. It holds what the screen shows and nothing more: what is hidden there is in no file here.
"""

from pathlib import Path

from desk import charts, stats_csv
from desk.export import packing
from desk.figures import Figures
from storage import disk

TEXT, TABLES, PICTURES = "read-first.txt", "tables.csv", "pictures"


def write(made: Figures, folder: Path, *, rtl: bool = False) -> None:
    """Write text, tables and pictures into a folder that is empty."""
    text = "\n\n".join((made.title, *made.notes, *_definitions(made)))
    packing.write(folder / TEXT, f"{text}\n".encode())
    packing.write(folder / TABLES, stats_csv.render(made))
    disk.make_folder(folder / PICTURES)
    for sheet in made.sheets:
        drawn = charts.chart(sheet, made, rtl=rtl)
        packing.write(folder / PICTURES / f"{sheet.name}.svg", drawn.encode())


def _definitions(made: Figures) -> list[str]:
    """Return what the published counts count."""
    lines = [line for sheet in made.sheets for line in sheet.lines if line.definition]
    return [f"{line.label}: {line.definition}" for line in lines]
