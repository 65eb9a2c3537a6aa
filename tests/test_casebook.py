"""A day at two desks: what staff do reaches the server once, comes back to both, and lies sealed."""

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.keyring import Keyring
from bot.packets import Packets
from bot.returns import Returns
from desk import device
from desk.acts import Standing
from desk.casebook import Casebook, CaseView
from desk.errors import (
    NoRight,
    NoSuchAddress,
    NotConfirmed,
    NotWanted,
    NoWayBack,
    OnlyIfUrgent,
    ReplyError,
)
from desk.history import History
from desk.index import FILE, Index
from desk.mirror import FOLDER
from desk.outbox import Outbox
from desk.refreshing import refresh
from desk.replying import Caution
from desk.summaries import Filter
from storage import age, entry, packet, way
from storage.act import Assigned, Note, Read, Reply, StateSet, Tagged
from storage.entry import ADDED, Answer, Codes, Value, Words
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.unit import NewEntry
from storage.way import FurtherAddress
from tests.canary import text_forms
from tests.office import NOON, TODAY
from tests.served import FORM, TOLD, Desk, Served, case_id, case_number

ROOT = Path(__file__).resolve().parent.parent
PHRASE, WORD = "the blue door", "mountain rain"
ASKED: tuple[tuple[str, int, int, Value, str], ...] = (
    *TOLD,
    ("F3", 0, 0, Words(words=PHRASE), GENERAL),
    ("F3B", 0, 0, Words(words=WORD), "lead"),
)
NOW = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=9)


class Line(Served):
    """An office whose server takes packets, with ana, who leads, and ben."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, copy=("ana", "ben"))
        self.keyring = Keyring(self.credentials)
        self.returns = Returns(store=self.store, box=self.keyring.returns)

    @property
    def packets(self) -> Packets:
        return Packets(
            store=self.store,
            line=self.office.line,
            identity=self.credentials.packet,
            keyring=self.keyring,
            returns=self.returns,
            hours=48,
        )

    async def report(self, number: int = 1, *, contact: str = "yes", **more: object) -> bytes:
        """Have a person send a case who can be written to."""
        address = await self.returns.seal(case_id(number), "telegram", "77001", "ug", TODAY)
        told = (*ASKED, ("F1", 0, 0, Codes(codes=(contact,)), GENERAL))
        return await self.send(number, told, **{"address": address, **more})  # type: ignore[arg-type]

    async def says(
        self,
        case: bytes,
        words: str,
        *,
        days: int = 1,
        sequence: int = 50,
        question: str = ADDED,
    ) -> None:
        """Have the person add to their case."""
        day = TODAY + timedelta(days)
        answer = Answer(
            case=case,
            sequence=sequence,
            form=FORM,
            question=question,
            value=Words(words=words),
            language="ug",
            day=day,
        )
        key = self.office.line.reading_key(day, GENERAL)
        sealed = age.seal(entry.encode(answer), [key.recipient])
        await self.append(NewEntry(case=case, key=key.id, sealed=sealed, day=day))

    async def offers(self, number: int, channel: str, peer: str) -> None:
        """Have the person of a case be writable to in one more chat, a day later."""
        case, day = case_id(number), TODAY + timedelta(1)
        address = await self.returns.seal(case, channel, peer, "ug", day)
        further = FurtherAddress(
            case=case, channel=channel, language="ug", day=day, address=address
        )
        key = self.office.line.reading_key(day, GENERAL)
        sealed = age.seal(way.encode(further), [key.recipient])
        await self.append(NewEntry(case=case, key=key.id, sealed=sealed, day=day))

    async def sync(self, *names: str) -> list[Outcome]:
        """Carry the packets of desks to the server, and a bundle back to each."""
        found = []
        for name in names:
            book = self.book(name)
            for one in book.outbox.waiting():
                taken = await self.packets.take(one.data, one.signature, NOW)
                found.append(taken.outcome)
        made = await self.bundle()
        for name in names:
            Desk(self, name).take_bundle(made.path)
        return found

    def book(self, name: str, *, days: int = 0) -> Casebook:
        """Open somebody's casebook."""
        reader = Desk(self, name).reader
        return Casebook.of(reader, lambda _form: (), TODAY + timedelta(days))

    def view(self, name: str, number: int = 1) -> CaseView:
        return self.book(name).case(case_number(number))


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    made = Line(tmp_path)
    await made.report()
    await made.sync("ana", "ben")
    return made


def done(standing: Standing) -> list[tuple[str, str, bool]]:
    return [(one.author, type(one.deed).__name__, one.pending) for one in standing.moments]


