"""What expressions work with: texts, numbers and truths, and the ways from one to another.

XPath 1.0 §4.2 to §4.4, with one addition, as in ODK: a text that is a date is, as a number, the
days since 1970-01-01. Dates may be coarse (`2024`, `2024-05`); in order, two dates are compared
as finely as the coarser one says. Total: no function here raises. Nothing is cached, because the
texts are a person's.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Protocol, TypeAlias, cast

Value: TypeAlias = str | float | bool

NAN = math.nan
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400
#: Below this, a float that is whole prints as an int prints; above, floats are sparser than ints.
_WHOLE_LIMIT = 1e15
_NUMBER = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)


class Context(Protocol):
    """What an expression may look at: answers, the moment of the event, one row of choices."""

    @property
    def self_(self) -> str | float:
        """The value of `.`, the question at hand; '' when empty."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of the event, in UTC."""
        ...

    @property
    def columns(self) -> Mapping[str, str]:
        """The choices row at hand, for `choice_filter`."""
        ...

    @property
    def position(self) -> int:
        """Which round of the repeat this is, from 1."""
        ...

    def value(self, name: str) -> str | float:
        """Return the answer, '' when empty, codes with spaces between; of the same round."""
        ...

    def count(self, name: str) -> int:
        """Return how many rounds the repeat of that name has."""
        ...

    def values(self, name: str) -> Sequence[str]:
        """Return the answers of all rounds."""
        ...


Run: TypeAlias = Callable[[Context], Value]
TextRun: TypeAlias = Callable[[Context], str]
NumberRun: TypeAlias = Callable[[Context], float]
TruthRun: TypeAlias = Callable[[Context], bool]


class Kind(Enum):
    """What a piece gives, as far as its own form tells; ANY when only the answers tell."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    ANY = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A compiled piece. `name` when it is just `${name}`, `literal` when just a quoted text."""

    kind: Kind
    run: Run
    column: int
    height: int = 1
    name: str = ""
    literal: str | None = None


def plain(value: str | float) -> str | float:
    """Return an answer as exactly a str or a float, whatever subclass a context gives."""
    return str(value) if isinstance(value, str) else float(value)


def to_text(value: Value) -> str:
    """Return string(value): no exponent, whole numbers without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if math.isfinite(value):
        if value.is_integer() and abs(value) < _WHOLE_LIMIT:
            return str(int(value))
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def to_number(value: Value) -> float:
    """Return number(value): NaN for a text that is neither a number nor a date."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return float(value)
        return to_days(value) if value[4:5] == "-" else NAN
    return 1.0 if value else 0.0


def to_truth(value: Value) -> bool:
    """Return boolean(value): an empty text, zero and NaN are false."""
    return bool(value) and value == value  # noqa: PLR0124 - NaN alone is not itself


def to_days(text: str) -> float:
    """Return the days from 1970-01-01 to a date, the first day of a coarse one; else NaN."""
    match = _DATE.fullmatch(text)
    if match is None:
        return NAN
    year, month, day, time = match.groups()
    try:
        moment = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}{time or ''}")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH).total_seconds() / _DAY_SECONDS
    except (ValueError, OverflowError):
        return NAN


def to_order(left: Value, right: Value) -> tuple[float, float]:
    """Return two numbers that stand to each other as the values do."""
    if isinstance(left, str) and isinstance(right, str):
        coarse = _coarse_dates(left, right)
        if coarse is not None:
            return coarse
    return to_number(left), to_number(right)


def are_equal(left: Value, right: Value) -> bool:
    """Return left = right: as truths if one is a truth, else as numbers, else as texts."""
    if left.__class__ is right.__class__:
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_truth(left) == to_truth(right)
    return to_number(left) == to_number(right)


def as_text(node: Node) -> TextRun:
    """Return what gives the node's value as a text."""
    if node.kind is Kind.TEXT:
        return cast("TextRun", node.run)
    run = node.run
    return lambda context: to_text(run(context))


def as_number(node: Node) -> NumberRun:
    """Return what gives the node's value as a number."""
    if node.kind is Kind.NUMBER:
        return cast("NumberRun", node.run)
    run = node.run
    return lambda context: to_number(run(context))


def as_truth(node: Node) -> TruthRun:
    """Return what gives the node's value as a truth."""
    if node.kind is Kind.TRUTH:
        return cast("TruthRun", node.run)
    run = node.run
    return lambda context: to_truth(run(context))


def _coarse_dates(left: str, right: str) -> tuple[float, float] | None:
    """Return years or months of two dates of which one says no day; a bare year is no pair."""
    if left[4:5] != "-" and right[4:5] != "-":
        return None  # two numbers, or two bare years, which numbers put in the same order
    first, second = _DATE.fullmatch(left), _DATE.fullmatch(right)
    if first is None or second is None or (first[3] and second[3]):
        return None
    if math.isnan(to_days(left)) or math.isnan(to_days(right)):
        return None
    if first[2] and second[2]:
        return _months(first), _months(second)
    return float(first[1]), float(second[1])


def _months(date: re.Match[str]) -> float:
    return 12.0 * int(date[1]) + int(date[2])
