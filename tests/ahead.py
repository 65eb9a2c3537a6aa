"""The line, and a desk's sync, whose clock is ahead by the seconds that stand in a file.

    python -m tests.ahead FILE line HOME
    python -m tests.ahead FILE sync [the options of `quietline-desk sync`]

Both are what the commands run, with another clock: the test lets days pass under a line that is up,
for the seconds that it counts as well.
"""

import argparse
import asyncio
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import exchanging
from desk.form_labels import FormLabels
from desk.terminal import Keyboard


class Ahead:
    """A clock."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> datetime:
        """Return the time there."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead())

    def ticks(self) -> float:
        """Return seconds that pass as they do on this clock."""
        return time.monotonic() + self._ahead()

    def _ahead(self) -> int:
        return int(self.file.read_text(encoding="ascii")) if self.file.exists() else 0


async def _line(home: Path, clock: Ahead) -> None:
    from bot import service  # half a second, and a sync needs nothing of it

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    say = Keyboard().say
    await service.serve(home, clock=clock, ticks=clock.ticks, stop=stop, say=say)


def _sync(words: list[str], clock: Ahead) -> int:
    top = argparse.ArgumentParser()
    exchanging.register(top.add_subparsers(required=True), clock, FormLabels)
    args = top.parse_args(["sync", *words])
    args.terminal, args.today = Keyboard(), clock().date()
    code: int = args.run(args)
    return code


def main() -> int:
    """Run one of them."""
    clock, what = Ahead(Path(sys.argv[1])), sys.argv[2]
    if what == "sync":
        return _sync(sys.argv[3:], clock)
    asyncio.run(_line(Path(sys.argv[3]), clock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