# --- acting ------------------------------------------------------------------------------------


async def test_what_one_does_the_other_sees(line: Line) -> None:
    ana = line.book("ana")
    case = ana.case(case_number(1)).case
    ana.desk.act(case, StateSet(state="triaged"))
    ana.desk.act(case, Assigned(to="ben"))
    ana.desk.act(case, Note(text="called the embassy"))
    (mine,) = ana.cases()
    assert (mine.marks.state, mine.marks.owner, mine.pending) == ("triaged", "ben", 3)
    assert line.view("ben").standing.marks.owner == ""

    assert await line.sync("ana", "ben") == [Outcome.TAKEN] * 3
    for name in ("ana", "ben"):
        view = line.view(name)
        assert done(view.standing) == [
            ("ana", "StateSet", False),
            ("ana", "Assigned", False),
            ("ana", "Note", False),
        ]
        assert view.findings == ()
    assert line.book("ana").outbox.lying() == ()  # the entries have come back
    assert [one.case for one in line.book("ben").cases(Filter(owner="ben"))] == [case]


async def test_a_packet_goes_once_and_in_order_whatever_crashes(line: Line) -> None:
    book = line.book("ana")
    case = case_id(1)
    first = book.desk.act(case, Note(text="one"))
    # as after a crash: the packet lies there, its signature and the count do not
    device.save(book.reader.desk, device.Device(id=first.device, last=0))
    lying = book.outbox.folder / packet.file_name(first)
    lying.with_name(lying.name + ".sig").unlink()
    second = line.book("ana").desk.act(case, Note(text="two"))
    assert (first.sequence, second.sequence) == (1, 2)
    assert await line.sync("ana") == [Outcome.TAKEN] * 2
    assert await line.sync("ana") == []
    assert line.book("ana").desk.act(case, Note(text="three")).sequence == 3


async def test_a_refusal_is_told_and_what_was_written_stays(line: Line) -> None:
    book = line.book("ben")
    book.desk.act(case_id(1), Note(text="long thought"))
    (waiting,) = book.outbox.waiting()
    taken = await line.packets.take(waiting.data, waiting.signature, NOW + timedelta(days=60))
    assert taken.outcome is Outcome.EXPIRED
    await line.sync("ben")
    view = line.view("ben")
    assert [one.refused for one in view.standing.moments] == [True]
    assert isinstance(view.standing.moments[0].deed, Note)
    assert view.summary.refused == 1
    assert line.book("ben").outbox.waiting() == ()


async def test_who_may_not_act_is_told_at_once(line: Line) -> None:
    join = line.office.desk("ben") / "ben.join"
    line.office.sign("org", "remove", "ben")
    line.office.sign("org", "add", str(join), "--compared", "--rights", "read")
    await line.sync("ana")
    book = line.book("ben")
    with pytest.raises(NoRight):
        book.desk.act(case_id(1), Note(text="x"))
    with pytest.raises(NoRight):
        line.book("ana").desk.hold(case_id(1), TODAY + timedelta(3), "x")


async def test_opening_a_case_is_told_once(line: Line) -> None:
    for _ in range(2):
        book = line.book("ben")
        book.opened(book.case(case_number(1)))
    kinds = [one.header.kind for one in line.book("ben").outbox.waiting()]
    assert kinds == ["report", "append"]
    assert await line.sync("ben", "ana") == [Outcome.TAKEN] * 2
    assert not line.view("ben").summary.unread
    assert line.view("ana").summary.unread
    standing = await line.store.standing(case_id(1))
    assert standing is not None
    assert standing.opened
    await line.says(case_id(1), "they came again")
    await line.sync("ben")
    book = line.book("ben")
    assert book.case(case_number(1)).summary.unread
    book.opened(book.case(case_number(1)))
    assert [one.header.kind for one in line.book("ben").outbox.waiting()] == ["append"]


async def test_who_may_only_read_remembers_for_themselves(line: Line) -> None:
    line.office.add("ben", "--rights", "read")
    await line.sync("ben")
    assert [one.unread for one in line.book("ben").cases()] == [True]
    for reports in (1, 0):
        book = line.book("ben")
        made = book.opened(book.case(case_number(1)))
        assert [one.kind for one in made] == ["report"] * reports
        assert [one.unread for one in book.cases()] == [False]
        assert await line.sync("ben") == [Outcome.TAKEN] * reports
    assert not line.view("ben").summary.unread
    assert line.view("ana").summary.unread  # nobody was told
    await line.says(case_id(1), "they came again")
    await line.sync("ben")
    assert line.view("ben").summary.unread


