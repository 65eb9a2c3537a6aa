"""What a reply of staff says while it waits at the server: the text, whose chat, which hours.

Rules of this file: values to sealed bytes and back, bound to the reply's row, padded. It is all
that the server knows of a reply, and is gone with the row. The imprint is of what the packet
brought; it goes into the receipt, and is the only thing of these that outlives the row.
"""

import json
from dataclasses import dataclass, field

from bot.errors import ForeignState
from bot.keyring import Keyring, padded, unpadded
from storage.address import Address
from storage.hours import Hours, hours_fields
from storage.imprint import Imprint, imprint_fields
from storage.packet import Delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a reply says, to whom, and in which hours, where not in all.

    There is no imprint in a row that was sealed before imprints were made.
    """

    channel: str
    peer: str = field(repr=False)
    language: str
    text: str = field(repr=False)
    hours: Hours | None = None
    imprint: Imprint | None = None


def seal(keyring: Keyring, delivery: Delivery, address: Address, name: bytes) -> bytes:
    """Return what a packet asked to be said, sealed and bound to its row's name."""
    imprint = Imprint.of(
        delivery.text,
        address=delivery.address,
        language=delivery.language,
        hours=delivery.hours,
    )
    told = {
        "channel": address.channel,
        "imprint": imprint_fields(imprint),
        "language": delivery.language,
        "peer": address.peer,
        "text": delivery.text,
        **({"hours": hours_fields(delivery.hours)} if delivery.hours else {}),
    }
    return keyring.replies.seal(padded(json.dumps(told).encode()), name)


def open_told(keyring: Keyring, sealed: bytes, name: bytes) -> Told | None:
    """Return what a reply says; None when it was sealed by another server."""
    try:
        told = json.loads(unpadded(keyring.replies.open(sealed, name)))
        hours, imprint = told.pop("hours", None), told.pop("imprint", None)
        return Told(
            **told,
            hours=Hours.between(**hours) if hours else None,
            imprint=_imprint(imprint) if imprint else None,
        )
    except (ForeignState, ValueError, TypeError):
        return None


def _imprint(found: dict[str, str]) -> Imprint:
    return Imprint(**{name: bytes.fromhex(value) for name, value in found.items()})
