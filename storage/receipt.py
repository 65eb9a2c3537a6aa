"""What the server writes into a case: what became of a reply.

Rules of this file: plain values to padded plaintext and back, as every entry. A receipt holds no
word of anybody: it names the packet by which staff asked for the reply, and the outcome.
"""

from dataclasses import dataclass
from datetime import date

from storage.act import DEVICE
from storage.document import Document, write
from storage.entry import CASE
from storage.outcome import Outcome
from storage.padding import entry_size, pad
from storage.rows import CaseId

KIND = "receipt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What became of the reply of a packet, on a day."""

    case: CaseId
    device: bytes
    sequence: int
    outcome: Outcome
    day: date


def encode(receipt: Receipt) -> bytes:
    """Return a receipt as it goes into a seal: JSON, padded with spaces."""
    plain = write(
        KIND,
        {
            "case": receipt.case.hex(),
            "device": receipt.device.hex(),
            "sequence": receipt.sequence,
            "outcome": receipt.outcome.value,
            "day": receipt.day.isoformat(),
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
    )
    document.end()
    return receipt


def _outcome(document: Document) -> Outcome:
    word = document.code("outcome")
    if word not in tuple(Outcome):
        raise document.wrong("outcome", "what can become of a packet")
    return Outcome(word)
