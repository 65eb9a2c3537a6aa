"""Counting for a command: which window, which tables, and the figures of them.

Rules of this file: options to figures. Who may ask, and where the figures go, is for the commands;
counting, hiding and the text that goes with every figure are in `desk.stats`, `desk.hiding` and
`desk.figures`.
"""

import argparse

from bot.texts.languages import LANGUAGES
from desk import options, session
from desk.dimensions import DIMENSIONS
from desk.errors import EndBeforeBeginning
from desk.figures import Figures, figures
from desk.form_labels import ENGLISH, nearest
from desk.inbox import Item
from desk.reader import Reader
from desk.reports import CASES, UNITS, reports
from desk.stats import Study, statistics
from desk.stats_study import By, Fit, Window, on
from desk.terminal import Terminal


def add_study(parser: argparse.ArgumentParser, last: str = "--to") -> None:
    """Add the options that choose figures; `last` is what the last day is called."""
    parser.add_argument("--from", dest="first", type=options.day, metavar="DAY", help="first day")
    parser.add_argument(last, dest="last", type=options.day, metavar="DAY", help="last day")
    parser.add_argument(
        "--dates",
        type=By,
        choices=tuple(By),
        default=By.REPORT,
        metavar="report|incident",
        help="the days are those of the report (default), or those on which it last happened",
    )
    parser.add_argument(
        "--count", choices=UNITS, default=CASES, help="what is counted (default cases)"
    )
    parser.add_argument(
        "--agreed", action="store_true", help="only people who agreed to anonymous numbers"
    )
    parser.add_argument(
        "--by",
        type=dimensions,
        default=(),
        metavar="NAMES",
        help=f"these tables, between commas (default all): {','.join(DIMENSIONS)}",
    )


def dimensions(text: str) -> tuple[str, ...]:
    """Read names of dimensions between commas."""
    asked = options.names(text)
    if not asked or not set(asked) <= set(DIMENSIONS):
        raise argparse.ArgumentTypeError("tables are some of " + ",".join(DIMENSIONS))
    return asked


def check(args: argparse.Namespace) -> None:
    """Refuse a window that ends before it begins.

    Raises:
        EndBeforeBeginning: the last day lies before the first.
    """
    if args.first and args.last and args.last < args.first:
        raise EndBeforeBeginning(args.last, args.first)


def study_of(args: argparse.Namespace) -> Study:
    """Return what figures were asked for."""
    window = Window(first=args.first, last=args.last, by=args.dates)
    return Study(window=window, unit=args.count, agreed=args.agreed)


def figures_of(args: argparse.Namespace, who: Reader) -> Figures:
    """Count what was asked for, of all cases that open here."""
    study = study_of(args)
    items = session.inbox_of(args, who).items
    casefiles = [item.casefile for item in items if item.casefile is not None]
    counted = statistics(
        reports(casefiles, lists=args.lists, unit=study.unit),
        study,
        closed=sum(_is_closed(item, study.window) for item in items),
    )
    return figures(counted, session.labels_of(args, who), by=args.by, today=args.today)


def is_rtl(args: argparse.Namespace) -> bool:
    """Tell whether the figures are named in a language that runs from right to left."""
    terminal: Terminal = args.terminal
    return LANGUAGES[args.language or nearest(terminal.locale) or ENGLISH].direction == "rtl"


def _is_closed(item: Item, window: Window) -> bool:
    """Tell whether a case of the window could not be opened; one of an unknown day is of any."""
    if item.casefile is not None or item.day is None or window.by is By.INCIDENT:
        return item.casefile is None
    return window.fit(on(item.day)) is Fit.INSIDE
