"""The interviews of whoever sits here, and where each lies until it is handed in.

Rules of this file: before the person agrees an interview is in the memory of this desk and nowhere
else, and a lock lets go of it; from then on it lies sealed (`desk.interviews`), and not here. A
page that was drawn before the last answer keeps nothing by itself: it would bring old words back.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from desk.errors import InterviewDamaged
from desk.interviewing import Asking, Interview
from desk.interviews import Interviews


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfinished:
    """An interview as the list of them shows it; `trouble` says why it does not open."""

    name: str
    day: date | None = None
    language: str = ""
    answered: int = 0
    trouble: str = ""


@dataclass(kw_only=True, slots=True)
class Talks:
    """The interviews of one person at one desk."""

    kept: Interviews = field(repr=False)
    _begun: dict[str, Interview] = field(default_factory=dict, repr=False)
    _turns: Counter[str] = field(default_factory=Counter)

    def begin(self, interview: Interview) -> str:
        """Hold a new interview; return its name."""
        name = interview.case.hex()
        self._begun[name] = interview
        return name

    def open(self, name: str) -> Interview:
        """Return an interview.

        Raises:
            NoSuchInterview: there is none of that name.
            InterviewDamaged: it is not what was kept, or another person's.
        """
        begun = self._begun.get(name)
        return self.kept.open(name) if begun is None else begun

    def settle(self, asking: Asking) -> None:
        """Hold or keep an interview after an answer; what was refused is gone."""
        name = asking.interview.case.hex()
        self._turns[name] += 1
        self.note(asking)
        if not (asking.consented or asking.refused):
            self._begun[name] = asking.interview

    def note(self, asking: Asking) -> None:
        """Keep an interview while an answer is still being written."""
        self.kept.settle(asking)
        if asking.consented or asking.refused:
            self._begun.pop(asking.interview.case.hex(), None)

    def turn(self, name: str) -> str:
        """Return which page of an interview is the newest."""
        return str(self._turns[name])

    def forget(self, name: str) -> None:
        """Throw an interview away."""
        interview = self.open(name)
        self._begun.pop(interview.case.hex(), None)
        self.kept.forget(interview.case)

    def unfinished(self) -> list[Unfinished]:
        """Return what is not handed in, the newest first."""
        held = [_row(name, one) for name, one in self._begun.items()]
        rows = [*held, *map(self._kept, self.kept.names())]
        return sorted(rows, key=lambda one: one.day or date.min, reverse=True)

    def _kept(self, name: str) -> Unfinished:
        try:
            return _row(name, self.kept.open(name))
        except InterviewDamaged as error:
            return Unfinished(name=name, trouble=str(error))


def _row(name: str, one: Interview) -> Unfinished:
    answered = sum(bool(values) for values in one.answers.values())
    return Unfinished(name=name, day=one.day, language=one.language, answered=answered)
