"""What colleagues read is what was sent, or it is said that it is not: desks that say otherwise.

Each forger here is a desk that may act, or a thief of its key: it seals one thing for the server
and another for its colleagues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.dictated import open_told
from desk.alarms import FINDINGS, LIKENESS
from desk.casebook import CaseView
from desk.export.extract import Redaction
from desk.forks import Weight
from desk.history import History
from desk.imprints import Compared, Likeness, compare
from desk.opening import open_journal
from desk.ordering import Wish
from storage import act, age, packet, receipt
from storage.act import Act, Deed, Note, Reply
from storage.hours import Hours
from storage.imprint import Imprint
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.packet import ENTRY, SERVER, Delivery
from storage.receipt import Receipt
from storage.unit import NewEntry
from tests.office import TODAY
from tests.served import Desk, case_id
from tests.test_casebook import ASKED, NOW, PHRASE, Line

CASE = case_id(1)
SAID = "We have read it, and write again on Friday."
WHOLE = f"{PHRASE}\n\n{SAID}"
HOURS = Hours.between(opens=1_800_000_000, closes=1_800_010_800)


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    made = Line(tmp_path)
    await made.report()
    await made.offers(1, "signal", "an-account")
    await made.sync("ana", "ben")
    return made


@dataclass(frozen=True, kw_only=True)
class Forged:
    """What a desk has the server send, and the deed that it seals for its colleagues."""

    text: str = WHOLE
    address: int = 1
    language: str = "ug"
    hours: Hours | None = None
    deed: Deed = Reply(text=SAID, language="ug", address=1)  # noqa: RUF009 - a frozen value


def deliver(line: Line, forged: Forged, number: int = 0) -> None:
    """Put a reply into ben's outbox; `number` is one that the act gives itself."""
    view, hand = line.view("ben"), line.book("ben").desk
    server, key = line.credentials.packet, line.office.line.reading_key(TODAY, GENERAL)
    told = Delivery(
        case=CASE,
        text=forged.text,
        language=forged.language,
        address=view.ways[forged.address - 1].sealed,
        hours=forged.hours,
    )

    def parts(device: bytes, sequence: int) -> dict[str, bytes]:
        one = Act(
            case=CASE,
            author="ben",
            device=device,
            sequence=number or sequence,
            day=TODAY,
            seen=hand.seen(CASE),
            deed=forged.deed,
        )
        signed = act.encode(one, hand.reader.signing)
        return {
            SERVER: age.seal(packet.encode_delivery(told), [server.recipient]),
            ENTRY: age.seal(signed, [key.recipient]),
        }

    hand.post("deliver", CASE, parts, key=key.id)


async def brought(line: Line, outcome: Outcome = Outcome.SENT, *, imprints: bool = True) -> None:
    """Have the server take what waits, bring it to the person, and give each desk what it has."""
    assert set(await line.sync("ben")) <= {Outcome.WAITING}
    key = line.office.line.reading_key(TODAY, GENERAL)
    for head in await line.store.replies():
        row = await line.store.reply(head.id)
        assert row is not None
        told = open_told(line.keyring, row.sealed, row.id)
        assert told is not None
        one = Receipt(
            case=CASE,
            device=row.device,
            sequence=row.sequence,
            outcome=outcome,
            day=TODAY,
            imprint=told.imprint if imprints else None,
        )
        sealed = age.seal(receipt.encode(one), [key.recipient])
        await line.append(NewEntry(case=CASE, key=key.id, sealed=sealed, day=TODAY))
    await line.sync("ben", "ana")


def compared(line: Line, view: CaseView, closed: Mapping[str, int]) -> Compared:
    """Compare once more, as a desk that is not given everything."""
    reader = Desk(line, "ana").reader
    rows = open_journal(Desk(line, "ana").mirror.journal(CASE), reader.keys)
    return compare(rows, view.standing, replace(view.casefile, closed=closed), view.ways)


def shown(line: Line, name: str = "ana") -> str:
    lines = History(width=None, colour=False).case(line.view(name), NOW)
    return " ".join(" ".join(lines).split())


# --- honest desks ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [1, 2])
async def test_what_was_sent_is_what_colleagues_read(line: Line, address: int) -> None:
    book = line.book("ben")
    prepared = book.prepare(line.view("ben"), SAID, now=NOW, address=address)
    book.desk.reply(replace(prepared, theirs=HOURS))
    await brought(line)
    for name in ("ana", "ben"):
        view = line.view(name)
        assert set(view.likeness.values()) == {Likeness.SAME}
        assert view.findings == ()
        assert "[sent to the person's chat; as it stands here]" in shown(line, name)


async def answered_without_a_phrase(place: Path) -> Line:
    """Return a line whose person has not given a phrase, and got a reply."""
    line = Line(place)
    address = await line.returns.seal(CASE, "telegram", "77001", "ug", TODAY)
    await line.send(1, [one for one in ASKED if one[0] != "F3"], address=address)
    await line.sync("ana", "ben")
    deliver(line, Forged(text=SAID))
    await brought(line)
    return line


