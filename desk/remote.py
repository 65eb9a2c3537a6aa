"""The one connection that a desk opens: to the line's server, at the address that was given.

Rules of this file: it asks and believes, or refuses to believe; it keeps nothing. Every request is
signed, and of an answer nothing is read before the server of the root's statement is known to have
signed it for this very question. No proxy and no password of the environment is used, no other
address is followed. Without TLS only this computer itself and onion services are asked.
"""

import contextlib
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx

from desk.errors import (
    BadAddress,
    ClockOff,
    ForeignServer,
    ServerFailed,
    ServerRefused,
    StrangeAnswer,
    TooOften,
    TurnedAway,
    Unreachable,
)
from desk.safe_text import safe_line
from storage import access
from storage.access import Request
from storage.errors import BadSignature
from storage.exchange import MAX_ANSWER
from storage.signature import SigningKey, VerifyKey

GET, POST = "GET", "POST"
DESK = "/desk"
#: Seconds to wait for a connection, and for each piece of an answer.
CONNECT, PIECE = 20.0, 120.0
#: How often a question is asked again when the connection breaks.
TRIES = 3
OK, MISSING, WRONG, BUSY, FAILED = 200, 404, 422, 429, 500
MINUTE = 60
LONGEST = 300  # characters of what somebody else says

Believe = Callable[[bytes], VerifyKey]  # the body to the server identity that is to have signed it


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who asks: a person of the staff, on this computer."""

    name: str
    device: bytes
    signing: SigningKey = field(repr=False)
    root: VerifyKey
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)
    signature: bytes
    date: str


class Remote:
    """The server, as one person's desk asks it."""

    def __init__(self, url: str, asker: Asker) -> None:
        """Prepare to ask; nothing is sent yet.

        Raises:
            BadAddress: the address is none to ask.
        """
        self._asker = asker
        self._client = httpx.Client(
            base_url=checked(url),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(PIECE, connect=CONNECT),
            headers={"User-Agent": "quietline-desk", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the connection."""
        self._client.close()

    def ask(self, path: str, server: Believe, *, body: bytes | None = None) -> bytes | None:
        """Return what the server answers; None where it has no such thing.

        Raises:
            SyncError: it cannot be reached, does not let us in, or is not to be believed.
        """
        request, answer = self._answer(path, body)
        if answer.status == MISSING and not answer.signature:
            raise self._turned_away(answer)
        if not answer.signature:
            raise _unsigned(answer)
        signed = access.answer_bytes(request.nonce, answer.status, answer.body, self._asker.root)
        try:
            server(answer.body if answer.status == OK else b"").verify_bytes(
                signed, answer.signature
            )
        except BadSignature:
            raise ForeignServer from None
        return _believed(answer)

    def _answer(self, path: str, body: bytes | None) -> tuple[Request, _Answer]:
        """Ask; where the connection breaks, ask anew: nothing that is asked does harm twice."""
        for _ in range(TRIES - 1):
            request = self._request(path, body)
            with contextlib.suppress(Unreachable):
                return request, self._send(request, body or b"")
        request = self._request(path, body)
        return request, self._send(request, body or b"")

    def _request(self, path: str, body: bytes | None) -> Request:
        return Request(
            method=GET if body is None else POST,
            target=DESK + path,
            author=self._asker.name,
            device=self._asker.device,
            time=int(self._asker.clock().timestamp()),
            nonce=secrets.token_bytes(access.FRESH),
            body=access.hashed(body or b""),
        )

    def _send(self, request: Request, body: bytes) -> _Answer:
        """Send a request.

        Raises:
            Unreachable: no whole answer came.
        """
        header = access.sign_request(request, self._asker.signing, self._asker.root)
        try:
            return self._sent(request, header, body)
        except httpx.HTTPError as error:
            raise Unreachable(_why(error)) from None

    def _sent(self, request: Request, header: dict[str, str], body: bytes) -> _Answer:
        with self._client.stream(
            request.method, request.target.removeprefix("/"), content=body, headers=header
        ) as answer:
            found = bytearray()
            for piece in answer.iter_raw():
                found += piece
                if len(found) > MAX_ANSWER:
                    raise StrangeAnswer("it has no end")
            return _Answer(
                status=answer.status_code,
                body=bytes(found),
                signature=access.answer_signature(answer.headers),
                date=answer.headers.get("Date", ""),
            )

    def _turned_away(self, answer: _Answer) -> TurnedAway | ClockOff:
        """Return why it may be that nobody lets us in; the time told there is a hint, no more."""
        try:
            theirs = parsedate_to_datetime(answer.date)
        except ValueError:
            return TurnedAway()
        apart = abs(theirs.timestamp() - self._asker.clock().timestamp())
        return ClockOff(int(apart // MINUTE)) if apart > access.NEAR else TurnedAway()


def checked(url: str) -> str:
    """Return an address that may be asked, without a slash at its end.

    Raises:
        BadAddress: it is not one.
    """
    try:
        found = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError):
        raise BadAddress(safe_line(url)) from None
    open_way = found.scheme == "http" and (_is_here(found.host) or found.host.endswith(".onion"))
    plain = not (found.userinfo or found.query or found.fragment or "%" in found.host)
    if not found.host or not plain or not (found.scheme == "https" or open_way):
        raise BadAddress(safe_line(url))
    return str(found).rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError) and "SSL" not in str(error):
        return "nothing answers at its address (is it right, and the tunnel to it open?)"
    return safe_line(str(error) or type(error).__name__)[:LONGEST].rstrip(".")


def _unsigned(answer: _Answer) -> Unreachable | ForeignServer:
    """Return what to say of an answer that nobody signed: of a proxy, or of another server."""
    if answer.status > FAILED:
        return Unreachable(f"what stands before it answers {answer.status}")
    return ForeignServer()


def _believed(answer: _Answer) -> bytes | None:
    if answer.status == OK:
        return answer.body
    if answer.status == MISSING:
        return None
    if answer.status == WRONG:
        said = safe_line(answer.body.decode(errors="replace"))[:LONGEST]
        raise ServerRefused(said.rstrip("."))
    if answer.status == BUSY:
        raise TooOften
    raise ServerFailed if answer.status == FAILED else StrangeAnswer(answer.status)
