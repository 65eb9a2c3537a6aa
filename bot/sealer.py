"""Seals answers as they are given, and packs them when the person sends.

An answer is sealed to the reading key of its day and compartment, then wrapped once more under
the draft's own key, which exists only in the chat's sealed state (design §3). After `unwrap` it
is still sealed to the staff: this process never opens an answer again.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.claims import Claim
from bot.engine.events import Keep, Key, Send, Shape, Value
from bot.engine.model import GENERAL, Form
from bot.engine.state import State
from bot.errors import DraftDamaged
from bot.keyring import Box
from storage import age, entry, package
from storage.line import Line, ReadingKey
from storage.padding import entry_size, pad
from storage.receipt import Receipt
from storage.receipt import encode as encode_receipt
from storage.rows import CaseId, DraftRow
from storage.unit import DraftEntry, IndexEntry, NewEntry
from storage.way import FurtherAddress
from storage.way import encode as encode_way

SLOT = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealer:
    """Seals for one line and one form."""

    line: Callable[[], Line] = field(repr=False)  # the statement in force
    form: Form

    def keep(self, keep: Keep, state: State, today: date) -> DraftEntry:
        """Return the sealed row of one part of an answer."""
        reading = self.reading(self.compartment(keep.key), today)
        sealed = age.seal(entry.encode(self._answer(keep, state, today)), [reading.recipient])
        where = slot(state.key, keep.key, keep.part)
        return _wrapped(state.key, where, reading.id, sealed, state.case, today)

    def add(self, keep: Keep, state: State, today: date) -> NewEntry:
        """Return what a person adds to a sent case, as an entry of its journal."""
        answer = replace(self._answer(keep, state, today), case=state.adds)
        return _appended(answer, self.reading(GENERAL, today), today)

    def file(self, claim: Claim, file: entry.File, state: State, today: date) -> DraftEntry:
        """Return the sealed row of a file that is part of a draft's answer."""
        reading = self.reading(claim.compartment, today)
        answer = _filed(claim, file, state.case, today)
        sealed = age.seal(entry.encode(answer), [reading.recipient])
        where = slot(state.key, claim.key, claim.part)
        return _wrapped(state.key, where, reading.id, sealed, state.case, today)

    def add_file(self, claim: Claim, file: entry.File, case: CaseId, today: date) -> NewEntry:
        """Return a file as an entry of a sent case's journal."""
        reading = self.reading(claim.compartment, today)
        return _appended(_filed(claim, file, case, today), reading, today)

    def receipt(self, receipt: Receipt) -> NewEntry:
        """Return what became of a reply, as an entry of its case's journal."""
        return receipt_of(self.line(), receipt)

    def way(self, way: FurtherAddress) -> NewEntry:
        """Return a further address of a person, as an entry of the case's journal."""
        reading = self.reading(GENERAL, way.day)
        sealed = age.seal(encode_way(way), [reading.recipient])
        return NewEntry(case=way.case, key=reading.id, sealed=sealed, day=way.day)

    def drop(self, state: State, key: Key, part: int, today: date) -> DraftEntry:
        """Return the row that deletes one part of an answer."""
        where = slot(state.key, key, part)
        return DraftEntry(case=state.case, slot=where, part=0, day=today, sealed=None)

    def pack(
        self,
        send: Send,
        state: State,
        rows: Sequence[DraftRow],
        *,
        address: bytes | None,
        channel: str,
        number: str,
        today: date,
    ) -> tuple[NewEntry, IndexEntry]:
        """Return the sealed case and its sealed index entry.

        A file that is not there yet comes later, into the journal. Raises DraftDamaged when any
        other part that was kept is not there: nothing is sent then.
        """
        box = Box.of(state.key)
        found = {row.slot: row.sealed for row in rows}
        parts: list[tuple[str, bytes]] = []
        for key, part in send.kept:
            where = slot(state.key, key, part)
            if where not in found and (key, part) in send.files:
                continue
            if where not in found:
                raise DraftDamaged
            plain = box.open(found[where], where)
            parts.append((plain[:64].decode().rstrip(), plain[64:]))
        index = entry.IndexEntry(
            case=state.case,
            number=number,
            form=self.form.id,
            version=self.form.version,
            urgency=send.urgency,
            language=state.language,
            day=today,
            codes=dict(send.digest),
        )
        reading = self.reading(GENERAL, today)
        whole = package.pack(
            case=state.case,
            number=number,
            form=self._form(),
            language=state.language,
            day=today,
            index=index,
            answers=parts,
            return_address=address,
            channel=channel if address else "",
            calculated=dict(send.calculated),
            link=send.link,
        )
        recipients = [reading.recipient]
        return (
            NewEntry(
                case=state.case, key=reading.id, sealed=age.seal(whole, recipients), day=today
            ),
            IndexEntry(
                case=state.case,
                key=reading.id,
                sealed=age.seal(entry.encode_index(index), recipients),
                day=today,
            ),
        )

    def compartment(self, key: Key) -> str:
        """Return the compartment of a question; what is added to a sent case is everybody's."""
        question = self.form.by_name.get(key[0])
        return GENERAL if question is None else question.compartment

    def reading(self, compartment: str, today: date) -> ReadingKey:
        """Return the reading key that is sealed to on a day."""
        return _serves(self.line(), compartment, today)

    def _answer(self, keep: Keep, state: State, today: date) -> entry.Answer:
        return entry.Answer(
            case=state.case,
            sequence=keep.sequence,
            form=self._form(),
            question=keep.key[0],
            repeat=keep.key[1],
            part=keep.part,
            value=_value(keep.value),
            language=state.language,
            day=today,
        )

    def _form(self) -> entry.FormRef:
        return entry.FormRef(id=self.form.id, version=self.form.version, sha256=self.form.sha256)


