"""A step through the channel: from an update as Telegram writes it to the letter that answers it.

As `steps`, with all that lies before: the decoder, the chat's turn, the limit on what one chat may
send, and what a channel that can remove messages asks for (the person's words leave the chat, or
their id is kept, sealed). Begun is with JSON as the poller has parsed it, or with the bytes that a
webhook is brought. Nothing is sent: the letters wait in the store, rendered and sealed.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.channels.telegram import open_channel
from bot.channels.telegram.decode import NAME, decode
from bot.channels.telegram.receiving import Receiver
from bot.ports import Incoming, Rate
from bot.settings import Telegram
from storage.unit import Outcome
from tests.bench.clock import Middle, NotCounted, Took, Trial, in_turns
from tests.bench.peers import TOKEN, Keeps, telegram_bot
from tests.bench.steps import BLOCKS, MANY, ROUNDS, steps
from tests.bench.table import Row, Wanted
from tests.bench.talk import ANSWERS, KEPT, OPENING, body
from tests.bench.walk import CHATS, kept, line
from tests.line_made import LANGUAGES, Inbox, Made

SECRET = "secret"
WHAT = "a durable, sealed step, from the raw update"
FAST = 1e6  # messages a second to each chat
LINES = len(OPENING) + len(ANSWERS)

Taken = Callable[[], Awaitable[object]]


@asynccontextmanager
async def line_behind(
    folder: Path, *, brought: bool
) -> AsyncIterator[tuple[Made, Callable[[bytes], Taken]]]:
    """Bring a line up behind Telegram's decoder; yield it, and what makes an update ready.

    `brought`: as a webhook takes it, from its bytes; else from parsed JSON, as the poller does.
    """
    outcomes = set[Outcome | None]()
    inbox = Inbox(name=NAME, removes=True, vanishes=True, rate=Rate(chat=FAST))

    async def nobody(_: str) -> None:
        """Tell troubles to nobody."""

    async with (
        line(folder, channels=[inbox]) as up,
        open_channel(Telegram(), TOKEN, trouble=nobody, settled=nobody) as connection,
    ):

        async def receive(incoming: Incoming) -> None:
            outcomes.add(await up.app.intake.receive(incoming))

        receiver = Receiver(
            connection.channel,
            receive=receive,
            wake=str,
            group=str,
            sleep=asyncio.sleep,
            ticks=time.monotonic,
        )
        async with connection.door(SECRET, receive, str, str) as webhook:

            def ready(written: bytes) -> Taken:
                if brought:
                    return lambda: webhook.take(SECRET, written)
                update = json.loads(written)
                return lambda: receiver.take(decode(update))

            yield up, ready
        await receiver.close()
    if outcomes != {Outcome.COMMITTED}:
        raise NotCounted


async def decoded(blocks: int, *, brought: bool = False) -> Took:
    """Measure so many times 64 chats, as `steps` does."""
    took = Took()
    with TemporaryDirectory() as place:
        folder = Path(place)
        async with line_behind(folder, brought=brought) as (up, ready):
            for block in range(blocks):
                chats = [_lines(number) for number in range(block * CHATS, (block + 1) * CHATS)]
                for at in range(len(OPENING)):
                    await _side_by_side([ready(one[at])] for one in chats)
                    while await up.app.store.letter_count():  # nobody consents to the unread
                        await up.app.delivery.round()
                prepared = [list(map(ready, one[len(OPENING) :])) for one in chats]
                before = kept(folder)
                with took.measured(CHATS * KEPT):
                    await _side_by_side(prepared)
                if kept(folder) != before + CHATS * KEPT:
                    raise NotCounted
    return took


def _lines(number: int) -> list[bytes]:
    """Return the updates of a chat; its number chooses one of the languages."""
    language = str(number % len(LANGUAGES) + 1)
    said = [*(line.format(language=language) for line in OPENING), *ANSWERS]
    return [body(number * LINES + at, number + 1, text) for at, text in enumerate(said, start=1)]


async def _side_by_side(prepared: Iterable[Sequence[Taken]]) -> None:
    """Have every chat's updates taken, each when the one before is safe."""

    async def chat(updates: Sequence[Taken]) -> None:
        for take in updates:
            await take()

    await asyncio.gather(*map(chat, prepared))


def rows(*, quick: bool = False) -> list[Row]:
    """Measure ours, the step alone, and the peer from the same raw updates, in turns."""
    trials: dict[str, Trial] = {
        "ours": partial(decoded, 1 if quick else BLOCKS),
        "brought": partial(decoded, 1, brought=True),
        "alone": partial(steps, 1),
    }
    for keeps in (Keeps.SYNCED, Keeps.ONCE):
        trials[keeps.name] = partial(telegram_bot, keeps, raw=True)
        trials[f"{keeps.name}, many"] = partial(telegram_bot, keeps, stored=MANY, count=1, raw=True)
    found = in_turns(trials, 1 if quick else ROUNDS)
    ours, much = found["ours"], Wanted("≥", 1_500, ours=True)
    many, five, sixty = f"the same, {MANY:,} stored chats", Wanted("≥", 5), Wanted("≥", 60)
    return [
        Row(what=WHAT, ours=ours.per_second, unit="steps/s", wanted=much),
        _beside(ours, "the step alone", found["alone"], cpu=True),
        _beside(ours, "the same from a webhook's bytes", found["brought"], cpu=True),
        *(
            _beside(ours, than, found[name], wanted, cpu=cpu)
            for than, name, wanted, cpu in (
                ("python-telegram-bot, on the disk after each step", "SYNCED", five, False),
                (many, "SYNCED, many", sixty, False),
                ("python-telegram-bot, written after each step", "ONCE", five, True),
                (many, "ONCE, many", sixty, True),
            )
        ),
    ]


def _beside(
    ours: Middle, than: str, theirs: Middle, wanted: Wanted | None = None, *, cpu: bool
) -> Row:
    return Row(
        what=WHAT,
        than=than,
        ours=ours.per_cpu if cpu else ours.per_second,
        beside=theirs.per_cpu if cpu else theirs.per_second,
        unit="steps/CPU s" if cpu else "steps/s",
        wanted=wanted,
    )
