"""The web desk's addresses: which page answers what.

Rules of this file: the table of addresses, and nothing that a page does. All but the one link lie
in the room of the seat.
"""

from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from desk.web import inbox_page
from desk.web.desktop import Desktop, Places, unlock
from desk.web.doors import Clock, Doors
from desk.web.gate import Gate
from desk.web.seat import Seat


def make_app(places: Places, seat: Seat[Desktop], *, host: str, clock: Clock) -> ASGIApp:
    """Return the application behind its gate; `host` is the address that a browser will name."""

    def opens(words: str, _now: datetime) -> Desktop:
        return unlock(places, words)

    doors = Doors(seat=seat, clock=clock, unlock=opens)
    room = [
        Route("/", doors.open(inbox_page.show), methods=["GET"]),
        Route("/unlock", doors.words, methods=["GET"]),
        Route("/unlock", doors.said, methods=["POST"]),
        Route("/lock", doors.lock, methods=["POST"]),
        Route("/alive", doors.open(inbox_page.alive), methods=["POST"]),
        Route("/static/{name}", doors.static, methods=["GET"]),
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
    return Gate(app=app, host=host)


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something went wrong that nobody foresaw. Nothing was lost.\n", 500)
