"""What of a casefile is counted: a report, without a word of the person's.

Rules of this file: pure. Only codes, days and what staff decided; answers that no table of
`desk.dimensions` names are not looked at. Where incidents are counted, each repeat of a question is
one, with what was answered outside of repeats; a case without repeats is one incident.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from desk.casefile import Casefile, Told
from desk.dimensions import (
    AGREED,
    COUNTRY,
    INCIDENT,
    INCIDENT_DAYS,
    INTERVIEW,
    LANGUAGE,
    LINE,
    METHOD,
    MONTH,
    NOT_ASSESSED,
    NOT_TOLD,
    RECENCY,
    SHARE,
    SOURCE,
    URGENCY,
    VERIFICATION,
    Place,
    dimension_of,
    group_of,
)
from desk.stats_study import Span, incident
from storage.entry import Codes, Day

CASES, INCIDENTS = "cases", "incidents"
UNITS = (CASES, INCIDENTS)
PNS = "PNS"

Lists = Callable[[str], Mapping[str, str]]  # the list of each question, by the form's id


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What staff decided, by case: verification, urgency where it was moved, interviews."""

    verification: Mapping[bytes, str] = field(default_factory=dict)
    urgency: Mapping[bytes, str] = field(default_factory=dict)
    interviews: frozenset[bytes] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One case, or one incident of it: its codes by dimension. `places` is where a code stood."""

    case: bytes
    day: date
    happened: Span | None
    codes: Mapping[str, frozenset[str]] = field(repr=False)
    places: Mapping[Place, frozenset[Place]] = field(repr=False)

    @property
    def verification(self) -> str:
        """The level that staff gave it."""
        return next(iter(self.codes[VERIFICATION]))

    @property
    def agreed(self) -> bool:
        """Whether the person agreed to anonymous numbers."""
        return AGREED in self.codes.get(SHARE, ())


NOTHING_DECIDED = Decided()


def no_lists(_form: str) -> Mapping[str, str]:
    """Return nothing: no form is known."""
    return {}


def reports(
    casefiles: Iterable[Casefile],
    *,
    lists: Lists = no_lists,
    decided: Decided = NOTHING_DECIDED,
    unit: str = CASES,
) -> list[Report]:
    """Return what of these cases is counted."""
    return [
        _report(casefile, told, lists(casefile.form.id), decided)
        for casefile in casefiles
        for told in (_incidents(casefile) if unit == INCIDENTS else [casefile.answers])
    ]


def _incidents(casefile: Casefile) -> Iterator[tuple[Told, ...]]:
    """Yield the answers of each incident."""
    numbers = sorted({one.repeat for one in casefile.answers if one.repeat and _counts(one)})
    for number in numbers or [0]:
        yield tuple(one for one in casefile.answers if one.repeat in {0, number})


def _counts(told: Told) -> bool:
    """Tell whether an answer says something that could be counted."""
    return any(isinstance(value, Codes | Day) for value in told.values)


def _report(
    casefile: Casefile, answers: Iterable[Told], lists: Mapping[str, str], decided: Decided
) -> Report:
    codes, places, days = dict[str, set[str]](), dict[Place, set[Place]](), list[str]()
    for told in answers:
        found: dict[str, set[str]] = {}
        for value in told.values:
            if isinstance(value, Day) and told.question in INCIDENT_DAYS:
                days.append(value.day)
            for code in value.codes if isinstance(value, Codes) else ():
                if dimension := dimension_of(told.question, code, lists):
                    found.setdefault(dimension, set()).add(code)
                    place = dimension, code
                    places.setdefault(place, set()).add((casefile.form.id, told.question))
        _join(codes, found)
    codes[METHOD] = {*codes.get(METHOD, ()), *filter(None, map(group_of, codes.get(METHOD, ())))}
    happened = incident(codes.pop(RECENCY, ()), days[-1] if days else "", casefile.day)
    codes |= _parts(casefile, happened, decided, codes.get(COUNTRY))
    return Report(
        case=casefile.case,
        day=casefile.day,
        happened=happened,
        codes={name: frozenset(some) for name, some in codes.items()},
        places={place: frozenset(some) for place, some in places.items()},
    )


def _join(codes: dict[str, set[str]], found: Mapping[str, set[str]]) -> None:
    """Add an answer's codes; of countries the last that was told stands."""
    for dimension, some in found.items():
        if dimension != COUNTRY:
            codes.setdefault(dimension, set()).update(some)
        elif some != {PNS} or dimension not in codes:
            codes[dimension] = {min(some)}


def _parts(
    casefile: Casefile, happened: Span | None, decided: Decided, country: set[str] | None
) -> dict[str, set[str]]:
    """Return the dimensions in which each report has exactly one code."""
    case = casefile.case
    met = bool(casefile.submission.interviewer) or case in decided.interviews
    when = happened.month if happened is not None else ""
    return {
        COUNTRY: country or {NOT_TOLD},
        LANGUAGE: {casefile.language},
        MONTH: {f"{casefile.day:%Y-%m}"},
        INCIDENT: {when or NOT_TOLD},
        URGENCY: {decided.urgency.get(case) or casefile.urgency},
        VERIFICATION: {decided.verification.get(case) or NOT_ASSESSED},
        SOURCE: {INTERVIEW if met else LINE},
    }
