"""The engine alone: `machine.step` on the shipped form, without anything that waits.

Timed is every step of whole conversations, from the first word to the sent report, one after the
other, in one language and in all five: the processor time of the thread, garbage collection and
all. The first conversations only warm up.
"""

import time
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from bot.engine import machine
from bot.engine.events import Said
from bot.engine.model import Form
from bot.engine.state import Mode
from tests.bench.clock import NotCounted
from tests.bench.table import Row, Wanted
from tests.bench.talk import ANSWERS, opening
from tests.line_made import LANGUAGES, START, Draws, content_of, settings

CONVERSATIONS = 400  # in each language
WARM = 20
SEND = "1"
MICRO = 1e-3  # microseconds in a nanosecond


def conversation(form: Form, number: int, draws: Draws) -> list[int]:
    """Return the nanoseconds of each step of a conversation; its number chooses the language."""
    state, took = machine.begin(form), list[int]()
    begun = [incoming.event for incoming in opening("", number)]
    for event in (*begun, *(Said(text=line) for line in (*ANSWERS, SEND))):
        draw = draws()
        start = time.thread_time_ns()
        state, _ = machine.step(form, state, event, now=START, draw=draw)
        took.append(time.thread_time_ns() - start)
    if state.mode is not Mode.OVER:
        raise NotCounted
    return took


def measured(form: Form, languages: int, conversations: int) -> list[int]:
    """Return the nanoseconds of each step, of so many conversations in each language."""
    draws, numbers = Draws(), count()
    every = [
        conversation(form, next(numbers) % languages, draws)
        for _ in range(languages * (WARM + conversations))
    ]
    return [step for took in every[languages * WARM :] for step in took]


def rows(*, quick: bool = False) -> list[Row]:
    """Measure; the whole of it takes seconds."""
    with TemporaryDirectory() as folder:
        form = content_of(settings(), Path(folder)).form
    found: list[Row] = []
    for languages in (1, len(LANGUAGES)):
        took = measured(form, languages, CONVERSATIONS // (10 if quick else 1))
        where = "one language" if languages == 1 else f"{languages} languages"
        rare = quantiles(took, n=1000)[-1]
        for name, value, wanted in (
            ("median", median(took), Wanted("<", 150, ours=True)),
            ("p99.9", rare, Wanted("≤", 2_000, ours=True)),
        ):
            what = f"`engine.step`, {where}, {name}"
            found.append(Row(what=what, ours=value * MICRO, unit="µs CPU", wanted=wanted))
    return found
