"""What does not fit between this desk and others: forks, missing digests, unknown statements.

Rules of this file: pure; it gives findings, the most serious first, and words are never part of
one. Each act says what its author's desk had last seen: where that is not what is here, the server
shows different people different things, or something has not come here yet.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from desk.acts import Moment, Standing


class Weight(IntEnum):
    """How serious a finding is."""

    ALARM = 1
    MISSING = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing about a case's journal, as a code and what it is about."""

    weight: Weight
    code: str  # forged, twice, late, fork, behind, ...: see `desk.alarms`
    author: str = ""
    position: int = 0
    number: int = 0


def findings(
    standing: Standing, chains: Sequence[bytes], *, digests: int, lines: Collection[str]
) -> tuple[Finding, ...]:
    """Compare each act with what is here.

    `chains` is the journal's hash at each position, `digests` the highest number of a digest known
    here, `lines` the hashes of the statements seen here.
    """
    found = [
        *(Finding(weight=Weight.ALARM, code="forged", position=one) for one in standing.forged),
        *(Finding(weight=Weight.ALARM, code="twice", position=one) for one in standing.twice),
        *(
            Finding(weight=Weight.ALARM, code="late", position=position, author=author)
            for position, author in standing.late
        ),
        *(
            Finding(weight=Weight.ALARM, code=what.value, position=position, author=author)
            for position, what, author in standing.planted
        ),
    ]
    for moment in standing.moments:
        if moment.position is not None:
            found += _compare(moment, moment.position, chains, digests, lines)
    return serious_first(found)


def serious_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which they are told."""
    return tuple(sorted(found, key=lambda one: (one.weight, one.position)))


def _compare(
    moment: Moment, position: int, chains: Sequence[bytes], digests: int, lines: Collection[str]
) -> Iterator[Finding]:
    seen, author = moment.act.seen, moment.author
    if seen.position >= position:
        yield Finding(weight=Weight.ALARM, code="behind", author=author, position=position)
    elif seen.position >= 0 and chains[seen.position] != seen.chain:
        yield Finding(weight=Weight.ALARM, code="fork", author=author, position=seen.position)
    if seen.digest > digests:
        yield Finding(
            weight=Weight.MISSING,
            code="digest",
            author=author,
            position=position,
            number=seen.digest,
        )
    if seen.line not in lines:
        yield Finding(weight=Weight.MISSING, code="statement", author=author, position=position)
