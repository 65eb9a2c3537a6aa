"""What somebody wants to export from the page: which cases, as what, how much of them, and why.

Rules of this file: addresses and fields to an order of `desk.ordering`; nothing is made here. The
cases are read anew each time, so what was looked at is told from what would leave now.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from desk import handover, inbox, ordering, recording
from desk.errors import NotChosen, NothingToExport
from desk.export.extract import Redaction
from desk.export.formats import BAG, JSONL, PDF, UWAZI, XLSX, ZIP
from desk.form_labels import ENGLISH
from desk.handover import Handover
from desk.inbox import Item
from desk.ordering import Wish
from desk.web import asking, deeds
from desk.web.asking import Asked, part
from desk.web.desktop import Desktop
from desk.web.inbox_page import pairs_of, wanted_of

MOST = 128_000_000  # bytes of one export: it is held in memory, in a few copies
#: What a page's form names, as the format's name and the ending that goes with it.
WAYS: Mapping[str, tuple[str, str]] = {
    "pdf": (PDF, ".pdf"),
    "bag": (BAG, ZIP),
    "xlsx": (XLSX, ".xlsx"),
    "jsonl": (JSONL, ".jsonl"),
    "uwazi": (UWAZI, ".csv"),
    "uwazi-files": (UWAZI, ZIP),
}
WITH_FILES = frozenset({"bag", "uwazi-files"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What was chosen in the form, as it was."""

    kind: str = ""
    level: str = ""
    language: str = ENGLISH
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """What is to leave: a case, or what the list shows; `left` are those that do not open here."""

    place: str
    back: str
    items: tuple[Item, ...] = field(repr=False)
    left: int = 0


def cases_of(desktop: Desktop, asked: Asked) -> Cases:
    """Return the case of an address, or those that the list shows with its filters.

    Raises:
        NoSuchCase, CaseLeaves, CaseInTrouble, NotForYou: it cannot leave.
        NothingToExport: none of them opens here.
    """
    name = asked.path.get("case", "")
    if name:
        (item,) = _read(desktop, {desktop.book.find(name).case})
        here = f"case/{part(name)}"
        return Cases(place=f"{here}/export", back=here, items=(handover.opened(item),))
    found = desktop.book.cases(wanted_of(asked, desktop.search))
    items = _read(desktop, {one.case for one in found})
    opens = handover.openable(items)
    if not opens:
        raise NothingToExport
    query = asking.query(pairs_of(asked))
    left = len(found) - len(opens)
    return Cases(place=f"export{query}", back=query, items=tuple(opens), left=left)


def _read(desktop: Desktop, cases: set[bytes]) -> list[Item]:
    book = desktop.book
    return inbox.read_cases(book.mirror, book.reader, cases, desktop.labels.order)


def choice_of(asked: Asked) -> Choice:
    """Return what a form chose, whether or not it can be.

    Raises:
        TooLongNote: the reason is too long.
    """
    return Choice(
        kind=asked.said("kind"),
        level=asked.said("level"),
        language=asked.said("labels"),
        reason=deeds.said(asked, "reason"),
    )


def ordered(desktop: Desktop, asked: Asked, cases: Cases, choice: Choice) -> Handover:
    """Return the cases as they are to leave.

    Raises:
        NotChosen, NoReason: something is wanting. TooLargeHere: their files are too many.
    """
    languages = dict(desktop.languages)
    if choice.kind not in WAYS or choice.level not in {one.value for one in Redaction}:
        raise NotChosen
    wish = Wish(
        format=WAYS[choice.kind][0],
        redaction=Redaction(choice.level),
        reason=handover.reason_of(choice.reason),
        day=asked.today,
        language=choice.language if choice.language in languages else ENGLISH,
        fonts=desktop.fonts,
    )
    labels = desktop.labels_in(wish.language, desktop.reader.line.name).at(desktop.reader.desk)
    order = ordering.order_of(desktop.book, labels, cases.items, wish)
    if choice.kind in WITH_FILES:
        held = (file.size for one in order.extracts for file in one.files.values())
        handover.check_size(sum(held), MOST)
    audit = recording.recorded(desktop.book.desk)
    return Handover(wish=wish, order=order, chosen=cases.items, audit=audit)


def mark_of(out: Handover, choice: Choice) -> str:
    """Return a mark of exactly what would leave; other cases, or more of one, are another."""
    chosen = (f"{item.case.hex()} {item.chain.hex()}" for item in out.chosen)
    wish = choice.kind, choice.level, out.wish.language, out.wish.reason, *out.cautions()
    return hashlib.sha256("\n".join((*chosen, *wish)).encode()).hexdigest()
