"""What Signal's bridge loses, people are told of: many people in the middle of a report, and faults.

The real line as a process, the emulated bridge beside it. Whoever says something has it in their
case exactly once; or else they were told, after they had said it, that a message may be missing.
Where the bridge brings messages (`webhook`), what the line answered for with 200 is always there.
"""

import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.channels.signal.gaps import Gaps
from bot.channels.signal.watching import Hold
from bot.channels.signal.wire import Bridge
from bot.settings import Signal
from storage import entry
from storage.line import parse as parse_line
from tests.conftest import THOROUGH
from tests.running import LANGUAGES, Firm, Process
from tests.signal_made import Heard, Surroundings, connected, receiving, until
from tests.signal_server import NUMBER, Emulator, serving
from tests.talkers import Reading
from tests.test_story import lettered
from tests.test_story_signal import MODES, cases, door

MESSAGES = 10_000 if THOROUGH else 1_000
#: What one person says: the form takes 20 parts, and a chat that writes too fast is asked to wait.
EACH = 16
KILLS = 12 if THOROUGH else 3
#: People who have said one word: nothing of theirs is open, and nobody tells them of a gap.
BYSTANDERS = 3
#: Messages a second, of all people together.
PACE = 60.0
#: Seconds for an answer: of thousands who write at once, the last waits for all the others.
WAIT = 900.0 if THOROUGH else 120.0


@dataclass
class Sayer:
    """Somebody who has come to where the form asks what happened, and says it in many messages."""

    number: int
    reading: Reading
    said: dict[str, int] = field(default_factory=dict)  # words to the time of the message

    @property
    def words(self) -> list[str]:
        """All that they have to say."""
        who = lettered(1_000 + self.number)
        return [f"word {who} {lettered(100 + n)}" for n in range(EACH)]

    def told(self, bridge: Emulator) -> list[int]:
        """Return when they were told of a gap."""
        sent = bridge.sent(self.number)
        return [one["timestamp"] for one in sent if self.reading.doubts(one["text"])]


@dataclass
class Scene:
    """A line and a bridge, and how often there was a gap that a line can notice."""

    firm: Firm
    line: Process
    bridge: Emulator
    receive: str
    gaps: int = 0

    async def up(self) -> None:
        assert "The line is up" in await self.line.start()
        self.gaps += 1
        if self.receive == "websocket":
            await self.bridge.connected(timeout=WAIT)

    async def kill(self) -> None:
        await self.line.kill()
        await self.up()


@contextlib.asynccontextmanager
async def scene(founded: Firm, place: Path, receive: str) -> AsyncIterator[Scene]:
    firm = founded.copy(place / "firm")
    here = f"127.0.0.1:{door()}"
    async with serving(mode=MODES[receive]) as bridge:
        file = firm.home / "quietline.toml"
        file.write_text(file.read_text("utf-8").replace("127.0.0.1:0", here))
        firm.set(
            f'\n[signal]\non = true\nnumber = "{NUMBER}"\nbridge = "{bridge.url}"\n'
            f'receive = "{receive}"\nper_second = 1000\nper_chat = 1000\n'
        )
        if receive == "webhook":
            named = await asyncio.to_thread(firm.line, "signal", "webhook", "--host", here)
            bridge.webhook(named.stdout.strip().partition("=")[2])
        line = Process(["bot", "run", "--home", str(firm.home)], place)
        made = Scene(firm, line, bridge, receive)
        await made.up()
        try:
            yield made
        finally:
            if line.running is not None:
                await line.end()


# --- people -----------------------------------------------------------------------------------


