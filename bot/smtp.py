"""Hands a mail over to the one mail server of the settings.

Rules of this file: a mail goes over verified TLS or not at all, except to this very machine. What
failed is a short code: never an address, never what a server said. A line loads this file with its
first mail.
"""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from bot.errors import MailFailed
from bot.mail import domain
from bot.settings import Mail

CONNECT_SECONDS = 30.0  # for each of: connection, greeting, TLS, login
WHOLE_SECONDS = 120.0
QUIT_SECONDS = 5.0


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
            local_hostname=domain(mail),
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
