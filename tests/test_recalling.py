"""A reply that waits at the server is taken back: by whom, which one, and never while it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import BotError, NotNow
from bot.recalling import reply_id
from desk import phrases, recalls, rounds
from desk.answered import Answered
from desk.coming import Fetched
from desk.errors import NoneWaits, NoRight, NotConfirmed, SeveralWait
from desk.history import History
from desk.syncing import Synced
from storage import age, packet, receipt
from storage.act import Recall, Reply
from storage.chain import origin_of
from storage.errors import FieldError
from storage.hours import Hours
from storage.outcome import Outcome
from storage.packet import ENTRY, Packet
from storage.rows import Origin
from storage.tombstone import Told, decode_outcomes, encode_outcomes
from storage.unit import Outcome as Kept
from storage.unit import Store, Unit
from tests.caseworker import Caseworker, reported
from tests.line_made import made
from tests.served import case_id, case_number
from tests.stores import case, entry, unit
from tests.test_casebook import Line
from tests.test_followup import Moody, Slow, shown
from tests.test_packets import (
    CASE,
    DEVICE,
    NOW,
    OTHER,
    READING,
    SIGNERS,
    TODAY,
    Desk,
    a_packet,
)
from tests.watched import Watched

THIRD = b"device-3"


@pytest.fixture
async def desk() -> Desk:
    """Return a server with two cases, to the first of which tenzin's reply waits."""
    made_ = Desk()
    await made_.store.commit(unit(entries=(entry("c"), entry("d"))))
    assert (await made_.send(await made_.deliver())).outcome is Outcome.WAITING
    return made_


def a_recall(
    sequence: int = 1, *, author: str = "dolma", device: bytes = OTHER, **header: object
) -> Packet:
    values = {"reply": (DEVICE, 1)} | header
    return a_packet("recall", sequence, author=author, device=device, **values)  # type: ignore[arg-type]


# --- at the server --------------------------------------------------------------------------------


@pytest.mark.parametrize("author", ["tenzin", "dolma"])
async def test_a_reply_that_waits_is_taken_back_by_whoever_may_act(desk: Desk, author: str) -> None:
    asked = a_recall(2, author=author, device=DEVICE) if author == "tenzin" else a_recall()
    assert (await desk.send(asked, author)).outcome is Outcome.TAKEN
    assert await desk.store.replies() == ()
    assert await desk.store.reply(reply_id(DEVICE, 1)) is None
    first = await desk.store.packet(DEVICE, 1)
    assert first is not None
    assert first.outcome == Outcome.TAKEN_BACK
    *_, act, told = await desk.store.journal(CASE)
    assert [origin_of(one) for one in (act, told)] == [Origin.PACKET, Origin.LINE]
    said = receipt.decode(age.open(told.sealed, [READING]))
    assert (said.device, said.sequence, said.outcome) == (DEVICE, 1, Outcome.TAKEN_BACK)
    assert said.imprint is None
    assert await desk.store.standing(CASE) is None  # nobody was answered


@pytest.mark.parametrize(
    ("asked", "signer", "outcome"),
    [
        (a_recall(author="reader"), "reader", Outcome.RIGHTS),
        (a_recall(author="tenzin"), "dolma", Outcome.DAMAGED),
        (a_recall(case=case("d")), "dolma", Outcome.REPLY),
        (a_recall(case=case("foreign")), "dolma", Outcome.CASE),
        (a_recall(reply=(DEVICE, 9)), "dolma", Outcome.REPLY),
        (a_recall(reply=(THIRD, 1)), "dolma", Outcome.REPLY),
        (a_recall(reply=(OTHER, 1)), "dolma", Outcome.REPLY),  # itself
        (a_recall(parts={}), "dolma", Outcome.PARTS),
        (a_recall(key="2026Q4.9-general"), "dolma", Outcome.KEY),
        (a_recall(2), "dolma", Outcome.ORDER),
        (a_recall(device=DEVICE), "dolma", Outcome.DEVICE),
        (
            replace(a_recall(), header=replace(a_recall().header, reply=None)),
            "dolma",
            Outcome.DAMAGED,
        ),
    ],
)
async def test_what_may_not_take_it_back_changes_nothing(
    desk: Desk, asked: Packet, signer: str, outcome: Outcome
) -> None:
    for _ in range(2):
        assert (await desk.send(asked, signer)).outcome is outcome
    assert len(await desk.store.replies()) == 1
    assert len(await desk.store.journal(CASE)) == 2
    assert len(await desk.store.journal(case("d"))) == 1
    first = await desk.store.packet(DEVICE, 1)
    assert first is not None
    assert first.outcome == Outcome.WAITING