def sayers(firm: Firm) -> list[Sayer]:
    line = parse_line((firm.home / "line" / "line.toml").read_text(encoding="utf-8"))
    readings = [Reading(firm.home, line, tag, "Signal") for tag in LANGUAGES]
    count = -(-MESSAGES // EACH)
    return [Sayer(n, readings[n % len(readings)]) for n in range(1, count + 1)]


async def begins(bridge: Emulator, one: Sayer) -> None:
    """Come to where the form asks what happened."""
    language = str(LANGUAGES.index(one.reading.language) + 1)
    answers = {"language": language, "q-S1": "1", "q-S2": "1", "q-C1": "1", "q-C2": "1", "q-A1": ""}
    said = bridge.say(one.number, "/start")["timestamp"]
    for what, answer in answers.items():
        await hears(bridge, one, {what}, said)
        if answer:
            said = bridge.say(one.number, answer)["timestamp"]


async def hears(bridge: Emulator, one: Sayer, what: Container[str], after: int) -> bool:
    """Wait for a question, or one of several; False: they are asked what they were asked before.

    That is so after a gap, for who wrote before they could read it there again.
    """
    async with asyncio.timeout(WAIT):
        while True:
            seen = bridge.chat(one.number)
            new = [m["text"] for m in seen["messages"] if m["bot"] and m["timestamp"] > after]
            asked = {one.reading.what(text) for text in new}
            if any(name in what for name in asked):
                return True
            if asked & {"q-A1", "review"} and any(map(one.reading.is_older, new)):
                return False
            await bridge.wait(one.number, change=seen["change"], timeout=WAIT)


async def say_all(bridge: Emulator, people: Sequence[Sayer], chance: random.Random) -> None:
    """Say everything, in no order between people, as fast as all of them would."""
    turns = [one for one in people for _ in range(EACH)]
    chance.shuffle(turns)
    for one in turns:
        words = one.words[len(one.said)]
        one.said[words] = bridge.say(one.number, words)["timestamp"]
        await asyncio.sleep(chance.expovariate(PACE))


async def finish(bridge: Emulator, one: Sayer, *, empty: bool) -> None:
    """Send what was taken; `empty`: all may be lost, and then there is nothing to send."""
    sent = {"sent", "review"} if empty else {"sent"}
    for text, what in (("/send", {"review"}), ("1", sent)):
        heard = False
        while not heard:
            said = bridge.say(one.number, text)["timestamp"]
            heard = await hears(bridge, one, what, said)


# --- what fails -------------------------------------------------------------------------------

Way = Callable[["Scene", random.Random], Awaitable[None]]


async def disturb(made: Scene, saying: asyncio.Task[None], chance: random.Random) -> None:
    """Let the line and the bridge fail in every way while people write."""
    own: dict[str, list[Way]] = {"webhook": [], "poll": [_polls, _polls], "websocket": [_socket]}
    kills, ways = KILLS, [_kill, _restart, _daemon, _sends, *own[made.receive]]
    while not saying.done() or kills:
        way = ways[0] if saying.done() else chance.choice(ways)
        if way is not _kill or kills:
            kills -= way is _kill
            await way(made, chance)
        await asyncio.sleep(chance.uniform(0.2, 1.0))
    made.bridge.heal()


async def _kill(made: Scene, _: random.Random) -> None:
    made.bridge.heal()
    await made.kill()


async def _restart(made: Scene, chance: random.Random) -> None:
    await made.bridge.down()
    await asyncio.sleep(chance.uniform(0.3, 1.0))
    await made.bridge.up()
    made.gaps += 1


async def _daemon(made: Scene, chance: random.Random) -> None:
    made.bridge.daemon(on=False)
    await asyncio.sleep(chance.uniform(0.1, 1.0))
    made.bridge.daemon(on=True)
    made.gaps += 1


async def _sends(made: Scene, chance: random.Random) -> None:
    for wrong in ("close", "garbage", 502, "NETWORK_FAILURE", "INVALID_PRE_KEY_FAILURE"):
        made.bridge.fail("send", wrong, times=chance.randint(1, 3))


async def _polls(made: Scene, chance: random.Random) -> None:
    """Let what signal-cli has taken for a poll go to nobody."""
    made.bridge.fail("receive", chance.choice(["close", "garbage"]))
    made.gaps += 1
    await asyncio.sleep(2)  # so that there is such a poll


async def _socket(made: Scene, chance: random.Random) -> None:
    made.bridge.cut(code=chance.choice([1006, 1011]))
    made.gaps += 1


# --- what must hold ---------------------------------------------------------------------------


def kept(firm: Firm) -> Counter[str]:
    """Return how often each thing that was said is in a case."""
    return Counter(
        answer.value.words
        for answers in cases(firm)
        for answer in answers
        if isinstance(answer.value, entry.Words)
    )


def untold(bridge: Emulator, people: Sequence[Sayer], there: Counter[str]) -> list[str]:
    """Return what is in no case, and whose person was not told after they had said it."""
    return [
        words
        for one in people
        for words, said in one.said.items()
        if not there[words] and not any(told > said for told in one.told(bridge))
    ]


async def losses(founded: Firm, place: Path, receive: str) -> tuple[Counter[str], list[str]]:
    """Let people say everything while all fails; return what is kept, and how much is untold."""
    chance = random.Random(f"losses {receive} {MESSAGES}")
    async with scene(founded, place, receive) as made:
        people = sayers(made.firm)
        bystanders = range(100_000, 100_000 + BYSTANDERS)
        for number in bystanders:
            made.bridge.say(number, "/start")
        for number in range(0, len(people), 64):
            await asyncio.gather(*(begins(made.bridge, p) for p in people[number : number + 64]))
        if receive == "websocket":
            made.bridge.bursts(gap=0.001)
        saying = asyncio.create_task(say_all(made.bridge, people, chance))
        await disturb(made, saying, chance)
        await saying
        await made.bridge.settled(timeout=WAIT)
        if receive == "websocket":  # what is pushed to nobody is lost, and this is no part of it
            await made.bridge.connected(timeout=WAIT)
        posts = made.bridge.posts()
        for number in range(0, len(people), 64):
            some, empty = people[number : number + 64], receive == "websocket"
            await asyncio.gather(*(finish(made.bridge, p, empty=empty) for p in some))
        assert await made.line.end() == 0
        there = await asyncio.to_thread(kept, made.firm)
        everything = {words: said for one in people for words, said in one.said.items()}
        assert set(there) <= set(everything)
        assert set(there.values()) == {1}
        lost = len(everything) - len(there)
        silent = untold(made.bridge, people, there)
        shown = f"{len(everything)} said, {lost} not kept, {len(silent)} untold"
        sys.stdout.write(f"{receive}: {shown}, {made.gaps} gaps\n")
        assert lost, "nothing was lost: nothing is shown"
        answered = {words for words, said in everything.items() if posts.get(said) == 200}
        assert answered <= set(there)
        told = {one.number: len(one.told(made.bridge)) for one in people}
        assert max(told.values()) <= made.gaps, "told of what was no gap"
        for number in bystanders:
            assert not any(people[0].reading.doubts(m["text"]) for m in made.bridge.sent(number))
        return there, silent


@pytest.mark.parametrize("receive", ["webhook", pytest.param("poll", marks=pytest.mark.thorough)])
async def test_what_is_lost_is_told_to_whoever_said_it(
    founded: Firm, tmp_path: Path, receive: str
) -> None:
    _, silent = await losses(founded, tmp_path, receive)
    assert silent == []


@pytest.mark.thorough
async def test_of_a_websocket_bursts_are_lost_and_nobody_can_notice(
    founded: Firm, tmp_path: Path
) -> None:
    there, silent = await losses(founded, tmp_path, "websocket")
    assert there
    assert len(there) + len(silent) <= MESSAGES + EACH


# --- a bridge that is soon back -------------------------------------------------------------------


async def test_a_bridge_that_is_started_again_between_two_looks_is_a_gap() -> None:
    heard, told = Heard(), Surroundings(speed=2.0)  # the next look is in a quarter of a minute
    async with (
        serving(mode="json-rpc") as bridge,
        connected(bridge, told, receive="webhook") as connection,
        receiving(connection, heard),
    ):
        await until(lambda: heard.gaps == 1)
        await bridge.down()
        await asyncio.sleep(0.2)
        await bridge.up()
        await until(lambda: heard.gaps == 2)
        assert bridge.counters()["calls"] == {"accounts": 1}


async def test_a_connection_that_only_was_idle_for_too_long_is_no_gap() -> None:
    held, gaps = asyncio.Queue[None](), 0

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.put_nowait(None)
        writer.close()

    async def tell() -> None:
        nonlocal gaps
        gaps += 1

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        settings = Signal(on=True, number=NUMBER, bridge=f"http://{host}:{port}")
        told = Surroundings()
        async with Bridge(settings) as bridge:
            hold = Hold(bridge, gaps=Gaps(tell, sleep=told.sleep), sleep=told.sleep)
            holding = asyncio.create_task(hold.run())
            for _ in range(10):
                await held.get()
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
    assert gaps == 1, "the start of the line, and nothing else"
