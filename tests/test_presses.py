"""An old button, pressed again and again: it is said once that it is old, and nothing else."""

from pathlib import Path

from bot.engine.events import Chose, Event, Said, Say
from bot.engine.state import State
from bot.presses import A_WHILE, MOST, Presses
from storage.unit import Outcome
from tests.line_made import Made, Watch, made

PEER = "person"


async def heard(line: Made, event: Event, number: int) -> list[str]:
    assert await line.receive(PEER, event, str(number)) is Outcome.COMMITTED
    return [message.id for message in line.inbox.take(PEER)]


async def test_it_is_said_once_until_something_happens_or_a_while_is_over(tmp_path: Path) -> None:
    watch = Watch()
    async with made(tmp_path, watch=watch) as line:
        await line.receive(PEER, Said(text="/start"), "1")
        (asked,) = line.inbox.take(PEER)
        (old, other) = (Chose(revision=asked.revision, pick=pick) for pick in ("0", "1"))
        assert (await heard(line, old, 2))[-1] == "q-S1"
        question = ["already", "q-S1"]
        assert await heard(line, old, 3) == question
        assert await heard(line, old, 4) == []
        assert await heard(line, other, 5) == question  # another button, perhaps another wish
        assert await heard(line, other, 6) == []
        assert await heard(line, old, 7) == question
        watch.forward(seconds=A_WHILE)
        assert await heard(line, old, 8) == question
        assert await heard(line, Said(text="/help"), 9) != []
        assert await heard(line, old, 10) == question


async def test_nothing_is_silent_about_a_button_that_counts(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await line.receive(PEER, Said(text="/start"), "1")
        (asked,) = line.inbox.take(PEER)
        old = Chose(revision=asked.revision, pick="0")
        await heard(line, old, 2)
        assert await heard(line, old, 3) == ["already", "q-S1"]
        await line.receive(PEER, old, "4")
        assert await line.receive(PEER, old, "4") is Outcome.DUPLICATE
        await line.receive(PEER, Said(text="/start"), "5")
        shown = line.inbox.take(PEER)[-1]
        assert await heard(line, Chose(revision=shown.revision, pick="0"), 6) != []
        assert await heard(line, Chose(revision=1, pick="wipe"), 7) != []
        assert await heard(line, Chose(revision=1, pick="wipe"), 8) != []


def test_those_who_are_remembered_are_bounded() -> None:
    presses, press = Presses(), Chose(revision=1, pick="0")
    state = State(form="form", version="1", sha256="")
    for number in range(MOST + 10):
        presses.took(b"%d" % number, press, state, [Say(id="already")], 1.0)
    assert len(presses) == MOST
    assert not presses.is_again(b"0", press, state, 1.0)
    assert presses.is_again(b"%d" % MOST, press, state, 1.0)