async def test_a_note_or_a_refused_reply_is_none_to_take_back(desk: Desk) -> None:
    await desk.send(a_packet("append", 2))
    await desk.send(a_packet("deliver", 3, parts={"server.age": b"x", ENTRY: b"y"}))
    before = len(await desk.store.journal(CASE))
    for sequence, reply in enumerate((2, 3), 1):
        asked = a_recall(sequence, reply=(DEVICE, reply))
        assert (await desk.send(asked, "dolma")).outcome is Outcome.REPLY
    assert len(await desk.store.journal(CASE)) == before


async def test_the_same_again_does_nothing_and_a_colleague_s_wish_is_met(desk: Desk) -> None:
    asked = a_recall()
    assert (await desk.send(asked, "dolma")).outcome is Outcome.TAKEN
    length = len(await desk.store.journal(CASE))
    assert (await desk.send(asked, "dolma")).outcome is Outcome.TAKEN
    assert len(await desk.store.journal(CASE)) == length
    own = a_recall(2, author="tenzin", device=DEVICE)
    assert (await desk.send(own)).outcome is Outcome.TAKEN
    rows = await desk.store.journal(CASE)
    assert len(rows) == length + 1  # the second wish, and no second receipt
    assert origin_of(rows[-1]) is Origin.PACKET


async def test_two_at_once_take_it_back_once(desk: Desk) -> None:
    both = await asyncio.gather(
        desk.send(a_recall(), "dolma"),
        desk.send(a_recall(2, author="tenzin", device=DEVICE)),
    )
    assert {one.outcome for one in both} == {Outcome.TAKEN}
    line = [one for one in await desk.store.journal(CASE) if origin_of(one) is Origin.LINE]
    assert len(line) == 2  # the report, and one receipt


async def test_of_a_case_that_leaves_nothing_is_taken_back(desk: Desk) -> None:
    await desk.send(a_packet("delete", 2))
    assert (await desk.send(a_recall(), "dolma")).outcome is Outcome.CASE


async def test_a_kind_that_a_server_does_not_know_is_refused_and_others_are_taken(
    desk: Desk,
) -> None:
    data = packet.encode(a_recall()).replace(b'"recall"', b'"rewind"')
    taken = await desk.packets.take(data, packet.sign(data, SIGNERS["dolma"]), NOW)
    assert taken.outcome is Outcome.DAMAGED
    assert await desk.store.last_packet(OTHER) is None
    assert len(await desk.store.replies()) == 1
    assert (await desk.send(a_recall(), "dolma")).outcome is Outcome.TAKEN


def test_an_end_that_a_desk_does_not_know_is_refused() -> None:
    known = Told(device=DEVICE, sequence=1, outcome=Outcome.TAKEN_BACK, day=TODAY)
    data = encode_outcomes([known])
    assert decode_outcomes(data) == (known,)
    with pytest.raises(FieldError):
        decode_outcomes(data.replace(b"taken-back", b"eaten-back"))


# --- and whoever sends ----------------------------------------------------------------------------


