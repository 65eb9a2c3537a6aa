"""One mail: composed line by line, and handed over to one mail server. Nothing else.

Rules of this file: what an outsider sees of a mail says nothing. Every line of it is written here:
constant words, one recipient, no number, no name of this machine; two digests differ in their
Message-ID, their Date (a whole minute, UTC) and the letters of the base64 alone. A mail goes over
verified TLS or not at all, except to this very machine. What failed is a short code: never an
address, never what a server said.
"""

import asyncio
import contextlib
import ssl
from base64 import encodebytes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, parseaddr
from pathlib import Path
from secrets import token_hex

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from bot.errors import MailFailed
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

CONNECT_SECONDS = 30.0  # for each of: connection, greeting, TLS, login
WHOLE_SECONDS = 120.0
QUIT_SECONDS = 5.0


# --- composing ---------------------------------------------------------------------------------


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
        _header("Message-ID", f"<{token_hex(16)}@{_domain(mail)}>"),
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


def _domain(mail: Mail) -> str:
    return mail.sender.rpartition("@")[2]


# --- handing over ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Hands mails over to the mail server of the settings; a relative `authority` is in `home`."""

    mail: Mail
    password: str = field(default="", repr=False)
    home: Path = field(default=Path(), repr=False)
    connect_seconds: float = CONNECT_SECONDS
    whole_seconds: float = WHOLE_SECONDS

    async def send(self, to: str, message: bytes) -> None:
        """Hand one mail over to one recipient; return once the server has taken it.

        Raises:
            MailFailed: it was not taken, or nobody knows. The codes: `refused-550` and the like,
                `login`, `tls`, `connect`, `timeout`, `closed`, `address`, `unknown`.
        """
        await self._speak(to, message)

    async def greet(self) -> None:
        """Go as far as the login, and part: would the server take mail from us?

        Raises:
            MailFailed: it would not; the codes are those of `send`.
        """
        await self._speak("", b"")

    async def _speak(self, to: str, message: bytes) -> None:
        """Speak to the server; without a recipient nothing is handed over."""
        stage = "tls"
        client: SMTP | None = None
        try:
            async with asyncio.timeout(self.whole_seconds):
                _refuse_ambiguous(self.mail.sender, *filter(None, [to]))
                client = await self._client()
                await client.connect()
                stage = "login"
                if self.mail.user:
                    await client.login(self.mail.user, self.password)
                stage, whole = "unknown", self.whole_seconds
                if to:
                    await client.sendmail(self.mail.sender, [to], message, timeout=whole)
            await _part(client)
        except Exception as error:  # noqa: BLE001 - whatever a server does, others get their mail
            raise MailFailed(_code(error) or stage) from None
        finally:
            if client is not None:
                client.close()

    async def _client(self) -> SMTP:
        mail = self.mail
        plain = mail.security == "none"
        return SMTP(
            hostname=mail.server,
            port=mail.port,
            use_tls=mail.security == "tls",
            start_tls=mail.security == "starttls",
            tls_context=None if plain else await asyncio.to_thread(self._trust),
            local_hostname=_domain(mail),
            timeout=self.connect_seconds,
        )

    def _trust(self) -> ssl.SSLContext:
        """Return what a server's certificate is checked against; its name is checked as well."""
        authority = self.mail.authority
        return ssl.create_default_context(cafile=self.home / authority if authority else None)


def _refuse_ambiguous(*addresses: str) -> None:
    """Refuse an address that would be read as another one, or as several."""
    if any(parseaddr(address)[1] != address for address in addresses):
        raise MailFailed("address")


async def _part(client: SMTP) -> None:
    """Say goodbye. The mail was taken: whatever happens now does not matter."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(QUIT_SECONDS):
            await client.quit()


def _code(error: Exception) -> str:  # noqa: PLR0911 - a table
    """Return the code of a failure, or "" where only the stage tells."""
    match error:
        case MailFailed():
            return error.code
        case TimeoutError():
            return "timeout"
        case SMTPAuthenticationError():
            return "login"
        case SMTPRecipientsRefused():
            return f"refused-{error.recipients[0].code}"
        case SMTPResponseException() if 400 <= error.code < 600:  # noqa: PLR2004 - RFC 5321, 4.2.1
            return f"refused-{error.code}"
        case ssl.SSLError() | SMTPConnectError(__cause__=ssl.SSLError()):
            return "tls"
        case SMTPConnectError():
            return "connect"
        case ConnectionError():
            return "closed"
        case _:
            return ""
