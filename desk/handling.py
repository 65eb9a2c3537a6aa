"""What staff have made of a case, as an export tells it.

Rules of this file: a fold to plain values. A casefile tells state, owner, tags and assessment, and
of what was done only those deeds, replies with what became of them, and what was asked outside:
notes stay inside. That a deletion was held is told to nobody, for it tells of a word that means "I
am not free". What the server refused never was, and is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from desk import phrases
from desk.acts import Moment, Own, fold
from desk.casebook import Casebook
from desk.export.extract import Event, Handled
from desk.folding import ground_of
from desk.inbox import Item
from desk.signers import Signers
from storage.act import Assessed, Assigned, Exported, Hold, Outside, Reply, StateSet
from storage.deed import NAMES
from storage.outcome import Outcome
from storage.rows import CaseId

TOLD = (StateSet, Assigned, Assessed, Reply, Outside)
PENDING = "not sent yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """What staff did, as far as it is known at one desk."""

    signers: Signers
    own: Mapping[CaseId, Sequence[Own]]
    outcomes: Mapping[tuple[bytes, int], Outcome]

    @classmethod
    def of_book(cls, book: Casebook) -> Self:
        """Return what is known at this desk, with what waits in its outbox.

        Raises:
            ReadingError, StorageError: what is here is not what was kept.
        """
        return cls(
            signers=ground_of(book.mirror, book.reader).signers,
            own=book.own(),
            outcomes={number: one.outcome for number, one in book.outbox.answered().items()},
        )

    def of(self, item: Item) -> Handled:
        """Return how a case stands, and what was done with it."""
        own = self.own.get(item.case, ())
        standing = fold(item.opened, self.signers, own, self.outcomes)
        marks = standing.marks
        return Handled(
            state=marks.state,
            owner=marks.owner,
            tags=marks.tags,
            verification=marks.verification,
            attribution=marks.attribution,
            events=tuple(
                _event(one)
                for one in standing.moments
                if not (one.refused or isinstance(one.deed, Hold))
            ),
        )


def _event(moment: Moment) -> Event:
    deed, told = moment.deed, isinstance(moment.deed, TOLD)
    left = deed if isinstance(deed, Exported) else None
    return Event(
        day=moment.day.isoformat(),
        who=moment.author,
        deed=NAMES[type(deed)],
        did=phrases.deed(deed),
        position=moment.position,
        outcome=_outcome(moment),
        text=phrases.written(deed) if told else "",
        language=deed.language if isinstance(deed, Reply) else "en",
        form=left.form if left else "",
        redaction=left.redaction if left else "",
        sha256=left.sha256 if left else "",
        told=told,
    )


def _outcome(moment: Moment) -> str:
    if moment.outcome is not None:
        return phrases.OUTCOMES[moment.outcome].rstrip(".")
    return PENDING if moment.pending else ""
