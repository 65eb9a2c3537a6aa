"""The sealed return address: how a reply finds its way back although no address book is kept.

Rules of this file: always 160 bytes, bound to its case, sealed under the return key of a month.
When that key is destroyed, the address is dead. Nothing finer than the month stands outside.

    address = month (4 bytes, 202611) ‖ nonce (12) ‖ AES-256-GCM-SIV of 128 bytes of JSON (144)
    associated data = "ra1|" ‖ case id

Source: RFC 8452 (a nonce drawn twice by chance tells at most that two addresses are equal)
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from storage.document import Document, write
from storage.errors import AddressDead, AddressTooLong, ForeignAddress
from storage.padding import pad

KIND = "address"
LABEL = b"ra1|"
KEY = 32
NONCE = 12
HEAD = 4
INSIDE = 128
SIZE = HEAD + NONCE + INSIDE + 16
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a person can be written to, and in which language."""

    channel: str
    peer: str = field(repr=False)
    language: str


def new_key() -> bytes:
    """Make the return key of a month."""
    return secrets.token_bytes(KEY)


def seal_address(
    key: bytes, month: str, case: bytes, channel: str, peer: str, language: str
) -> bytes:
    """Seal an address under the key of a month ("2026-11"), bound to the case: 160 bytes.

    Raises:
        AddressTooLong: channel, peer and language do not fit into 128 bytes.
    """
    data = write(KIND, {"channel": channel, "language": language, "peer": peer})
    if len(data) > INSIDE:
        raise AddressTooLong(len(data), INSIDE)
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCMSIV(key).encrypt(nonce, pad(data, INSIDE), LABEL + case)
    return _number(month).to_bytes(HEAD, "big") + nonce + sealed


def month_of(sealed: bytes) -> str:
    """Return the month whose key seals this address.

    Raises:
        ForeignAddress: it is no address.
    """
    year, month = divmod(int.from_bytes(sealed[:HEAD], "big"), 100)
    text = f"{year:04d}-{month:02d}"
    if len(sealed) != SIZE or MONTH.fullmatch(text) is None:
        raise ForeignAddress
    return text


def open_address(keys_by_month: Mapping[str, bytes], case: bytes, sealed: bytes) -> Address:
    """Open the return address of this case.

    Raises:
        AddressDead: the key of its month is not there any more.
        ForeignAddress: it is another case's, or was changed.
        FieldError: it is written in a later format.
    """
    month = month_of(sealed)
    if month not in keys_by_month:
        raise AddressDead(month)
    nonce, inside = sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :]
    try:
        data = AESGCMSIV(keys_by_month[month]).decrypt(nonce, inside, LABEL + case)
    except InvalidTag:
        raise ForeignAddress from None
    document = Document.decode(data, file="A return address", kind=KIND)
    address = Address(
        channel=document.code("channel"),
        peer=document.code("peer"),
        language=document.language("language"),
    )
    document.end()
    return address


def _number(month: str) -> int:
    match = MONTH.fullmatch(month)
    if match is None:
        message = "a month is written like 2026-11"
        raise ValueError(message)
    return int(match[1] + match[2])
