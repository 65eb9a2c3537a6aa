"""What the server tells desks beside entries: which cases leave, and what became of packets.

Rules of this file: two documents, values to bytes and back; the server signs what they travel in.
Nothing in them is a person's word, or says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.act import DEVICE
from storage.document import Document, write
from storage.entry import CASE
from storage.outcome import Outcome
from storage.rows import CaseId
from storage.standing import LET_GO, PERSON, RETENTION, STAFF, Leaving, PacketRow, Standing

TOMBSTONES = "tombstones.json"
OUTCOMES = "outcomes.json"
WHO = (PERSON, STAFF, RETENTION)
MAX_STAFF = 10_000


class Stage(StrEnum):
    """How far a case is on its way out."""

    LEAVING = "leaving"  # it is destroyed when its wait is over
    HELD = "held"  # the lead holds that for some days, once
    GONE = "gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    """A case that leaves: since when, by whom, how far, and on how many desks it is gone.

    `until` is the last day of a hold; `erased` and `of` count people of the staff.
    """

    case: CaseId
    asked: date
    by: str
    stage: Stage
    until: date | None = None
    erased: int = 0
    of: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What became of one packet."""

    device: bytes
    sequence: int
    outcome: Outcome
    day: date


def tombstone(row: Standing, *, erased: int, of: int) -> Tombstone:
    """Return the tombstone of a case that leaves or is gone."""
    held = Stage.LEAVING if row.held_until is None else Stage.HELD
    return Tombstone(
        case=row.case,
        asked=row.asked or date.min,
        by=RETENTION if row.by in LET_GO else row.by,
        stage=Stage.GONE if row.leaving is Leaving.GONE else held,
        until=row.held_until,
        erased=erased,
        of=of,
    )


def told(row: PacketRow) -> Told:
    """Return what there is to tell of a packet."""
    outcome = Outcome(row.outcome)
    return Told(device=row.device, sequence=row.sequence, outcome=outcome, day=row.day)


def encode_tombstones(tombstones: Sequence[Tombstone]) -> bytes:
    """Write the list of cases that leave, by case."""
    listed = [
        {
            "asked": one.asked.isoformat(),
            "by": one.by,
            "case": one.case.hex(),
            "erased": one.erased,
            "of": one.of,
            "stage": one.stage.value,
            "until": "" if one.until is None else one.until.isoformat(),
        }
        for one in sorted(tombstones, key=lambda one: one.case)
    ]
    return write("tombstones", {"cases": listed})


def decode_tombstones(data: bytes) -> tuple[Tombstone, ...]:
    """Read the list of cases that leave.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file=TOMBSTONES, kind="tombstones")
    found = tuple(map(_tombstone, document.sections("cases")))
    document.end()
    return found


def encode_outcomes(outcomes: Sequence[Told]) -> bytes:
    """Write what became of packets, in the order in which they came."""
    listed = [
        {
            "day": one.day.isoformat(),
            "device": one.device.hex(),
            "outcome": one.outcome.value,
            "sequence": one.sequence,
        }
        for one in outcomes
    ]
    return write("outcomes", {"packets": listed})


def decode_outcomes(data: bytes) -> tuple[Told, ...]:
    """Read what became of packets.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file=OUTCOMES, kind="outcomes")
    found = tuple(map(_told, document.sections("packets")))
    document.end()
    return found


def _tombstone(document: Document) -> Tombstone:
    until = document.line("until", blank=True)
    one = Tombstone(
        case=document.hexadecimal("case", CASE),
        asked=document.day("asked"),
        by=_one_of(document, "by", WHO),
        stage=Stage(_one_of(document, "stage", tuple(Stage))),
        until=document.day("until") if until else None,
        erased=document.whole("erased", high=MAX_STAFF),
        of=document.whole("of", high=MAX_STAFF),
    )
    document.end()
    return one


def _told(document: Document) -> Told:
    one = Told(
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        outcome=Outcome(_one_of(document, "outcome", tuple(Outcome))),
        day=document.day("day"),
    )
    document.end()
    return one


def _one_of(document: Document, key: str, words: Sequence[str]) -> str:
    word = document.code(key)
    if word not in words:
        raise document.wrong(key, "one of " + ", ".join(words))
    return word
