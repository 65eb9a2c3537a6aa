"""Letters come in the order of their chat, at least once, and nobody waits for anybody else."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import LETTERS, LOOK, LOOK_SECONDS, Delivery
from bot.errands import IN_FLIGHT, LONGEST_WAIT, STUCK_SECONDS
from bot.errors import DeliveryFailed, NotNow, OutcomeUnknown, Refused, Unreachable
from bot.keyring import Keyring
from bot.ports import Message, Rate
from bot.posting import letters_of, open_trace, seal_trace
from storage.credentials import Credentials
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from storage.store import open_store
from storage.unit import ChatChange, Outcome, Store, Trace, Unit
from tests.line_made import START, Draws
from tests.quiet import logged
from tests.virtual import Virtual
from tests.watched import Watched

CREDENTIALS = Credentials.make()
KEYRING = Keyring(CREDENTIALS)
DAY = START.date()
MONTH = "2026-11"

Mood = Callable[[], BaseException | None]


@dataclass
class Sent:
    """A message that a person got."""

    at: float
    peer: str
    message: Message

    @property
    def id(self) -> str:
        return self.message.id


@dataclass
class Fake:
    """A channel that takes its time, has moods, and remembers."""

    time: Virtual
    name: str = "test"
    removes: bool = False
    vanishes: bool = False
    rate: Rate = field(default_factory=Rate)
    latency: float = 0.0
    moods: dict[str, Mood] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    tries: list[tuple[float, str]] = field(default_factory=list)
    busy: Counter[str] = field(default_factory=Counter)
    most: int = 0
    unknown: int = 0

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        self.tries.append((self.time.now, peer))
        self.busy[peer] += 1
        assert self.busy[peer] == 1, "two at a time"
        self.most = max(self.most, self.busy.total())
        try:
            if self.latency:
                await self.time.sleep(self.latency)
            error = self.moods.get(peer, lambda: None)()
            if error is None or isinstance(error, OutcomeUnknown):
                self.sent.append(Sent(self.time.now, peer, message))
                self.unknown += error is not None
            if error is not None:
                raise error
            return (str(len(self.sent)),)
        finally:
            self.busy[peer] -= 1

    def heard(self, peer: str) -> list[str]:
        return [one.id for one in self.sent if one.peer == peer]


class Office:
    """Letters in a store, a delivery and its channel, in a time of their own."""

    def __init__(self, store: Store | None = None, **changes: object) -> None:
        self.time = Virtual()
        self.watched = Watched(store or MemoryStore(CREDENTIALS.identity.sign_bytes))
        self.channel = Fake(self.time, **changes)  # type: ignore[arg-type]
        self.draws = Draws()
        self.delivery = self.another()

    @property
    def store(self) -> Store:
        return self.watched.store

    def another(self) -> Delivery:
        """Return the delivery of a process that starts anew."""
        return Delivery(
            store=self.store,
            keyring=KEYRING,
            channels={self.channel.name: self.channel},
            clock=lambda: START,
            ticks=self.time.ticks,
            sleep=self.time.sleep,
        )

    def tag(self, peer: str, month: str = MONTH) -> bytes:
        return KEYRING.tag(self.channel.name, peer, month)

    async def put(
        self,
        peer: str,
        *messages: Message,
        also: bytes = b"",
        tag: bytes = b"",
        told: bool = True,
    ) -> None:
        tag = tag or self.tag(peer)
        draw = self.draws()
        letters = letters_of(KEYRING, self.channel.name, peer, tag, messages, draw, also=also)
        await self.store.commit(Unit(day=DAY, letters=letters))
        if told:
            self.delivery.wake(tag)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.delivery.run())
        try:
            await self.time.forward(0)
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def left(self) -> int:
        return await self.store.letter_count()


def says(name: str) -> Message:
    return Message(id=name, text=name)


def asks(name: str, *removes: str) -> Message:
    words = "removed" if removes else ""
    return Message(id=name, text=name, prompt=True, removes=removes, removed=words)


def always(error: type[BaseException], *facts: object) -> Mood:
    return lambda: error(*facts)


def moody(chance: random.Random) -> Mood:
    """Fail in every way there is, half of the time."""
    ways: list[BaseException | None] = [
        NotNow(3.0), NotNow(0.0), DeliveryFailed(), OutcomeUnknown(), ValueError("words")
    ]  # fmt: skip
    return lambda: chance.choice([*ways, *[None] * len(ways)])


# --- the order of a chat --------------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**32),
    puts=st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 4), st.floats(0, 5)), max_size=25
    ),
    latency=st.sampled_from([0.0, 0.7]),
    rate=st.sampled_from([Rate(), Rate(overall=3, chat=1), Rate(overall=0, chat=1, burst=3)]),
)
def test_letters_of_a_chat_come_in_order_whatever_fails(
    seed: int, puts: list[tuple[str, int, float]], latency: float, rate: Rate
) -> None:
    async def go() -> None:
        office = Office(latency=latency, rate=rate)
        for peer in "abcd":
            office.channel.moods[peer] = moody(random.Random(f"{seed} {peer}"))
        expected: dict[str, list[str]] = {peer: [] for peer in "abcd"}
        async with office.running():
            for number, (peer, many, later) in enumerate(puts):
                names = [f"{number}.{one}" for one in range(many)]
                expected[peer] += names
                await office.put(peer, *map(says, names))
                await office.time.forward(later)
            await office.time.forward(50_000)
        assert await office.left() == 0
        for peer in "abcd":
            heard = [name for name, _ in groupby(office.channel.heard(peer))]
            assert heard == expected[peer]
        total = sum(map(len, expected.values()))
        assert len(office.channel.sent) == total + office.channel.unknown  # no other repeats

    asyncio.run(go())


@given(
    seed=st.integers(0, 2**32),
    stops=st.lists(st.floats(0, 4), min_size=1, max_size=8),
    latency=st.sampled_from([0.0, 0.4]),
)
def test_a_stop_in_the_middle_loses_nothing_and_repeats_at_most_what_was_in_flight(
    seed: int, stops: list[float], latency: float
) -> None:
    async def go() -> None:
        chance = random.Random(seed)
        office = Office(latency=latency, rate=Rate(overall=5, chat=1))
        names = [str(number) for number in range(6)]
        for peer in "abc":
            office.channel.moods[peer] = lambda: chance.choice([None, None, DeliveryFailed()])
            await office.put(peer, *map(says, names))
        in_flight = 0
        for seconds in stops:
            async with office.running():
                await office.time.forward(seconds)
                in_flight += office.channel.busy.total()
            office.delivery = office.another()
        async with office.running():
            await office.time.forward(5_000)
        assert await office.left() == 0
        for peer in "abc":
            assert [name for name, _ in groupby(office.channel.heard(peer))] == names
        assert len(office.channel.sent) <= 3 * len(names) + in_flight

    asyncio.run(go())


@pytest.mark.parametrize("stop_after", [1, 7, 20])
async def test_a_stop_in_the_middle_loses_nothing_on_a_disk(
    stop_after: int, tmp_path: Path
) -> None:
    sign = CREDENTIALS.identity.sign_bytes
    store = open_store(tmp_path / "quietline.db", sign)
    office = Office(store)
    names = [str(number) for number in range(10)]
    enough = asyncio.Event()

    def count() -> None:
        if len(office.channel.sent) >= stop_after:
            enough.set()

    for peer in "abc":
        office.channel.moods[peer] = count
        await office.put(peer, *map(says, names))
    task = asyncio.create_task(office.delivery.run())
    await enough.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await store.close()
    before = len(office.channel.sent)
    again = open_store(tmp_path / "quietline.db", sign)
    try:
        left = await again.letter_count()
        assert 30 - before <= left <= 30 - before + 3  # of each chat at most one is sent again
        office.watched = Watched(again)
        office.delivery = office.another()
        while await office.delivery.round():
            pass
        assert await again.letter_count() == 0
    finally:
        await again.close()
    for peer in "abc":
        assert [name for name, _ in groupby(office.channel.heard(peer))] == names


async def test_more_letters_than_one_look_sees_all_come() -> None:
    office = Office()
    names = [str(number) for number in range(2 * LETTERS + 1)]
    await office.put("a", *map(says, names))
    async with office.running():
        await office.time.forward(1)
    assert office.channel.heard("a") == names


async def test_a_chat_that_moves_to_another_tag_gets_nothing_twice() -> None:
    """The month turns while a letter is under way."""
    office = Office(latency=5.0)
    old, new = office.tag("a", "2026-10"), office.tag("a")
    opened = ChatChange(tag=old, expected=0, state=b"state", revision=1)
    await office.store.commit(Unit(day=DAY, chat=opened))
    async with office.running():
        await office.put("a", says("1"), says("2"), tag=old)
        await office.time.forward(1)
        moved = ChatChange(tag=new, expected=1, state=b"state", revision=2, moved_from=old)
        assert await office.store.commit(Unit(day=DAY, chat=moved)) is Outcome.COMMITTED
        await office.put("a", says("3"))
        await office.time.forward(60)
    assert office.channel.heard("a") == ["1", "2", "3"]
    assert await office.left() == 0


# --- nobody waits for anybody else ------------------------------------------------------------------


async def test_a_429_delays_that_chat_alone() -> None:
    office = Office()
    told = iter([NotNow(30.0), NotNow(12.5)])
    office.channel.moods["slow"] = lambda: next(told, None)
    async with office.running():
        await office.put("slow", says("1"), says("2"))
        for number in range(40):
            await office.put(f"{number}", says("1"))
        await office.time.forward(10)
        await office.put("slow", says("3"))  # to write again shortens nothing
        await office.time.forward(50)
    others = [one.at for one in office.channel.sent if one.peer != "slow"]
    assert others == [0.0] * 40
    assert [(s.at, s.id) for s in office.channel.sent if s.peer == "slow"] == [
        (42.5, "1"),
        (42.5, "2"),
        (42.5, "3"),
    ]
    assert [at for at, peer in office.channel.tries if peer == "slow"][:3] == [0.0, 30.0, 42.5]


async def test_a_delay_of_nothing_is_no_haste() -> None:
    office = Office()
    office.channel.moods["a"] = always(NotNow, 0.0)
    await office.put("a", says("1"))
    async with office.running():
        await office.time.forward(10)
    assert [at for at, _ in office.channel.tries] == [float(number) for number in range(11)]


async def test_500_blocked_chats_delay_nobody_and_are_not_tried_again() -> None:
    office = Office(latency=0.05)
    blocked = [f"blocked {number}" for number in range(500)]
    for peer in blocked:
        office.channel.moods[peer] = always(Unreachable)
        await office.put(peer, says("1"), says("2"))
    await office.put("person", says("1"))
    async with office.running():
        await office.time.forward(0.6)
        assert office.channel.heard("person") == ["1"]
        await office.put("person", says("2"))
        await office.time.forward(0.1)
        assert office.channel.heard("person") == ["1", "2"]
        await office.time.forward(86_400)
        assert len(office.channel.tries) == 502
        assert await office.left() == 1000
        (trouble,) = await office.store.troubles()
        assert (trouble.code, trouble.count) == ("test-blocked", 500)
        await office.put(blocked[7], says("3"))  # still blocked: not counted twice
        await office.time.forward(1)
        office.channel.moods.clear()
        await office.put(blocked[8], says("3"))  # this person has come back
        await office.time.forward(86_400)
        assert office.channel.heard(blocked[8]) == ["1", "2", "3"]
        assert len(office.channel.sent) == 2 + 3
        (trouble,) = await office.store.troubles()
        assert trouble.count == 500


async def test_the_first_letter_after_an_outage_wakes_those_who_wait_for_the_channel() -> None:
    office = Office()
    for peer in ("a", "b", "own"):
        office.channel.moods[peer] = always(OutcomeUnknown if peer == "b" else DeliveryFailed)
        await office.put(peer, says("1"))
    async with office.running():
        await office.time.forward(1_000)
        del office.channel.moods["a"], office.channel.moods["b"]
        await office.put("c", says("1"))
        await office.time.forward(0)
        assert office.channel.heard("a") == ["1"]
        assert office.channel.heard("b")[-1] == "1"
        assert await office.left() == 1
        tries = len(office.channel.tries)
        for _ in range(50):  # whose letters fail while others' go waits for something else
            await office.put("c", says("2"))
            await office.time.forward(0)
        assert len(office.channel.tries) == tries + 50
        del office.channel.moods["own"]
        await office.time.forward(LONGEST_WAIT)
        assert await office.left() == 0


async def test_a_restart_tries_a_blocked_chat_once_more() -> None:
    office = Office()
    office.channel.moods["a"] = always(Unreachable)
    await office.put("a", says("1"))
    for _ in range(2):
        async with office.running():
            await office.time.forward(300)
        office.delivery = office.another()
    assert len(office.channel.tries) == 2
    assert [trouble.count for trouble in await office.store.troubles()] == [2]


async def test_failing_chats_are_tried_ever_more_seldom_and_delay_nobody(tmp_path: Path) -> None:
    office = Office()
    errors: list[Mood] = [
        always(DeliveryFailed),
        always(ValueError, "words"),
        always(TimeoutError),
    ]
    with logged(tmp_path / "log") as log:
        for number in range(300):
            office.channel.moods[str(number)] = errors[number % 3]
            await office.put(str(number), says("1"))
        async with office.running():
            await office.put("person", says("1"))
            await office.time.forward(1_500)
            assert office.channel.sent[0].at == 0.0
            for number in range(3):
                tries = [at for at, peer in office.channel.tries if peer == str(number)]
                waits = [after - before for before, after in pairwise(tries)]
                assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[LONGEST_WAIT] * 3]
            office.channel.moods.clear()
            await office.put("1", says("2"))  # who writes is tried at once
            await office.time.forward(0)
            assert office.channel.heard("1") == ["1", "2"]
            await office.time.forward(LONGEST_WAIT)
            assert await office.left() == 0
    said = log()
    assert {entry["event"] for entry in said} == {"letter-failed"}
    assert {entry["error"] for entry in said} == {"DeliveryFailed", "ValueError", "TimeoutError"}
    assert {entry["channel"] for entry in said} == {"test"}
    assert set(said[0]) == {"level", "event", "channel", "error"}


async def test_after_a_letter_that_came_the_waits_begin_anew() -> None:
    office = Office()
    failing = iter([DeliveryFailed(), DeliveryFailed(), None, DeliveryFailed()])
    office.channel.moods["a"] = lambda: next(failing, None)
    async with office.running():
        await office.put("a", says("1"), says("2"))
        await office.time.forward(60)
    assert [at for at, _ in office.channel.tries] == [0.0, 1.0, 3.0, 3.0, 4.0]


async def test_10000_messages_of_one_chat_slow_nobody_else() -> None:
    """In virtual time, at Telegram's pace: everybody else waits less than a tenth of a second."""
    office = Office(latency=0.1, rate=Rate(overall=30, chat=1))
    await office.put("loud", *[says(str(number)) for number in range(10_000)])
    came: dict[str, float] = {}
    async with office.running():
        await office.time.forward(10)
        for number in range(100):
            came[f"{number}"] = office.time.now
            await office.put(f"{number}", says("1"))
            await office.time.forward(0.1)
        await office.time.forward(10)
    waits = [one.at - came[one.peer] - 0.1 for one in office.channel.sent if one.peer in came]
    assert len(waits) == 100
    assert max(waits) < 0.1
    assert 28 <= len(office.channel.heard("loud")) <= 31


