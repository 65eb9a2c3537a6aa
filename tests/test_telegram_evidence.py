"""Files that people send on Telegram: the whole way, over real HTTP, into sealed blobs."""

import hashlib
import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from bot.files import short_hash
from storage.entry import File
from tests.dialogues import Ledger
from tests.line_made import Watch
from tests.playing import Shown
from tests.telegram_live import PATIENCE, Live, live, telegram
from tests.telegram_made import until
from tests.telegram_person import Person, Reading, buttons_of
from tests.telegram_server.faults import Wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = itertools.count(7_770_001)
KINDS = ("photo", "document", "video", "video_note", "audio", "animation", "voice")
WORDS = "They came to my parents."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    watch = Watch()
    home = tmp_path_factory.mktemp("line")
    async with telegram(watch) as server, live(home, server, watch) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def up(shared: Live) -> AsyncIterator[Live]:
    """Yield the line that all tests share; what one let fail is whole again for the next."""
    yield shared
    shared.server.heal()
    shared.held.forward(600.0)


async def at(up: Live, until: str) -> Person:
    """Return somebody who has come so far in a short report."""
    person = Person(up, next(PEOPLE), reading=Reading(up.line))
    await person.plays("short_report", until=until)
    return person


async def heard(person: Person) -> list[str]:
    """Wait for whatever is said; return the ids of the texts, in order."""
    await person.up.quiet()
    messages = [one for one in person.stands() if one["bot"] and one["id"] > person.seen]
    person.heard = messages
    person.seen = messages[-1]["id"]
    return [_name(person, one) for one in messages]


def _name(person: Person, message: Shown) -> str:
    names = ("file-coming", "file-kept", "file-lost", "file-too-large", "file-dangerous", "kept",
             "file-too-many", "no-file-here", "q-A1", "q-A2")  # fmt: skip
    found = (n for n in names if person.reading.first("en", message, n) is not None)
    return next(found, message["text"])


def hash_of(content: bytes) -> str:
    return short_hash(hashlib.sha256(content).hexdigest())


async def finish(person: Person) -> None:
    """Send the report."""
    person.says("/done")
    await person.hears("q-A2")
    person.says("1")
    await person.hears("q-A3")
    person.says("/send")
    await person.hears("review-files")
    person.says("1")
    await person.hears("sent", "end")


async def files_of(ledger: Ledger) -> Sequence[File]:
    """Return what is known of the files of the one case that was sent since."""
    ((_, answers),) = await ledger.cases()
    return [one.value for one in answers if isinstance(one.value, File)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_is_sealed_kept_and_said_to_be_and_stays_in_the_chat(
    up: Live, kind: str
) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, "q-A1")
    content = f"{kind} ".encode() * 50_000
    told: dict[str, Any] = {"content": content, "file_name": f"what it shows.{kind}"}
    number = up.server.send(person.wire, kind, **told)["message_id"]
    assert await heard(person) == ["file-coming", "file-kept"]
    assert hash_of(content) in person.heard[-1]["text"]
    assert "Done" in {b["text"] for b in buttons_of(person.heard[0])}
    assert number in {one["id"] for one in person.stands()}
    await finish(person)
    (file,) = await files_of(ledger)
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert await up.line.opened(file.blob) == content
    blobs = up.line.app.home / "blobs"
    assert not any(content[:50] in path.read_bytes() for path in blobs.rglob("*.age"))


async def test_a_caption_is_kept_as_words_and_stays_with_its_file(up: Live) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, "q-A1")
    number = up.server.send(person.wire, "photo", caption=WORDS)["message_id"]
    said = await heard(person)  # what asks for more may be overtaken by what asks for more
    assert said.count("file-kept") == 1
    assert set(said) <= {"file-coming", "file-kept", "kept"}
    assert number in {one["id"] for one in person.stands()}
    await finish(person)
    ((_, answers),) = await ledger.cases()
    assert [one.value.words for one in answers if hasattr(one.value, "words")] == [WORDS]
    assert len(await files_of(ledger)) == 1


