"""A row of the table that `make bench` prints."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement beside its peer or its bound; `ratio` is of medians, `wanted` in words."""

    what: str
    ours: float
    beside: float
    unit: str
    ratio: float
    wanted: str
