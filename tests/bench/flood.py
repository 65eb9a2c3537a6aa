"""A flood: one chat sends 10,000 messages a minute while others report: how long do these wait?

Processes as in production: the line (`quietline run`, SQLite), and the emulator in Telegram's
place; this process plays the people. Ten a line report side by side in the five languages and read
for 0.3 seconds before each answer. Timed is what a person waits for: from their message, press or command
to the next question that wants an answer, the emulator's part included. The line may send as fast
as it can: Telegram's own pace (30 messages a second, one to a chat) would hide what is measured.

Two lines run side by side, each with people of its own; the same emulator's process gives out the
updates of both, and the same driver plays everybody. One more person writes, or presses a button,
without end: at one of the lines. What else the machine has to do, the flood's own part included,
both lines' people feel in the same moment; so what is between them is what one chat takes from the
others in its line. Which line is flooded changes from round to round. All waits of all rounds
count, and those of rounds in which nobody floods are shown beside them.

Then the worst case: 10,000 messages wait at Telegram before the first of the people, as after an
outage. Telegram gives updates in their order: all wait until the flood is let go.

The processor time of a message is that of the line's process while nobody floods, by messages sent;
it has all that leads to one: decoding, the step, sealing, the commits, taking the person's words
out of the chat, answering presses. Beside it stands a bare python-telegram-bot application, which
answers each message with one.
"""

import asyncio
import time
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from storage.line import parse
from tests.bench.crowd import PATIENCE, crowd
from tests.bench.live import bare_of, cpu, line_of, running
from tests.bench.table import Row, Wanted
from tests.reports import WORDS
from tests.running import LANGUAGES, TOKEN, found_firm, started
from tests.talkers import Reading
from tests.telegram_server.remote import Remote

ROUNDS = 18
PEOPLE, TIMES = 10, 2  # at each line
FLOOD, MINUTE = 10_000, 60.0
AT_ONCE = 25  # messages that the flooder sends together
SAID = 20  # messages of each person to the bare application
MILLI = 1e3  # milliseconds in a second
MOST = 1.1  # of what people at the other line wait


@dataclass(kw_only=True)
class Side:
    """A line, its Telegram, and how long its people waited."""

    line: Process
    remote: Remote
    readings: list[Reading]
    ids: Iterator[int]

    async def people(self) -> list[float]:
        """Let people report side by side; return how long they waited."""
        return await crowd(self.remote, self.readings, self.ids, people=PEOPLE, times=TIMES)


@dataclass(kw_only=True)
class Scene:
    """Two lines at Telegrams that are one process, a bare application at another; what was found.

    `found` are seconds, by what was done and at which of the lines: here, or elsewhere.
    """

    sides: list[Side]
    bare: Process
    bare_remote: Remote
    ids: Iterator[int]
    found: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def without(self) -> None:
        """Let people report, and nobody else write."""
        before, sent = await self._used()
        for waited in await asyncio.gather(*(side.people() for side in self.sides)):
            self.found["without"] += waited
        await self._settled()
        used, all_sent = await self._used()
        self.found["message"].append((used - before) / (all_sent - sent))

    async def messages(self, here: Side) -> None:
        """Let people report while one person writes without end to one of the lines."""
        flooder = next(self.ids)
        action = {"do": "say", "person": flooder, "text": "flood"}
        await self._beside("messages", here, action)
        messages = (await here.remote.chat(chat=flooder))["messages"]
        self.found["flooded"].append(sum(not one["bot"] for one in messages))
        self.found["got"].append(len(await here.remote.sent(chat=flooder)))

    async def presses(self, here: Side) -> None:
        """Let people report while one person presses a button as often."""
        flooder = next(self.ids)
        await here.remote.say(person=flooder, text="/start")
        menu = (await here.remote.wait(chat=flooder, timeout=PATIENCE))["messages"][0]
        data = menu["buttons"][0][0]["data"]
        action = {"do": "press", "person": flooder, "message_id": menu["id"], "data": data}
        await self._beside("presses", here, action)

    async def behind(self, here: Side) -> None:
        """Let them begin when a flood is there already; note when they are answered."""
        await here.remote.flood(person=next(self.ids), count=FLOOD)
        began = time.perf_counter()
        some = list(islice(self.ids, 2 * PEOPLE))
        for number in some:
            await here.remote.say(person=number, text="/start")
        await asyncio.gather(*(here.remote.wait(chat=n, timeout=PATIENCE) for n in some))
        self.found["behind"].append(time.perf_counter() - began)
        await self._settled()

    async def plain(self) -> None:
        """Let them write to the bare application, each when the last answer is there."""
        before, sent = cpu(self.bare), await _sent(self.bare_remote)
        await asyncio.gather(*(self._chats(number) for number in islice(self.ids, 2 * PEOPLE)))
        await self.bare_remote.settled(timeout=PATIENCE)
        used, sent = cpu(self.bare) - before, await _sent(self.bare_remote) - sent
        self.found["plain"].append(used / sent)

    async def _beside(self, name: str, here: Side, action: Mapping[str, object]) -> None:
        flooding = asyncio.create_task(_flood(here.remote, action))
        for side, waited in zip(
            self.sides, await asyncio.gather(*(side.people() for side in self.sides)), strict=True
        ):
            self.found[name if side is here else f"{name} elsewhere"] += waited
        flooding.cancel()
        await asyncio.wait({flooding})
        await self._settled()

    async def _settled(self) -> None:
        for side in self.sides:
            await side.remote.settled(timeout=PATIENCE)

    async def _used(self) -> tuple[float, int]:
        """Return the processor time of the lines, and how many messages they sent."""
        sent = [await _sent(side.remote) for side in self.sides]
        return sum(cpu(side.line) for side in self.sides), sum(sent)

    async def _chats(self, person: int) -> None:
        after = 0
        for _ in range(SAID):
            await self.bare_remote.say(person=person, text=WORDS["en"])
            shown = await self.bare_remote.wait(chat=person, after=after, timeout=PATIENCE)
            after = max(one["id"] for one in shown["messages"])


