"""What staff have made of a case: its state, owner, tags, replies, folded from the journal's acts.

Rules of this file: pure. The journal's order decides, whatever desk an act came from; a later act
wins over an earlier one. An act that its author did not sign or may not do, or that stands twice,
changes nothing and is told. Acts of this desk that the server has not taken yet come last and are
marked pending; refused ones are shown and change nothing. Nothing here changes what the person
said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from desk.casefile import Opened, Planted
from desk.signers import Signers, Verdict
from storage.act import (
    STATES,
    Act,
    Assessed,
    Assigned,
    Deed,
    Erase,
    Exported,
    Hold,
    KeepUntil,
    Read,
    Recall,
    Reminder,
    Reply,
    StateSet,
    Tagged,
    Urgency,
)
from storage.outcome import Outcome
from storage.rows import Origin

NEW, CLOSED = STATES[0], STATES[-1]
#: A reply that has not reached the person.
FAILED = frozenset({Outcome.UNKNOWN, Outcome.BLOCKED, Outcome.KEY_CHANGED, Outcome.ADDRESS_DEAD})

Number = tuple[bytes, int]  # a device, and its packet's number


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """An act of this desk that lies in its outbox, and what the server said of it, if anything."""

    act: Act
    outcome: Outcome | None = None

    @property
    def number(self) -> Number:
        """Which packet carries it."""
        return self.act.device, self.act.sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One act in a case's history. `position` is None while it is not in the journal.

    `outcome` is what became of it, where that is known; in the journal, if more than taken.
    """

    act: Act
    position: int | None = None
    outcome: Outcome | None = None

    @property
    def number(self) -> Number:
        """Which packet carried it."""
        return self.act.device, self.act.sequence

    @property
    def pending(self) -> bool:
        """Whether the server has not taken it, as far as is known here."""
        taken = self.outcome is Outcome.TAKEN  # of a case that leaves, it comes back no more
        return self.position is None and not self.refused and not taken

    @property
    def refused(self) -> bool:
        """Whether the server did nothing of it."""
        return self.outcome is not None and self.outcome.is_refusal

    @property
    def deed(self) -> Deed:
        """What was done."""
        return self.act.deed

    @property
    def author(self) -> str:
        """Who did it."""
        return self.act.author

    @property
    def day(self) -> date:
        """The day on which it was done, as its author says."""
        return self.act.day


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What stands of a case at the desk: small enough for the index of all cases.

    `urgency` is "" while it is as the triage table gave it. `heard` and `heard_at` are day and
    position of what the person told last; `waits` the day since when nobody has done anything about
    that. `answered` and `replied` are the days of the first and the last reply that did not fail;
    `reply` is what became of the last one. `read` says up to which position who has read.
    """

    state: str = NEW
    owner: str = ""
    tags: tuple[str, ...] = ()
    urgency: str = ""
    verification: str = ""
    attribution: str = ""
    heard: date | None = None
    heard_at: int = 0
    waits: date | None = None
    answered: date | None = None
    replied: date | None = None
    reply: Outcome | None = None
    reminders: tuple[Reminder, ...] = field(default=(), repr=False)
    read: tuple[tuple[str, int], ...] = ()
    hold: date | None = None
    keep_until: date | None = None
    erase: bool = False

    def unread(self, name: str) -> bool:
        """Tell whether the person has told something that this one of the staff has not read."""
        upto = -1
        for who, position in self.read:
            if who == name:
                upto = position
        return upto < self.heard_at

    @property
    def opened_by(self) -> tuple[str, ...]:
        """Who has opened the case."""
        return tuple(name for name, _ in self.read)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A case as the staff have left it.

    `forged` are the positions of acts that nobody signed who may do that, `twice` of those that
    stand in the journal a second time, `late` of those that came when their author might no more,
    `planted` of what staff sent and may not send, with who made it, where that is proven. None of
    them changed anything.
    """

    marks: Marks = field(default_factory=Marks)
    moments: tuple[Moment, ...] = ()
    forged: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()
    late: tuple[tuple[int, str], ...] = ()
    planted: tuple[tuple[int, Planted, str], ...] = ()

    def of(self, *kinds: type[Deed]) -> tuple[Moment, ...]:
        """Return the moments of some kinds of deeds, refused ones too, in order."""
        return tuple(one for one in self.moments if isinstance(one.deed, kinds))

    @property
    def used(self) -> int:
        """The number of the address that was written to last; 0: to none."""
        gone = Outcome.TAKEN_BACK
        deeds = [one.deed for one in self.moments if not (one.refused or one.outcome is gone)]
        return next((one.address for one in reversed(deeds) if isinstance(one, Reply)), 0)


