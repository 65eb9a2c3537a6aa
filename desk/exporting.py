"""`quietline-desk export FORMAT`: write cases for others, with a reason, a redaction and a record.

Rules of this file: the command only. What leaves is decided in the extracts, before any format sees
them. An export gets its name only when it is whole and recorded: without a record there is none,
and after an error nothing of it lies here. What it may still tell is said each time, by name of the
cases as they are called in it.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from desk import options, ordering, recording, saving, session, stats_files, tally
from desk.acting import Desk
from desk.errors import (
    CaseInTrouble,
    CasesInFigures,
    LiesThere,
    NoPlace,
    NoReason,
    NoSuchFolder,
    NotForYou,
    NothingToExport,
    OnlyForFigures,
    RefusedFile,
    RefusedFiles,
    WrongEnding,
)
from desk.export import jsonl, packing
from desk.export.cautions import CHECKLIST
from desk.export.extract import Extract, Redaction
from desk.export.formats import FORMATS, JSONL, ZIP
from desk.export.order import Order, Written
from desk.export.packing import digest
from desk.export.record import Audit, ExportLog, ExportRecord
from desk.inbox import Item, State
from desk.labels import LabelsIn
from desk.numbers import count
from desk.options import Commands
from desk.outbox import Outbox
from desk.reader import Reader
from desk.reports import Lists, no_lists
from desk.safe_text import safe_line
from desk.shelf import called
from desk.stats import EVERYTHING
from storage.rows import CaseId

STATS = "stats"  # of no case; the formats are of cases
STATS_SAYS = "a bundle of figures, with the text that goes with them"
WAYS = {STATS: (ZIP,), **{name: tuple(one.ways) for name, one in FORMATS.items()}}
WHY = "Why is this exported? It is recorded; name nobody:"
OPENLY = "It holds people's words openly: keep it where only those who need it can read."
RECORDED_HERE = "It is recorded with your reason in {}."
RECORDED = "It is recorded with your reason in {}, and in each case: colleagues see it after sync."

AuditOf = Callable[[Desk], Audit]


def register(
    commands: Commands,
    labels: LabelsIn = session.bare,
    audit: AuditOf = recording.recorded,
    lists: Lists = no_lists,
) -> None:
    """Add the command; `audit` gives whoever is told of each export."""
    says = "write cases for others: each export needs a reason, and is recorded"
    export = session.add(commands, "export", says, run_export, labels)
    told = {name: one.says for name, one in FORMATS.items()} | {STATS: STATS_SAYS}
    formats = "; ".join(f"{name}: {one}" for name, one in told.items())
    export.add_argument("format", choices=tuple(told), metavar="FORMAT", help=formats)
    export.add_argument("cases", nargs="*", metavar="CASE", help="default: all that open here")
    export.add_argument("--reason", metavar="TEXT", help="why (default: you are asked)")
    export.add_argument(
        "--redact",
        type=Redaction,
        choices=list(Redaction),
        default=Redaction.NONE,
        metavar="LEVEL",
        help="leave out: none, direct (what names a person), contextual (what describes one too)",
    )
    export.add_argument("--to", type=options.folder_path, metavar="PATH", help="where to")
    export.add_argument(
        "--fonts",
        type=options.folder_path,
        action="append",
        default=[],
        metavar="DIR",
        help="more typefaces for PDF; may be repeated",
    )
    options.add_language(export)
    tally.add_study(export, last="--until")
    export.set_defaults(audit=audit, lists=lists)


def run_export(args: argparse.Namespace) -> int:
    """Export cases.

    Raises:
        NoRight: the person may not export.
        EndBeforeBeginning: the figures' last day lies before the first.
        ExportError, NoSuchCase, NotForYou, CaseInTrouble, LiesThere: nothing was exported.
        RefusedFiles: it was, without files that are not whole or not here.
    """
    _check(args)
    who = session.reader_of(args)
    audit = _allowed(args, who)
    if args.format == STATS:
        session.say(args, _publish(args, who, audit))
        return 0
    chosen, left = _chosen(args, who)
    order = ordering.order_of(args, who, chosen, _reason(args))
    if args.to is None:
        text = jsonl.write(order.extracts)
        _record(audit, args, order, chosen, digest(text.encode()))
        session.say(args, text.splitlines())
        return 0
    written = _write(args, audit, order, chosen)
    session.say(args, _told(args, order, chosen, left, written))
    refused = [RefusedFile(f"C{called(c, n)[1:]}", why) for c, n, why in written.refused]
    if refused:
        raise RefusedFiles(*refused)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse at once what cannot be done, before anybody types a passphrase."""
    to: Path | None = args.to
    tally.check(args)
    if args.format == STATS and args.cases:
        raise CasesInFigures
    if args.format != STATS and (tally.study_of(args) != EVERYTHING or args.by):
        raise OnlyForFigures
    if args.reason is not None and not args.reason.strip():
        raise NoReason
    if to is None:
        if args.format != JSONL:
            raise NoPlace
        return
    ways = WAYS[args.format]
    if to.suffix.lower() not in ways and "" not in ways:
        raise WrongEnding(args.format, " or ".join(ways))
    if not to.parent.is_dir():
        raise NoSuchFolder(safe_line(str(to.parent)))
    if to.exists() or to.is_symlink():
        raise LiesThere(safe_line(str(to)))


