"""What staff do with a case from its page: one form a kind of deed, one table of them.

Rules of this file: fields to a deed of `storage.act`, and nothing else; rights, sealing and the
outbox are the desk's own. A form that says nothing does nothing, and says so.
"""

from collections.abc import Callable, Mapping
from datetime import date

from desk import drawer, recalls
from desk.casebook import CaseView
from desk.errors import DayOver, NoneWaits, NoSuchColleague, NoText, OtherNumber, TooLongNote
from desk.summaries import Summary
from desk.web import wording
from desk.web.asking import Answer, Asked, Elsewhere, Page, part
from desk.web.desktop import Desktop
from storage.act import (
    STATES,
    Assessed,
    Assigned,
    Deed,
    Note,
    Outside,
    Reminder,
    StateSet,
    Tagged,
    Urgency,
)

LONGEST, LONGEST_TAG = 100_000, 40  # characters; ours
DONE = "Done; it goes to the team {}."
RECALLED = "It is not taken back yet, and it may be too late: the server is asked {}."

Make = Callable[[Desktop, Asked, Summary], Deed | None]


def do(desktop: Desktop, asked: Asked) -> Answer:
    """Do one thing with a case."""
    kind = asked.path["deed"]
    view = desktop.book.case(asked.path["case"])
    if kind in ENDS:
        ENDS[kind](desktop, asked, view)
    elif kind in DEEDS:
        deed = DEEDS[kind](desktop, asked, view.summary)
        if deed is not None:
            desktop.book.desk.act(view.case, deed)
        if kind == "note":
            desktop.drawer.drop(drawer.note(view.case))
    else:
        raise NoText
    says = (RECALLED if kind == "recall" else DONE).format(desktop.goes)
    return Elsewhere(place=f"case/{part(asked.path['case'])}", says=says)


# --- deeds -------------------------------------------------------------------------------------


def keep_note(desktop: Desktop, asked: Asked) -> Answer:
    """Keep a note while it is written, sealed: a lock takes nothing away."""
    case, written = desktop.book.find(asked.path["case"]).case, asked.said("text")
    if written.strip():
        desktop.drawer.put(drawer.note(case), written)
    else:
        desktop.drawer.drop(drawer.note(case))
    return Page(template="kept.html")


def _note(_desktop: Desktop, asked: Asked, _one: Summary) -> Deed:
    return Note(text=text(asked, "text"))


def _state(_desktop: Desktop, asked: Asked, one: Summary) -> Deed | None:
    state = _one_of(asked.said("state"), STATES)
    return None if state == one.marks.state else StateSet(state=state, reason=said(asked, "reason"))


def _owner(desktop: Desktop, asked: Asked, one: Summary) -> Deed | None:
    """Give the case to somebody who may read it.

    Raises:
        NoSuchColleague: there is nobody of that name.
    """
    to = asked.said("owner")
    if to and to not in desktop.colleagues:
        raise NoSuchColleague(to, ", ".join(desktop.colleagues))
    return None if to == one.marks.owner else Assigned(to=to)


def _tags(_desktop: Desktop, asked: Asked, one: Summary) -> Deed | None:
    """Make the tags those that stand in the field."""
    named = (word.strip("#,;")[:LONGEST_TAG] for word in asked.said("tags").split())
    wanted = {word for word in named if word.isprintable() and word}
    add, remove = wanted - {*one.marks.tags}, {*one.marks.tags} - wanted
    return Tagged(add=tuple(sorted(add)), remove=tuple(sorted(remove))) if add or remove else None


def _remind(_desktop: Desktop, asked: Asked, _one: Summary) -> Deed:
    return Reminder(text=text(asked, "text"), due=day(asked, "due"))


def _done(_desktop: Desktop, asked: Asked, _one: Summary) -> Deed:
    return Reminder(text=text(asked, "text"))


def _urgency(_desktop: Desktop, asked: Asked, one: Summary) -> Deed | None:
    level = _one_of(asked.said("level"), wording.URGENCIES)
    return None if level == one.urgency else Urgency(level=level, reason=text(asked, "reason"))


def _assess(_desktop: Desktop, asked: Asked, one: Summary) -> Deed | None:
    verification, attribution = asked.said("verification"), asked.said("attribution")
    if verification:
        _one_of(verification, wording.LEVELS)
    if attribution:
        _one_of(attribution, wording.ATTRIBUTIONS)
    if (verification, attribution) == (one.marks.verification, one.marks.attribution):
        return None
    reason = said(asked, "reason")
    return Assessed(verification=verification, attribution=attribution, reason=reason)


def _outside(_desktop: Desktop, asked: Asked, _one: Summary) -> Deed:
    return Outside(
        whom=text(asked, "whom"),
        what=text(asked, "what"),
        asked=day(asked, "asked", asked.today),
        came=said(asked, "came"),
    )


DEEDS: Mapping[str, Make] = {
    "note": _note,
    "state": _state,
    "owner": _owner,
    "tags": _tags,
    "remind": _remind,
    "done": _done,
    "urgency": _urgency,
    "assess": _assess,
    "outside": _outside,
}


# --- what ends a case, keeps it from ending, or takes back -------------------------------------


def _delete(desktop: Desktop, asked: Asked, view: CaseView) -> None:
    """Ask for the case to be destroyed; whoever asks has typed its number."""
    typed, number = (
        [one for one in text.upper() if one.isalnum()]
        for text in (asked.said("number"), view.casefile.number)
    )
    if typed != number:
        raise OtherNumber
    desktop.book.desk.erase(view.case, text(asked, "reason"))


def _keep(desktop: Desktop, asked: Asked, view: CaseView) -> None:
    until = day(asked, "until")
    if until <= asked.today:
        raise DayOver(until)
    desktop.book.desk.keep_until(view.case, until, text(asked, "reason"))


def _recall(desktop: Desktop, asked: Asked, view: CaseView) -> None:
    """Ask for a reply to be taken back at the server, by its entry.

    Raises:
        NoneWaits: no such reply waits there, as far as is known here.
    """
    entry = asked.said("entry")
    if not (entry.isascii() and entry.isdigit()):
        raise NoneWaits
    desktop.book.desk.recall(view.case, recalls.chosen(view.standing, int(entry)).number)


ENDS: Mapping[str, Callable[[Desktop, Asked, CaseView], None]] = {
    "delete": _delete,
    "keep": _keep,
    "recall": _recall,
}


# --- fields ------------------------------------------------------------------------------------


def said(asked: Asked, name: str) -> str:
    """Return a text, which may be empty.

    Raises:
        TooLongNote: it is too long.
    """
    given = asked.said(name)
    if len(given) > LONGEST:
        raise TooLongNote(LONGEST)
    return given


def text(asked: Asked, name: str) -> str:
    """Return a text that must say something.

    Raises:
        NoText: it does not.
    """
    given = said(asked, name)
    if not given:
        raise NoText
    return given


def day(asked: Asked, name: str, otherwise: date | None = None) -> date:
    """Return a day.

    Raises:
        NoText: it is none.
    """
    given = asked.said(name)
    if not given and otherwise is not None:
        return otherwise
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise NoText from None


def _one_of(given: str, known: object) -> str:
    if not isinstance(known, Mapping | tuple) or given not in known:
        raise NoText
    return given
