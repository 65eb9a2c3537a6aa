"""One mail: nothing of it tells what came in, and it goes over verified TLS or not at all."""

import asyncio
import email
import email.policy
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import MailFailed
from bot.mail import ALERT, BOUNDARY, DIGEST, LINE, NOTICE, compose_digest, compose_words
from bot.settings import Mail
from bot.smtp import Sender
from tests.post_office import HOST, Authority, Fault, PostOffice, Tls

NOW = datetime(2026, 11, 22, 6, 0, 30, tzinfo=UTC)
TO = "ana@example.org"
ROOT = Path(__file__).resolve().parent.parent
SIZE, SIGNED = 5000, 300  # a digest and its signature have one size each, whatever it is
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Auto-Submitted",
    "Content-Type",
]
CHANGING = {"Message-ID", "Date"}

SEEDS = st.integers(0, 2**32)
MOMENTS = st.integers(0, 2**31).map(lambda n: datetime.fromtimestamp(n, UTC))
NAMES = st.from_regex(r"[a-z0-9]{1,12}([.+-][a-z0-9]{1,12})?", fullmatch=True)
ADDRESSES = st.builds("{}@{}".format, NAMES, NAMES)
SUBJECTS = st.text(min_size=1, max_size=60) | st.sampled_from(["Notice", "お知らせ" * 15])


def mail(**changes: object) -> Mail:
    given_: dict[str, object] = {"server": HOST, "sender": "line@example.org", "to": [TO]}
    # What the settings would refuse is to do no harm here either.
    return Mail.model_validate(given_).model_copy(update=changes)


def sealed_of(seed: int) -> bytes:
    return Random(seed).randbytes(SIZE) if seed else bytes(SIZE)


def signature_of(seed: int) -> bytes:
    return Random(seed).randbytes(SIGNED)


def digest_mail(sealed: bytes, signature: bytes = bytes(SIGNED), now: datetime = NOW) -> bytes:
    return compose_digest(mail(), TO, sealed=sealed, signature=signature, now=now)


def read(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.default)


def without_letters(message: bytes) -> Iterator[bytes]:
    """Give each line of a mail without what may differ: the letters of base64, a date, an id."""
    for line in message.split(b"\r\n"):
        name = line.partition(b":")[0].decode()
        if name in CHANGING:
            yield re.sub(rb"[0-9A-Za-z]", b"x", line)
        elif re.fullmatch(rb"[A-Za-z0-9+/=]{4,}", line):
            yield b"x" * len(line)
        else:
            yield line


# --- composing ---------------------------------------------------------------------------------


@given(SEEDS, SEEDS, MOMENTS)
def test_two_digests_look_the_same_from_outside(one: int, other: int, later: datetime) -> None:
    first = digest_mail(sealed_of(one), signature_of(one))
    second = digest_mail(sealed_of(other), signature_of(other), later)
    assert len(first) == len(second)
    firsts, seconds = list(without_letters(first)), list(without_letters(second))
    for line, twin in zip(firsts, seconds, strict=True):
        if line.startswith(b"Date"):  # a month has another name
            assert len(line) == len(twin)
        else:
            assert line == twin


@given(ADDRESSES, ADDRESSES, SUBJECTS, SEEDS, MOMENTS)
def test_a_mail_is_seven_bits_and_its_lines_are_short(
    sender: str, to: str, subject: str, seed: int, now: datetime
) -> None:
    settings = mail(sender=sender, to=[to], subject=subject)
    whole = compose_digest(settings, to, sealed=sealed_of(seed), signature=b"s", now=now)
    words = compose_words(settings, to, words=ALERT, now=now)
    for message in (whole, words):
        assert message.isascii()
        assert b"\0" not in message
        assert message.endswith(b"\r\n")
        assert b"\n" not in message.replace(b"\r\n", b"")
        assert b"\r" not in message.replace(b"\r\n", b"")
        assert max(map(len, message.split(b"\r\n"))) <= LINE
        header = read(message)
        assert header["To"] == to
        assert [str(one) for one in header["From"].addresses] == [sender]
        assert header.keys()[: len(HEADERS) - 1] == HEADERS[:-1]
    assert read(whole).keys() == HEADERS


@given(SUBJECTS)
def test_a_subject_is_one_header_whatever_is_in_it(subject: str) -> None:
    message = compose_words(mail(subject=subject), TO, words=NOTICE, now=NOW)
    assert read(message).keys() == [*HEADERS, "Content-Transfer-Encoding"]
    if subject.isprintable() and subject == subject.strip():
        assert read(message)["Subject"] == subject


def test_a_subject_cannot_add_a_recipient() -> None:
    message = compose_words(
        mail(subject="Notice\r\nBcc: eve@example.org"), TO, words=NOTICE, now=NOW
    )
    assert not re.search(rb"^Bcc", message, re.MULTILINE)
    assert read(message)["Bcc"] is None


@given(SEEDS)
def test_what_is_attached_comes_out_as_it_was(seed: int) -> None:
    sealed, signature = sealed_of(seed), signature_of(seed)
    message = read(digest_mail(sealed, signature))
    body = message.get_body()
    assert body is not None
    assert body.get_content().strip() == DIGEST
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert attached == {"digest.age": sealed, "digest.age.sig": signature}


