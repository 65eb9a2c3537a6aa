"""A file is received when it is sealed, on the disk and committed, and not a moment before."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.engine.events import Said, Sent
from bot.errors import DeliveryFailed, NotNow, Refused
from bot.fetching import BATCH, GIVEN_UP, IN_ALL, OF_A_CHANNEL, WAITS
from bot.files import short_hash
from bot.ports import Incoming, Media, Message
from storage import entry
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.unit import FetchChange, Store, Unit
from tests.canary import found, found_in, number_forms, text_forms
from tests.depots import Drawer
from tests.line_made import Draws, Inbox, Made, Person, Watch, made
from tests.quiet import logged
from tests.reports import short
from tests.watched import Watched, new_keys

WORDS = "Two officers came."
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.Random("photo").randbytes(200_000)
VOICE = b"OggS\0\2" + random.Random("voice").randbytes(5_000)


async def at_words(line: Made, name: str = "person") -> Person:
    """Return a person who is asked what happened."""
    person = line.person(name)
    for text in ["/start", *short("en")[:5]]:
        await person.says(text)
    return person


async def finish(person: Person, words: bool = True) -> None:
    """Go on from there to the end, and send."""
    for text in short("en", words=WORDS)[5 if words else 6 :]:
        await person.says(text)


@asynccontextmanager
async def line_of(home: Path, drawer: Drawer, **changes: object) -> AsyncIterator[Made]:
    async with made(home, depots=[drawer], sqlite=True, **changes) as line:  # type: ignore[arg-type]
        yield line


def on_disk(home: Path) -> list[Path]:
    return sorted(p for p in (home / "blobs").rglob("*") if p.is_file())


# --- one file -------------------------------------------------------------------------------------


async def test_a_file_is_received_only_when_it_is_sealed_and_kept(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        drawer.put("1", PHOTO)
        await person.sends("1", kind="photo", name="a/b\u202egpj.exe.jpg", type="text/html", size=9)
        assert person.heard == ["file-coming"]
        assert on_disk(tmp_path) == []
        assert drawer.fetched == []
        assert await line.fetch() == 1
        assert [m.id for m in person.hears()] == ["file-kept"]
        digest = hashlib.sha256(PHOTO).hexdigest()
        assert short_hash(digest) in person.last[0].text
        assert f"{digest[:4]} {digest[4:8]}" == short_hash(digest)
        assert drawer.forgotten == ["1"]
        assert await line.fetch() == 0
        await finish(person)
        assert person.heard == ["sent", "end"]
        ((_, answers),) = await line.cases()
        (file,) = [one for one in answers if isinstance(one.value, entry.File)]
        assert (file.question, file.part) == ("A1", 0)
        value = file.value
        assert isinstance(value, entry.File)
        assert (value.size, value.sha256, value.kind) == (len(PHOTO), digest, "photo")
        assert (value.type, value.name) == ("image/jpeg", "bgpj.exe.jpg")
        assert await line.opened(value.blob) == PHOTO
        sealed = on_disk(tmp_path)[0].read_bytes()
        assert hashlib.sha256(sealed).hexdigest() == value.sealed_sha256
        words = [a for a in answers if a.question == "A1" and isinstance(a.value, entry.Words)]
        assert [(a.part, a.value) for a in words] == [(1, entry.Words(words=WORDS))]
        assert len(on_disk(tmp_path)) == 1


async def test_a_voice_note_answers_a_question_for_words(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("v", VOICE), voice=True)
        await line.fetch()
        await person.says("/done")
        assert person.heard[-1] == "q-A2"


async def test_files_come_in_any_size(tmp_path: Path) -> None:
    drawer = Drawer(piece=10_007)
    sizes = [0, 1, 65_535, 65_536, 65_537, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 17]
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        datas = [random.Random(size).randbytes(size) for size in sizes]
        for number, data in enumerate(datas):
            await person.sends(drawer.put(str(number), data))
        await line.fetch()
        await finish(person)
        ((_, answers),) = await line.cases()
        files = [a.value for a in answers if isinstance(a.value, entry.File)]
        assert [file.size for file in files] == sizes
        assert [await line.opened(file.blob) for file in files] == datas


async def test_nothing_is_said_before_the_file_is_on_the_disk_and_committed(tmp_path: Path) -> None:
    drawer = Drawer()
    seen: list[tuple[bool, int]] = []

    class Watching(Inbox):
        async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
            if message.id == "file-kept":
                rows = await line.app.store.fetches(2**40)
                whole = all(path.suffix == ".age" for path in on_disk(tmp_path))
                seen.append((whole, len(rows)))
            return await super().deliver(peer, message)

    async with line_of(tmp_path, drawer, channels=[Watching()]) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        await line.fetch()
    assert seen == [(True, 0)]


# --- what is not taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media", "drawer", "said"),
    [
        ({"size": 101 * 1024 * 1024}, Drawer(), "file-too-large"),
        ({"size": 21}, Drawer(largest=20), "file-too-large"),
        ({"name": "setup.exe"}, Drawer(dangerous=False), "file-dangerous"),
        ({"name": "x.jpg", "type": "application/x-msdownload"}, Drawer(dangerous=False), "file-dangerous"),
        ({}, Drawer(name="other"), "file-none"),
    ],
)  # fmt: skip
async def test_what_is_not_taken_is_said_before_it_is_fetched(
    tmp_path: Path, media: dict[str, Any], drawer: Drawer, said: str
) -> None:
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends("1", **media)
        assert person.heard == [said, "q-A1"]
        assert await line.fetch() == 0
        assert await line.app.store.blob_ids() == frozenset()
        await asyncio.sleep(0)
        assert drawer.forgotten == (["1"] if drawer.name == "test" else [])


async def test_a_report_has_no_more_files_than_the_organisation_takes(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer, files={"most": 2}) as line:
        person = await at_words(line)
        for number in range(3):
            await person.sends(drawer.put(str(number), VOICE))
        assert person.heard == ["file-too-many", "q-A1"]
        assert await line.fetch() == 2


@pytest.mark.parametrize("named", [True, False])
async def test_files_on_their_way_count_for_what_a_report_may_have(
    tmp_path: Path, named: bool
) -> None:
    """Ten megabytes in all: ten files of one, as their app says, or as large as any may be."""
    size = 1024 * 1024 if named else 0
    drawer = Drawer()
    async with line_of(tmp_path, drawer, files={"largest_mb": 1}) as line:
        person = await at_words(line)
        for number in range(10):
            await person.sends(drawer.put(str(number), VOICE), size=size)
            assert person.heard == ["file-coming"]
        await person.sends(drawer.put("11", VOICE), size=size)
        assert person.heard == ["file-no-room", "q-A1"]
        if not named:
            await line.fetch()  # they are small in truth
            person.hears()
            await person.sends(drawer.put("12", VOICE), size=size)
            assert person.heard == ["file-coming"]


async def test_files_on_their_way_need_room_as_well(tmp_path: Path) -> None:
    drawer, mib = Drawer(), 1024 * 1024
    async with line_of(tmp_path, drawer) as line:
        intake = line.app.intake
        tight = replace(intake.inspection, room=lambda: 515 * mib)
        object.__setattr__(line.app, "intake", replace(intake, inspection=tight))
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE), size=2 * mib)
        assert person.heard == ["file-coming"]
        await person.sends(drawer.put("2", VOICE), size=2 * mib)
        assert person.heard == ["file-no-room", "q-A1"]


async def test_a_full_disk_takes_no_files(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        intake = line.app.intake
        full = replace(intake.inspection, room=lambda: 512 * 1024 * 1024)
        object.__setattr__(line.app, "intake", replace(intake, inspection=full))
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE), size=len(VOICE))
        assert person.heard == ["file-no-room", "q-A1"]


@pytest.mark.parametrize(
    ("data", "said"),
    [(bytes(1024 * 1024 + 1), "file-too-large"), (b"MZ\x90" + bytes(99), "file-dangerous")],
)
async def test_what_shows_itself_only_while_it_comes_is_given_up(
    tmp_path: Path, data: bytes, said: str
) -> None:
    drawer = Drawer(dangerous=False)
    async with line_of(tmp_path, drawer, files={"largest_mb": 1}) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", data), name="a.jpg")
        await line.fetch()
        assert [m.id for m in person.hears()] == [said, "q-A1"]
        assert on_disk(tmp_path) == []
        assert await line.app.store.blob_ids() == frozenset()
        assert drawer.forgotten == ["1"]


async def test_a_file_elsewhere_is_forgotten_by_the_app(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = line.person()
        await person.says("/start")
        await person.sends("early")
        assert "no-file" in person.heard
        await asyncio.sleep(0)
        assert drawer.forgotten == ["early"]
        assert await line.fetch() == 0


# --- what fails -----------------------------------------------------------------------------------


async def test_what_fails_is_tried_ever_more_seldom_and_lost_after_a_day(tmp_path: Path) -> None:
    drawer = Drawer(moods={"1": lambda: DeliveryFailed("not now")})
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends("1")
        began, tries = line.watch().timestamp(), []
        while waiting := await line.app.store.fetches(2**40):
            if (left := waiting[0].due - int(line.watch().timestamp())) > 0:
                line.watch.forward(seconds=left - 1)
                before = len(drawer.fetched)
                await line.fetch()
                assert len(drawer.fetched) == before
                line.watch.forward(seconds=1)
            await line.fetch()
            tries.append(line.watch().timestamp() - began)
        assert [m.id for m in person.hears()] == ["file-lost", "q-A1"]
        waits = [round(b - a) for a, b in pairwise(tries)]
        assert waits[:5] == list(WAITS)
        assert set(waits[5:]) == {WAITS[-1]}
        assert GIVEN_UP <= tries[-1] <= GIVEN_UP + WAITS[-1]
        assert await line.app.store.blob_ids() == frozenset()
        await person.says("it happened on Monday")
        assert person.heard == ["kept"]


async def test_a_channel_that_says_how_long_is_not_asked_before(tmp_path: Path) -> None:
    drawer = Drawer(moods={"1": lambda: NotNow(400.0)})
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE))
        await line.fetch()
        drawer.moods.clear()
        line.watch.forward(seconds=399)
        assert await line.fetch() == 0
        line.watch.forward(seconds=1)
        assert await line.fetch() == 1
        assert [m.id for m in person.hears()] == ["file-kept"]


async def test_what_broke_off_begins_anew_and_leaves_nothing(tmp_path: Path) -> None:
    drawer = Drawer(breaks={"1": 100_000})
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        await line.fetch()
        assert on_disk(tmp_path) == []
        assert person.hears() == []
        drawer.breaks.clear()
        line.watch.forward(seconds=5)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        assert len(on_disk(tmp_path)) == 1


async def test_what_was_refused_for_good_is_said_at_once(tmp_path: Path) -> None:
    drawer = Drawer(moods={"1": Refused})
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends("1")
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-lost", "q-A1"]
        await finish(person)
        assert person.heard == ["sent", "end"]
        ((_, answers),) = await line.cases()
        assert not [one for one in answers if isinstance(one.value, entry.File)]


async def test_a_store_that_fails_has_the_file_fetched_again_and_said_once(tmp_path: Path) -> None:
    drawer, keys = Drawer(), new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys, depots=[drawer]) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        store.fails = lambda unit: DatabaseFailed("x") if unit.blobs else None
        await line.fetch()
        assert person.hears() == []
        store.fails = lambda _: None
        line.watch.forward(seconds=5)
        await line.fetch()
        line.watch.forward(seconds=50)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        assert len(on_disk(tmp_path)) == 1


# --- while it comes, the person goes on -----------------------------------------------------------


@asynccontextmanager
async def on_the_way(
    line: Made, person: Person, drawer: Drawer, data: bytes = PHOTO
) -> AsyncIterator[None]:
    """Have a file on its way, held after its first piece, until the block ends."""
    gate = drawer.hold("held")
    await person.sends(drawer.put("held", data))
    task = asyncio.create_task(line.app.fetching.round())
    await drawer.until(lambda: drawer.open > 0)
    try:
        yield
    finally:
        gate.set()
        await task
        await line.deliver()


async def test_a_case_that_is_sent_meanwhile_gets_the_file_into_its_journal(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        async with on_the_way(line, person, drawer):
            await finish(person)
            assert person.heard == ["sent", "end"]
        assert [m.id for m in person.hears()] == ["file-kept"]
        ((submission, answers),) = await line.cases()
        assert not [one for one in answers if isinstance(one.value, entry.File)]
        (added,) = await line.entries()
        assert (added.case, added.question, added.part) == (submission.case, "A1", 0)
        assert isinstance(added.value, entry.File)
        assert await line.opened(added.value.blob) == PHOTO
        assert {a.sequence for a in answers}.isdisjoint({added.sequence})


async def test_a_file_of_a_sent_case_that_is_lost_is_said(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends("nowhere")
        await finish(person)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-lost"]
        assert await line.entries() == []
        assert await line.app.store.blob_ids() == frozenset()


async def test_stop_forgets_a_file_on_its_way(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("done", VOICE))
        await line.fetch()
        async with on_the_way(line, person, drawer):
            await person.says("/stop")
            assert person.heard == ["stopped"]
            assert await line.app.store.fetches(2**40) == ()
        await line.fetch()
        assert person.hears() == []
        assert on_disk(tmp_path) == []
        assert await line.app.store.blob_ids() == frozenset()
        assert "held" in drawer.forgotten


@pytest.mark.parametrize("fetched", [True, False])
async def test_a_changed_answer_takes_its_files_along(tmp_path: Path, fetched: bool) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE))
        if fetched:
            await line.fetch()
        for text in short("en", words=WORDS)[5:-1]:
            await person.says(text)
        await person.says("/change")
        number = next(
            option.number
            for option in person.last[-1].options
            if "happened" in option.label or "A1" in option.label
        )
        await person.says(str(number))
        assert person.heard[-1] == "q-A1"
        await person.says("quite different words")
        await line.fetch()
        assert on_disk(tmp_path) == []
        assert await line.app.store.blob_ids() == frozenset()
        if not fetched:
            assert drawer.forgotten == ["1"]


async def test_an_expired_draft_takes_its_files_along(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE))
        await line.fetch()
        await person.sends("2")
        line.watch.forward(hours=41)
        await line.app.jobs.timers()
        await line.fetch()
        assert on_disk(tmp_path) == []
        assert await line.app.store.fetches(2**40) == ()
        assert await line.app.store.blob_ids() == frozenset()


async def test_a_file_comes_over_the_turn_of_a_month(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        line.watch.forward(days=8, hours=14, minutes=50)  # 30 November, ten to midnight
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE))
        line.watch.forward(minutes=20)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        await person.sends(drawer.put("2", PHOTO))
        await line.fetch()
        await finish(person)
        ((_, answers),) = await line.cases()
        assert len([a for a in answers if isinstance(a.value, entry.File)]) == 2


# --- adding to a case that was sent ----------------------------------------------------------------


async def sent_code(person: Person) -> str:
    """Send a report; return its case code as it was shown."""
    await finish(person)
    text = next(m.text for m in person.last if m.id == "sent")
    groups = [
        word
        for word in text.replace("\u2068", " ").replace("\u2069", " ").split()
        if word.strip(".,:;").isdecimal()
    ]
    return " ".join(word.strip(".,:;") for word in groups if len(word.strip(".,:;")) == 4)


async def test_files_and_words_are_added_to_a_sent_case(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        code = await sent_code(await at_words(line))
        other = line.person("somebody")
        await other.says(code)
        await other.says("English")
        await other.says("They came again.")
        await other.sends(drawer.put("1", PHOTO))
        await line.fetch()
        assert [m.id for m in other.hears()] == ["file-kept"]
        await other.says("/done")
        ((submission, answers),) = await line.cases()
        words, file = await line.entries()
        assert {words.case, file.case} == {submission.case}
        assert (words.question, words.value) == ("added", entry.Words(words="They came again."))
        assert isinstance(file.value, entry.File)
        assert await line.opened(file.value.blob) == PHOTO
        assert max(a.sequence for a in answers) < words.sequence < file.sequence
        assert (
            len({len(row.sealed) for row in (await line.app.store.journal(submission.case))[1:]})
            == 1
        )


async def test_a_file_that_comes_after_adding_was_ended_is_kept(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        code = await sent_code(await at_words(line))
        other = line.person("somebody")
        await other.says(code)
        await other.says("English")
        await other.sends(drawer.put("1", PHOTO))
        await other.says("/stop")
        await line.fetch()
        assert [m.id for m in other.hears()] == ["file-kept"]
        (file,) = await line.entries()
        assert isinstance(file.value, entry.File)


# --- side by side, and ends ------------------------------------------------------------------------


async def test_a_few_at_a_time(tmp_path: Path) -> None:
    changed = asyncio.Condition()
    drawers = [Drawer(name=name, changed=changed) for name in ("test", "two", "three")]
    inboxes = [Inbox(name=drawer.name) for drawer in drawers]
    async with made(tmp_path, channels=inboxes, depots=drawers) as line:
        gates = []
        for drawer in drawers:
            for number in range(5):
                reference = drawer.put(f"{number}", VOICE)
                gates.append(drawer.hold(reference))
                for place, event in enumerate([*["/start", *short("en")[:5]], None]):
                    await line.app.intake.receive(
                        Incoming(
                            channel=drawer.name,
                            peer=f"{number}",
                            event_id=f"{place}",
                            event=Sent() if event is None else Said(text=event),
                            media=Media(reference=reference, kind="voice")
                            if event is None
                            else None,
                        )
                    )
        task = asyncio.create_task(line.app.fetching.run())
        await drawers[0].until(lambda: sum(drawer.open for drawer in drawers) >= IN_ALL)
        await asyncio.sleep(0.05)  # time enough for one too many
        assert max(drawer.most for drawer in drawers) == OF_A_CHANNEL
        assert sum(drawer.open for drawer in drawers) == IN_ALL
        for gate in gates:
            gate.set()
        for drawer in drawers:
            await drawer.until(lambda drawer=drawer: len(drawer.forgotten) == 5)  # type: ignore[misc]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert max(drawer.most for drawer in drawers) == OF_A_CHANNEL
        assert all(len(drawer.forgotten) == 5 for drawer in drawers)


async def test_an_end_in_the_middle_leaves_nothing_half_and_the_file_comes_after(
    tmp_path: Path,
) -> None:
    drawer, keys, watch = Drawer(), new_keys(tmp_path), Watch()

    async def up(seed: int) -> AsyncIterator[Made]:
        async with made(
            tmp_path,
            keys=keys,
            watch=watch,
            depots=[drawer],
            sqlite=True,
            draws=Draws(b"%d" % seed),
        ) as line:
            yield line

    gate = drawer.hold("1")
    async with contextlib.aclosing(up(0)) as ups:  # type: ignore[type-var]
        line = await anext(ups)
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO * 5))
        task = asyncio.create_task(line.app.fetching.run())
        await drawer.until(lambda: drawer.open > 0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert on_disk(tmp_path) == []
        assert drawer.open == 0
    (tmp_path / "blobs" / "ab").mkdir(parents=True, exist_ok=True)
    (tmp_path / "blobs" / "ab" / f"ab{'0' * 30}.part").write_bytes(b"left by a kill")
    (tmp_path / "blobs" / "ab" / f"ab{'1' * 30}.age").write_bytes(b"of no row")
    gate.set()
    async with contextlib.aclosing(up(1)) as ups:  # type: ignore[type-var]
        line = await anext(ups)
        task = asyncio.create_task(line.app.fetching.run())
        await drawer.until(lambda: drawer.forgotten == ["1"])
        await line.deliver()
        assert [m.id for m in line.inbox.take("person")] == ["file-kept"]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        (blob,) = await line.app.store.blob_ids()
        assert [path.name for path in on_disk(tmp_path)] == [f"{blob.hex()}.age"]
        assert await line.opened(blob) == PHOTO * 5


async def test_files_of_nobody_go_once_a_day_and_those_that_come_stay(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        stray = b"\xab" * 16
        with line.app.fetching.blobs.begin(stray) as writer:
            writer.write(b"of no row")
            writer.finish()
        async with on_the_way(line, person, drawer):
            assert len(on_disk(tmp_path)) == 2
            await line.app.jobs.retention()
            assert [path.suffix for path in on_disk(tmp_path)] == [".part"]
        assert [m.id for m in person.hears()] == ["file-kept"]
        assert [path.suffix for path in on_disk(tmp_path)] == [".age"]


async def test_another_servers_row_is_dropped(tmp_path: Path) -> None:
    drawer, keys, watch = Drawer(), new_keys(tmp_path), Watch()
    store: Store = MemoryStore(keys[0].identity.sign_bytes)
    async with made(tmp_path, store=store, keys=keys, watch=watch, depots=[drawer]) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", VOICE))
        (row,) = await store.fetches(2**40)
        foreign = replace(row, sealed=b"\0" * len(row.sealed), tries=1)
        await store.commit(
            Unit(day=watch().date(), fetches=(FetchChange(key=row.key, row=foreign),))
        )
        await line.fetch()
        assert await store.fetches(2**40) == ()
        assert await store.blob_ids() == frozenset()
        assert drawer.fetched == []


# --- nothing of it outside a seal -----------------------------------------------------------------

CANARY, CAPTION = "canary-in-the-picture-0451", "canary-under-the-picture-7f3a"


async def test_bytes_names_and_captions_lie_nowhere_outside_a_seal(tmp_path: Path) -> None:
    name, peer = f"{CANARY}-name.jpg", "7123456789"
    data = b"\xff\xd8\xff" + b"".join(bytes([n % 251]) * 40 + CANARY.encode() for n in range(9_000))
    forms = [text_forms(CANARY), text_forms(CAPTION), text_forms(name), number_forms(int(peer))]
    drawer = Drawer(breaks={"broken": 300_000}, moods={"failing": lambda: ValueError(CANARY)})
    home = tmp_path / "home"
    home.mkdir()
    with logged(home / "log") as log:
        async with line_of(home, drawer) as line:
            person = await at_words(line, peer)
            for reference in ("broken", "failing", "nowhere", "fine"):
                if reference != "nowhere":
                    drawer.put(reference, data)
                await person.sends(reference, kind="photo", name=name, size=len(data))
                await person.says(f"{CAPTION} {reference}")
            async with on_the_way(line, person, drawer, data):
                assert len(on_disk(home)) >= 1
                assert found(forms, home) == []
            assert found(forms, home) == []
            rows = await line.app.store.fetches(2**40)
            assert len(rows) == 2
            assert {len(row.sealed) for row in rows} == {len(rows[0].sealed)}
            assert found_in(forms, repr(rows).encode()) == []
            await finish(person)
            drawer.breaks.clear()
            drawer.moods.clear()
            line.watch.forward(seconds=10)
            await line.fetch()
            assert len(await line.entries()) == 2
            assert found(forms, home) == []
    assert found(forms, home) == []
    assert {one["event"] for one in log()} == {"fetch-failed"}
    assert {one["error"] for one in log()} == {"DeliveryFailed", "ValueError"}


def test_the_canary_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "left.part").write_bytes(b"xx" + CANARY.encode())
    assert found([text_forms(CANARY)], tmp_path) != []