class Between(Watched):
    """A store in which somebody else is first, just before a unit that attempts or takes back."""

    def __init__(self, store: Store, when: str, first: Callable[[], Awaitable[object]]) -> None:
        super().__init__(store)
        self.when, self.first = when, first

    async def commit(self, unit: Unit) -> Kept:
        told = [one.outcome for one in unit.outcomes]
        if self.when in told:
            self.when = ""
            await self.first()
        return await super().commit(unit)


async def test_who_takes_back_first_keeps_it_from_being_sent(tmp_path: Path) -> None:
    inbox = Moody()
    async with made(tmp_path, channels=[inbox]) as line:
        await reported(line)
        staff = Caseworker(line)
        case_ = await staff.writes("wrong")
        await staff.writes("right")
        watched = Between(line.app.store, "attempting", lambda: staff.recalls(case_, 1))
        line.app.followup.store = watched.store
        assert await line.app.followup.round() == 2
        (text,) = shown(inbox)
        assert text.startswith("right")
        assert inbox.attempts == 1
        assert await staff.outcomes() == ["taken-back", "sent", "taken"]
        assert [one.outcome for one in await staff.receipts(case_)] == ["taken-back", "sent"]


async def test_who_sends_first_is_told_of_as_too_late(tmp_path: Path) -> None:
    inbox = Moody()
    async with made(tmp_path, channels=[inbox]) as line:
        await reported(line)
        staff = Caseworker(line)
        case_ = await staff.writes()
        watched = Between(line.app.store, "taken-back", line.app.followup.round)
        assert await staff.recalls(case_, 1, store=watched.store) is Outcome.TOO_LATE
        assert len(shown(inbox)) == 1
        assert await staff.outcomes() == ["sent", "too-late"]
        assert [one.outcome for one in await staff.receipts(case_)] == ["sent"]
        standing = await staff.standing(case_)
        assert standing is not None


@pytest.mark.parametrize("answer", [None, NotNow(1.0)])
async def test_while_it_is_being_sent_it_is_too_late(
    tmp_path: Path, answer: BotError | None
) -> None:
    inbox = Slow(answers=[answer])
    async with made(tmp_path, channels=[inbox]) as line:
        await reported(line)
        staff = Caseworker(line)
        case_ = await staff.writes()
        sending = asyncio.create_task(line.app.followup.round())
        await inbox.asked.wait()
        assert await staff.recalls(case_, 1) is Outcome.TOO_LATE
        inbox.let.set()
        await sending
        if answer is None:
            assert await staff.outcomes() == ["sent", "too-late"]
            return
        assert await staff.outcomes() == ["waiting", "too-late"]  # it showed nothing, and waits
        assert await staff.recalls(case_, 1) is Outcome.TAKEN
        line.app.followup.ticks = iter(range(10_000, 100_000, 400)).__next__
        await line.app.followup.round()
        assert shown(inbox) == []
        assert await staff.outcomes() == ["taken-back", "too-late", "taken"]


