"""An interview on the page: the form's own rules, nothing kept before consent, nothing open at rest."""

import hashlib
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from bot.engine.answers import MOST_CHARACTERS
from desk import kept_forms, keyfile, outgoing, vault
from desk.interviewing import Interview
from desk.interviews import Interviews
from desk.waiting import Waiting
from desk.web.gate import BYTES
from storage import age, entry, package, packet
from storage.entry import Codes, Day, File, Words
from storage.outcome import Outcome
from storage.packet import ENTRY, FILE, INDEX, LARGEST
from storage.rows import Origin
from storage.tombstone import Told
from storage.unit import IndexEntry, NewEntry
from tests.browsing import ORIGIN, Browser, browsing
from tests.canary import found, text_forms
from tests.staffed import INTAKE, NOW, Staffed, picture

SAID = "They came to my mother's house in the night."
TWICE = "Twice."
NAME = re.compile(r"interview/([0-9a-f]{32})")
ALL = ("1", "2")


class Met:
    """Ana, and somebody who sits across from her."""

    def __init__(self, staffed: Staffed, browser: Browser) -> None:
        self.staffed, self.browser, self.name = staffed, browser, ""

    @property
    def folder(self) -> Path:
        return self.staffed.office.desk("ana")

    @property
    def kept(self) -> list[Interview]:
        """The interviews that lie on the disk."""
        own = keyfile.load(self.folder, lambda: "")
        here = Interviews(desk=self.folder, own=own.reading)
        return [here.open(name) for name in here.names()]

    @property
    def waiting(self) -> list[Waiting]:
        """The cases that were begun and wait in the outbox."""
        lying = self.staffed.book("ana").outbox.lying()
        return [one for one in lying if one.header.kind == "begin"]

    async def begin(self, language: str = "en", written: str = "") -> str:
        """Begin; return where the browser is sent."""
        await self.browser.get("interview")
        told = {"language": language, "written": written}
        sent = await self.browser.post("interview", told)
        found = NAME.search(sent.headers["location"])
        assert found is not None
        self.name = found[1]
        return await self.follow(f"interview/{self.name}")

    async def follow(self, place: str) -> str:
        """Look at a page; return the question that it leads to."""
        answer = await self.browser.get(place)
        if answer.status_code == 303:
            return await self.follow(answer.headers["location"].removeprefix(self.browser.at()))
        return place.removeprefix(f"interview/{self.name}/").removesuffix("/0")

    async def say(self, question: str, *codes: str, text: str = "", do: str = "next") -> str:
        """Answer a question; return where that leads, or where it stays."""
        place = f"interview/{self.name}/{question}/0"
        told: dict[str, str | list[str]] = {"code": [*codes], "text": text, "do": do}
        answer = await self.browser.post(place, told)
        if answer.status_code != 303:
            return question
        return await self.follow(answer.headers["location"].removeprefix(self.browser.at()))

    async def note(self, question: str, text: str, turn: str | None = None) -> str:
        """Write on without saying that it is all; return what is said of it."""
        told = {"text": text, "turn": self.turn if turn is None else turn}
        await self.browser.post(f"interview/{self.name}/{question}/0/noted", told)
        return unescape(re.sub(r"<[^>]+>", "", self.browser.shown)).strip()

    @property
    def turn(self) -> str:
        shown = re.search(r'name="turn" value="(\d+)"', self.browser.shown)
        return shown[1] if shown else ""

    async def lock_and_unlock(self) -> None:
        await self.browser.post("lock")
        await self.browser.get("unlock")
        await self.browser.post("unlock", {"words": ""})

    async def agree(self) -> None:
        await self.begin()
        assert await self.say("C1", "yes") == "C2"
        assert await self.say("C2", "adult") == "A1"

    def open(self) -> tuple[package.Submission, list[entry.Answer], int]:
        """Open the one case that was handed in, as a colleague will, as far as ana's keys do."""
        (waits,) = self.waiting
        own = keyfile.load(self.folder, lambda: "")
        made = packet.check(waits.data, waits.signature, {"ana": own.signing.public})
        keys = self.staffed.book("ana").reader.keys
        whole = package.unpack(age.open(made.parts[ENTRY], list(keys.values())))
        held = [one for one in whole.answers if one.key in keys]
        answers = [entry.decode(age.open(one.sealed, [keys[one.key]])) for one in held]
        closed = [one for one in whole.answers if one.key not in keys]
        assert {one.key.rpartition("-")[2] for one in closed} <= {"relatives"}
        return whole.submission, answers, len(closed)


