"""An order from what somebody wishes: the cases as extracts, and what else a format needs.

Rules of this file: what leaves is decided here, once, before any format sees it, the same for the
command and for the page. It opens people's files only when a format asks, and only those of the
extracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from desk import evidence
from desk.casebook import Casebook
from desk.errors import DeskError, RefusedFile
from desk.evidence import Place
from desk.export.extract import Extract, Redaction
from desk.export.faces import Faces
from desk.export.order import Opened, OpenFiles, Order
from desk.export.record import ExportLog, ExportRecord
from desk.export.redaction import take_out
from desk.form_labels import ENGLISH
from desk.handling import Handling
from desk.inbox import Item
from desk.labels import Labels
from desk.reader import Reader
from desk.saving import GoOn, unhindered
from desk.shelf import FOLDER, Shelf, naming


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody wants to leave: as what, how much of it, and why.

    `language` is that of the labels, `fonts` are folders with more typefaces.
    """

    format: str
    redaction: Redaction
    reason: str = field(repr=False)
    day: date
    language: str = ENGLISH
    fonts: tuple[Path, ...] = ()


def order_of(book: Casebook, labels: Labels, chosen: Sequence[Item], wish: Wish) -> Order:
    """Return the order for these cases, redacted as was wished."""
    who, desk = book.reader, Handling.of_book(book)
    extracts = [
        take_out(
            item.casefile,
            labels,
            chain=item.chain,
            redaction=wish.redaction,
            handled=desk.of(item),
        )
        for item in chosen
        if item.casefile is not None
    ]
    by = next((one.name for one in who.line.staff if one.reading == who.own.recipient), "")
    return Order(
        extracts=extracts,
        day=wish.day,
        reason=wish.reason,
        line=who.line.name,
        by=by,
        language=wish.language,
        faces=Faces(folders=wish.fonts),
        open_files=opener(book),
        before=_before(who),
    )


def _before(who: Reader) -> Sequence[ExportRecord]:
    """Return what left this desk before; a damaged log keeps nobody, and `verify` names it."""
    try:
        return ExportLog(folder=who.desk).read()
    except DeskError:
        return ()


def opener(book: Casebook, go_on: GoOn = unhindered) -> OpenFiles:
    """Return what opens a case's files into a folder; `go_on` is called for each piece of one."""
    kept = Shelf(folder=book.mirror.folder / FOLDER)
    keys = [identity for _, identity in sorted(book.reader.keys.items(), reverse=True)]

    def open_files(one: Extract, folder: Path, draw: bool) -> Opened:  # noqa: FBT001 - the seam's shape
        opened = Opened()
        for number, file in one.files.items():
            wrong = list[RefusedFile]()
            with naming(one.number, number, wrong):
                place = Place(folder=folder, case=one.number, number=number)
                saved = evidence.save(file, place, kept, keys, draw=draw, go_on=go_on)
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
