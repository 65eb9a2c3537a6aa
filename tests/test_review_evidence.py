"""What may befall a file or a code between two moments: set aside, sent, moved, or out of room."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.channels.signal.decode import Decoded
from bot.channels.signal.receiving import Receiver
from bot.channels.signal.sending import SignalChannel
from bot.engine.events import Said
from bot.engine.state import State
from bot.fetching import MOST_LEFT, SHORT, UNKNOWN
from bot.files import RESERVE
from bot.ports import Incoming
from storage import entry
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.rows import BlobState, FetchRow
from storage.unit import Unit
from tests.depots import Drawer
from tests.line_made import Made, Person, Watch, made
from tests.reports import short
from tests.test_fetching import PHOTO, VOICE, at_words, line_of, on_disk, sent_code
from tests.test_proof import paused
from tests.watched import Watched, new_keys


async def with_a_spoken_phrase(line: Made, drawer: Drawer) -> Person:
    """Return a person who wants to be written to, and has spoken the phrase (F3)."""
    person = await at_words(line)
    for text in [*short("en")[5:-3], "yes", "1", "1"]:
        await person.says(text)
    assert person.heard[-1] == "q-F3"
    await person.sends(drawer.put("phrase", VOICE), voice=True)
    return person


async def sends_without_contact(person: Person) -> None:
    """Take the wish to be written to back, which sets the phrase aside, and send."""
    for text in ["/skip", "/review", "2", "9", "3", "/review", "1"]:
        await person.says(text)
    assert person.heard[-2:] == ["sent", "end"] or "sent" in person.heard


@pytest.mark.parametrize("fetched", [False, True])
async def test_a_file_that_is_set_aside_is_not_sent_neither_then_nor_later(
    tmp_path: Path, *, fetched: bool
) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await with_a_spoken_phrase(line, drawer)
        if fetched:
            await line.fetch()
            assert len(on_disk(tmp_path)) == 1
        await sends_without_contact(person)
        await line.fetch()
        ((submission, answers),) = await line.cases()
        assert "F3" not in {one.question for one in answers}
        assert await line.entries() == []
        assert on_disk(tmp_path) == []
        blobs = await line.app.store.blobs(submission.case)
        assert [one.state for one in blobs if one.state is not BlobState.DOOMED] == []
        assert drawer.forgotten == ["phrase"]


async def test_a_file_of_a_report_comes_while_its_person_adds_to_it(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        code = await sent_code(person)
        await person.says(code)
        await person.says("English")
        assert person.heard[-1] == "adding"
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        (file,) = await line.entries()
        assert isinstance(file.value, entry.File)
        assert file.question == "A1"
        assert await line.opened(file.value.blob) == PHOTO


async def test_a_file_that_was_added_comes_after_the_form_has_changed(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        code = await sent_code(await at_words(line))
        other = line.person("other")
        await other.says(code)
        await other.says("English")
        await other.sends(drawer.put("1", PHOTO))
        fetching = line.app.fetching
        fetching.arrival = replace(
            fetching.arrival, form=replace(line.app.content.form, version="next")
        )
        await line.fetch()
        assert [m.id for m in other.hears()] == ["file-kept"]
        (file,) = await line.entries()
        assert isinstance(file.value, entry.File)


async def test_files_that_come_leave_the_database_its_room(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        free = [RESERVE - 1]
        line.app.fetching.room = lambda: free[0]
        await line.fetch()
        assert person.hears() == []
        assert on_disk(tmp_path) == []
        free[0] = 1 << 40
        line.watch.forward(hours=1)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]


class Late(Watched):
    """A store whose answer about due files may be from a moment ago."""

    before: tuple[FetchRow, ...] = ()

    async def fetches(self, now: int, limit: int = 100) -> tuple[FetchRow, ...]:
        there: tuple[FetchRow, ...] = await self._store.fetches(now, limit)
        old, self.before = self.before, there
        return there or old


async def test_a_file_that_has_just_come_is_not_fetched_over_itself(tmp_path: Path) -> None:
    keys, drawer = new_keys(tmp_path), Drawer()
    store = Late(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys, depots=[drawer]) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", b""))
        await line.fetch()
        assert len(on_disk(tmp_path)) == 1
        drawer.put("1", b"")  # not every chat app forgets a file when it is told to
        await line.fetch()
        assert len(on_disk(tmp_path)) == 1
        assert drawer.fetched == ["1"]


async def test_the_code_of_this_very_draft_is_no_answer(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        _, code = await paused(line)
        other = line.person("new")
        await other.says(code)
        assert "moved" in other.heard
        kept = len(await line.app.store.drafts((await _state(line, "new")).case))
        await other.says(code)  # once more: the first one took a while
        state = await _state(line, "new")
        assert "moved" in other.heard
        assert len(await line.app.store.drafts(state.case)) == kept


async def test_nobody_is_forgotten_whose_draft_stands_under_last_months_tag(tmp_path: Path) -> None:
    forgotten: list[str] = []

    async def forget(peer: str) -> None:
        forgotten.append(peer)

    watch = Watch(datetime(2026, 11, 30, 23, 50, tzinfo=UTC))
    async with made(tmp_path, watch=watch) as line:
        person = await at_words(line)
        line.app.delivery.forgets = {line.inbox.name: forget}
        watch.forward(minutes=20)
        await line.app.intake.resend(line.inbox.name, person.name)
        await line.deliver()
        assert [m.id for m in person.hears()] == ["send-again"]
        assert forgotten == []
        await person.says("/stop")
        assert forgotten == [person.name]


async def test_who_was_told_of_a_gap_is_not_told_again_when_it_has_to_be_tried_again(
    tmp_path: Path,
) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        people = [await at_words(line, name) for name in ("one", "two", "three")]
        told: list[Unit] = []

        def at_the_second(unit: Unit) -> Exception | None:
            told.append(unit)
            return DatabaseFailed("x") if len(told) == 2 else None

        store.fails = at_the_second
        with pytest.raises(DatabaseFailed):
            await line.app.intake.tell_open(line.inbox.name, "missed")
        store.fails = lambda _: None
        assert await line.app.intake.tell_open(line.inbox.name, "missed") == 3
        await line.deliver()
        assert [[m.id for m in person.hears()] for person in people] == [["missed", "q-A1"]] * 3
        line.watch.forward(minutes=10)
        await line.app.intake.tell_open(line.inbox.name, "missed")  # the next gap is told again
        await line.deliver()
        assert [[m.id for m in person.hears()] for person in people] == [["missed", "q-A1"]] * 3


async def test_what_broke_while_it_was_kept_is_not_safe() -> None:
    class Broken:
        def stream(self, _: str) -> object:
            raise RuntimeError

    async def nothing(_: object) -> None:
        return None

    receiver = Receiver(
        cast("SignalChannel", SimpleNamespace(bridge=Broken())),
        receive=nothing,
        resend=nothing,
        sleep=asyncio.sleep,
        ticks=time.monotonic,
        asks=False,
    )
    said = Incoming(channel="signal", peer="somebody", event_id="1", event=Said(text=""))
    assert not await receiver.take(Decoded(peer="somebody", incomings=(said,), long="file"), 1)
    await receiver.close()


async def _state(line: Made, peer: str) -> State:
    place = await line.app.intake.chats.find(line.inbox.name, peer, line.watch().date())
    return place.state


async def test_many_files_of_no_row_are_another_s_and_stay(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        blobs = line.app.fetching.blobs
        for number in range(MOST_LEFT + 1):
            with blobs.begin(bytes([number]) * 16) as writer:
                writer.write(b"another line's")
                writer.finish()
        left = blobs.begin(b"\xff" * 16)
        left.write(b"begun and left")
        assert await line.app.fetching.sweep() == 1
        assert await line.app.fetching.orphans() == 0
        assert len(on_disk(tmp_path)) == MOST_LEFT + 1
        assert [one.code for one in await line.app.store.troubles()] == [UNKNOWN]
        blobs.erase(bytes(16))
        assert await line.app.fetching.sweep() == MOST_LEFT
        assert on_disk(tmp_path) == []
        assert await line.app.store.troubles() == ()
        left.abandon()


async def test_a_file_that_is_shorter_than_announced_is_tried_again_then_believed(
    tmp_path: Path,
) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO), size=len(PHOTO) + 1)
        for _ in range(SHORT):
            await line.fetch()
            assert person.hears() == []
            line.watch.forward(minutes=20)
        await line.fetch()
        assert [m.id for m in person.hears()] == ["file-kept"]
        assert drawer.fetched == ["1"] * (SHORT + 1)


async def test_files_that_are_added_are_numbered_after_those_of_the_report(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        await person.sends(drawer.put("1", PHOTO))
        await line.fetch()
        code = await sent_code(person)
        for reference in ("2", "3"):
            other = line.person(f"another {reference}")
            for text in ("/start", "English", code):
                await other.says(text)
            await other.sends(drawer.put(reference, VOICE))
            await line.fetch()
        files = [one.value for one in await line.entries()]
        assert [one.number for one in files if isinstance(one, entry.File)] == [2, 3]
