"""A call of the bot, read: its path, its query and its JSON, whose fields have the types of Go.

A field that is missing is the empty value of its type; one of another type makes the whole body
wrong, as it does for the real server.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.signal_server.refusals import bad, malformed
from tests.signal_server.world import Wire

_PLACES = ("recipient", "numberToTrust")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call."""

    name: str
    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    kind: str = ""  # what the caller says that the body is
    body: bytes = field(default=b"", repr=False)

    @property
    def number(self) -> str:
        """The account in the path."""
        return self.params.get("number", "")

    @cached_property
    def _given(self) -> Any:  # noqa: ANN401 - JSON
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def json(self) -> Wire:
        """Read the body as a JSON object.

        Raises:
            Refused: it is none.
        """
        given = self._given
        if not isinstance(given, dict):
            raise malformed()
        return dict(given)

    def text(self, name: str) -> str:
        """Read a field that holds a text, or ""."""
        return str(self._typed(name, str, ""))

    def integer(self, name: str) -> int:
        """Read a field that holds a whole number, or 0."""
        return int(self._typed(name, int, 0))

    def flag(self, name: str) -> bool | None:
        """Read a field that is true, false, or not there."""
        value = self._typed(name, bool, None)
        return None if value is None else bool(value)

    def texts(self, name: str) -> list[str]:
        """Read a field that holds texts, or []."""
        value = self._typed(name, list, [])
        if not all(isinstance(each, str) for each in value):
            raise malformed()
        return list(value)

    def things(self, name: str) -> list[Wire]:
        """Read a field that holds objects, or []."""
        value = self._typed(name, list, [])
        if not all(isinstance(each, dict) for each in value):
            raise malformed()
        return list(value)

    def needed(self, name: str) -> str:
        """Read a field that must hold a text.

        Raises:
            Refused: it does not.
        """
        if not (value := self.text(name)):
            raise bad(f"{name.replace('_', ' ')} missing")
        return value

    def whole(self, name: str, default: int) -> int:
        """Read a whole number of the query.

        Raises:
            Refused: it is none.
        """
        try:
            return int(self.query.get(name, default))
        except ValueError:
            raise bad(f"{name} needs to be numeric!") from None

    def chosen(self, name: str) -> bool:
        """Read a "true" or "false" of the query.

        Raises:
            Refused: it is neither.
        """
        value = self.query.get(name, "false")
        if value not in {"true", "false"}:
            raise bad(f"{name} parameter needs to be either 'true' or 'false'")
        return value == "true"

    def recipients(self) -> list[str]:
        """Return whom the call is about, as far as can be seen."""
        found: list[object] = [self.params[name] for name in _PLACES if name in self.params]
        if isinstance(self._given, dict):
            many = self._given.get("recipients")
            found += many if isinstance(many, list) else []
            found.append(self._given.get("recipient"))
        return [each for each in found if isinstance(each, str)]

    def _typed(self, name: str, kind: type, empty: Any) -> Any:  # noqa: ANN401 - JSON
        value = self.json().get(name)
        if value is None:
            return empty
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise malformed()
        return value