def test_a_mail_of_words_has_the_words_alone() -> None:
    for words in (ALERT, NOTICE):
        message = read(compose_words(mail(), TO, words=words, now=NOW))
        assert message.get_content() == words + "\r\n"
        assert not message.is_multipart()


def test_the_boundary_cannot_be_in_what_it_parts() -> None:
    assert "=_" in BOUNDARY
    assert not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", BOUNDARY)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Lima"])
def test_the_date_is_a_whole_minute_of_the_time_given_wherever_the_machine_is(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", zone)
        time.tzset()
        message = digest_mail(b"", now=datetime.fromisoformat("2026-11-22T15:00:59.9+09:00"))
    time.tzset()
    assert b"\r\nDate: Sun, 22 Nov 2026 06:00:00 +0000\r\n" in message


def test_a_mail_does_not_name_the_machine_or_the_program() -> None:
    head = digest_mail(bytes(SIZE)).partition(b"\r\n\r\n")[0].decode()
    message = read(digest_mail(bytes(SIZE)))
    assert str(message["Message-ID"]).endswith("@example.org>")
    assert {"User-Agent", "X-Mailer", "Received"}.isdisjoint(message.keys())
    for name in (socket.gethostname(), "quietline", "python"):
        assert name.lower() not in head.lower()


def test_no_two_mails_have_one_id() -> None:
    ids = [str(read(digest_mail(b""))["Message-ID"]) for _ in range(50)]
    assert len(set(ids)) == 50
    assert {len(one) for one in ids} == {len(f"<{'0' * 32}@example.org>")}


def test_an_address_that_is_too_long_for_a_line_has_its_own() -> None:
    to = "a" * 60 + "@" + "b" * 60
    message = compose_words(mail(to=[to]), to, words=ALERT, now=NOW)
    assert f"\r\nTo:\r\n {to}\r\n".encode() in message
    assert read(message)["To"] == to


# --- handing over ------------------------------------------------------------------------------


async def hand_over(
    office: PostOffice, place: Path, *, to: str = TO, password: str = "", **changes: object
) -> bytes:
    """Hand a digest over to an office that is open; trust its authority unless told otherwise."""
    if not (place / "ca.pem").exists():
        office.authority.write(place / "ca.pem")
    settings = mail(
        **{
            "port": office.port,
            "security": office.tls,
            "authority": "ca.pem",
            "to": [to],
            **changes,
        }
    )
    message = compose_digest(settings, to, sealed=bytes(SIZE), signature=bytes(SIGNED), now=NOW)
    sender = Sender(
        mail=settings, password=password, home=place, connect_seconds=5, whole_seconds=5
    )
    await sender.send(to, message)
    return message


async def refused(office: PostOffice, place: Path, **changes: object) -> str:
    """Fail to hand a mail over; return the code."""
    with pytest.raises(MailFailed) as failed:
        await hand_over(office, place, **changes)  # type: ignore[arg-type]
    error = failed.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    for told in (str(error), repr(error)):
        assert not re.search(r"example|nobody|@|\d{4}", told, re.IGNORECASE)
    return error.code


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_mail_is_handed_over_by_verified_tls(tls: Tls, tmp_path: Path) -> None:
    async with PostOffice(tls=tls).opened() as office:
        message = await hand_over(office, tmp_path)
    (taken,) = office.taken
    assert taken.content == message
    assert taken.secure
    assert (taken.sender, taken.to, taken.greeting) == ("line@example.org", (TO,), "example.org")


async def test_on_this_very_machine_a_mail_may_go_in_the_clear(tmp_path: Path) -> None:
    async with PostOffice(tls="none").opened() as office:
        message = await hand_over(office, tmp_path)
    assert [one.content for one in office.taken] == [message]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_nothing_is_handed_to_a_server_of_another_name(tls: Tls, tmp_path: Path) -> None:
    for host in ("mail.example.org", "127.0.0.2"):
        async with PostOffice(tls=tls, host=host).opened() as office:
            assert await refused(office, tmp_path) == "tls"
            assert office.tried == 0
        (tmp_path / "ca.pem").unlink()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_nothing_is_handed_to_a_server_that_nobody_vouches_for(
    tls: Tls, tmp_path: Path
) -> None:
    Authority().write(tmp_path / "ca.pem")
    async with PostOffice(tls=tls).opened() as office:
        assert await refused(office, tmp_path) == "tls"
        assert await refused(office, tmp_path, authority="") == "tls"
        assert office.tried == 0


async def test_nothing_goes_in_the_clear_when_tls_is_not_offered(tmp_path: Path) -> None:
    async with PostOffice(offers_tls=False, login=("line", "secret")).opened() as office:
        assert await refused(office, tmp_path, user="line", password="secret") == "tls"
        assert office.tried == 0


async def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate")
    async with PostOffice().opened() as office:
        assert await refused(office, tmp_path, authority="missing.pem") == "tls"
        assert await refused(office, tmp_path, authority="notes.txt") == "tls"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_it_logs_in_where_a_name_is_set(tls: Tls, tmp_path: Path) -> None:
    async with PostOffice(tls=tls, login=("line", "secret")).opened() as office:
        await hand_over(office, tmp_path, user="line", password="secret")
        assert [one.login for one in office.taken] == ["line"]
        assert await refused(office, tmp_path, user="line", password="other") == "login"
        assert await refused(office, tmp_path) == "refused-530"
    async with PostOffice(tls=tls).opened() as office:  # nobody is known there
        (tmp_path / "ca.pem").unlink()
        assert await refused(office, tmp_path, user="line", password="secret") == "login"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"refusals": {TO: "550 5.1.1 ana@example.org: nobody here"}}, "refused-550"),
        ({"refusals": {TO: "451 4.2.0 ana@example.org: come back later"}}, "refused-451"),
        ({"sender_answer": "553 5.7.1 not from line@example.org"}, "refused-553"),
        ({"data_answer": "554 5.7.1 nobody wants this"}, "refused-554"),
        ({"fault": "cut"}, "closed"),
        ({"fault": "deaf"}, "closed"),
    ],
)
async def test_what_failed_is_a_short_code(
    changes: dict[str, str], code: str, tmp_path: Path
) -> None:
    office = PostOffice(**changes)  # type: ignore[arg-type]
    async with office.opened():
        assert await refused(office, tmp_path) == code
        assert office.tried == 1


