"""An event that cannot be taken: three tries, then it is set aside, said so, and a code is logged."""

import asyncio
import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.events import Said
from bot.errors import DeliveryFailed, NotKept
from bot.intake import POISON
from bot.ports import Incoming, Message
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.unit import Outcome, Unit
from tests.line_made import LANGUAGES, Inbox, Made, made
from tests.quiet import logged
from tests.reports import WORDS, short
from tests.watched import Keys, Watched, new_keys

#: What the update says that can never be taken: an error of ours might carry it along.
PRIVATE = "private words of a person"


def memory(keys: Keys) -> Watched:
    return Watched(MemoryStore(keys[0].identity.sign_bytes))


def steps(unit: Unit) -> bool:
    """Say whether a unit is the step of a conversation."""
    return unit.chat is not None and unit.chat.state is not None


def poisoned(line: Made, event_id: str) -> Callable[[Unit], Exception | None]:
    """Make the step of one event fail whenever it is tried, with an error that quotes the person."""
    seen = line.app.intake.keyring.seen("test", "person", event_id)
    return lambda unit: ValueError(PRIVATE) if steps(unit) and unit.seen == seen else None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_poison_update_is_set_aside_after_three_tries(
    language: str, tmp_path: Path
) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    with logged(tmp_path / "log") as log:
        async with made(tmp_path, store=store.store, keys=keys) as line:
            person = line.person()
            await person.says("/start")
            for said in short(language)[:5]:
                await person.says(said)
            store.fails = poisoned(line, "7")
            (told,) = await person.says(PRIVATE)
            assert (told.id, told.language) == ("trouble", language)
            assert store.failures == POISON
            for said in short(language)[5:]:
                await person.says(said)
            ((_, answers),) = await line.cases()
            words = [getattr(a.value, "words", "") for a in answers if a.question == "A1"]
            assert words == [WORDS[language]]
    assert log() == [
        {"level": "info", "event": "poison", "error": "ValueError", "attempt": attempt}
        for attempt in range(1, POISON + 1)
    ]


async def test_a_poison_update_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    async with made(tmp_path, store=store.store, keys=keys) as line:
        person = line.person()
        await person.says("/start")
        for said in short("en")[:5]:
            await person.says(said)
        store.fails = poisoned(line, "p")
        assert await line.receive("person", Said(text=PRIVATE), "p") is Outcome.COMMITTED
        assert [m.id for m in line.inbox.take("person")] == ["trouble"]
        for mended in (False, True):
            store.fails = store.fails if not mended else lambda _: None
            assert await line.receive("person", Said(text=PRIVATE), "p") is Outcome.DUPLICATE
            assert line.inbox.take("person") == []