async def test_10000_messages_of_one_chat_get_one_turn_each_where_no_chat_has_a_pace() -> None:
    office = Office(latency=0.05, rate=Rate(overall=30))
    await office.put("loud", *[says(str(number)) for number in range(10_000)])
    async with office.running():
        await office.time.forward(10)
        began = office.time.now
        for number in range(60):
            await office.put(f"{number}", says("1"))
        await office.time.forward(4)
    times = [one.at - began for one in office.channel.sent if one.peer != "loud"]
    assert len(times) == 60
    assert max(times) < 60 / 30 * 2 + 0.2  # half of the turns are theirs at the least


async def test_no_more_than_so_many_are_in_flight() -> None:
    office = Office(latency=1.0)
    for number in range(3 * IN_FLIGHT):
        await office.put(f"{number}", says("1"))
    async with office.running():
        await office.time.forward(2.5)
        assert office.channel.most == IN_FLIGHT
        assert len(office.channel.sent) == 2 * IN_FLIGHT


async def test_a_channel_that_hangs_leaves_the_others_alone() -> None:
    office = Office(latency=1e6)
    other = Fake(office.time, name="other")
    office.delivery.channels = {"test": office.channel, "other": other}
    for number in range(2 * IN_FLIGHT):
        await office.put(f"{number}", says("1"))
    office.channel, hanging = other, office.channel
    await office.put("person", says("1"))
    async with office.running():
        await office.time.forward(1)
    assert other.heard("person") == ["1"]
    assert hanging.sent == []


