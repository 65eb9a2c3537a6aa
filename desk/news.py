"""What came to which case, so that somebody sees at once where to go.

Rules of this file: cases, codes and names of staff, never a word of a person's. What this person
did themselves is no news to them, and who has read a case is none to anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desk.casebook import Casebook
from desk.errors import DeskError
from desk.listing import called
from desk.numbers import count
from desk.summaries import Summary
from storage.act import Read
from storage.errors import StorageError
from storage.rows import CaseId

MOST = 12  # cases that are named
MOST_OPENED = 60  # cases that are opened to know what came; the page waits for it
NEW, PERSON, SOMETHING = "new", "the person told more", "something came"
TEAM = "{} did something"
MORE = "and {} more"


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What came to a case; `name` is what staff call it, and "" stands for all that are left."""

    name: str
    what: str


def news(book: Casebook, since: Mapping[CaseId, int], *, most: int = MOST) -> tuple[News, ...]:
    """Return what came: new cases first, in the list's order; `since` are first new positions."""
    here = [one for one in book.cases() if one.case in since]
    fresh = [one for one in here if not since[one.case]]
    grown = [one for one in here if since[one.case]]
    found, looked = [News(name=called(one.item), what=NEW) for one in fresh[:most]], 0
    while len(found) < most and looked < min(len(grown), MOST_OPENED):
        one, looked = grown[looked], looked + 1
        if what := ", ".join(_grown(book, one, since[one.case])):
            found.append(News(name=called(one.item), what=what))
    if left := len(fresh[most:]) + len(grown[looked:]):
        found.append(News(name="", what=MORE.format(count(left, "case"))))
    return tuple(found)


def _grown(book: Casebook, one: Summary, since: int) -> Iterator[str]:
    """Yield what came to a case that was here."""
    try:
        moments = book.case(one.case.hex()).standing.moments
    except (DeskError, StorageError):  # it does not open here; its own page says why
        yield SOMETHING
        return
    if one.marks.heard_at >= since:
        yield PERSON
    others = {
        moment.author: None
        for moment in reversed(moments)
        if moment.position is not None
        and moment.position >= since
        and moment.author != book.reader.name
        and not isinstance(moment.deed, Read)
    }
    if others:
        yield TEAM.format(" and ".join(others))
