"""`quietline-desk stats`: what people report, counted; never a figure that could point at one.

Rules of this file: the command only: which window, which tables, where to. Counting, hiding and the
text that goes with every figure are elsewhere (`desk.stats`, `desk.hiding`, `desk.figures`).
"""

import argparse
from pathlib import Path

from bot.texts.languages import LANGUAGES
from desk import charts, options, session, stats_csv
from desk.dimensions import DIMENSIONS
from desk.errors import EndBeforeBeginning
from desk.figures import Figures, Line, Sheet, figures
from desk.form_labels import ENGLISH, nearest
from desk.inbox import Item
from desk.labels import LabelsIn
from desk.layout import heading, paragraph, table
from desk.options import Commands
from desk.reports import CASES, UNITS, Lists, no_lists, reports
from desk.safe_text import isolated
from desk.stats import Study, statistics
from desk.stats_study import By, Fit, Window, on
from desk.terminal import Terminal
from storage import disk

INSIDE = 4  # spaces before what belongs to the row above


def register(commands: Commands, labels: LabelsIn = session.bare, lists: Lists = no_lists) -> None:
    """Add the command to the command line; `lists` tells what each question chooses from."""
    says = "count what people report; figures from 1 to 9 are hidden"
    stats = session.add(commands, "stats", says, run_stats, labels)
    stats.set_defaults(lists=lists)
    options.add_language(stats)
    stats.add_argument("--from", dest="first", type=options.day, metavar="DAY", help="first day")
    stats.add_argument("--to", dest="last", type=options.day, metavar="DAY", help="last day")
    stats.add_argument(
        "--dates",
        type=By,
        choices=tuple(By),
        default=By.REPORT,
        metavar="report|incident",
        help="the days are those of the report (default), or those on which it last happened",
    )
    stats.add_argument(
        "--count", choices=UNITS, default=CASES, help="what is counted (default cases)"
    )
    stats.add_argument(
        "--agreed", action="store_true", help="only people who agreed to anonymous numbers"
    )
    stats.add_argument(
        "--by",
        type=dimensions,
        default=(),
        metavar="NAMES",
        help=f"these tables, between commas (default all): {','.join(DIMENSIONS)}",
    )
    stats.add_argument("--csv", type=options.folder_path, metavar="FILE", help="write a table file")
    stats.add_argument("--svg", type=options.folder_path, metavar="DIR", help="write pictures")


def dimensions(text: str) -> tuple[str, ...]:
    """Read names of dimensions between commas."""
    asked = options.names(text)
    if not asked or not set(asked) <= set(DIMENSIONS):
        raise argparse.ArgumentTypeError("tables are some of " + ",".join(DIMENSIONS))
    return asked


def run_stats(args: argparse.Namespace) -> int:
    """Count, show, and write what was asked for.

    Raises:
        EndBeforeBeginning: the last day lies before the first.
    """
    if args.first and args.last and args.last < args.first:
        raise EndBeforeBeginning(args.last, args.first)
    study = Study(
        window=Window(first=args.first, last=args.last, by=args.dates),
        unit=args.count,
        agreed=args.agreed,
    )
    who = session.reader_of(args)
    items = session.inbox_of(args, who).items
    casefiles = [item.casefile for item in items if item.casefile is not None]
    counted = statistics(
        reports(casefiles, lists=args.lists, unit=study.unit),
        study,
        closed=sum(_is_closed(item, study.window) for item in items),
    )
    labels = session.labels_of(args, who)
    made = figures(counted, labels, by=args.by, today=args.today)
    pages = session.pages_of(args, who)
    session.say(args, screen(made, pages.width, colour=pages.colour))
    session.say(args, _write(args, made))
    return 0


def _is_closed(item: Item, window: Window) -> bool:
    """Tell whether a case of the window could not be opened; one of an unknown day is of any."""
    if item.casefile is not None or item.day is None or window.by is By.INCIDENT:
        return item.casefile is None
    return window.fit(on(item.day)) is Fit.INSIDE


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
            disk.write(written[-1], charts.chart(sheet, made, rtl=_is_rtl(args)).encode())
    return ["", *(f"Written: {path}" for path in written)] if written else []


def _is_rtl(args: argparse.Namespace) -> bool:
    terminal: Terminal = args.terminal
    return LANGUAGES[args.language or nearest(terminal.locale) or ENGLISH].direction == "rtl"


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
