"""What was done at this desk and stands in no journal here yet: the acts in its outbox, opened.

Rules of this file: each is opened once, and stays in memory for as long as whoever opened the desk
sits there: every page lays these acts over the cases. Of a packet no more is read than its act.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from desk.acts import Own
from desk.outbox import BEGIN, REPORT, Outbox
from desk.waiting import Number, Waiting
from storage import act, age
from storage.age import Identity
from storage.errors import StorageError
from storage.outcome import Outcome
from storage.packet import ENTRY
from storage.rows import CaseId

#: Kinds that carry no act: nothing at all, or a whole submission.
WITHOUT = frozenset({REPORT, BEGIN})


@dataclass(kw_only=True, slots=True)
class Pending:
    """The acts in an outbox. `_seen` is what they were last made of."""

    outbox: Outbox
    _opened: dict[Number, tuple[Waiting, Own | None]] = field(default_factory=dict, repr=False)
    _acts: Mapping[CaseId, tuple[Own, ...]] = field(default_factory=dict, repr=False)
    _seen: tuple[object, object, frozenset[str]] = field(
        default=((), None, frozenset()), repr=False
    )

    def acts(self, keys: Mapping[str, Identity]) -> Mapping[CaseId, tuple[Own, ...]]:
        """Return the acts by case, in their order; what no key of these opens is left out.

        As long as nothing changes it is the very same mapping.
        """
        lying, answered, names = self.outbox.lying(), self.outbox.answered(), frozenset(keys)
        if self._seen[0] is lying and self._seen[1] is answered and self._seen[2] == names:
            return self._acts
        if self._seen[2] != names:
            self._opened = {}
        before, self._opened = self._opened, {}
        found: dict[CaseId, list[Own]] = {}
        for one in lying:
            with contextlib.suppress(FileNotFoundError):  # gone since: a sync runs beside us
                number = one.number
                last = before.get(number)
                known = last[1] if last and last[0] is one else _open(one, keys)
                self._opened[number] = one, known
                if known is not None:
                    answer = answered.get(number)
                    own = replace(known, outcome=answer.outcome if answer else None)
                    found.setdefault(one.header.case, []).append(own)
        self._acts = {case: tuple(acts) for case, acts in found.items()}
        self._seen = lying, answered, names
        return self._acts

    def outcomes(self) -> Mapping[Number, Outcome]:
        """Return what became of this computer's packets."""
        return {number: one.outcome for number, one in self.outbox.answered().items()}


def _open(one: Waiting, keys: Mapping[str, Identity]) -> Own | None:
    """Open the act in a packet of our own; None where it has none that opens here."""
    key = None if one.header.kind in WITHOUT else keys.get(one.header.key)
    sealed = None if key is None else one.part(ENTRY)
    if key is None or sealed is None:
        return None
    try:
        return Own(act=act.decode(age.open(sealed, [key])).act)
    except StorageError:  # another desk's
        return None
