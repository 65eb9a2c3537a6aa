"""What was sent to a person, compared with what stands in the case: by the imprint of the server.

Rules of this file: pure. A desk writes a reply twice, for the server and for its colleagues, and
nobody but that desk sees both. So the server's receipt carries the imprint of what it was given,
and every desk that opens the case compares. Without an imprint, as in what is older, or where this
desk may not read all that it takes, it is said that nothing was compared: nothing is guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from desk.acts import Moment, Number, Standing
from desk.casefile import Casefile, Opened
from desk.forks import Finding, Weight
from desk.replying import Way, phrases_of, whole
from storage.act import Reply
from storage.imprint import Imprint
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.receipt import Receipt

#: What may stand on the person's screen.
SHOWN = frozenset({Outcome.SENT, Outcome.UNKNOWN})


class Likeness(Enum):
    """Whether a reply went out as it stands in the case."""

    SAME = "same"
    WORDS = "other-words"
    WAY = "other-way"  # another address, another language, other hours
    UNKNOWN = "not-compared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Each reply of which the server tells that it may have been shown, and what is wrong there."""

    likeness: Mapping[Number, Likeness] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def compare(
    entries: Sequence[Opened], standing: Standing, casefile: Casefile, ways: Sequence[Way]
) -> Compared:
    """Compare the replies of a case with what the server says that it was given."""
    replies = {one.number: one for one in standing.of(Reply) if one.position is not None}
    readable = GENERAL not in casefile.closed
    found, findings = dict[Number, Likeness](), list[Finding]()
    for position, receipt in _receipts(entries):
        number = receipt.device, receipt.sequence
        moment = replies.get(number)
        if moment is None:
            if readable and receipt.outcome in SHOWN:
                findings.append(Finding(weight=Weight.ALARM, code="unwritten", position=position))
            continue
        likeness = _likeness(moment, receipt.imprint, casefile, ways)
        if likeness is not Likeness.SAME and not readable:
            likeness = Likeness.UNKNOWN
        if receipt.outcome in SHOWN or likeness in _WRONG:
            found[number] = likeness
        if likeness in _WRONG:
            findings.append(
                Finding(
                    weight=Weight.ALARM,
                    code=likeness.value,
                    author=moment.author,
                    position=moment.position or 0,
                )
            )
    return Compared(likeness=found, findings=tuple(findings))


_WRONG = frozenset({Likeness.WORDS, Likeness.WAY})


def _receipts(entries: Sequence[Opened]) -> Iterator[tuple[int, Receipt]]:
    """Yield what the server says of replies, in order."""
    for one in sorted(entries, key=lambda one: one.position):
        if one.receipt is not None:
            yield one.position, one.receipt


def _likeness(
    moment: Moment, imprint: Imprint | None, casefile: Casefile, ways: Sequence[Way]
) -> Likeness:
    deed = moment.deed
    if imprint is None or not isinstance(deed, Reply):
        return Likeness.UNKNOWN
    if not any(imprint.has_words(whole(one, deed.text)) for one in phrases_of(casefile)):
        return Likeness.WORDS
    chosen = (one.sealed for one in ways if one.number == deed.address)
    fits = any(
        imprint.has_way(address=one, language=deed.language, hours=deed.hours) for one in chosen
    )
    return Likeness.SAME if fits else Likeness.WAY
