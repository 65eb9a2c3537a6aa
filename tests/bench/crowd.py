"""People who report side by side, and what each of them waits for a question.

They begin within some seconds of each other and read before each answer: a crowd that writes in
step would wait for itself, and not for what is beside it.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.reports import WORDS
from tests.talkers import Reading, Talker
from tests.telegram_server.remote import Remote

READS = (0.15, 0.45)  # seconds
BEGIN = 2.0  # seconds within which all of them begin
PATIENCE = 300.0


@dataclass
class Timed(Talker):
    """Somebody who reports, and notes how long each question took to come."""

    chance: random.Random = field(default_factory=random.Random)
    waited: list[float] = field(default_factory=list)
    said_at: float = 0.0

    async def told(self) -> list[float]:
        """Report; return the seconds from each thing said to the next question."""
        await asyncio.sleep(self.chance.uniform(0, BEGIN))
        self.said_at = time.perf_counter()
        await self.reports(patience=PATIENCE)
        return self.waited

    async def _answers(self, what: str, message: Mapping[str, Any]) -> None:
        self.waited.append(time.perf_counter() - self.said_at)
        await asyncio.sleep(self.chance.uniform(*READS))
        self.said_at = time.perf_counter()
        await super()._answers(what, message)


async def crowd(
    remote: Remote, readings: Sequence[Reading], ids: Iterator[int], *, people: int, times: int
) -> list[float]:
    """Let so many report side by side, so many times; return the seconds of every wait."""
    some = list(islice(ids, people * times))

    async def one_after_another(numbers: Sequence[int]) -> list[float]:
        waited = []
        for number in numbers:
            reading = readings[number % len(readings)]
            talker = Timed(
                remote=remote,
                reading=reading,
                id=number,
                words=WORDS[reading.language],
                chance=random.Random(number),
            )
            waited += await talker.told()
        return waited

    places = [some[at::people] for at in range(people)]
    found = await asyncio.gather(*map(one_after_another, places))
    return [wait for waits in found for wait in waits]