async def test_what_waits_for_its_hours_is_taken_back_and_lies_nowhere(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await reported(line)
        staff = Caseworker(line)
        now = int(line.watch().timestamp())
        hours = Hours.between(opens=now + 3600, closes=now + 7200)
        case_ = await staff.writes(hours=hours)
        heard = list(person.heard)
        await line.app.followup.round()
        assert await staff.recalls(case_, 1) is Outcome.TAKEN
        line.watch.forward(days=1)
        await line.app.followup.round()
        assert person.heard == heard
        assert await line.app.store.replies() == ()


# --- at the desk ----------------------------------------------------------------------------------


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    line = Line(tmp_path)
    await line.report()
    await line.sync("ana", "ben")
    line.office.run("reply", NUMBER, "To another case", "--yes", desk="ben")
    assert await line.sync("ben", "ana") == [Outcome.WAITING]
    return line


NUMBER = case_number(1)


def stands(line: Line, name: str) -> str:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return " ".join(" ".join(History(width=None, colour=False).case(line.view(name), now)).split())


@pytest.mark.parametrize("who", ["ana", "ben"])
async def test_at_a_desk_one_s_own_or_a_colleague_s_is_taken_back(line: Line, who: str) -> None:
    shown_ = line.office.run("packets", "recall", NUMBER, desk=who, answers=["yes"])
    assert "To another case" in shown_
    assert "not taken back yet" in shown_
    assert "to be taken back [not sent yet]" in stands(line, who)
    refused = line.office.refuse("packets", "recall", NUMBER, "--yes", desk=who)
    assert refused == f"quietline-desk: {NoneWaits()}\n"  # asked for once
    assert await line.sync(who) == [Outcome.TAKEN]
    await line.sync("ana", "ben")
    for name in ("ana", "ben"):
        view = line.view(name)
        assert [type(one.deed) for one in view.standing.moments] == [Reply, Recall]
        assert view.standing.moments[0].outcome is Outcome.TAKEN_BACK
        assert f"[{phrases.OUTCOMES[Outcome.TAKEN_BACK]}]" in stands(line, name)
        assert view.standing.marks.answered is None
        assert recalls.waiting(view.standing) == ()
        assert line.book(name).outbox.lying() == ()
    assert await line.store.replies() == ()


async def test_without_a_yes_or_the_right_nothing_is_asked(line: Line) -> None:
    wrong = line.office.refuse("packets", "recall", NUMBER, desk="ana", answers=["no"])
    assert wrong == f"quietline-desk: {NotConfirmed()}\n"
    assert line.book("ana").outbox.lying() == ()
    desk_ = line.book("ana").desk
    people = [replace(one, rights=("read",)) for one in desk_.reader.line.staff]
    reader = replace(desk_.reader, line=replace(desk_.reader.line, staff=tuple(people)))
    with pytest.raises(NoRight):
        replace(desk_, reader=reader).recall(case_id(1), (DEVICE, 1))


async def test_where_several_wait_one_is_named(line: Line) -> None:
    line.office.run("reply", NUMBER, "The right one", "--yes", desk="ana")
    await line.sync("ana", "ben")
    first, second = recalls.waiting(line.view("ben").standing)
    with pytest.raises(SeveralWait):
        recalls.chosen(line.view("ben").standing)
    wrong = line.office.refuse("packets", "recall", NUMBER, desk="ben")
    assert f"{first.position} (ben, {first.day}), {second.position} (ana" in wrong
    entry_ = str(second.position)
    line.office.run("packets", "recall", NUMBER, "--entry", entry_, "--yes", desk="ben")
    assert await line.sync("ben") == [Outcome.TAKEN]
    [head] = await line.store.replies()
    assert head.id == reply_id(*first.number)


async def test_what_was_refused_is_asked_for_again_under_a_new_number(line: Line) -> None:
    line.office.run("packets", "recall", NUMBER, "--yes", desk="ana")
    for one in line.book("ana").outbox.waiting():
        taken = await line.packets.take(
            one.data, one.signature, datetime.now(UTC) + timedelta(days=60)
        )
        assert taken.outcome is Outcome.EXPIRED
    await line.sync("ana")
    line.office.run("packets", "again", "1", desk="ana")
    assert await line.sync("ana") == [Outcome.TAKEN]
    assert await line.store.replies() == ()


@pytest.mark.parametrize(
    ("outcome", "says"),
    [(Outcome.TAKEN, "taken back before it was sent"), (Outcome.TOO_LATE, "too late")],
)
def test_after_a_sync_it_is_said_what_came_of_it(outcome: Outcome, says: str) -> None:
    one = Answered(
        device=DEVICE,
        sequence=1,
        case=CASE,
        kind="recall",
        outcome=outcome,
        day=date(2026, 11, 22),
    )
    came = rounds.Came(synced=Synced(answered=[one]), fetched=Fetched(), waiting=0)
    told = " ".join(rounds.says(came))
    assert f"Taking back a reply in case {CASE.hex()[:12]}: {says}" in told