# --- waking ---------------------------------------------------------------------------------------


async def test_letters_that_nobody_told_of_are_found() -> None:
    office = Office()
    async with office.running():
        await office.time.forward(10)
        await office.put("a", says("1"), told=False)
        await office.time.forward(10)
        assert office.channel.sent == []
        await office.time.forward(LOOK_SECONDS)
        assert office.channel.heard("a") == ["1"]


async def test_who_writes_while_a_letter_fails_does_not_wait() -> None:
    office = Office(latency=1.0)
    failing = iter([DeliveryFailed()])
    office.channel.moods["a"] = lambda: next(failing, None)
    async with office.running():
        await office.put("a", says("1"))
        await office.time.forward(0.5)
        await office.put("a", says("2"))
        await office.time.forward(10)
    assert [at for at, _ in office.channel.tries] == [0.0, 1.0, 2.0]


async def test_those_who_are_blocked_hide_nobody_from_a_look() -> None:
    office = Office()

    class Narrow(Watched):
        """As many chats waiting as one look finds, with fewer of them."""

        async def waiting(self, limit: int) -> tuple[bytes, ...]:
            return await office.store.waiting(limit - LOOK + 2)

    office.delivery.store = Narrow(office.store).store
    async with office.running():
        for number in range(5):
            office.channel.moods[f"{number}"] = always(Unreachable)
            await office.put(f"{number}", says("1"))
        await office.time.forward(1)
        await office.put("person", says("1"), told=False)
        await office.time.forward(LOOK_SECONDS)
    assert office.channel.heard("person") == ["1"]


