"""A flood: one chat sends 10,000 messages a minute while others report: how long do these wait?

Processes as in production: the line (`quietline run`, SQLite), and the emulator in Telegram's
place; this process plays the people. 20 report side by side in the five languages and read for 0.3
seconds before each answer, in turns alone and beside one more person, who writes or presses a
button without end. Timed is what a person waits for: from their message, press or command to the
next question that wants an answer, the emulator's part included. The line may send as fast as it
can: Telegram's own pace (30 messages a second, one to a chat) would hide what is measured here.

Then the worst case: 10,000 messages wait at Telegram before the first of the people, as after an
outage. Telegram gives updates in their order: all wait until the flood is let go.

The processor time of a message is that of the line's process while nobody floods, by messages sent;
it has all that leads to one: decoding, the step, sealing, the commits, taking the person's words
out of the chat, answering presses. Beside it stands a bare python-telegram-bot application, which
answers each message with one.
"""

import asyncio
import random
import time
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from storage.line import parse
from tests.bench.live import bare_of, cpu, line_of, running
from tests.bench.table import Row
from tests.reports import WORDS
from tests.running import LANGUAGES, TOKEN, found_firm, started
from tests.talkers import Reading, Talker
from tests.telegram_server.remote import Remote

ROUNDS = 5
PEOPLE = 20
FLOOD, MINUTE = 10_000, 60.0
AT_ONCE = 25  # messages that the flooder sends together
READS = (0.15, 0.45)  # seconds
SAID = 20  # messages of each person to the bare application
PATIENCE = 300.0
MILLI = 1e3  # milliseconds in a second


@dataclass
class Timed(Talker):
    """Somebody who reports, and notes how long each question took to come."""

    chance: random.Random = field(default_factory=random.Random)
    waited: list[float] = field(default_factory=list)
    said_at: float = 0.0

    async def told(self) -> list[float]:
        """Report; return the seconds from each thing said to the next question."""
        self.said_at = time.perf_counter()
        await self.reports(patience=PATIENCE)
        return self.waited

    async def _answers(self, what: str, message: Mapping[str, Any]) -> None:
        self.waited.append(time.perf_counter() - self.said_at)
        await asyncio.sleep(self.chance.uniform(*READS))
        self.said_at = time.perf_counter()
        await super()._answers(what, message)


@dataclass(kw_only=True)
class Scene:
    """The line and a bare application, each at a Telegram of its own, and what was found."""

    line: Process
    remote: Remote
    readings: list[Reading]
    bare: Process
    bare_remote: Remote
    ids: Iterator[int] = field(default_factory=lambda: count(7_200_000_001))
    found: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def people(self) -> list[list[float]]:
        """Let people report side by side; return what each of them waited."""
        talkers = [
            Timed(
                remote=self.remote,
                reading=(reading := self.readings[number % len(self.readings)]),
                id=number,
                words=WORDS[reading.language],
                chance=random.Random(number),
            )
            for number in islice(self.ids, PEOPLE)
        ]
        return await asyncio.gather(*(talker.told() for talker in talkers))

    async def without(self) -> None:
        """Let them report alone."""
        before, sent = cpu(self.line), await _sent(self.remote)
        self._keep("without", await self.people())
        await self.remote.settled(timeout=PATIENCE)
        used, sent = cpu(self.line) - before, await _sent(self.remote) - sent
        self.found["message"].append(used / sent)

    async def beside(self) -> None:
        """Let them report beside a flood of messages."""
        flooder = next(self.ids)
        await self._beside("beside", {"do": "say", "person": flooder, "text": "flood"})
        messages = (await self.remote.chat(chat=flooder))["messages"]
        self.found["flooded"].append(sum(not one["bot"] for one in messages))
        self.found["got"].append(len(await self.remote.sent(chat=flooder)))

    async def pressed(self) -> None:
        """Let them report while one person presses a button as often."""
        flooder = next(self.ids)
        await self.remote.say(person=flooder, text="/start")
        menu = (await self.remote.wait(chat=flooder, timeout=PATIENCE))["messages"][0]
        data = menu["buttons"][0][0]["data"]
        press = {"do": "press", "person": flooder, "message_id": menu["id"], "data": data}
        await self._beside("pressed", press)

    async def behind(self) -> None:
        """Let them begin when a flood is there already; note when they are answered."""
        await self.remote.flood(person=next(self.ids), count=FLOOD)
        began = time.perf_counter()
        some = list(islice(self.ids, PEOPLE))
        for number in some:
            await self.remote.say(person=number, text="/start")
        await asyncio.gather(*(self.remote.wait(chat=n, timeout=PATIENCE) for n in some))
        self.found["behind"].append(time.perf_counter() - began)
        await self.remote.settled(timeout=PATIENCE)

    async def plain(self) -> None:
        """Let them write to the bare application, each when the last answer is there."""
        before, sent = cpu(self.bare), await _sent(self.bare_remote)
        await asyncio.gather(*(self._chats(number) for number in islice(self.ids, PEOPLE)))
        await self.bare_remote.settled(timeout=PATIENCE)
        used, sent = cpu(self.bare) - before, await _sent(self.bare_remote) - sent
        self.found["plain"].append(used / sent)

    async def _beside(self, name: str, action: Mapping[str, object]) -> None:
        flooding = asyncio.create_task(self._flood(action))
        self._keep(name, await self.people())
        flooding.cancel()
        await asyncio.wait({flooding})
        await self.remote.settled(timeout=PATIENCE)

    async def _flood(self, action: Mapping[str, object]) -> None:
        due = time.perf_counter()
        while True:
            await self.remote.do(actions=[action] * AT_ONCE)
            due += AT_ONCE * MINUTE / FLOOD
            await asyncio.sleep(due - time.perf_counter())

    async def _chats(self, person: int) -> None:
        after = 0
        for _ in range(SAID):
            await self.bare_remote.say(person=person, text=WORDS["en"])
            shown = await self.bare_remote.wait(chat=person, after=after, timeout=PATIENCE)
            after = max(one["id"] for one in shown["messages"])

    def _keep(self, name: str, waited: list[list[float]]) -> None:
        every = [one for some in waited for one in some]
        self.found[f"{name}, median"].append(median(every))
        self.found[f"{name}, p95"].append(quantiles(every, n=20)[-1])


