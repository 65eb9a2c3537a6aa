"""Cases that are being deleted: below the list, and open to the lead, who may hold that once.

Rules of this file: nothing else can be done with such a case, but that one which retention lets go
of may be kept; and nobody is told that the lead looked at it.
"""

from dataclasses import replace
from datetime import timedelta

from desk import phrases
from desk.casebook import CaseView
from desk.departing import Departure
from desk.errors import CaseLeaves, DayOver, HoldTooLong
from desk.web import one_case
from desk.web.asking import Answer, Asked, Elsewhere
from desk.web.deeds import DONE, day, text
from desk.web.desktop import Desktop
from storage.tombstone import Stage

HOLD_DAYS = 14


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show the lead a case that is being deleted.

    Raises:
        NoRight: the person does not lead. CaseGone, ReadingError: it cannot be shown.
    """
    view, one = _found(desktop, asked)
    page = one_case.page(desktop, asked, view)
    values = {
        **page.values,
        "can": set(),
        "departure": phrases.departure(one),
        "may_hold": one.stone.stage is Stage.LEAVING and one.hold is None,
        "may_stay": one.may_stay and one.keep is None,
    }
    return replace(page, values=values)


def hold(desktop: Desktop, asked: Asked) -> Answer:
    """Hold the deletion of a case until a day.

    Raises:
        HoldTooLong: the day is over, or too far. NoRight: the person does not lead.
    """
    view, until = desktop.book.leaving_case(asked.path["case"]), day(asked, "until")
    if not asked.today < until <= asked.today + timedelta(days=HOLD_DAYS):
        raise HoldTooLong(HOLD_DAYS)
    desktop.book.desk.hold(view.case, until, text(asked, "reason"))
    return Elsewhere(place="", says=DONE.format(desktop.goes))


def keep(desktop: Desktop, asked: Asked) -> Answer:
    """Keep a case that retention lets go of, until a day.

    Raises:
        CaseLeaves: somebody asked for it. DayOver: the day is over. NoRight: they do not lead.
    """
    view, one = _found(desktop, asked)
    until = day(asked, "until")
    if not one.may_stay:
        raise CaseLeaves(one.number)
    if until <= asked.today:
        raise DayOver(until)
    desktop.book.desk.keep_until(view.case, until, text(asked, "reason"))
    return Elsewhere(place="", says=DONE.format(desktop.goes))


def _found(desktop: Desktop, asked: Asked) -> tuple[CaseView, Departure]:
    view = desktop.book.leaving_case(asked.path["case"])
    return view, next(one for one in desktop.book.leaving() if one.case == view.case)
