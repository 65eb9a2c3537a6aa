"""What a step costs when many more chats have open drafts than say something.

The rows of a chat are those that a real one leaves when its first answers are kept: its state,
sealed again for its own tag with a case and a key of its own, its sealed answers, its timers and
the keys of its events. They are written in bulk into the store's own tables; then 64 at a time say
one more thing. Each measurement is a process of its own, which tells how much memory it has in the end.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import Connection, Table, insert, select

from bot.chats import Chats, Place
from bot.engine.events import Said
from bot.engine.state import State
from bot.ports import Incoming
from storage import schema
from storage.credentials import Credentials
from storage.database import connect, transaction, truncate
from storage.store import open_store
from tests.bench.clock import NotCounted, Took
from tests.bench.table import Row, Wanted
from tests.bench.talk import ANSWERS, CHANNEL, incoming, opening
from tests.bench.walk import CHATS, DATABASE, kept, talk
from tests.line_made import LANGUAGES, START, Draws, Made, content_of, made, made_line, settings
from tests.stores import sign

ROUNDS = 5
FEW, MANY, MILLION = 100, 10_000, 1_000_000
WARM, STEPS = 300, 1_600  # together at most 20 for each of the few: the parts of one answer
BULK = 1_000
MIB = 1 << 20
DAY = START.date()
WORDS = ANSWERS[1]

Kept = dict[str, object]  # a row by column


@dataclass(frozen=True, slots=True)
class Pattern:
    """A real chat that stands at the question for words, and the rows it has left."""

    state: State
    drafts: list[Kept]
    timers: list[Kept]
    events: int

    def rows(self, chats: Chats, peer: str) -> Iterator[tuple[Table, Kept]]:
        """Return the rows of another chat like this one."""
        tag = chats.tag(CHANNEL, peer, DAY)
        state = replace(self.state, case=os.urandom(16), key=os.urandom(32))
        place = Place(channel=CHANNEL, peer=peer, tag=tag, state=state)
        change = chats.change(place, state, forget=False)
        if change is None:
            raise NotCounted
        yield schema.chats, {"tag": tag, "revision": change.revision, "state": change.state}
        yield from ((schema.drafts, {**row, "case_id": state.case}) for row in self.drafts)
        yield from ((schema.timers, {**row, "tag": tag}) for row in self.timers)
        for _ in range(self.events):
            yield schema.seen, {"key": os.urandom(32), "day": DAY.isoformat()}


@asynccontextmanager
async def line(folder: Path) -> AsyncIterator[Made]:
    """Bring the line of a folder up, with its own keys and randomness that never came before."""
    credentials = Credentials.read(folder / "credentials")
    keys = (credentials, *made_line(credentials, content_of(settings(), folder), DAY))
    store = open_store(folder / DATABASE, sign)
    async with made(folder, store=store, keys=keys, draws=Draws(os.urandom(16))) as up:
        yield up


async def fill(folder: Path, chats: int) -> None:
    """Make a line with so many chats that have open drafts."""
    Credentials.make().write(folder / "credentials")
    async with line(folder) as up:
        patterns = [await _pattern(up, number) for number in range(len(LANGUAGES))]
        engine = connect(folder / DATABASE)
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA synchronous = OFF")
            conn.rollback()
            numbers = iter(range(chats))
            while some := list(islice(numbers, BULK)):
                rows = (patterns[n % len(patterns)].rows(up.app.intake.chats, str(n)) for n in some)
                with transaction(conn):
                    _write(conn, chain.from_iterable(rows))
            truncate(conn)
        engine.dispose()


async def _pattern(up: Made, number: int) -> Pattern:
    peer, intake = f"pattern {number}", up.app.intake
    begun = opening(peer, number)
    lines = [*begun, *incoming(peer, ANSWERS[:1], first=len(begun))]
    await talk(intake, lines)
    place = await intake.chats.find(CHANNEL, peer, DAY)
    engine = connect(up.app.home / DATABASE)
    with engine.connect() as conn:
        drafts = _read(conn, schema.drafts, "case_id", place.state.case)
        timers = _read(conn, schema.timers, "tag", place.tag)
    engine.dispose()
    return Pattern(state=place.state, drafts=drafts, timers=timers, events=len(lines))


def _read(conn: Connection, table: Table, key: str, value: bytes) -> list[Kept]:
    found = conn.execute(select(table).where(table.c[key] == value)).mappings()
    return [{name: row[name] for name in row if name != "number"} for row in found]


def _write(conn: Connection, rows: Iterable[tuple[Table, Kept]]) -> None:
    tables: dict[Table, list[Kept]] = {}
    for table, row in rows:
        tables.setdefault(table, []).append(row)
    for table, lot in tables.items():
        conn.execute(insert(table), lot)


# --- measuring ---------------------------------------------------------------------------------


async def measure(folder: Path, chats: int, seed: int) -> dict[str, float]:
    """Let chats say one thing each, 64 at a time; return what that took, and the memory (MiB)."""
    draw = random.Random(seed)
    order = draw.sample(range(chats), min(chats, WARM + STEPS))
    said = (
        Incoming(
            channel=CHANNEL,
            peer=str(order[number % len(order)]),
            event_id=f"{seed}-{number}",
            event=Said(text=WORDS),
        )
        for number in range(WARM + STEPS)
    )
    took = Took()
    async with line(folder) as up:
        before = kept(folder)
        await _say(up, islice(said, WARM))
        with took.measured(STEPS):
            await _say(up, said)
        if kept(folder) != before + WARM + STEPS:
            raise NotCounted
        memory = psutil.Process().memory_info().rss / MIB
    return {**asdict(took), "memory": memory}


async def _say(up: Made, said: Iterator[Incoming]) -> None:
    await asyncio.gather(*(talk(up.app.intake, said) for _ in range(CHATS)))


def _apart(*arguments: object) -> str:
    command = [sys.executable, "-m", "tests.bench.growth", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def rows(*, quick: bool = False, millions: bool = False) -> list[Row]:
    """Measure few chats and many in turns; the few are made anew each time, for they fill up."""
    sizes = [FEW, MANY, *([MILLION] if millions else [])]
    found: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    with TemporaryDirectory() as place:
        for size in sizes[1:]:
            _apart("fill", Path(place) / str(size), size)
        for number in range(1 if quick else ROUNDS):
            for size in sizes:
                folder = Path(place) / (str(size) if size > FEW else f"few {number}")
                if size == FEW:
                    _apart("fill", folder, size)
                found[size].append(json.loads(_apart("measure", folder, size, number)))
    return [row for size in sizes[1:] for row in _rows(size, found[FEW], found[size])]


def _rows(size: int, few: list[dict[str, float]], many: list[dict[str, float]]) -> list[Row]:
    def middle(rounds: list[dict[str, float]], name: str) -> float:
        if name == "memory":
            return median(one["memory"] for one in rounds)
        return median(one["count"] / one[name] for one in rounds)

    return [
        Row(
            what=f"{what}, {size:,} chats with open drafts",
            than=f"{FEW} chats",
            ours=middle(many, name),
            beside=middle(few, name),
            unit=unit,
            wanted=wanted,
        )
        for what, name, unit, wanted in (
            ("a step", "cpu", "steps/CPU s", Wanted("≥", 0.9)),
            ("a step", "wall", "steps/s", None),
            ("memory of the process", "memory", "MiB", Wanted("≤", 1.1)),
        )
    ]


def main(what: str, folder: Path, chats: int, seed: int = 0) -> None:
    """Do one part in this process."""
    if what == "fill":
        folder.mkdir()
        asyncio.run(fill(folder, chats))
    else:
        print(json.dumps(asyncio.run(measure(folder, chats, seed))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