async def test_an_album_is_kept_item_by_item(up: Live) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, "q-A1")
    contents = [bytes([n]) * 10_000 for n in range(1, 11)]
    items = [{"kind": "photo", "content": content} for content in contents]
    numbers = up.server.album(person.wire, [{**items[0], "caption": WORDS}, *items[1:]])
    said = await heard(person)
    # Of what asks for more, only the newest has to be said: each file is told when it is kept.
    assert said.count("file-kept") == 10
    assert set(said) - {"kept"} == {"file-coming", "file-kept"}
    hashes = {hash_of(content) for content in contents}
    assert all(any(one in m["text"] for m in person.heard) for one in hashes)
    assert set(numbers["message_ids"]) <= {one["id"] for one in person.stands()}
    await finish(person)
    kept = {file.sha256 for file in await files_of(ledger)}
    assert kept == {hashlib.sha256(content).hexdigest() for content in contents}


async def test_updates_that_come_again_bring_no_file_twice(up: Live) -> None:
    person = await at(up, "q-A1")
    up.server.send(person.wire, "photo", caption=WORDS)
    up.server.redeliver()
    await heard(person)
    before = len([*(up.line.app.home / "blobs").rglob("*.age")])
    await up.again()
    assert person.stands()[-1]["id"] == person.seen
    assert len([*(up.line.app.home / "blobs").rglob("*.age")]) == before


@pytest.mark.parametrize("answer", ["close", "short", "long", 404, 429, 502])
async def test_what_broke_off_is_fetched_again_and_only_then_said_to_be_kept(
    up: Live, answer: Wrong
) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, "q-A1")
    content = b"what it shows" * 50_000
    up.server.fail("download", answer)
    up.server.send(person.wire, "document", content=content)
    assert await heard(person) == ["file-coming"]
    up.line.watch.forward(seconds=10)
    up.line.app.fetching.bell.ring()
    assert await heard(person) == ["file-kept"]
    await finish(person)
    (file,) = await files_of(ledger)
    assert await up.line.opened(file.blob) == content


async def test_a_file_that_telegram_has_no_more_is_said_to_be_lost_after_a_day(up: Live) -> None:
    person = await at(up, "q-A1")
    up.server.fail("getFile", 502)
    number = up.server.send(person.wire, "document")["message_id"]
    assert await heard(person) == ["file-coming"]
    up.server.lose(person.id, number)
    up.line.watch.forward(seconds=25 * 3_600)
    up.line.app.fetching.bell.ring()
    assert await heard(person) == ["file-lost", "q-A1"]


async def test_what_is_too_large_or_dangerous_is_refused_before_it_is_fetched(up: Live) -> None:
    person = await at(up, "q-A1")
    asked = len(up.server.calls("getFile"))
    up.server.send(person.wire, "video", size=20 * 1024 * 1024 + 1)
    assert await heard(person) == ["file-too-large", "q-A1"]
    assert "20" in person.heard[0]["text"]
    name = "photo" * 200 + ".jpg.exe"
    up.server.send(person.wire, "document", content=b"words", file_name=name)
    assert await heard(person) == ["file-dangerous", "q-A1"]
    assert len(up.server.calls("getFile")) == asked


async def test_who_stops_leaves_no_file_behind(up: Live) -> None:
    person = await at(up, "q-A1")
    before = await up.line.app.store.blob_ids()
    number = up.server.send(person.wire, "photo")["message_id"]
    await heard(person)
    assert len(await up.line.app.store.blob_ids() - before) == 1
    person.says("/stop")
    await person.hears("stopped")
    await up.line.app.fetching.bury()
    assert await up.line.app.store.blob_ids() == before
    assert {path.stem for path in (up.line.app.home / "blobs").rglob("*.age")} == {
        blob.hex() for blob in before
    }
    await until(lambda: person.stands()[0]["id"] == number, seconds=PATIENCE)
