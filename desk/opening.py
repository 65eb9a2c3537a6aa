"""Opening a journal: each entry with the reading keys that this desk holds.

Rules of this file: what is inside must say the same case as what is outside, or it is refused by
name. An answer sealed to a key that is not held here is counted under its compartment; that is no
fault, and nothing of it is guessed.
"""

from collections.abc import Iterable, Mapping

from desk.casefile import Opened
from desk.errors import OtherCaseInside
from desk.reader import compartment
from storage import age, entry, package
from storage.age import Identity
from storage.entry import Answer
from storage.errors import NoKeyFits
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
    """Open one entry; position 0 is the submission, others are counted only (so far)."""
    plain = _open(row.key, row.sealed, keys)
    if plain is None or row.position > 0:
        return Opened(position=row.position, day=row.day)
    whole = package.unpack(plain)
    if whole.submission.case != row.case:
        raise OtherCaseInside(row.position)
    answers, closed = [], []
    for sealed in whole.answers:
        answer = _open_answer(sealed, row.case, keys)
        if answer is None:
            closed.append(compartment(sealed.key))
        else:
            answers.append(answer)
    return Opened(
        position=row.position,
        day=row.day,
        submission=whole.submission,
        answers=tuple(answers),
        closed=tuple(closed),
    )


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