def lies_open(folder: Path) -> list[str]:
    """Return where words or a chosen code lie open; each code stands in the public form, kept whole."""
    forms = folder / kept_forms.FOLDER
    for one in forms.glob("*/form.md"):
        assert kept_forms.read(folder, one.parent.name) is not None
    others = [one for one in folder.iterdir() if one != forms]
    return found([text_forms(SAID)], folder) + found([text_forms("RR-NOW")], *others)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Staffed:
    return Staffed(tmp_path_factory.mktemp("met") / "office")


@pytest.fixture
async def met(office: Staffed, tmp_path: Path) -> AsyncIterator[Met]:
    staffed = office.copied(tmp_path / "office")
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as browser:
        browser.watch.forward(days=(NOW - browser.watch().date()).days)
        await browser.unlock()
        yield Met(staffed, browser)


# --- the whole way -----------------------------------------------------------------------------


async def test_somebody_who_is_met_becomes_a_case_like_any_other(met: Met) -> None:
    assert await met.begin("ug", "en") == "C1"
    assert "2 of our team can read reports" in met.browser.shown
    assert "We keep it for 24 months" in met.browser.shown
    assert "this one too, can open it" in met.browser.shown  # the line's texts speak of a bot
    for question, codes, text, leads in (
        ("C1", ("yes",), "", "C2"),
        ("C2", ("PNS",), "", "A1"),
        ("A1", (), f"{SAID}\r\n\r\n{TWICE}", "A2"),
        ("A2", ("TD", "UNK", "CP"), "", "A3"),
        ("A3", ("earlier",), "", "A3Y"),
        ("A3Y", (), " 2021 05 ", "A4"),
        ("A4", ("JP",), "", "M0"),
        ("M0", ("more",), "", "M1"),
        ("M1", ("E",), "", "E1"),
        ("E1", ("RR-NOW",), "", "E2"),
        ("E2", ("XJ",), "", "E2W"),
    ):
        assert await met.say(question, *codes, text=text) == leads
    assert await met.say("E2W", do="skip") == "E2K"
    assert "this one too, can open it" not in met.browser.shown
    assert await met.say("E2K", "no") == "review"
    assert "They came to my mother&#39;s house" in met.browser.shown
    assert "They are in danger now" in met.browser.shown
    assert lies_open(met.folder) == []

    sent = await met.browser.post(f"interview/{met.name}/review")
    await met.follow(sent.headers["location"].removeprefix(met.browser.at()))
    submission, answers, closed = met.open()
    assert f"Case {submission.number}. It waits here" in met.browser.shown
    assert (submission.interviewer, submission.language) == ("ana", "ug")
    assert submission.index.urgency == "U2"
    assert submission.return_address is None
    assert {one.language for one in answers} == {"en"}
    told = {one.question: one.value for one in answers}
    assert told["A1"] == Words(words=f"{SAID}\n\n{TWICE}")
    assert told["A2"] == Codes(codes=("CP", "TD"))
    assert told["A3Y"] == Day(day="2021-05")
    assert closed == 3  # E1, E2, E2K
    assert met.kept == []
    assert lies_open(met.folder) == []


async def test_the_case_says_that_it_is_an_interview_and_by_whom(met: Met) -> None:
    await met.agree()
    await met.say("A1", text=SAID)
    await met.browser.get(f"interview/{met.name}/review")
    await met.browser.post(f"interview/{met.name}/review")
    submission, _, _ = met.open()
    (waits,) = met.waiting
    made, day = packet.decode(waits.data), met.staffed.office.today
    case, key = made.header.case, made.header.key
    entered = NewEntry(case=case, key=key, sealed=made.parts[ENTRY], day=day, origin=Origin.PACKET)
    told = IndexEntry(case=case, key=key, sealed=made.parts[INDEX], day=day)
    await met.staffed.append(entered, index=told)
    await met.staffed.bring("ana")
    await met.browser.get()
    await met.browser.get(f"case/{submission.number}")
    assert "interview by ana" in met.browser.shown
    assert "wrote down what the person told" in met.browser.shown
    assert "sent the case" not in met.browser.shown
    shown = met.staffed.office.run("show", submission.number, desk="ana")
    assert "ana wrote down what the person told" in shown