def receipt_of(line: Line, receipt: Receipt) -> NewEntry:
    """Return what became of a reply, as an entry of its case's journal under a statement."""
    reading = _serves(line, GENERAL, receipt.day)
    sealed = age.seal(encode_receipt(receipt), [reading.recipient])
    return NewEntry(case=receipt.case, key=reading.id, sealed=sealed, day=receipt.day)


def _serves(line: Line, compartment: str, today: date) -> ReadingKey:
    # What was begun before the statement's last day is finished with the keys of that day.
    return line.reading_key(min(today, line.expires), compartment)


def slot(key: bytes, question: Key, part: int) -> bytes:
    """Return what stands for one part of one answer outside the seal."""
    name = f"{question[0]}\0{question[1]}\0{part}".encode()
    return hmac.digest(key, name, "sha256")[:SLOT]


def _wrapped(
    key: bytes, where: bytes, reading: str, sealed: bytes, case: CaseId, today: date
) -> DraftEntry:
    wrapped = Box.of(key).seal(reading.encode().ljust(64) + sealed, where)
    return DraftEntry(case=case, slot=where, part=0, day=today, sealed=wrapped)


def _appended(answer: entry.Answer, reading: ReadingKey, today: date) -> NewEntry:
    plain = entry.encode(answer).rstrip(b" ")
    sealed = age.seal(pad(plain, entry_size(len(plain))), [reading.recipient])
    return NewEntry(case=answer.case, key=reading.id, sealed=sealed, day=today)


def _filed(claim: Claim, file: entry.File, case: CaseId, today: date) -> entry.Answer:
    name, version, sha256 = claim.form
    return entry.Answer(
        case=case,
        sequence=claim.sequence,
        form=entry.FormRef(id=name, version=version, sha256=sha256),
        question=claim.key[0],
        repeat=claim.key[1],
        part=claim.part,
        value=file,
        language=claim.language,
        day=today,
    )


def _value(value: Value) -> entry.Value:
    match value.shape:
        case Shape.WORDS:
            return entry.Words(words=value.items[0])
        case Shape.CODES:
            return entry.Codes(codes=value.items)
        case Shape.NUMBER:
            return entry.Number(number=int(value.items[0]))
        case Shape.DATE:
            return entry.Day(day=value.items[0])
