"""Exports from the page: chosen, looked at with what they may still tell, made, then downloaded.

Rules of this file: `desk.handover` to what a template shows; what leaves and how it is recorded is
the command's own. Nothing is made before whoever exports has seen what it tells, of these cases as
they stand now. What is made lies in memory until the desk locks; a browser gets it when somebody
presses for it, and from then on it is sealed no more.
"""

from collections.abc import Mapping
from pathlib import Path

from desk import handover, recording, saving
from desk.errors import ActError, DeskError, NoneReady, NotChosen, NotMade
from desk.export.cautions import CHECKLIST
from desk.export.formats import FORMATS, ZIP, Write
from desk.export.record import ExportLog
from desk.file_names import plain_number
from desk.file_pages import size
from desk.handover import Handover
from desk.listing import called
from desk.web.asking import Answer, Asked, Bytes, Elsewhere, Page
from desk.web.desktop import Desktop, Parcel
from desk.web.export_choice import (
    MOST,
    WAYS,
    WITH_FILES,
    Cases,
    Choice,
    cases_of,
    choice_of,
    mark_of,
    ordered,
)
from storage.errors import StorageError

COPIES = 4  # that lie side by side while it is made
MOST_NAMED = 40  # cases, by their numbers
READY = "export/ready"
MAKE, CHANGE = "make", "change"  # what buttons say
GONE = "It is let go of. That it was made stays recorded."
#: Each is given as something to be saved, never to be shown.
TYPES: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ZIP: "application/zip",
}


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Ask what is wanted, and why; or say who may."""
    desktop.look(asked.today)
    try:
        recording.check(desktop.book.desk)
    except (ActError, StorageError) as error:
        return Page(template="export.html", values={"refusal": str(error)}, status=403)
    return _form(desktop, cases_of(desktop, asked), Choice(language=desktop.language))


def go(desktop: Desktop, asked: Asked) -> Answer:
    """Show what an export would tell; or make it, when that is what was shown.

    Raises:
        NoRight: the person may not export.
    """
    desktop.look(asked.today)
    recording.check(desktop.book.desk)
    cases, choice, button = cases_of(desktop, asked), choice_of(asked), asked.said("do")
    if button == CHANGE:
        return _form(desktop, cases, choice)
    try:
        out = ordered(desktop, asked, cases, choice)
        mark = mark_of(out, choice)
        if button != MAKE or asked.said("shown") != mark:
            return _look(cases, choice, out, mark, changed=button == MAKE)
        if desktop.parcel is None or desktop.parcel.mark != mark:  # or it was pressed twice
            desktop.parcel = _made(desktop, cases, choice, out, mark)
    except (DeskError, StorageError) as error:
        return _form(desktop, cases, choice, str(error), status=409)
    except OSError as error:
        return _form(desktop, cases, choice, str(NotMade(error.strerror)), status=409)
    return Elsewhere(place=READY)


def ready(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Show the export that is made, with what is to be known of it."""
    return Page(template="export_ready.html", values={"parcel": _parcel(desktop)})


def fetch(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Give the export to the browser, to be saved."""
    one = _parcel(desktop)
    return Bytes(data=one.data, type=one.type, name=one.name)


def drop(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Let go of the export."""
    desktop.parcel = None
    return Elsewhere(place="", says=GONE)


# --- how it is made ----------------------------------------------------------------------------


def _made(desktop: Desktop, cases: Cases, choice: Choice, out: Handover, mark: str) -> Parcel:
    """Make the export in a folder that is gone afterwards, and hold it in memory.

    Raises:
        TooLargeHere, NoPdf, NotABag, OSError: there is none.
    """
    name, ending = WAYS[choice.kind]
    desktop.parcel, held = None, list[bytes]()

    def take(path: Path) -> None:
        held.append(path.read_bytes())

    place = saving.passing(desktop.reader.desk, MOST * COPIES)
    written = out.make(_way(name, ending), place, take, most=MOST)
    about = {
        "size": size(len(held[0])),
        "sha256": written.sha256,
        "whole": out.whole,
        "openly": handover.OPENLY,
        "pseudonyms": [] if out.whole else out.pseudonyms(),
        "notes": written.notes,
        "refused": [str(one) for one in handover.refused(written)],
        "recorded": handover.RECORDED.format(ExportLog(folder=desktop.reader.desk).path),
        "back": cases.back,
        "left": handover.left_out(cases.left),
    }
    type_ = TYPES.get(ending, "application/octet-stream")
    return Parcel(
        mark=mark,
        cases=frozenset(item.case for item in out.chosen),
        name=_name(out, ending),
        type=type_,
        data=held[0],
        about=about,
    )


def _way(name: str, ending: str) -> Write:
    way = FORMATS[name].way(f"x{ending}")
    if way is None:
        raise NotChosen
    return way


def _name(out: Handover, ending: str) -> str:
    """Return what the file is called: by what it is called in it, so a pseudonym stays one."""
    extracts = out.order.extracts
    if len(extracts) == 1:
        return f"case-{plain_number(extracts[0].number)}{ending}"
    return f"cases-{len(extracts)}{ending}"


def _parcel(desktop: Desktop) -> Parcel:
    """Return what is ready; when one of its cases has left the desk, it goes as well.

    Raises:
        NoneReady: nothing is.
    """
    here = {one.case for one in desktop.book.cases()}
    if desktop.parcel is None or not desktop.parcel.cases <= here:
        desktop.parcel = None
        raise NoneReady
    return desktop.parcel


# --- what is shown -----------------------------------------------------------------------------


def _form(
    desktop: Desktop, cases: Cases, choice: Choice, trouble: str = "", *, status: int = 200
) -> Page:
    values = {
        "refusal": "",
        "trouble": trouble,
        "languages": desktop.languages,
        "folders": desktop.fonts,
        **_shown(cases, choice),
    }
    return Page(template="export.html", values=values, status=status)


def _look(cases: Cases, choice: Choice, out: Handover, mark: str, *, changed: bool) -> Page:
    values = {
        "shown": mark,
        "changed": changed,
        "reason": out.wish.reason,
        "cautions": out.cautions(),
        "checklist": CHECKLIST,
        "originals": sum(len(one.files) for one in out.order.extracts),
        "with_files": choice.kind in WITH_FILES,
        **_shown(cases, choice),
    }
    return Page(template="export_look.html", values=values)


def _shown(cases: Cases, choice: Choice) -> dict[str, object]:
    names = sorted(called(item) for item in cases.items)
    return {
        "cases": cases,
        "choice": choice,
        "names": names[:MOST_NAMED],
        "more": max(0, len(names) - MOST_NAMED),
        "left": handover.left_out(cases.left),
    }
