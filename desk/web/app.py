"""The web desk's addresses: which page answers what.

Rules of this file: the table of addresses, and nothing that a page does. All but the one link lie
in the room of the seat.
"""

from collections.abc import Mapping
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from desk.web import (
    answering,
    deeds,
    evidence_page,
    export_page,
    figures_page,
    help_page,
    inbox_page,
    interview_files,
    interview_page,
    leaving_page,
    one_case,
    packets_page,
    receiving,
    sync_page,
)
from desk.web.annex import Annex, beside
from desk.web.desktop import Desktop, Places, unlock
from desk.web.doors import Clock, Doors, Handler
from desk.web.errand import Errand
from desk.web.gate import Gate
from desk.web.seat import Seat

READING: Mapping[str, Handler] = {
    "/": inbox_page.show,
    "/case/{case}": one_case.show,
    "/case/{case}/answer": answering.show,
    "/case/{case}/export": export_page.show,
    "/case/{case}/file/{number:int}": evidence_page.show,
    "/export": export_page.show,
    "/export/ready": export_page.ready,
    "/export/ready/file": export_page.fetch,
    "/leaving/{case}": leaving_page.show,
    "/interview": interview_page.show,
    "/interview/{talk}": interview_page.go_on,
    "/interview/{talk}/review": interview_page.review,
    "/interview/{talk}/{question}/{repeat:int}": interview_page.ask,
    "/packets": packets_page.show,
    "/statistics": figures_page.show,
    "/statistics/{file}": figures_page.save,
    "/sync": sync_page.show,
    "/help": help_page.show,
}
#: What a page asks for by itself: it keeps no desk open.
WATCHING: Mapping[str, Handler] = {"/sync/now": sync_page.now}
WRITING: Mapping[str, Handler] = {
    "/search": inbox_page.look_for,
    "/views": inbox_page.keep_view,
    "/language": inbox_page.speak,
    "/alive": inbox_page.alive,
    "/case/{case}/answer": answering.change,
    "/case/{case}/draft": answering.keep,
    "/case/{case}/file/{number:int}/listen": evidence_page.listen,
    "/case/{case}/file/{number:int}/save": evidence_page.save,
    "/case/{case}/file/{number:int}/drop": evidence_page.drop,
    "/case/{case}/export": export_page.go,
    "/case/{case}/noted": deeds.keep_note,
    "/case/{case}/{deed}": deeds.do,
    "/export": export_page.go,
    "/export/ready/drop": export_page.drop,
    "/interview": interview_page.begin,
    "/interview/{talk}/forget": interview_page.forget,
    "/interview/{talk}/review": interview_page.hand_in,
    "/interview/{talk}/{question}/{repeat:int}": interview_page.answer,
    "/interview/{talk}/{question}/{repeat:int}/noted": interview_page.note,
    "/interview/{talk}/{question}/{repeat:int}/out": interview_files.take_out,
    "/leaving/{case}/hold": leaving_page.hold,
    "/leaving/{case}/keep": leaving_page.keep,
    "/packets/{device}/{number:int}/again": packets_page.again,
    "/packets/{device}/{number:int}/back": packets_page.back,
    "/packets/{device}/{number:int}/drop": packets_page.drop,
}
#: Where a file comes to, as bytes and no form.
FILES = "/interview/{talk}/{question}/{repeat:int}/file"


def make_app(places: Places, seat: Seat[Desktop], *, host: str, clock: Clock) -> ASGIApp:
    """Return the application behind its gate; `host` is the address that a browser will name."""

    def opens(words: str, now: datetime) -> Desktop:
        return unlock(places, words, now.date(), errand)

    annex = f"http://{beside(host)}"
    doors = Doors(seat=seat, clock=clock, unlock=opens, annex=annex)
    errand = Errand(sitting=doors.sitting)
    watching = {path: doors.open(page, use=False) for path, page in WATCHING.items()}
    syncs = doors.open(sync_page.beginning(clock))
    files = receiving.at(doors, interview_files.incoming, interview_files.arrived)
    room = [
        Route("/unlock", doors.words, methods=["GET"]),
        Route("/unlock", doors.said, methods=["POST"]),
        Route("/lock", doors.lock, methods=["POST"]),
        Route("/static/{name}", doors.static, methods=["GET"]),
        Route("/sync", syncs, methods=["POST"]),
        Route(FILES, files, methods=["POST"]),
        *(Route(path, page, methods=["GET"]) for path, page in watching.items()),
        *(Route(path, doors.open(page), methods=["GET"]) for path, page in READING.items()),
        *(Route(path, doors.open(page), methods=["POST"]) for path, page in WRITING.items()),
        Route("/{rest:path}", doors.nowhere),
    ]
    app = Starlette(
        routes=[
            Route("/open/{link}", doors.link, methods=["GET"]),
            Mount("/{room}", routes=room),
            Route("/{rest:path}", doors.outside),
        ],
        exception_handlers={Exception: _unforeseen},
    )
    gate = Gate(app=app, host=host, annex=annex)
    return Annex(desk=gate, host=host, sound=doors.beside(evidence_page.heard))


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something went wrong that nobody foresaw. Nothing was lost.\n", 500)
