"""Interviews that are kept until they are handed in, and the handing in.

Rules of this file: at rest an interview is one age file, sealed to nobody but the interviewer, and
gone when it was handed in or thrown away. Handed in it is a submission as the line's server makes
one: each answer sealed to the reading key of its compartment, the whole to the general one, and a
packet of kind `begin` in the outbox, and the interviewer signs both; each file follows in a packet
of kind `file`. Nothing opened is written, and nothing leaves from here.

    interviews/CASE.age, and its files (`desk.enclosures`)
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.engine.codes import draw_case
from bot.engine.flow import Standing
from bot.engine.model import Form, Question
from desk.acting import Desk
from desk.enclosures import Enclosures
from desk.errors import InterviewDamaged, NoSuchInterview, NotReady
from desk.interviewing import Asking, Interview, files_of
from storage import age, disk, entry, package
from storage.act import Note
from storage.age import Identity, Recipient
from storage.document import Document, write
from storage.entry import Answer, FormRef, IndexEntry
from storage.errors import StorageError
from storage.line import GENERAL, Line
from storage.numbering import draw_number
from storage.packet import ENTRY, INDEX, Header
from storage.padding import entry_size, pad
from storage.rows import CaseId

FOLDER = "interviews"
KIND = "interview"
NAME = re.compile(r"([0-9a-f]{32})\.age", re.ASCII)
MOST_BYTES = 1 << 24
ENCLOSED = "File {} of the interview is put to the case."
DRAW = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Interviews:
    """The interviews of one person that are not handed in yet."""

    desk: Path
    own: Identity = field(repr=False)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.desk / FOLDER

    @property
    def enclosures(self) -> Enclosures:
        """Their files, sealed beside them."""
        return Enclosures(folder=self.folder)

    def keep(self, interview: Interview) -> None:
        """Keep an interview as it stands, sealed to the interviewer."""
        disk.make_folder(self.folder)
        sealed = age.seal(encode(interview), [self.own.recipient])
        disk.write(self._path(interview.case), sealed)
        named = {one.blob for one in files_of(interview)}
        self.enclosures.keep_only(interview.case, named)

    def settle(self, asking: Asking) -> None:
        """Keep an interview as it stands after an answer; without consent nothing is kept."""
        if asking.consented:
            self.keep(asking.interview)
        elif asking.refused:
            self.forget(asking.interview.case)

    def names(self) -> list[str]:
        """Return the ids of those that are here."""
        found = (NAME.fullmatch(path.name) for path in self.folder.glob("*.age"))
        return sorted(match[1] for match in found if match)

    def open(self, name: str) -> Interview:
        """Return an interview by its id or its beginning.

        Raises:
            NoSuchInterview: there is none, or more than one.
            InterviewDamaged: it is not what was kept, or another person's.
        """
        found = [one for one in self.names() if one.startswith(name.lower())]
        if len(found) != 1:
            raise NoSuchInterview(name)
        path = self._path(bytes.fromhex(found[0]))
        try:
            with path.open("rb") as file:
                return decode(age.open(file.read(MOST_BYTES), [self.own]))
        except StorageError:
            raise InterviewDamaged(path) from None

    def forget(self, case: CaseId) -> None:
        """Throw an interview away."""
        disk.erase(self._path(case))
        self.enclosures.keep_only(case)

    def hand_in(self, asking: Asking, hand: Desk) -> tuple[Header, str]:
        """Put an interview into the outbox as a case; return the packet's header and the number.

        Raises:
            NotReady: consent is missing, or there is nothing to hand in.
            EnclosureGone: a file is not here any more.
            NoRight, NotOnStaff, LineError: the person may not, today.
        """
        if not asking.ready:
            raise NotReady
        hand.check("act")
        case = asking.interview.case
        for file in asking.sent():
            self.enclosures.read(case, file)
        number = draw_number(secrets.token_bytes(DRAW))
        header = hand.post(
            "begin",
            case,
            lambda _device, _sequence: _parts(asking, hand, number),
            key=hand.reader.line.reading_key(hand.today, GENERAL).id,
        )
        for file in asking.sent():
            deed = Note(text=ENCLOSED.format(file.number))
            hand.enclose(case, deed, self.enclosures.read(case, file))
        self.forget(case)
        return header, number

    def _path(self, case: CaseId) -> Path:
        return self.folder / f"{case.hex()}.age"


def begin(form: Form, language: str, today: date, written: str = "") -> Interview:
    """Begin an interview, under a case id of its own."""
    case, _ = draw_case(secrets.token_bytes(DRAW))
    ref = FormRef(id=form.id, version=form.version, sha256=form.sha256)
    other = "" if written == language else written
    return Interview(case=case, form=ref, language=language, written=other, day=today)


def recipient_of(question: Question, line: Line, today: date) -> Recipient:
    """Return what a file that answers a question is sealed to."""
    return line.reading_key(today, question.compartment).recipient


def is_pinned(form: Form, line: Line) -> bool:
    """Tell whether the statement names this very form, so that the line asks the same."""
    pin = line.forms.get(form.id)
    return pin is not None and (pin.version, pin.sha256) == (form.version, form.sha256)


# --- the case ----------------------------------------------------------------------------------


def _parts(asking: Asking, hand: Desk, number: str) -> dict[str, bytes]:
    """Return the sealed submission and the sealed index entry."""
    interview, standing, line = asking.interview, asking.standing, hand.reader.line
    index = IndexEntry(
        case=interview.case,
        number=number,
        form=interview.form.id,
        version=interview.form.version,
        urgency=standing.urgency(),
        language=interview.language,
        day=hand.today,
        codes=standing.digest(),
    )
    whole = package.pack(
        case=interview.case,
        number=number,
        form=interview.form,
        language=interview.language,
        day=hand.today,
        index=index,
        answers=[_sealed(asking.form, one, line, hand.today) for one in _answers(asking, standing)],
        calculated=standing.calculated(),
        interviewer=hand.reader.name,
        signing=hand.reader.signing,
    )
    recipients = [line.reading_key(hand.today, GENERAL).recipient]
    return {
        ENTRY: age.seal(whole, recipients),
        INDEX: age.seal(entry.encode_index(index), recipients),
    }


def _answers(asking: Asking, standing: Standing) -> Iterator[Answer]:
    """Yield the answers that still belong to the others, in the form's order."""
    interview = asking.interview
    for sequence, ((question, repeat), part) in enumerate(standing.kept(), 1):
        yield Answer(
            case=interview.case,
            sequence=sequence,
            form=interview.form,
            question=question,
            repeat=repeat,
            part=part,
            value=interview.answers[question, repeat][part],
            language=interview.written or interview.language,
            day=interview.day,
        )


