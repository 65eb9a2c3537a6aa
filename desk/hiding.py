"""Which figures are hidden, so that nobody is found among a few.

Rules of this file: whole numbers in, what is hidden out; pure. What is hidden is decided by places
and sums that are printed anyway, never by the size of what is hidden. The rules:

1. A count from 1 to 9 is hidden ("<10"). Zero is shown.
2. Where rows add up to a printed total, further rows of at least ten are hidden, from the end of
   the table, until each hidden small count could still be any number from 1 to 9. Where there are
   not enough of them, no row of that table is shown.
3. A count of a union (a published count over its codes) tells how much its codes have together.
   While that would tell that a hidden small count is more than 1, the last shown code of it with at
   least ten is hidden; when none is left, the published count itself.
4. Fewer than ten in all: no row of any table is shown.

What is hidden beside a small count is called "hidden". Ten: as statistics offices do (small-cell
suppression with complementary suppression).
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

LEAST = 10

K = TypeVar("K", bound=Hashable)


class Hidden(Enum):
    """Why a figure is not shown."""

    SMALL = "small"  # 1 to 9
    BESIDE = "beside"  # ten or more, hidden for the sake of a small one


@dataclass(frozen=True, kw_only=True, slots=True)
class Union(Generic[K]):
    """A count that is at most the sum of its members; `covers`: and at least each of them."""

    whole: K
    members: tuple[K, ...]
    covers: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums(Generic[K]):
    """What ties counts together: rows that add up to the total, unions, and pairs (part, group)."""

    parts: tuple[tuple[K, ...], ...] = ()
    unions: tuple[Union[K], ...] = ()
    within: tuple[tuple[K, K], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict(Generic[K]):
    """What is hidden. `closed` are keys of tables of which no row is shown."""

    hidden: Mapping[K, Hidden]
    closed: frozenset[K]


def hide(counts: Mapping[K, int], total: int, sums: Sums[K], least: int = LEAST) -> Verdict[K]:
    """Decide what is hidden; keys that `sums` names and `counts` does not have are zero."""
    if 0 < total < least:
        return Verdict(hidden={}, closed=frozenset(counts))
    work = _Work(counts=counts, total=total, sums=sums, least=least)
    for rows in sums.parts:
        work.hide_in_parts(rows)
    while work.loosen():
        pass
    return Verdict(hidden=work.hidden, closed=frozenset(work.closed))


@dataclass(kw_only=True, slots=True)
class _Work(Generic[K]):
    counts: Mapping[K, int]
    total: int
    sums: Sums[K]
    least: int
    hidden: dict[K, Hidden] = field(default_factory=dict)
    closed: set[K] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hidden = {
            key: Hidden.SMALL for key, count in self.counts.items() if 0 < count < self.least
        }

    # --- rows that add up ----------------------------------------------------------------------

    def hide_in_parts(self, rows: Sequence[K]) -> None:
        """Hide further rows until the sum of the hidden ones tells nothing of a small one."""
        small = [key for key in rows if key in self.hidden]
        if not small:
            return
        others, beside = list(self._large(rows)), list[K]()
        while not self._free(small, beside):
            if not others:
                self.closed.update(rows)
                return
            beside.append(others.pop(0))
        self.hidden.update(dict.fromkeys(beside, Hidden.BESIDE))

    def _free(self, small: Sequence[K], beside: Sequence[K]) -> bool:
        """Tell whether each small row may be 1 to 9, given the sum of the hidden ones."""
        together = sum(self.counts[key] for key in (*small, *beside))
        most = self.least - 1
        lowest_others = len(small) - 1 + self.least * len(beside)
        if together - most < lowest_others:
            return False
        return bool(beside) or together - 1 <= most * (len(small) - 1)

    # --- unions --------------------------------------------------------------------------------

    def loosen(self) -> bool:
        """Hide one more figure if a union tells too much of a small one; return whether it did."""
        small = [key for key, why in self.hidden.items() if why is Hidden.SMALL]
        told = next(filter(None, map(self._telling, small)), None)
        if told is None:
            return False
        more = next(self._large(told.members), told.whole)
        self.hidden[more] = Hidden.BESIDE
        return True

    def _telling(self, key: K) -> Union[K] | None:
        """Return a union that tells that this small count is more than 1, by all that is shown."""
        high = self._highest(key)
        for union in self.sums.unions:
            together = sum(high.get(member, self._count(member)) for member in union.members)
            if together < self._lowest(union.whole):
                return union
        return None

    def _highest(self, one: K) -> Mapping[K, int]:
        """Return the most that each hidden count could be if this one is 1."""
        high = {
            key: self.least - 1 if why is Hidden.SMALL else self.total
            for key, why in self.hidden.items()
        }
        high[one] = 1
        pairs = [(part, around) for part, around in self._pairs() if part in high]
        changed = True
        while changed:
            changed = False
            for part, around in pairs:
                most = high.get(around, self._count(around))
                if most < high[part]:
                    high[part], changed = most, True
        return high

    def _pairs(self) -> Iterator[tuple[K, K]]:
        """Yield what is at most what: parts and groups, members and the unions that cover them."""
        yield from self.sums.within
        for union in self.sums.unions:
            if union.covers:
                yield from ((member, union.whole) for member in union.members)

    def _lowest(self, key: K) -> int:
        """Return the least that a count could be."""
        lowest = {Hidden.SMALL: 1, Hidden.BESIDE: self.least}
        return lowest[self.hidden[key]] if key in self.hidden else self._count(key)

    # --- both ----------------------------------------------------------------------------------

    def _large(self, keys: Sequence[K]) -> Iterator[K]:
        """Yield what is shown and at least ten, from the end."""
        return (
            key for key in reversed(keys) if self._is_shown(key) and self._count(key) >= self.least
        )

    def _count(self, key: K) -> int:
        return self.counts.get(key, 0)

    def _is_shown(self, key: K) -> bool:
        return key not in self.hidden and key not in self.closed