# --- replies -----------------------------------------------------------------------------------


async def test_the_phrase_stands_first_and_the_reply_reaches_the_server(line: Line) -> None:
    book = line.book("ana")
    prepared = book.prepare(book.case(case_number(1)), "  We are here.\n", now=NOON)
    assert prepared.whole == f"{PHRASE}\n\nWe are here."
    assert (prepared.language, prepared.way.number) == ("ug", 1)
    book.desk.reply(prepared)
    assert await line.sync("ana", "ben") == [Outcome.WAITING]
    (row,) = await line.store.replies()
    assert row.case == case_id(1)
    (moment,) = line.view("ben").standing.of(Reply)
    assert isinstance(moment.deed, Reply)
    assert moment.deed.text == "We are here."
    view = line.view("ana")
    assert view.standing.moments[-1].outcome is Outcome.WAITING
    assert view.standing.marks.answered == TODAY


async def refused(line: Line, number: int, *, urgency: str = "U3", **more: object) -> type:
    await line.report(number, urgency=urgency, **more)  # type: ignore[arg-type]
    await line.sync("ana")
    book = line.book("ana")
    with pytest.raises(ReplyError) as error:
        book.prepare(book.case(case_number(number)), "hello", now=NOON)
    return error.type


async def test_nobody_is_written_to_who_does_not_want_it(line: Line) -> None:
    assert await refused(line, 2, contact="no") is NotWanted
    assert await refused(line, 3, address=None) is NoWayBack
    assert await refused(line, 4, contact="urgent") is OnlyIfUrgent
    book = line.book("ana")
    view = book.case(case_number(4))
    assert Caution.ONLY_URGENT in book.prepare(view, "hello", anyway=True, now=NOON).cautions
    await line.report(5, contact="urgent", urgency="U1")
    await line.sync("ana")
    book = line.book("ana")
    assert book.prepare(book.case(case_number(5)), "hello", now=NOON).text == "hello"


async def test_a_reply_goes_to_another_address_only_when_staff_choose_it(line: Line) -> None:
    assert [way.number for way in line.view("ana").ways] == [1]
    await line.offers(1, "signal", "abc")
    await line.sync("ana", "ben")
    view = line.view("ana")
    day = TODAY + timedelta(1)
    assert [(way.number, way.channel, way.since) for way in view.ways] == [
        (1, "", TODAY),
        (2, "signal", day),
    ]
    shown = "\n".join(History(width=None, colour=False).case(view, NOON))
    assert f"Signal, since {day}, ug, opens until 2027-06-01" in shown
    assert "The app the case came in, since" in shown
    book = line.book("ana")
    assert book.prepare(view, "hello", now=NOON).way.number == 1
    other = book.prepare(view, "hello", address=2, now=NOON)
    assert (other.way.number, Caution.FURTHER in other.cautions) == (2, True)
    with pytest.raises(NoSuchAddress):
        book.prepare(view, "hello", address=3, now=NOON)
    book.desk.reply(other)
    assert line.view("ana").used == 2
    assert await line.sync("ana", "ben") == [Outcome.WAITING]
    view = line.view("ben")
    after = line.book("ben").prepare(view, "hello", now=NOON)
    assert (after.way.number, Caution.FURTHER in after.cautions) == (2, False)
    assert "written to last" in "\n".join(History(width=None, colour=False).case(view, NOON))
    late = datetime(2027, 5, 31, 12, tzinfo=UTC)
    assert "SOON OVER" in "\n".join(History(width=None, colour=False).case(view, late))
    late += timedelta(1)
    assert "OVER: it opens no more" in "\n".join(History(width=None, colour=False).case(view, late))


async def test_a_yes_in_another_chat_is_good_for_that_chat_alone(line: Line) -> None:
    await line.report(2, contact="no")
    await line.offers(2, "signal", "abc")
    await line.report(3, address=None)
    await line.offers(3, "signal", "def")
    await line.sync("ana")
    book = line.book("ana")
    view = book.case(case_number(2))
    assert (book.prepare(view, "hello", now=NOON).way.number, view.summary.may_write) == (2, "yes")
    with pytest.raises(NoSuchAddress):
        book.prepare(view, "hello", address=1, now=NOON)
    view = book.case(case_number(3))
    assert (book.prepare(view, "hello", now=NOON).way.channel, view.summary.may_write) == (
        "signal",
        "yes",
    )


