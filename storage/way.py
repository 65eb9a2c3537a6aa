"""What the server writes into a case when a person may be written to in one more chat.

Rules of this file: plain values to padded plaintext and back, as every entry. The address inside is
sealed to the server's return key: staff see the app's name, the day and the language, and no more.
"""

from dataclasses import dataclass, field
from datetime import date

from storage.address import SIZE
from storage.document import Document, write
from storage.entry import CASE
from storage.padding import entry_size, pad
from storage.rows import CaseId

KIND = "way"


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherAddress:
    """A return address that a person gave after sending; `channel` is only the app's name."""

    case: CaseId
    channel: str
    language: str
    day: date
    address: bytes = field(repr=False)


def encode(way: FurtherAddress) -> bytes:
    """Return an address as it goes into a seal: JSON, padded with spaces."""
    plain = write(
        KIND,
        {
            "address": way.address.hex(),
            "case": way.case.hex(),
            "channel": way.channel,
            "day": way.day.isoformat(),
            "language": way.language,
        },
    )
    return pad(plain, entry_size(len(plain)))


def decode(data: bytes) -> FurtherAddress:
    """Read what was in a seal.

    Raises:
        FieldError: it is no further address, or not one of ours.
    """
    document = Document.decode(data, file="The further address", kind=KIND)
    way = FurtherAddress(
        case=document.hexadecimal("case", CASE),
        channel=document.code("channel"),
        language=document.language("language"),
        day=document.day("day"),
        address=document.hexadecimal("address", SIZE),
    )
    document.end()
    return way
