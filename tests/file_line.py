"""A line in a process of its own that takes a report with files; made to be killed.

`python -m tests.file_line HOME FILES`: each file of the folder FILES is sent, in the order of names.
Every run says all that the person says, with the same ids, so that what was taken is a redelivery.
What is printed is what the person sees, and how far the files have come: a line each.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bot.app import App, opened
from bot.engine.events import Event, Said, Sent
from bot.ports import Incoming, Media, Message, Rate
from tests.reports import short

PIECE = 16 * 1024
WORDS = "They came and took photographs away."


def show(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - its channel


class Shown:
    """A channel that prints what the person gets."""

    name = "test"
    removes = vanishes = False
    rate = Rate()

    async def deliver(self, _: str, message: Message) -> tuple[str, ...]:
        show("said", message.id, message.text.replace("\n", " "))
        return ()


class Folder:
    """A depot whose files lie in a folder; its pieces take a while."""

    name = "test"
    largest = 0
    dangerous = True

    def __init__(self, place: Path) -> None:
        self._place = place

    async def fetch(self, reference: str) -> AsyncIterator[bytes]:
        data = (self._place / reference).read_bytes()
        for at in range(0, len(data), PIECE):
            show("piece", reference, at)
            yield data[at : at + PIECE]
            await asyncio.sleep(0.002)

    async def forget(self, reference: str) -> None:
        show("forgotten", reference)


async def play(app: App, number: int, event: Event, media: Media | None = None) -> None:
    """Bring one event, as a chat app does until it is taken."""
    come = Incoming(channel="test", peer="person", event_id=str(number), event=event, media=media)
    await app.intake.receive(come)
    show("taken", number)


async def drained(app: App) -> None:
    """Wait until no file is on its way and no letter waits."""
    while True:
        if not await app.store.fetches(1 << 40) and not await app.store.letter_count():
            return
        await asyncio.sleep(0.02)


async def main(home: Path, files: Path) -> None:
    depot, channel = Folder(files), Shown()
    names = sorted(path.name for path in files.iterdir())  # noqa: ASYNC240 - the same
    report = short("en", words=WORDS)
    async with opened(
        home,
        clock=lambda: datetime.now(UTC),
        channels=[channel],
        depots={"test": depot},
        allow_throwaway=True,
    ) as app:
        working = [
            asyncio.create_task(app.delivery.run()),
            asyncio.create_task(app.fetching.run()),
        ]
        before = ["/start", *report[:5]]
        for number, text in enumerate(before):
            await play(app, number, Said(text=text))
        for number, name in enumerate(names, 100):
            media = Media(reference=name, kind="photo", name=name)
            await play(app, number, Sent(), media)
        for number, text in enumerate(report[5:], 200):
            await play(app, number, Said(text=text))
        await drained(app)
        for work in working:
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*working)
    show("end")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
