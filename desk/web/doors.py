"""The way from a request to a page of ours, and back: cookie, lock, form, one at a time.

Rules of this file: whoever has no cookie gets one answer, whatever they ask for. While the desk is
locked only the words are asked for. A form without our token changes nothing. What takes long is
done beside, and no page waits for it (`desk.web.aside`). What goes wrong in a page is said in its
one sentence; an error that nobody foresaw is said without any detail.
"""

import asyncio
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.errors import CaseDeparts, CaseGone, CaseLeaves, DeskError
from desk.web import drawing, wording
from desk.web.aside import MOST as MOST_ASIDE
from desk.web.aside import Aside
from desk.web.asking import Answer, Asked, Bytes, Elsewhere, Page, fields
from desk.web.desktop import Desktop
from desk.web.gate import MOST
from desk.web.seat import MOST_WRONG, Seat
from storage.errors import StorageError

COOKIE = "quietline-desk"
FOLDER = "/{room}"
OK = 200
LEFT, SYNC = (CaseDeparts, CaseGone, CaseLeaves), "sync"  # what is said of a sync stands there
#: Of a page that was open over a lock: its forms are refused, and nothing of them is kept.
STALE = (
    "The desk was locked since this page was loaded. Copy what you wrote, and load the page anew."
)
#: Where pages say that a draft was kept.
KEPT = frozenset({"kept", "note-kept", "noted"})
SAFE_FILE = 'attachment; filename="{}"'

