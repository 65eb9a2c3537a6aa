"""Cases that are being deleted: below the list, and open to the lead, who may hold that once.

Rules of this file: nothing else can be done with such a case, and nobody is told that the lead
looked at it.
"""

from dataclasses import replace
from datetime import timedelta

from desk import phrases
from desk.errors import HoldTooLong
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
    view = desktop.book.leaving_case(asked.path["case"])
    one = next(one for one in desktop.book.leaving() if one.case == view.case)
    page = one_case.page(desktop, asked, view)
    values = {
        **page.values,
        "can": set(),
        "departure": phrases.departure(one),
        "may_hold": one.stone.stage is Stage.LEAVING and one.hold is None,
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
    return Elsewhere(place="", says=DONE)
