"""The urgent alert: late by chance, few, and gone with nobody to get it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import Alerts
from bot.carrying import ALERT
from storage.memory import MemoryStore
from storage.unit import LINE, TimerChange, Unit
from tests.line_made import START, Draws, Watch, made
from tests.reports import short

HELD = ["English", "1", "3"]  # in danger: held


def store() -> MemoryStore:
    return MemoryStore(lambda _: bytes(64))


async def ask(kept: MemoryStore, at: int, name: str) -> None:
    timer = TimerChange(tag=LINE, name=f"{ALERT}{name}", due=at, revision=0)
    await kept.commit(Unit(day=START.date(), timers=(timer,)))


class Sent:
    """Counts alerts."""

    def __init__(self) -> None:
        self.at: list[int] = []
        self.watch = Watch()

    async def __call__(self) -> None:
        self.at.append(int(self.watch().timestamp()))


async def run(alerts: Alerts, sent: Sent, kept: MemoryStore, seconds: int) -> None:
    for _ in range(seconds // 60):
        sent.watch.forward(seconds=60)
        due = await kept.due(int(sent.watch().timestamp()))
        if due:
            await alerts.ring(due, sent.watch())


@given(asked=st.lists(st.integers(0, 5 * 3600), min_size=1, max_size=30))
async def test_many_who_ask_make_few_alerts_and_none_is_forgotten(asked: list[int]) -> None:
    kept, sent = store(), Sent()
    begin = int(START.timestamp())
    for number, at in enumerate(asked):
        await ask(kept, begin + at, str(number))
    await run(Alerts(store=kept, send=sent, apart=3600), sent, kept, 8 * 3600)
    assert sent.at
    assert all(b - a >= 3600 for a, b in zip(sent.at, sent.at[1:], strict=False))
    assert all(any(at >= begin + one for at in sent.at) for one in asked)
    assert await kept.due(1 << 40) == ()


async def test_an_alert_that_cannot_be_kept_is_tried_again() -> None:
    kept = store()

    async def fails() -> None:
        raise OSError("full")

    await ask(kept, 1, "one")
    alerts = Alerts(store=kept, send=fails, apart=60)
    due = await kept.due(10)
    with pytest.raises(OSError, match="full"):
        await alerts.ring(due, START)
    assert await kept.due(10) == due


async def test_timers_of_a_line_without_alerts_go() -> None:
    kept = store()
    await ask(kept, 1, "one")
    await Alerts(store=kept).ring(await kept.due(10), START)
    assert await kept.due(10) == ()


@pytest.mark.parametrize("on", [True, False])
async def test_a_person_in_danger_raises_one_at_a_random_moment(
    tmp_path: Path, *, on: bool
) -> None:
    mail = {"server": "localhost", "sender": "line@example.org", "security": "none"}
    alert = {"on": on, "to": ["duty@example.org"], "delay_minutes": 20}
    dues = set()
    for number in range(8):
        draws = Draws(bytes([number]))
        async with made(tmp_path, draws=draws, mail=mail, alert=alert) as line:
            person = line.person()
            for said in ["/start", *HELD, "1", "1"]:
                await person.says(said)
            own = [t for t in await line.app.store.due(1 << 40) if t.tag == LINE]
            assert len(own) == (1 if on else 0)
            for timer in own:
                assert START.timestamp() < timer.due <= START.timestamp() + 1200
                dues.add(timer.due)
                assert timer.name.startswith(ALERT)
    assert len(dues) > 4 or not on


async def test_who_is_not_in_danger_raises_none(tmp_path: Path) -> None:
    mail = {"server": "localhost", "sender": "line@example.org", "security": "none"}
    async with made(tmp_path, mail=mail, alert={"on": True, "to": ["duty@example.org"]}) as line:
        person = line.person()
        for said in ["/start", *short("en")]:
            await person.says(said)
        assert [t for t in await line.app.store.due(1 << 40) if t.tag == LINE] == []


async def test_it_is_promised_only_when_somebody_reads_it(tmp_path: Path) -> None:
    mail = {"server": "localhost", "sender": "line@example.org", "security": "none"}
    heard = {}
    for who in ("", "the duty officer"):
        alert = {"on": True, "to": ["duty@example.org"], "who": who, "within_hours": 2}
        async with made(tmp_path, mail=mail, alert=alert) as line:
            person = line.person()
            for said in ["/start", *HELD, "1"]:
                await person.says(said)
            heard[who] = person.last[-1].text
    assert heard[""] != heard["the duty officer"]
    assert "2" in heard["the duty officer"]
