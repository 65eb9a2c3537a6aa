"""The door below /desk: staff ask, each request signed; whoever did not sign one finds nothing.

- Everything that is wrong has one answer, an empty 404 as any unknown address has it: no author, no
  right, a wrong signature, a clock that is off, a request that came before. The same work is done
  for each, and nothing of a body is read before the signature over its hash has been checked.
- Who may ask is on the staff of the statement of today, with the right to read.
- Every answer to somebody who may ask is signed by the server identity, over their nonce.
- Nothing is logged of who asked for what.
"""

import asyncio
import hmac
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot import logs
from bot.desk_answers import MAX_LINE, Answers
from bot.errors import BotError
from bot.http import DESK, nothing_here
from bot.limits import Bucket
from bot.ports import Clock
from storage import access
from storage.access import Request
from storage.act import DEVICE
from storage.blobs import ID
from storage.entry import CASE
from storage.errors import BadSignature, StorageError
from storage.exchange import MAX_BROUGHT, MAX_PACKET
from storage.line import Line
from storage.signature import SigningKey

READ = "read"
#: Requests a second and at once, of one person and of all together.
OWN, ALL = Bucket.of(10, 600), Bucket.of(50, 3000)
#: Requests that are worked on at the same time: each may hold a page in memory.
AT_ONCE = 4
NUMBER = r"(0|[1-9][0-9]{0,14})"
OK, BUSY = HTTPStatus.OK.value, HTTPStatus.TOO_MANY_REQUESTS.value
MISSING, WRONG = HTTPStatus.NOT_FOUND.value, HTTPStatus.UNPROCESSABLE_ENTITY.value
FAILED = HTTPStatus.INTERNAL_SERVER_ERROR.value
#: Signed by nobody: what an unknown author's signature is checked with, so that it takes as long.
NOBODY = SigningKey.generate().public

Found = tuple[int, bytes]
Work = Callable[[Answers, Request, bytes, re.Match[str]], Awaitable[Found]]


@dataclass(kw_only=True, slots=True)
class Gate:
    """Remembers which requests came, and how many of whom."""

    clock: Clock
    _nonces: set[bytes] = field(default_factory=set)
    _came: deque[tuple[float, bytes]] = field(default_factory=deque)
    _full: dict[str, float] = field(default_factory=dict)
    _all: float = float("-inf")

    def admits(
        self, line: Line, method: str, target: str, header: Mapping[str, str]
    ) -> Request | None:
        """Return the request of somebody on the staff, the first time that it comes."""
        now = self.clock().timestamp()
        found = access.read_request(method, target, header)
        if found is None:
            found = _NONE, bytes(64)
        request, signature = found
        person = line.person(request.author)
        key = NOBODY if person is None else person.signing
        try:
            key.verify_bytes(access.request_bytes(request, line.root), signature)
            signed = True
        except BadSignature:
            signed = False
        may = person is not None and READ in person.rights
        near = abs(now - request.time) <= access.NEAR
        named = request.author.encode() + b"/" + request.nonce
        fresh = named not in self._nonces
        if not (signed and may and near and fresh):
            return None
        self._note(named, now)
        return request

    def _note(self, named: bytes, now: float) -> None:
        self._nonces.add(named)
        self._came.append((now, named))
        while self._came and self._came[0][0] < now - access.REMEMBERED:
            self._nonces.discard(self._came.popleft()[1])

    def lets_go(self, author: str) -> bool:
        """Tell whether somebody, or everybody together, asks too often; else it is counted."""
        now = self.clock().timestamp()
        own = self._full.get(author, now)
        if OWN.wait(own, now) or ALL.wait(self._all, now):
            return True
        self._full[author], self._all = OWN.taken(own, now), ALL.taken(self._all, now)
        return False