async def _flood(remote: Remote, action: Mapping[str, object]) -> None:
    due = time.perf_counter()
    while True:
        await remote.do(actions=[action] * AT_ONCE)
        due += AT_ONCE * MINUTE / FLOOD
        await asyncio.sleep(due - time.perf_counter())


async def _sent(remote: Remote) -> int:
    calls: dict[str, int] = (await remote.counters())["calls"]
    return calls.get("sendMessage", 0)


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Set the scene: two lines and the bare application, and their Telegram."""
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory()))
        founded = found_firm(place / "office")
        line = parse((founded.home / "line" / "line.toml").read_text(encoding="utf-8"))
        readings = [Reading(founded.home, line, tag) for tag in LANGUAGES]
        ids = count(7_200_000_001)
        remotes = []
        for module in (("tests.bench.telegrams",), ("tests.telegram_server", "--token")):
            _, urls = await stack.enter_async_context(started(*module, TOKEN, place=place))
            remotes += [await stack.enter_async_context(Remote(url)) for url in urls.split()]
        sides = []
        for number, remote in enumerate(remotes[:2]):
            command = line_of(founded, place / f"firm {number}", remote.url)
            process = await stack.enter_async_context(running(*command, place=place))
            sides.append(Side(line=process, remote=remote, readings=readings, ids=ids))
        bare = await stack.enter_async_context(running(*bare_of(remotes[2].url), place=place))
        for remote in remotes:
            await remote.polled(timeout=PATIENCE)
        yield Scene(sides=sides, bare=bare, bare_remote=remotes[2], ids=ids)


async def measure(rounds: int) -> dict[str, list[float]]:
    """Return what was found in the rounds, after one that only warms up."""
    async with scene() as made:
        await made.without()
        await made.plain()
        made.found.clear()
        for number in range(rounds):
            here = made.sides[number % 2]
            await made.without()
            await made.messages(here)
            await made.presses(here)
            await made.plain()
            await made.behind(here)
    return made.found


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def rows(*, quick: bool = False) -> list[Row]:
    """Measure people alone, beside a flood and behind one, and a bare application, in turns."""
    found = asyncio.run(measure(2 if quick else ROUNDS))
    typical = {name: median(values) for name, values in found.items()}
    return [
        Row(
            what=f"a person's wait for a question beside {FLOOD:,} {what} a minute, {rare}",
            than=than,
            ours=figure(found[what]) * MILLI,
            beside=figure(found[beside.format(what)]) * MILLI,
            unit="ms",
            wanted=wanted,
        )
        for what in ("messages", "presses")
        for rare, figure in (("median", median), ("p95", _p95))
        for than, beside, wanted in (
            ("at the line beside, in the same moment", "{} elsewhere", Wanted("≤", MOST)),
            ("without them", "without", None),
        )
    ] + [
        Row(
            what="messages that the flooder got",
            than="messages that it sent",
            ours=typical["got"],
            beside=typical["flooded"],
            unit="messages",
        ),
        Row(what=f"the first answer behind {FLOOD:,} that wait", ours=typical["behind"], unit="s"),
        Row(
            what="a message sent, with all that leads to it",
            than="a bare python-telegram-bot application",
            ours=typical["message"] * MILLI,
            beside=typical["plain"] * MILLI,
            unit="ms CPU",
        ),
    ]
