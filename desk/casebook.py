"""The casebook: all that the staff see and do at a desk, for the command line and the web alike.

Rules of this file: a facade; what a case says is folded elsewhere, what is kept is kept elsewhere.
Lists come from what was folded before and open no case; one case is opened, verified and folded
anew each time. What waits in the outbox is laid over both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from typing import Self

from desk import departing, replying
from desk.acting import LEAD, Desk
from desk.acts import Marks, Moment, Own, Standing, step
from desk.casefile import Casefile
from desk.departing import Departure
from desk.errors import CaseInTrouble, CaseLeaves, NoSuchCase, NotForYou, NotHereYet
from desk.folding import fold_case, ground_of
from desk.forks import Finding
from desk.imprints import Likeness
from desk.inbox import Inbox, Item, Order, State
from desk.index import Index, Kept
from desk.mirror import FOLDER, Mirror
from desk.outbox import Outbox
from desk.pending import Pending
from desk.reader import Reader
from desk.refreshing import Progress, refresh, silent
from desk.replying import Prepared, Way
from desk.safe_text import safe_line
from desk.summaries import SORTS, Counts, Filter, Summary, count, laid_over, ordered
from desk.waiting import Number
from storage.act import Read
from storage.packet import Header
from storage.rows import CaseId

ALL = Filter()
OPENED = "opened"
#: Acts that wait, what was read, and the cases with these laid over them.
Laid = tuple[object, object, list[Summary]]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """One case, opened: what the person said, what staff did, what is not as it should be.

    `ways` are where the person can be written to, `findings` what is wrong with its journal, the
    most serious first, `likeness` whether replies went out as they stand, `duress` the day on which
    the word for "I am not free" came, for who may know it.
    """

    summary: Summary
    casefile: Casefile = field(repr=False)
    standing: Standing = field(repr=False)
    ways: tuple[Way, ...] = ()
    findings: tuple[Finding, ...] = ()
    likeness: Mapping[Number, Likeness] = field(default_factory=dict)
    duress: date | None = None

    @property
    def used(self) -> int:
        """The number of the address that staff wrote to last; 0: to none."""
        return self.standing.used

    @property
    def item(self) -> Item:
        """The case as the inbox knows it."""
        return self.summary.item

    @property
    def case(self) -> CaseId:
        """The case's id."""
        return self.casefile.case

    @property
    def phrase(self) -> str:
        """The phrase that stands first in each reply, or nothing."""
        return replying.safe_phrase(self.casefile)