async def test_a_wake_for_any_chat_looks_at_all() -> None:
    office = Office()
    async with office.running():
        await office.put("a", says("1"), told=False)
        await office.time.forward(1)
        assert office.channel.sent == []
        office.delivery.wake()
        await office.time.forward(0)
        assert office.channel.heard("a") == ["1"]


async def test_a_store_that_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    office = Office()
    await office.put("a", says("1"))

    class Broken(Watched):
        async def waiting(self, limit: int) -> tuple[bytes, ...]:
            raise DatabaseFailed("SQLITE_IOERR")

    office.delivery.store = Broken(office.store).store
    with logged(tmp_path / "log") as log:
        async with office.running():
            await office.time.forward(LOOK_SECONDS / 2)
            office.delivery.store = office.store
            await office.time.forward(LOOK_SECONDS)
    assert office.channel.heard("a") == ["1"]
    assert log() == [{"level": "info", "event": "letters-unread", "error": "DatabaseFailed"}]


async def test_nothing_is_left_behind_when_all_letters_are_sent() -> None:
    office = Office(rate=Rate(overall=1_000, chat=1))
    async with office.running():
        for number in range(50):
            await office.put(f"{number}", says("1"), says("2"))
        await office.time.forward(5)
        assert await office.left() == 0
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        assert len(tasks) == 2  # the run itself, and its rest