async def test_an_address_warns_before_it_dies_and_then_refuses(line: Line) -> None:
    dies = line.view("ana").ways[0].dies
    assert dies is not None
    assert dies.isoformat() == "2027-06-01"  # November's key lives six months after it
    left = (dies - TODAY).days
    view = line.view("ana")
    book = line.book("ana")
    for days, warned in ((left - 15, False), (left - 14, True), (left - 1, True)):
        book.today = TODAY + timedelta(days)
        cautions = book.prepare(view, "hello", now=NOON).cautions
        assert (Caution.DIES_SOON in cautions) is warned
    book.today = dies
    with pytest.raises(ReplyError, match="2027-06-01"):
        book.prepare(view, "hello", now=NOON)


async def test_the_word_for_not_being_free_is_told_to_whom_it_is_sealed_only(line: Line) -> None:
    await line.says(case_id(1), "All is well. Mountain  RAIN today.")
    await line.sync("ana", "ben")
    assert line.view("ben").duress is None
    readers = {
        name: "lead" in (person.compartments if (person := line.office.line.person(name)) else ())
        for name in ("ana", "ben")
    }
    assert {name: line.view(name).duress is not None for name in readers} == readers


# --- lists -------------------------------------------------------------------------------------


async def test_lists_come_from_the_index_and_search_finds_all_that_was_said(line: Line) -> None:
    await line.report(2, urgency="U1")
    await line.sync("ana")
    book = line.book("ana")
    book.desk.act(case_id(2), Tagged(add=("airport",)))
    book.desk.act(case_id(2), Note(text="ask the EMBASSY in Ankara"))
    await line.sync("ana")
    book = line.book("ana")
    assert [one.item.number for one in book.cases()] == [case_number(2), case_number(1)]
    assert [one.case for one in book.cases(Filter(search="embassy ankara"))] == [case_id(2)]
    assert len(book.cases(Filter(search="第二条"))) == 2
    assert book.cases(Filter(search="nobody said this")) == ()
    assert [one.case for one in book.cases(Filter(tags=("airport",)))] == [case_id(2)]
    assert [one.case for one in book.cases(Filter(urgencies=("U3",)))] == [case_id(1)]
    assert [one.case for one in book.cases(Filter(overdue=True))] == []
    assert len(line.book("ana", days=9).cases(Filter(overdue=True))) == 2
    counts = book.counts()
    assert (counts.all, counts.open, counts.unread) == (2, 2, 1)


async def test_the_index_is_as_if_it_were_made_anew_and_by_one_or_two_processes(
    line: Line,
) -> None:
    for number in range(2, 5):
        await line.report(number)
    await line.sync("ana")
    old = line.book("ana").cases()
    await line.says(case_id(2), "more")
    await line.sync("ana")
    kept = line.book("ana").cases()
    assert kept != old
    reader = Desk(line, "ana").reader
    (reader.desk / FILE).unlink()
    assert line.book("ana").cases() == kept
    (reader.desk / FILE).unlink()
    index = Index.open(reader.desk, reader.own)
    refresh(index, Desk(line, "ana").mirror, reader, {}, processes=2, many=1)
    index.close()
    assert line.book("ana").cases() == kept


OPENS = """
import sys
from datetime import date
from pathlib import Path
from desk.casebook import Casebook
from desk.reader import open_reading_keys
reader, opened = open_reading_keys(Path(sys.argv[1]), Path(sys.argv[2]), lambda: ""), []
sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
Casebook.of(reader, lambda form: (), date.fromisoformat(sys.argv[3]))
print("\\n".join(name for name in opened if "journal" in Path(name).parts and Path(name).is_file()))
"""


