"""Those whom the line's statement names: staff, reading keys, the server, forms.

Rules of this file: values, and how each is written in and read from a table of TOML, a field for a
field. A key that is not post-quantum is refused here, by the field that holds it.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from storage.age import Recipient
from storage.errors import MixedRecipients
from storage.fields import Table
from storage.quarter import Quarter
from storage.signature import VerifyKey

RIGHTS = ("read", "act", "lead")
KEY_ID = re.compile(r"([0-9]{4}Q[1-4])\.([1-9][0-9]{0,3})-([a-z0-9][a-z0-9-]{0,31})", re.ASCII)
CLASSIC = re.compile(r"age1(?!pq1)[a-z0-9]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingKey:
    """The public half of the key of a quarter and compartment, and the days it is for."""

    id: str  # "2026Q4.1-general"
    quarter: str
    serial: int
    compartment: str
    since: date
    until: date  # the last day
    recipient: Recipient

    @classmethod
    def make(
        cls, quarter: Quarter, serial: int, compartment: str, *, since: date, recipient: Recipient
    ) -> Self:
        """Name a key; it serves from `since`, or the quarter's first day if that is later."""
        return cls(
            id=f"{quarter}.{serial}-{compartment}",
            quarter=str(quarter),
            serial=serial,
            compartment=compartment,
            since=max(since, quarter.first),
            until=quarter.last,
            recipient=recipient,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Staff:
    """A person of the staff: public keys, rights and compartments."""

    name: str
    signing: VerifyKey
    reading: Recipient
    rights: tuple[str, ...]
    compartments: tuple[str, ...]

    def reads(self, compartment: str) -> bool:
        """Tell whether the person may read what is sealed to the compartment."""
        return "read" in self.rights and compartment in self.compartments


@dataclass(frozen=True, kw_only=True, slots=True)
class Former:
    """Rights that a person's key had; what it signed under them counts up to the day `until`."""

    name: str
    signing: VerifyKey
    rights: tuple[str, ...]
    until: date


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerKeys:
    """What the server signs with, and what packets to it are sealed to."""

    identity: VerifyKey
    packet: Recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class FormPin:
    """The version of a form and the SHA-256 of its file."""

    version: str
    sha256: str


def staff_fields(one: Staff) -> dict[str, object]:
    """Return a person as fields of TOML."""
    return {
        "name": one.name,
        "rights": list(one.rights),
        "compartments": list(one.compartments),
        "signing": str(one.signing),
        "reading": str(one.reading),
    }


def former_fields(one: Former) -> dict[str, object]:
    """Return rights that ended as fields of TOML."""
    return {
        "name": one.name,
        "rights": list(one.rights),
        "until": one.until,
        "signing": str(one.signing),
    }


def key_fields(key: ReadingKey) -> dict[str, object]:
    """Return a reading key as fields of TOML."""
    return {"id": key.id, "since": key.since, "until": key.until, "recipient": str(key.recipient)}


def verify_key(table: Table, key: str) -> VerifyKey:
    """Read a field that holds a signing key's public half."""
    return table.key(key, VerifyKey.parse, "a public key like ssh-ed25519 AAAA...")


def recipient(table: Table, key: str) -> Recipient:
    """Read a field that holds a post-quantum recipient, and refuse a classic one by its name."""
    if CLASSIC.fullmatch(str(table.values.get(key))):
        raise MixedRecipients(table.path + key)
    return table.key(key, Recipient.parse, "a post-quantum recipient like age1pq1...")


def form_pin(table: Table, key: str) -> FormPin:
    """Read a form's version and hash."""
    pin = table.table(key)
    value = FormPin(version=pin.text("version"), sha256=pin.sha256("sha256"))
    pin.end()
    return value


def server_keys(table: Table) -> ServerKeys:
    """Read the server's public keys."""
    keys = ServerKeys(identity=verify_key(table, "identity"), packet=recipient(table, "packet"))
    table.end()
    return keys


def staff(table: Table) -> Staff:
    """Read a person of the staff."""
    one = Staff(
        name=table.word("name"),
        rights=table.words("rights"),
        compartments=table.words("compartments"),
        signing=verify_key(table, "signing"),
        reading=recipient(table, "reading"),
    )
    if not set(one.rights) <= set(RIGHTS):
        raise table.wrong("rights", "some of " + ", ".join(RIGHTS))
    table.end()
    return one


def former(table: Table) -> Former:
    """Read rights that ended."""
    one = Former(
        name=table.word("name"),
        rights=table.words("rights"),
        until=table.day("until"),
        signing=verify_key(table, "signing"),
    )
    if not set(one.rights) <= set(RIGHTS):
        raise table.wrong("rights", "some of " + ", ".join(RIGHTS))
    table.end()
    return one


def reading_key(table: Table) -> ReadingKey:
    """Read a reading key; its days lie in the quarter that its id names."""
    match = KEY_ID.fullmatch(table.take("id", str, "a text like 2026Q4.1-general"))
    if match is None or match[1].startswith("0000"):
        raise table.wrong("id", "a text like 2026Q4.1-general")
    quarter, serial, compartment = Quarter.parse(match[1]), int(match[2]), match[3]
    key = ReadingKey(
        id=match[0],
        quarter=str(quarter),
        serial=serial,
        compartment=compartment,
        since=table.day("since"),
        until=table.day("until"),
        recipient=recipient(table, "recipient"),
    )
    if not quarter.first <= key.since <= key.until <= quarter.last:
        raise table.wrong("since", "days inside the key's quarter")
    table.end()
    return key