async def test_a_button_that_is_pressed_twice_hands_in_once(met: Met) -> None:
    await met.agree()
    await met.say("A1", text=SAID)
    assert (await met.browser.get(f"interview/{met.name}/review")).status_code == 200
    for _ in ALL:
        sent = await met.browser.post(f"interview/{met.name}/review")
        assert sent.headers["location"] == met.browser.at("interview")
    assert len(met.waiting) == 1


async def test_a_number_as_of_a_document_is_pointed_at_before_it_is_handed_in(met: Met) -> None:
    await met.agree()
    await met.say("A1", text=f"{SAID} My passport is E1234 5678.")
    await met.browser.get(f"interview/{met.name}/review")
    assert "There is a long number in it" in met.browser.shown
    await met.say("A1", text=SAID)
    await met.browser.get(f"interview/{met.name}/review")
    assert "There is a long number in it" not in met.browser.shown


async def test_in_a_vault_what_was_handed_in_is_carried(met: Met) -> None:
    vault.mark(met.folder)
    await met.agree()
    await met.say("A1", text=SAID)
    sent = await met.browser.post(f"interview/{met.name}/review")
    await met.follow(sent.headers["location"].removeprefix(met.browser.at()))
    assert "when you carry it: quietline-desk packets export FOLDER" in met.browser.shown


async def test_what_is_not_enough_is_not_handed_in(met: Met) -> None:
    await met.agree()
    await met.browser.get(f"interview/{met.name}/review")
    assert "There is not enough to hand in" in met.browser.shown
    sent = await met.browser.post(f"interview/{met.name}/review")
    assert sent.status_code == 409
    assert (met.waiting, len(met.kept)) == ([], 1)


# --- consent -----------------------------------------------------------------------------------


async def test_before_consent_nothing_is_kept_and_a_lock_forgets_it(met: Met) -> None:
    assert await met.begin() == "C1"
    assert await met.say("C1") == "C1"
    assert "There is no answer yet." in met.browser.shown
    assert not (met.folder / "interviews").exists()
    await met.lock_and_unlock()
    gone = await met.browser.get(f"interview/{met.name}/C1/0")
    assert gone.status_code == 409
    await met.browser.get("interview")
    assert "Not handed in" not in met.browser.shown


async def test_who_says_no_leaves_nothing(met: Met) -> None:
    await met.begin()
    assert await met.say("C1", "no") == "interview"
    assert "Without consent nothing is kept. Nothing was." in met.browser.shown
    assert (met.kept, met.waiting) == ([], [])


async def test_consent_that_is_withdrawn_destroys_all_but_not_by_a_slip(met: Met) -> None:
    await met.agree()
    await met.say("A1", text=SAID)
    assert await met.say("C1", "no") == "C1"
    assert "all that was written down is destroyed now" in met.browser.shown
    assert await met.say("C1", "no", do="back") == "interview"
    assert len(met.kept) == 1
    assert await met.say("C1", "no", do="withdraw") == "interview"
    assert met.kept == []


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "told", "says"),
    [
        ("C1", {"do": "skip"}, "This one cannot be skipped."),
        ("A1", {"text": "x" * (MOST_CHARACTERS + 1)}, "That is too long."),
        ("A2", {"code": ["CP", "NOT-THERE"]}, "That is none of the choices."),
        ("A3", {"code": ["week", "month"]}, "That is none of the choices."),
        ("A3", {"code": []}, "There is no answer yet."),
        ("A3Y", {"text": "1900"}, "Please give a year such as 2021"),
        ("A3Y", {"text": "<soon>"}, "That is no date"),
    ],
)
async def test_what_is_no_answer_is_said_and_stays_as_it_was_typed(
    met: Met, question: str, told: dict[str, str | list[str]], says: str
) -> None:
    await met.agree()
    await met.say("A3", "earlier")
    (before,) = met.kept
    await met.browser.post(f"interview/{met.name}/{question}/0", told)
    assert says in met.browser.shown
    assert str(told.get("text", "")).replace("<", "&lt;").replace(">", "&gt;") in met.browser.shown
    assert met.kept == [before]


