"""What is known of a translation: who stood for which text, made from which English.

A record belongs to two texts by their hashes: it counts only while both are unchanged. A message
without a record is a draft. Records name a role, never a person.
"""

import datetime
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import tomli_w

from bot.errors import BadStatusFile

_HASH_LENGTH = 16  # hex digits: enough to notice a change, short enough to read


class Status(StrEnum):
    """How far a message may be trusted."""

    MISSING = "missing"
    DRAFT = "draft"
    STALE = "stale"  # the English has changed since
    REVIEWED = "reviewed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One entry of `status.toml`."""

    status: Status  # DRAFT or REVIEWED
    by: str  # a role
    date: datetime.date
    source: str  # fingerprint of the English it was made from
    text: str  # fingerprint of the text itself

    def judge(self, *, source: str, text: str) -> Status:
        """Return what the record is worth for these fingerprints."""
        if self.text != text:
            return Status.DRAFT
        return self.status if self.source == source else Status.STALE


def fingerprint(source: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a message's canonical text."""
    return hashlib.sha256(source.encode()).hexdigest()[:_HASH_LENGTH]


def parse(text: str, *, where: str) -> dict[str, Record]:
    """Read a `status.toml`; raises BadStatusFile, which names `where` and the message."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadStatusFile(where, str(fault)) from None
    return {name: _record(name, table, where) for name, table in tables.items()}


def _record(name: str, table: Any, where: str) -> Record:  # noqa: ANN401 - whatever TOML holds
    match table:
        case {
            "status": "draft" | "reviewed" as status,
            "by": str(by),
            "date": datetime.date() as date,
            "source": str(source),
            "text": str(text),
        } if len(table) == len(Record.__slots__):
            return Record(status=Status(status), by=by, date=date, source=source, text=text)
    raise BadStatusFile(where, f"[{name}] needs status (draft or reviewed), by, date, source, text")


def render(records: Mapping[str, Record]) -> str:
    """Write a `status.toml`, in the order of the message ids."""
    return tomli_w.dumps(
        {
            name: {
                "status": record.status.value,
                "by": record.by,
                "date": record.date,
                "source": record.source,
                "text": record.text,
            }
            for name, record in sorted(records.items())
        }
    )
