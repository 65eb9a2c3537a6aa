"""`quietline-desk export FORMAT`: write cases for others, with a reason, a redaction and a record.

Rules of this file: the command only. What leaves is decided in `desk.ordering`, before any format
sees it, and handed over by `desk.handover`, the same as from the page: an export gets its name only
when it is whole and recorded. What it may still tell is said each time.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from desk import handover, options, ordering, recording, saving, session, stats_files, tally
from desk.acting import Desk
from desk.errors import (
    CasesInFigures,
    LiesThere,
    NoPlace,
    NoReason,
    NoSuchFolder,
    NothingToExport,
    OnlyForFigures,
    RefusedFiles,
    WrongEnding,
)
from desk.export import jsonl, packing
from desk.export.cautions import CHECKLIST
from desk.export.extract import Redaction
from desk.export.formats import FORMATS, JSONL, ZIP
from desk.export.order import Written
from desk.export.packing import digest
from desk.export.record import Audit, ExportLog, ExportRecord
from desk.form_labels import ENGLISH
from desk.handover import OPENLY, RECORDED, Handover
from desk.inbox import Item
from desk.labels import LabelsIn
from desk.numbers import count
from desk.options import Commands
from desk.ordering import Wish
from desk.outbox import Outbox
from desk.reader import Reader
from desk.reports import Lists, no_lists
from desk.safe_text import safe_line
from desk.stats import EVERYTHING

STATS = "stats"  # of no case; the formats are of cases
STATS_SAYS = "a bundle of figures, with the text that goes with them"
WAYS = {STATS: (ZIP,), **{name: tuple(one.ways) for name, one in FORMATS.items()}}
WHY = "Why is this exported? It is recorded; name nobody:"
RECORDED_HERE = "It is recorded with your reason in {}."

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
    options.add_fonts(export)
    session.add_language(export)
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
    out = _ordered(args, who, chosen, audit)
    if args.to is None:
        text = jsonl.write(out.order.extracts)
        out.record(digest(text.encode()))
        session.say(args, text.splitlines())
        return 0
    written = _write(args, out)
    session.say(args, _told(args, out, left, written))
    refused = handover.refused(written)
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
        named = map(handover.opened, map(inbox.find, args.cases))
        return list({one.case: one for one in named}.values()), 0
    items = handover.openable(inbox.items)
    if not items:
        raise NothingToExport
    return items, len(inbox.items) - len(items)


def _reason(args: argparse.Namespace) -> str:
    return handover.reason_of(args.reason if args.reason is not None else args.terminal.ask(WHY))


def _ordered(
    args: argparse.Namespace, who: Reader, chosen: Sequence[Item], audit: Audit
) -> Handover:
    """Return the cases as they are to leave."""
    wish = Wish(
        format=args.format,
        redaction=args.redact,
        reason=_reason(args),
        day=args.today,
        language=args.language or ENGLISH,
        fonts=tuple(args.fonts),
    )
    labels = args.labels(wish.language, who.line.name).at(who.desk)
    order = ordering.order_of(session.casebook_of(args, who), labels, chosen, wish)
    return Handover(wish=wish, order=order, chosen=chosen, audit=audit)


def _write(args: argparse.Namespace, out: Handover) -> Written:
    """Write the export beside its place, and give it its name once it is recorded."""
    to: Path = args.to
    way = FORMATS[args.format].way(to.name)
    if way is None:
        raise WrongEnding(args.format, " or ".join(FORMATS[args.format].ways))
    with out.written(way, to.parent) as written:
        out.record(written.sha256)
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


def _told(args: argparse.Namespace, out: Handover, left: int, written: Written) -> list[str]:
    """Return what is said of an export that was made."""
    lines = [f"{count(len(out.chosen), 'case')} written to {args.to}. {handover.left_out(left)}"]
    if out.whole:
        lines.append(OPENLY)
    else:
        lines += [f"  {name} is case {number}" for name, number in out.pseudonyms()]
    lines += ["", *written.notes, *out.cautions()]
    lines += ["", "Before it leaves the organisation, ask:", *(f"  - {one}" for one in CHECKLIST)]
    return [lines[0].rstrip(), *lines[1:], "", RECORDED.format(_log(args))]


def _log(args: argparse.Namespace) -> Path:
    return ExportLog(folder=args.desk).path
