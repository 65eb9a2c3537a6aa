"""A durable, sealed step: one answer of a conversation, from the decoded update to its letter.

Counted are answers only: each leaves one sealed answer, a new sealed state, the event's key, a
timer and a rendered, sealed letter (`walk.journey` checks that), and is done when the commit that
holds them is. `/done` is timed and not counted; the opening up to consent, and sending, are
neither. 64 chats in the five languages go side by side through `Intake.receive`, each waiting for
its own step. Letters wait in the store: bringing them to a channel has a row of its own.
"""

import asyncio
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.bound import bound
from tests.bench.clock import Middle, NotCounted, Took, Trial, in_turns
from tests.bench.peers import Keeps, aiogram, telegram_bot
from tests.bench.table import Row, Wanted
from tests.bench.talk import KEPT
from tests.bench.walk import CHATS, line, open_chats, side_by_side

ROUNDS = 5
BLOCKS = 2  # of 64 chats, one after the other
MANY = 2_000


async def steps(blocks: int) -> Took:
    """Measure so many times 64 chats."""
    took = Took()
    with TemporaryDirectory() as folder:
        async with line(Path(folder)) as up:
            for block in range(blocks):
                numbers = range(block * CHATS, (block + 1) * CHATS)
                prepared = await open_chats(up.app.intake, numbers)
                with took.measured(CHATS * KEPT):
                    await side_by_side(up.app.intake, prepared)
    return took


async def delivered() -> Took:
    """Measure 64 chats, and every letter brought to a channel that takes it at once."""
    took = Took()
    with TemporaryDirectory() as folder:
        async with line(Path(folder)) as up:
            prepared = await open_chats(up.app.intake, range(CHATS))
            while await up.app.delivery.round():
                pass
            up.inbox.got.clear()
            bringing = asyncio.create_task(up.app.delivery.run())
            with took.measured(CHATS * KEPT):
                await side_by_side(up.app.intake, prepared)
                bringing.cancel()
                await asyncio.wait({bringing})
                while await up.app.delivery.round():
                    pass
            if len(up.inbox.got) != CHATS or await up.app.store.letter_count():
                raise NotCounted
    return took


def rows(*, quick: bool = False) -> list[Row]:
    """Measure ours, the peers and the bound in turns."""
    trials: dict[str, Trial] = {
        "ours": partial(steps, 1 if quick else BLOCKS),
        "delivered": delivered,
        "bound": bound,
        "aiogram": aiogram,
    }
    for keeps in Keeps:
        trials[keeps.name] = partial(telegram_bot, keeps)
        if keeps is not Keeps.NOTHING:
            trials[f"{keeps.name}, many"] = partial(telegram_bot, keeps, stored=MANY, count=1)
    found = in_turns(trials, 1 if quick else ROUNDS)
    return _ours(found["ours"], found["delivered"]) + _beside(found)


def _ours(ours: Middle, sent: Middle) -> list[Row]:
    what = "a durable, sealed step, 64 chats"
    return [
        Row(what=what, ours=ours.per_second, unit="steps/s", wanted=Wanted("≥", 1_500, ours=True)),
        Row(what=what, ours=ours.per_cpu, unit="steps/CPU s"),
        Row(
            what="the same, its letter brought to a channel",
            than="the step alone",
            ours=sent.per_second,
            beside=ours.per_second,
            unit="steps/s",
        ),
    ]


def _beside(found: dict[str, Middle]) -> list[Row]:
    many = f"the same, {MANY:,} stored chats"
    five, sixty = Wanted("≥", 5), Wanted("≥", 60)
    waiting = [
        ("python-telegram-bot, on the disk after each step", "SYNCED", five),
        (many, "SYNCED, many", sixty),
        ("python-telegram-bot, written after each step", "ONCE", None),
        (many, "ONCE, many", None),
        ("the bound: sqlite3 alone and bare seals", "bound", None),
    ]
    working = [
        ("python-telegram-bot, written after each step", "ONCE", five),
        (many, "ONCE, many", sixty),
        ("the same as it comes, written twice", "TWICE", None),
        (many, "TWICE, many", None),
        ("python-telegram-bot that keeps nothing", "NOTHING", None),
        ("aiogram, MemoryStorage", "aiogram", None),
        ("the bound: sqlite3 alone and bare seals", "bound", Wanted("≥", 0.6)),
    ]
    return [_row(found, *one, cpu=False) for one in waiting] + [
        _row(found, *one, cpu=True) for one in working
    ]


def _row(
    found: dict[str, Middle], than: str, name: str, wanted: Wanted | None, *, cpu: bool
) -> Row:
    ours, theirs = found["ours"], found[name]
    return Row(
        what="a durable, sealed step",
        than=than,
        ours=ours.per_cpu if cpu else ours.per_second,
        beside=theirs.per_cpu if cpu else theirs.per_second,
        unit="steps/CPU s" if cpu else "steps/s",
        wanted=wanted,
    )
