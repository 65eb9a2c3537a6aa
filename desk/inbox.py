"""The inbox: every case this desk knows of, opened, announced by a digest, or in doubt.

Rules of this file: it reads the mirror and decides what state a case is in; it shows nothing and
keeps nothing. A case whose journal does not hold together is shown as trouble, never as a case.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from types import MappingProxyType

from desk.casefile import Casefile, Opened, fold
from desk.digests import ReadDigest, read_digests
from desk.errors import CaseDeparts, CaseGone, DeskError, NoSuchCase, SeveralCases
from desk.mirror import Known, Mirror
from desk.opening import Keys, open_journal
from desk.reader import Reader
from desk.safe_text import safe_line
from desk.signers import Signers
from storage.bundle import Heads
from storage.chain import verify_chain
from storage.entry import FormRef, IndexEntry
from storage.errors import StorageError
from storage.rows import CaseId, Head
from storage.tombstone import Stage, Tombstone

LEAST_PREFIX = 6  # digits of a case id that a person may give instead of all
NOTHING: Mapping[CaseId, IndexEntry] = MappingProxyType({})
LAST = "~"  # sorts after every urgency

Order = Callable[[str], Sequence[str]]  # a form's questions in order, by the form's id


class State(Enum):
    """How far a case can be read and believed here."""

    VERIFIED = "verified"
    ANNOUNCED = "announced"
    CLOSED = "sealed"  # to others; "closed" is a state of the team
    TROUBLE = "trouble"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One case of the inbox; empty texts are what this desk cannot tell.

    `foreign_form` when no statement that was seen here names the form it was told with; `opened`
    are the entries of a journal that holds together, and `chains` its hash at each of them.
    """

    case: CaseId
    state: State
    number: str = ""
    urgency: str = ""
    form: str = ""
    language: str = ""
    day: date | None = None
    version: str = ""  # of the form
    codes: Mapping[str, tuple[str, ...]] | None = field(default=None, repr=False)
    codes_cut: bool = False
    casefile: Casefile | None = field(default=None, repr=False)
    trouble: str = ""
    chain: bytes = b""  # the end of its journal
    foreign_form: bool = False
    opened: tuple[Opened, ...] = field(default=(), repr=False)
    chains: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def index(self) -> IndexEntry | None:
        """What a digest tells of the case: made when it is asked for, a list of many needs none."""
        if self.codes is None or self.day is None:
            return None
        return IndexEntry(
            case=self.case,
            number=self.number,
            form=self.form,
            version=self.version,
            urgency=self.urgency,
            language=self.language,
            day=self.day,
            codes=self.codes,
            codes_cut=self.codes_cut,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """All that this desk knows of, the most urgent first, then the newest."""

    items: tuple[Item, ...]
    digests: tuple[ReadDigest, ...]
    leaving: tuple[tuple[Item, Tombstone], ...] = ()

    def find(self, name: str) -> Item:
        """Return the case of a number, a case id or its beginning.

        Raises:
            NoSuchCase, SeveralCases: there is none, or more than one.
            CaseDeparts, CaseGone: it is being deleted, or it was.
        """
        wanted = "".join(c for c in name.upper() if c.isalnum())
        found = [item for item in self.items if _is_called(item, wanted)]
        if not found:
            for item, stone in self.leaving:
                if _is_called(item, wanted):
                    called = safe_line(name)
                    gone = stone.stage is Stage.GONE
                    raise CaseGone(called) if gone else CaseDeparts(called, stone.asked)
            raise NoSuchCase(name)
        if len(found) > 1:
            raise SeveralCases(name)
        return found[0]


def read_inbox(mirror: Mirror, reader: Reader, order: Order) -> Inbox:
    """Read everything that the mirror holds.

    Raises:
        ReadingError, StorageError: a statement or a digest here is not what was kept.
    """
    digests = [one for one in read_digests(mirror, reader).values() if one is not None]
    announced = {entry.case: entry for one in digests for entry in one.index}
    stones = {one.case: one for one in mirror.told.tombstones()}
    cases = {*mirror.cases(), *announced}
    items = read_cases(mirror, reader, cases - stones.keys(), order, announced)
    leaving = read_cases(mirror, reader, cases & stones.keys(), order, announced)
    return Inbox(
        items=tuple(items),
        digests=tuple(digests),
        leaving=tuple((item, stones[item.case]) for item in leaving),
    )


def read_cases(
    mirror: Mirror,
    reader: Reader,
    cases: Collection[CaseId],
    order: Order,
    announced: Mapping[CaseId, IndexEntry] = NOTHING,
) -> list[Item]:
    """Verify and open some cases, the most urgent first.

    Those that are not here are what a digest announced.
    """
    known, witnessed, here = (
        mirror.known(reader),
        witnessed_heads(mirror.heads()),
        set(mirror.cases()),
    )
    items = []
    for case in sorted(cases):
        if case in here:
            item = read_case(mirror, reader.keys, known, case, witnessed.get(case, ()), order)
            items.append(_named(item, announced))
        elif case in announced:
            items.append(_item(State.ANNOUNCED, announced[case]))
    return sorted(items, key=_urgency)


def read_case(
    mirror: Mirror,
    keys: Keys,
    known: Known,
    case: CaseId,
    witnessed: Sequence[Head],
    order: Order,
) -> Item:
    """Verify and open one case."""
    try:
        rows = mirror.journal(case)
        head = verify_chain(rows, known.verify, witnessed)
        opened = open_journal(rows, keys)
        Signers.of(known.lines[-1]).check_interview(opened)
        form = next((one.submission.form.id for one in opened if one.submission), "")
        casefile = fold(opened, order(form))
    except (DeskError, StorageError) as error:
        return Item(case=case, state=State.TROUBLE, trouble=str(error))
    if casefile is None:
        return Item(case=case, state=State.CLOSED, day=rows[0].day, chain=head.chain)
    return replace(
        _item(State.VERIFIED, casefile.submission.index),
        casefile=casefile,
        chain=head.chain,
        foreign_form=not _is_pinned(casefile.form, known),
        opened=opened,
        chains=tuple(row.chain for row in rows),
    )


def _is_pinned(form: FormRef, known: Known) -> bool:
    """Tell whether one of the statements names this form; where none names any, none is meant."""
    pins = [(name, pin.sha256) for line in known.lines for name, pin in line.forms.items()]
    return not pins or (form.id, form.sha256) in pins


def witnessed_heads(heads: Heads) -> dict[CaseId, list[Head]]:
    """Return the heads that digests have witnessed, by case."""
    found: dict[CaseId, list[Head]] = defaultdict(list)
    for witness in heads.witnesses:
        for head in witness.changed:
            found[head.case].append(head)
    return found


def _named(item: Item, announced: Mapping[CaseId, IndexEntry]) -> Item:
    """Give a case that could not be opened the name that a digest gave it."""
    index = announced.get(item.case)
    if item.codes is not None or index is None:
        return item
    return replace(_item(item.state, index), trouble=item.trouble)


def announced_item(index: IndexEntry) -> Item:
    """Return a case of which only a digest told."""
    return _item(State.ANNOUNCED, index)


def _item(state: State, index: IndexEntry) -> Item:
    return Item(
        case=index.case,
        state=state,
        number=index.number,
        urgency=index.urgency,
        form=index.form,
        language=index.language,
        day=index.day,
        version=index.version,
        codes=index.codes,
        codes_cut=index.codes_cut,
    )


def _is_called(item: Item, wanted: str) -> bool:
    number, case = item.number.replace("-", ""), item.case.hex().upper()
    return wanted == number or (len(wanted) >= LEAST_PREFIX and case.startswith(wanted))


def _urgency(item: Item) -> tuple[bool, str, int, str]:
    """Order by trouble first, then urgency, then day, the newest first."""
    day = item.day.toordinal() if item.day else 0
    return item.state is not State.TROUBLE, item.urgency or LAST, -day, item.number
