"""What stands inside a seal: one answer of a person, or the index entry of a case.

An answer may be a file: its entry then names the sealed file (a blob) and binds its content.

Rules of this file: plain values to padded plaintext and back; sealing is elsewhere. Nothing is lost
or changed on the way, and nothing half understood is accepted. A person's words are in no repr.
Sizes say little: an answer is padded by Padmé, an index entry has one size.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from storage.document import Document, write
from storage.errors import FieldError
from storage.filed import File, file_fields, read_file
from storage.padding import answer_size, pad

__all__ = ["Answer", "Codes", "Day", "File", "FormRef", "IndexEntry", "Number", "Value", "Words"]

ANSWER = "answer"
INDEX = "index"
PERSON = "person"  # the author of an answer
CASE = 16  # bytes of a case id
INDEX_BYTES = 512
MAX_COUNT = 10**9
COARSE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What the person wrote, as it came."""

    words: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """What the person chose."""

    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A whole number."""

    number: int = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A date that may be coarse: `2024`, `2024-05` or `2024-05-17`."""

    day: str = field(repr=False)


Value: TypeAlias = Words | Codes | Number | Day | File

#: The question of what a person adds to a case that is sent. No form has one of this name.
ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class FormRef:
    """Which form, exactly, was answered."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One part of one answer. `repeat` is 0 outside repeats; `sequence` is the author's own."""

    case: bytes
    sequence: int
    form: FormRef
    question: str
    repeat: int = 0
    part: int = 0
    value: Value = field(repr=False)
    language: str
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """What a digest tells of a case: no words. `codes_cut` when not all codes had room."""

    case: bytes
    number: str
    form: str
    version: str
    urgency: str
    language: str
    day: date
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    codes_cut: bool = False


# --- answers -----------------------------------------------------------------------------------


def encode(answer: Answer) -> bytes:
    """Return the answer as padded JSON."""
    data = write(
        ANSWER,
        {
            "author": PERSON,
            "case": answer.case.hex(),
            "day": answer.day.isoformat(),
            "form": form_fields(answer.form),
            "language": answer.language,
            "part": answer.part,
            "question": answer.question,
            "repeat": answer.repeat,
            "sequence": answer.sequence,
            "value": value_fields(answer.value),
        },
    )
    return pad(data, answer_size(len(data)))


def decode(data: bytes) -> Answer:
    """Read an answer.

    Raises:
        FieldError: it is not one, or says something unknown.
    """
    document = Document.decode(data, file="An answer", kind=ANSWER)
    if document.take("author", str, PERSON) != PERSON:
        raise document.wrong("author", f"the word {PERSON}")
    answer = Answer(
        case=document.hexadecimal("case", CASE),
        sequence=document.whole("sequence", high=MAX_COUNT),
        form=read_form(document.section("form")),
        question=document.code("question"),
        repeat=document.whole("repeat", high=MAX_COUNT),
        part=document.whole("part", high=MAX_COUNT),
        value=read_value(document.section("value")),
        language=document.language("language"),
        day=document.day("day"),
    )
    document.end()
    return answer


def form_fields(form: FormRef) -> dict[str, str]:
    """Return a form's reference as it stands in documents."""
    return {"id": form.id, "version": form.version, "sha256": form.sha256}


def read_form(document: Document) -> FormRef:
    """Read a form's reference: mostly one that was read before, in thousands of answers."""
    try:
        return _read_once(tuple(document.values.items()))
    except (
        FieldError,
        TypeError,
    ):  # as it is wrong; or something in it is no text, and has no hash
        return _read_form(document)


@lru_cache(maxsize=64)
def _read_once(fields: tuple[tuple[str, object], ...]) -> FormRef:
    return _read_form(Document(file="", path="", values=dict(fields)))


def _read_form(document: Document) -> FormRef:
    form = FormRef(
        id=document.code("id"), version=document.line("version"), sha256=document.sha256("sha256")
    )
    document.end()
    return form


def value_fields(value: Value) -> dict[str, object]:
    """Return a value as it stands in documents."""
    match value:
        case Words():
            return {"words": value.words}
        case Codes():
            return {"codes": value.codes}
        case Number():
            return {"number": value.number}
        case Day():
            return {"date": value.day}
        case File():
            return {"file": file_fields(value)}


def read_value(document: Document) -> Value:
    """Read a value."""
    value: Value
    if document.has("words"):
        value = Words(words=document.take("words", str, "a text"))
    elif document.has("codes"):
        value = Codes(codes=document.codes("codes"))
    elif document.has("number"):
        value = Number(number=document.whole("number", low=-(10**15)))
    elif document.has("file"):
        value = read_file(document.section("file"))
    else:
        value = Day(day=document.take("date", str, "a date like 2024-05"))
        if COARSE.fullmatch(value.day) is None:
            raise document.wrong("date", "a date like 2024, 2024-05 or 2024-05-17")
    document.end()
    return value


# --- index entries -----------------------------------------------------------------------------


def encode_index(entry: IndexEntry) -> bytes:
    """Return the index entry as JSON of exactly 512 bytes, leaving out codes without room.

    Raises:
        TooLong: it has no room even without any code.
    """
    return pad(write(INDEX, index_fields(cut(entry))), INDEX_BYTES)


def decode_index(data: bytes) -> IndexEntry:
    """Read an index entry.

    Raises:
        FieldError: it is not one, or says something unknown.
    """
    document = Document.decode(data, file="An index entry", kind=INDEX)
    entry = read_index(document)
    document.end()
    return entry


def cut(entry: IndexEntry) -> IndexEntry:
    """Return the entry with as many codes as fit: first one of each question, then the second."""
    if _fits(entry):
        return entry
    ranked = sorted(
        (rank, question, code)
        for question, codes in entry.codes.items()
        for rank, code in enumerate(codes)
    )
    low, high = 0, len(ranked)
    while low < high:  # the longest beginning of the ranked codes that fits
        middle = (low + high + 1) // 2
        if _fits(_with_codes(entry, ranked[:middle])):
            low = middle
        else:
            high = middle - 1
    return _with_codes(entry, ranked[:low])


def index_fields(entry: IndexEntry) -> dict[str, object]:
    """Return the entry's fields as they stand in documents."""
    fields: dict[str, object] = {
        "case": entry.case.hex(),
        "codes": dict(entry.codes),
        "day": entry.day.isoformat(),
        "form": entry.form,
        "language": entry.language,
        "number": entry.number,
        "urgency": entry.urgency,
        "version": entry.version,
    }
    return fields | ({"codes_cut": True} if entry.codes_cut else {})


def read_index(document: Document) -> IndexEntry:
    """Read the fields of an index entry; the caller ends the document."""
    codes = document.section("codes")
    return IndexEntry(
        case=document.hexadecimal("case", CASE),
        number=document.code("number"),
        form=document.code("form"),
        version=document.line("version"),
        urgency=document.code("urgency", blank=True),
        language=document.language("language"),
        day=document.day("day"),
        codes={question: codes.codes(question) for question in codes.values},
        codes_cut=document.has("codes_cut") and document.flag("codes_cut"),
    )


def _with_codes(entry: IndexEntry, ranked: list[tuple[int, str, str]]) -> IndexEntry:
    kept: dict[str, list[str]] = {}
    for _, question, code in ranked:
        kept.setdefault(question, []).append(code)
    codes = {question: tuple(codes) for question, codes in sorted(kept.items())}
    return replace(entry, codes=codes, codes_cut=True)


def _fits(entry: IndexEntry) -> bool:
    return len(write(INDEX, index_fields(entry))) <= INDEX_BYTES
