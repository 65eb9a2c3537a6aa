"""Whose signature counts at this desk: on acts, and on interviews.

Rules of this file: pure. Names, keys and rights come from the statements that the root signed and
nowhere else; what an entry says of its author is believed once that person's key has signed it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desk.casefile import Opened
from desk.errors import UnsignedInterview
from storage.act import LEADS, Signed
from storage.line import Line
from storage.signature import VerifyKey

ACT, LEAD = "act", "lead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signers:
    """Whose acts count: the keys of each name, of whoever may act and of whoever may lead."""

    acting: Mapping[str, Sequence[VerifyKey]]
    leading: Mapping[str, Sequence[VerifyKey]]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Signers":
        """Return those of the statements seen at a desk."""
        known = tuple(lines)
        return cls(acting=_keys(known, ACT), leading=_keys(known, LEAD))

    def signed(self, one: Signed) -> bool:
        """Tell whether the person that an act names has signed it, and may do what it does."""
        keys = self.leading if isinstance(one.act.deed, LEADS) else self.acting
        return one.by(keys.get(one.act.author, ()))

    def check_interview(self, entries: Iterable[Opened]) -> None:
        """Check that an interview is signed by the person that it names, where there is one.

        Raises:
            UnsignedInterview: it is not.
        """
        for package in (one.interview for one in entries if one.interview is not None):
            name = package.submission.interviewer
            if not package.signed_by(self.acting.get(name, ())):
                raise UnsignedInterview(name)


def _keys(lines: Iterable[Line], right: str) -> Mapping[str, Sequence[VerifyKey]]:
    """Return the keys of everybody who has a right in one of these statements, by name."""
    found: dict[str, list[VerifyKey]] = {}
    for line in lines:
        for one in line.staff:
            if right in one.rights:
                found.setdefault(one.name, []).append(one.signing)
    return found
