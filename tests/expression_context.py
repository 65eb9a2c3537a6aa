"""The context of an expression for tests, and when two values are the same one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.engine.expressions import Value

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Answers by name; a name without one is empty. `rounds` are the answers in a repeat."""

    answers: Mapping[str, str | float] = field(default_factory=dict)
    rounds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    self_: str | float = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    position: int = 1
    now: datetime = NOON

    def value(self, name: str) -> str | float:
        return self.answers.get(name, "")

    def count(self, name: str) -> int:
        return len(self.rounds.get(name, ()))

    def values(self, name: str) -> Sequence[str]:
        return self.rounds.get(name, ())


def same(one: Value, other: Value) -> bool:
    """Tell whether both are of one type and equal; NaN is the same as NaN."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other