# --- a round ----------------------------------------------------------------------------------------


async def test_a_round_sends_what_needs_no_waiting_and_waits_for_nothing() -> None:
    office = Office(rate=Rate(chat=1, burst=2))
    office.channel.moods = {"fails": always(DeliveryFailed), "blocked": always(Unreachable)}
    slow = iter([NotNow(30.0)])
    office.channel.moods["slow"] = lambda: next(slow, None)
    for peer in ("a", "fails", "blocked", "slow"):
        await office.put(peer, says("1"), says("2"), says("3"))
    assert await office.delivery.round() == 2
    assert await office.delivery.round() == 0
    assert office.channel.heard("a") == ["1", "2"]
    office.time.now = 30.0
    assert await office.delivery.round() == 3
    assert Counter(peer for _, peer in office.channel.tries) == {
        "a": 3, "fails": 3, "blocked": 1, "slow": 3
    }  # fmt: skip


async def test_a_round_tries_a_blocked_chat_again_once_its_person_is_there() -> None:
    office = Office()
    blocking = iter([Unreachable()])
    office.channel.moods["a"] = lambda: next(blocking, None)
    await office.put("a", says("1"))
    assert [await office.delivery.round() for _ in range(2)] == [0, 0]
    office.delivery.wake(office.tag("a"))
    assert await office.delivery.round() == 1


