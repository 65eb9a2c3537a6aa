"""Who may speak to the web desk at all: this browser, this address, this page.

Rules of this file: it looks at headers and never at a body. Any page in the browser, and any
program on this computer, can reach a loopback port; so whatever is not from a page of ours is
turned away before it is read: another host name (DNS rebinding), another origin, a frame, a request
that some other page made. Each answer, whoever gave it, leaves with the same headers.

Source: W3C Fetch Metadata, CSP Level 3, Fetch (a referrer policy of `no-referrer` would make the
browser send `Origin: null` with our own forms; `same-origin` tells nobody else anything either)
"""

from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.packet import LARGEST
from storage.padding import MIB

MOST = 1 << 20  # bytes of one form
MOST_FILE = LARGEST * MIB
#: What no page of another can send unasked: a browser asks first whether it may.
BYTES = "application/octet-stream"
ALLOWED = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
}
READING, WRITING = frozenset({"GET", "HEAD"}), frozenset({"POST"})
#: What a browser says of requests that a page of ours, or the person, has made.
OURS = frozenset({"", "same-origin", "none"})
#: As what a page of ours is never wanted.
WITHIN = frozenset({"iframe", "frame", "object", "embed", "fencedframe"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Lets through what is ours; `host` is the address with its port, as the browser names it.

    `annex` is the one other address that may be shown in a frame.
    """

    app: ASGIApp
    host: str
    annex: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = "; ".join(
                    (*ALLOWED, f"frame-src {self.annex}")
                )
            await send(message)

        status = self.refusal(scope["method"], Headers(scope=scope))
        if status:
            answer = PlainTextResponse("Refused.\n", status, headers={"Connection": "close"})
            await answer(scope, receive, sealed)
        else:
            await self.app(scope, receive, sealed)

    def refusal(self, method: str, headers: Headers) -> int:
        """Return the status with which a request is refused, 0 for none."""
        if headers.getlist("host") != [self.host]:
            return 421
        if headers.get("sec-fetch-site", "") not in OURS or headers.get("sec-fetch-dest") in WITHIN:
            return 403
        if method in READING:
            return 403 if headers.get("origin", self._origin) != self._origin else 0
        if method not in WRITING:
            return 405
        if headers.getlist("origin") != [self._origin]:
            return 403
        most = MOST_FILE if headers.get("content-type") == BYTES else MOST
        return 0 if _length(headers) <= most else 413

    @property
    def _origin(self) -> str:
        return f"http://{self.host}"


def _length(headers: Headers) -> int:
    """Return how long a body says it is; one that does not say is too long."""
    said = headers.get("content-length", "")
    digits = said.isascii() and said.isdigit() and len(said) <= len(str(MOST_FILE))
    return int(said) if digits else MOST_FILE + 1
