"""Where a file comes to: as bytes and no form, sealed as it comes, taken when all of it has come.

Rules of this file: a form parser would put what it reads on the disk in the open, so there is none;
the token and the file's name are headers. What came before it was whole is gone. Why a file is not
taken is said on the next page, for it was no page that sent it.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from desk.enclosures import Coming
from desk.errors import DeskError
from desk.web.asking import Asked
from desk.web.desktop import Desktop
from desk.web.doors import Doors
from storage.errors import StorageError

DONE, NOT_NOW, NOT_TAKEN = 204, 403, 409
FULL = "The file could not be written: {}."

Begin = Callable[[Desktop, Asked], AbstractContextManager[Coming]]


class End(Protocol):
    """Takes a file that has come."""

    def __call__(self, desktop: Desktop, asked: Asked, coming: Coming) -> bool:
        """Take it, or say why not."""
        ...


def at(doors: Doors, begin: Begin, end: End) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers where files come to."""

    async def endpoint(request: Request) -> Response:
        refused = doors.stranger(request)
        if refused is not None:
            return refused
        asked = _headed(request, doors)
        try:
            return Response(status_code=await _receive(request, doors, asked, begin, end))
        except ClientDisconnect:
            return Response(status_code=DONE)
        except (DeskError, StorageError) as error:
            said = str(error)
        except OSError as error:
            said = FULL.format(error.strerror)
        await run_in_threadpool(doors.turned, lambda desktop: desktop.say(said), asked.said("form"))
        return Response(said, NOT_TAKEN)

    return endpoint


async def _receive(request: Request, doors: Doors, asked: Asked, begin: Begin, end: End) -> int:
    """Seal what comes; return the status."""
    form = asked.said("form")
    begun = await run_in_threadpool(doors.turned, lambda desktop: begin(desktop, asked), form)
    if begun is None:
        return NOT_NOW
    with begun as coming:
        async for piece in request.stream():
            await run_in_threadpool(coming.take, piece)
        finish = partial(end, asked=asked, coming=coming)
        taken = await run_in_threadpool(doors.turned, finish, form)
    return DONE if taken else NOT_NOW


def _headed(request: Request, doors: Doors) -> Asked:
    """Return what a request says that is bytes."""
    headers = request.headers
    told = {"form": headers.get("x-form", ""), "name": unquote(headers.get("x-name", ""))}
    form = {name: (value,) for name, value in told.items()}
    return Asked(path=request.path_params, query={}, form=form, now=doors.clock())
