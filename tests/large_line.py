"""A line in a process of its own that takes one large file from a bridge, and says how it grew.

`python -m tests.large_line HOME ADDRESS LENGTH`: a small file comes first, so that whatever is loaded
once is there; then what lies at the bridge as `large.bin`. The last line printed is the resident
memory before the large file, and the most there was until it was kept and said, in bytes.
"""

import asyncio
import contextlib
import gc
import json
import re
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

from bot.app import opened
from bot.channels.signal import files
from bot.channels.signal.wire import Bridge
from bot.engine.events import Said, Sent
from bot.ports import Media
from bot.settings import Signal
from tests.file_line import Shown, drained, play, show
from tests.reports import short

SMALL, LARGE = "small.bin", "large.bin"


class AtBridge:
    """A depot whose files lie at a Signal bridge."""

    name = "test"
    largest = 0
    dangerous = True

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def fetch(self, reference: str) -> AsyncGenerator[bytes, None]:
        return files.fetch(self._bridge, reference)

    async def forget(self, reference: str) -> None:
        await files.forget(self._bridge, reference)


def memory(what: str) -> int:
    """Return a figure of this process's memory, in bytes (proc(5))."""
    status = Path("/proc/self/status").read_text()
    (kibibytes,) = re.findall(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kibibytes) * 1024


def from_here_on() -> int:
    """Have the most memory counted anew; return what is resident now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


async def main(home: Path, address: str, length: int) -> None:
    report = short("en")
    async with (
        Bridge(Signal(on=True, number="+15550000001", bridge=address)) as bridge,
        opened(
            home,
            clock=lambda: datetime.now(UTC),
            channels=[Shown()],
            depots={"test": AtBridge(bridge)},
            allow_throwaway=True,
        ) as app,
    ):
        working = [
            asyncio.create_task(app.delivery.run()),
            asyncio.create_task(app.fetching.run()),
        ]
        for number, text in enumerate(["/start", *report[:5]]):
            await play(app, number, Said(text=text))
        await play(app, 100, Sent(), Media(reference=SMALL, kind="video", name=SMALL))
        await drained(app)
        before = from_here_on()
        media = Media(reference=LARGE, kind="video", name=LARGE, size=length)
        await play(app, 101, Sent(), media)
        await drained(app)
        most = memory("VmHWM")
        for number, text in enumerate(report[5:], 200):
            await play(app, number, Said(text=text))
        await drained(app)
        for work in working:
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*working)
    show(json.dumps({"before": before, "most": most}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