@dataclass(kw_only=True, slots=True)
class DeskDoor:
    """Answers desks. `answers` gives what is told under the statement of today."""

    answers: Callable[[], Answers]
    identity: SigningKey = field(repr=False)
    clock: Clock
    gate: Gate = field(init=False)
    _room: asyncio.Semaphore = field(init=False)
    _one: asyncio.Lock = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody remembered."""
        self.gate = Gate(clock=self.clock)
        self._room, self._one = asyncio.Semaphore(AT_ONCE), asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(Asked(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, asked: Asked) -> Response:
        target = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
        line = self.answers().packets.line
        request = self.gate.admits(line, asked.method, target, asked.headers)
        if request is None:
            return nothing_here()
        if self.gate.lets_go(request.author):
            return self._signed(request, line, (BUSY, b""))
        async with self._room:
            try:
                body = await _body(asked, MAX_BROUGHT + MAX_PACKET)
            except ClientDisconnect:
                return nothing_here()
            if body is None or not hmac.compare_digest(access.hashed(body), request.body):
                return nothing_here()
            return self._signed(request, line, await self._found(request, body))

    async def _found(self, request: Request, body: bytes) -> Found:
        for method, pattern, work in ROUTES:
            match = pattern.fullmatch(request.target)
            if match is not None and method == request.method:
                try:
                    if method == "POST":
                        async with self._one:
                            return await work(self.answers(), request, body, match)
                    return await work(self.answers(), request, body, match)
                except Exception as error:  # noqa: BLE001 - a desk is told that it failed, no more
                    logs.event("desk-failed", error=type(error).__name__)
                    return FAILED, b""
        return MISSING, b""

    def _signed(self, request: Request, line: Line, found: Found) -> Response:
        status, body = found
        header = access.sign_answer(request.nonce, status, body, key=self.identity, root=line.root)
        kind = "application/octet-stream"
        return Response(body, status, {**header, "Cache-Control": "no-store"}, media_type=kind)


async def _body(asked: Asked, most: int) -> bytes | None:
    """Read a body; None when it is too long."""
    body = bytearray()
    async for piece in asked.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


# --- what can be asked -------------------------------------------------------------------------


async def _line(answers: Answers, _r: Request, _b: bytes, _m: re.Match[str]) -> Found:
    return OK, await answers.line()


async def _entries(answers: Answers, _r: Request, _b: bytes, match: re.Match[str]) -> Found:
    return OK, await answers.page(int(match[1]))


async def _state(answers: Answers, _r: Request, _b: bytes, match: re.Match[str]) -> Found:
    return OK, await answers.state(int(match[1]), int(match[2]))


async def _ends(answers: Answers, _r: Request, _b: bytes, match: re.Match[str]) -> Found:
    return OK, await answers.ends(int(match[1]))


async def _tombstones(answers: Answers, _r: Request, _b: bytes, match: re.Match[str]) -> Found:
    return OK, await answers.tombstones(int(match[1]))


async def _outcomes(answers: Answers, request: Request, _b: bytes, match: re.Match[str]) -> Found:
    device = bytes.fromhex(match[1])
    return OK, await answers.outcomes(request.author, device, int(match[2]))


async def _file(answers: Answers, _r: Request, _b: bytes, match: re.Match[str]) -> Found:
    case, blob = bytes.fromhex(match[1]), bytes.fromhex(match[2])
    piece = await answers.piece(case, blob, int(match[3]))
    return (MISSING, b"") if piece is None else (OK, piece)


async def _packets(answers: Answers, _r: Request, body: bytes, _m: re.Match[str]) -> Found:
    try:
        return OK, await answers.take(body)
    except StorageError:
        return WRONG, b""


async def _bring(answers: Answers, _r: Request, body: bytes, _m: re.Match[str]) -> Found:
    if len(body) > MAX_LINE:
        return WRONG, b""
    try:
        await answers.bring(body)
    except (BotError, StorageError) as error:
        return WRONG, str(error).encode()
    return OK, b""


def _route(method: str, path: str, work: Work) -> tuple[str, re.Pattern[str], Work]:
    return method, re.compile(DESK + path, re.ASCII), work


_BLOB = rf"/files/([0-9a-f]{{{2 * CASE}}})/([0-9a-f]{{{2 * ID}}})\?from={NUMBER}"
ROUTES = (
    _route("GET", "/line", _line),
    _route("GET", rf"/entries\?after={NUMBER}", _entries),
    _route("GET", rf"/heads\?upto={NUMBER}&known={NUMBER}", _state),
    _route("GET", rf"/heads/all\?upto={NUMBER}", _ends),
    _route("GET", rf"/tombstones\?since={NUMBER}", _tombstones),
    _route("GET", rf"/outcomes\?device=([0-9a-f]{{{2 * DEVICE}}})&after={NUMBER}", _outcomes),
    _route("GET", _BLOB, _file),
    _route("POST", "/packets", _packets),
    _route("POST", "/line", _bring),
)
_NONE = Request(method="", target="", author="", device=bytes(DEVICE), time=0, nonce=b"", body=b"")