def _allowed(args: argparse.Namespace, who: Reader) -> Audit:
    """Refuse who may not export; return what is told of the export."""
    desk = Desk(
        reader=who,
        mirror=session.mirror_of(args),
        outbox=Outbox(desk=who.desk, signing=who.signing),
        today=args.today,
    )
    recording.check(desk)
    audit: AuditOf = args.audit
    return audit(desk)


def _chosen(args: argparse.Namespace, who: Reader) -> tuple[list[Item], int]:
    """Return the cases to export, and how many others could not be opened."""
    inbox = session.inbox_of(args, who)
    if args.cases:
        return list(
            {one.case: one for one in map(_opened, map(inbox.find, args.cases))}.values()
        ), 0
    items = [item for item in inbox.items if item.casefile is not None]
    if not items:
        raise NothingToExport
    return sorted(items, key=lambda item: item.case), len(inbox.items) - len(items)


def _opened(item: Item) -> Item:
    name = safe_line(item.number or item.case.hex())
    if item.state is State.TROUBLE:
        raise CaseInTrouble(name, safe_line(item.trouble).rstrip("."))
    if item.casefile is None:
        raise NotForYou(name)
    return item


def _reason(args: argparse.Namespace) -> str:
    reason: str = args.reason if args.reason is not None else args.terminal.ask(WHY)
    if not reason.strip():
        raise NoReason
    return " ".join(reason.split())


def _write(args: argparse.Namespace, audit: Audit, order: Order, chosen: Sequence[Item]) -> Written:
    """Write the export where nobody sees it, record it, then give it its name."""
    to: Path = args.to
    way = FORMATS[args.format].way(to.name)
    if way is None:
        raise WrongEnding(args.format, " or ".join(FORMATS[args.format].ways))
    saving.sweep(to.parent)
    with saving.fresh_folder(to.parent) as folder:
        written = way(order, folder)
        _record(audit, args, order, chosen, written.sha256)
        saving.keep(written.path, to)
    return written


def _publish(args: argparse.Namespace, who: Reader, audit: Audit) -> list[str]:
    """Write a bundle of figures, recorded before it gets its name; return what is said of it."""
    to: Path = args.to
    made, reason = tally.figures_of(args, who), _reason(args)
    saving.sweep(to.parent)
    with saving.fresh_folder(to.parent) as folder:
        work, packed = folder / "work", folder / "made"
        work.mkdir()
        stats_files.write(made, work, rtl=tally.is_rtl(args))
        packing.pack(work, packed)
        audit(
            ExportRecord(
                format=STATS,
                cases=(),
                redaction=Redaction.CONTEXTUAL,  # counts, and nothing of any one case
                reason=reason,
                day=args.today,
                sha256=packing.sha256(packed),
            )
        )
        saving.keep(packed, to)
    return [f"Figures written to {to}.", "", *made.notes, "", RECORDED_HERE.format(_log(args))]


def _record(
    audit: Audit, args: argparse.Namespace, order: Order, chosen: Sequence[Item], sha256: str
) -> None:
    cases: tuple[CaseId, ...] = tuple(item.case for item in chosen)
    audit(
        ExportRecord(
            format=args.format,
            cases=cases,
            redaction=args.redact,
            reason=order.reason,
            day=args.today,
            sha256=sha256,
        )
    )


def _told(
    args: argparse.Namespace, order: Order, chosen: Sequence[Item], left: int, written: Written
) -> list[str]:
    """Return what is said of an export that was made."""
    more = f" {count(left, 'case')} could not be opened here and stayed out." if left else ""
    lines = [f"{count(len(chosen), 'case')} written to {args.to}.{more}"]
    if order.extracts[0].whole:
        lines.append(OPENLY)
    else:
        pairs = zip(order.extracts, chosen, strict=True)
        lines += [f"  {one.number} is case {safe_line(item.number)}" for one, item in pairs]
    lines += ["", *written.notes, *_cautions(order.extracts)]
    lines += ["", "Before it leaves the organisation, ask:", *(f"  - {one}" for one in CHECKLIST)]
    return [*lines, "", RECORDED.format(_log(args))]


def _log(args: argparse.Namespace) -> Path:
    return ExportLog(folder=args.desk).path


def _cautions(extracts: Sequence[Extract]) -> list[str]:
    """Return the cautions, each once, with how many cases it is about."""
    told = dict.fromkeys(text for one in extracts for text in one.cautions)
    numbers = {text: sum(text in one.cautions for one in extracts) for text in told}
    return [
        text if number == len(extracts) else f"{text} ({count(number, 'case')})"
        for text, number in numbers.items()
    ]
