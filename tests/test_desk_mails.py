"""Mails at the desk: the digest in one is found however it was wrapped, and nothing else comes in."""

import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail import ALERT, compose_digest, compose_words
from bot.settings import Mail
from desk import mails
from desk.errors import BadMail, DeskError, OversizedMail
from desk.sent import SIZE
from tests.served import Desk, Served, case_number

CANARY = "Canary-Subject-5f2e"
NAMES = ("digest.age", "digest.age.sig")
TRICKS = "../../../x.age", "/etc/\u202egnp.age\x07", "C:\\con.age", ".", "a\r\nb.age", "x" * 900

Raw = tuple[bytes, bytes]  # a digest and its signature


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with a case in each of three digests."""
    made = Served(tmp_path)
    for number in (1, 2, 3):
        await made.send(number)
        await made.digest(days=number - 1)
    return made


def raw(served: Served, number: int) -> Raw:
    path = served.drop / f"digest-{number:06d}.age"
    return path.read_bytes(), path.with_name(path.name + ".sig").read_bytes()


def letter(subject: str = CANARY) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"{CANARY}@example.org", "ana@example.org"
    mail["Subject"], mail["Date"] = subject, "Sun, 22 Nov 2026 06:00:00 +0000"
    mail.set_content(f"The daily digest. {CANARY}\n")
    return mail


def mail(digest: Raw, *, cte: str = "base64", names: tuple[str, str] = NAMES) -> EmailMessage:
    """Return a digest as it is mailed."""
    made = letter()
    for data, name in zip(digest, names, strict=True):
        made.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name, cte=cte
        )
    return made


def save(place: Path, made: EmailMessage | bytes) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(made if isinstance(made, bytes) else made.as_bytes())
    return place


def attempt(served: Served, *paths: Path) -> tuple[int, str, list[str]]:
    """Open; return the exit code, what was shown, and the lines on standard error."""
    code, wrong = served.office.attempt("open", *map(str, paths), desk="ana")
    return code, served.office.terminal.shown, wrong.splitlines()


def contents(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def kept(served: Served) -> list[int]:
    return Desk(served).mirror.digests()


# --- a digest is found, however it was wrapped ---------------------------------------------------


async def test_a_saved_mail_brings_its_digest(served: Served, tmp_path: Path) -> None:
    path = save(tmp_path / "inbox" / "A digest.eml", mail(raw(served, 1)))
    code, shown, wrong = attempt(served, path)
    assert (code, wrong) == (0, [])
    assert "Digest 1 of 2026-11-22" in shown
    assert case_number(1) in shown
    files = Desk(served).files()
    assert files["digests/digest-000001.age"] == raw(served, 1)[0]
    assert files["digests/digest-000001.age.sig"] == raw(served, 1)[1]
    assert "announced" in served.office.run("list", desk="ana")
    served.office.run("verify", desk="ana")


async def test_the_mail_that_the_line_sends_is_the_one_that_the_desk_opens(
    served: Served, tmp_path: Path
) -> None:
    settings = Mail.model_validate(
        {"server": "mail.example.org", "sender": "line@example.org", "to": ["ana@example.org"]}
    )
    digest, signature = raw(served, 1)
    now = datetime(2026, 11, 22, 6, tzinfo=UTC)
    sent = compose_digest(settings, settings.to[0], sealed=digest, signature=signature, now=now)
    code, _, _ = attempt(served, save(tmp_path / "digest.eml", sent))
    assert (code, kept(served)) == (0, [1])
    notices = save(
        tmp_path / "box" / "alert.eml",
        compose_words(settings, settings.to[0], words=ALERT, now=now),
    )
    assert "1 mail holds no digest: passed over." in attempt(served, notices.parent)[1]


def forwarded(made: EmailMessage) -> bytes:
    outer = letter("Fwd: digest")
    outer.add_attachment(made)
    return outer.as_bytes()


def attached_as_file(made: EmailMessage, cte: str = "base64") -> bytes:
    outer = letter("Fwd: digest")
    outer.add_attachment(
        made.as_bytes(), maintype="application", subtype="octet-stream", filename="d.eml", cte=cte
    )
    return outer.as_bytes()


def encoded_whole(made: EmailMessage) -> bytes:
    return (
        b"Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=XX\n\n--XX\n"
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(made.as_bytes())
        + b"--XX--\n"
    )


def from_a_list(made: EmailMessage) -> bytes:
    """Wrap as list servers do that add a footer to a mail in parts."""
    outer = MIMEMultipart("mixed")
    outer["Subject"], outer["List-Id"] = "[team] digest", "<team.example.org>"
    for part in made.iter_parts():
        outer.attach(part)
    footer = letter()
    footer.set_content("_____\nteam mailing list\nhttps://example.org/team\n")
    outer.attach(footer)
    return outer.as_bytes()


def beside_html(made: EmailMessage) -> bytes:
    outer = letter()
    outer.add_alternative("<p>The digest</p>", subtype="html")
    for part in made.iter_attachments():
        outer.add_attachment(part.get_content(), "image", "png", filename="=?x?Q?=")
    return outer.as_bytes()


def signed(made: EmailMessage) -> bytes:
    outer = MIMEMultipart("signed", protocol="application/pgp-signature")
    outer.attach(made)
    outer.attach(MIMEMessage(letter()))
    return outer.as_bytes()


WRAPS: dict[str, Callable[[EmailMessage], bytes]] = {
    "as it came": EmailMessage.as_bytes,
    "line ends of the network": lambda made: made.as_bytes(policy=policy.SMTP),
    "a byte order mark": lambda made: b"\xef\xbb\xbf" + made.as_bytes(),
    "a line of an mbox": lambda made: b"From ana@example.org Sun Nov 22 2026\n" + made.as_bytes(),
    "forwarded": forwarded,
    "forwarded twice": lambda made: attached_as_file(
        mails_message(forwarded(made)), cte="quoted-printable"
    ),
    "forwarded as a file": attached_as_file,
    "forwarded and encoded whole": encoded_whole,
    "from a list": from_a_list,
    "beside html, as images": beside_html,
    "signed": signed,
    "an unknown charset": lambda made: made.as_bytes().replace(
        b"application/octet-stream", b"text/plain; charset=x-none"
    ),
    "a wrong charset": lambda made: made.as_bytes().replace(
        b"application/octet-stream", b"text/plain; charset=utf-16"
    ),
    "encodings in capitals": lambda made: made.as_bytes().replace(b": base64", b": BASE64 "),
    "no last boundary": lambda made: made.as_bytes().rstrip(b"\n").rstrip(b"-"),
}


def mails_message(data: bytes) -> EmailMessage:
    made = EmailMessage()
    made.set_content("see below")
    made.add_attachment(data, maintype="application", subtype="octet-stream", filename="fwd.eml")
    return made


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
async def test_a_digest_is_found_in_every_wrapping(
    served: Served, wrap: Callable[[EmailMessage], bytes]
) -> None:
    digest, signature = raw(served, 1)
    (found,) = mails.digests_in(wrap(mail((digest, signature))), "x.eml")
    assert found.sealed == digest
    assert [text.strip() for text in found.signatures] == [signature.decode().strip()]


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit", "7bit", "binary"])
async def test_a_digest_is_found_in_every_transfer_encoding(served: Served, cte: str) -> None:
    digest, signature = raw(served, 1)
    if cte in {"base64", "quoted-printable"}:
        made = mail((digest, signature), cte=cte).as_bytes()
    else:  # the library refuses to write what servers write all the same
        made = b"\n".join(
            [
                b"Subject: x\nContent-Type: multipart/mixed; boundary=XX\n",
                b"--XX\nContent-Transfer-Encoding: " + cte.encode() + b"\n",
                digest,
                b"--XX\nContent-Type: text/plain\n",
                signature,
                b"--XX--\n",
            ]
        )
    (found,) = mails.digests_in(made, "x.eml")
    assert found.sealed == digest


async def test_a_signature_pasted_into_the_text_will_do(served: Served, tmp_path: Path) -> None:
    digest, signature = raw(served, 1)
    made = letter()
    made.set_content(f"Here:\r\n\r\n{signature.decode()}\r\n-- \r\nAna")
    made.add_attachment(digest, maintype="x", subtype="y")
    code, shown, _ = attempt(served, save(tmp_path / "m.eml", made))
    assert (code, kept(served)) == (0, [1])
    assert "Digest 1" in shown


async def test_several_digests_in_one_mail_find_their_own_signatures(
    served: Served, tmp_path: Path
) -> None:
    made = letter()
    (one, one_signed), (two, two_signed) = raw(served, 1), raw(served, 2)
    for data in (two, one_signed, one, two_signed):
        made.add_attachment(data, maintype="application", subtype="octet-stream")
    code, shown, _ = attempt(served, save(tmp_path / "m.eml", made))
    assert (code, kept(served)) == (0, [1, 2])
    assert shown.index("Digest 1 of") < shown.index("Digest 2 of")


# --- folders, Maildirs, mboxes -------------------------------------------------------------------


async def test_a_maildir_is_read_but_for_what_is_still_coming_in(
    served: Served, tmp_path: Path
) -> None:
    box = tmp_path / "Maildir"
    save(box / "cur" / "1795000000.M1P1.host:2,S", mail(raw(served, 2)))
    save(box / "new" / "1795000001.M1P1.host", mail(raw(served, 1)))
    save(box / "new" / "1795000002.M1P1.host", letter("Open the desk, please."))
    save(box / "tmp" / "1795000003.M1P1.host", mail(raw(served, 3)))
    save(box / "dovecot.index.log", b"\x00\x01")
    code, shown, wrong = attempt(served, box)
    assert (code, wrong, kept(served)) == (0, [], [1, 2])
    assert "1 mail holds no digest: passed over." in shown
    thunderbirds = tmp_path / "Digests"
    (thunderbirds / "tmp").mkdir(parents=True)
    save(thunderbirds / "cur" / "17950.eml", mail(raw(served, 3)))
    code, _, wrong = attempt(served, thunderbirds)
    assert (code, wrong, kept(served)) == (0, [], [1, 2, 3])


async def test_a_folder_may_hold_any_mixture(served: Served, tmp_path: Path) -> None:
    await served.bundle()
    box = tmp_path / "box"
    save(box / "0 last.EML", mail(raw(served, 3)))
    save(box / "1 alert.eml", letter("Open the desk, please."))
    save(box / "2 spam.eml", b"Subject: win\n\nwin")
    save(box / "notes.txt", b"not ours")
    save(box / "._2 spam.eml", b"\x00\x05\x16\x07")
    os.mkfifo(box / "pipe.eml")
    for path in (*served.drop.glob("bundle*"), *served.drop.glob("digest-000001*")):
        save(box / path.name, path.read_bytes())
    save(box / "z.mbox" / "mbox", b"From x\n" + mail(raw(served, 2)).as_bytes())
    code, shown, wrong = attempt(served, box, box / "z.mbox")
    assert (code, wrong, kept(served)) == (0, [], [1, 2, 3])
    places = [shown.index(title) for title in ("Bundle", "Digest 1 ", "Digest 2 ", "Digest 3 ")]
    assert places == sorted(places)
    assert "2 mails hold no digest: passed over." in shown


async def test_an_mbox_holds_many_mails(served: Served, tmp_path: Path) -> None:
    mine = [mail(raw(served, 2)), letter(), mail((raw(served, 3)[0], b"no signature"))]
    mine += [mail(raw(served, 1))]
    huge = b"Subject: x\n\n" + b"x\nFrom me\n" * 3 + b"x" * (mails.MAX_MAIL + 10)
    lines = [b"From - Sun Nov 22\n" + one.as_bytes() for one in mine]
    box = save(tmp_path / "Digests.mbox", b"\n".join([*lines, b"From x\n" + huge]))
    code, shown, wrong = attempt(served, box)
    assert (code, kept(served)) == (1, [1, 2])
    assert "1 mail holds no digest: passed over." in shown
    assert [line.split(": ")[1] for line in wrong] == [
        "Digests.mbox, mail 5",
        "Digests.mbox, mail 3",
    ]
    unnamed = save(tmp_path / "Sent", box.read_bytes())
    assert "Digests 1 to 2 were here already" in attempt(served, unnamed)[1]


@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"From ", b"")), max_size=6))
def test_an_mbox_is_split_where_its_mails_begin(bodies: list[bytes]) -> None:
    whole = [b"From x\n" + body + b"\n\n" for body in bodies]
    assert list(mails.split(BytesIO(b"".join(whole)))) == whole


async def test_a_chain_read_out_of_order_ends_well(served: Served, tmp_path: Path) -> None:
    for number in (3, 1):
        code, shown, _ = attempt(
            served, save(tmp_path / f"{number}.eml", mail(raw(served, number)))
        )
        assert code == 0
        assert "Not here: digest" in shown
    code, shown, _ = attempt(served, save(tmp_path / "2.eml", mail(raw(served, 2))))
    assert (code, kept(served)) == (0, [1, 2, 3])
    assert "Not here" not in shown
    served.office.run("verify", desk="ana")


async def test_a_missing_number_is_named_once(served: Served, tmp_path: Path) -> None:
    for days in (4, 5, 6):
        await served.digest(days=days)
    for number in (1, 3, 6):
        save(tmp_path / "box" / f"{number}.eml", mail(raw(served, number)))
    _, shown, _ = attempt(served, tmp_path / "box")
    assert shown.count("Not here") == 1
    assert "Not here: digests 2 and 4 to 5." in " ".join(shown.split())
    _, shown, _ = attempt(served, tmp_path / "box")
    assert "Digests 1, 3 and 6 were here already" in shown
    assert "Not here: digests 2 and 4 to 5." in shown


async def test_the_same_digest_twice_is_fine(served: Served, tmp_path: Path) -> None:
    ana, ben = (save(tmp_path / f"{name}.eml", mail(raw(served, 1))) for name in ("ana", "ben"))
    code, shown, wrong = attempt(served, ana, ben, served.drop / "digest-000001.age")
    assert (code, wrong, kept(served)) == (0, [], [1])
    assert shown.count("Digest 1 of") == 1
    assert "It came 3 times, the same each time." in shown
    _, shown, _ = attempt(served, ben)
    assert "It was here already; nothing has changed." in shown


# --- what is refused, and by which name ----------------------------------------------------------


async def test_a_mail_without_a_digest_is_refused_alone(served: Served, tmp_path: Path) -> None:
    for made in (letter(), b"", b"no mail at all \xff\x00"):
        code, shown, wrong = attempt(served, save(tmp_path / "alert.eml", made))
        assert (code, shown) == (1, "")
        assert len(wrong) == 1
        assert wrong[0].startswith("quietline-desk: alert.eml: There is no sealed digest in it: ")


async def test_every_good_mail_is_taken_and_every_bad_one_named(
    served: Served, tmp_path: Path
) -> None:
    box, (digest, signature) = tmp_path / "box", raw(served, 2)
    other = Served(tmp_path / "other", "eve")
    await other.digest()
    unsigned = letter()
    unsigned.add_attachment(digest, maintype="x", subtype="y", filename="digest.age")
    save(box / "1.eml", mail(raw(served, 1)))
    save(box / "2 cut.eml", mail((digest[:-100], signature)))
    save(box / "3 longer.eml", mail((digest + b"\n", signature)))
    save(box / "4 unsigned.eml", unsigned)
    save(box / "5 other.eml", mail((digest, raw(served, 1)[1])))
    save(box / "6 not ours.eml", mail(raw(other, 1)))
    save(box / "7 garbled.eml", mail((digest, b"\n".join(signature.split(b"\n")[::-1]))))
    save(box / "8 outlook.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    save(box / "9.eml", mail(raw(served, 3)))
    code, shown, wrong = attempt(served, box)
    assert (code, kept(served)) == (1, [1, 3])
    assert "Not here: digest 2." in shown
    told = dict(line.removeprefix("quietline-desk: ").split(": ", 1) for line in wrong)
    assert {name: sentence.split(":")[0].split(",")[0] for name, sentence in told.items()} == {
        "2 cut.eml": "It is not as the server signed it",
        "3 longer.eml": "It is not as the server signed it",
        "4 unsigned.eml": "The digest in it has no signature beside it",
        "5 other.eml": "It is not as the server signed it",
        "6 not ours.eml": "It is not signed by this line's server",
        "7 garbled.eml": "The digest in it has no signature beside it",
        "8 outlook.msg": "This is Outlook's own format",
    }


async def test_a_bundles_signature_is_no_digests(served: Served, tmp_path: Path) -> None:
    bundle = (await served.bundle()).path
    signature = bundle.with_name(bundle.name + ".sig").read_bytes()
    code, _, wrong = attempt(served, save(tmp_path / "m.eml", mail((raw(served, 1)[0], signature))))
    assert (code, kept(served)) == (1, [])
    assert "m.eml: It is not as the server signed it" in wrong[0]


async def test_nothing_of_a_mail_is_ever_shown(served: Served, tmp_path: Path) -> None:
    digest, signature = raw(served, 1)
    for made in (mail((digest, signature)), mail((digest[1:], signature)), letter()):
        _, shown, wrong = attempt(served, save(tmp_path / "m.eml", made))
        assert CANARY not in "\n".join([shown, *wrong])
    assert CANARY.encode() not in b"".join(Desk(served).files().values())


@pytest.mark.parametrize("name", TRICKS)
async def test_no_name_in_a_mail_names_a_file(served: Served, tmp_path: Path, name: str) -> None:
    encoded = f"=?utf-8?B?{base64.b64encode(name.encode()).decode()}?="
    made = mail(raw(served, 1)).as_bytes().replace(b'"digest.age"', f'"{encoded}"'.encode())
    path = save(tmp_path / "m.eml", made)
    attempt(served, save(tmp_path / "n.eml", letter()))  # the statement is kept now
    before = contents(tmp_path)
    code, _, _ = attempt(served, path)
    assert (code, kept(served)) == (0, [1])
    mirror = Desk(served).mirror.folder / "digests"
    fresh = {mirror / name.replace(".", "-000001.", 1) for name in NAMES}
    assert contents(tmp_path).keys() - before.keys() == fresh
    assert before.items() <= contents(tmp_path).items()


async def test_a_mails_own_name_plays_no_tricks_on_the_screen(
    served: Served, tmp_path: Path
) -> None:
    path = save(tmp_path / "a\u202egpj\x1b[31m\n.eml", letter())
    _, _, wrong = attempt(served, path)
    assert wrong[0].startswith("quietline-desk: a\\u202egpj\\u001b[31m\\u000a.eml: There is no")


async def test_what_was_given_is_named_when_it_cannot_be_read(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert "There is nothing here to open" in attempt(served, tmp_path / "empty")[1]
    good = save(tmp_path / "1.eml", mail(raw(served, 1)))
    code, shown, wrong = attempt(served, tmp_path / "none.eml", good, tmp_path / "none")
    assert (code, "Digest 1 of" in shown) == (1, True)
    assert wrong == [
        "quietline-desk: none.eml: No such file or directory.",
        "quietline-desk: none: No such file or directory.",
    ]


async def test_attachments_saved_by_themselves_will_do(served: Served, tmp_path: Path) -> None:
    for name, data in zip(NAMES, raw(served, 2), strict=True):
        save(tmp_path / "saved" / name, data)
    code, shown, _ = attempt(served, tmp_path / "saved")
    assert (code, kept(served)) == (0, [2])
    assert "Digest 2 of" in shown


# --- mails made to do harm -------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one)
        for one in range(depth)
    )


HARM = {
    "huge": b"Subject: x\n\n" + b"x" * mails.MAX_MAIL,
    "deep": nested(5_000),
    "deep in whole mails": b"Content-Type: message/rfc822\n\n" * 5_000,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5_000,
    "many lines": b"Subject: x\n\n" + b"\n" * (2 * mails.MAX_LINES + 1),
    "many reports": b"Content-Type: message/delivery-status\n\n" + b"A: b\n\n" * 5_000,
}


@pytest.mark.parametrize("made", HARM.values(), ids=HARM)
async def test_a_mail_beyond_measure_is_refused(
    served: Served, tmp_path: Path, made: bytes
) -> None:
    with pytest.raises(OversizedMail):
        mails.digests_in(made, "x.eml")
    code, _, wrong = attempt(served, save(tmp_path / "m.eml", made))
    assert code == 1
    assert wrong[0].startswith("quietline-desk: m.eml: It is larger than a mail with a digest")


@pytest.mark.parametrize(
    "made",
    [
        b"Content-Type: text/plain" + b";" * (mails.MAX_MAIL - 100) + b"\n\nx",
        b"Content-Type: text/plain" + b';\n a="' * 100_000 + b"\n\nx",
        b"X: y\n" * 100_000 + b"\nx",
        nested(mails.MAX_DEPTH - 2) + b"\n\n" + b"--b1x\n" * 100_000,
        b"Content-Type: text/plain\n\n" + b"-----BEGIN SSH SIGNATURE-----\n" * 100_000,
    ],
    ids=["one long header", "a header of many lines", "many headers", "boundaries", "signatures"],
)
def test_a_mail_that_would_take_a_parser_hours_takes_it_no_time(made: bytes) -> None:
    assert mails.digests_in(made, "x.eml") == []


def test_a_mail_inside_itself_is_looked_into_a_few_times_only() -> None:
    made = b"age-encryption.org/v1\n"
    for _ in range(10):
        made = b"Subject: x\nContent-Type: x/y\nContent-Transfer-Encoding: base64\n\n" + (
            base64.encodebytes(made)
        )
    assert mails.digests_in(made, "x.eml") == []


def test_no_more_of_an_attachment_is_taken_than_a_digest_has() -> None:
    made = mail((b"age-encryption.org/v1\n" + bytes(1 << 20), b"")).as_bytes()
    (found,) = mails.digests_in(made, "x.eml")
    assert len(found.sealed) == SIZE + 1
    assert "age-encryption" not in repr(found)


# --- nothing but one clear line, whatever the bytes ------------------------------------------------

HEADERS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/mixed; boundary*0=b; boundary*1*=utf-8''%ff\n",
        b'Content-Type: multipart/digest; boundary="b\n',
        b"Content-Type: message/rfc822\n",
        b"Content-Type: message/partial; id=x\n",
        b"Content-Type: text/plain; charset=\xff\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Transfer-Encoding: =?utf-8?B?/w==?=\n",
        b": x\n",
        b" folded\n",
        b"From x\n",
    ]
)
PIECES = st.one_of(
    HEADERS,
    st.sampled_from(
        [b"\n", b"\r\n", b"--b\n", b"--b--\n", b"begin 666 x\n#86)C\n", b"=\n", b"=XY"]
    ),
    st.sampled_from([b"age-encryption.org/v1\n", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n"]),
    st.binary(max_size=40),
)


@given(st.one_of(st.binary(max_size=2_000), st.lists(PIECES, max_size=40).map(b"".join)))
def test_arbitrary_bytes_end_in_a_desk_error_or_nothing(data: bytes) -> None:
    try:
        found = mails.digests_in(data, "x.eml")
    except DeskError:
        return
    assert all(one.sealed.startswith(b"age-encryption.org/v1") for one in found)


@pytest.mark.parametrize("charset", [b"undefined", b"idna", b"\x00"])
def test_what_the_parser_stumbles_over_is_no_crash(charset: bytes) -> None:
    made = b"Content-Type: multipart/mixed; boundary*=" + charset + b"''b\n\n--b\n\nx\n--b--\n"
    with pytest.raises(BadMail):
        mails.digests_in(made, "x.eml")


async def test_a_part_that_is_garbled_hides_no_other(served: Served) -> None:
    garbled = b"--XX\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQUJDR\n"
    made = encoded_whole(mail(raw(served, 1))).replace(b"--XX\n", garbled + b"--XX\n", 1)
    assert len(mails.digests_in(made, "x.eml")) == 1


async def test_open_never_ends_otherwise_and_writes_nothing(served: Served, tmp_path: Path) -> None:
    attempt(served, save(tmp_path / "m.eml", letter()))  # the statement is kept now
    everything = contents(tmp_path)
    whole = mail(raw(served, 1)).as_bytes()

    @given(
        st.one_of(
            st.binary(max_size=500),
            st.lists(PIECES, max_size=20).map(b"".join),
            st.tuples(st.integers(0, len(whole)), st.integers(0, 90_000), PIECES).map(
                lambda cut: whole[: cut[0]] + cut[2] + whole[cut[0] + cut[1] + 1 :]
            ),
        )
    )
    def check(data: bytes) -> None:
        path = save(tmp_path / "m.eml", data)
        code, shown, wrong = attempt(served, path)
        if kept(served):  # the cut missed what counts
            assert (code, "Digest 1 of" in shown) == (0, True)
            for name in NAMES:
                (
                    tmp_path
                    / "desks"
                    / "ana"
                    / "mirror"
                    / "digests"
                    / name.replace("digest.", "digest-000001.")
                ).unlink()
        else:
            assert (code, shown, len(wrong)) == (1, "", 1)
        path.write_bytes(everything[path])
        assert contents(tmp_path) == everything

    check()
