"""An order from a command's options: the cases as extracts, and what else a format needs.

Rules of this file: what leaves is decided here, once, before any format sees it. It opens people's
files only when a format asks, and only those of the extracts.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from desk import evidence, session
from desk.errors import DeskError, RefusedFile
from desk.evidence import Place
from desk.export.extract import Extract
from desk.export.faces import Faces
from desk.export.order import Opened, Order
from desk.export.record import ExportLog, ExportRecord
from desk.export.redaction import take_out
from desk.form_labels import ENGLISH
from desk.handling import Handling
from desk.inbox import Item
from desk.reader import Reader
from desk.shelf import naming


def order_of(args: argparse.Namespace, who: Reader, chosen: Sequence[Item], reason: str) -> Order:
    """Return the order for these cases, redacted as was asked."""
    language: str = args.language or ENGLISH
    labels = args.labels(language, who.line.name)
    desk = Handling.of_book(session.casebook_of(args, who))
    extracts = [
        take_out(
            item.casefile,
            labels,
            chain=item.chain,
            redaction=args.redact,
            handled=desk.of(item),
        )
        for item in chosen
        if item.casefile is not None
    ]
    by = next((one.name for one in who.line.staff if one.reading == who.own.recipient), "")
    return Order(
        extracts=extracts,
        day=args.today,
        reason=reason,
        line=who.line.name,
        by=by,
        language=language,
        faces=Faces(folders=tuple(args.fonts)),
        open_files=_opener(args, who),
        before=_before(args),
    )


def _before(args: argparse.Namespace) -> Sequence[ExportRecord]:
    """Return what left this desk before; a damaged log keeps nobody, and `verify` names it."""
    try:
        return ExportLog(folder=args.desk).read()
    except DeskError:
        return ()


def _opener(args: argparse.Namespace, who: Reader) -> Callable[[Extract, Path, bool], Opened]:
    """Return what opens a case's files into a folder."""
    kept = session.shelf_of(args)
    keys = [identity for _, identity in sorted(who.keys.items(), reverse=True)]

    def open_files(one: Extract, folder: Path, draw: bool) -> Opened:  # noqa: FBT001 - the seam's shape
        opened = Opened()
        for number, file in one.files.items():
            wrong = list[RefusedFile]()
            with naming(one.number, number, wrong):
                place = Place(folder=folder, case=one.number, number=number)
                saved = evidence.save(file, place, kept, keys, draw=draw)
                copies = (saved.copy.name,) if saved.copy else ()
                opened = replace(
                    opened,
                    originals={**opened.originals, number: saved.path.name},
                    copies=(*opened.copies, *copies),
                )
            for error in wrong:
                opened = replace(opened, refused={**opened.refused, number: str(error.args[1])})
        return opened

    return open_files
