"""What the server writes into a case: what became of a reply.

Rules of this file: plain values to padded plaintext and back, as every entry. A receipt holds no
word of anybody: it names the packet by which staff asked for the reply, the outcome, and the
imprint of what went out, by which desks see whether colleagues read the same.
"""

from dataclasses import dataclass
from datetime import date

from storage.act import DEVICE
from storage.document import Document, write
from storage.entry import CASE
from storage.imprint import Imprint, imprint_fields, read_imprint
from storage.outcome import Outcome
from storage.padding import entry_size, pad
from storage.rows import CaseId

KIND = "receipt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What became of the reply of a packet, on a day; older ones have no imprint."""

    case: CaseId
    device: bytes
    sequence: int
    outcome: Outcome
    day: date
    imprint: Imprint | None = None


def encode(receipt: Receipt) -> bytes:
    """Return a receipt as it goes into a seal: JSON, padded with spaces."""
    imprint = receipt.imprint
    plain = write(
        KIND,
        {
            "case": receipt.case.hex(),
            "device": receipt.device.hex(),
            "sequence": receipt.sequence,
            "outcome": receipt.outcome.value,
            "day": receipt.day.isoformat(),
            **({"imprint": imprint_fields(imprint)} if imprint else {}),
        },
    )
    return pad(plain, entry_size(len(plain)))


def decode(data: bytes) -> Receipt:
    """Read what was in a seal.

    Raises:
        FieldError: it is no receipt, or not one of ours.
    """
    document = Document.decode(data, file="The receipt", kind=KIND)
    receipt = Receipt(
        case=document.hexadecimal("case", CASE),
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        outcome=_outcome(document),
        day=document.day("day"),
        imprint=read_imprint(document, "imprint"),
    )
    document.end()
    return receipt


def _outcome(document: Document) -> Outcome:
    word = document.code("outcome")
    if word not in tuple(Outcome):
        raise document.wrong("outcome", "what can become of a packet")
    return Outcome(word)
