r"""The submission: what a person sent, packed when it is sent and never changed after.

Rules of this file: a plain tar (see `storage.archive`) that stock `tar` and `age` open: first
`manifest.json`, then the answers, each still sealed to its own reading key. Padded with zeros to a
size class, so that the number of answers and their compartments do not show outside. A package is
believed only as a whole: each member's name, order, size and SHA-256 stand in the manifest. Where
staff wrote it down, the manifest names who, and that person signs it inside the seal:

    signature = Ed25519("quietline/interview/v1\0" ‖ the manifest without its signature)
"""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from storage.address import SIZE as ADDRESS
from storage.archive import END, Member, read
from storage.archive import write as write_member
from storage.document import Document, write
from storage.entry import (
    CASE,
    FormRef,
    IndexEntry,
    cut,
    form_fields,
    index_fields,
    read_form,
    read_index,
)
from storage.errors import BadSignature, WrongPackage
from storage.padding import package_size, pad
from storage.signature import SigningKey, VerifyKey

KIND = "submission"
LABEL = b"quietline/interview/v1\0"
SIGNATURE = 64
MANIFEST = "manifest.json"
NOTHING: Mapping[str, str] = MappingProxyType({})
MAX_ANSWERS = 9_999  # four digits; a conversation has fewer than a thousand


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedAnswer:
    """One answer as it was sealed, and the id of the reading key it is sealed to."""

    key: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """What the manifest says of a submission beside its answers."""

    case: bytes
    number: str
    form: FormRef
    language: str
    day: date
    index: IndexEntry
    return_address: bytes | None = field(default=None, repr=False)
    channel: str = ""  # the name of the app that the address is in
    calculated: Mapping[str, str] = field(default_factory=dict, repr=False)
    link: str = field(default="", repr=False)  # by which start link the person came, if by one
    interviewer: str = ""  # who of the staff wrote it down for the person; nobody on the line
    signature: bytes = field(default=b"", repr=False)  # the interviewer's, over all the rest


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A submission and its answers, in the order in which they were packed."""

    submission: Submission
    answers: tuple[SealedAnswer, ...]

    def signed_by(self, keys: Iterable[VerifyKey]) -> bool:
        """Tell whether one of these keys, the interviewer's, has signed it."""
        message = _signed(self.submission, self.answers)
        for key in keys:
            try:
                key.verify_bytes(message, self.submission.signature)
            except BadSignature:
                continue
            return True
        return False


def pack(  # noqa: PLR0913 - each argument is one line of the manifest
    *,
    case: bytes,
    number: str,
    form: FormRef,
    language: str,
    day: date,
    index: IndexEntry,
    answers: Sequence[tuple[str, bytes]],
    return_address: bytes | None = None,
    channel: str = "",
    calculated: Mapping[str, str] = NOTHING,
    link: str = "",
    interviewer: str = "",
    signing: SigningKey | None = None,
) -> bytes:
    """Return the package, padded: what is sealed into position 0 of the journal.

    `answers` are pairs: the reading key's id, and the answer as it was sealed to that key.
    `signing` is the interviewer's key, where staff wrote it down.

    Raises:
        WrongPackage: there are more answers than a package holds.
    """
    if len(answers) > MAX_ANSWERS:
        raise WrongPackage(f"{len(answers)} answers")
    submission = Submission(
        case=case,
        number=number,
        form=form,
        language=language,
        day=day,
        index=index,
        return_address=return_address,
        channel=channel,
        calculated=calculated,
        link=link,
        interviewer=interviewer,
    )
    sealed = [SealedAnswer(key=key, sealed=one) for key, one in answers]
    if signing is not None:
        signature = signing.sign_bytes(_signed(submission, sealed))
        submission = replace(submission, signature=signature)
    members = [Member(name=MANIFEST, data=_manifest(submission, sealed))]
    members += [Member(name=_name(place), data=one.sealed) for place, one in enumerate(sealed, 1)]
    data = b"".join((*map(write_member, members), END))
    return pad(data, package_size(len(data)), b"\0")


