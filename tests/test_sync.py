"""A desk and the server over real HTTP: what comes, what goes, and each lie by its name."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.enclosing import Enclosing
from bot.erasing import Erasing
from bot.farewell import erased_by, tombstones
from bot.files import RESERVE
from desk import device, outgoing, sync_memory, unasked, vault
from desk.acting import Desk as Hand
from desk.casebook import Casebook
from desk.coming import Fetched, fetch
from desk.drawer import Drawer, draft
from desk.enclosures import Enclosures
from desk.erasure import Erasure
from desk.errors import (
    AlteredBlob,
    BadAddress,
    ClockOff,
    ForeignServer,
    ForkedCase,
    LeftOutDigest,
    LostEntries,
    ManyGone,
    NeverOnline,
    NotErased,
    ServerWentBack,
    TamperedCase,
    TurnedAway,
    Unreachable,
    UnwitnessedCase,
    VanishedCase,
    WithheldEntries,
)
from desk.index import FILE as INDEX
from desk.index import Index
from desk.outbox import Outbox
from desk.remote import Asker, Remote, checked
from desk.shelf import FOLDER as FILES
from desk.shelf import Shelf
from desk.summary_form import decode_index
from desk.syncing import Synced, Syncing
from desk.unasked import Unasked
from storage import age, packet
from storage.act import Note
from storage.credentials import Credentials
from storage.entry import File
from storage.errors import ForeignRoot, OlderLine, StorageError
from storage.line import GENERAL
from storage.memory import MemoryStore
from storage.outcome import Outcome
from storage.packet import LARGEST
from storage.padding import MIB
from storage.quarter import months_after
from storage.signature import SigningKey
from storage.standing import PERSON, OutcomeChange
from storage.tombstone import Stage, Told
from storage.unit import NewEntry, Unit
from tests.desk_made import NOW, Door
from tests.files_made import FilesServed
from tests.files_made import Sent as SentFile
from tests.office import TODAY
from tests.served import TOLD, Desk, Served, case_id


class At:
    """One person at a desk, who syncs."""

    def __init__(self, door: Door, url: str, name: str = "ana") -> None:
        self.door, self.url, self.name = door, url, name
        self.desk = Desk(door.served, name)
        self.asked: list[str] = []
        self.shown: list[tuple[str, int, int]] = []
        self.now = NOW
        self.many = False
        self.today = TODAY

    @property
    def outbox(self) -> Outbox:
        return Outbox(desk=self.desk.folder, signing=self.desk.reader.signing)

    @property
    def hand(self) -> Hand:
        return Hand(
            reader=self.desk.reader, mirror=self.desk.mirror, outbox=self.outbox, today=TODAY
        )

    def syncing(self, remote: Remote) -> Syncing:
        return Syncing(
            remote=remote,
            reader=self.desk.reader,
            mirror=self.desk.mirror,
            shelf=Shelf(folder=self.desk.mirror.folder / FILES),
            outbox=self.outbox,
            order=lambda _: (),
            today=self.today,
            progress=lambda *shown: self.shown.append(shown),
            many=self.many,
        )

    def _run(self) -> tuple[Synced, Fetched]:
        reader = self.desk.reader
        asker = Asker(
            name=reader.name,
            device=device.load(self.desk.folder).id,
            signing=reader.signing,
            root=reader.root,
            clock=lambda: self.now,
        )
        with Heard(self.url, asker) as remote:
            remote.asked = self.asked
            sync = self.syncing(remote)
            return sync.run(), fetch(sync)

    def erase(self) -> tuple[bytes, ...]:
        """Erase what a bundle says is gone."""
        shelf = Shelf(folder=self.desk.mirror.folder / FILES)
        hand = replace(self.hand, today=self.today)
        return Erasure.of(hand, shelf, lambda _: ()).settle(many=self.many)

    async def both(self) -> tuple[Synced, Fetched]:
        return await asyncio.to_thread(self._run)

    async def sync(self) -> Synced:
        return (await self.both())[0]


@pytest.fixture
async def door(tmp_path: Path) -> Door:
    served = FilesServed(tmp_path, "ana", "ben")
    for number in (1, 2, 3):
        await served.send(number)
    await served.digest()
    made = Door(served)
    made.blobs = served.blobs
    return made


@pytest.fixture
async def ana(door: Door) -> AsyncIterator[At]:
    async with door.open() as url:
        yield At(door, url)


def other_story(ana: At) -> MemoryStore:
    """Have the server, with the same keys, begin anew."""
    ana.door.served.store = MemoryStore(ana.door.served.credentials.identity.sign_bytes)
    for path in ana.door.served.drop.iterdir():
        path.unlink()
    return ana.door.served.store


# --- what comes ----------------------------------------------------------------------------------


async def test_what_the_server_has_comes_once(ana: At) -> None:
    served = ana.door.served
    first = await ana.sync()
    assert (set(first.cases), first.entries) == ({case_id(n) for n in (1, 2, 3)}, 3)
    assert ana.desk.mirror.heads().witnesses[0].number == 1
    again = await ana.sync()
    assert (again.cases, again.entries) == ([], 0)
    await served.add_to(case_id(2))
    await served.digest(days=1)
    later = await ana.sync()
    assert (later.cases, later.entries) == ([], 1)
    assert len(ana.desk.mirror.heads().witnesses) == 2
    bundle = ana.desk.take_bundle((await served.bundle()).path)
    assert bundle.entries == 0


async def test_files_come_with_their_cases_and_go_on_where_they_broke_off(ana: At) -> None:
    served = ana.door.served
    assert isinstance(served, FilesServed)
    big = bytes(range(256)) * 40_000
    (file,) = await served.send_files(4, [SentFile(data=big)])
    shelf = Shelf(folder=ana.desk.mirror.folder / FILES)
    with served.blobs.open(file.blob) as source:
        part = source.read(4 * 1024 * 1024)
    shelf.coming(file).parent.mkdir(parents=True)
    shelf.coming(file).write_bytes(part)
    _, fetched = await ana.both()
    assert (fetched.taken, fetched.missing, fetched.refused) == (1, [], [])
    with shelf.opened(file) as kept, served.blobs.open(file.blob) as source:
        assert kept.read() == source.read()
    assert not shelf.coming(file).exists()
    assert (await ana.both())[1].taken == 0


async def test_a_file_that_is_another_is_thrown_away_and_named(ana: At) -> None:
    served = ana.door.served
    assert isinstance(served, FilesServed)
    (file,) = await served.send_files(4, [SentFile(data=b"what was sent")])
    with served.blobs.open(file.blob) as source:
        data = source.read()
    with served.blobs.begin(file.blob) as writer:
        writer.write(data[:-1] + bytes([data[-1] ^ 1]))
        writer.finish()
    _, fetched = await ana.both()
    [refused] = fetched.refused
    assert str(AlteredBlob())[:30] in str(refused)
    shelf = Shelf(folder=ana.desk.mirror.folder / FILES)
    assert not shelf.has(file)
    assert not shelf.coming(file).exists()


# --- what goes -----------------------------------------------------------------------------------


async def test_notes_of_two_desks_reach_each_other(ana: At) -> None:
    ben = At(ana.door, ana.url, "ben")
    await ana.sync()
    await ben.sync()
    ana.hand.act(case_id(1), Note(text="call the lawyer"))
    sent = await ana.sync()
    assert [one.outcome for one in sent.answered] == [Outcome.TAKEN]
    assert ana.outbox.waiting() == ()
    assert sent.entries == 1  # our own note came back
    assert (await ben.sync()).entries == 1
    assert len(ben.desk.mirror.journal(case_id(1))) == 2


async def test_packets_wait_without_a_server_and_go_later(ana: At) -> None:
    await ana.sync()
    for text in ("one", "two"):
        ana.hand.act(case_id(1), Note(text=text))
    url, ana.url = ana.url, "http://127.0.0.1:9"
    with pytest.raises(Unreachable, match="Nothing is lost"):
        await ana.sync()
    assert len(ana.outbox.waiting()) == 2
    ana.url = url
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.TAKEN] * 2


async def test_a_lost_answer_loses_nothing_and_doubles_nothing(ana: At) -> None:
    await ana.sync()
    ana.hand.act(case_id(1), Note(text="once"))
    [waiting] = ana.outbox.waiting()
    await ana.door.packets.take(waiting.data, waiting.signature, NOW)  # its answer never arrived
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.TAKEN]
    assert len(await ana.door.served.store.journal(case_id(1))) == 2


async def test_a_desk_that_is_out_of_step_goes_on_as_another(ana: At) -> None:
    await ana.sync()
    lost = ana.hand.act(case_id(1), Note(text="lost with a disk"))
    ana.outbox.drop((lost.device, lost.sequence))
    ana.hand.act(case_id(1), Note(text="comes too early"))
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.ORDER]
    ana.hand.act(case_id(1), Note(text="as another computer"))
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.TAKEN]
    # signed before the person joined anew, with a key that the line does not know any more
    ana.hand.act(case_id(1), Note(text="another key"))
    (waiting,) = ana.outbox.waiting()
    signature = packet.sign(waiting.data, SigningKey.generate())
    waiting.path.with_name(waiting.path.name + ".sig").write_text(signature)
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.SIGNATURE]
    ana.hand.act(case_id(1), Note(text="goes on"))
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.TAKEN]


async def test_a_case_that_was_begun_here_lies_here_until_it_has_come_back(ana: At) -> None:
    await ana.sync()
    case, sealed = case_id(9), {packet.ENTRY: b"sealed", packet.INDEX: b"sealed"}
    made = ana.hand.post("begin", case, lambda _device, _number: sealed)
    told = Told(device=made.device, sequence=made.sequence, outcome=Outcome.TAKEN, day=TODAY)
    ana.outbox.settle([told])
    ana.outbox.arrived((), {case_id(1)})
    assert [one.header.case for one in ana.outbox.lying()] == [case]
    ana.outbox.arrived((), {case_id(1), case})
    assert ana.outbox.lying() == ()


async def test_a_newer_statement_comes_and_one_that_is_newer_here_goes(ana: At) -> None:
    before = ana.desk.reader.line.epoch
    ana.door.served.office.sign("org", "remove", "ben")
    assert ana.desk.reader.line.epoch == before + 1  # one line folder for all in this office
    synced = await ana.sync()
    assert synced.statement is not None
    assert ana.desk.mirror.statements(ana.desk.reader.root)[-1].epoch == before + 1
    ben = At(ana.door, ana.url, "ben")
    ana.door.now = ben.now = datetime.now(UTC)  # as its HTTP says
    with pytest.raises(TurnedAway):
        await ben.sync()


async def test_a_vault_asks_no_server(ana: At) -> None:
    vault.mark(ana.desk.reader.desk)
    with pytest.raises(NeverOnline):
        await ana.sync()


# --- cases that leave ----------------------------------------------------------------------------


async def test_a_case_that_is_gone_is_erased_here_and_told_so(ana: At) -> None:
    served = ana.door.served
    assert isinstance(served, FilesServed)
    (file,) = await served.send_files(4, [SentFile(data=b"evidence")])
    await ana.both()
    shelf = Shelf(folder=ana.desk.mirror.folder / FILES)
    assert shelf.has(file)
    erasing = Erasing(store=served.store, hours=48, months=24)
    await erasing.ask(case_id(4), PERSON, NOW)
    assert (await ana.sync()).gone == ()
    assert case_id(4) in ana.desk.mirror.leaving()
    await erasing.round(NOW + timedelta(hours=48))
    gone = await ana.sync()
    assert gone.gone == (case_id(4),)
    assert not ana.desk.mirror.journal(case_id(4))
    assert not shelf.has(file)
    assert await served.store.erased(case_id(4)) == (device.load(ana.desk.folder).id,)
    again = await ana.sync()
    assert (again.gone, again.answered) == ((), [])
    [stone] = ana.desk.mirror.told.tombstones()
    assert (stone.stage, stone.erased) == (Stage.GONE, 1)


async def with_file(ana: At) -> tuple[Shelf, File]:
    """Return a shelf with a file of case 4."""
    served = ana.door.served
    assert isinstance(served, FilesServed)
    (file,) = await served.send_files(4, [SentFile(data=b"evidence")])
    await ana.both()
    shelf = Shelf(folder=ana.desk.mirror.folder / FILES)
    assert shelf.has(file)
    return shelf, file


async def test_the_files_of_a_case_that_opens_no_more_go_with_it(ana: At) -> None:
    shelf, file = await with_file(ana)
    shelf.coming(file).write_bytes(b"what was fetched of it once more")
    journal = ana.desk.mirror.folder / "journal" / case_id(4).hex()
    (journal / "000000.age").write_bytes(b"damaged")
    await go(ana, 4)
    assert (await ana.sync()).gone == (case_id(4),)
    assert [one for one in shelf.folder.rglob("*") if one.is_file()] == []
    assert await ana.door.served.store.erased(case_id(4))


async def test_what_nobody_knows_the_files_of_is_not_reported_as_erased(ana: At) -> None:
    shelf, file = await with_file(ana)
    [note] = (shelf.folder / "cases").iterdir()
    note.write_bytes(b"{")
    journal = ana.desk.mirror.folder / "journal" / case_id(4).hex()
    whole = (journal / "000000.age").read_bytes()
    (journal / "000000.age").write_bytes(b"damaged")
    await go(ana, 4)
    with pytest.raises(NotErased, match=case_id(4).hex()):
        await ana.sync()
    assert not await ana.door.served.store.erased(case_id(4))
    (journal / "000000.age").write_bytes(whole)  # it opens, so it says itself which they are
    assert (await ana.sync()).gone == (case_id(4),)
    assert not shelf.has(file)


async def test_nothing_of_a_gone_case_is_in_the_index(ana: At) -> None:
    served = ana.door.served
    for number in (4, 5):  # of these no desk but this one's index knows: a digest told of them
        await served.send(number)
    made = await served.digest(days=1)
    ana.desk.take_digest(served.drop / "digest-000001.age")
    await ana.sync()
    ana.desk.take_digest(made.path)
    reader = ana.desk.reader
    order = lambda _: ()  # noqa: E731 - the shape of an order
    book = Casebook.of(reader, order, TODAY)
    assert {one.case for one in book.cases()} == {case_id(n) for n in range(1, 6)}
    await go(ana, 1, 4)
    await ana.sync()

    def known() -> set[bytes]:
        index = Index.open(reader.desk, reader.own)
        told = {entry.case for one in index.told() for entry in decode_index(one)}
        try:
            return told | set(index.cases())
        finally:
            index.close()

    assert known() == {case_id(n) for n in (2, 3, 5)}
    (reader.desk / INDEX).unlink()
    Casebook.of(reader, order, TODAY)
    assert known() == {case_id(n) for n in (2, 3, 5)}


async def test_who_has_left_the_staff_is_not_counted_among_those_who_erased(ana: At) -> None:
    served = ana.door.served
    ben = At(ana.door, ana.url, "ben")
    await ana.sync()
    await ben.sync()
    erasing = Erasing(store=served.store, hours=48, months=24)
    await erasing.ask(case_id(3), PERSON, NOW)
    await erasing.round(NOW + timedelta(hours=48))
    await ben.sync()
    line = served.office.line
    assert await erased_by(served.store, case_id(3), line) == 1
    left = replace(line, staff=tuple(one for one in line.staff if one.name != "ben"))
    assert await erased_by(served.store, case_id(3), left) == 0
    [stone] = await tombstones(served.store, left)
    assert (stone.erased, stone.of) == (0, len(left.entitled(GENERAL)))


async def test_nothing_that_was_written_about_a_case_stays_when_it_is_gone(ana: At) -> None:
    served, case = ana.door.served, case_id(3)
    await ana.sync()
    reader = ana.desk.reader
    Drawer(desk=reader.desk, own=reader.own).put(draft(case), {"text": "We have"})
    erasing = Erasing(store=served.store, hours=48, months=24)
    await erasing.ask(case, PERSON, NOW)
    ana.hand.act(case, Note(text="refused, for it leaves"))
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.CASE]
    await erasing.round(NOW + timedelta(hours=48))
    ana.hand.act(case, Note(text="written when it was gone"))
    await ana.sync()
    await ana.sync()
    folder = ana.desk.folder
    assert not list((folder / "drawer").iterdir())
    assert [one for one in ana.outbox.lying() if one.header.case == case] == []
    assert case.hex().encode() not in (ana.outbox.folder / "outcomes.json").read_bytes()


async def test_a_server_cannot_have_everything_erased_unasked(ana: At) -> None:
    served = ana.door.served
    for number in range(10, 31):
        await served.send(number)
    await ana.sync()
    erasing = Erasing(store=served.store, hours=48, months=24)
    for number in range(10, 31):
        await erasing.ask(case_id(number), PERSON, NOW)
    await erasing.round(NOW + timedelta(hours=48))
    with pytest.raises(ManyGone, match="21 cases"):
        await ana.sync()
    assert ana.desk.mirror.journal(case_id(10))
    ana.many = True
    assert len((await ana.sync()).gone) == 21


async def go(ana: At, *numbers: int) -> None:
    """Have cases be gone at the server, whoever says so."""
    erasing = Erasing(store=ana.door.served.store, hours=48, months=24)
    for number in numbers:
        await erasing.ask(case_id(number), PERSON, NOW)
    await erasing.round(NOW + timedelta(hours=48))


async def test_a_few_at_a_time_are_counted_over_days(ana: At) -> None:
    for number in range(10, 50):
        await ana.door.served.send(number)
    await ana.sync()
    for day in range(5):
        ana.today = TODAY + timedelta(days=day)
        await go(ana, *range(10 + 4 * day, 14 + 4 * day))
        assert len((await ana.sync()).gone) == 4
    await go(ana, 30)
    for _ in range(2):  # asked again it is the same: only what is erased counts
        with pytest.raises(ManyGone, match="1 cases are said to be gone, after 20"):
            await ana.sync()
    assert ana.desk.mirror.journal(case_id(30))
    ana.today = TODAY + timedelta(days=7)  # four of them are a week ago
    assert (await ana.sync()).gone == (case_id(30),)
    await go(ana, *range(31, 35))
    with pytest.raises(ManyGone, match="4 cases are said to be gone, after 17"):
        await ana.sync()
    ana.many = True
    assert len((await ana.sync()).gone) == 4
    ana.many = False  # somebody has looked: the count begins anew
    await go(ana, *range(35, 50))
    assert len((await ana.sync()).gone) == 15


async def test_a_count_that_cannot_be_read_asks(ana: At) -> None:
    await ana.sync()
    await go(ana, 3)
    (ana.desk.mirror.folder / unasked.FILE).write_bytes(b"{")
    with pytest.raises(ManyGone):
        await ana.sync()
    ana.many = True
    assert (await ana.sync()).gone == (case_id(3),)


async def test_what_retention_ends_by_this_desk_s_own_clock_asks_nobody(ana: At) -> None:
    numbers = range(10, 40)
    for number in numbers:
        await ana.door.served.send(number)
    await ana.sync()
    months = ana.desk.reader.line.retention_months
    await go(ana, *numbers)
    ana.today = months_after(TODAY, months) - timedelta(days=1)
    ana.desk.take_bundle((await ana.door.served.bundle()).path)
    with pytest.raises(ManyGone, match="30 cases"):
        ana.erase()
    ana.today += timedelta(days=1)
    assert len(ana.erase()) == 30
    assert Unasked(folder=ana.desk.mirror.folder, today=ana.today).count() == 0


# --- no more than is needed ----------------------------------------------------------------------


class Heard(Remote):
    """The way to a server, with what was asked."""

    asked: list[str]

    def ask(self, path: str, *args: object, **how: object) -> bytes | None:
        """Remember the question, and ask it."""
        self.asked.append(path)
        return super().ask(path, *args, **how)  # type: ignore[arg-type]


async def asks(ana: At, what: str) -> list[str]:
    """Sync; return what was asked of some kind."""
    ana.asked.clear()
    await ana.sync()
    return [one for one in ana.asked if one.startswith(what)]


async def test_only_what_a_desk_has_not_got_is_told_of_cases_that_leave(ana: At) -> None:
    for number in range(10, 13):
        await ana.door.served.send(number)
    assert await asks(ana, "/tombstones") == ["/tombstones?since=1"]
    await go(ana, 10)
    await ana.sync()
    day = TODAY.toordinal()
    ben = At(ana.door, ana.url, "ben")
    await ben.sync()
    assert await asks(ana, "/tombstones") == [f"/tombstones?since={day - 1}"]
    assert [one.erased for one in ana.desk.mirror.told.tombstones()] == [2]
    erasing = Erasing(store=ana.door.served.store, hours=48, months=24)
    later = NOW + timedelta(days=20)
    await erasing.ask(case_id(11), PERSON, later)
    ana.today = later.date()
    assert await asks(ana, "/tombstones") == [f"/tombstones?since={day - 1}"]
    ana.today += timedelta(days=5)
    await erasing.round(later + timedelta(days=5))
    # it left when it was told of last, so it is asked for, and by now it is gone
    since = f"/tombstones?since={day + 19}"
    assert await asks(ana, "/tombstones") == [since, since]  # and once more for its own report
    assert case_id(11) in ana.desk.mirror.told.gone()
    assert not ana.desk.mirror.journal(case_id(11))


async def test_a_case_that_went_while_this_desk_was_told_another_day_is_found(ana: At) -> None:
    await ana.sync()
    await go(ana, 3)
    (stone,) = await tombstones(ana.door.served.store, ana.desk.reader.line)
    far = replace(stone, case=case_id(77), asked=TODAY + timedelta(days=40))
    ana.desk.mirror.told.keep([far], ())  # a server whose clock was ahead
    ana.today = TODAY + timedelta(days=60)
    await ana.sync()
    assert case_id(3) in ana.desk.mirror.told.gone()
    await ana.sync()
    assert not ana.desk.mirror.journal(case_id(3))


async def test_outcomes_are_asked_for_until_there_is_an_end(ana: At) -> None:
    assert await asks(ana, "/outcomes") == []
    made = [ana.hand.act(case_id(1), Note(text=str(n))) for n in range(3)]
    await ana.sync()
    assert await asks(ana, "/outcomes") == []
    # one of them is a reply that still waits, as far as is known here
    number, store = (made[1].device, made[1].sequence), ana.door.served.store

    async def became(outcome: Outcome) -> None:
        change = OutcomeChange(device=number[0], sequence=number[1], outcome=outcome.value)
        await store.commit(Unit(day=TODAY, outcomes=(change,)))

    await became(Outcome.WAITING)
    waits = Told(device=number[0], sequence=number[1], outcome=Outcome.WAITING, day=TODAY)
    answers = (ana.outbox.folder / "outcomes.json").read_text()
    (ana.outbox.folder / "outcomes.json").write_text(answers.replace("taken", "waiting", 2))
    assert {one.outcome for one in ana.outbox.answered().values()} > {Outcome.WAITING}

    async def two_at_a_time(device: bytes, after: int, limit: int = 100) -> object:
        return await store.packets_of(device, after, min(limit, 2))

    Lying(ana, packets_of=two_at_a_time)
    asked = await asks(ana, "/outcomes")
    assert [one.rpartition("=")[2] for one in asked] == ["0", "2", "3"]
    assert ana.outbox.answered()[number].outcome is Outcome.WAITING
    await became(Outcome.SENT)
    assert [one.outcome for one in (await ana.sync()).answered] == [Outcome.SENT]
    assert await asks(ana, "/outcomes") == []
    ana.outbox.settle([waits])  # an older bundle is opened
    assert ana.outbox.answered()[number].outcome is Outcome.SENT


# --- lies ----------------------------------------------------------------------------------------


async def test_a_server_put_back_from_a_copy_is_noticed(ana: At) -> None:
    served = ana.door.served
    await ana.sync()
    kept, store = served.store, other_story(ana)
    for case in (case_id(1), case_id(2)):
        for row in await kept.journal(case):
            await served.append(
                NewEntry(case=row.case, key=row.key, sealed=row.sealed, day=row.day)
            )
    ana.hand.act(case_id(1), Note(text="not to this one"))
    with pytest.raises(ServerWentBack, match="2 entries, and 3 were seen"):
        await ana.sync()
    assert len(await store.journal(case_id(1))) == 1
    for number in (7, 8, 9):  # and it grew since
        await served.send(number)
    with pytest.raises(ServerWentBack, match="0 digests"):
        await ana.sync()
    assert len(ana.outbox.waiting()) == 1


async def test_a_fork_is_noticed_and_named(ana: At) -> None:
    served = ana.door.served
    await served.add_to(case_id(1))
    await ana.sync()
    kept = served.store
    other_story(ana)
    for number in (1, 2, 3):
        for row in await kept.journal(case_id(number)):
            if row.position == 0:
                await served.append(
                    NewEntry(case=row.case, key=row.key, sealed=row.sealed, day=row.day)
                )
    await served.digest()
    await served.add_to(case_id(1))
    await served.add_to(case_id(1))
    with pytest.raises((ForkedCase, TamperedCase), match=case_id(1).hex()):
        await ana.sync()


async def test_entries_that_were_lost_are_noticed(ana: At) -> None:
    served = ana.door.served
    await served.add_to(case_id(1))
    await ana.sync()
    kept = served.store
    other_story(ana)
    for number in (1, 2, 3):
        row = (await kept.journal(case_id(number)))[0]
        await served.append(NewEntry(case=row.case, key=row.key, sealed=row.sealed, day=row.day))
    await served.digest()
    await served.send(5)
    with pytest.raises(LostEntries, match="ends at 0 there and at 1 here"):
        await ana.sync()


async def test_a_case_that_vanished_is_noticed(ana: At) -> None:
    served = ana.door.served
    await served.send(4)
    await ana.sync()
    kept = served.store
    other_story(ana)
    for number in (1, 2, 3):
        row = (await kept.journal(case_id(number)))[0]
        await served.append(NewEntry(case=row.case, key=row.key, sealed=row.sealed, day=row.day))
    await served.digest()
    await served.send(5)
    with pytest.raises(VanishedCase, match=case_id(4).hex()):
        await ana.sync()


class Lying:
    """Changes what the store tells the door."""

    def __init__(self, ana: At, **lies: Callable[..., object]) -> None:
        self._true = ana.door.served.store
        ana.door.served.store = self  # type: ignore[assignment]  # a store that lies
        for name, lie in lies.items():
            setattr(self, name, lie)

    def __getattr__(self, name: str) -> object:
        return getattr(self._true, name)


async def test_entries_that_are_kept_back_are_noticed(ana: At) -> None:
    true = ana.door.served.store

    async def without_the_second(after: int, limit: int = 100) -> object:
        return tuple(one for one in await true.entries(after, limit) if one[1].case != case_id(2))

    Lying(ana, entries=without_the_second)
    with pytest.raises(WithheldEntries, match=case_id(2).hex()):
        await ana.sync()


async def test_a_case_that_a_digest_witnessed_cannot_be_kept_back(ana: At) -> None:
    true = ana.door.served.store

    async def entries(after: int, limit: int = 100) -> object:
        return tuple(one for one in await true.entries(after, limit) if one[1].case != case_id(2))

    async def changed(after: int, upto: int) -> object:
        found = await true.changed(after, upto)
        whole = (after, upto) == (0, 3) and len(asked) % 2 == 1
        asked.append(upto)
        return tuple(head for head in found if head.case != case_id(2)) if whole else found

    asked: list[int] = []
    Lying(ana, entries=entries, changed=changed)
    with pytest.raises(UnwitnessedCase, match="Digest 1 witnessed another end"):
        await ana.sync()


async def test_a_changed_entry_is_noticed_and_nothing_of_its_page_is_kept(ana: At) -> None:
    true = ana.door.served.store

    async def changed(after: int, limit: int = 100) -> object:
        found = await true.entries(after, limit)
        return tuple(
            (number, replace(row, sealed=row.sealed + b"x") if number == 2 else row)
            for number, row in found
        )

    Lying(ana, entries=changed)
    with pytest.raises(TamperedCase, match=case_id(2).hex()):
        await ana.sync()
    assert ana.desk.mirror.cases() == []


async def test_a_digest_that_is_left_out_or_told_otherwise_is_noticed(ana: At) -> None:
    served = ana.door.served
    await served.digest(days=1)
    true = served.store

    async def digests(after: int = 0) -> object:
        rows = await true.digests(after)
        return tuple(row for row in rows if row.number != 1)

    Lying(ana, digests=digests)
    with pytest.raises(LeftOutDigest, match="digest 1"):
        await ana.sync()
    served.store = true
    await ana.sync()

    async def shorter(after: int = 0) -> object:
        return (await true.digests(after))[:1]

    Lying(ana, digests=shorter)
    with pytest.raises(ServerWentBack, match="1 digests, and 2"):
        await ana.sync()


async def test_a_digest_by_mail_and_the_server_must_agree(ana: At) -> None:
    served = ana.door.served
    ana.desk.take_digest(served.drop / "digest-000001.age")
    other_story(ana)
    for number in (5, 6):
        await served.send(number)
    with pytest.raises(ServerWentBack, match="number 1 is here"):
        await ana.sync()
    await served.digest()
    with pytest.raises(LeftOutDigest):
        await ana.sync()


async def test_an_older_statement_is_refused(ana: At, tmp_path: Path) -> None:
    from storage import folder

    office = ana.door.served.office
    old = tmp_path / "old"
    folder.write(old, folder.read(office.line_folder))
    office.sign("org", "remove", "ben")
    await ana.sync()
    answers = ana.door.answers
    ana.door.door.answers = lambda: replace(answers(), line_folder=old)
    with pytest.raises(OlderLine):
        await ana.sync()
    assert ana.door.brought  # what is newer here was brought


# --- who answers ---------------------------------------------------------------------------------


async def test_another_server_is_not_believed(ana: At) -> None:
    ana.door.door.identity = Credentials.make().identity
    with pytest.raises(ForeignServer):
        await ana.sync()
    assert ana.desk.mirror.cases() == []


async def test_another_lines_server_is_not_believed(ana: At, tmp_path: Path) -> None:
    other = Door(Served(tmp_path / "other", "ana"))
    other.now = ana.door.now = ana.now = datetime.now(UTC)  # as its HTTP says
    async with other.open() as url:
        ana.url = url
        with pytest.raises(TurnedAway):
            await ana.sync()
    answers = ana.door.answers
    ana.door.door.answers = lambda: replace(answers(), line_folder=other.served.office.line_folder)
    ana.url = ""
    async with ana.door.open() as url:
        ana.url = url
        with pytest.raises(ForeignRoot):
            await ana.sync()


async def test_what_somebody_on_the_way_changes_is_not_believed(ana: At) -> None:
    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = ana.url.removeprefix("http://").split(":")
        there, back = await asyncio.open_connection(host, int(port))
        back.write(await reader.readuntil(b"\r\n\r\n"))
        head = await there.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = bytearray(await there.readexactly(size))
        body[-2000] ^= 1
        writer.write(head + body)
        await writer.drain()
        writer.close()
        back.close()

    server = await asyncio.start_server(between, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    at = At(ana.door, f"http://127.0.0.1:{port}")
    with pytest.raises((ForeignServer, StorageError)):
        await at.sync()
    server.close()
    assert at.desk.mirror.cases() == []


async def test_a_clock_that_is_off_is_said(ana: At) -> None:
    real = datetime.now(UTC)  # what the server's own HTTP says of the time
    ana.now = real + timedelta(minutes=20)
    with pytest.raises(ClockOff, match=r"(19|20) minutes"):
        await ana.sync()


@pytest.mark.parametrize(
    "url",
    [
        "http://line.example.org",
        "http://10.8.0.1:8471",
        "ftp://127.0.0.1",
        "https://user:word@line.example.org",
        "https://line.example.org/?x=1",
        "line.example.org",
        "",
    ],
)
def test_an_address_in_the_open_is_not_asked(url: str) -> None:
    with pytest.raises(BadAddress):
        checked(url)


@pytest.mark.parametrize(
    "url",
    ["https://line.example.org/", "http://127.0.0.1:8471", "http://[::1]:1", "http://abc.onion"],
)
def test_other_addresses_are(url: str) -> None:
    assert checked(url) == url.rstrip("/")


def test_what_is_remembered_may_be_lost(tmp_path: Path) -> None:
    memory = sync_memory.Memory(after=3, last=4, files=frozenset([case_id(1)]))
    sync_memory.save(tmp_path, memory)
    assert sync_memory.load(tmp_path) == memory
    (tmp_path / sync_memory.FILE).write_bytes(b"{")
    assert sync_memory.load(tmp_path) == sync_memory.Memory()


async def test_a_file_that_staff_bring_comes_to_their_colleagues(ana: At, tmp_path: Path) -> None:
    served, case = ana.door.served, case_id(7)
    assert isinstance(served, FilesServed)
    free = RESERVE
    ana.door.packets.enclosing = Enclosing(
        store=served.store, blobs=served.blobs, room=lambda: free
    )
    whole = tmp_path / "scan.pdf"
    whole.write_bytes(b"%PDF-1.7 " + bytes(LARGEST * MIB - 9))  # as large as may be
    key = served.office.line.reading_key(TODAY, GENERAL)
    enclosures = Enclosures(folder=tmp_path / "interviews")
    file = enclosures.add(case, key.recipient, whole, 1)
    await served.send(7, [*TOLD, ("G1F", 0, 0, file, GENERAL)])
    ben = At(ana.door, ana.url, "ben")
    _, fetched = await ben.both()
    assert fetched.taken == 0  # named, and not there yet

    ana.hand.enclose(case, Note(text="The letter."), enclosures.read(case, file))
    synced, _ = await ana.both()
    assert [one.outcome for one in synced.answered] == [Outcome.ROOM]
    free = RESERVE << 1
    book = Casebook.of(ana.desk.reader, lambda _: (), TODAY)
    outgoing.again(book, outgoing.refused(book, 1), None)
    synced, _ = await ana.both()
    assert [one.outcome for one in synced.answered] == [Outcome.TAKEN]
    _, fetched = await ben.both()
    assert fetched.taken == 1
    for at in (ana, ben):
        shelf = Shelf(folder=at.desk.mirror.folder / FILES)
        with shelf.opened(file) as source, (tmp_path / at.name).open("wb") as opened:
            age.open_stream(source, opened, list(at.desk.reader.keys.values()))
        assert (tmp_path / at.name).read_bytes() == whole.read_bytes()
    Casebook.of(ana.desk.reader, lambda _: (), TODAY).tidy()
    assert ana.outbox.lying() == ()
