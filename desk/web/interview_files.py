"""Files of an interview on the page: each comes by itself, and is sealed while it comes.

Rules of this file: nothing of a file is on the disk but sealed, and none is kept before the whole
of it has come. What may come, where and how large it may be, is decided below the pages.
"""

from contextlib import AbstractContextManager

from bot.engine.model import Kind
from desk.enclosures import Coming
from desk.errors import NoSuchInterview, TooManyFiles
from desk.interviewing import Asking, Place
from desk.interviews import recipient_of
from desk.web import questions
from desk.web.asking import Answer, Asked, Elsewhere
from desk.web.desktop import Desktop
from desk.web.interview_page import Talk, key_of, talk_of
from storage.entry import File


def incoming(desktop: Desktop, asked: Asked) -> AbstractContextManager[Coming]:
    """Return where a file grows that answers a question.

    Raises:
        NoSuchInterview: it is no question for files. NoRoom: the disk is full.
    """
    talk, place = _place(desktop, asked)
    line, today = desktop.reader.line, desktop.book.desk.today
    recipient = recipient_of(place.asked.question, line, today)
    return desktop.talks.kept.enclosures.coming(talk.asking.interview.case, recipient)


def arrived(desktop: Desktop, asked: Asked, coming: Coming) -> bool:
    """Take a file, which is whole now, among the answers; tell that it is.

    Raises:
        NoSuchInterview: its question has gone meanwhile.
        EmptyFile, TooManyFiles: it cannot be taken.
    """
    talk, place = _place(desktop, asked)
    before = place.asked.values or ()
    numbers = [one.number for one in before if isinstance(one, File)]
    file = coming.finish(asked.said("name"), max((0, *numbers)) + 1)
    after = talk.asking.answer(place.asked.key, (*before, file))
    if isinstance(after, str):
        desktop.talks.kept.enclosures.drop(coming.case, file)
        raise TooManyFiles
    desktop.talks.settle(Asking(form=talk.asking.form, interview=after))
    return True


def take_out(desktop: Desktop, asked: Asked) -> Answer:
    """Take one file out of an answer; its bytes are erased."""
    talk, place = _place(desktop, asked)
    blob, key = asked.said("blob"), place.asked.key
    before = (one for one in place.asked.values or () if isinstance(one, File))
    left = [one for one in before if one.blob.hex() != blob]
    after = talk.asking.answer(key, left) if left else talk.asking.reopen(key)
    if not isinstance(after, str):
        desktop.talks.settle(Asking(form=talk.asking.form, interview=after))
    return Elsewhere(place=questions.address(talk.name, key))


def _place(desktop: Desktop, asked: Asked) -> tuple[Talk, Place]:
    talk = talk_of(desktop, asked)
    place = talk.asking.place(key_of(asked))
    if place is None or place.asked.question.kind is not Kind.FILE:
        raise NoSuchInterview(talk.name[:8])
    return talk, place
