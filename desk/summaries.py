"""What the list of cases knows of each, and which of them are wanted.

Rules of this file: pure values. A summary is made of a case that was opened once and kept in the
sealed index; it has no words of the person's but the codes of the digest's index entry.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce

from desk.acts import CLOSED, Marks, Moment, Own, step
from desk.deadlines import Due, dues, is_late
from desk.inbox import Item, State
from storage.act import STATES
from storage.entry import File
from storage.rows import CaseId

LAST = "~"  # sorts after every urgency
INTERVIEW = "interview"
SORTS = ("urgency", "overdue", "newest", "oldest", "owner", "number")


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """One case of the list. `item` has no casefile; `marks` are with what waits in the outbox.

    `kinds` are `words`, `interview` and the kinds of files (photo, voice, ...) in it; `may_write`
    is `yes`, `urgent` or `no`; `pending` counts acts of this desk that the server has not taken
    yet, `alarms`
    findings about its journal; `duress` is told to those who may read the word.
    """

    item: Item
    marks: Marks = field(default_factory=Marks)
    kinds: tuple[str, ...] = ()
    files: int = 0
    may_write: str = "no"
    pending: int = 0
    refused: int = 0
    alarms: int = 0
    duress: bool = False
    unread: bool = False

    @property
    def case(self) -> CaseId:
        """The case's id."""
        return self.item.case

    @property
    def urgency(self) -> str:
        """The urgency as it stands: staff's, or else the triage table's."""
        return self.marks.urgency or self.item.urgency

    @property
    def triaged(self) -> bool:
        """Whether staff have given another urgency than the triage table."""
        return bool(self.marks.urgency) and self.marks.urgency != self.item.urgency

    @property
    def dues(self) -> tuple[Due, ...]:
        """What is to be done, the first due first."""
        if self.item.state is State.ANNOUNCED:
            waits = Marks(waits=self.item.day)
            return dues(waits, urgency=self.urgency, sent=None, may_write="no")
        if self.item.state is not State.VERIFIED:
            return ()
        return dues(self.marks, urgency=self.urgency, sent=self.item.day, may_write=self.may_write)

    def overdue(self, today: date) -> tuple[Due, ...]:
        """Return what should have been done by now."""
        return tuple(one for one in self.dues if one.overdue(today))

    def is_late(self, today: date) -> bool:
        """Tell whether something should have been done by now."""
        if self.item.state is not State.VERIFIED:
            return bool(self.overdue(today))
        day, may = self.item.day, self.may_write
        return is_late(self.marks, today, urgency=self.urgency, sent=day, may_write=may)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which cases are wanted: each that is given must fit; an empty one takes all.

    Within `states`, `urgencies`, `languages` and `kinds` one must fit; of `tags` all. `owner` is a
    name, or "-" for nobody. `search` looks into everything that was said and noted.
    """

    states: tuple[str, ...] = ()
    owner: str = ""
    urgencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    overdue: bool = False
    unread: bool = False
    search: str = field(default="", repr=False)

    def takes(self, one: Summary, today: date) -> bool:
        """Tell whether a case is wanted, but for `search`."""
        marks = one.marks
        return (
            (not self.states or self._state(one) in self.states)
            and (not self.owner or (marks.owner or "-") == self.owner)
            and (not self.urgencies or one.urgency in self.urgencies)
            and set(self.tags) <= set(marks.tags)
            and (not self.languages or one.item.language in self.languages)
            and (not self.kinds or bool(set(self.kinds) & set(one.kinds)))
            and (not self.unread or one.unread)
            and (not self.overdue or one.is_late(today))
        )

    def _state(self, one: Summary) -> str:
        return one.marks.state if one.item.state is State.VERIFIED else one.item.state.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many cases there are of each sort; `open` are those not closed."""

    all: int
    open: int
    unread: int
    overdue: int
    mine: int
    trouble: int
    states: tuple[tuple[str, int], ...]
    urgencies: tuple[tuple[str, int], ...]
    owners: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    tags: tuple[tuple[str, int], ...]