async def _sent(remote: Remote) -> int:
    calls: dict[str, int] = (await remote.counters())["calls"]
    return calls.get("sendMessage", 0)


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Set the scene: two of Telegram, the line and the bare application."""
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        founded = found_firm(place / "office")
        line = parse((founded.home / "line" / "line.toml").read_text(encoding="utf-8"))
        remotes = []
        for _ in range(2):
            telegram = started("tests.telegram_server", "--token", TOKEN, place=place)
            _, url = await stack.enter_async_context(telegram)
            remotes.append(await stack.enter_async_context(Remote(url)))
        ours, theirs = remotes
        command = line_of(founded, place / "firm", ours.url)
        made = Scene(
            line=await stack.enter_async_context(running(*command, place=place)),
            remote=ours,
            readings=[Reading(founded.home, line, tag) for tag in LANGUAGES],
            bare=await stack.enter_async_context(running(*bare_of(theirs.url), place=place)),
            bare_remote=theirs,
        )
        await ours.polled(timeout=PATIENCE)
        await theirs.polled(timeout=PATIENCE)
        yield made


async def measure(rounds: int) -> dict[str, float]:
    """Return the medians of the rounds, after one that only warms up."""
    async with scene() as made:
        await made.without()
        await made.plain()
        made.found.clear()
        for _ in range(rounds):
            await made.without()
            await made.plain()
            await made.beside()
            await made.pressed()
            await made.behind()
    return {name: median(values) for name, values in made.found.items()}


def rows(*, quick: bool = False) -> list[Row]:
    """Measure people alone, beside a flood and behind one, and a bare application, in turns."""
    found = asyncio.run(measure(1 if quick else ROUNDS))
    return [
        Row(
            what=f"a person's wait for a question beside {FLOOD:,} {what} a minute, {rare}",
            than="without them",
            ours=found[f"{name}, {rare}"] * MILLI,
            beside=found[f"without, {rare}"] * MILLI,
            unit="ms",
        )
        for name, what in (("beside", "messages"), ("pressed", "presses"))
        for rare in ("median", "p95")
    ] + [
        Row(
            what="messages that the flooder got",
            than="messages that it sent",
            ours=found["got"],
            beside=found["flooded"],
            unit="messages",
        ),
        Row(what=f"the first answer behind {FLOOD:,} that wait", ours=found["behind"], unit="s"),
        Row(
            what="a message sent, with all that leads to it",
            than="a bare python-telegram-bot application",
            ours=found["message"] * MILLI,
            beside=found["plain"] * MILLI,
            unit="ms CPU",
        ),
    ]
