"""The line's one statement, as values and as the text of `line.toml`.

Rules of this file: shape only. `parse` is strict (a missing or unknown field is refused by its
key) and `render` writes the same text for the same values; whether a statement may be *used* is
decided in `storage.line`. The text, not the values, is what the root signs and what the next
statement's `previous` is the hash of.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import tomli_w

from storage.age import Recipient
from storage.errors import NoReadingKey, NoRecovery
from storage.fields import FORMAT, Table
from storage.parties import (
    KEY_ID,
    Former,
    FormPin,
    ReadingKey,
    ServerKeys,
    Staff,
    form_pin,
    former,
    former_fields,
    key_fields,
    reading_key,
    recipient,
    server_keys,
    staff,
    staff_fields,
    verify_key,
)
from storage.quarter import Quarter
from storage.signature import VerifyKey

__all__ = [
    "GENERAL",
    "KEY_ID",
    "FormPin",
    "Former",
    "Line",
    "ReadingKey",
    "ServerKeys",
    "Staff",
    "parse",
    "render",
]

FILE = "line.toml"
GENERAL = "general"
MAX_EPOCH = 10**9
MAX_MONTHS = 1200
HEAD = "# The line's statement, signed by its root in line.toml.sig. Made by quietline-desk.\n\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The statement: who may read, who signs, what the server must ask, and until when."""

    name: str
    epoch: int
    issued: date
    expires: date  # the last day
    previous: str  # SHA-256 of the text before this one; "" at first
    root: VerifyKey
    recovery: Recipient
    throwaway: bool = False
    retention_months: int
    return_months: int
    server: ServerKeys | None = None
    staff: tuple[Staff, ...] = ()
    former: tuple[Former, ...] = ()
    reading_keys: tuple[ReadingKey, ...] = ()
    forms: Mapping[str, FormPin] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    source: str = field(default="", compare=False, repr=False)  # SHA-256 of the text it was read of

    @property
    def sha256(self) -> str:
        """The SHA-256 of this statement's text."""
        return self.source or hashlib.sha256(render(self).encode()).hexdigest()

    def reading_key(self, day: date, compartment: str) -> ReadingKey:
        """Return the key that an answer of this day is sealed to: the highest serial that serves.

        Raises:
            NoReadingKey: no key of the compartment is listed for the day.
        """
        serving = [
            key
            for key in self.reading_keys
            if key.compartment == compartment and key.since <= day <= key.until
        ]
        if not serving:
            raise NoReadingKey(compartment, day)
        return max(serving, key=lambda key: key.serial)

    def key(self, key_id: str) -> ReadingKey | None:
        """Return the listed reading key of this id."""
        return next((key for key in self.reading_keys if key.id == key_id), None)

    def person(self, name: str) -> Staff | None:
        """Return the person of this name, if on the staff."""
        return next((one for one in self.staff if one.name == name), None)

    def entitled(self, compartment: str) -> tuple[Staff, ...]:
        """Return those who may read the compartment."""
        return tuple(one for one in self.staff if one.reads(compartment))

    def last_day(self) -> date:
        """Return the end of the last quarter listed; of the issue's own while none is."""
        ends = [Quarter.parse(key.quarter).last for key in self.reading_keys]
        return max(ends, default=Quarter.of(self.issued).last)


def render(line: Line) -> str:
    """Write the statement as TOML, the same text for the same values."""
    values: dict[str, object] = {
        "quietline": FORMAT,
        "name": line.name,
        "epoch": line.epoch,
        "issued": line.issued,
        "expires": line.expires,
        "previous": line.previous,
        "throwaway": line.throwaway,
        "retention_months": line.retention_months,
        "return_months": line.return_months,
        "root": str(line.root),
        "recovery": str(line.recovery),
    }
    if line.server is not None:
        values["server"] = {
            "identity": str(line.server.identity),
            "packet": str(line.server.packet),
        }
    values |= {
        "channels": dict(sorted(line.channels.items())),
        "forms": {
            name: {"version": pin.version, "sha256": pin.sha256}
            for name, pin in sorted(line.forms.items())
        },
        "texts": dict(sorted(line.texts.items())),
        "consent": dict(sorted(line.consent.items())),
        "staff": [staff_fields(one) for one in line.staff],
        "former": [former_fields(one) for one in line.former],
        "reading_keys": [key_fields(key) for key in line.reading_keys],
    }
    filled = {key: value for key, value in values.items() if value not in ({}, [])}
    return HEAD + tomli_w.dumps(filled)


@lru_cache(maxsize=8)  # a command of the desk reads the same statement five times, 15 ms each
def parse(text: str) -> Line:
    """Read `line.toml`.

    Raises:
        FieldError: the text is not TOML, or a field is missing, unknown or of another kind.
        MixedRecipients: a key is a classic one.
        NoRecovery: there is no recovery identity.
    """
    table = Table.parse(text, file=FILE)
    if table.values.get("recovery", "") == "":
        raise NoRecovery
    line = Line(
        name=table.text("name"),
        epoch=table.number("epoch", low=1, high=MAX_EPOCH),
        issued=table.day("issued"),
        expires=table.day("expires"),
        previous=table.sha256("previous", blank=True),
        throwaway=table.flag("throwaway"),
        retention_months=table.number("retention_months", low=1, high=MAX_MONTHS),
        return_months=table.number("return_months", low=0, high=MAX_MONTHS),
        root=verify_key(table, "root"),
        recovery=recipient(table, "recovery"),
        server=server_keys(table.table("server")) if table.has("server") else None,
        channels=table.mapping("channels", Table.text),
        forms=table.mapping("forms", form_pin),
        texts=table.mapping("texts", Table.sha256),
        consent=table.mapping("consent", Table.sha256),
        staff=tuple(staff(one) for one in table.tables("staff")),
        former=tuple(former(one) for one in table.tables("former")),
        reading_keys=tuple(reading_key(one) for one in table.tables("reading_keys")),
        source=hashlib.sha256(text.encode()).hexdigest(),
    )
    table.end()
    return line