def count(summaries: Sequence[Summary], *, name: str, today: date) -> Counts:
    """Count the cases; `name` is who is asking."""
    verified = [one for one in summaries if one.item.state is State.VERIFIED]
    states = Counter(one.marks.state for one in verified)
    return Counts(
        all=len(summaries),
        open=sum(one.marks.state != CLOSED for one in verified),
        unread=sum(one.unread for one in verified),
        overdue=sum(one.is_late(today) for one in verified),
        mine=sum(one.marks.owner == name for one in verified),
        trouble=sum(one.item.state is State.TROUBLE or one.alarms > 0 for one in summaries),
        states=tuple((state, states[state]) for state in STATES),
        urgencies=_counted(one.urgency for one in verified),
        owners=_counted(one.marks.owner for one in verified),
        languages=_counted(one.item.language for one in verified),
        tags=_counted(tag for one in verified for tag in one.marks.tags),
    )


def ordered(
    summaries: Iterable[Summary], sort: str = SORTS[0], *, today: date
) -> tuple[Summary, ...]:
    """Return the cases in one of the orders of `SORTS`; trouble always comes first."""
    first = _FIRST[sort]

    def key(one: Summary) -> tuple[object, ...]:
        item = one.item
        sound = item.state is not State.TROUBLE and not one.duress
        day = -item.day.toordinal() if item.day else 0
        return sound, first(one, today), day, item.number

    return tuple(sorted(summaries, key=key))


def _urgent(one: Summary, today: date) -> tuple[object, ...]:
    return one.marks.state == CLOSED, one.urgency or LAST, not one.is_late(today)


def _overdue(one: Summary, today: date) -> tuple[object, ...]:
    late = one.overdue(today)
    on = late[0].on.toordinal() if late else 0
    return not late, on, one.marks.state == CLOSED, one.urgency or LAST


#: What a case is ordered by before its day.
_FIRST: Mapping[str, Callable[[Summary, date], tuple[object, ...]]] = {
    "urgency": _urgent,
    "overdue": _overdue,
    "newest": lambda _one, _today: (),
    "oldest": lambda one, _today: (one.item.day or date.min,),
    "owner": lambda one, _: (
        one.marks.owner or LAST,
        one.marks.state == CLOSED,
        one.urgency or LAST,
    ),
    "number": lambda one, _today: (one.item.number,),
}


def kinds_of(item: Item) -> tuple[str, ...]:
    """Return what a case holds: `words`, `interview`, and the kinds of its files."""
    if item.casefile is None:
        return ()
    told = (*item.casefile.answers, *item.casefile.added)
    words = {"words"} if any(one.words for one in told) else set[str]()
    files = {value.kind for one in told for value in one.values if isinstance(value, File)}
    met = {INTERVIEW} if item.casefile.submission.interviewer else set[str]()
    return tuple(sorted(words | files | met))


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items()))


def laid_over(
    summary: Summary, own: tuple[Own, ...], name: str, *, upto: int = -1, folded: bool = False
) -> Summary:
    """Return a summary with what waits in the outbox; `folded` where its marks have it already.

    `upto` is the position up to which it was read without telling the team.
    """
    verified = summary.item.state is State.VERIFIED
    if not own:  # so for nearly all of a list: one that is as it should be is not made anew
        marks = summary.marks
        unread = verified and marks.unread(name) and upto < marks.heard_at
        as_is = (unread, 0, 0) == (summary.unread, summary.pending, summary.refused)
        return summary if as_is else replace(summary, unread=unread, pending=0, refused=0)
    moments = [Moment(act=one.act, outcome=one.outcome) for one in own]
    marks = summary.marks if folded else reduce(step, moments, summary.marks)
    return replace(
        summary,
        marks=marks,
        unread=verified and marks.unread(name) and upto < marks.heard_at,
        pending=sum(one.pending for one in moments),
        refused=sum(one.refused for one in moments),
    )
