"""What a person sent, at the page: a picture drawn anew, a sound made anew, an original saved.

Rules of this file: of a picture only pixels that another process drew reach the browser, of a voice
note only a new file with its sound, played next door (`desk.web.annex`); each only when somebody
asked for this one, and opened beside the pages. An original goes into the desk's own folder, never
through the browser (docs/decisions/0029-files-at-the-page.md).
"""

import hmac

from desk import evidence
from desk.casebook import CaseView
from desk.errors import CaseGone, NoSuchFile
from desk.safe_text import safe_line
from desk.saving import GoOn
from desk.sounds import Sound
from desk.web.aside import Aside, End
from desk.web.asking import Answer, Asked, Bytes, Elsewhere, part
from desk.web.desktop import Desktop, Heard
from storage.act import Read
from storage.entry import File

FILE = "file {}"
SAVED = "File {} is saved, whole: see where below."
SAVED_BEFORE = "File {} was saved before: see where below."
DROPPED = "What was saved of file {} is erased. It stays in the case, sealed."


def show(desktop: Desktop, asked: Asked) -> Aside:
    """Show a picture, and note that this person has opened it.

    Raises:
        FileTrouble: it is not here, not whole, or cannot be drawn.
    """
    view, number, file = _named(desktop, asked)
    kept, keys = desktop.shelf, tuple(desktop.reader.keys.values())

    def work(go_on: GoOn) -> End:
        drawn = evidence.look(file, kept, keys, go_on)

        def end(desktop: Desktop, _asked: Asked) -> Answer:
            _note(desktop, view, number)
            return Bytes(data=drawn.data, type=drawn.type)

        return end

    return Aside(work=work)


def listen(desktop: Desktop, asked: Asked) -> Aside:
    """Make a voice note ready to be listened to, and note who has opened it.

    Raises:
        FileTrouble: it is not here, not whole, or none that can be played.
    """
    view, number, file = _named(desktop, asked)
    kept, keys = desktop.shelf, tuple(desktop.reader.keys.values())

    def work(go_on: GoOn) -> End:
        sound = evidence.listen(file, kept, keys, go_on)

        def end(desktop: Desktop, asked: Asked) -> Answer:
            desktop.heard = Heard(case=view.case, number=number, sound=sound)
            _note(desktop, view, number)
            return _back(asked, query=f"?listen={number}")

        return end

    return Aside(work=work)


def heard(desktop: Desktop, token: str) -> Sound | None:
    """Return the sound of an address next door, if it is the one that is listened to."""
    one = desktop.heard
    same = one is not None and hmac.compare_digest(one.token.encode(), token.encode())
    return one.sound if one is not None and same else None


def save(desktop: Desktop, asked: Asked) -> Aside:
    """Save an original into the desk's folder for this case, and note who has opened it.

    Raises:
        FileTrouble: it is not here, not whole, or something else lies there.
        CaseGone: the case was erased meanwhile, and so was what was saved of it.
    """
    view, number, _ = _named(desktop, asked)
    kept, keys = desktop.shelf, tuple(desktop.reader.keys.values())
    place, mirror = desktop.quarantine, desktop.book.mirror

    def work(go_on: GoOn) -> End:
        done = place.save(view.casefile, number, kept, keys, go_on)
        if mirror.head(view.case) is None:
            place.erase(view.case)
            raise CaseGone(safe_line(view.item.number))

        def end(desktop: Desktop, asked: Asked) -> Answer:
            _note(desktop, view, number)
            said = (SAVED if done.fresh else SAVED_BEFORE).format(number)
            return _back(asked, f"{said} {done.without}".strip())

        return end

    return Aside(work=work)


def drop(desktop: Desktop, asked: Asked) -> Answer:
    """Erase what was saved of a file."""
    view, number, file = _named(desktop, asked)
    desktop.quarantine.drop(view.casefile, number, file)
    return _back(asked, DROPPED.format(number))


def _named(desktop: Desktop, asked: Asked) -> tuple[CaseView, int, File]:
    """Return the file that an address names.

    Raises:
        NoSuchFile: its case has none of this number.
    """
    view = desktop.book.case(asked.path["case"])
    number = int(asked.path["number"])
    file = view.casefile.files.get(number)
    if file is None:
        raise NoSuchFile(view.casefile.number, number)
    return view, number, file


def _note(desktop: Desktop, view: CaseView, number: int) -> None:
    """Note once that this person has opened a file."""
    what = Read(what=FILE.format(number))
    mine = (one for one in view.standing.of(Read) if one.author == desktop.reader.name)
    if all(one.deed != what for one in mine):
        desktop.book.opened(view, what.what)


def _back(asked: Asked, says: str = "", query: str = "") -> Elsewhere:
    place = f"case/{part(asked.path['case'])}{query}#file-{asked.path['number']}"
    return Elsewhere(place=place, says=says)