def fold(
    entries: Iterable[Opened],
    signers: Signers,
    own: Sequence[Own] = (),
    outcomes: Mapping[Number, Outcome] | None = None,
) -> Standing:
    """Fold the acts of a journal's opened entries, then those that wait in this desk's outbox.

    `signers` are those of the statement in force; `outcomes` what is known here of packets, beside
    what the journal's receipts say.
    """
    known = dict(outcomes or {})
    marks, moments, forged, twice = Marks(), list[Moment](), list[int](), list[int]()
    late = list[tuple[int, str]]()
    seen: set[Number] = set()
    ordered = sorted(entries, key=lambda one: one.position)
    for told in (one.receipt for one in ordered if one.receipt is not None):
        known[told.device, told.sequence] = told.outcome
    for entry in ordered:
        if entry.act is None:
            marks = hear(marks, entry)
            continue
        act = entry.act.act
        number = act.device, act.sequence
        verdict = signers.judge(entry.act, entry.day)
        if verdict is Verdict.FORGED:
            forged.append(entry.position)
        elif verdict is Verdict.OVER:
            late.append((entry.position, act.author))
        elif number in seen:
            twice.append(entry.position)
        else:
            seen.add(number)
            moment = Moment(act=act, position=entry.position, outcome=_told(known.get(number)))
            moments.append(moment)
            marks = step(marks, moment)
    for one in own:
        if one.number not in seen:
            moment = Moment(act=one.act, outcome=one.outcome)
            moments.append(moment)
            marks = step(marks, moment)
    return Standing(
        marks=marks,
        moments=tuple(moments),
        forged=tuple(forged),
        twice=tuple(twice),
        late=tuple(late),
        planted=tuple((o.position, o.planted, signers.maker(o)) for o in ordered if o.planted),
    )


def hear(marks: Marks, entry: Opened) -> Marks:
    """Return the marks after something came from the person."""
    said = entry.origin is Origin.LINE and (entry.answers or entry.closed)
    if not (entry.position == 0 or said):
        return marks
    waits = marks.waits or entry.day
    return replace(marks, heard=entry.day, heard_at=entry.position, waits=waits)


def step(marks: Marks, moment: Moment) -> Marks:
    """Return the marks after an act; a refused one changes nothing."""
    if moment.refused:
        return marks
    act = moment.act
    marks = _read(marks, act)
    match act.deed:
        case Read() | Exported() | Recall():
            return marks
        case Reply() if moment.outcome is Outcome.TAKEN_BACK:
            return marks
        case Reply() if moment.outcome in FAILED:
            return replace(marks, reply=moment.outcome)
        case Reply():
            marks = replace(
                marks,
                answered=marks.answered or act.day,
                replied=act.day,
                reply=moment.outcome or Outcome.WAITING,
            )
        case _:
            marks = _done(marks, act.deed)
    return replace(marks, waits=None)


def _done(marks: Marks, deed: Deed) -> Marks:
    changes: dict[str, Any] = {}
    match deed:
        case StateSet(state=state):
            changes = {"state": state}
        case Assigned(to=to):
            changes = {"owner": to}
        case Tagged(add=add, remove=remove):
            changes = {"tags": tuple(sorted({*marks.tags, *add} - {*remove}))}
        case Urgency(level=level):
            changes = {"urgency": level}
        case Assessed(verification=verification, attribution=attribution):
            given = {"verification": verification, "attribution": attribution}
            changes = {name: value for name, value in given.items() if value}
        case Reminder():
            changes = {"reminders": _remind(marks.reminders, deed)}
        case Hold(until=until):
            changes = {"hold": until}
        case KeepUntil(until=until):
            changes = {"keep_until": until}
        case Erase():
            changes = {"erase": True}
        case _:
            return marks
    return replace(marks, **changes)


def _remind(before: tuple[Reminder, ...], deed: Reminder) -> tuple[Reminder, ...]:
    """Set a reminder, or do away with the one of the same text."""
    others = tuple(one for one in before if one.text != deed.text)
    return (*others, deed) if deed.due is not None else others


def _read(marks: Marks, act: Act) -> Marks:
    """Note how far the author had seen the journal."""
    read = dict(marks.read)
    read[act.author] = max(read.get(act.author, -1), act.seen.position)
    return replace(marks, read=tuple(sorted(read.items())))


def _told(outcome: Outcome | None) -> Outcome | None:
    return None if outcome is Outcome.TAKEN else outcome
