"""Mails as a mail program saves them: the sealed digests in one, wherever they sit in it.

Rules of this file: bytes in, sealed bytes out. A mail is a stranger's: nothing of it is shown,
written or named by, and a part is known by what it holds, never by its name or type, since list
servers, forwarding and webmail change both. All is bounded (size, lines, parts, depth, headers),
and what Python's parser stumbles over is a mail that cannot be read. Its older policy reads a
header only as far as MIME needs it; the newer one's grammar takes quadratic time.

Sources: RFC 2045 and 2046 (MIME), RFC 4155 (mbox); CPython issues 75630 and 136063
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32, Policy
from functools import partial
from typing import BinaryIO, cast

from desk.errors import BadMail, OversizedMail
from desk.sent import MAX_SIGNATURE, SIZE, SentDigest
from storage.age_header import VERSION as AGE
from storage.padding import KIB, MIB
from storage.signature import BEGIN, END

MAX_MAIL = 8 * MIB  # ours: a digest in base64 is 91 KB, in quoted-printable about 180 KB
MAX_LINES = 250_000  # ours: 8 MiB of base64 are 111,000
MAX_PARTS = 500  # ours; a digest by mail has four
MAX_DEPTH = 24  # ours: of parts in parts
MAX_FORWARDS = 3  # ours: of whole mails inside encoded parts
MAX_HEADER = 2 * KIB  # ours: what MIME needs is far shorter; the time to read one is its square
MAX_LINE = 64 * KIB  # read at once from an mbox
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MBOX = b"From "

_SIGNATURE = re.compile(
    rf"{BEGIN}\r?\n[A-Za-z0-9+/=\r\n]{{1,{MAX_SIGNATURE}}}{END}".encode("ascii")
)
_MAIL = re.compile(rb"(?:From [^\n]{0,998}\n)?[!-9;-~]{1,76}:")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_TYPED = re.compile(rb"(?i)\ncontent-type:")
#: What the standard library's parser and decoders raise at what strangers write.
_STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def digests_in(mail: bytes, name: str) -> list[SentDigest]:
    """Return the sealed digests that a mail holds, each with the signatures that came along.

    Raises:
        OversizedMail: it is larger than a mail with a digest could be. BadMail: it is none.
    """
    search = _Search()
    try:
        search.look(mail.removeprefix(BYTE_ORDER_MARK), 0)
    except _STUMBLES:
        raise BadMail from None
    signatures = tuple(map(_as_signed, search.signatures))
    return [SentDigest(name=name, sealed=sealed, signatures=signatures) for sealed in search.sealed]


def is_mail(beginning: bytes) -> bool:
    """Tell whether a file that begins like this could be a mail: it begins with a header."""
    return _MAIL.match(beginning.removeprefix(BYTE_ORDER_MARK)) is not None


def split(mbox: BinaryIO) -> Iterator[bytes]:
    """Yield the mails of an mbox; one that is too large is yielded just too large."""
    mail, after_blank = bytearray(), True
    for line in iter(partial(mbox.readline, MAX_LINE), b""):
        if after_blank and line.startswith(MBOX) and mail:
            yield bytes(mail)
            mail.clear()
        after_blank = not line.strip(b"\r\n")
        if len(mail) <= MAX_MAIL:
            mail += line
    if mail:
        yield bytes(mail)


class _Headers(Compat32):
    """Reads headers as they stand; of one too long to be MIME's, only the name."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value."""
        if sum(map(len, sourcelines)) > MAX_HEADER:
            return sourcelines[0].partition(":")[0][:MAX_HEADER], ""
        name, value = super().header_source_parse(sourcelines)
        return name, value.strip()


HEADERS = _Headers()


class _Part(Message):
    """A part that knows how deep it lies."""

    depth = 0

    def attach(self, payload: Message) -> None:  # type: ignore[override]  # the parser attaches parts
        """Take in a part."""
        part = cast("_Part", payload)
        part.depth = self.depth + 1
        if part.depth > MAX_DEPTH:
            raise OversizedMail
        super().attach(part)


class _Search:
    """What was found in one mail, and how much of it was looked at."""

    def __init__(self) -> None:
        self.sealed: dict[bytes, None] = {}
        self.signatures: dict[bytes, None] = {}
        self._parts = 0

    def look(self, mail: bytes, forwards: int) -> None:
        """Look into a mail, and into the mails in it."""
        if len(mail) > MAX_MAIL or mail.count(b"\n") + mail.count(b"\r") > 2 * MAX_LINES:
            raise OversizedMail
        for content in _contents(BytesParser(self._part, policy=HEADERS).parsebytes(mail)):
            if content.startswith(AGE):
                self.sealed[content[: SIZE + 1]] = None
            elif found := _SIGNATURE.findall(content):
                self.signatures |= dict.fromkeys(found)
            elif forwards < MAX_FORWARDS and _MAIL.match(content) and _TYPED.search(content):
                self.look(content, forwards + 1)

    def _part(self, policy: Policy = HEADERS) -> _Part:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise OversizedMail
        return _Part(policy)


def _contents(part: Message, *, encoded: bool = False) -> Iterator[bytes]:
    """Yield what the parts hold, decoded; a mail inside may be encoded as a whole."""
    if part.is_multipart():
        inside = cast("Sequence[Message]", part.get_payload())
        whole = part.get_content_maintype() == "message" and _encoding(part) == "base64"
        for one in inside:
            yield from _contents(one, encoded=whole)
        return
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        yield _decoded(content) if encoded else content


def _decoded(content: bytes) -> bytes:
    """Return what base64 holds, as leniently as mail programs read it."""
    digits = _NOT_BASE64.sub(b"", content)
    return binascii.a2b_base64(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")


def _as_signed(signature: bytes) -> str:
    """Return a signature as the server writes it, whatever became of its line ends."""
    return signature.decode("ascii").replace("\r\n", "\n") + "\n"


def _encoding(part: Message) -> str:
    return str(part.get("content-transfer-encoding", "")).lower()
