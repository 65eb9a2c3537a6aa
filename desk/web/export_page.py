"""Exports from the page: chosen, looked at with what they may still tell, made, then downloaded.

Rules of this file: `desk.handover` to what a template shows; what leaves and how it is recorded is
the command's own. Nothing is made before whoever exports has seen what it tells, of these cases as
they stand now. What is made lies in memory until the desk locks; a browser gets it when somebody
presses for it, and from then on it is sealed no more.
"""

from collections.abc import Mapping
from dataclasses import replace

from desk import handover, ordering, recording, saving
from desk.errors import ActError, DeskError, NoneReady, NotChosen, NotMade
from desk.export.cautions import CHECKLIST
from desk.export.formats import FORMATS, ZIP, Write
from desk.export.order import Written
from desk.export.record import ExportLog
from desk.file_names import plain_number
from desk.file_pages import size
from desk.handover import Handover
from desk.listing import called
from desk.saving import GoOn
from desk.web.aside import Aside, End
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


def go(desktop: Desktop, asked: Asked) -> Answer | Aside:
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
    except (DeskError, StorageError, OSError) as error:
        return _form(desktop, cases, choice, _said(error), status=409)
    return _making(desktop, cases, choice, out, mark)


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


def _making(desktop: Desktop, cases: Cases, choice: Choice, out: Handover, mark: str) -> Aside:
    """Return what makes the export beside the pages, in a folder that is gone afterwards."""
    name, ending = WAYS[choice.kind]
    book, place = desktop.book, saving.passing(desktop.reader.desk, MOST * COPIES)

    def work(go_on: GoOn) -> End:
        order = replace(out.order, open_files=ordering.opener(book, go_on))
        try:
            with replace(out, order=order).written(_way(name, ending), place, most=MOST) as written:
                go_on()
                data = written.path.read_bytes()
        except (DeskError, StorageError, OSError) as error:
            return _failing(cases, choice, error)
        about = _about(desktop, cases, out, written, len(data))
        type_ = TYPES.get(ending, "application/octet-stream")
        named = frozenset(item.case for item in out.chosen)
        made = Parcel(
            mark=mark, cases=named, name=_name(out, ending), type=type_, data=data, about=about
        )
        return _recording(cases, choice, out, made)

    return Aside(work=work)


def _recording(cases: Cases, choice: Choice, out: Handover, made: Parcel) -> End:
    """Return what records the export, and only then has it lie ready."""

    def end(desktop: Desktop, _asked: Asked) -> Answer:
        if desktop.parcel is not None and desktop.parcel.mark == made.mark:
            return Elsewhere(place=READY)  # it was pressed twice
        try:
            desk = desktop.book.desk
            recording.check(desk)
            _check(desktop, made)
            replace(out, audit=recording.recorded(desk)).record(str(made.about["sha256"]))
        except (DeskError, StorageError, OSError) as error:
            return _form(desktop, cases, choice, _said(error), status=409)
        desktop.parcel = made
        return Elsewhere(place=READY)

    return end


def _failing(cases: Cases, choice: Choice, error: Exception) -> End:
    """Return what says why there is no export, beside what was chosen."""

    def end(desktop: Desktop, _asked: Asked) -> Answer:
        return _form(desktop, cases, choice, _said(error), status=409)

    return end


def _said(error: Exception) -> str:
    return str(NotMade(error.strerror) if isinstance(error, OSError) else error)


def _about(
    desktop: Desktop, cases: Cases, out: Handover, written: Written, length: int
) -> Mapping[str, object]:
    """Return what is said of an export, the same as by the command."""
    return {
        "size": size(length),
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
    one, desktop.parcel = desktop.parcel, None
    if one is None:
        raise NoneReady
    _check(desktop, one)
    desktop.parcel = one
    return one


def _check(desktop: Desktop, made: Parcel) -> None:
    """Check that all of its cases are still here.

    Raises:
        NoneReady: one is not.
    """
    if not made.cases <= {one.case for one in desktop.book.cases()}:
        raise NoneReady


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