async def test_a_letter_for_no_channel_stays_and_is_told_once(tmp_path: Path) -> None:
    office = Office()
    await office.put("a", says("1"))
    office.delivery.channels = {}
    with logged(tmp_path / "log") as log:
        assert await office.delivery.round() == 0
        async with office.running():
            await office.time.forward(10 * LOOK_SECONDS)
    assert [entry["event"] for entry in log()] == ["letter-without-channel"]
    assert await office.left() == 1


async def test_a_letter_of_another_server_goes_and_the_next_one_comes(tmp_path: Path) -> None:
    office = Office()
    other = Keyring(Credentials.make())
    letters = letters_of(other, "test", "a", office.tag("a"), [says("0")], bytes(32))
    await office.store.commit(Unit(day=DAY, letters=letters))
    await office.put("a", says("1"))
    with logged(tmp_path / "log") as log:
        assert await office.delivery.round() == 2
    assert [entry["event"] for entry in log()] == ["letter-unreadable"]
    assert office.channel.heard("a") == ["1"]
    assert await office.left() == 0


# --- what is kept of a letter -----------------------------------------------------------------------


async def test_while_nothing_can_be_kept_nothing_is_said_again_and_again() -> None:
    """A full disk must not repeat a letter at each try."""
    office = Office()
    await office.put("a", says("1"), says("2"))
    office.watched.fails = lambda _: DatabaseFailed("SQLITE_FULL")
    async with office.running():
        await office.time.forward(100)
        assert office.channel.heard("a") == ["1"]
        assert office.watched.failures > 5
        office.watched.fails = lambda _: None
        await office.time.forward(LONGEST_WAIT)
    assert office.channel.heard("a") == ["1", "2"]
    assert await office.left() == 0


async def test_a_letter_costs_one_commit_also_when_its_chat_is_over() -> None:
    office = Office(removes=True)
    opened = ChatChange(tag=office.tag("a"), expected=0, state=b"state", revision=1)
    await office.store.commit(Unit(day=DAY, chat=opened))
    for peer in ("a", "over"):
        await office.put(peer, says("1"), asks("2", "5"), asks("3", "6"))
    before = len(office.watched.units)
    assert await office.delivery.round() == 6
    done = office.watched.units[before:]
    assert [len(unit.sent) for unit in done] == [1, 2, 1, 2]
    assert [unit.forgets for unit in done] == [False, False, True, True]  # the log is emptied
    row = await office.store.chat(office.tag("a"))
    assert row is not None


async def test_whose_conversation_is_over_is_forgotten_after_the_last_letter() -> None:
    office = Office()
    told: list[tuple[str, int]] = []

    async def forget(peer: str) -> None:
        told.append((peer, len(office.channel.heard(peer))))

    office.delivery.forgets = {office.channel.name: forget}
    opened = ChatChange(tag=office.tag("a"), expected=0, state=b"x", revision=1)
    await office.store.commit(Unit(day=DAY, chat=opened))
    for peer in ("a", "over"):
        await office.put(peer, says("1"), says("2"), says("3"))
    assert await office.delivery.round() == 6
    assert told == [("over", 3)]


async def test_who_begins_again_while_the_last_letter_goes_keeps_the_new_chat() -> None:
    office = Office()
    await office.put("a", says("1"))
    opened = ChatChange(tag=office.tag("a"), expected=0, state=b"new", revision=1)

    class Late(Watched):
        """A person who begins again between the look at the chat and the commit."""

        async def chat(self, tag: bytes) -> None:
            await office.store.commit(Unit(day=DAY, chat=opened))

    office.delivery.store = Late(office.store).store
    assert await office.delivery.round() == 1
    row = await office.store.chat(office.tag("a"))
    assert row is not None
    assert row.state == b"new"
    assert await office.left() == 0


# --- stale prompts ----------------------------------------------------------------------------------


