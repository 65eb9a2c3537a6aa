"""Cases that leave: in no list but their own, and shown to the lead, who may hold that once.

Rules of this file: what the server told of each beside what this desk knows of it. What retention
asked for, and nobody else, the lead may take back by keeping the case longer. Nothing is opened
here. A case that is gone is not shown, whether or not it was erased here already; it is listed
until all of the staff have erased it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from desk.errors import CaseGone, NoSuchCase
from desk.inbox import Inbox, Item, State
from desk.listing import called
from desk.summaries import Summary
from storage.rows import CaseId
from storage.standing import RETENTION
from storage.tombstone import Stage, Tombstone


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """A case that leaves. `summary` is what is known of it here, if anything.

    `hold` is the day of a hold that waits in this desk's outbox, `keep` that of keeping it longer.
    """

    stone: Tombstone
    summary: Summary | None = None
    hold: date | None = None
    keep: date | None = None

    @property
    def case(self) -> CaseId:
        """The case's id."""
        return self.stone.case

    @property
    def number(self) -> str:
        """Its number, or the case id's beginning."""
        return called(_item(self))

    @property
    def is_open(self) -> bool:
        """Whether its journal is here, and something may still be decided."""
        there = self.summary is not None and self.summary.item.state is not State.ANNOUNCED
        return there and self.stone.stage is not Stage.GONE

    @property
    def may_stay(self) -> bool:
        """Whether the lead may keep it all the same."""
        return self.is_open and self.stone.by == RETENTION


def departures(stones: Iterable[Tombstone], known: Iterable[Summary]) -> tuple[Departure, ...]:
    """Return the cases that leave, the last asked for first, without those erased by everybody."""
    summaries = {one.case: one for one in known}
    wanted = [one for one in stones if one.stage is not Stage.GONE or one.erased < one.of]
    ordered = sorted(wanted, key=lambda one: (-one.asked.toordinal(), one.case))
    return tuple(Departure(stone=one, summary=summaries.get(one.case)) for one in ordered)


def find(leaving: Sequence[Departure], name: str) -> Summary:
    """Return what is known of a case that leaves, by number, case id or its beginning.

    Raises:
        NoSuchCase, SeveralCases: there is none, or more than one.
        CaseGone: its journal is not here (any more).
    """
    items = [_item(one) for one in leaving]
    case = Inbox(items=tuple(items), digests=()).find(name).case
    [found] = [one for one in leaving if one.case == case]
    if not found.is_open or found.summary is None:
        raise CaseGone(found.number)
    return found.summary


def called_there(leaving: Sequence[Departure], name: str) -> str:
    """Return what a case that leaves is called by all, given any of its names; nothing for none."""
    try:
        return called(Inbox(items=tuple(map(_item, leaving)), digests=()).find(name))
    except NoSuchCase:
        return ""


def _item(one: Departure) -> Item:
    return one.summary.item if one.summary else Item(case=one.case, state=State.ANNOUNCED)
