"""In order within a chat, side by side between chats, and nothing left behind."""

import asyncio

import pytest

from bot.lanes import Lanes


async def test_one_chat_is_in_order_and_others_do_not_wait() -> None:
    lanes, seen = Lanes(), []
    gate = asyncio.Event()

    async def work(key: bytes, name: str, *, wait: bool = False) -> None:
        async with lanes.lane(key):
            if wait:
                await gate.wait()
            seen.append(name)

    tasks = [asyncio.create_task(work(b"a", "a1", wait=True))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(work(b"a", f"a{n}")) for n in (2, 3, 4)]
    await work(b"b", "b1")
    assert seen == ["b1"]
    gate.set()
    await asyncio.gather(*tasks)
    assert seen == ["b1", "a1", "a2", "a3", "a4"]
    assert len(lanes) == 0


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    lanes, gate, seen = Lanes(), asyncio.Event(), []

    async def work(name: str, *, wait: bool = False) -> None:
        async with lanes.lane(b"a"):
            if wait:
                await gate.wait()
            seen.append(name)

    first = asyncio.create_task(work("first", wait=True))
    await asyncio.sleep(0)
    second, third = asyncio.create_task(work("second")), asyncio.create_task(work("third"))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    await asyncio.gather(first, third)
    with pytest.raises(asyncio.CancelledError):
        await second
    assert seen == ["first", "third"]
    assert len(lanes) == 0


async def test_all_who_are_in_a_lane_can_give_up_at_once() -> None:
    lanes = Lanes()

    async def work() -> None:
        async with lanes.lane(b"a"):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(work()) for _ in range(4)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} == {asyncio.CancelledError}
    assert len(lanes) == 0


async def test_a_lane_opens_again_after_an_error() -> None:
    lanes = Lanes()
    with pytest.raises(ValueError, match="x"):
        async with lanes.lane(b"a"):
            raise ValueError("x")
    async with lanes.lane(b"a"):
        assert len(lanes) == 1
    assert len(lanes) == 0
