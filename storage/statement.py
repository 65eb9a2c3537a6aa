"""The line's one statement, as values: who may read, who signs, what is asked, until when.

Rules of this file: values and what follows from them alone. The text, not the values, is what the
root signs and what the next statement's `previous` is the hash of: see `storage.statement_text`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from storage.age import Recipient
from storage.errors import NoReadingKey
from storage.quarter import Quarter
from storage.signature import VerifyKey

GENERAL = "general"
RIGHTS = ("read", "act", "lead")
KEY_ID = re.compile(r"([0-9]{4}Q[1-4])\.([1-9][0-9]{0,3})-([a-z0-9][a-z0-9-]{0,31})", re.ASCII)


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
class ServerKeys:
    """What the server signs with, and what packets to it are sealed to."""

    identity: VerifyKey
    packet: Recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class FormPin:
    """The version of a form and the SHA-256 of its file."""

    version: str
    sha256: str


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
