"""One request and its answer, as the pages see them: fields in, a page or another address out.

Rules of this file: nothing of a case. A form is what a browser makes of one (fields only, no
files); addresses are made here, below the room of the seat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import parse_qsl, quote, urlencode

Fields = Mapping[str, Sequence[str]]
MOST_FIELDS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was asked for: parts of the address, its query, the fields of a form.

    `piece` when a part of a page is wanted, to be put into the one that is shown.
    """

    path: Mapping[str, str]
    query: Fields = field(repr=False)
    form: Fields = field(default_factory=dict, repr=False)
    piece: bool = False
    now: datetime

    @property
    def today(self) -> date:
        """The day."""
        return self.now.date()

    def said(self, name: str) -> str:
        """Return a field of the form, without the space around it."""
        return next(iter(self.form.get(name, ())), "").strip()

    def asks(self, name: str) -> str:
        """Return one value of the query."""
        return next(iter(self.query.get(name, ())), "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of the query that is not empty."""
        return tuple(one for one in self.query.get(name, ()) if one)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page to be drawn: a template with its values.

    `event` is told to the page that is shown, when this is a piece of it.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    status: int = 200
    event: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """Go to another page; `says` names what is said there, once."""

    place: str
    says: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bytes:
    """Something that is no page: a picture of ours, a table."""

    data: bytes = field(repr=False)
    type: str
    name: str = ""  # to be saved under, where it is to be saved


Answer = Page | Elsewhere | Bytes


def fields(data: bytes) -> Fields:
    """Read the fields of a form or of a query; of too many, none.

    Line breaks are as a browser sends them, CR LF, and become LF.
    """
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def query(values: Sequence[tuple[str, str]]) -> str:
    """Return a query with its question mark, without what is empty."""
    told = [(name, value) for name, value in values if value]
    return f"?{urlencode(told)}" if told else ""


def part(text: str) -> str:
    """Return a text as one part of an address."""
    return quote(text, safe="")
