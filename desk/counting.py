"""`quietline-desk stats`: what people report, counted; never a figure that could point at one.

Rules of this file: the command only: what it shows, and where to. Which window and which tables is
asked, and counted, in `desk.tally`.
"""

import argparse
from pathlib import Path

from desk import charts, options, session, stats_csv, tally
from desk.figures import Figures, Line, Sheet
from desk.labels import LabelsIn
from desk.layout import heading, paragraph, table
from desk.options import Commands
from desk.reports import Lists, no_lists
from desk.safe_text import isolated
from storage import disk

INSIDE = 4  # spaces before what belongs to the row above


def register(commands: Commands, labels: LabelsIn = session.bare, lists: Lists = no_lists) -> None:
    """Add the command to the command line; `lists` tells what each question chooses from."""
    says = "count what people report; figures from 1 to 9 are hidden"
    stats = session.add(commands, "stats", says, run_stats, labels)
    stats.set_defaults(lists=lists)
    session.add_language(stats)
    tally.add_study(stats)
    stats.add_argument("--csv", type=options.folder_path, metavar="FILE", help="write a table file")
    stats.add_argument("--svg", type=options.folder_path, metavar="DIR", help="write pictures")


def run_stats(args: argparse.Namespace) -> int:
    """Count, show, and write what was asked for.

    Raises:
        EndBeforeBeginning: the last day lies before the first.
    """
    tally.check(args)
    who = session.reader_of(args)
    made = tally.figures_of(args, who)
    pages = session.pages_of(args, who)
    session.say(args, screen(made, pages.width, colour=pages.colour))
    session.say(args, _write(args, made))
    return 0


def _write(args: argparse.Namespace, made: Figures) -> list[str]:
    """Write the files that were asked for; return what was written, to be said."""
    written: list[Path] = []
    if args.csv is not None:
        disk.write(args.csv, stats_csv.render(made))
        written.append(args.csv)
    if args.svg is not None:
        disk.make_folder(args.svg)
        for sheet in made.sheets:
            written.append(args.svg / f"{sheet.name}.svg")
            disk.write(written[-1], charts.chart(sheet, made, rtl=tally.is_rtl(args)).encode())
    return ["", *(f"Written: {path}" for path in written)] if written else []


# --- on a screen -------------------------------------------------------------------------------


def screen(made: Figures, width: int | None, *, colour: bool) -> list[str]:
    """Return the figures as lines: the accompanying text first, then table by table."""
    lines = heading(made.title, colour=colour)
    for note in made.notes:
        lines += paragraph(note, width)
    for sheet in made.sheets:
        lines += ["", *heading(sheet.title, colour=colour), *_sheet(sheet, width)]
    return lines


def _sheet(sheet: Sheet, width: int | None) -> list[str]:
    if not sheet.lines:
        return paragraph(sheet.says, width)
    wide = max(len(str(line.figure)) for line in sheet.lines)
    lines = list[str]()
    for line, row in zip(sheet.lines, table([_row(one, wide) for one in sheet.lines]), strict=True):
        lines.append(row)
        lines += paragraph(line.definition, width, by=wide + INSIDE) if line.definition else []
    return lines


def _row(line: Line, wide: int) -> tuple[str, ...]:
    figure = str(line.figure).rjust(wide)
    if line.definition:
        return figure, line.label
    label = "" if line.label == line.code else isolated(line.label)
    return figure, f"  {line.code}" if line.group else line.code, label
