"""A durable, sealed step: one answer of a conversation, from the decoded update to its letter.

Counted are answers only: each leaves one sealed answer (that is checked), a new sealed state, the
event's key, a timer and a rendered, sealed letter, and is done when the commit that holds them is.
`/done` is timed and not counted; the opening up to consent, and sending, are neither. 64 chats in
the five languages go side by side through `Intake.receive`, each waiting for its own step. Letters
wait in the store: bringing them to a channel is no part of a step, and has a row of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.intake import Intake
from bot.ports import Incoming
from storage.database import connect, upgrade
from storage.store import SqliteStore
from storage.unit import GROUP, Outcome, Unit
from tests.bench.clock import NotCounted, Took
from tests.bench.talk import KEPT, answers, opening
from tests.line_made import Made, made
from tests.stores import sign

CHATS = GROUP
Groups = list[Sequence[Unit]]


class WatchedStore(SqliteStore):
    """The store, which takes down what its writer wrote together."""

    groups: Groups

    def _settle(self, units: Sequence[Unit]) -> Sequence[object]:
        self.groups.append(units)
        return super()._settle(units)


@dataclass(slots=True)
class Journey:
    """The groups in which units were written: before the steps, and in them."""

    before: Groups
    steps: Groups


@asynccontextmanager
async def line(folder: Path) -> AsyncIterator[tuple[Made, WatchedStore]]:
    """Bring a line up on a file, as `bot.app` does, with a store that is watched."""
    engine = connect(folder / "quietline.db")
    upgrade(engine)
    store = WatchedStore(engine, sign)
    store.groups = []
    async with made(folder, store=store) as up:
        yield up, store


async def talk(intake: Intake, lines: Sequence[Incoming]) -> None:
    """Say one line after the other, each when the one before is safe."""
    for one in lines:
        if await intake.receive(one) is not Outcome.COMMITTED:
            raise NotCounted


async def steps(blocks: int, journeys: list[Journey] | None = None) -> Took:
    """Measure so many times 64 chats; the last journey is put into `journeys`."""
    took = Took()
    with TemporaryDirectory() as folder:
        async with line(Path(folder)) as (up, store):
            intake = up.app.intake
            for block in range(blocks):
                numbers = range(block * CHATS, (block + 1) * CHATS)
                await asyncio.gather(*(talk(intake, opening(str(n), n)) for n in numbers))
                opened = len(store.groups)
                prepared = [answers(str(n)) for n in numbers]
                with took.measured(CHATS * KEPT):
                    await asyncio.gather(*(talk(intake, lines) for lines in prepared))
                kept(store.groups[opened:])
            if journeys is not None:
                journeys[:] = [Journey(store.groups[:opened], store.groups[opened:])]
    return took


def kept(groups: Groups) -> None:
    """Refuse to count steps that did not leave what the head of this file says."""
    units = [unit for group in groups for unit in group]
    answered = [unit for unit in units if unit.drafts]
    if len(answered) != CHATS * KEPT or any(len(unit.drafts) != 1 for unit in answered):
        raise NotCounted
    for unit in answered:
        if not (unit.seen and unit.chat and unit.chat.state and unit.letters and unit.timers):
            raise NotCounted
