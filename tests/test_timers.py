"""What the clock does to a conversation: it closes, it ends, it moves into the next month."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from bot.engine.codes import read_code
from bot.engine.events import Said
from bot.keyring import month_before, month_of
from bot.ports import Message
from storage.memory import MemoryStore
from storage.rows import TimerRow
from storage.unit import TimerChange, Unit
from tests.line_made import Draws, Made, Person, Watch, made
from tests.reports import WORDS, short
from tests.stores import open_file
from tests.watched import Watched, lying, new_keys

MODES = ("resumable", "ephemeral")


async def talk(person: Person, lines: int) -> None:
    """Begin a report and give so many of its answers; with four or more there is consent."""
    await person.says("/start")
    for line in short("en")[:lines]:
        await person.says(line)


async def pass_by(line: Made, **time: float) -> list[str]:
    """Let time pass; return the ids of what the person is told."""
    line.watch.forward(**time)
    await line.app.jobs.timers()
    while await line.app.delivery.round():
        pass
    return [message.id for message in line.inbox.take("person")]


async def due(line: Made) -> list[TimerRow]:
    """Return all timers that are set, however late they are due."""
    return list(await line.app.store.due(2**40))


async def is_empty(line: Made) -> bool:
    """Say whether nothing of a conversation is kept: no chat, timer or letter."""
    today = line.watch().date()
    tags = [
        line.app.intake.keyring.tag("test", "person", month(today))
        for month in (month_of, month_before)
    ]
    chats = [await line.app.store.chat(tag) for tag in tags]
    return not any(chats) and not await due(line) and not await line.app.store.letters()


# --- closing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("drafts", MODES)
async def test_half_an_hour_without_a_word_closes(tmp_path: Path, drafts: str) -> None:
    async with made(tmp_path, drafts=drafts) as line:
        person = line.person()
        await talk(person, 6)
        assert await pass_by(line, minutes=29, seconds=59) == []
        told = "closed" if drafts == "resumable" else "closed-ephemeral"
        assert await pass_by(line, seconds=1) == [told, "code"]
        assert await pass_by(line, hours=20) == []
        assert [m.id for m in await person.says("I am back")] == ["resumed", "q-A1"]
        for said in short("en")[6:]:
            await person.says(said)
        ((_, answers),) = await line.cases()
        assert [a.question for a in answers].count("A1") == 1


@pytest.mark.parametrize("drafts", MODES)
async def test_a_pause_says_how_long_it_may_last(tmp_path: Path, drafts: str) -> None:
    async with made(tmp_path, drafts=drafts) as line:
        person = line.person()
        await talk(person, 4)
        told = "paused" if drafts == "resumable" else "paused-ephemeral"
        heard = await person.says("/pause")
        assert [m.id for m in heard] == [told, "code"]
        assert read_code(heard[1].text.split("\n")[0].partition(":")[2][:40]) is not None
        assert await pass_by(line, hours=39) == []


async def test_the_case_code_is_made_once(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 4)
        assert await pass_by(line, minutes=30) == ["closed", "code"]
        await person.says("again")
        assert await pass_by(line, minutes=30) == ["closed"]


async def test_every_word_gives_another_half_hour(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 5)
        for word in ("one", "two", "three"):
            assert await pass_by(line, minutes=29) == []
            await person.says(word)
        assert await pass_by(line, minutes=29) == []
        assert await pass_by(line, minutes=1) == ["closed", "code"]


# --- ending -------------------------------------------------------------------------------------


async def test_after_forty_hours_a_draft_is_deleted_with_a_word(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 6)
        (head,) = [t for t in await due(line) if t.name == "expiry"]
        assert await pass_by(line, minutes=30) == ["closed", "code"]
        assert await pass_by(line, hours=39, minutes=29) == []
        assert await pass_by(line, minutes=1) == ["expired"]
        assert await is_empty(line)
        assert await line.cases() == []
        assert [m.id for m in await person.says("hello")] == ["hello"]
        assert head.due == int(line.watch.now.timestamp())


async def test_what_is_deleted_after_forty_hours_is_the_draft_and_its_code(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        await talk(line.person(), 6)
        await pass_by(line, minutes=30)
        (case,) = {d.case for u in store.units for d in u.drafts}
        (lookup,) = {c.lookup for u in store.units for c in u.codes}
        assert await line.app.store.drafts(case)
        assert await line.app.store.code(lookup)
        await pass_by(line, hours=40)
        assert await line.app.store.drafts(case) == ()
        assert await line.app.store.code(lookup) is None


async def test_words_do_not_lengthen_the_forty_hours(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 6)
        for _ in range(4):
            await pass_by(line, hours=9, minutes=59)
            await person.says("more")
        assert await pass_by(line, minutes=10) == ["expired"]


@pytest.mark.parametrize("lines", [0, 1, 3])
async def test_before_consent_nothing_is_kept_after_an_hour(tmp_path: Path, lines: int) -> None:
    async with made(tmp_path) as line:
        await talk(line.person(), lines)
        await pass_by(line, minutes=59, seconds=59)
        assert not await is_empty(line)
        assert await pass_by(line, seconds=1) == []
        assert await is_empty(line)


async def test_before_consent_a_pause_gives_no_code(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await talk(line.person(), 2)
        assert await pass_by(line, minutes=30) == ["paused-early"]


# --- stale timers -------------------------------------------------------------------------------


async def test_a_timer_that_was_set_for_an_earlier_step_is_ignored(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 5)
        (idle,) = [t for t in await due(line) if t.name == "idle"]
        tag = idle.tag
        late = TimerChange(tag=tag, name="idle", due=idle.due - 1500, revision=idle.revision - 1)
        await line.app.store.commit(Unit(day=line.watch().date(), timers=(late,)))
        assert await pass_by(line, minutes=10) == []
        assert [m.id for m in await person.says("still here")] == ["kept"]


async def test_a_timer_that_is_nobodys_goes(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        nobodys = TimerChange(tag=b"\7" * 32, name="expiry", due=1, revision=1)
        await line.app.store.commit(Unit(day=line.watch().date(), timers=(nobodys,)))
        assert await pass_by(line) == []
        assert await due(line) == []


async def test_whoever_is_faster_than_a_timer_has_won(tmp_path: Path) -> None:
    """Consent given in the very moment in which the hour before it is over begins 40 hours."""
    async with made(tmp_path) as line:
        person = line.person()
        await talk(person, 3)
        line.watch.forward(minutes=60)
        found = await line.app.store.due(int(line.watch().timestamp()))
        assert {t.name for t in found} == {"idle", "expiry"}
        assert [m.id for m in await person.says("1")] == ["q-C2"]
        for timer in found:
            await line.app.intake.ring(timer)
        assert await pass_by(line) == []
        assert {t.name for t in await due(line)} == {"idle", "expiry"}
        assert await pass_by(line, minutes=30) == ["closed", "code"]


async def test_a_timer_that_fails_delays_no_other(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        for name in ("first", "person"):
            await talk(line.person(name), 4)
        bad = line.app.intake.keyring.tag("test", "first", "2026-11")
        store.fails = lambda u: OSError("disk") if u.chat and u.chat.tag == bad else None
        assert await pass_by(line, minutes=30) == ["closed", "code"]
        assert line.inbox.take("first") == []
        store.fails = lambda _: None
        await pass_by(line)
        assert [m.id for m in line.inbox.take("first")] == ["closed", "code"]


# --- the month turns ----------------------------------------------------------------------------

EVE = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)


async def test_a_conversation_goes_on_into_the_next_month(tmp_path: Path) -> None:
    async with made(tmp_path, watch=Watch(EVE), sqlite=True) as line:
        person = line.person()
        await talk(person, 6)
        keyring, store = line.app.intake.keyring, line.app.store
        november, december = (keyring.tag("test", "person", m) for m in ("2026-11", "2026-12"))
        assert await store.chat(november)
        line.watch.forward(minutes=20)
        assert [m.id for m in await person.says("more words")] == ["kept"]
        assert await store.chat(november) is None
        assert await store.chat(december)
        assert {t.tag for t in await due(line)} == {december}
        for said in short("en")[6:]:
            await person.says(said)
        ((_, answers),) = await line.cases()
        words = [a.value for a in answers if a.question == "A1"]
        assert [getattr(value, "words", "") for value in words] == [WORDS["en"], "more words"]
        assert await is_empty(line)


async def test_timers_of_last_month_still_ring(tmp_path: Path) -> None:
    async with made(tmp_path, watch=Watch(EVE)) as line:
        person = line.person()
        await talk(person, 6)
        assert await pass_by(line, minutes=30) == ["closed", "code"]
        assert [m.id for m in await person.says("back")] == ["welcome-back", "q-A1"]
        assert await pass_by(line, minutes=30) == ["closed"]
        assert await pass_by(line, hours=40) == ["expired"]
        assert await is_empty(line)


async def test_stopping_in_the_next_month_leaves_nothing(tmp_path: Path) -> None:
    async with made(tmp_path, watch=Watch(EVE)) as line:
        person = line.person()
        await talk(person, 6)
        line.watch.forward(minutes=20)
        assert [m.id for m in await person.says("/stop")] == ["stopped"]
        assert await is_empty(line)


async def test_a_timer_and_a_word_on_either_side_of_the_month_meet(tmp_path: Path) -> None:
    """They wait in different lanes; whichever is later finds the chat where the other left it."""
    for number in range(20):
        async with made(tmp_path, watch=Watch(EVE)) as line:
            person = line.person()
            await talk(person, 6)
            line.watch.forward(minutes=30)
            timers = [t for t in await due(line) if t.name == "idle"]
            word = line.receive("person", Said(text="a word"), "word")
            rings = [line.app.intake.ring(t) for t in timers]
            await asyncio.gather(*([word, *rings] if number % 2 else [*rings, word]))
            for said in ("/done", *short("en")[7:]):
                await person.says(said)
            ((_, answers),) = await line.cases()
            assert 1 <= [a.question for a in answers].count("A1") <= 2


# --- drafts that live in memory -----------------------------------------------------------------


@asynccontextmanager
async def again(line: Made, home: Path) -> AsyncIterator[Made]:
    """Start the line again, in ephemeral mode, at the same hour and on the same database."""
    keys = (line.credentials, line.line, line.secrets)
    start = made(
        home,
        keys=keys,
        watch=line.watch,
        draws=Draws(b"again"),
        sqlite=True,
        drafts="ephemeral",
    )
    async with start as restarted:
        yield restarted


async def test_a_restart_ends_drafts_in_memory_and_says_so(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True, drafts="ephemeral") as line:
        person = line.person()
        await talk(person, 6)
    async with again(line, tmp_path) as restarted:
        person = replace(person, made=restarted)
        assert [m.id for m in await person.says("and then")] == ["restarted", "hello"]
        for said in short("en"):
            await person.says(said)
        ((_, answers),) = await restarted.cases()
        assert [a.question for a in answers].count("A1") == 1


async def test_a_restart_leaves_no_chat_that_nobody_can_open(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True, drafts="ephemeral") as line:
        await talk(line.person(), 6)
    async with again(line, tmp_path) as restarted:
        assert await pass_by(restarted, minutes=30) == []
        assert not await is_empty(restarted)  # so that the person can still be told
        assert await pass_by(restarted, hours=40) == []
        assert await is_empty(restarted)
        restarted.watch.forward(days=3)
        assert (await restarted.app.jobs.retention()).drafts > 0


async def test_a_restart_keeps_drafts_that_may_be_resumed(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        await talk(person, 6)
    keys = (line.credentials, line.line, line.secrets)
    async with made(tmp_path, keys=keys, watch=line.watch, draws=Draws(b"2"), sqlite=True) as new:
        person = replace(person, made=new)
        heard: list[Message] = await person.says("/done")
        assert [m.id for m in heard] == ["q-A2"]


async def test_a_new_version_of_the_form_begins_again_and_forgets_the_old_draft(
    tmp_path: Path,
) -> None:
    keys = new_keys(tmp_path)
    sign = keys[0].identity.sign_bytes
    store = Watched(open_file(tmp_path / "quietline.db", sign))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        person = line.person()
        await talk(person, 6)
        await person.says("/pause")
    shipped = (files("bot.forms") / "intake" / "intake-1.md").read_text("utf-8")
    newer = shipped.replace(line.app.content.form.version, "2027010101")
    (tmp_path / "form.md").write_text(newer, encoding="utf-8")
    again = Watched(open_file(tmp_path / "quietline.db", sign))
    async with made(
        tmp_path, store=again.store, keys=keys, watch=line.watch, draws=Draws(b"2"), form="form.md"
    ) as new:
        person = replace(person, made=new)
        assert [m.id for m in await person.says("and then")] == ["restarted", "hello"]
        assert lying(store.sealed(), tmp_path) == []  # no draft, no state and no code of before
        for said in short("en"):
            await person.says(said)
        ((submission, _),) = await new.cases()
        assert submission.form.version == "2027010101"
