"""`python -m tests.bench`: measure everything, print the table, write docs/performance.md.

A run that is quick or leaves something out only prints: the page holds whole runs.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tests.bench import (
    channel,
    desk,
    engine,
    flood,
    growth,
    page,
    sealing,
    start,
    steps,
    store,
)
from tests.bench.table import Row, plain

Part = Callable[[argparse.Namespace], list[Row]]

#: What is measured, by the name it is asked for with: a title, and how.
PARTS: dict[str, tuple[str, Part]] = {
    "steps": ("A durable, sealed step", lambda asked: steps.rows(quick=asked.quick)),
    "channel": (
        "The step, through Telegram's decoder",
        lambda asked: channel.rows(quick=asked.quick),
    ),
    "growth": (
        "As chats grow",
        lambda asked: growth.rows(quick=asked.quick, millions=asked.millions),
    ),
    "engine": ("The engine alone", lambda asked: engine.rows(quick=asked.quick)),
    "store": ("The store alone", lambda asked: store.rows(quick=asked.quick)),
    "sealing": ("Sealing", lambda asked: sealing.rows(quick=asked.quick)),
    "flood": ("The line beside a flood", lambda asked: flood.rows(quick=asked.quick)),
    "desk": ("The desk", lambda asked: desk.rows(quick=asked.quick)),
    "start": ("Coming up", lambda asked: start.rows(quick=asked.quick)),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of each; writes nothing")
    parser.add_argument("--only", choices=PARTS, help="measure one part; writes nothing")
    parser.add_argument(
        "--millions", action="store_true", help="a million chats too (some 15 GB, ten minutes more)"
    )
    asked = parser.parse_args(arguments)
    when, load = datetime.now(UTC), os.getloadavg()[0]
    found: dict[str, list[Row]] = {}
    for name, (title, part) in PARTS.items():
        if asked.only in {None, name}:
            found[title] = part(asked)
            print(f"{title}\n\n{plain(found[title])}\n", flush=True)
    if not asked.quick and asked.only is None:
        page.write(found, when=when, load=load)
        print(f"written: {page.PAGE}")


if __name__ == "__main__":
    main()
