"""An export on its way out: made where nobody sees it, recorded, and only then handed over.

Rules of this file: the one way out, for the command and for the page. Whoever takes an export gets
it when it is whole and recorded: without a record there is none, and after an error nothing of it
lies here. What is said of it is said in the same sentences everywhere, by name of the cases as they
are called in it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desk import saving
from desk.errors import CaseInTrouble, NoReason, NotForYou, RefusedFile, TooLargeHere
from desk.export.extract import Extract
from desk.export.formats import Write
from desk.export.order import Order, Written
from desk.export.record import Audit, ExportRecord
from desk.file_pages import size
from desk.inbox import Item, State
from desk.numbers import count
from desk.ordering import Wish
from desk.safe_text import safe_line
from desk.shelf import called

OPENLY = "It holds people's words openly: keep it where only those who need it can read."
RECORDED = "It is recorded with your reason in {}, and in each case: colleagues see it after sync."


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """Cases that leave, as an order; `chosen` are the same cases as they are called here."""

    wish: Wish
    order: Order
    chosen: Sequence[Item]
    audit: Audit

    @contextmanager
    def written(self, way: Write, place: Path, *, most: int = 0) -> Iterator[Written]:
        """Write the export in a folder of chance in `place`; it is gone after the block.

        Whoever takes it out of there has it recorded before anybody gets it.

        Raises:
            TooLargeHere: it has more than `most` bytes, where that is given.
        """
        saving.sweep(place)
        with saving.fresh_folder(place) as folder:
            written = way(self.order, folder)
            check_size(written.path.stat().st_size, most)
            yield written

    def record(self, sha256: str) -> None:
        """Tell whoever has to know; if they raise, there is no export."""
        self.audit(
            ExportRecord(
                format=self.wish.format,
                cases=tuple(item.case for item in self.chosen),
                redaction=self.wish.redaction,
                reason=self.wish.reason,
                day=self.wish.day,
                sha256=sha256,
            )
        )

    # --- what is said of it --------------------------------------------------------------------

    @property
    def whole(self) -> bool:
        """Whether nothing was taken out."""
        return all(one.whole for one in self.order.extracts)

    def pseudonyms(self) -> list[tuple[str, str]]:
        """Return what each case is called in the export, and here: for no other eyes."""
        pairs = zip(self.order.extracts, self.chosen, strict=True)
        return [(one.number, safe_line(item.number)) for one, item in pairs]

    def cautions(self) -> list[str]:
        """Return the cautions, each once, with how many cases it is about."""
        extracts: Sequence[Extract] = self.order.extracts
        told = dict.fromkeys(text for one in extracts for text in one.cautions)
        numbers = {text: sum(text in one.cautions for one in extracts) for text in told}
        return [
            text if number == len(extracts) else f"{text} ({count(number, 'case')})"
            for text, number in numbers.items()
        ]


def check_size(number: int, most: int) -> None:
    """Check that so many bytes are not too many; 0 is no limit.

    Raises:
        TooLargeHere: they are.
    """
    if most and number > most:
        raise TooLargeHere(size(number), size(most))


def reason_of(text: str) -> str:
    """Return a reason on one line.

    Raises:
        NoReason: there is none.
    """
    if not text.strip():
        raise NoReason
    return " ".join(text.split())


def opened(item: Item) -> Item:
    """Return a case that was asked for by name.

    Raises:
        CaseInTrouble, NotForYou: it does not open here.
    """
    name = safe_line(item.number or item.case.hex())
    if item.state is State.TROUBLE:
        raise CaseInTrouble(name, safe_line(item.trouble).rstrip("."))
    if item.casefile is None:
        raise NotForYou(name)
    return item


def openable(items: Sequence[Item]) -> list[Item]:
    """Return those that open here, in an order that tells nothing of them."""
    return sorted((one for one in items if one.casefile is not None), key=lambda one: one.case)


def left_out(number: int) -> str:
    """Say how many cases could not be opened; nothing where all could."""
    return f"{count(number, 'case')} could not be opened here and stayed out." if number else ""


def refused(written: Written) -> list[RefusedFile]:
    """Return the files that are not in it, and why."""
    return [RefusedFile(f"C{called(c, n)[1:]}", why) for c, n, why in written.refused]
