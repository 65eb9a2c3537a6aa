"""What is said again after a gap: an answer counts only for a question that its sender has read."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.engine import machine
from bot.engine.events import Ask, Said, Say, Sent
from bot.engine.state import Mode, State
from bot.ports import Incoming, Media, Message
from bot.repeats import Repeats
from bot.screens import MOST, Screens
from storage import entry
from tests.depots import Drawer
from tests.line_made import START, Draws, Inbox, Made, Person, content_of, made, settings
from tests.reports import short
from tests.test_fetching import PHOTO, at_words, line_of

NOW = START.timestamp()


async def at_boxes(line: Made, name: str = "person") -> Person:
    """Return a person who is asked for what happened, where several may be chosen (A2)."""
    person = line.person(name)
    for text in ["/start", *short("en")[:7]]:
        await person.says(text)
    assert person.heard == ["q-A2"]
    return person


async def comes(line: Made, person: Person, text: str, *, sent: float) -> list[str]:
    """Have a message come that was sent so many seconds after the start; return what is heard."""
    await gives(line, person, text, sent=sent)
    await line.deliver()
    person.hears()
    return person.heard


async def gives(line: Made, person: Person, text: str, *, sent: float) -> None:
    person.number += 1
    incoming = Incoming(
        channel=line.inbox.name,
        peer=person.name,
        event_id=str(person.number),
        event=Said(text=text),
        sent=NOW + sent,
    )
    await line.app.intake.receive(incoming)


async def told_of_a_gap(line: Made, person: Person) -> list[str]:
    assert await line.app.intake.tell_open(line.inbox.name, "missed") == 1
    await line.deliver()
    person.hears()
    return person.heard


async def test_who_is_told_of_a_gap_is_asked_again_what_is_open(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        assert await told_of_a_gap(line, person) == ["missed", "q-A2"]
        assert person.last[-1].options
        assert await comes(line, person, "1, 2", sent=0) == ["q-A3"]


async def test_a_number_said_again_after_a_gap_answers_no_later_question(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=5)
        await told_of_a_gap(line, person)
        line.watch.forward(seconds=25)
        assert await comes(line, person, "1, 2", sent=3) == ["q-A3"]  # it was on its way
        line.watch.forward(seconds=10)
        assert await comes(line, person, "1", sent=20) == ["already", "q-A3"]
        line.watch.forward(seconds=10)
        assert await comes(line, person, "2", sent=45) == ["q-A4"]
        for text in short("en")[9:]:
            await person.says(text)
        ((_, answers),) = await line.cases()
        codes = {a.question: a.value.codes for a in answers if isinstance(a.value, entry.Codes)}
        assert codes["A2"] == ("CP", "TD")
        assert codes["A3"] == ("month",)


async def test_what_comes_before_the_question_went_out_is_no_answer_to_it(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await told_of_a_gap(line, person)
        line.watch.forward(seconds=30)
        await gives(line, person, "1, 2", sent=3)
        await gives(line, person, "1, 2", sent=29)  # the next question still waits to be sent
        await line.deliver()
        person.hears()
        assert person.heard == ["already", "q-A3"]


async def test_a_question_that_waited_at_the_gap_is_not_answered_by_what_is_older(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await gives(line, person, "1, 2", sent=0)
        line.watch.forward(seconds=30)
        await line.app.intake.tell_open(line.inbox.name, "missed")
        await line.deliver()
        assert [m.id for m in person.hears()] == ["missed", "q-A3"]
        assert await comes(line, person, "1", sent=29) == ["already", "q-A3"]
        line.watch.forward(seconds=30)
        assert await comes(line, person, "1", sent=31) == ["q-A4"]


async def test_words_and_what_helps_are_taken_however_old(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        for text in ["/start", *short("en")[:4]]:
            await person.says(text)
        await told_of_a_gap(line, person)
        line.watch.forward(seconds=30)
        assert await comes(line, person, "1", sent=3) == ["q-A1"]
        assert await comes(line, person, "1", sent=20) == ["already", "q-A1"]
        assert await comes(line, person, "Yes", sent=20) == ["already", "q-A1"]
        assert await comes(line, person, "/help", sent=20) == ["help", "q-A1"]
        assert await comes(line, person, "They came to my home.", sent=20) == ["kept"]
        assert await comes(line, person, "stop", sent=20) == ["stop-sure"]


async def test_an_older_yes_deletes_nothing(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await told_of_a_gap(line, person)
        line.watch.forward(seconds=30)
        assert await comes(line, person, "stop", sent=29) == ["stop-sure"]
        assert await comes(line, person, "yes", sent=28) == ["already", "stop-sure"]
        assert await comes(line, person, "1", sent=28) == ["already", "stop-sure"]
        assert await comes(line, person, "no", sent=60) == ["q-A2"]


async def test_whose_clock_is_slow_is_asked_once_more_and_then_believed(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await told_of_a_gap(line, person)
        assert await comes(line, person, "1, 2", sent=-3_600) == ["q-A3"]
        line.watch.forward(seconds=20)
        assert await comes(line, person, "1", sent=-3_580) == ["already", "q-A3"]
        line.watch.forward(seconds=20)
        assert await comes(line, person, "1", sent=-3_560) == ["q-A4"]
        assert await comes(line, person, "JP", sent=-3_550) != ["already", "q-A4"]


async def test_whoever_had_to_wait_twice_has_no_slow_clock(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await told_of_a_gap(line, person)
        line.watch.forward(seconds=30)
        assert await comes(line, person, "1, 2", sent=3) == ["q-A3"]
        line.watch.forward(seconds=10)
        for sent in (20, 24, 28):  # they come together
            assert await comes(line, person, "1", sent=sent) == ["already", "q-A3"]


async def test_who_was_told_of_no_gap_may_answer_ahead(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=30)
        assert await comes(line, person, "1, 2", sent=1) == ["q-A3"]
        assert await comes(line, person, "1", sent=2) == ["q-A4"]


async def test_an_answer_said_again_without_a_gap_answers_no_later_question(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        for text in ["/start", *short("en")[:4]]:
            await person.says(text)
        assert person.heard == ["q-C2"]
        line.watch.forward(seconds=30)
        assert await comes(line, person, "Yes, 18 or older", sent=1) == ["q-A1"]
        line.watch.forward(seconds=5)
        for text in (" yes, 18 OR older.", "1", "Yes, 18 or older"):
            assert await comes(line, person, text, sent=29) == ["already", "q-A1"]
        assert await comes(line, person, "They came.", sent=29) == ["kept"]
        assert await comes(line, person, "They came.", sent=30) == ["already", "q-A1"]
        assert await comes(line, person, "And again.", sent=30) == ["kept"]
        line.watch.forward(seconds=5)
        assert await comes(line, person, "And again.", sent=36) == ["kept"]  # said twice, it is
        assert await comes(line, person, "/done", sent=36) == ["q-A2"]
        assert await comes(line, person, "/done", sent=36) == ["already", "q-A2"]


async def test_a_repetition_before_the_reply_was_sent_is_none_too(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=30)
        await gives(line, person, "1", sent=1)
        await gives(line, person, "1", sent=29.5)
        await line.deliver()
        person.hears()
        assert person.heard == ["already", "q-A3"]


async def test_who_gives_the_same_answer_twice_in_a_row_is_believed(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=5)
        assert await comes(line, person, "1", sent=4.9) == ["q-A3"]
        assert await comes(line, person, "1", sent=5) == ["q-A4"]


async def test_who_answers_ahead_with_the_same_is_asked_once_more(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=5)
        assert await comes(line, person, "1", sent=4) == ["q-A3"]
        assert await comes(line, person, "1", sent=4.5) == ["already", "q-A3"]
        line.watch.forward(seconds=5)
        assert await comes(line, person, "1", sent=9) == ["q-A4"]


async def test_whose_clock_is_slow_may_give_the_same_answer_twice(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=20)
        assert await comes(line, person, "1", sent=-3_580) == ["q-A3"]
        line.watch.forward(seconds=20)
        assert await comes(line, person, "1", sent=-3_560) == ["already", "q-A3"]
        line.watch.forward(seconds=20)
        assert await comes(line, person, "1", sent=-3_540) == ["q-A4"]
        for text in ("back", "1", "1"):
            assert await comes(line, person, text, sent=-3_540) != ["already", "q-A4"]


@pytest.mark.parametrize("waits", [True, False])
async def test_after_a_restart_a_chat_counts_as_one_that_was_told_of_a_gap(
    tmp_path: Path,
    waits: bool,
) -> None:
    async with made(tmp_path, sqlite=True) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=30)
        await gives(line, person, "1, 2", sent=1)
        if not waits:
            await line.deliver()
        keys = (line.credentials, line.line, line.secrets)
    async with made(
        tmp_path, sqlite=True, keys=keys, watch=line.watch, draws=Draws(b"again")
    ) as line:
        line.watch.forward(seconds=5)
        person.made = line
        await gives(line, person, "1", sent=29)
        await line.deliver()
        line.watch.forward(seconds=5)
        assert [m.id for m in person.hears()][-2:] == (["already", "q-A3"] if waits else ["q-A4"])
        assert await comes(line, person, "3", sent=40) == (["q-A4"] if waits else ["q-F1"])


async def test_where_what_is_kept_leaves_the_chat_nothing_is_taken_for_a_repetition(
    tmp_path: Path,
) -> None:
    async with made(tmp_path, channels=[Inbox(removes=True, vanishes=True)]) as line:
        person = await at_boxes(line)
        line.watch.forward(seconds=5)
        assert await comes(line, person, "1", sent=4) == ["q-A3"]
        assert await comes(line, person, "1", sent=4) == ["q-A4"]


def test_the_last_answers_of_a_number_of_chats_are_remembered_and_no_more() -> None:
    repeats = Repeats()
    before = State(form="f", version="1", sha256="")
    after = replace(before, revision=1, at=("A", 0))
    for number in range(MOST + 1):
        repeats.took(number.to_bytes(8), before, after, (), "1", None)
    assert len(repeats) == MOST
    assert not repeats.knows((0).to_bytes(8))


async def test_who_paused_faster_than_the_notice_came_is_not_told(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        intake = line.app.intake
        tag = intake.chats.tag(line.inbox.name, person.name, line.watch().date())
        async with intake.lanes.lane(tag):
            answering = asyncio.create_task(gives(line, person, "/pause", sent=0))
            await asyncio.sleep(0)
            telling = asyncio.create_task(intake.tell_open(line.inbox.name, "missed"))
            for _ in range(50):
                await asyncio.sleep(0)
        await asyncio.gather(answering, telling)
        await line.deliver()
        assert "paused" in [m.id for m in person.hears()]
        assert not {"missed", "q-A2"} & set(person.heard)


async def test_what_was_kept_is_still_said_when_a_gap_is_told_before_that_went_out(
    tmp_path: Path,
) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        file = Media(reference=drawer.put("1", PHOTO), kind="photo")
        channel, peer = line.inbox.name, person.name
        sent = Incoming(channel=channel, peer=peer, event_id="9", event=Sent(), media=file)
        await line.app.intake.receive(sent)
        await line.app.intake.tell_open(channel, "missed")
        await line.deliver()
        assert [m.id for m in person.hears()] == ["missed", "file-coming"]
        assert "done" in [one.pick for one in person.last[-1].actions]
        line.watch.forward(minutes=11)
        assert await told_of_a_gap(line, person) == ["missed", "q-A1"]
        assert "done" in [one.pick for one in person.last[-1].actions]


async def test_nothing_is_asked_of_who_paused(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = await at_boxes(line)
        await person.says("/pause")
        assert await line.app.intake.tell_open(line.inbox.name, "missed") == 0
        line.watch.forward(seconds=30)
        assert await comes(line, person, "1", sent=1) == ["missed", "resumed", "q-A2"]


@pytest.mark.parametrize("mode", [Mode.REVIEW, Mode.CHANGING, Mode.LANGUAGE, Mode.STOPPING])
@pytest.mark.parametrize("text", ["1", "١", "1, 2", "yes", "/done", "skip"])
def test_a_menu_takes_nothing_that_is_older_than_it(tmp_path: Path, mode: Mode, text: str) -> None:
    form = content_of(settings(), tmp_path).form
    state = State(
        form=form.id,
        version=form.version,
        sha256=form.sha256,
        revision=7,
        mode=mode,
        language="en",
        at=("A2", 0),
        answered={("A1", 0): 1},
        consented=True,
        case=b"c" * 16,
        key=b"k" * 32,
    )
    event = Said(text=text, early=True)
    now = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=1)
    after, effects = machine.step(form, state, event, now=now, draw=b"d" * 32)
    assert (after.mode, after.at) == (mode, ("A2", 0))
    assert effects[:2] == (Say(id="already"), Ask())


def test_a_number_of_chats_is_remembered_and_no_more() -> None:
    screens = Screens()
    state = State(form="f", version="1", sha256="", revision=1)
    for number in range(MOST + 1):
        screens.told(number.to_bytes(8), state, read=False)
    assert len(screens) == MOST
    assert not screens.is_early((0).to_bytes(8), 1.0, 30.0)
    assert screens.is_early((1).to_bytes(8), 1.0, 30.0)


def test_a_prompt_of_before_shows_nothing_of_what_is_asked_now() -> None:
    screens = Screens()
    before = State(form="f", version="1", sha256="", revision=1, at=("A", 0))
    now = State(form="f", version="1", sha256="", revision=2, at=("B", 0))
    prompts = [Message(id="q", text="", revision=n, prompt=True) for n in (1, 2)]
    screens.told(b"t", before, read=True)
    screens.put(b"t", now, prompts)
    with screens.showing(b"t", prompts[0], 10.0):
        pass
    assert screens.is_early(b"t", 11.0, 30.0)
    with screens.showing(b"t", prompts[1], 20.0):
        pass
    assert screens.is_early(b"t", 19.0, 30.0)
    assert not screens.is_early(b"t", 20.0, 30.0)
    assert not screens.is_early(b"t", 0.0, 30.0)  # an app that does not tell when


def test_a_prompt_may_be_shown_before_it_is_known_to_be_put() -> None:
    screens = Screens()
    before = State(form="f", version="1", sha256="", revision=1, at=("A", 0))
    now = State(form="f", version="1", sha256="", revision=2, at=("B", 0))
    prompts = [Message(id="q", text="", revision=n, prompt=True) for n in (1, 2)]
    with screens.showing(b"t", prompts[0], 10.0):
        pass
    screens.told(b"t", before, read=False)  # its letter is there until it is known to be sent
    assert screens.is_early(b"t", 9.0, 30.0)
    assert not screens.is_early(b"t", 11.0, 30.0)
    with screens.showing(b"t", prompts[1], 20.0):
        pass
    screens.put(b"t", now, prompts[1:])
    assert screens.is_early(b"t", 19.0, 30.0)
    assert not screens.is_early(b"t", 21.0, 30.0)


def test_a_question_may_be_answered_before_the_call_returns_that_sends_it() -> None:
    screens = Screens()
    before = State(form="f", version="1", sha256="", revision=1, at=("A", 0))
    now = State(form="f", version="1", sha256="", revision=2, at=("B", 0))
    prompt = Message(id="q", text="", revision=2, prompt=True)
    screens.told(b"t", before, read=True)
    screens.put(b"t", now, [prompt])
    with contextlib.suppress(OSError), screens.showing(b"t", prompt, 20.0):
        assert screens.is_early(b"t", 19.0, 30.0)
        assert not screens.is_early(b"t", 20.5, 30.0)
        raise OSError
    assert screens.is_early(b"t", 20.5, 30.0)  # it was not sent
