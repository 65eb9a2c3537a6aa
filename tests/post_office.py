"""A real mail server on this machine: aiosmtpd, its certificate made as it opens, faults on demand.

As a process of its own it writes each mail into a folder as it came, and prints where it listens:

    python -m tests.post_office --port 0 --folder mails --tls starttls --authority ca.pem
"""

import argparse
import asyncio
import contextlib
import ipaddress
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
Tls = Literal["starttls", "tls", "none"]
#: What goes wrong: it never answers a mail, hangs up in the middle of one, hangs up when it has
#: taken one, or answers and hangs up on the goodbye.
Fault = Literal["", "slow", "cut", "deaf", "rude"]


class Authority:
    """A certificate authority that nobody knows."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody's authority")])
        usage = x509.KeyUsage(
            **dict.fromkeys(
                (
                    "digital_signature",
                    "content_commitment",
                    "key_encipherment",
                    "data_encipherment",
                    "key_agreement",
                    "encipher_only",
                    "decipher_only",
                ),
                False,
            ),
            key_cert_sign=True,
            crl_sign=True,
        )
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def write(self, path: Path) -> None:
        """Write what others need to trust it."""
        path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """Return what a server of that name, or that address, shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            names: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            names = x509.DNSName(host)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server")])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([names]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
            file.write(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A mail that was taken, with all that was said around it."""

    greeting: str  # what the other side called itself
    sender: str
    to: tuple[str, ...]
    options: tuple[str, ...]
    login: str
    secure: bool
    content: bytes = field(repr=False)


@dataclass(kw_only=True, eq=False)
class PostOffice:
    """A mail server. `refusals` are answers by recipient; `sender_answer` is one to all mails."""

    tls: Tls = "starttls"
    authority: Authority = field(default_factory=Authority)
    host: str = HOST  # that the certificate is for
    offers_tls: bool = True
    login: tuple[str, str] | None = None
    refusals: dict[str, str] = field(default_factory=dict)
    sender_answer: str = ""
    data_answer: str = ""
    fault: Fault = ""
    folder: Path | None = None
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    sessions: list[SMTP] = field(default_factory=list)
    tried: int = 0  # mails that somebody began to hand over

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["PostOffice"]:
        """Be open; at the end every connection is cut, as when the machine stops."""
        loop = asyncio.get_running_loop()
        context = None if self.tls == "none" else self.authority.context(self.host)
        implicit = context if self.tls == "tls" else None
        upgrade = context if self.tls == "starttls" and self.offers_tls else None
        server = await loop.create_server(
            lambda: self._session(loop, upgrade), HOST, self.port, ssl=implicit
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for session in self.sessions:
                hang_up(session)
            self.sessions.clear()
            await server.wait_closed()

    def to(self, address: str) -> list[Taken]:
        """Return what came for somebody."""
        return [one for one in self.taken if address in one.to]

    # --- what aiosmtpd asks -------------------------------------------------------------------

    def _session(self, loop: asyncio.AbstractEventLoop, upgrade: ssl.SSLContext | None) -> SMTP:
        session = _Session(
            self,
            loop=loop,
            hostname="mail.example.org",
            ident="a post office",
            tls_context=upgrade,
            require_starttls=upgrade is not None,
            auth_require_tls=upgrade is not None,
            authenticator=self.authenticate,
        )
        self.sessions.append(session)
        return session

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False, auth_data=given[0])

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried += 1
        if self.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.refusals.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.fault == "slow":
            await asyncio.get_running_loop().create_future()  # until somebody hangs up
        if self.data_answer:
            return self.data_answer
        self._take(session, envelope)
        if self.fault == "deaf":
            hang_up(server)
        return "250 Taken"

    def _take(self, session: Session, envelope: Envelope) -> None:
        mail = Taken(
            greeting=session.host_name or "",
            sender=envelope.mail_from or "",
            to=tuple(envelope.rcpt_tos),
            options=tuple(envelope.mail_options),
            login=cast("str | None", session.auth_data) or "",
            secure=session.ssl is not None or self.tls == "tls",
            content=envelope.original_content or b"",
        )
        self.taken.append(mail)
        if self.folder is not None:
            number = len(list(self.folder.glob("*.eml"))) + 1
            fresh = self.folder / f".{number:06d}"
            fresh.write_bytes(mail.content)
            fresh.rename(self.folder / f"{number:06d}.eml")


def hang_up(session: SMTP) -> None:
    """Cut a connection; one over TLS that is closed has nothing left to cut (Python 3.11.2)."""
    if session.transport is not None:
        with contextlib.suppress(AttributeError):
            cast("asyncio.Transport", session.transport).abort()


class _Session(SMTP):
    """One connection."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if self.event_handler.fault == "cut":
            await self.push("354 Go on")
            await self._reader.readuntil(b"\r\n")
            hang_up(self)
            await asyncio.get_running_loop().create_future()  # nothing more is read
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if self.event_handler.fault == "rude":
            hang_up(self)
        await super().smtp_QUIT(arg)


async def _main(arguments: argparse.Namespace) -> None:
    office = PostOffice(
        tls=arguments.tls,
        port=arguments.port,
        folder=arguments.folder,
        login=(arguments.user, arguments.password) if arguments.user else None,
        refusals=dict.fromkeys(arguments.refuse, "550 5.1.1 Nobody of that name"),
    )
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.authority:
        office.authority.write(arguments.authority)
    async with office.opened():
        sys.stdout.write(f"{HOST}:{office.port}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A mail server for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--tls", choices=("starttls", "tls", "none"), default="none")
    parser.add_argument("--authority", type=Path, help="where the certificate to trust is written")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS")
    return parser.parse_args()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(_arguments()))
