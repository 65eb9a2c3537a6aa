"""Units a second through the store, beside raw sqlite3 writing the same rows in the same batches.

A unit is what one answer in a conversation keeps: the event, the chat's new state, one sealed
answer, the next letter; the last letter is done with. 64 chats go side by side, each waiting for
its own unit before it makes the next. The states and answers have the sizes of real ones, and are
made beforehand: sealing has a row of its own.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from storage.database import PRAGMAS, connect, upgrade
from storage.store import open_store
from storage.unit import GROUP, ChatChange, DraftEntry, Letter, Outcome, Unit
from tests.bench.table import Row, Wanted
from tests.stores import DAY, sign

ROUNDS = 5
STEPS = 60
CHATS = GROUP
ALONE = 300
STATE, ANSWER, LETTER = os.urandom(1_500), os.urandom(2_199), os.urandom(900)

RAW = (
    "INSERT INTO seen (key, day) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "UPDATE chats SET revision = ?, state = ? WHERE tag = ? AND revision = ?",
    "DELETE FROM drafts WHERE case_id = ? AND slot = ?",
    "INSERT INTO drafts (case_id, slot, part, day, sealed) VALUES (?, ?, ?, ?, ?)",
    "DELETE FROM letters WHERE key = ?",
    "INSERT INTO letters (key, tag, day, sealed) VALUES (?, ?, ?, ?)",
)


class Chat:
    """One chat's made-up names."""

    def __init__(self) -> None:
        self.tag, self.case, self.letter = os.urandom(32), os.urandom(16), os.urandom(16)

    def units(self) -> Iterator[Unit]:
        """Return one unit after the other, for ever."""
        for revision in count():
            sent, self.letter = self.letter, os.urandom(16)
            yield Unit(
                day=DAY,
                seen=os.urandom(32),
                chat=ChatChange(
                    tag=self.tag, expected=revision, state=STATE, revision=revision + 1
                ),
                drafts=(
                    DraftEntry(case=self.case, slot=os.urandom(16), part=0, day=DAY, sealed=ANSWER),
                ),
                letters=(Letter(key=self.letter, tag=self.tag, sealed=LETTER),),
                sent=(sent,),
            )

    def rows(self) -> Iterator[tuple[tuple[object, ...], ...]]:
        """Return the rows of one unit after the other, for ever, one for each of RAW."""
        day = DAY.isoformat()
        for revision in count(1):
            sent, self.letter = self.letter, os.urandom(16)
            slot = os.urandom(16)
            yield (
                (os.urandom(32), day),
                (revision + 1, STATE, self.tag, revision),
                (self.case, slot),
                (self.case, slot, 0, day, ANSWER),
                (sent,),
                (self.letter, self.tag, DAY.isoformat(), LETTER),
            )


def through_the_store(folder: Path, *, reading: bool) -> float:
    """Return units a second of 64 chats."""

    async def talk(units: list[Unit]) -> None:
        for unit in units:
            if reading and unit.chat is not None:
                await store.chat(unit.chat.tag)
            if await store.commit(unit) is not Outcome.COMMITTED:
                raise RuntimeError

    async def everybody() -> float:
        chats = [Chat().units() for _ in range(CHATS)]
        begun = [next(units) for units in chats]
        await asyncio.gather(*map(store.commit, begun))
        prepared = [[next(units) for _ in range(STEPS)] for units in chats]
        start = time.perf_counter()
        await asyncio.gather(*map(talk, prepared))
        took = time.perf_counter() - start
        await store.close()
        return took

    store = open_store(folder / "quietline.db", sign)
    return CHATS * STEPS / asyncio.run(everybody())


def raw(folder: Path, *, together: int) -> float:
    """Return units a second of sqlite3 alone, so many to a transaction."""
    file = folder / "raw.db"
    engine = connect(file)
    upgrade(engine)
    engine.dispose()
    conn = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA {pragma}")
    chats = [Chat() for _ in range(together)]
    conn.executemany(
        "INSERT INTO chats (tag, revision, state) VALUES (?, 1, ?)",
        [(chat.tag, STATE) for chat in chats],
    )
    rows = [chat.rows() for chat in chats]
    steps = STEPS if together > 1 else ALONE
    prepared = [list(zip(*map(next, rows), strict=True)) for _ in range(steps)]
    start = time.perf_counter()
    for batch in prepared:
        conn.execute("BEGIN IMMEDIATE")
        for statement, table in zip(RAW, batch, strict=True):
            conn.executemany(statement, table)
        conn.execute("COMMIT")
    took = time.perf_counter() - start
    conn.close()
    return together * steps / took


def one_by_one(folder: Path) -> float:
    """Return units a second of a single chat: every unit is a commit of its own."""

    async def alone() -> float:
        units = Chat().units()
        prepared = [next(units) for _ in range(ALONE)]
        start = time.perf_counter()
        for unit in prepared:
            await store.commit(unit)
        took = time.perf_counter() - start
        await store.close()
        return len(prepared) / took

    store = open_store(folder / "quietline.db", sign)
    return asyncio.run(alone())


def rows(*, quick: bool = False) -> list[Row]:
    """Measure, round after round, each beside the other."""
    trials: dict[str, Callable[[Path], float]] = {
        "store": partial(through_the_store, reading=False),
        "reading": partial(through_the_store, reading=True),
        "raw": partial(raw, together=CHATS),
        "alone": one_by_one,
        "raw alone": partial(raw, together=1),
    }
    found: dict[str, list[float]] = {name: [] for name in trials}
    for _ in range(1 if quick else ROUNDS):
        for name, trial in trials.items():
            with TemporaryDirectory() as folder:
                found[name].append(trial(Path(folder)))
    middle = {name: median(values) for name, values in found.items()}
    much = Wanted("≥", 3_000, ours=True)
    return [
        Row(
            what=what,
            than=than,
            ours=middle[ours],
            beside=middle[beside],
            unit="units/s",
            wanted=wanted,
        )
        for what, than, ours, beside, wanted in (
            ("a kept unit, 64 chats", "sqlite3 alone", "store", "raw", much),
            ("the same, its chat read first", "sqlite3 alone", "reading", "raw", much),
            ("a kept unit, one chat", "sqlite3 alone", "alone", "raw alone", None),
        )
    ]