async def test_a_stale_prompt_is_not_sent_and_what_it_removes_is_removed_all_the_same() -> None:
    office = Office()
    await office.put("a", asks("first", "1"), says("note"), asks("second", "2"), asks("third"))
    assert await office.delivery.round() == 4
    assert office.channel.heard("a") == ["note", "third"]
    note, third = (one.message for one in office.channel.sent)
    assert (note.removes, note.removed) == (("1",), "removed")
    assert (third.removes, third.removed) == (("2",), "removed")


async def test_prompts_that_go_stale_while_a_chat_waits_are_not_sent() -> None:
    office = Office(rate=Rate(chat=0.1))
    async with office.running():
        for number in range(10):
            await office.put("a", asks(f"{number}", f"{number}"))
            await office.time.forward(0.5)
        await office.time.forward(30)
    assert office.channel.heard("a") == ["0", "9"]
    assert office.channel.sent[1].message.removes == tuple("123456789")
    assert await office.left() == 0


async def test_prompts_that_go_stale_in_the_queue_of_all_are_not_sent() -> None:
    office = Office(rate=Rate(overall=1))
    for number in range(20):
        await office.put(f"{number:02}", says("1"))
    await office.put("a", asks("old"))
    async with office.running():
        await office.time.forward(10)
        await office.put("a", asks("new"))
        await office.time.forward(30)
    assert office.channel.heard("a") == ["new"]


@given(fails=st.integers(0, 6), stop=st.floats(0, 100))
def test_no_removal_is_lost_by_failures_and_a_stop(fails: int, stop: float) -> None:
    async def go() -> None:
        office = Office(latency=0.3, rate=Rate(chat=1))
        errors = iter([DeliveryFailed()] * fails)
        office.channel.moods["a"] = lambda: next(errors, None)
        await office.put("a", asks("0", "10"), asks("1", "11"), says("2"), asks("3", "12"))
        async with office.running():
            await office.time.forward(stop)
        office.delivery = office.another()
        await office.put("a", asks("4", "13"))
        async with office.running():
            await office.time.forward(1_000)
        removed = {name for one in office.channel.sent for name in one.message.removes}
        assert removed == {"10", "11", "12", "13"}
        assert office.channel.heard("a")[-1] == "4"
        assert "2" in office.channel.heard("a")
        assert await office.left() == 0

    asyncio.run(go())


# --- traces, and wiping a chat ----------------------------------------------------------------------


async def ids(office: Office, tag: bytes) -> list[str]:
    return [open_trace(KEYRING, row.sealed) for row in await office.store.traces(tag)]


async def test_what_stands_in_a_chat_is_kept_sealed_where_it_can_be_removed() -> None:
    office = Office(removes=True)
    await office.put("a", says("1"), says("2"))
    assert await office.delivery.round() == 2
    assert await ids(office, office.tag("a")) == ["1", "2"]
    rows = await office.store.traces(office.tag("a"))
    assert {row.day for row in rows} == {DAY}
    cannot = Office(removes=False)
    await cannot.put("a", says("1"))
    assert await cannot.delivery.round() == 1
    assert await ids(cannot, cannot.tag("a")) == []


async def test_a_wipe_removes_what_stands_in_the_chat_also_of_last_month() -> None:
    office = Office(removes=True)
    last = office.tag("a", "2026-10")
    old = Trace(tag=last, day=DAY, sealed=seal_trace(KEYRING, "91"))
    foreign = Keyring(Credentials.make())
    odd = Trace(tag=office.tag("a"), day=DAY, sealed=seal_trace(foreign, "92"))
    others = Trace(tag=office.tag("b"), day=DAY, sealed=seal_trace(KEYRING, "93"))
    await office.store.commit(Unit(day=DAY, traces=(old, odd, others)))
    await office.put("a", says("1"), says("2"))
    assert await office.delivery.round() == 2
    wipe = Message(id="wiped", text="", removed="done", removes=("7", "2"), wipe=True)
    await office.put("a", wipe, also=last)
    office.channel.moods["a"] = always(DeliveryFailed)
    assert await office.delivery.round() == 0
    assert await ids(office, last) == ["91"]  # nothing is forgotten before it was removed
    office.channel.moods.clear()
    assert await office.delivery.round() == 1
    message = office.channel.sent[-1].message
    assert message.removes == ("91", "1", "2", "7")
    assert message.removed == "done"
    assert await ids(office, last) == []
    assert await ids(office, office.tag("a")) == []  # nor the last words of a chat that is over
    assert await ids(office, office.tag("b")) == ["93"]


