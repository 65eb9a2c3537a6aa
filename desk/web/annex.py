"""The room next door: one sound at a time, under another name of this computer.

Rules of this file: what a stranger has sent is decoded by the browser here and nowhere else. A
browser gives each site a process of its own, and `localhost` is another site than `127.0.0.1`:
whoever takes over what plays a sound holds nothing of the desk, and what they ask of the desk is
refused as any other site's. Only an address of chance is answered, made for one sound, while the
desk is unlocked; there is no cookie, no script, no style.

Sources: Chromium, "Process Model and Site Isolation"; W3C Fetch Metadata; RFC 9110, 14.2 (ranges)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.sounds import Sound
from desk.web import drawing
from desk.web.gate import HEADERS, READING

NAME = "localhost"
SOUND = "sound"
#: What is asked for, and as what a browser may want it.
WANTED = {"": frozenset({"", "iframe"}), SOUND: frozenset({"", "audio", "video"})}
ALLOWED = (
    "default-src 'none'",
    "media-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors http://{}",
)
FRAMED = "X-Frame-Options"  # says less than the policy, and would keep the desk out as well
RANGE = re.compile(
    r"bytes=([0-9]{1,12})-([0-9]{0,12})", re.ASCII
)  # from here, or from here to there
NOT_HERE, PART, BEYOND = 421, 206, 416


def beside(host: str) -> str:
    """Return the address next door to an address, with its port."""
    return f"{NAME}:{host.rpartition(':')[2]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Annex:
    """Answers at its own name, and leaves all else to the desk; `host` is how the desk is named."""

    desk: ASGIApp
    host: str
    sound: Callable[[str], Sound | None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if headers.getlist("host") != [beside(self.host)]:
            await self.desk(scope, receive, send)
            return
        answer = await run_in_threadpool(self._answer, scope["method"], scope["path"], headers)
        policy = "; ".join(ALLOWED).format(self.host)
        for name, value in {**HEADERS, "Content-Security-Policy": policy}.items():
            answer.headers[name] = value
        del answer.headers[FRAMED]
        await answer(scope, receive, send)

    def _answer(self, method: str, path: str, headers: Headers) -> Response:
        token, _, what = path.removeprefix("/").partition("/")
        wanted = headers.get("sec-fetch-dest", "") in WANTED.get(what, ())
        sound = self.sound(token) if wanted and method in READING else None
        if sound is None:
            return PlainTextResponse("Refused.\n", NOT_HERE)
        if what == SOUND:
            return _part(sound, headers.get("range", ""))
        html = drawing.draw("sound.html", {"address": f"/{token}/{SOUND}"})
        return Response(html, media_type="text/html; charset=utf-8")


def _part(sound: Sound, wanted: str) -> Response:
    """Return a sound, or the part of it that was asked for: some browsers play nothing without."""
    said, whole = {"Accept-Ranges": "bytes"}, len(sound.data)
    found = RANGE.fullmatch(wanted)
    if found is None:
        return Response(sound.data, media_type=sound.type, headers=said)
    first, last = int(found[1]), min(int(found[2] or whole), whole - 1)
    if first > last:
        return Response(status_code=BEYOND, headers={**said, "Content-Range": f"bytes */{whole}"})
    said["Content-Range"] = f"bytes {first}-{last}/{whole}"
    part = sound.data[first : last + 1]
    return Response(part, PART, media_type=sound.type, headers=said)
