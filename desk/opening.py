"""Opening a journal: each entry with the reading keys that this desk holds.

Rules of this file: what is inside must say the same case as what is outside, or it is refused by
name. An answer sealed to a key that is not held here is counted under its compartment, and an entry
of a kind that is not known here is counted too; that is no fault, and nothing of it is guessed.
"""

from collections.abc import Iterable, Mapping

from desk.casefile import Opened
from desk.errors import OtherCaseInside
from desk.reader import compartment
from storage import act, age, entry, package, receipt, way
from storage.age import Identity
from storage.document import Document
from storage.entry import Answer
from storage.errors import FieldError, NoKeyFits
from storage.package import SealedAnswer
from storage.rows import CaseId, JournalRow

Keys = Mapping[str, Identity]


def open_journal(rows: Iterable[JournalRow], keys: Keys) -> tuple[Opened, ...]:
    """Open the entries of one case, as far as these keys do.

    Raises:
        OtherCaseInside: an entry was put into another case's journal.
        StorageError: an entry is not what a server of ours makes.
    """
    return tuple(_open_entry(row, keys) for row in rows)


def _open_entry(row: JournalRow, keys: Keys) -> Opened:
    """Open one entry: position 0 is the submission, what follows is added to it."""
    plain = _open(row.key, row.sealed, keys)
    if plain is None:
        closed = (compartment(row.key),) if row.position else ()
        return Opened(position=row.position, day=row.day, closed=closed)
    if row.position:
        return _open_added(row, plain)
    whole = package.unpack(plain)
    if whole.submission.case != row.case:
        raise OtherCaseInside(row.position)
    answers, sealed_to, closed_to = [], [], []
    for sealed in whole.answers:
        answer = _open_answer(sealed, row.case, keys)
        if answer is None:
            closed_to.append(compartment(sealed.key))
        else:
            answers.append(answer)
            sealed_to.append(compartment(sealed.key))
    return Opened(
        position=row.position,
        day=row.day,
        submission=whole.submission,
        answers=tuple(answers),
        sealed_to=tuple(sealed_to),
        closed=tuple(closed_to),
    )


def _open_added(row: JournalRow, plain: bytes) -> Opened:
    """Open what came after the submission: an answer's part, an act, a receipt, or an address."""
    try:
        Document.decode(plain, file="An entry", kind=entry.ANSWER)
    except FieldError:
        return _open_act(row, plain)
    answer = entry.decode(plain)
    if answer.case != row.case:
        raise OtherCaseInside(row.position)
    sealed_to = (compartment(row.key),)
    return Opened(position=row.position, day=row.day, answers=(answer,), sealed_to=sealed_to)


def _open_act(row: JournalRow, plain: bytes) -> Opened:
    try:
        signed = act.decode(plain)
    except FieldError:
        return _open_receipt(row, plain)
    if signed.act.case != row.case:
        raise OtherCaseInside(row.position)
    return Opened(position=row.position, day=row.day, act=signed)


def _open_receipt(row: JournalRow, plain: bytes) -> Opened:
    """Open what the server says of a reply."""
    try:
        told = receipt.decode(plain)
    except FieldError:
        return _open_way(row, plain)
    if told.case != row.case:
        raise OtherCaseInside(row.position)
    return Opened(position=row.position, day=row.day, receipt=told)


def _open_way(row: JournalRow, plain: bytes) -> Opened:
    """Open where the person may be written to as well, or a kind not known here."""
    try:
        further = way.decode(plain)
    except FieldError:
        return Opened(position=row.position, day=row.day, known=False)
    if further.case != row.case:
        raise OtherCaseInside(row.position)
    return Opened(position=row.position, day=row.day, way=further)


def _open_answer(sealed: SealedAnswer, case: CaseId, keys: Keys) -> Answer | None:
    plain = _open(sealed.key, sealed.sealed, keys)
    if plain is None:
        return None
    answer = entry.decode(plain)
    if answer.case != case:
        raise OtherCaseInside(0)
    return answer


def _open(key_id: str, sealed: bytes, keys: Keys) -> bytes | None:
    """Open what is sealed to the key of this id; None when it is not held, or is another."""
    identity = keys.get(key_id)
    if identity is None:
        return None
    try:
        return age.open(sealed, [identity])
    except NoKeyFits:
        return None