async def test_one_goes_back_and_anywhere_and_loses_nothing(met: Met) -> None:
    await met.agree()
    assert await met.say("A4", "TR") == "A1"  # told before it was asked: what is open comes next
    assert await met.say("A1", text=SAID, do="back") == "C2"
    assert await met.follow(f"interview/{met.name}/A1/0") == "A1"
    assert "They came to my mother" in met.browser.shown
    assert await met.say("A1", do="back") == "C2"  # an empty field takes nothing out
    (kept,) = met.kept
    assert kept.answers["A1", 0] == (Words(words=SAID),)
    assert kept.answers["A4", 0] == (Codes(codes=("TR",)),)
    assert await met.say("A1", do="skip") == "A2"
    assert met.kept[0].answers["A1", 0] == ()
    assert await met.follow(f"interview/{met.name}/E1/0") == "A2"  # not asked of them
    assert await met.say("E1", "RR-NOW") == "A2"
    assert ("E1", 0) not in met.kept[0].answers


async def test_a_long_story_becomes_parts(met: Met) -> None:
    await met.agree()
    paragraphs = [letter * (MOST_CHARACTERS - 9) for letter in "abc"]
    assert await met.say("A1", text="\n\n".join([TWICE, *paragraphs])) == "A2"
    parts = met.kept[0].answers["A1", 0]
    assert [len(one.words) for one in parts if isinstance(one, Words)] == [
        MOST_CHARACTERS - 9 + len(TWICE) + 2,
        MOST_CHARACTERS - 9,
        MOST_CHARACTERS - 9,
    ]
    await met.follow(f"interview/{met.name}/A1/0")
    assert "\n\n".join([TWICE, *paragraphs]) in met.browser.shown


async def test_what_is_written_is_kept_sealed_while_it_is_written(met: Met) -> None:
    await met.agree()
    old = met.turn
    assert await met.note("A1", SAID, old) == "Kept, sealed to you."
    assert met.kept[0].answers["A1", 0] == (Words(words=SAID),)
    assert found([text_forms(SAID)], met.folder) == []
    assert await met.note("A1", SAID + TWICE, old) == "Kept, sealed to you."
    assert "too long" in await met.note("A1", "x" * (MOST_CHARACTERS + 1), old)
    await met.say("A1", text=TWICE)
    assert await met.note("A1", SAID, old) == ""  # it comes late: the answer stands
    assert met.kept[0].answers["A1", 0] == (Words(words=TWICE),)
    await met.follow(f"interview/{met.name}/A1/0")
    assert await met.note("A1", "") == "Kept, sealed to you."
    assert await met.follow(f"interview/{met.name}") == "A1"


# --- files -------------------------------------------------------------------------------------


async def send_file(met: Met, data: bytes, name: str, **changed: str) -> httpx.Response:
    """Send a file as the page does."""
    place = f"interview/{met.name}/G1F/0/file"
    headers = {
        "origin": ORIGIN,
        "content-type": "application/octet-stream",
        "x-form": met.browser.form,
        "x-name": quote(name),
        **changed,
    }
    return await met.browser.client.post(met.browser.at(place), content=data, headers=headers)


async def with_papers(met: Met) -> None:
    await met.agree()
    for question, code in (("M0", "more"), ("M1", "G"), ("G1", "EV-LETTER")):
        await met.say(question, code)
    assert await met.follow(f"interview/{met.name}/G1F/0") == "G1F"


