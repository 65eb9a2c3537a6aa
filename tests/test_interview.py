"""Interviews: what staff write down for a person becomes a case like any other, and is told apart."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desk import inbox, interviews, keyfile, reader
from desk.acting import Desk
from desk.dimensions import INTERVIEW, SOURCE
from desk.errors import (
    EmptyFile,
    EnclosureGone,
    InterviewDamaged,
    NoSuchInterview,
    NotReady,
    TooLargeFile,
)
from desk.form_labels import FormLabels, form_lists
from desk.interviewing import Asking, Interview
from desk.interviews import Interviews
from desk.mirror import FOLDER, Mirror
from desk.outbox import Outbox
from desk.reader import Reader
from desk.reports import Report, reports
from desk.values import given_of, value_of
from storage import age, entry, package, packet
from storage.age import Identity
from storage.entry import Codes, Day, Number, Words
from storage.errors import NoKeyFits
from storage.exchange import MAX_PACKET
from storage.packet import ENTRY, INDEX, LARGEST, MAX_FILE
from storage.padding import MIB
from tests.canary import found, text_forms
from tests.running import Firm
from tests.staffed import picture

TODAY = date(2026, 11, 22)
FORM = FormLabels().form
SAID = "They came to my mother's house in the night."
NOT_HERE = {"S1", "S2", "D1", "D2", "D3", "F1", "F2", "F3", "F3B"}
#: What is typed after the six words: consent to the end, with family in danger.
TYPED = ["1", "1", SAID, "Twice: 0912 345 678.", "", "CP, TD", "week", "JP", "more", "E"]
FAMILY = ["RR-NOW", "XJ", "parent", "no"]


def asking(interview: Interview) -> Asking:
    return Asking(form=FORM, interview=interview)


def told(**answers: str) -> Interview:
    """Return an interview in which some questions were answered by codes, in this order."""
    interview = interviews.begin(FORM, "en", TODAY)
    for name, code in answers.items():
        after = asking(interview).answer((name, 0), [Codes(codes=tuple(code.split()))])
        assert isinstance(after, Interview), (name, after)
        interview = after
    return interview


def names(interview: Interview) -> list[str]:
    return [one.question.name for one in asking(interview).questions()]


# --- what is asked -----------------------------------------------------------------------------


def test_nothing_but_consent_is_asked_before_consent() -> None:
    assert names(interviews.begin(FORM, "en", TODAY)) == ["N1", "N2", "N3", "N4", "C1"]
    assert names(told(C1="no")) == ["N1", "N2", "N3", "N4", "C1"]


def test_what_is_for_chats_only_is_never_asked() -> None:
    interview = told(
        C1="yes", C2="adult", A3="earlier", M0="more", M1="E G H", E1="RR-NOW", G1="EV-CHAT"
    )
    asked = set(names(interview))
    assert asked & NOT_HERE == set()
    assert {"A1", "A2", "A3", "A3Y", "A4", "E2", "G2", "H1"} <= asked


def test_the_form_s_rules_hold() -> None:
    interview = told(C1="yes", C2="under18", A3="earlier")
    look = asking(interview)
    assert look.answer(("A3Y", 0), [Day(day="1900")]) == "wrong-constraint"
    assert look.answer(("A2", 0), [Codes(codes=("NOT-THERE",))]) == "wrong-constraint"
    assert look.answer(("C1", 0), ()) == "cannot-skip"
    assert look.answer(("E1", 0), [Codes(codes=("RR-NOW",))]) == "no-question"
    assert look.answer(("A3", 0), [Codes(codes=("week",))] * 2) == "too-many"
    assert not look.ready


def test_an_answer_that_no_longer_belongs_is_left_out() -> None:
    interview = told(C1="yes", C2="adult", A2="CP", M0="more", M1="E", E1="RR-NOW", E2="XJ")
    look = asking(interview)
    assert look.standing.urgency() == "U2"
    after = look.answer(("M0", 0), [Codes(codes=("send",))])
    assert isinstance(after, Interview)
    kept = {key[0] for key, _ in asking(after).standing.kept()}
    assert kept == {"C1", "C2", "A2", "M0"}
    assert asking(after).standing.urgency() == "U3"


@pytest.mark.parametrize(
    "value", [Words(words="x"), Codes(codes=("a", "b")), Number(number=-3), Day(day="2024-05")]
)
def test_values_go_to_the_rules_and_back(value: entry.Value) -> None:
    given = given_of(value)
    assert given is not None
    assert value_of(given) == value


# --- at rest -----------------------------------------------------------------------------------


def test_an_unfinished_interview_opens_to_its_interviewer_alone(tmp_path: Path) -> None:
    own = Identity.generate()
    kept = Interviews(desk=tmp_path, own=own)
    interview = told(C1="yes", C2="adult")
    after = asking(interview).answer(("A1", 0), [Words(words=SAID)])
    assert isinstance(after, Interview)
    kept.keep(replace(after, iterations={"times": 2}))
    (name,) = kept.names()
    assert kept.open(name[:6]) == replace(after, iterations={"times": 2})
    assert found([text_forms(SAID)], tmp_path) == []
    with pytest.raises(InterviewDamaged):
        Interviews(desk=tmp_path, own=Identity.generate()).open(name)
    with pytest.raises(NoSuchInterview):
        kept.open("ffffff" if not name.startswith("ffffff") else "000000")
    kept.forget(after.case)
    assert kept.names() == []


def test_what_is_not_ready_is_not_handed_in(founded: Firm, tmp_path: Path) -> None:
    firm = founded.copy(tmp_path / "firm")
    who = reader_of(firm)
    outbox = Outbox(desk=who.desk, signing=who.signing)
    mirror = Mirror(folder=who.desk / FOLDER)
    hand = Desk(reader=who, mirror=mirror, outbox=outbox, today=firm.office.today)
    kept = Interviews(desk=who.desk, own=who.own)
    for interview in (told(), told(C1="no"), told(C1="yes", C2="adult")):
        with pytest.raises(NotReady):
            kept.hand_in(asking(interview), hand)
    assert not outbox.folder.exists()


# --- the whole way -----------------------------------------------------------------------------


def reader_of(firm: Firm) -> Reader:
    desk = firm.office.desk("anna")
    return reader.open_reading_keys(desk, firm.office.line_folder, lambda: firm.words)


def counted(firm: Firm) -> list[Report]:
    who = reader_of(firm)
    items = inbox.read_inbox(Mirror(folder=who.desk / FOLDER), who, FormLabels().order).items
    return list(reports([item.casefile for item in items if item.casefile], lists=form_lists))


def test_an_interview_becomes_a_case_like_any_other(founded: Firm, tmp_path: Path) -> None:
    firm = founded.copy(tmp_path / "firm")
    office, anna = firm.office, firm.office.desk("anna")
    shown = office.run("interview", desk="anna", answers=[firm.words, *TYPED, "."])
    assert "Kept, sealed to you" in shown
    (name,) = Interviews(desk=anna, own=Identity.generate()).names()
    assert name[:8] in office.run("interview", "--kept", desk="anna", answers=[firm.words])

    typed = [firm.words, *FAMILY, "yes"]
    shown = office.run("interview", "--go-on", name[:8], desk="anna", answers=typed)
    assert "There is a long number in it" in shown
    assert SAID in shown
    assert "Read aloud: " not in shown  # that was done before consent
    number = shown.split("Case ")[-1].split(".")[0]
    assert list((anna / "interviews").iterdir()) == []
    assert found([text_forms(SAID)], anna) == []

    taken = firm.line("packets", "import", str(anna / "outbox")).stdout
    assert "taken" in taken
    firm.line("digest", "now")
    ((submission, answers),) = firm.cases()
    assert (submission.number, submission.interviewer) == (number, "anna")
    assert submission.return_address is None
    assert submission.index.urgency == "U2"
    codes = {a.question: a.value.codes for a in answers if isinstance(a.value, Codes)}
    assert codes["C1"] == ("yes",)  # consent is an answer of the case
    assert codes["E1"] == ("RR-NOW",)
    words = [a.value.words for a in answers if isinstance(a.value, Words)]
    assert words == [SAID, "Twice: 0912 345 678."]

    office.run("open", str(firm.home / "digests"), desk="anna", answers=[firm.words])
    shown = office.run("show", number, desk="anna", answers=[firm.words])
    assert "Interview by" in shown
    assert SAID in shown
    (report,) = counted(firm)
    assert report.codes[SOURCE] == {INTERVIEW}
    assert "WRONG" not in office.run("verify", desk="anna", answers=[firm.words])


def test_each_answer_is_sealed_to_its_own_compartment(founded: Firm, tmp_path: Path) -> None:
    firm = founded.copy(tmp_path / "firm")
    office = firm.office
    typed = [firm.words, *TYPED, *FAMILY, "yes"]
    office.run("interview", "--language", "ug", "--written", "tr", desk="anna", answers=typed)
    (path,) = (office.desk("anna") / "outbox").glob("*.tar")
    own = keyfile.load(office.desk("anna"), lambda: firm.words)
    signature = path.with_name(path.name + ".sig").read_text()
    made = packet.check(path.read_bytes(), signature, {"anna": own.signing.public})
    assert made.header.kind == "begin"
    assert set(made.parts) == {ENTRY, INDEX}
    keys = firm.reading_keys()
    whole = package.unpack(age.open(made.parts[ENTRY], keys))
    opened = [(entry.decode(age.open(one.sealed, keys)), one.key) for one in whole.answers]
    sealed_to = {answer.question: key.rpartition("-")[2] for answer, key in opened}
    assert {answer.language for answer, _ in opened} == {"tr"}
    assert whole.submission.language == "ug"
    assert sealed_to["A1"] == "general"
    assert {sealed_to[name] for name in ("E1", "E2", "E2W", "E2K")} == {"relatives"}
    index = entry.decode_index(age.open(made.parts[INDEX], keys))
    assert (index.case, index.number) == (whole.submission.case, whole.submission.number)


def test_photographs_go_with_the_interview(founded: Firm, tmp_path: Path) -> None:
    firm = founded.copy(tmp_path / "firm")
    office, anna = firm.office, firm.office.desk("anna")
    papers = tmp_path / "papers"
    papers.mkdir()
    for name in ("letter.jpg", "stamp.jpg"):
        (papers / name).write_bytes(picture() + name.encode() * 9000)
    typed = [
        *(firm.words, *TYPED[:-1], "G", "EV-LETTER", str(papers / "none.jpg")),
        *(str(papers / "letter.jpg"), str(papers), str(papers / "stamp.jpg"), ""),
        *("EQ-ORIG", "no", "EP-MINE"),
    ]
    shown = office.run("interview", desk="anna", answers=[*typed, "."])
    assert "none.jpg" in shown  # that it is not there
    kept = sorted(path.name for path in (anna / "interviews").iterdir())
    assert sorted(name.count(".") for name in kept) == [1, 2, 2]
    assert found([text_forms("stamp.jpg"), text_forms("secret place")], anna) == []

    name = kept[0][:8]
    shown = office.run("interview", "--go-on", name, desk="anna", answers=[firm.words, "yes"])
    assert "letter.jpg" in shown
    number = shown.split("Case ")[-1].split(".")[0]
    assert list((anna / "interviews").iterdir()) == []
    assert "a file of an interview" in office.run(
        "packets", "list", desk="anna", answers=[firm.words]
    )
    assert firm.line("packets", "import", str(anna / "outbox")).stdout.count("taken") == 4
    assert firm.line("retention", "now").returncode == 0
    firm.line("bundle", "export", "--files")
    office.run("open", str(firm.home / "digests"), desk="anna", answers=[firm.words])
    shown = office.run("show", number, desk="anna", answers=[firm.words])
    assert "2, all here" in shown
    opened = tmp_path / "opened"
    office.run("files", number, "--to", str(opened), desk="anna", answers=[firm.words])
    came = {path.read_bytes() for path in opened.rglob("*.quarantine")}
    assert came == {path.read_bytes() for path in papers.iterdir()}
    left = [path.name for path in (anna / "outbox").glob("*.tar")]
    assert not [name for name in left if name.endswith(("1.tar", "2.tar", "3.tar"))]


def test_a_file_that_is_taken_out_or_thrown_away_leaves_nothing(tmp_path: Path) -> None:
    own, reading = Identity.generate(), Identity.generate()
    kept = Interviews(desk=tmp_path, own=own)
    interview = told(C1="yes", C2="adult", M0="more", M1="G", G1="EV-PHOTO")
    (tmp_path / "a.jpg").write_bytes(picture())
    path, case = tmp_path / "a.jpg", interview.case
    one, two = (kept.enclosures.add(case, reading.recipient, path, n) for n in (1, 2))
    assert (one.type, one.kind, one.name) == ("image/jpeg", "photo", "a.jpg")
    assert one.blob != two.blob
    sealed = kept.enclosures.read(case, one)
    assert age.open(sealed, [reading]) == picture()
    with pytest.raises(NoKeyFits):
        age.open(sealed, [own])
    after = asking(interview).answer(("G1F", 0), [one, two])
    assert isinstance(after, Interview)
    kept.keep(after)
    assert kept.open(case.hex()) == after
    left = asking(after).answer(("G1F", 0), [two])
    assert isinstance(left, Interview)
    kept.keep(left)
    with pytest.raises(EnclosureGone):
        kept.enclosures.read(case, one)
    (name,) = (tmp_path / "interviews").glob(f"{case.hex()}.{two.blob.hex()}.age")
    name.write_bytes(name.read_bytes()[:-1])
    with pytest.raises(EnclosureGone):
        kept.enclosures.read(case, two)
    kept.forget(case)
    assert list((tmp_path / "interviews").iterdir()) == []


def test_what_is_no_file_for_an_interview_leaves_nothing(tmp_path: Path) -> None:
    enclosures = Interviews(desk=tmp_path, own=Identity.generate()).enclosures
    recipient, path = Identity.generate().recipient, tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(LARGEST * MIB + 1)
    with pytest.raises(TooLargeFile):
        enclosures.add(bytes(16), recipient, path, 1)
    path.write_bytes(b"")
    with pytest.raises(EmptyFile):
        enclosures.add(bytes(16), recipient, path, 1)
    assert list(enclosures.folder.iterdir()) == []
    assert age.sealed_size(LARGEST * MIB) < MAX_FILE < MAX_PACKET - MIB


def test_without_consent_nothing_is_kept(founded: Firm, tmp_path: Path) -> None:
    firm = founded.copy(tmp_path / "firm")
    for typed in (["2"], ["."], ["-", "no"]):
        shown = firm.office.run("interview", desk="anna", answers=[firm.words, *typed])
        assert "Without consent nothing is kept" in shown
    assert not list((firm.office.desk("anna") / "interviews").glob("*"))
    assert not (firm.office.desk("anna") / "outbox").exists()