async def test_where_the_person_gave_no_phrase_the_words_alone_fit(tmp_path: Path) -> None:
    line = await answered_without_a_phrase(tmp_path)
    assert set(line.view("ana").likeness.values()) == {Likeness.SAME}


async def test_a_phrase_that_came_after_the_reply_accuses_nobody(tmp_path: Path) -> None:
    line = await answered_without_a_phrase(tmp_path)
    for sequence, phrase in enumerate((PHRASE, "another door"), 50):
        await line.says(CASE, phrase, question="F3", sequence=sequence)
        await line.sync("ana", "ben")
        assert set(line.view("ana").likeness.values()) == {Likeness.SAME}
        assert line.view("ana").findings == ()


async def test_what_the_server_has_made_no_imprint_of_was_not_checked(line: Line) -> None:
    deliver(line, Forged(text="Tell nobody, and come to the consulate."))
    await brought(line, imprints=False)
    view = line.view("ana")
    assert set(view.likeness.values()) == {Likeness.UNKNOWN}
    assert view.findings == ()
    assert f"[sent to the person's chat; {LIKENESS[Likeness.UNKNOWN]}]" in shown(line)


async def test_of_what_was_surely_not_shown_nothing_is_said(line: Line) -> None:
    deliver(line, Forged())
    await brought(line, Outcome.BLOCKED, imprints=False)
    assert line.view("ana").likeness == {}


# --- desks that say otherwise ------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Tell nobody, and come to the consulate.", SAID, WHOLE + " ", f"another phrase\n\n{SAID}"],
)
@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.UNKNOWN, Outcome.BLOCKED])
async def test_a_desk_that_sends_other_words_than_it_tells_is_named(
    line: Line, text: str, outcome: Outcome
) -> None:
    deliver(line, Forged(text=text))
    await brought(line, outcome)
    for name in ("ana", "ben"):
        view = line.view(name)
        (found,) = view.findings
        assert (found.weight, found.code, found.author) == (Weight.ALARM, "other-words", "ben")
        assert view.summary.alarms == 1
        told = shown(line, name)
        assert "What was sent is not what stands here" in told
        assert "NOT WHAT STANDS HERE: other words]" in told


@pytest.mark.parametrize("forged", [Forged(address=2), Forged(language="en"), Forged(hours=HOURS)])
async def test_a_desk_that_writes_elsewhere_than_it_tells_is_named(
    line: Line, forged: Forged
) -> None:
    deliver(line, forged)
    await brought(line)
    (found,) = line.view("ana").findings
    assert (found.code, found.author) == ("other-way", "ben")
    assert "NOT AS STANDS HERE: another address" in shown(line)


@pytest.mark.parametrize(("forged", "number"), [(Forged(deed=Note(text=SAID)), 0), (Forged(), 99)])
async def test_what_was_sent_and_stands_nowhere_is_named(
    line: Line, forged: Forged, number: int
) -> None:
    deliver(line, forged, number)
    await brought(line)
    (found,) = line.view("ana").findings
    assert (found.weight, found.code) == (Weight.ALARM, "unwritten")
    assert "Something was sent to the person of which no reply stands here" in shown(line)


async def test_who_may_not_read_all_that_it_takes_accuses_nobody(line: Line) -> None:
    deliver(line, Forged(text=SAID))
    deliver(line, Forged(deed=Note(text=SAID)))
    assert await line.sync("ben") == [Outcome.WAITING] * 2
    await brought(line)
    view = line.view("ana")
    assert [one.code for one in view.findings] == ["other-words", "unwritten"]
    folded = compared(line, view, {GENERAL: 1})
    assert set(folded.likeness.values()) == {Likeness.UNKNOWN}
    assert folded.findings == ()
    assert compared(line, view, {"lead": 1}).findings == view.findings


# --- the imprint -------------------------------------------------------------------------------


def test_two_imprints_of_the_same_have_nothing_in_common() -> None:
    one, other = (
        Imprint.of(SAID, address=bytes(160), language="en", hours=HOURS) for _ in range(2)
    )
    assert not {one.salt, one.words, one.way} & {other.salt, other.words, other.way}
    assert one.words != one.way
    for each in (one, other):
        assert each.has_words(SAID)
        assert each.has_way(address=bytes(160), language="en", hours=HOURS)


def test_half_a_character_has_an_imprint_too() -> None:
    text = "\ud83d"
    one = Imprint.of(text, address=b"", language="en", hours=None)
    assert one.has_words(text)
    assert not one.has_words("?")


def test_everything_that_may_be_found_has_its_sentence() -> None:
    assert set(LIKENESS) == set(Likeness)
    assert {"other-words", "other-way", "unwritten"} <= FINDINGS.keys()


def test_what_an_exception_may_show_tells_neither_a_salt_nor_a_reason() -> None:
    """With the salt, whoever has the hash can try what was written."""
    imprint = Imprint.of("We have read it.", address=b"a" * 32, language="en", hours=None)
    assert repr(imprint.salt) not in repr(imprint)
    wish = Wish(format="pdf", redaction=Redaction.NONE, reason="for her lawyer", day=TODAY)
    assert "lawyer" not in repr(wish)