T = TypeVar("T")
Clock = Callable[[], datetime]
Handler = Callable[[Desktop, Asked], Answer | Aside]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """All that a request meets before it becomes a page."""

    seat: Seat[Desktop]
    clock: Clock
    unlock: Callable[[str, datetime], Desktop]
    annex: str = ""  # the address next door
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_ASIDE))

    # --- the doors -----------------------------------------------------------------------------

    async def link(self, request: Request) -> Response:
        """Let in whoever has the link, once."""
        cookie = self.seat.admit(request.path_params["link"])
        if not cookie:
            return self._outside()
        answer = RedirectResponse(self._at(""), 303)
        answer.set_cookie(COOKIE, cookie, path=self._at(""), httponly=True, samesite="strict")
        return answer

    async def outside(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Answer everything that is nowhere."""
        return self._outside()

    async def nowhere(self, request: Request) -> Response:
        """Say that there is no such page."""
        return self.stranger(request) or self._page("nowhere.html", {}, 404)

    def open(self, handler: Handler, *, use: bool = True) -> Callable[[Request], object]:
        """Return a page that needs the desk to be unlocked; what asks by itself is no `use`."""

        async def endpoint(request: Request) -> Response:
            refused = self.stranger(request)
            if refused is not None:
                return refused
            asked = await self._asked(request)
            answer = await run_in_threadpool(self._run, handler, asked, request, use=use)
            while not isinstance(answer, Response):
                async with self._few:
                    end = await run_in_threadpool(answer)
                answer = await run_in_threadpool(self._run, end, asked, request, use=False)
            return answer

        return endpoint

    def _run(
        self, handler: Handler, asked: Asked, request: Request, *, use: bool
    ) -> Response | Callable[[], Handler]:
        """Return the answer, or what is to be done before there is one, with no turn held."""
        with self._turn:
            now = self.clock()
            desktop = self.seat.held(now) if use else self.seat.glance(now)
            if desktop is None:
                return self._locked(asked)
            if request.method == "POST" and not self.seat.allows(asked.said("form")):
                return _forged(request)
            try:
                answer = handler(desktop, asked)
            except (DeskError, StorageError) as error:
                if asked.piece and isinstance(error, LEFT):  # nothing of it stays on the screen
                    desktop.say(str(error))
                    return Response(status_code=204, headers={"HX-Redirect": self._at(SYNC)})
                answer = Page(template="trouble.html", values={"trouble": str(error)}, status=409)
            if isinstance(answer, Aside):
                return partial(answer.done, partial(self.seat.keeps, desktop))
            return self._answer(answer, desktop, asked, request.url)

    def turned(self, work: Callable[[Desktop], T], form: str) -> T | None:
        """Do something at the desk that is no page; None when it is locked, or no form of ours."""
        with self._turn:
            desktop = self.seat.held(self.clock())
            return work(desktop) if desktop is not None and self.seat.allows(form) else None

    # --- the lock ------------------------------------------------------------------------------

    async def words(self, request: Request) -> Response:
        """Ask for the words; what nobody used for too long is let go of."""
        refused = self.stranger(request)
        if refused is None:
            await run_in_threadpool(self.sitting)
        return refused or self._ask()

    def sitting(self) -> Desktop | None:
        """Return what lies on the desk, if it is unlocked; asking is no use of it."""
        with self._turn:
            return self.seat.glance(self.clock())

    def beside(self, find: Callable[[Desktop, str], T | None]) -> Callable[[str], T | None]:
        """Return what finds something on the desk while it is unlocked; asking is no use of it."""

        def found(name: str) -> T | None:
            with self._turn:
                desktop = self.seat.glance(self.clock())
                return None if desktop is None else find(desktop, name)

        return found

    async def said(self, request: Request) -> Response:
        """Unlock with the words that were given."""
        refused = self.stranger(request)
        if refused is not None:
            return refused
        asked = await self._asked(request)
        if not self.seat.allows(asked.said("form")):
            return self._ask()
        return await run_in_threadpool(self._unlock, asked.said("words"))

    def _unlock(self, words: str) -> Response:
        with self._turn:
            now = self.clock()
            try:
                self.seat.unlock(now, lambda: self.unlock(words, now))
            except (DeskError, StorageError) as error:
                return self._ask(str(error), 403)
            return RedirectResponse(self._at(""), 303)

    async def lock(self, request: Request) -> Response:
        """Lock at once."""
        refused = self.stranger(request)
        if refused is not None:
            return refused
        asked = await self._asked(request)
        if self.seat.allows(asked.said("form")):
            await run_in_threadpool(self._lock)
        return RedirectResponse(self._at("unlock"), 303)

    def _lock(self) -> None:
        with self._turn:
            self.seat.lock()

    # --- files of ours -------------------------------------------------------------------------

    async def static(self, request: Request) -> Response:
        """Give a file that pages need."""
        name = request.path_params["name"]
        data = drawing.static(name)
        if self.stranger(request) is not None or data is None:
            return self._outside()
        return Response(data, media_type=drawing.STATIC[name])

    # --- pieces --------------------------------------------------------------------------------

    def stranger(self, request: Request) -> Response | None:
        """Return the answer for whoever is not the one at this seat."""
        room = request.path_params.get("room", "").encode(errors="replace")
        here = hmac.compare_digest(self.seat.room.encode(), room)
        known = self.seat.knows(request.cookies.get(COOKIE, ""))
        return None if here and known else self._outside()

    async def _asked(self, request: Request) -> Asked:
        body = bytearray()
        if request.method == "POST":
            async for piece in request.stream():
                body += piece[: MOST - len(body)]
        return Asked(
            path=request.path_params,
            query=fields(request.url.query.encode()),
            form=fields(bytes(body)),
            piece=request.headers.get("hx-request") == "true",
            now=self.clock(),
        )

    def _locked(self, asked: Asked) -> Response:
        if asked.piece:  # the whole page goes, not the piece of it
            return Response(status_code=204, headers={"HX-Redirect": self._at("unlock")})
        return RedirectResponse(self._at("unlock"), 303)

    def _ask(self, trouble: str = "", status: int = 200) -> Response:
        if self.seat.wrong >= MOST_WRONG:
            return self._outside()
        return self._page("unlock.html", {"trouble": trouble}, status)

    def _answer(self, answer: Answer, desktop: Desktop, asked: Asked, here: URL) -> Response:
        match answer:
            case Page(template=template, values=values, status=status, event=event):
                own = {
                    "desktop": desktop,
                    "asked": asked,
                    "direction": desktop.direction,
                    "here": here.path,
                    "back": self._back(here) if status == OK else "",
                    "says": "" if asked.piece else desktop.told(),
                }
                drawn = self._page(template, {**own, **values}, status)
                if event:
                    drawn.headers["HX-Trigger"] = event
                return drawn
            case Elsewhere(place=place, says=says):
                desktop.say(says)
                return RedirectResponse(self._at(place), 303)
            case Bytes(data=data, type=type_, name=name):
                headers = {"Content-Disposition": SAFE_FILE.format(name)} if name else {}
                return Response(data, media_type=type_, headers=headers)

    def _page(self, template: str, values: Mapping[str, object], status: int) -> Response:
        common = {
            "at": self._at,
            "form": self.seat.form,
            "idle": int(self.seat.idle.total_seconds()),
            "words_for": wording,
            "annex": self.annex,
        }
        html = drawing.draw(template, {**common, **values})
        return Response(html, status, media_type="text/html; charset=utf-8")

    def _outside(self) -> Response:
        html = drawing.draw("outside.html", {})
        return Response(html, 403, media_type="text/html; charset=utf-8")

    def _back(self, here: URL) -> str:
        """Return a page's address below the room, to come back to it."""
        place = here.path.removeprefix(self._at(""))
        return f"{place}?{here.query}" if here.query else place

    def _at(self, place: str) -> str:
        return f"/{self.seat.room}/{place}"


def _forged(request: Request) -> Response:
    """Refuse a form; where a page kept a draft by itself, say so in the place that said "kept"."""
    if request.headers.get("hx-request") != "true":
        return Response(f"Nothing was done. {STALE}\n", 403)
    where = {} if request.headers.get("hx-target") in KEPT else {"HX-Retarget": "#says"}
    said = f'<b class="bad">{STALE}</b>'
    return Response(said, headers={"HX-Reswap": "innerHTML", **where}, media_type="text/html")
