"""Whose signature counts at this desk, and until when: on acts, and on interviews.

Rules of this file: pure. Names, keys, rights and their last days come from the statement in force,
which names those that ended as well, and from nowhere else; so every desk decides alike, whatever
statements it has missed. What an entry says of its author is believed once that person's key has
signed it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from desk.casefile import Opened
from desk.errors import LateInterview, UnsignedInterview
from storage.act import LEADS, Signed
from storage.line import Line
from storage.signature import VerifyKey

ACT, LEAD = "act", "lead"
#: The day on which rights end is the root's holder's; an entry's is the server's, and of UTC.
GRACE = timedelta(days=1)


class Verdict(Enum):
    """What a signature is worth."""

    COUNTS = auto()
    OVER = auto()  # the person's, and came after the last day on which they might
    FORGED = auto()  # nobody's who ever might, as far as the statement tells


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A key with a right; `until` is the last day on which its signatures count, if it ended."""

    key: VerifyKey
    until: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Signers:
    """Whose acts count: the keys of each name, of whoever may act and of whoever may lead."""

    acting: Mapping[str, Sequence[Term]]
    leading: Mapping[str, Sequence[Term]]

    @classmethod
    def of(cls, line: Line) -> "Signers":
        """Return those of the statement in force."""
        return cls(acting=_terms(line, ACT), leading=_terms(line, LEAD))

    def judge(self, one: Signed, day: date) -> Verdict:
        """Tell whether the person that an act names has signed it and might; it came on `day`."""
        terms = self.leading if isinstance(one.act.deed, LEADS) else self.acting
        return _judge(terms.get(one.act.author, ()), one.by, day)

    def maker(self, entry: Opened) -> str:
        """Return who made what was planted, where their signature proves it; "" where none does."""
        made = entry.foreign
        if made is None or self.judge(made, entry.day) is Verdict.FORGED:
            return ""
        return made.act.author

    def check_interview(self, entries: Iterable[Opened]) -> None:
        """Check that an interview is signed by the person that it names, where there is one.

        Raises:
            UnsignedInterview: it is not.
            LateInterview: it came when that person might not any more.
        """
        for entry in entries:
            if entry.interview is None:
                continue
            name = entry.interview.submission.interviewer
            verdict = _judge(self.acting.get(name, ()), entry.interview.signed_by, entry.day)
            if verdict is not Verdict.COUNTS:
                raise (LateInterview if verdict is Verdict.OVER else UnsignedInterview)(name)


def _judge(
    terms: Sequence[Term], signed_by: Callable[[Iterable[VerifyKey]], bool], day: date
) -> Verdict:
    if signed_by(one.key for one in terms if one.until is None or day <= one.until + GRACE):
        return Verdict.COUNTS
    return Verdict.OVER if signed_by(one.key for one in terms) else Verdict.FORGED


def _terms(line: Line, right: str) -> Mapping[str, Sequence[Term]]:
    """Return the keys of everybody who has or had a right, by name."""
    found: dict[str, list[Term]] = {}
    for one in line.staff:
        if right in one.rights:
            found.setdefault(one.name, []).append(Term(key=one.signing))
    for ended in line.former:
        if right in ended.rights:
            term = Term(key=ended.signing, until=ended.until)
            found.setdefault(ended.name, []).append(term)
    return found
