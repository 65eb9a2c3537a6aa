"""Nothing is acknowledged before it is finished, and everything that is finished will be."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.offsets import MOST, Offsets


class Server:
    """Telegram's queue: it forgets what is below the offset, and gives the oldest."""

    def __init__(self) -> None:
        self.queue: list[int] = []
        self.forgotten: set[int] = set()

    def give(self, offset: int | None) -> list[int]:
        if offset is not None:
            self.forgotten |= {number for number in self.queue if number < offset}
            self.queue = [number for number in self.queue if number >= offset]
        return self.queue[:MOST]


class Taker:
    """Whoever works on updates: begins what is fresh, finishes it some time."""

    def __init__(self) -> None:
        self.offsets = Offsets()
        self.begun: list[int] = []
        self.open: set[int] = set()
        self.done: set[int] = set()

    def poll(self, server: Server, *, asked: bool = True, heard: bool = True) -> None:
        given = server.give(self.offsets.offset()) if asked else []
        if not (asked and heard):
            self.offsets.lose()
            return
        fresh = self.offsets.take(given)
        self.begun += fresh
        self.open |= set(fresh)

    def finish(self, number: int) -> None:
        self.open.discard(number)
        self.done.add(number)
        self.offsets.finish(number)


@given(st.integers(0, 10**9), st.integers(0, 400))
def test_an_offset_never_passes_what_is_not_finished(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    server, taker = Server(), Taker()
    number = rng.randrange(10**9)
    for _ in range(steps):
        match rng.randrange(4):
            case 0:
                for _ in range(rng.choice([1, 2, 150])):
                    number += 1
                    server.queue.append(number)
            case 1:
                taker.poll(server)
            case 2:
                taker.poll(server, asked=rng.random() < 0.5, heard=False)
            case _:
                for done in rng.sample(sorted(taker.open), len(taker.open) // 2):
                    taker.finish(done)
        assert server.forgotten <= taker.done
        assert taker.offsets.unfinished <= MOST
        assert len(taker.begun) == len(set(taker.begun))
        if not server.queue and not taker.open and rng.random() < 0.3:
            number = rng.randrange(10**9)  # a week of silence: numbers begin anew anywhere
    while server.queue:
        taker.poll(server)
        for done in list(taker.open):
            taker.finish(done)
    assert server.forgotten == taker.done == set(taker.begun)


def test_one_that_does_not_get_done_holds_back_what_came_after_it_only() -> None:
    offsets = Offsets()
    assert offsets.take([10, 11, 12, 13]) == [10, 11, 12, 13]
    for number in (10, 12, 13):
        offsets.finish(number)
    assert offsets.offset() == 11
    assert offsets.take([11, 12, 13, 14]) == [14]
    assert offsets.offset() is None
    offsets.finish(11)
    assert offsets.offset() == 14


def test_at_most_a_hundred_are_in_hand() -> None:
    offsets = Offsets()
    assert len(offsets.take(range(1000, 1150))) == MOST
    assert offsets.unfinished == MOST
    assert offsets.take(range(2000, 2050)) == []


def test_after_a_failure_nothing_old_is_acknowledged() -> None:
    offsets = Offsets()
    offsets.take([1_000_000])
    offsets.finish(1_000_000)
    assert offsets.offset() == 1_000_001
    offsets.lose()
    assert offsets.offset() is None
    assert offsets.take([5]) == [5]
    offsets.finish(5)
    assert offsets.offset() == 6


def test_numbers_that_fall_do_not_forget_what_stands_behind_them() -> None:
    offsets = Offsets()
    offsets.take([900, 5])
    offsets.finish(900)
    assert offsets.offset() is None
    offsets.finish(5)
    assert offsets.offset() == 6
    assert offsets.take([900]) == []
    assert offsets.offset() == 901


def test_the_same_number_twice_is_one_update() -> None:
    offsets = Offsets()
    assert offsets.take([1, 1, 2]) == [1, 2]
    assert offsets.take([1, 2]) == []
    offsets.finish(3)
    assert offsets.offset() is None
