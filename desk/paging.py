"""Pages of entries, as they come from the server: each checked against what is here, then kept.

Rules of this file: a page in memory at a time. A case's entries continue the ones that lie here,
link by link, or nothing of the page is kept; what is here already is passed over, if it is the
same.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from desk.errors import ForkedCase, TamperedCase
from desk.mirror import Known, Mirror, Stage
from storage.chain import verify_chain
from storage.errors import JournalForked, StorageError
from storage.exchange import Page
from storage.rows import CaseId, Head, JournalRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What was new of a page: cases that were not here at all, and how many entries.

    `since` is the position of the first entry that came, by case.
    """

    cases: tuple[CaseId, ...]
    entries: int
    since: Mapping[CaseId, int]


def take(
    mirror: Mirror,
    page: Page,
    known: Known,
    witnessed: Mapping[CaseId, Sequence[Head]],
    leaves: Collection[CaseId],
) -> Came:
    """Keep what is new of a page, of all cases but those that leave.

    Raises:
        TamperedCase, ForkedCase: something is not to be believed; nothing was kept.
    """
    journals: dict[CaseId, list[JournalRow]] = defaultdict(list)
    for row in page.rows:
        if row.case not in leaves:
            journals[row.case].append(row)
    cases, entries, since = [], 0, dict[CaseId, int]()
    with mirror.staged() as stage:
        for case, rows in journals.items():
            here = mirror.journal(case)
            fresh = _fresh(case, here, rows, known, witnessed.get(case, ()))
            _put(stage, fresh)
            entries += len(fresh)
            if fresh:
                since[case] = len(here)
            if fresh and not here:
                cases.append(case)
        if entries:
            stage.take_over()
    return Came(cases=tuple(cases), entries=entries, since=since)


def _put(stage: Stage, rows: Sequence[JournalRow]) -> None:
    for row in rows:
        stage.put(row)


def _fresh(
    case: CaseId,
    here: Sequence[JournalRow],
    rows: Sequence[JournalRow],
    known: Known,
    witnessed: Sequence[Head],
) -> list[JournalRow]:
    """Return the entries that are not here, once all of the journal was checked with them."""
    fresh = []
    for row in rows:
        if row.position >= len(here):
            fresh.append(row)
        elif row.chain != here[row.position].chain:
            raise ForkedCase(case.hex(), row.position)
    if not fresh:
        return fresh
    whole = [*here, *fresh]
    try:
        verify_chain(whole, known.verify, [one for one in witnessed if one.position < len(whole)])
    except JournalForked as error:
        raise ForkedCase(case.hex(), *error.args) from None
    except StorageError as error:
        raise TamperedCase(case.hex(), str(error).rstrip(".")) from None
    return fresh