async def test_a_wipe_takes_along_what_the_letters_before_it_have_just_put_there() -> None:
    office = Office(removes=True)
    wipe = Message(id="wiped", text="words", wipe=True)
    await office.put("a", says("1"), asks("2"), wipe, says("after"))
    assert await office.delivery.round() == 4
    assert [one.message.removes for one in office.channel.sent] == [(), (), ("1", "2"), ()]
    assert await ids(office, office.tag("a")) == ["4"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_message_that_may_stand_there_is_never_said_to_be_removed(restarted: bool) -> None:
    office = Office(removes=True)
    office.channel.moods["a"] = always(OutcomeUnknown)
    wipe = Message(id="wiped", text="", removed="done", not_removed="not all", wipe=True)
    await office.put("a", wipe)
    for _ in range(3):
        assert await office.delivery.round() == 0
    office.channel.moods.clear()
    if restarted:
        office.delivery = office.another()
    assert await office.delivery.round() == 1
    assert [one.message.removed for one in office.channel.sent] == ["done", *["not all"] * 3]
    assert all(one.message.removes == () for one in office.channel.sent)
    assert await ids(office, office.tag("a")) == []
    await office.put("b", wipe)  # somebody else's chat is as clean as ever
    assert await office.delivery.round() == 1
    assert office.channel.sent[-1].message.removed == "done"


async def test_what_may_stand_there_is_remembered_until_the_chat_is_emptied() -> None:
    office = Office(removes=True)
    office.channel.moods["a"] = always(OutcomeUnknown)
    await office.put("a", says("1"))
    assert await office.delivery.round() == 0
    office.channel.moods.clear()
    wipe = Message(id="wiped", text="", removed="done", not_removed="not all", wipe=True)
    await office.put("a", wipe)
    assert await office.delivery.round() == 2
    assert office.channel.sent[-1].message.removed == "not all"
    assert office.channel.sent[-1].message.removes == ("2",)


@pytest.mark.parametrize("mood", [always(DeliveryFailed), always(NotNow, 60.0)])
async def test_a_chat_to_which_nothing_goes_for_an_hour_is_a_trouble_until_something_goes(
    mood: Mood,
) -> None:
    async def stuck() -> list[tuple[str, int]]:
        return [(one.code, one.count) for one in await office.store.troubles()]

    office = Office()
    for peer in "ab":
        office.channel.moods[peer] = mood
        await office.put(peer, says("1"))
    async with office.running():
        await office.time.forward(STUCK_SECONDS - 1)
        assert await stuck() == []
        await office.time.forward(LONGEST_WAIT)
        assert await stuck() == [("test-stuck", 2)]
        await office.time.forward(10 * STUCK_SECONDS)
        assert await stuck() == [("test-stuck", 2)]
        del office.channel.moods["a"]
        await office.time.forward(LONGEST_WAIT)
        assert await stuck() == [("test-stuck", 2)]
        office.channel.moods.clear()
        await office.time.forward(LONGEST_WAIT)
        assert office.channel.heard("b") == ["1"]
        assert await stuck() == []


async def test_a_message_that_is_refused_for_good_holds_up_nothing() -> None:
    office = Office()
    office.channel.moods["a"] = always(Refused)
    await office.put("a", says("1"))
    assert await office.delivery.round() == 1
    office.channel.moods.clear()
    await office.put("a", says("2"))
    assert await office.delivery.round() == 1
    assert [one.id for one in office.channel.sent] == ["2"]
    assert [one.code for one in await office.store.troubles()] == ["test-refused"]


async def test_what_is_on_its_way_arrives_before_the_line_goes_down() -> None:
    office = Office(latency=2.0)
    await office.put("a", says("1"), says("2"))
    async with office.running():
        await office.time.forward(1)
        coming = asyncio.create_task(office.delivery.come_home())
        await office.time.forward(2)
        await coming
        await office.put("b", says("3"))
        await office.time.forward(100)
    assert [one.id for one in office.channel.sent] == ["1"]
    assert await office.left() == 2  # they wait for the next start


def test_the_delivery_shows_nothing_of_anybody() -> None:
    office = Office()
    shown = repr(cast("object", office.delivery))
    assert office.tag("a").hex() not in shown
    assert "_blocked" not in shown
