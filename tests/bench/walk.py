"""People who talk to a whole line in this process, and what is taken down of it.

The line is the one that `bot.app` builds, on a SQLite file as in production; whoever measures calls
`Intake.receive` with what a channel would have decoded.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from bot.intake import Intake
from bot.ports import Incoming
from storage import schema
from storage.database import connect, upgrade
from storage.store import SqliteStore, open_store
from storage.unit import GROUP, Outcome, Store, Unit
from tests.bench.clock import NotCounted
from tests.bench.talk import KEPT, answers, opening
from tests.line_made import Inbox, Made, made
from tests.stores import sign

#: As many as the writer writes together.
CHATS = GROUP
DATABASE = "quietline.db"

Groups = list[Sequence[Unit]]


class WatchedStore(SqliteStore):
    """The store, taking down what its writer wrote together."""

    groups: Groups

    def _settle(self, units: Sequence[Unit]) -> Sequence[object]:
        self.groups.append(units)
        return super()._settle(units)


@dataclass(frozen=True, slots=True)
class Journey:
    """The groups in which units were written: before the steps, and in them."""

    before: Groups
    steps: Groups


@asynccontextmanager
async def line(
    folder: Path, store: Store | None = None, channels: Sequence[Inbox] = ()
) -> AsyncIterator[Made]:
    """Bring a line up on a file."""
    store = store or open_store(folder / DATABASE, sign)
    async with made(folder, store=store, channels=channels) as up:
        yield up


def kept(folder: Path) -> int:
    """Return how many sealed answers a line's file holds."""
    engine = connect(folder / DATABASE)
    with engine.connect() as conn:
        count: int = conn.execute(select(func.count()).select_from(schema.drafts)).scalar_one()
    engine.dispose()
    return count


async def talk(intake: Intake, lines: Iterable[Incoming]) -> None:
    """Say one line after the other, each when the one before is safe."""
    for one in lines:
        if await intake.receive(one) is not Outcome.COMMITTED:
            raise NotCounted


async def open_chats(intake: Intake, numbers: Iterable[int]) -> list[list[Incoming]]:
    """Let chats begin, side by side; return what each of them then answers."""
    chosen = list(numbers)
    await asyncio.gather(*(talk(intake, opening(str(n), n)) for n in chosen))
    return [answers(str(n)) for n in chosen]


async def side_by_side(intake: Intake, prepared: Iterable[Sequence[Incoming]]) -> None:
    """Let every chat say its lines, each waiting for its own."""
    await asyncio.gather(*(talk(intake, lines) for lines in prepared))


async def journey() -> Journey:
    """Take down 64 chats, and see that each counted step leaves what it is counted for."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / DATABASE
        engine = connect(file)
        upgrade(engine)
        store = WatchedStore(engine, sign)
        store.groups = []
        async with line(Path(folder), store) as up:
            prepared = await open_chats(up.app.intake, range(CHATS))
            opened = len(store.groups)
            await side_by_side(up.app.intake, prepared)
        taken = Journey(store.groups[:opened], store.groups[opened:])
    units = [unit for group in taken.steps for unit in group if unit.drafts]
    if len(units) != CHATS * KEPT or not all(map(_is_step, units)):
        raise NotCounted
    return taken


def _is_step(unit: Unit) -> bool:
    """Say whether a unit holds the event, a new state, one sealed answer, a letter and a timer."""
    state = unit.chat is not None and unit.chat.state is not None
    sealed = len(unit.drafts) == 1 and unit.drafts[0].sealed is not None
    return unit.seen is not None and state and sealed and bool(unit.letters and unit.timers)
