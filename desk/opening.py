"""Opening a journal: each entry with the reading keys that this desk holds.

Rules of this file: what is inside must say the same case as what is outside, or it is refused by
name. An answer sealed to a key that is not held here is counted under its compartment, and an entry
of a kind that is not known here is counted too; that is no fault, and nothing of it is guessed. Of
what staff sent, a submission that names who wrote it down and acts are taken, and nothing else:
whatever else it is does no harm to the case, and is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from desk.casefile import Opened, Planted
from desk.errors import InterviewFromChat, OtherCaseInside, UnnamedInterviewer
from desk.reader import compartment
from storage import act, age, entry, package, receipt, way
from storage.age import Identity
from storage.chain import origin_of
from storage.document import Document
from storage.entry import Answer
from storage.errors import FieldError, NoKeyFits, StorageError
from storage.package import SealedAnswer, Submission
from storage.rows import CaseId, JournalRow, Origin

Keys = Mapping[str, Identity]
#: What a person or the server makes, and staff never send.
NOT_OF_STAFF = {
    entry.ANSWER: Planted.WORDS,
    receipt.KIND: Planted.SERVER,
    way.KIND: Planted.SERVER,
}


def open_journal(rows: Iterable[JournalRow], keys: Keys) -> tuple[Opened, ...]:
    """Open the entries of one case whose chain was checked, as far as these keys do.

    Raises:
        OtherCaseInside: an entry was put into another case's journal.
        UnnamedInterviewer, InterviewFromChat: the submission came by another way than it says.
        StorageError: an entry is not what a server of ours makes.
    """
    return tuple(_open_entry(row, keys) for row in rows)


def _open_entry(row: JournalRow, keys: Keys) -> Opened:
    """Open one entry: position 0 is the submission, what follows is added to it."""
    origin = origin_of(row)
    if row.position and origin is Origin.PACKET:
        return _open_sent(row, keys)
    plain = _open(row.key, row.sealed, keys)
    if plain is None:
        closed = (compartment(row.key),) if row.position else ()
        return Opened(position=row.position, day=row.day, origin=origin, closed=closed)
    if row.position:
        return _open_added(row, plain)
    whole = package.unpack(plain)
    if whole.submission.case != row.case:
        raise OtherCaseInside(row.position)
    _check_interview(whole.submission, origin)
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
        origin=origin,
        submission=whole.submission,
        interview=whole if whole.submission.interviewer else None,
        answers=tuple(answers),
        sealed_to=tuple(sealed_to),
        closed=tuple(closed_to),
    )


def _check_interview(submission: Submission, origin: Origin) -> None:
    """Check that a submission says what its way says: whether one of the staff has sent it."""
    named = submission.interviewer
    if origin is Origin.PACKET and not named:
        raise UnnamedInterviewer
    if origin is Origin.LINE and named:
        raise InterviewFromChat(named)


def _open_sent(row: JournalRow, keys: Keys) -> Opened:
    """Open what one of the staff has sent to a case: an act, or something that does not count."""
    told = Opened(position=row.position, day=row.day, origin=Origin.PACKET)
    identity = keys.get(row.key)
    if identity is None:
        return replace(told, closed=(compartment(row.key),))
    try:
        plain = age.open(row.sealed, [identity])
    except StorageError:
        return replace(told, planted=Planted.JUNK)
    try:
        signed = act.decode(plain)
    except FieldError:
        kinds = (what for kind, what in NOT_OF_STAFF.items() if _is(plain, kind))
        planted = next(kinds, None)
        return replace(told, planted=planted, known=planted is not None)
    if signed.act.case != row.case:
        return replace(told, planted=Planted.FOREIGN, foreign=signed)
    return replace(told, act=signed)


def _is(plain: bytes, kind: str) -> bool:
    try:
        Document.decode(plain, file="An entry", kind=kind)
    except FieldError:
        return False
    return True


def _open_added(row: JournalRow, plain: bytes) -> Opened:
    """Open what came after the submission: an answer's part, an act, a receipt, or an address."""
    if not _is(plain, entry.ANSWER):
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