def _sealed(form: Form, answer: Answer, line: Line, today: date) -> tuple[str, bytes]:
    """Return an answer sealed to the reading key of its compartment, and that key's id."""
    key = line.reading_key(today, form.by_name[answer.question].compartment)
    return key.id, age.seal(entry.encode(answer), [key.recipient])


# --- at rest -----------------------------------------------------------------------------------


def encode(interview: Interview) -> bytes:
    """Return an interview as padded JSON."""
    data = write(
        KIND,
        {
            "answers": [
                {
                    "question": question,
                    "repeat": repeat,
                    "values": [entry.value_fields(value) for value in values],
                }
                for (question, repeat), values in interview.answers.items()
            ],
            "case": interview.case.hex(),
            "day": interview.day.isoformat(),
            "form": entry.form_fields(interview.form),
            "iterations": dict(interview.iterations),
            "language": interview.language,
            **({"written": interview.written} if interview.written else {}),
        },
    )
    return pad(data, entry_size(len(data)))


def decode(data: bytes) -> Interview:
    """Read an interview.

    Raises:
        FieldError: it is none.
    """
    document = Document.decode(data, file="An interview", kind=KIND)
    rounds = document.section("iterations")
    interview = Interview(
        case=document.hexadecimal("case", entry.CASE),
        form=entry.read_form(document.section("form")),
        language=document.language("language"),
        written=document.language("written") if document.has("written") else "",
        day=document.day("day"),
        answers=dict(map(_answer, document.sections("answers"))),
        iterations={name: rounds.whole(name, low=1) for name in rounds.values},
    )
    document.end()
    return interview


def _answer(document: Document) -> tuple[tuple[str, int], tuple[entry.Value, ...]]:
    key = document.code("question"), document.whole("repeat")
    values = tuple(map(entry.read_value, document.sections("values")))
    document.end()
    return key, values
