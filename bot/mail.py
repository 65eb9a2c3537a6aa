"""One mail, composed line by line. `smtp` hands it over.

Rules of this file: what an outsider sees of a mail says nothing. Every line of it is written here:
constant words, one recipient, no number, no name of this machine; two digests differ in their
Message-ID, their Date (a whole minute, UTC) and the letters of the base64 alone.
"""

from base64 import encodebytes
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from secrets import token_hex

from bot.settings import Mail

Send = Callable[[str, bytes], Awaitable[None]]  # to whom, the mail; raises MailFailed

DIGEST = "A sealed file is attached. Open it at the desk: quietline-desk open FILE."
ALERT = "Please open the desk."
NOTICE = "The line needs attention: run `quietline check` on the server."
SEALED_NAME = "digest.age"
SIGNATURE_NAME = "digest.age.sig"
BOUNDARY = "=_part"  # `=_` comes neither in base64 nor in our words (RFC 2045, section 6.7)
LINE = 76  # characters, the same in base64 (RFC 2045, section 6.8)
CRLF = "\r\n"


def compose_digest(mail: Mail, to: str, *, sealed: bytes, signature: bytes, now: datetime) -> bytes:
    """Return a mail with a digest and its signature, always of one size."""
    lines = [
        *_head(mail, to, now),
        f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"',
        "",
        f"--{BOUNDARY}",
        *_words(DIGEST),
        f"--{BOUNDARY}",
        *_attached(SEALED_NAME, sealed),
        f"--{BOUNDARY}",
        *_attached(SIGNATURE_NAME, signature),
        f"--{BOUNDARY}--",
        "",
    ]
    return CRLF.join(lines).encode("ascii")


def compose_words(mail: Mail, to: str, *, words: str, now: datetime) -> bytes:
    """Return a mail of constant words alone: `ALERT` or `NOTICE`."""
    return CRLF.join([*_head(mail, to, now), *_words(words), ""]).encode("ascii")


def _head(mail: Mail, to: str, now: datetime) -> list[str]:
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    return [
        _header("From", mail.sender),
        _header("To", to),
        *_subject(mail.subject),
        _header("Date", format_datetime(minute)),
        _header("Message-ID", f"<{token_hex(16)}@{domain(mail)}>"),
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",  # nobody's absence is answered to us (RFC 3834)
    ]


def _words(words: str) -> list[str]:
    return [
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        "",
        words,
    ]


def _attached(name: str, data: bytes) -> list[str]:
    return [
        "Content-Type: application/octet-stream",
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
        "",
        *encodebytes(data).decode("ascii").splitlines(),
    ]


def _header(name: str, value: str) -> str:
    """Return a header, the value on a line of its own where both are too long for one."""
    line = f"{name}: {value}"
    return line if len(line) <= LINE else f"{name}:{CRLF} {value}"


def _subject(subject: str) -> list[str]:
    """Return the subject's header; what is not plain ASCII is encoded (RFC 2047)."""
    if subject.isascii() and subject.isprintable():
        return [_header("Subject", subject)]
    encoded = Header(subject, "utf-8", maxlinelen=LINE, header_name="Subject").encode()
    return f"Subject: {encoded}".splitlines()


def domain(mail: Mail) -> str:
    """Return the part of the sender's address that is a machine's name."""
    return mail.sender.rpartition("@")[2]
