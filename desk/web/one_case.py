"""One case: what the person told, part by part, and beside it what the team has made of it.

Rules of this file: a case to what a template shows; nothing is decided here. The person's own words
are always there, in their language; codes are in the staff's. What a case cannot tell is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from desk import alarms, case_page, drawer, file_pages, phrases, recalls, sounds
from desk.acts import Moment
from desk.casebook import CaseView
from desk.casefile import Casefile, Told
from desk.daytime import Wish
from desk.deadlines import Due
from desk.file_names import risks
from desk.listing import UNKNOWN
from desk.replying import may_write, wish_of
from desk.web import wording
from desk.web.asking import Answer, Asked, Page
from desk.web.desktop import Desktop, Heard
from storage.act import Assessed, Deed, Exported, Read, Reply, StateSet, Urgency
from storage.entry import ADDED, Codes, Day, File, Number, Words

SOUNDS = frozenset({"voice", "audio"})  # kinds, as the chat apps name them


@dataclass(frozen=True, kw_only=True, slots=True)
class Bit:
    """A part of an answer; `kind` says which of the others is meant."""

    kind: str  # words, codes, plain, file
    text: str = field(default="", repr=False)
    language: str = ""
    codes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An answer as it is shown: its question, its parts, what it was before."""

    name: str
    label: str
    bits: tuple[Bit, ...] = field(repr=False)
    later: date | None = None
    before: tuple["Shown", ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something in a case's history. `side` is who did it: person, team, quiet (who read what)."""

    day: date
    side: str
    who: str
    what: str = field(repr=False)
    text: str = field(default="", repr=False)
    language: str = ""
    state: str = ""
    packet: int = 0  # a reply that waits here: its number, where it may be taken back
    entry: int = 0  # a reply that may wait at the server: where it stands in the journal
    bits: tuple[Bit, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A file of a case."""

    number: int
    file: File = field(repr=False)
    size: str = ""
    here: bool = False
    picture: bool = False
    sound: bool = False
    risks: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show a case, and note that this person has opened it where that is news."""
    view = desktop.book.case(asked.path["case"])
    desktop.book.opened(view)
    return page(desktop, asked, view)


def page(desktop: Desktop, asked: Asked, view: CaseView) -> Page:
    """Return the page of a case."""
    casefile, marks = view.casefile, view.standing.marks
    return Page(
        template="case.html",
        values={
            "view": view,
            "begun": desktop.drawer.get(drawer.note(view.case)) or "",
            "casefile": casefile,
            "marks": marks,
            "summary": view.summary,
            "sections": list(sections(desktop, view)),
            "events": (happened := list(events(desktop, view, asked.now))),
            "newest": next((one for one in happened if one.side == "person"), None),
            "files": [
                _held(desktop, casefile, number, file) for number, file in casefile.files.items()
            ],
            "folder": str(desktop.quarantine.folder(casefile)),
            "beware": file_pages.BEWARE.replace("`", ""),
            "findings": [alarms.finding(one) for one in view.findings],
            "warnings": list(_warnings(desktop, view)),
            "dues": [(one, _due(one), one.overdue(asked.today)) for one in view.summary.dues],
            "reminders": [one for one in marks.reminders if one.due is not None],
            "may_write": may_write(casefile),
            "can": set(desktop.rights),
            "picture": asked.asks("picture"),
            "heard": _heard(desktop, asked, view),
            "departure": "",
            "may_hold": False,
            "may_stay": False,
        },
    )


# --- what the person told ----------------------------------------------------------------------


def sections(desktop: Desktop, view: CaseView) -> Iterator[tuple[str, list[Shown]]]:
    """Yield the parts of the form with their answers, in order."""
    found: dict[str, list[Shown]] = {}
    for told in view.casefile.answers:
        found.setdefault(wording.section(told.question), []).append(reply(desktop, view, told))
    yield from found.items()


def reply(desktop: Desktop, view: CaseView, told: Told) -> Shown:
    """Return an answer with its history."""
    form = view.casefile.form
    label = desktop.labels.of(form).question(form.id, told.question)
    place = told.question, told.repeat
    before = (one for one in view.casefile.earlier if (one.question, one.repeat) == place)
    return Shown(
        name=told.question + (f" ({told.repeat})" if told.repeat else ""),
        label="" if label == told.question else label,
        bits=tuple(bits(desktop, view, told)),
        later=told.later,
        before=tuple(
            Shown(name="", label="", bits=tuple(bits(desktop, view, one)), later=one.later)
            for one in before
        ),
    )


def bits(desktop: Desktop, view: CaseView, told: Told) -> Iterator[Bit]:
    """Yield the parts of an answer."""
    form = view.casefile.form
    labels = desktop.labels.of(form)
    numbers = {id(file): number for number, file in view.casefile.files.items()}
    for part in told.parts:
        match part.value:
            case Words(words=words):
                yield Bit(kind="words", text=words, language=part.language)
            case Codes(codes=codes):
                named = ((code, labels.code(form.id, told.question, code)) for code in codes)
                yield Bit(kind="codes", codes=tuple(named))
            case Number(number=number):
                yield Bit(kind="plain", text=str(number))
            case Day(day=day):
                yield Bit(kind="plain", text=day)
            case File():
                yield Bit(kind="file", number=numbers.get(id(part.value), 0))


def _held(desktop: Desktop, casefile: Casefile, number: int, file: File) -> Held:
    return Held(
        number=number,
        file=file,
        size=file_pages.size(file.size),
        here=desktop.shelf.has(file),
        picture=file.type in {"image/jpeg", "image/png", "image/webp"},
        sound=file.size <= sounds.MOST and (file.kind in SOUNDS or file.type.startswith("audio/")),
        risks=risks(file.name, file.type),
        saved=tuple(map(str, desktop.quarantine.saved(casefile, number, file))),
    )


def _heard(desktop: Desktop, asked: Asked, view: CaseView) -> Heard | None:
    """Return the voice note that is listened to, where the address asks for it."""
    one = desktop.heard
    here = one is not None and one.case == view.case and asked.asks("listen") == str(one.number)
    return one if here else None


def _warnings(desktop: Desktop, view: CaseView) -> Iterator[str]:
    casefile = view.casefile
    if view.duress is not None:
        yield (
            f"On {view.duress} the person used the word that means: I am not free to speak."
            " Somebody may be reading along."
        )
    if not desktop.labels.knows(casefile.form):
        yield case_page.not_at_hand(casefile.form)
    if view.item.foreign_form:
        yield case_page.FOREIGN
    for name, number in casefile.closed.items():
        yield f"Sealed to {name}, and not open to you: {number}."
    if casefile.unknown:
        yield f"Of a kind that this version does not know, and not shown: {casefile.unknown}."
    if view.standing.marks.erase:
        yield "Deletion was asked for. The server destroys the case when its wait is over."


# --- what happened -----------------------------------------------------------------------------


def events(desktop: Desktop, view: CaseView, now: datetime) -> Iterator[Event]:
    """Yield all that happened, the newest first."""
    who, what = phrases.begun(view.casefile.submission.interviewer)
    sent = Event(day=view.casefile.day, side="person", who=who, what=what)
    later = [t for t in (*view.casefile.answers, *view.casefile.added) if t.later is not None]
    found = [(0, sent), *((told.position, _told(desktop, view, told)) for told in later)]
    wish = wish_of(view.casefile)
    there = recalls.waiting(view.standing)
    last = 1 << 40  # what is not in the journal yet comes after all that is
    for count, one in enumerate(view.standing.moments):
        place = last + count if one.position is None else one.position
        event = _moment(view, one, wish, now)
        entry = (one.position or 0) if one in there else 0
        found.append((place, replace(event, entry=entry)))
    return (event for _, event in sorted(found, key=lambda one: one[0], reverse=True))


def _told(desktop: Desktop, view: CaseView, told: Told) -> Event:
    what = "wrote" if told.question == ADDED else f"told more at question {told.question}"
    return Event(
        day=told.later or view.casefile.day,
        side="person",
        who="The person",
        what=what,
        bits=tuple(bits(desktop, view, told)),
    )


def _moment(view: CaseView, one: Moment, wish: Wish, now: datetime) -> Event:
    reply = isinstance(one.deed, Reply)
    return Event(
        day=one.day,
        side="quiet" if isinstance(one.deed, Read) else "reply" if reply else "team",
        who=one.author,
        what=_done(one.deed),
        text=phrases.written(one.deed),
        language=one.deed.language if isinstance(one.deed, Reply) else "",
        packet=one.act.sequence if reply and one.position is None and one.outcome is None else 0,
        state=alarms.likened(phrases.outcome(one, wish, now), view.likeness.get(one.number)),
    )


def _done(deed: Deed) -> str:
    """Return what was done, with the names that codes have on the page."""
    match deed:
        case StateSet(state=state):
            return f"set the state: {wording.STATES.get(state, state)}"
        case Urgency(level=level):
            return f"set the urgency: {level}, {wording.URGENCIES.get(level, UNKNOWN)}"
        case Assessed(verification=found, attribution=behind):
            said = (wording.LEVELS.get(found, found), wording.ATTRIBUTIONS.get(behind, behind))
            return f"assessed: {'; '.join(filter(None, said)) or 'not any more'}"
        case Exported(form=form, redaction=left):
            kind = wording.EXPORTS.get(form, (form,))[0]
            return f"exported the case: {kind}; {wording.REDACTIONS.get(left, (left,))[0]}"
        case _:
            return phrases.deed(deed).rstrip(":")


def _due(one: Due) -> str:
    return one.text or wording.DUE[one.what]
