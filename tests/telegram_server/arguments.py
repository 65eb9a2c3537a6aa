"""The arguments of a call: from the query, a form, JSON or multipart, read as Telegram reads them.

Everything but JSON comes as text: numbers, truth values and objects are parsed where they are
asked for, and what does not parse is refused as Telegram refuses it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.telegram_server.refusals import bad

_PARAMETER = re.compile(r';\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes = field(repr=False)
    mime: str


@dataclass
class Arguments:
    """What a call brought."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None or name in self.uploads

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None else str(value)

    def number(self, name: str) -> int | None:
        """Read a whole number; what is none counts as not given, as it does at Telegram."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def truth(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1", "yes", "t"}

    def object(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Read JSON, which may have come as text; None when it is not given.

        Raises:
            Refused: it is text, and no JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def mapping(self, name: str) -> dict[str, Any] | None:
        value = self.object(name)
        if value is not None and not isinstance(value, dict):
            raise bad(f"object expected as {name}")
        return value

    def sequence(self, name: str) -> list[Any] | None:
        value = self.object(name)
        if value is not None and not isinstance(value, list):
            raise bad(f"can't parse {name}: expected an Array")
        return value

    @property
    def chat(self) -> int | None:
        return self.number("chat_id")


def read(query: str, content_type: str, body: bytes) -> Arguments:
    """Read the arguments of a call; those of the body win over those of the query.

    Raises:
        Refused: the body is not what its type says.
    """
    given = Arguments(dict(parse_qsl(query, keep_blank_values=True)))
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return given
    if kind == "application/json":
        given.values.update(_json(body))
    elif kind == "application/x-www-form-urlencoded":
        given.values.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif kind == "multipart/form-data":
        _read_parts(body, content_type, given)
    return given


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad("object expected")
    return value


def _read_parts(body: bytes, content_type: str, given: Arguments) -> None:
    boundary = _parameters(content_type).get("boundary")
    if not boundary:
        raise bad("boundary not found")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise bad("can't parse multipart/form-data")
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        headers = dict(_headers(head))
        told = _parameters(headers.get("content-disposition", ""))
        name = told.get("name", "")
        if "filename" in told or "filename*" in told:
            mime = headers.get("content-type", "application/octet-stream")
            given.uploads[name] = Upload(told.get("filename", "file"), content, mime)
        else:
            given.values[name] = content.decode("utf-8", "replace")


def _headers(head: bytes) -> Mapping[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _parameters(header: str) -> dict[str, str]:
    found = _PARAMETER.findall(header)
    return {name: re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found}