async def test_a_new_index_reads_each_file_of_a_journal_once_and_the_next_look_none(
    line: Line,
) -> None:
    await line.report(2)
    await line.says(case_id(2), "more")
    await line.sync("ana")
    place = line.office.desk("ana")
    (place / FILE).unlink()
    files = sorted(str(path) for path in (place / FOLDER / "journal").glob("*/*"))
    for path in files:  # a time long enough ago to be trusted
        os.utime(Path(path).parent, ns=(10**18, 10**18))
    looks = []
    for _ in range(2):
        told = [sys.executable, "-c", OPENS, str(place), str(line.office.line_folder), str(TODAY)]
        look = await asyncio.create_subprocess_exec(*told, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        looks.append(sorted((await look.communicate())[0].decode().split()))
    assert looks == [files, []]


async def test_a_damaged_index_is_made_again(line: Line) -> None:
    kept = line.book("ana").cases()
    path = line.office.desk("ana") / FILE
    path.write_bytes(b"no index" * 999)
    assert line.book("ana").cases() == kept


# --- at rest -----------------------------------------------------------------------------------


def lying(place: Path) -> Iterator[tuple[str, bytes]]:
    for path in place.rglob("*"):
        if path.is_file() and path.name != "key.txt":
            yield str(path), path.read_bytes()


SECRETS = {
    "said": "ئىككى ساقچى",
    "phrase": PHRASE,
    "word": WORD,
    "added": "they came to the school",
    "note": "noted by ben himself",
    "reply": "we reply to this",
    "tag": "tag-of-the-team",
}
CRASH = """
import os, sys, sqlite3
from datetime import date
from pathlib import Path
from desk.casebook import Casebook
from desk.reader import open_reading_keys
from desk import refreshing
reader = open_reading_keys(Path(sys.argv[1]), Path(sys.argv[2]), lambda: "")
def die(done, of):
    if done:
        os._exit(9)
Casebook.of(reader, lambda form: (), date.fromisoformat(sys.argv[3]), die)
"""


async def test_nothing_at_a_desk_lies_open_even_after_a_crash(line: Line) -> None:
    for number in range(2, 30):
        await line.report(number)
    await line.says(case_id(1), SECRETS["added"])
    await line.sync("ben")
    book = line.book("ben")
    book.desk.act(case_id(1), Note(text=SECRETS["note"]))
    book.desk.act(case_id(1), Tagged(add=(SECRETS["tag"],)))
    book.desk.reply(book.prepare(book.case(case_number(1)), SECRETS["reply"], now=NOON))
    assert line.book("ben").cases(Filter(search="school"))
    place = line.office.desk("ben")
    (place / FILE).unlink()
    crash = [sys.executable, "-c", CRASH, str(place), str(line.office.line_folder), str(TODAY)]
    died = await asyncio.create_subprocess_exec(*crash, cwd=ROOT)
    assert await died.wait() == 9
    for state in ("crashed", "whole"):
        if state == "whole":
            assert len(line.book("ben").cases()) == 29
        open_there = [
            (path, name)
            for path, data in lying(place)
            for name, secret in SECRETS.items()
            if any(form in data for form in text_forms(secret).values())
        ]
        assert open_there == [], state


# --- the commands ------------------------------------------------------------------------------


async def test_the_commands_do_what_they_say(line: Line) -> None:
    office, number = line.office, case_number(1)
    office.run("note", number, "called back", desk="ben")
    office.run("state", number, "in-progress", "--reason", "mine", desk="ben")
    office.run("assign", number, "ben", desk="ben")
    office.run("tag", number, "--add", "airport,urgent", desk="ben")
    office.run("remind", number, "call again", "--on", "2026-11-30", desk="ben")
    office.run("urgency", number, "U1", "--reason", "the police came", desk="ben")
    office.run("assess", number, "--verification", "V2", "--attribution", "A1", desk="ben")
    office.run("outside", number, "UNHCR", "register them", desk="ben")
    shown = office.run("reply", number, "We are here.", desk="ben", answers=["yes"])
    assert f"    {PHRASE}\n    \n    We are here." in shown.replace("\n\n    We", "\n    \n    We")
    code, wrong = office.attempt("reply", number, "No.", desk="ben", answers=["no"])
    assert (code, wrong) == (1, f"quietline-desk: {NotConfirmed()}\n")
    office.refuse("assign", number, "carl", desk="ben")
    office.refuse("hold", number, "2027-11-30", "--reason", "x", desk="ben")
    assert await line.sync("ben", "ana") == [*[Outcome.TAKEN] * 8, Outcome.WAITING]
    shown = office.run("list", "--owner", "ben", "--tag", "airport", desk="ana")
    assert number in shown
    assert "in-progress" in shown
    assert "OVERDUE" not in shown
    shown = office.run("show", number, desk="ana")
    for told in (
        "State      in-progress",
        "Owner      ben",
        "Urgency    U1 (the form's table says U3)",
        f"Phrase     {PHRASE}",
        "2026-11-22  ben noted:",
        "    called back",
        "2026-11-22  ben asked somebody outside, on 2026-11-22:",
        "    UNHCR: register them",
        "ben wrote to the person, at address 1:",
    ):
        assert told in shown
    assert office.run("list", "--search", "nobody", desk="ana") == "No case is like that."
    assert [type(one.deed) for one in line.view("ana").standing.moments][-1] is Read
    assert isinstance(line.book("ana").outbox, Outbox)