@dataclass(kw_only=True, slots=True)
class Casebook:
    """A desk's cases. `kept` are all that are here, without what waits in the outbox."""

    reader: Reader
    mirror: Mirror
    pending: Pending
    order: Order
    today: date
    kept: Kept
    _laid: Laid = field(default=(None, None, []), repr=False)

    @classmethod
    def of(
        cls,
        reader: Reader,
        order: Order,
        today: date,
        progress: Progress = silent,
        *,
        pending: Pending | None = None,
    ) -> Self:
        """Open the casebook of a desk, and bring its index up to what is here.

        `pending` is of an earlier casebook of theirs: what it has read is not read again.

        Raises:
            ReadingError, StorageError: what is here is not what was kept.
        """
        mirror = Mirror(folder=reader.desk / FOLDER)
        if pending is None:
            pending = Pending(outbox=Outbox(desk=reader.desk, signing=reader.signing))
        outbox = pending.outbox
        outbox.settle(mirror.told.outcomes())
        index = Index.open(reader.desk, reader.own)
        kept = refresh(index, mirror, reader, outbox.answered(), progress=progress)
        book = cls(
            reader=reader, mirror=mirror, pending=pending, order=order, today=today, kept=kept
        )
        book.tidy()
        return book

    @property
    def outbox(self) -> Outbox:
        """Where what was done waits for the server."""
        return self.pending.outbox

    @property
    def desk(self) -> Desk:
        """The hand that acts; what it makes is in the outbox at once."""
        return Desk(reader=self.reader, mirror=self.mirror, outbox=self.outbox, today=self.today)

    # --- lists ---------------------------------------------------------------------------------

    def cases(self, wanted: Filter = ALL, sort: str = SORTS[0]) -> tuple[Summary, ...]:
        """Return the cases that are wanted, in one of the orders of `SORTS`."""
        found = self.kept.search(wanted.search) if wanted.search else None
        chosen: Iterable[Summary] = self._summaries()
        if found is not None:
            chosen = [one for one in chosen if one.case in found]
        if replace(wanted, search="") != ALL:
            chosen = [one for one in chosen if wanted.takes(one, self.today)]
        return ordered(chosen, sort, today=self.today)

    def counts(self) -> Counts:
        """Return how many cases there are of each sort."""
        return count(self._summaries(), name=self.reader.name, today=self.today)

    def leaving(self) -> tuple[Departure, ...]:
        """Return the cases that leave, which are in no other list."""
        own, found = self.own(), []
        for one in departing.departures(self.mirror.told.tombstones(), self.kept.leaving()):
            acts = [Moment(act=one.act, outcome=one.outcome) for one in own.get(one.case, ())]
            marks = reduce(step, acts, Marks())
            found.append(replace(one, hold=marks.hold, keep=marks.keep_until))
        return tuple(found)

    def find(self, name: str) -> Summary:
        """Return the case of a number, a case id or its beginning.

        Raises:
            NoSuchCase, SeveralCases: there is none, or more than one.
            CaseLeaves: it is being deleted.
        """
        summaries = {one.case: one for one in self._summaries()}
        inbox = Inbox(items=tuple(one.item for one in summaries.values()), digests=())
        try:
            return summaries[inbox.find(name).case]
        except NoSuchCase:
            if called := departing.called_there(self.leaving(), name):
                raise CaseLeaves(safe_line(called)) from None
            raise

    def _summaries(self) -> list[Summary]:
        own, read = self.own(), self.kept.read()
        if self._laid[0] is not own or self._laid[1] != read:
            name = self.reader.name
            laid = [
                laid_over(one, own.get(one.case, ()), name, upto=read.get(one.case, -1))
                for one in self.kept.all()
            ]
            self._laid = own, read, laid
        return self._laid[2]

    # --- one case ------------------------------------------------------------------------------

    def case(self, name: str) -> CaseView:
        """Open, verify and fold one case.

        Raises:
            NoSuchCase, SeveralCases: there is none, or more than one.
            NotForYou, CaseInTrouble, NotHereYet: it cannot be shown.
            CaseLeaves: it is being deleted; see `leaving_case`.
        """
        return self._view(self.find(name))

    def leaving_case(self, name: str) -> CaseView:
        """Open a case that is being deleted, for the lead, who decides whether to hold that.

        Raises:
            NoSuchCase, SeveralCases: none leaves that is called so, or more than one.
            NoRight: the person does not lead. CaseGone: nothing of it is here.
            NotForYou, CaseInTrouble: it cannot be shown.
        """
        self.desk.check(LEAD)
        return self._view(departing.find(self.leaving(), name))

    def _view(self, found: Summary) -> CaseView:
        called = safe_line(found.item.number or found.case.hex())
        if found.item.state is State.ANNOUNCED:
            raise NotHereYet(called)
        own, outcomes = self.own().get(found.case, ()), self.pending.outcomes()
        ground, keys = ground_of(self.mirror, self.reader), self.reader.keys
        upto = self.kept.read().get(found.case, -1)
        folded = fold_case(self.mirror, keys, ground, found.case, self.order, own, outcomes)
        if folded.item.state is State.TROUBLE:
            raise CaseInTrouble(called, safe_line(folded.item.trouble).rstrip("."))
        if folded.item.casefile is None:
            raise NotForYou(called)
        return CaseView(
            summary=laid_over(folded.summary, own, self.reader.name, upto=upto, folded=True),
            casefile=folded.item.casefile,
            standing=folded.standing,
            ways=folded.ways,
            findings=folded.findings,
            likeness=folded.likeness,
            duress=folded.duress,
        )

    def opened(self, view: CaseView, what: str = "") -> tuple[Header, ...]:
        """Note that this person has opened a case, or a file in it, where that is news.

        The team is told by who may act; for who may only read, this desk alone remembers it.
        """
        person = self.reader.line.person(self.reader.name)
        rights, unread = person.rights if person else (), view.summary.unread
        made, acts = [], "act" in rights
        if "read" in rights and not view.standing.marks.opened_by and (acts or unread):
            made.append(self.desk.report(view.case, OPENED))
        if acts and (what or unread):
            made.append(self.desk.act(view.case, Read(what=what)))
        if not acts and unread:
            self.kept.note_read(view.case, view.standing.marks.heard_at)
        return tuple(made)

    def prepare(
        self,
        view: CaseView,
        text: str,
        *,
        now: datetime,
        address: int = 0,
        language: str = "",
        anyway: bool = False,
        at_once: bool = False,
    ) -> Prepared:
        """Prepare a reply, to be shown before `desk.reply` sends it; `now` tells whether it waits.

        Raises:
            ReplyError: it cannot be sent so; the class says why.
        """
        self.desk.check("act")
        return replying.prepare(
            view.casefile,
            view.ways,
            text,
            today=self.today,
            now=now,
            urgency=view.summary.urgency,
            address=address,
            used=view.used,
            language=language,
            anyway=anyway,
            at_once=at_once,
            duress=view.duress is not None,
        )

    # --- the outbox ----------------------------------------------------------------------------

    def own(self) -> Mapping[CaseId, tuple[Own, ...]]:
        """Return this desk's acts that are not in a journal here, by case, in their order."""
        return self.pending.acts(self.reader.keys)

    def tidy(self) -> None:
        """Take out of the outbox what was taken and has come back in a journal."""
        answered = self.outbox.answered()
        taken = {
            one.header.case
            for one in self.outbox.lying()
            if one.number in answered and not answered[one.number].outcome.is_refusal
        }
        if not taken:
            return
        ground, here = ground_of(self.mirror, self.reader), set(self.mirror.cases())
        entries = set[Number]()
        for case in taken & here:
            folded = fold_case(self.mirror, self.reader.keys, ground, case, self.order)
            entries.update(one.number for one in folded.standing.moments)
        self.outbox.arrived(entries, here)
