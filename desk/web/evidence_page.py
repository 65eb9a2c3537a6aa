"""A picture that a person sent, drawn anew in memory; nothing else of theirs is ever shown.

Rules of this file: only pixels that another process drew reach the browser, as JPEG or PNG, and
only when somebody asked to see this one. What is no picture is not sent at all: an SVG, a page, a
table with formulas are bytes to be saved with `quietline-desk files`, on a computer for that.
"""

from desk import evidence
from desk.errors import NoSuchFile
from desk.web.asking import Answer, Asked, Bytes
from desk.web.desktop import Desktop
from storage.act import Read

FILE = "file {}"


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show a picture, and note that this person has opened it.

    Raises:
        FileTrouble: it is not here, not whole, or cannot be drawn.
    """
    view = desktop.book.case(asked.path["case"])
    number = int(asked.path["number"])
    file = view.casefile.files.get(number)
    if file is None:
        raise NoSuchFile(view.casefile.number, number)
    drawn = evidence.look(file, desktop.shelf, desktop.reader.keys.values())
    what = Read(what=FILE.format(number))
    mine = (one for one in view.standing.of(Read) if one.author == desktop.reader.name)
    if all(one.deed != what for one in mine):
        desktop.book.opened(view, what.what)
    return Bytes(data=drawn.data, type=drawn.type)