async def test_a_photograph_goes_sealed_with_the_interview(met: Met) -> None:
    await with_papers(met)
    photo, letter = picture(), b"Dear Sir, " * 100_000
    assert (await send_file(met, photo, "../stamp\u202e <b>.jpg")).status_code == 204
    assert (await send_file(met, letter, "letter.txt")).status_code == 204
    assert (
        found(
            [text_forms("secret place"), text_forms("Dear Sir"), text_forms("letter.txt")],
            met.folder,
        )
        == []
    )
    await met.follow(f"interview/{met.name}/G1F/0")
    assert "stamp &lt;b&gt;.jpg" in met.browser.shown
    assert "\u202e" not in met.browser.shown
    assert await met.say("G1F") == "A1"
    await met.say("A1", text=SAID)
    await met.browser.get(f"interview/{met.name}/review")
    assert "letter.txt" in met.browser.shown
    assert "u000a" not in met.browser.shown
    await met.browser.post(f"interview/{met.name}/review")
    _, answers, _ = met.open()
    files = [one.value for one in answers if isinstance(one.value, File)]
    assert [(one.name, one.type, one.kind, one.number) for one in files] == [
        ("stamp <b>.jpg", "image/jpeg", "photo", 1),
        ("letter.txt", "", "document", 2),
    ]
    lying = met.staffed.book("ana").outbox.lying()
    brought = [packet.decode(one.data) for one in lying if one.header.kind == "file"]
    keys = list(met.staffed.book("ana").reader.keys.values())
    for file, one, data in zip(files, brought, (photo, letter), strict=True):
        sealed = one.parts[FILE]
        assert age.open(sealed, keys) == data
        assert hashlib.sha256(sealed).hexdigest() == file.sealed_sha256
        assert hashlib.sha256(data).hexdigest() == file.sha256
        assert packet.blob_id(one.header.case, file.sealed_sha256) == file.blob
    assert list((met.folder / "interviews").iterdir()) == []


async def test_an_interview_that_was_refused_goes_again_as_it_was(met: Met) -> None:
    await with_papers(met)
    await send_file(met, picture(), "letter.jpg")
    await met.say("A1", text=SAID)
    await met.browser.get(f"interview/{met.name}/review")
    await met.browser.post(f"interview/{met.name}/review")
    book = met.staffed.book("ana")
    old = [one for one in book.outbox.lying() if one.header.kind in {"begin", "file"}]
    told = [
        Told(device=one.header.device, sequence=one.header.sequence, outcome=why, day=NOW)
        for one, why in zip(old, (Outcome.EXPIRED, Outcome.CASE), strict=True)
    ]
    book.outbox.settle(told)
    before = [packet.decode(one.data).parts for one in old]
    for one in old:
        outgoing.again(book, outgoing.refused(book, one.header.sequence), None)
    new = [one for one in book.outbox.lying() if one.header.kind in {"begin", "file"}]
    assert [one.header.kind for one in new] == ["begin", "file"]
    assert {one.number for one in new}.isdisjoint({one.number for one in old})
    after = [packet.decode(one.data).parts for one in new]
    assert before[0] == after[0]
    assert before[1][FILE] == after[1][FILE]


async def test_a_file_can_be_taken_out_again(met: Met) -> None:
    await with_papers(met)
    await send_file(met, b"one", "one.txt")
    await send_file(met, b"two", "two.txt")
    (kept,) = met.kept
    one, two = kept.answers["G1F", 0]
    assert isinstance(one, File)
    await met.browser.post(f"interview/{met.name}/G1F/0/out", {"blob": one.blob.hex()})
    assert met.kept[0].answers["G1F", 0] == (two,)
    assert len(list((met.folder / "interviews").iterdir())) == 2
    assert await met.say("G1F", do="skip") != "G1F"
    assert len(list((met.folder / "interviews").iterdir())) == 1


