"""Strict reading and writing of JSON documents: inside a seal, beside an entry, in a digest.

Rules of this file: one object, UTF-8, small keys, no key twice, no fraction, spaces only around it.
Every document says its format (`v`) and its kind; what is missing, unknown or of another shape is
refused by its key, never by the value found there, because the value may be a person's words.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn, Self, TypeVar

from storage.errors import OtherFormat, UnreadableDocument
from storage.fields import FORMAT, Table, is_line

T = TypeVar("T")

#: The keys of an answer and what stands in it, which are as `KEY` says: nearly all that is read.
_ANSWER = frozenset(
    {
        "v",
        "kind",
        "author",
        "case",
        "day",
        "form",
        "language",
        "part",
        "question",
        "repeat",
        "sequence",
        "value",
        "id",
        "version",
        "sha256",
        "words",
        "codes",
        "number",
        "date",
        "file",
    }
)
HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,5}", re.ASCII)
#: A key of a document may be the name of a question; whatever else may stand there is not shown.
KEY = re.compile(r"[\w.-]{1,200}")
MAX_NUMBER = 10**15  # whole numbers that every JSON reader keeps exactly


class Document(Table):
    """One object of a document, read field by field."""

    __slots__ = ()

    @classmethod
    def decode(cls, data: bytes, *, file: str, kind: str) -> Self:
        """Read a document of this kind; `file` is what an error calls it.

        Raises:
            UnreadableDocument: it is not one JSON object as these are written.
            OtherFormat: it is written in a later format. WrongField: it is of another kind.
        """
        document = cls(file=file, path="", values=_object(data, file))
        number = document.take("v", int, "the number of the format")
        if number != FORMAT:
            raise OtherFormat(file, number, FORMAT)
        if document.take("kind", str, "a word") != kind:
            raise document.wrong("kind", f"the word {kind}")
        return document

    def section(self, key: str) -> "Document":
        """Return the object below this field."""
        return self._below(key, self.take(key, dict, "an object"))

    def sections(self, key: str) -> list["Document"]:
        """Return the objects of a list."""
        found = self.take(key, list, "a list of objects")
        if not all(isinstance(one, dict) for one in found):
            raise self.wrong(key, "a list of objects")
        return [self._below(f"{key}[{number}]", one) for number, one in enumerate(found, 1)]

    def _below(self, key: str, values: Mapping[str, object]) -> "Document":
        return Document(file=self.file, path=f"{self.path}{key}.", values=values)

    def line(self, key: str, *, blank: bool = False) -> str:
        """Return one printable line of text, or nothing where that is allowed."""
        value = self.take(key, str, "a line of text")
        if not is_line(value) and not (blank and value == ""):
            raise self.wrong(key, "one printable line of text")
        return value

    def code(self, key: str, *, blank: bool = False) -> str:
        """Return a name or a code: a line without spaces."""
        value = self.line(key, blank=blank)
        if " " in value:
            raise self.wrong(key, "a name without spaces")
        return value

    def codes(self, key: str) -> tuple[str, ...]:
        """Return a list of codes."""
        found = self.take(key, list, "a list of codes")
        if not all(isinstance(one, str) and is_code(one) for one in found):
            raise self.wrong(key, "a list of codes without spaces")
        return tuple(found)

    def whole(self, key: str, *, low: int = 0, high: int = MAX_NUMBER) -> int:
        """Return a whole number, by default not below zero."""
        return self.number(key, low=low, high=high)

    def hexadecimal(self, key: str, size: int) -> bytes:
        """Return so many bytes, written in hexadecimal."""
        value = self.take(key, str, "hexadecimal digits")
        if len(value) != 2 * size or HEXADECIMAL.fullmatch(value) is None:
            raise self.wrong(key, f"{2 * size} small hexadecimal digits")
        return bytes.fromhex(value)

    def day(self, key: str) -> date:
        """Return a day, written 2026-11-22."""
        value = self.take(key, str, "a day like 2026-11-22")
        try:
            if DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.wrong(key, "a day like 2026-11-22")

    def language(self, key: str) -> str:
        """Return a language tag."""
        value = self.take(key, str, "a language like zh-Hans")
        if LANGUAGE.fullmatch(value) is None:
            raise self.wrong(key, "a language like zh-Hans")
        return value


_JSON = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
)


def write(kind: str, values: Mapping[str, object]) -> bytes:
    """Write a document: sorted keys, no spaces, one spelling for the same values."""
    whole = {"v": FORMAT, "kind": kind, **values}
    text = _JSON.encode(whole)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a character, as a chat app may cut one: kept as it came
        return json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()


def is_code(text: str) -> bool:
    """Tell whether the text is a name or a code: one printable line without spaces."""
    return is_line(text) and " " not in text


def _object(data: bytes, file: str) -> dict[str, Any]:
    try:
        found = _READER.decode(data.decode())
    except (ValueError, RecursionError):
        raise UnreadableDocument(file) from None
    if not isinstance(found, dict):
        raise UnreadableDocument(file)
    return found


def _once(pairs: Sequence[tuple[str, T]]) -> dict[str, T]:
    found = dict(pairs)
    if len(found) < len(pairs) or not (found.keys() <= _ANSWER or all(map(KEY.fullmatch, found))):
        raise ValueError
    return found


def _no_fraction(_text: str) -> NoReturn:
    raise ValueError


_READER = json.JSONDecoder(  # one for all: `json.loads` makes one for each document
    object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction
)
