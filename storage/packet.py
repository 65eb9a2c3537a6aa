"""A packet: what a person of the staff asks the server to do, signed, and sealed where it can be.

Rules of this file: formats only; who may do what is decided in `bot.packets`, and nothing is
believed before the signature was checked. A packet is a plain tar (see `storage.archive`) with a
detached SSHSIG beside it that stock `ssh-keygen -Y verify` checks: `header.json` in the open,
then up to three sealed parts, whose names, sizes and hashes stand in the header, so that the one
signature is over all.

    server.age    for the server's packet key: what is said to the person, and to which address
    case.age      for the reading key named in the header: an entry (or a whole submission)
    index.age     for the same key: the index entry of a new case
    file.age      a file that belongs to the case, sealed by itself as it lies among the files

The header is all that whoever keeps the server can read: no word, no address, no reason.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from storage.act import DEVICE
from storage.archive import END, Member, Source, read
from storage.archive import write as write_member
from storage.document import Document, write
from storage.entry import CASE
from storage.errors import WrongPacket
from storage.hours import Hours, hours_fields, read_hours
from storage.padding import MIB, entry_size, pad
from storage.signature import SigningKey, VerifyKey, verify

KIND = "packet"
NAMESPACE = "quietline-packet@v1"
HEADER = "header.json"
SERVER, ENTRY, INDEX, FILE = "server.age", "case.age", "index.age", "file.age"
PARTS = (SERVER, ENTRY, INDEX, FILE)
MAX_PART = 8 * MIB  # a submission's package; everything else is far smaller
MAX_FILE = 22 * MIB  # with its entry and header it is within `storage.exchange.MAX_PACKET`
LARGEST = 20  # MiB of the largest file that staff bring; sealed it is within `MAX_FILE`
BLOB = 16  # bytes of a blob's id
#: What may be asked: to add an entry; to write to the person; to note that a desk has opened the
#: case, or erased it; to delete; to hold a deletion; to keep longer; to begin a case (interview);
#: to put a file to it; to take back a reply that waits.
RECALL = "recall"
KINDS = ("append", "deliver", "report", "delete", "hold", "keep-until", "begin", "file", RECALL)
REPORTS = ("opened", "erased")


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What stands in the open. `sequence` counts the packets of a device, from 1, without a gap.

    `line` is the SHA-256 of the statement its author had; `key` the reading key of `case.age` and
    `index.age`; `until` the day of a hold or of keeping; `report` one of `REPORTS`; `reply` names
    the packet of the reply that a `recall` takes back, by device and number.
    """

    kind: str
    case: bytes
    author: str
    device: bytes
    sequence: int
    day: date
    expires: date
    line: str
    key: str = ""
    until: date | None = None
    report: str = ""
    reply: tuple[bytes, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Packet:
    """A header and its sealed parts, by name."""

    header: Header
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What `server.age` holds: the whole text as the person will see it, and where it goes.

    `address` is the sealed return address (`storage.address`), as it stood in the case; `hours`
    those in which it may be sent, none where it may be at once.
    """

    case: bytes
    text: str = field(repr=False)
    language: str
    address: bytes = field(repr=False)
    hours: Hours | None = None


def file_name(header: Header) -> str:
    """Return the name of a packet's file; its signature has `.sig` after it."""
    return f"packet-{header.device.hex()}-{header.sequence:06d}.tar"


def blob_id(case: bytes, sealed_sha256: str) -> bytes:
    """Return the id of a file that comes with a packet: it is bound to its case."""
    return hashlib.sha256(case + bytes.fromhex(sealed_sha256)).digest()[:BLOB]


def encode(packet: Packet) -> bytes:
    """Return the packet as it is signed and sent."""
    parts = [(name, packet.parts[name]) for name in PARTS if name in packet.parts]
    members = [Member(name=HEADER, data=_header(packet.header, parts))]
    members += [Member(name=name, data=data) for name, data in parts]
    return b"".join((*map(write_member, members), END))


def decode(data: bytes) -> Packet:
    """Read a packet; who signed it was checked before, and nothing of it is opened.

    Raises:
        ArchiveError, FieldError, WrongPacket: it is none.
    """
    members = list(read(io.BytesIO(data), max_member=MAX_FILE, max_members=1 + len(PARTS)))
    header, listed = _first(members[0] if members else None)
    if len(listed) != len(members) - 1:
        raise WrongPacket("the number of parts")
    parts = dict(_part(one, member) for one, member in zip(listed, members[1:], strict=True))
    return Packet(header=header, parts=parts)


def beginning(source: Source, upto: str = HEADER) -> Packet:
    """Read a packet's header, and its parts up to one of `PARTS`; what comes after is not read.

    Raises:
        ArchiveError, FieldError, WrongPacket: what was read is none.
    """
    members = read(source, max_member=MAX_FILE, max_members=1 + len(PARTS))
    header, listed = _first(next(members, None))
    wanted = PARTS[: PARTS.index(upto) + 1] if upto in PARTS else ()
    parts = dict[str, bytes]()
    for one in listed:
        if one.values.get("name") not in wanted:
            break
        member = next(members, None)
        if member is None:
            raise WrongPacket("the number of parts")
        parts.update([_part(one, member)])
    return Packet(header=header, parts=parts)


def sign(data: bytes, key: SigningKey) -> str:
    """Return the author's signature over an encoded packet."""
    return key.sign(data, NAMESPACE)


def check(data: bytes, signature: str, keys: Mapping[str, VerifyKey]) -> Packet:
    """Return the packet if the person named in it signed it; `keys` are the staff's, by name.

    Raises:
        BadSignature: nobody of the staff signed it, or somebody else than it says.
        ArchiveError, FieldError, WrongPacket: it is none.
    """
    signer = verify(data, signature, NAMESPACE, tuple(keys.values()))
    packet = decode(data)
    if keys.get(packet.header.author) != signer:
        raise WrongPacket("the author")
    return packet


def encode_delivery(delivery: Delivery) -> bytes:
    """Return what is sealed for the server, padded."""
    data = write(
        "delivery",
        {
            "address": delivery.address.hex(),
            "case": delivery.case.hex(),
            "language": delivery.language,
            "text": delivery.text,
            **({"hours": hours_fields(delivery.hours)} if delivery.hours else {}),
        },
    )
    return pad(data, entry_size(len(data)))


def decode_delivery(data: bytes) -> Delivery:
    """Read what was sealed for the server.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file="A delivery", kind="delivery")
    address = document.take("address", str, "hexadecimal digits")
    try:
        raw = bytes.fromhex(address)
    except ValueError:
        raise document.wrong("address", "hexadecimal digits") from None
    delivery = Delivery(
        case=document.hexadecimal("case", CASE),
        text=document.take("text", str, "a text"),
        language=document.language("language"),
        address=raw,
        hours=read_hours(document, "hours"),
    )
    document.end()
    return delivery


def _first(member: Member | None) -> tuple[Header, list[Document]]:
    """Return the header, and what it says of the parts."""
    if member is None or member.name != HEADER:
        raise WrongPacket(HEADER)
    document = Document.decode(member.data, file="A packet", kind=KIND)
    header = _read_header(document)
    listed = document.sections("parts")
    document.end()
    return header, listed


def _header(header: Header, parts: list[tuple[str, bytes]]) -> bytes:
    return write(
        KIND,
        {
            "action": header.kind,
            "author": header.author,
            "case": header.case.hex(),
            "day": header.day.isoformat(),
            "device": header.device.hex(),
            "expires": header.expires.isoformat(),
            "key": header.key,
            "line": header.line,
            "parts": [
                {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                for name, data in parts
            ],
            "report": header.report,
            "sequence": header.sequence,
            "until": "" if header.until is None else header.until.isoformat(),
            **({"reply": _named(*header.reply)} if header.reply else {}),
        },
    )


def _named(device: bytes, sequence: int) -> dict[str, object]:
    return {"device": device.hex(), "sequence": sequence}


def _read_header(document: Document) -> Header:
    header = Header(
        kind=(kind := document.code("action")),
        case=document.hexadecimal("case", CASE),
        author=document.word("author"),
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        day=document.day("day"),
        expires=document.day("expires"),
        line=document.sha256("line"),
        key=document.code("key", blank=True),
        until=_until(document),
        report=document.code("report", blank=True),
        reply=_reply(document.section("reply")) if kind == RECALL else None,
    )
    if header.kind not in KINDS:
        raise document.wrong("action", "one of " + ", ".join(KINDS))
    if header.report not in (REPORTS if header.kind == "report" else ("",)):
        raise document.wrong("report", "one of " + ", ".join(REPORTS))
    return header


def _reply(document: Document) -> tuple[bytes, int]:
    named = document.hexadecimal("device", DEVICE), document.whole("sequence", low=1)
    document.end()
    return named


def _until(document: Document) -> date | None:
    if document.values.get("until") == "":
        document.line("until", blank=True)
        return None
    return document.day("until")


def _part(listed: Document, member: Member) -> tuple[str, bytes]:
    name, digest, size = listed.line("name"), listed.sha256("sha256"), listed.whole("size")
    listed.end()
    found = hashlib.sha256(member.data).hexdigest(), len(member.data)
    largest = MAX_FILE if name == FILE else MAX_PART
    if name not in PARTS or member.name != name or found != (digest, size) or size > largest:
        raise WrongPacket(ascii(name))
    return name, member.data