async def test_what_cannot_be_taken_is_said_and_leaves_nothing(met: Met) -> None:
    await with_papers(met)
    before = sorted((met.folder / "interviews").iterdir())
    for data, changed, status in (
        (b"", {}, 409),
        (b"x", {"x-form": "not ours"}, 403),
        (b"x", {"origin": "http://127.0.0.1:1"}, 403),
        (b"x", {"content-type": "text/plain", "content-length": str(2 << 20)}, 413),
        (b"x", {"content-length": str((LARGEST << 20) + 1)}, 413),
    ):
        assert (await send_file(met, data, "x.txt", **changed)).status_code == status
    assert sorted((met.folder / "interviews").iterdir()) == before
    await met.follow(f"interview/{met.name}/G1F/0")
    assert "There is nothing in this file." in met.browser.shown
    sent = await met.browser.client.post(
        met.browser.at(f"interview/{met.name}/A1/0/file"),
        content=b"x",
        headers={"origin": ORIGIN, "content-type": BYTES, "x-form": met.browser.form},
    )
    assert sent.status_code == 409  # it is no question for files
    await met.browser.post("lock")
    assert (await send_file(met, b"x", "x.txt")).status_code == 403
    assert sorted((met.folder / "interviews").iterdir()) == before


async def test_a_lock_that_falls_while_a_file_comes_leaves_nothing_of_it(met: Met) -> None:
    await with_papers(met)
    before = sorted((met.folder / "interviews").iterdir())

    async def pieces() -> AsyncIterator[bytes]:
        yield b"half of it"
        met.browser.seat.lock()
        yield b"and the rest"

    headers = {"origin": ORIGIN, "content-type": BYTES, "x-form": met.browser.form}
    sent = await met.browser.client.post(
        met.browser.at(f"interview/{met.name}/G1F/0/file"),
        content=pieces(),
        headers={**headers, "content-length": "22"},
    )
    assert sent.status_code == 403
    assert sorted((met.folder / "interviews").iterdir()) == before


# --- what is not finished ----------------------------------------------------------------------


async def test_an_interview_goes_on_after_a_lock_or_is_thrown_away(met: Met) -> None:
    await met.agree()
    await met.lock_and_unlock()
    await met.browser.get("interview")
    assert "English · 2 answered" in met.browser.shown
    assert await met.follow(f"interview/{met.name}") == "A1"
    await met.browser.post(f"interview/{met.name}/forget")
    assert met.kept == []
    await met.browser.get("interview")
    assert "The interview is thrown away." in met.browser.shown


async def test_one_that_does_not_open_is_named_and_hides_no_other(met: Met) -> None:
    await met.agree()
    (met.folder / "interviews" / f"{'ab' * 16}.age").write_bytes(b"nothing of ours")
    await met.browser.get("interview")
    assert "is not what was kept" in met.browser.shown
    assert "English · 2 answered" in met.browser.shown


# --- languages and rights ----------------------------------------------------------------------


async def test_only_texts_that_the_line_offers_are_put_to_a_person(met: Met) -> None:
    await met.begin("ug")
    assert 'class="spoken" lang="ug" dir="rtl"' in met.browser.shown
    assert "May we receive and keep what you send" in met.browser.shown  # small, for ana
    for language in ("zh-Hans", "bo"):  # one is not in the statement, of the other there are none
        await met.begin(language)
        assert 'class="spoken" lang="en" dir="ltr"' in met.browser.shown
        assert "The line has no texts in this language" in met.browser.shown
        assert not re.search("[\u4e00-\u9fff]", met.browser.shown.split("<main")[1])


async def test_who_may_only_read_asks_nobody(met: Met) -> None:
    office = met.staffed.office
    office.add("ana", "--rights", "read")
    await met.browser.get()
    assert ">Interviews</a>" not in met.browser.shown
    for answer in (await met.browser.get("interview"), await met.browser.post("interview")):
        assert answer.status_code == 409
    office.add("ana", "--rights", "read,act")
    await met.browser.get()
    assert ">Interviews</a>" in met.browser.shown


async def test_another_form_than_the_lines_is_not_asked(met: Met) -> None:
    await met.agree()
    other = met.staffed.office.place / "form.md"
    other.write_bytes(INTAKE.read_bytes() + b"\n")
    met.staffed.office.sign("org", "sign", f"--form=intake-1:2={other}")
    for place in ("interview", f"interview/{met.name}/A1/0"):
        answer = await met.browser.get(place)
        assert answer.status_code == 409
        assert "does not name this desk&#39;s form" in met.browser.shown
