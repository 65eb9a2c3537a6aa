"""Strict reading of the line's TOML files: the statement, a join, a server's request.

Rules of this file: every field is asked for by name and kind; what is missing, unknown or of
another kind is refused with its key. A file is never half read: `end()` refuses what nobody
asked for. Facts in an error name a place, never the value found there.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self, TypeVar

from storage.errors import (
    MissingField,
    OtherFormat,
    StorageError,
    UnknownField,
    UnreadableToml,
    WrongField,
)

FORMAT = 1
MAX_TEXT = 200
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
JOINERS = "\u200c\u200d"  # needed inside Persian, Kurdish, Indic and emoji words
_NO_JOINERS = dict.fromkeys(map(ord, JOINERS))

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of a TOML file, read field by field."""

    file: str
    path: str
    values: Mapping[str, object] = field(repr=False)
    read: set[str] = field(default_factory=set)

    @classmethod
    def parse(cls, text: str, *, file: str) -> Self:
        """Read the file's top table; its `quietline` field is the number of the format."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line \d+, column \d+|end of document", str(error))
            raise UnreadableToml(file, place[0] if place else "an unknown place") from None
        table = cls(file=file, path="", values=values)
        number = table.take("quietline", int, "the number of the format")
        if number != FORMAT:
            raise OtherFormat(file, number, FORMAT)
        return table

    def take(self, key: str, kind: type[T], expected: str) -> T:
        """Return the field, which must be there and of exactly this type."""
        if key not in self.values:
            raise MissingField(self.file, self.path + key)
        self.read.add(key)
        value = self.values[key]
        if type(value) is not kind:  # bool is an int, a datetime is a date: neither is meant
            raise self.wrong(key, expected)
        return value

    def wrong(self, key: str, expected: str) -> WrongField:
        """Return the error that names a field of this table."""
        return WrongField(self.file, self.path + key, expected)

    def has(self, key: str) -> bool:
        """Tell whether an optional field is there."""
        return key in self.values

    def text(self, key: str) -> str:
        """Return a line of text: printable, not blank, at most 200 characters."""
        value = self.take(key, str, "a text")
        if not is_line(value):
            raise self.wrong(key, f"one line of at most {MAX_TEXT} characters")
        return value

    def word(self, key: str) -> str:
        """Return a name of small letters, digits and hyphens."""
        value = self.take(key, str, "a name")
        if WORD.fullmatch(value) is None:
            raise self.wrong(key, "small letters, digits and hyphens, at most 32")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of different names."""
        value = self.take(key, list, "a list of names")
        if len(set(map(str, value))) != len(value) or not all(
            isinstance(one, str) and WORD.fullmatch(one) for one in value
        ):
            raise self.wrong(key, "different names of small letters, digits and hyphens")
        return tuple(value)

    def number(self, key: str, *, low: int, high: int) -> int:
        """Return a whole number between two bounds, both allowed."""
        value = self.take(key, int, "a whole number")
        if not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def day(self, key: str) -> date:
        """Return a day, written 2026-11-22."""
        return self.take(key, date, "a day like 2026-11-22")

    def flag(self, key: str) -> bool:
        """Return true or false."""
        return self.take(key, bool, "true or false")

    def sha256(self, key: str, *, blank: bool = False) -> str:
        """Return a SHA-256 in hexadecimal, or nothing where that is allowed."""
        value = self.take(key, str, "a SHA-256")
        if SHA256.fullmatch(value) is None and not (blank and value == ""):
            raise self.wrong(key, "a SHA-256 of 64 hexadecimal digits")
        return value

    def key(self, key: str, read: Callable[[str], T], expected: str) -> T:
        """Return a public key, read by the function that knows its kind."""
        text = self.take(key, str, expected)
        try:
            return read(text)
        except (StorageError, ValueError):
            raise self.wrong(key, expected) from None

    def table(self, key: str) -> "Table":
        """Return the table below this field."""
        value = self.take(key, dict, "a table")
        return Table(file=self.file, path=f"{self.path}{key}.", values=value)

    def tables(self, key: str) -> list["Table"]:
        """Return the tables of a list; a list that is not there is empty."""
        if not self.has(key):
            return []
        value = self.take(key, list, "a list of tables")
        if not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, "a list of tables")
        return [
            Table(file=self.file, path=f"{self.path}{key}[{number}].", values=one)
            for number, one in enumerate(value, 1)
        ]

    def mapping(self, key: str, read: Callable[["Table", str], T]) -> dict[str, T]:
        """Return a table whose keys are names; one that is not there is empty."""
        if not self.has(key):
            return {}
        table = self.table(key)
        for name in table.values:
            if not is_line(name):
                raise table.wrong(name[:MAX_TEXT], "a name as key")
        return {name: read(table, name) for name in table.values}

    def end(self) -> None:
        """Refuse the fields that nobody asked for."""
        for key in self.values:
            if key not in self.read:
                raise UnknownField(self.file, self.path + key)


def is_line(text: str) -> bool:
    """Tell whether the text is one printable, untrimmed line of a sensible length."""
    if not 0 < len(text) <= MAX_TEXT or text != text.strip():
        return False
    if text.isprintable():  # so nearly always; no joiner is
        return True
    shown = text.translate(_NO_JOINERS)
    return shown != "" and shown.isprintable()