async def test_a_server_that_never_answers_is_left(tmp_path: Path) -> None:
    async with PostOffice(fault="slow").opened() as office:
        office.authority.write(tmp_path / "ca.pem")
        settings = mail(port=office.port, authority=str(tmp_path / "ca.pem"))
        sender = Sender(mail=settings, connect_seconds=5, whole_seconds=0.3)
        with pytest.raises(MailFailed, match="timeout"):
            await sender.send(TO, digest_mail(b""))


@asynccontextmanager
async def answering(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Answer every caller so; give the port."""
    writers = []

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await answer(writer)

    server = await asyncio.start_server(meet, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def test_a_server_that_does_not_even_greet_is_left() -> None:
    async def say_nothing(_: asyncio.StreamWriter) -> None:
        pass

    async with answering(say_nothing) as port:
        sender = Sender(mail=mail(port=port, security="none"), connect_seconds=0.1)
        with pytest.raises(MailFailed, match="timeout"):
            await sender.send(TO, digest_mail(b""))


async def test_the_whole_takes_no_longer_than_it_may_however_lively_the_server() -> None:
    async def dawdle(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"220-wait\r\n")
            await asyncio.sleep(0.01)

    async with answering(dawdle) as port, asyncio.timeout(10):
        sender = Sender(mail=mail(port=port, security="none"), whole_seconds=0.2)
        with pytest.raises(MailFailed, match="timeout"):
            await sender.send(TO, digest_mail(b""))


async def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    office = PostOffice(port=port)
    assert await refused(office, tmp_path) == "connect"


@pytest.mark.parametrize("greeting", [b"554 nobody here\r\n", b"hello\r\n", b"\xff\xfe\r\n", b""])
async def test_a_server_that_speaks_otherwise_is_no_accident(
    greeting: bytes, tmp_path: Path
) -> None:
    async def greet(writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    async with answering(greet) as port:
        code = await refused(PostOffice(tls="none", port=port), tmp_path)
    assert code in {"refused-554", "connect", "closed", "tls"}


async def test_a_mail_that_was_taken_is_not_undone_by_a_rude_goodbye(tmp_path: Path) -> None:
    fault: Fault = "rude"
    async with PostOffice(fault=fault).opened() as office:
        message = await hand_over(office, tmp_path)
    assert [one.content for one in office.taken] == [message]


@pytest.mark.parametrize("to", ["a,b@example.org", "<a>b@example.org", "a(b)@example.org"])
async def test_an_address_that_may_mean_others_gets_nothing(to: str, tmp_path: Path) -> None:
    async with PostOffice().opened() as office:
        assert await refused(office, tmp_path, to=to) == "address"
        assert office.tried == 0


def test_a_sender_does_not_show_its_password() -> None:
    assert "secret" not in repr(Sender(mail=mail(), password="secret"))


async def test_the_mail_server_of_the_tests_is_a_process_too(tmp_path: Path) -> None:
    command = ["-m", "tests.post_office", "--folder", str(tmp_path / "mails"), "--tls", "starttls"]
    command += ["--authority", str(tmp_path / "ca.pem"), "--user", "line", "--password", "secret"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        host, _, port = (await process.stdout.readline()).decode().strip().partition(":")
        assert host == HOST
        office = PostOffice(port=int(port))  # what it is like; the process is the one that answers
        messages = [
            await hand_over(office, tmp_path, user="line", password="secret") for _ in range(2)
        ]
    finally:
        process.terminate()
        await process.wait()
    written = sorted((tmp_path / "mails").iterdir())
    assert [path.name for path in written] == ["000001.eml", "000002.eml"]
    assert [path.read_bytes() for path in written] == messages