async def test_a_poison_update_as_the_first_word_is_answered_too(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    async with made(tmp_path, store=store.store, keys=keys) as line:
        store.fails = lambda unit: DatabaseFailed("SQLITE_FULL") if steps(unit) else None
        assert [m.id for m in await line.person().says("hello")] == ["trouble"]
        store.fails = lambda _: None
        assert [m.id for m in await line.person("other").says("hello")] == ["hello"]


async def test_other_chats_go_on(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    async with made(tmp_path, store=store.store, keys=keys) as line:
        names = [f"person {number}" for number in range(5)]
        bad = line.app.intake.keyring.tag("test", names[0], "2026-11")

        def fails(unit: Unit) -> Exception | None:
            stuck = unit.chat is not None and steps(unit) and unit.chat.tag == bad
            return DatabaseFailed("SQLITE_TOOBIG") if stuck else None

        store.fails = fails
        for number, said in enumerate(("/start", *short("en"))):
            come = [
                Incoming(channel="test", peer=name, event_id=str(number), event=Said(text=said))
                for name in names
            ]
            await asyncio.gather(*map(line.app.intake.receive, come))
            while await line.app.delivery.round():
                pass
            heard = [{m.id for m in line.inbox.take(name)} for name in names]
            assert heard[0] == {"trouble"}
            assert all(one and "trouble" not in one for one in heard[1:])
        assert len(await line.cases()) == len(names) - 1


async def test_a_failure_that_passes_is_tried_again_and_nobody_notices(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    async with made(tmp_path, store=store.store, keys=keys) as line:
        person = line.person()

        def twice(unit: Unit) -> Exception | None:
            return DatabaseFailed("SQLITE_BUSY") if unit.seen and store.failures < limit else None

        store.fails = twice
        heard: list[str] = []
        for number, said in enumerate(("/start", *short("en")), start=1):
            limit = number * (POISON - 1)
            heard += [m.id for m in await person.says(said)]
        assert store.failures == (1 + len(short("en"))) * (POISON - 1)
        assert "trouble" not in heard
        ((_, answers),) = await line.cases()
        assert [a.question for a in answers].count("A1") == 1


@pytest.mark.parametrize(
    ("failing", "code"),
    [(DatabaseFailed("SQLITE_FULL"), "SQLITE_FULL"), (ValueError("my words"), "ValueError")],
    ids=["ours", "a library's"],
)
async def test_while_nothing_can_be_kept_nothing_is_acknowledged(
    failing: Exception, code: str, tmp_path: Path
) -> None:
    keys = new_keys(tmp_path)
    store = memory(keys)
    async with made(tmp_path, store=store.store, keys=keys) as line:
        person = line.person()
        await person.says("/start")
        for said in short("en")[:5]:
            await person.says(said)
        store.fails = lambda _: failing
        words = Incoming(
            channel="test", peer=person.name, event_id="words", event=Said(text="my words")
        )
        with pytest.raises(NotKept) as failed:
            await line.app.intake.receive(words)
        assert code in str(failed.value)
        assert "my words" not in "".join(traceback.format_exception(failed.value))
        assert (failed.value.__cause__, failed.value.__context__) == (None, None)
        assert line.inbox.take(person.name) == []
        store.fails = lambda _: None  # the disk has room again, and the channel delivers again
        assert await line.app.intake.receive(words) is Outcome.COMMITTED
        while await line.app.delivery.round():
            pass
        assert [m.id for m in line.inbox.take(person.name)] == ["kept"]
        for said in short("en")[6:]:
            await person.says(said)
        ((_, answers),) = await line.cases()
        assert [getattr(a.value, "words", "") for a in answers if a.question == "A1"] == [
            "my words"
        ]


async def test_half_a_sign_is_no_poison(tmp_path: Path) -> None:
    """A chat app's JSON can carry half of a sign, which is no UTF-8: it is kept as it came."""
    async with made(tmp_path) as line:
        person = line.person()
        await person.says("/start")
        for said in short("en", words="half \ud83d a sign"):
            await person.says(said)
        ((_, answers),) = await line.cases()
        words = [getattr(a.value, "words", "") for a in answers if a.question == "A1"]
        assert words == ["half \ud83d a sign"]


# --- letters ------------------------------------------------------------------------------------


class Moody(Inbox):
    """A channel that cannot reach some people, and breaks over others."""

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        if peer == "unreachable":
            raise DeliveryFailed
        if peer == "breaks":
            raise ValueError(message.text)
        return await super().deliver(peer, message)


async def test_a_chat_that_cannot_be_reached_delays_nobody(tmp_path: Path) -> None:
    with logged(tmp_path / "log") as log:
        async with made(tmp_path, channels=[Moody()]) as line:
            for name in ("unreachable", "breaks", "person"):
                heard = await line.person(name).says("hello")
                assert [m.id for m in heard] == (["hello"] if name == "person" else [])
            assert len(await line.app.store.letters()) == 2
            hello = line.app.content.texts.render("en", "hello", **line.app.intake.speaker.facts)
    text = json.dumps(log())
    assert "letter-failed" in text
    assert hello.split("\n")[0] not in text


async def test_a_letter_of_another_server_is_not_sent_and_goes(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = MemoryStore(keys[0].identity.sign_bytes)
    async with made(tmp_path, store=store, keys=keys) as line:
        said = Incoming(channel="test", peer="person", event_id="1", event=Said(text="hello"))
        await line.app.intake.receive(said)
        async with made(tmp_path, store=store) as other:
            with logged(tmp_path / "log") as log:
                await other.app.delivery.round()
            assert other.inbox.got == {}
            assert [entry["event"] for entry in log()] == ["letter-unreadable"]
            assert await store.letters() == ()