def unpack(data: bytes) -> Package:
    """Read a package; nothing of it is written anywhere.

    Raises:
        ArchiveError, FieldError: it is none.
        WrongPackage: it does not hold what its manifest says.
    """
    members = list(read(io.BytesIO(data), max_members=MAX_ANSWERS + 1))
    if not members or members[0].name != MANIFEST:
        raise WrongPackage(MANIFEST)
    document = Document.decode(members[0].data, file="A submission", kind=KIND)
    listed = document.sections("answers")
    submission = _submission(document)
    document.end()
    if len(listed) != len(members) - 1:
        raise WrongPackage("the number of answers")
    answers = tuple(
        _answer(entry, member, number)
        for number, (entry, member) in enumerate(zip(listed, members[1:], strict=True), 1)
    )
    return Package(submission=submission, answers=answers)


def _signed(submission: Submission, answers: Sequence[SealedAnswer]) -> bytes:
    """Return what the interviewer signs: the manifest without the signature."""
    return LABEL + _manifest(replace(submission, signature=b""), answers)


def _manifest(submission: Submission, answers: Sequence[SealedAnswer]) -> bytes:
    address = submission.return_address
    return write(
        KIND,
        {
            "answers": [
                {
                    "name": _name(number),
                    "key": one.key,
                    "sha256": hashlib.sha256(one.sealed).hexdigest(),
                    "size": len(one.sealed),
                }
                for number, one in enumerate(answers, 1)
            ],
            "calculated": dict(submission.calculated),
            "case": submission.case.hex(),
            "day": submission.day.isoformat(),
            "form": form_fields(submission.form),
            "index": index_fields(cut(submission.index)),
            "language": submission.language,
            "number": submission.number,
            "return_address": None if address is None else base64.b64encode(address).decode(),
            # Left out when there is none: as in packages from before there were links.
            **({"link": submission.link} if submission.link else {}),
            # The same: there is one only where there is an address.
            **({"channel": submission.channel} if submission.channel else {}),
            # The same: there is one only where staff met the person.
            **({"interviewer": submission.interviewer} if submission.interviewer else {}),
            **({"signature": submission.signature.hex()} if submission.signature else {}),
        },
    )


def _submission(document: Document) -> Submission:
    index = document.section("index")
    submission = Submission(
        case=document.hexadecimal("case", CASE),
        number=document.code("number"),
        form=read_form(document.section("form")),
        language=document.language("language"),
        day=document.day("day"),
        index=read_index(index),
        return_address=_address(document),
        channel=document.code("channel") if "channel" in document.values else "",
        calculated=_calculated(document.section("calculated")),
        link=document.code("link") if "link" in document.values else "",
        interviewer=document.word("interviewer") if "interviewer" in document.values else "",
        signature=_signature(document),
    )
    index.end()
    if submission.index.case != submission.case:
        raise WrongPackage("the index entry's case")
    return submission


def _signature(document: Document) -> bytes:
    there = "signature" in document.values
    return document.hexadecimal("signature", SIGNATURE) if there else b""


def _address(document: Document) -> bytes | None:
    if document.values.get("return_address", "") is None:
        document.take("return_address", type(None), "nothing")
        return None
    try:
        text = document.take("return_address", str, "base64 or null")
        address = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        address = b""
    if len(address) != ADDRESS:
        raise document.wrong("return_address", f"{ADDRESS} bytes in base64")
    return address


def _calculated(document: Document) -> dict[str, str]:
    return {name: document.take(name, str, "a text") for name in document.values}


def _answer(entry: Document, member: Member, number: int) -> SealedAnswer:
    """Return an answer if it is exactly the one that the manifest lists at this place."""
    name, key = entry.line("name"), entry.code("key")
    digest, size = entry.sha256("sha256"), entry.whole("size")
    entry.end()
    found = hashlib.sha256(member.data).hexdigest(), len(member.data)
    if not name == member.name == _name(number) or found != (digest, size):
        raise WrongPackage(f"answer {number}")
    return SealedAnswer(key=key, sealed=member.data)


def _name(number: int) -> str:
    return f"answers/{number:04d}.age"
