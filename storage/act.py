r"""What staff do with a case: notes, states, owners, answers; each an entry of its journal.

Rules of this file: plain values to padded plaintext and back; sealing and signing are elsewhere.
Every act names its author, the device and the author's own number on it, and what the author's desk
had last seen, so that a desk notices a server that shows different people different things. Its
author signs it inside the seal: a server knows whom to seal to, and must not speak for staff. What
staff write is in no repr. A kind of deed that is not known here is refused, never guessed.

    signature = Ed25519("quietline/act/v1\0" ‖ the document without its signature)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from storage.deed import (
    DEEDS,
    DEVICE,
    NAMES,
    STATES,
    Assessed,
    Assigned,
    Deed,
    Erase,
    Exported,
    Hold,
    KeepUntil,
    Note,
    Outside,
    Read,
    Recall,
    Reminder,
    Reply,
    StateSet,
    Tagged,
    Urgency,
    deed_fields,
    read_deed,
)
from storage.document import MAX_NUMBER, Document, write
from storage.entry import CASE
from storage.errors import BadSignature
from storage.padding import entry_size, pad
from storage.signature import SigningKey, VerifyKey

__all__ = [
    "DEEDS",
    "DEVICE",
    "KIND",
    "LEADS",
    "STATES",
    "Act",
    "Assessed",
    "Assigned",
    "Deed",
    "Erase",
    "Exported",
    "Hold",
    "KeepUntil",
    "Note",
    "Outside",
    "Read",
    "Recall",
    "Reminder",
    "Reply",
    "Seen",
    "Signed",
    "StateSet",
    "Tagged",
    "Urgency",
    "decode",
    "encode",
]

KIND = "act"
LABEL = b"quietline/act/v1\0"
SIGNATURE = 64
#: What only the lead does. A server cannot see which deed it takes, so every desk looks.
LEADS = (Hold, KeepUntil, Exported)
HASH = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the author's desk had last seen: the journal's end, a digest's number, the statement.

    `position` and `chain` are of the last entry there (-1 and zeros: none yet); `digest` is 0
    before any; `line` is the SHA-256 of line.toml.
    """

    position: int
    chain: bytes
    digest: int
    line: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One deed of one person of the staff. `sequence` counts the packets of the device, from 1."""

    case: bytes
    author: str
    device: bytes
    sequence: int
    day: date
    seen: Seen
    deed: Deed


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """An act as it came; nobody was believed yet."""

    act: Act
    signature: bytes = field(repr=False)

    def by(self, keys: Iterable[VerifyKey]) -> bool:
        """Tell whether one of these keys, its author's, has signed it."""
        message = LABEL + write(KIND, _fields(self.act))
        for key in keys:
            try:
                key.verify_bytes(message, self.signature)
            except BadSignature:
                continue
            return True
        return False


def encode(act: Act, key: SigningKey) -> bytes:
    """Return the act as padded JSON, signed."""
    values = _fields(act)
    signature = key.sign_bytes(LABEL + write(KIND, values))
    data = write(KIND, {**values, "signature": signature.hex()})
    return pad(data, entry_size(len(data)))


def decode(data: bytes) -> Signed:
    """Read an act; whether its author signed it is for `Signed.by` to tell.

    Raises:
        FieldError: it is not one, or says something unknown.
    """
    document = Document.decode(data, file="An act", kind=KIND)
    act = Act(
        case=document.hexadecimal("case", CASE),
        author=document.word("author"),
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        day=document.day("day"),
        seen=_read_seen(document.section("seen")),
        deed=read_deed(document.section("deed")),
    )
    signature = document.hexadecimal("signature", SIGNATURE)
    document.end()
    return Signed(act=act, signature=signature)


def _fields(act: Act) -> dict[str, object]:
    return {
        "author": act.author,
        "case": act.case.hex(),
        "day": act.day.isoformat(),
        "deed": {"name": NAMES[type(act.deed)], **deed_fields(act.deed)},
        "device": act.device.hex(),
        "seen": {
            "position": act.seen.position,
            "chain": act.seen.chain.hex(),
            "digest": act.seen.digest,
            "line": act.seen.line,
        },
        "sequence": act.sequence,
    }


def _read_seen(document: Document) -> Seen:
    seen = Seen(
        position=document.number("position", low=-1, high=MAX_NUMBER),
        chain=document.hexadecimal("chain", HASH),
        digest=document.whole("digest"),
        line=document.sha256("line"),
    )
    document.end()
    return seen
