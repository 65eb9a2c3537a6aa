"""A case code brings a draft to another chat, or adds to a case; it is a secret, and guessed by nobody."""

import asyncio
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.codes import draw_code, show_code, whole_code
from bot.engine.events import Said
from bot.keyring import Keyring, month_of
from bot.ports import Incoming, Message
from bot.posting import seal_trace
from bot.proof import AT_A_TIME, OF_A_CHAT, OF_ALL, Hands
from storage import entry
from storage.memory import MemoryStore
from storage.unit import Trace, Unit
from tests.canary import found_in, text_forms
from tests.depots import Drawer
from tests.line_made import Inbox, Made, Person, Watch, made
from tests.quiet import logged, text_of
from tests.reports import short
from tests.watched import Watched, new_keys

WORDS = "Two officers came."
WRONG = show_code(draw_code(b"nobody's" * 4))
PHOTO = b"\xff\xd8\xff\xe0" + bytes(5_000)


def code_in(messages: list[Message]) -> str:
    (code,) = [c for m in messages for c in re.findall(r"(?:[0-9]{4} ){4}[0-9]{4}", m.text)]
    return str(code)


async def paused(line: Made, name: str = "person") -> tuple[Person, str]:
    """Return a person in the middle of a draft, which is paused, and its code."""
    person = line.person(name)
    for text in ["/start", *short("en", words=WORDS)[:6], "/pause"]:
        await person.says(text)
    return person, code_in(person.last)


async def sent(line: Made, name: str = "person") -> tuple[Person, str]:
    person = line.person(name)
    for text in ["/start", *short("en", words=WORDS)]:
        await person.says(text)
    return person, code_in(person.last)


# --- what is a code -------------------------------------------------------------------------------


@given(
    draw=st.binary(min_size=32, max_size=32),
    between=st.sampled_from([" ", "", "-", "\n", "\u00a0", " – "]),
)
def test_a_code_is_read_in_any_groups_and_script(draw: bytes, between: str) -> None:
    code = draw_code(draw)
    shown = between.join(show_code(code).split())
    assert whole_code(shown) == code
    assert whole_code(f"\u2068 {shown}\u2069\n") == code
    assert whole_code(shown.translate({48 + n: 0x6F0 + n for n in range(10)})) == code
    assert whole_code(f"my code is {shown}") is None
    slip = f"{(int(shown[0]) + 1) % 10}{shown[1:]}"
    assert whole_code(slip) == ""


@pytest.mark.parametrize("text", ["", "1", "12345678901234567", "/start", "⁰" * 20, "1" * 21])
def test_other_messages_are_none(text: str) -> None:
    assert whole_code(text) is None


# --- a draft moves --------------------------------------------------------------------------------


async def test_a_draft_goes_on_in_another_app_and_the_old_chat_is_told(tmp_path: Path) -> None:
    other = Inbox(name="other")
    async with made(tmp_path, channels=[Inbox(), other], sqlite=True) as line:
        await paused(line)
        _, code = await paused(line, "third")
        before = await line.app.store.due(2**40)
        await line.app.intake.receive(
            Incoming(channel="other", peer="new", event_id="1", event=Said(text=code))
        )
        await line.deliver()
        assert [m.id for m in other.take("new")] == ["moved", "q-A1"]
        assert [m.id for m in line.inbox.take("third")] == ["moved-away"]
        assert line.inbox.take("person") == []
        for number, text in enumerate(short("en", words=WORDS)[6:]):
            await line.app.intake.receive(
                Incoming(channel="other", peer="new", event_id=f"a{number}", event=Said(text=text))
            )
        await line.deliver()
        assert [m.id for m in other.take("new")][-2:] == ["sent-known", "end"]
        ((_, answers),) = await line.cases()
        assert entry.Words(words=WORDS) in [one.value for one in answers]
        keyring, month = line.app.intake.keyring, month_of(line.watch().date())
        assert await line.app.store.chat(keyring.tag("test", "third", month)) is None
        assert len(before) == 2


async def test_what_stands_in_the_old_chat_stays_its_own(tmp_path: Path) -> None:
    """The ids of one chat mean other messages in another: they must not be removed there."""
    inboxes = [Inbox(removes=True, vanishes=True), Inbox(name="other", removes=True, vanishes=True)]
    async with made(tmp_path, channels=inboxes, sqlite=True) as line:
        _, code = await paused(line)
        keyring, store = line.app.intake.keyring, line.app.store
        tag = keyring.tag("test", "person", month_of(line.watch().date()))
        trace = Trace(tag=tag, day=line.watch().date(), sealed=seal_trace(keyring, "4711"))
        await store.commit(Unit(day=line.watch().date(), traces=(trace,)))
        for number, text in enumerate([code, "/wipe"]):
            come = Incoming(
                channel="other", peer="new", event_id=str(number), event=Said(text=text)
            )
            await line.app.intake.receive(come)
        await line.deliver()
        wiped = next(m for m in inboxes[1].take("new") if m.wipe)
        assert "4711" not in wiped.removes
        person = line.person()
        person.number = 50
        await person.says("/wipe")
        assert "4711" in next(m for m in person.last if m.wipe).removes


async def test_a_draft_in_its_own_chat_simply_goes_on(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code = await paused(line)
        await person.says(code)
        assert person.heard[-1] == "q-A1"
        assert "moved-away" not in person.heard
        await person.says("more words")
        assert person.heard == ["kept"]


async def test_what_had_begun_in_the_new_chat_ends_and_the_draft_takes_its_place(
    tmp_path: Path,
) -> None:
    async with made(tmp_path, sqlite=True) as line:
        _, code = await paused(line)
        other = line.person("new")
        for text in ["/start", "English"]:
            await other.says(text)
        await other.says(code)
        assert other.heard == ["moved", "q-A1"]
        await other.says("more words")
        assert other.heard == ["kept"]
        old = line.inbox.take("person")
        assert [m.id for m in old] == ["moved-away"]


async def test_a_moved_draft_moves_again_also_over_a_month(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        line.watch.forward(days=8, hours=14, minutes=30)
        _, code = await paused(line)
        for name in ("two", "three"):
            person = line.person(name)
            await person.says(code)
            assert person.heard == ["moved", "q-A1"]
            line.watch.forward(minutes=20)
        person = line.person("three")  # in December by now
        person.number = 10
        await person.says("words of December")
        assert person.heard == ["kept"]
        four = line.person("four")
        await four.says(code)
        assert four.heard == ["moved", "q-A1"]


async def test_a_code_follows_its_draft_into_the_next_month_in_one_unit(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        line.watch.forward(days=8, hours=14, minutes=30)
        person, code = await paused(line)
        line.watch.forward(minutes=40)
        store.units.clear()
        await person.says("words of December")
        (moved,) = [one for one in store.units if one.chat is not None and one.chat.moved_from]
        assert len(moved.codes) == 1
        other = line.person("other")
        await other.says(code)
        assert other.heard == ["moved", "q-A1"]


async def test_a_stopped_drafts_code_leads_nowhere(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person, code = await paused(line)
        await person.says("/stop")
        other = line.person("new")
        await other.says(code)
        assert other.heard == ["code-wrong"]


async def test_a_file_on_its_way_is_told_of_where_the_draft_is(tmp_path: Path) -> None:
    drawer = Drawer()
    async with made(tmp_path, depots=[drawer], sqlite=True) as line:
        person = line.person()
        for text in ["/start", *short("en")[:5]]:
            await person.says(text)
        await person.sends(drawer.put("1", PHOTO))
        await person.says("/pause")
        code = code_in(person.last)
        other = line.person("new")
        await other.says(code)
        line.inbox.take("person")
        await line.fetch()
        assert [m.id for m in other.hears()] == ["file-kept"]
        for text in ["/done", *short("en")[7:]]:
            await other.says(text)
        ((_, answers),) = await line.cases()
        assert [a.question for a in answers if isinstance(a.value, entry.File)] == ["A1"]
        assert line.inbox.take("person") == []


async def test_a_file_of_a_case_that_was_sent_here_is_told_of_here_when_a_draft_moves(
    tmp_path: Path,
) -> None:
    drawer = Drawer()
    async with made(tmp_path, depots=[drawer], sqlite=True) as line:
        person = line.person()
        report = short("en")
        for text in ["/start", *report[:5]]:
            await person.says(text)
        await person.sends(drawer.put("1", PHOTO))
        for text in ["/done", *report[7:], "/start", *report[:5], "/pause"]:
            await person.says(text)
        code = code_in(person.last)
        other = line.person("new")
        await other.says(code)
        assert other.heard == ["moved", "q-A1"]
        line.inbox.take("person")
        keyring, month = line.app.intake.keyring, month_of(line.watch().date())
        (row,) = await line.app.store.fetches(1 << 40)
        assert row.tag == keyring.tag("test", "person", month)
        await line.fetch()
        assert [m.id for m in other.hears()] == []
        assert [m.id for m in line.inbox.take("person")] == ["file-kept"]


async def test_in_a_draft_twenty_digits_are_an_answer(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        _, code = await paused(line)
        other = line.person("new")
        for text in ["/start", *short("en")[:5]]:
            await other.says(text)
        await other.says(code)
        assert "moved" not in other.heard
        await other.says("/code")
        assert "code-first" in other.heard


# --- a case that was sent -------------------------------------------------------------------------


async def test_words_are_added_and_nothing_is_shown(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        _, code = await sent(line)
        other = line.person("new")
        await other.says(code)
        await other.says("English")
        for text in ("First.", "Second."):
            await other.says(text)
            assert WORDS not in "".join(m.text for m in other.last)
        await other.says("/done")
        first, second = await line.entries()
        values = [one.value for one in (first, second)]
        assert values == [entry.Words(words="First."), entry.Words(words="Second.")]
        await other.says(code)
        await other.says("English")
        await other.says("Third.")
        third = (await line.entries())[-1]
        assert first.sequence < second.sequence < third.sequence
        assert len(await line.cases()) == 1


async def test_twenty_digits_of_something_else_are_words_and_that_is_said(tmp_path: Path) -> None:
    """An account, a telephone: they were taken for a wrong code, and not kept."""
    async with made(tmp_path, sqlite=True) as line:
        _, code = await sent(line)
        other = line.person("new")
        await other.says(code)
        await other.says("English")
        for text in ("6222 0212 3456 7890 1234", WRONG):
            assert whole_code(text) is not None
            await other.says(text)
            assert other.heard == ["digits-added", "added"]
        await other.says("0086 138 0013 8000")
        assert other.heard == ["added"]
        await other.says(code)
        assert other.heard == ["adding"]
        values = [one.value for one in await line.entries()]
        assert values == [
            entry.Words(words="6222 0212 3456 7890 1234"),
            entry.Words(words=WRONG),
            entry.Words(words="0086 138 0013 8000"),
        ]


async def test_the_code_of_another_case_still_leads_there(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        _, first = await sent(line)
        _, second = await sent(line, "second")
        other = line.person("new")
        await other.says(first)
        await other.says("English")
        await other.says(second)
        assert other.heard == ["adding"]
        await other.says("For the second.")
        (value,) = [one.value for one in await line.entries()]
        assert value == entry.Words(words="For the second.")


# --- guessing -------------------------------------------------------------------------------------


async def test_a_wrong_code_costs_as_much_as_a_right_one(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        _, code = await sent(line)
        proofs = line.app.intake.inspection.proofs
        for text in (WRONG, code):
            before = proofs.confirmed
            await line.person(text[:4]).says(text)
            assert proofs.confirmed == before + 1


async def test_a_chat_has_five_tries_an_hour_and_then_the_right_code_is_wrong_too(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        _, code = await sent(line)
        person = line.person("guesser")
        proofs = line.app.intake.inspection.proofs
        for _ in range(OF_A_CHAT):
            await person.says(WRONG)
            assert person.heard == ["code-wrong"]
        before = proofs.confirmed
        await person.says(code)
        assert person.heard == ["code-wrong"]
        assert proofs.confirmed == before
        line.watch.forward(hours=1)
        await person.says(code)
        assert person.heard != ["code-wrong"]


async def test_a_few_chats_that_guess_lock_nobody_else_out(tmp_path: Path) -> None:
    """With sixty tries for all, twelve such chats did."""
    async with made(tmp_path) as line:
        _, code = await sent(line)
        for number in range(20):
            guesser = line.person(f"guesser {number}")
            for _ in range(OF_A_CHAT + 1):
                await guesser.says(WRONG)
        assert line.app.intake.inspection.proofs.confirmed == 20 * OF_A_CHAT
        other = line.person("new")
        await other.says(code)
        assert "code-wrong" not in other.heard


async def test_over_the_limit_of_all_no_work_is_done(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        proofs = line.app.intake.inspection.proofs
        proofs.tries.all = 6
        for number in range(10):
            await line.person(f"{number}").says(WRONG)
            assert line.person(f"{number}").heard == []
        assert proofs.confirmed == 6


def test_guessing_is_hopeless() -> None:
    """A year of every try there is, against as many codes as a line could have."""
    chance = OF_ALL * 24 * 365 * 100_000 / 10**18
    assert chance < 1e-5


async def test_whoever_has_asked_least_is_next() -> None:
    hands, order = Hands(free=1), list[int]()

    async def work(asked: int) -> None:
        async with hands.taken(asked):
            order.append(asked)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work(asked)) for asked in (9, 5, 4, 3, 1, 2, 1)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [9, 1, 1, 2, 3, 5]
    assert hands.free == 1


async def test_who_is_cancelled_with_the_hand_given_hands_it_on() -> None:
    hands = Hands(free=1)
    first, second = hands.taken(1), hands.taken(1)
    await first.__aenter__()
    waiting = asyncio.create_task(second.__aenter__())
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert hands.free == 1


async def test_a_slip_of_the_pen_costs_no_try(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        for _ in range(OF_A_CHAT + 1):
            await person.says("1234 1234 1234 1234 1234")
            assert person.heard == ["code-wrong"]
        assert line.app.intake.inspection.proofs.confirmed == 0


async def test_no_more_than_two_are_worked_on_at_a_time(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    busy, most = 0, 0

    class Slow(Keyring):
        def confirm(self, digits: str, salt: bytes) -> bytes:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            try:
                return super().confirm(digits, salt)
            finally:
                busy -= 1

    async with made(tmp_path, keys=keys) as line:
        proofs = line.app.intake.inspection.proofs
        proofs.keyring = Slow(line.credentials)
        now = line.watch()
        code = whole_code(WRONG) or ""
        await asyncio.gather(*(proofs.look_up(code, bytes([n]), now) for n in range(12)))
    assert 1 <= most <= AT_A_TIME


async def test_an_old_codes_row_is_wrong(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        _, code = await paused(line)
        line.watch.forward(days=4)
        other = line.person("new")
        await other.says(code)
        assert other.heard == ["code-wrong"]


async def test_the_digits_are_in_no_state_and_no_log(tmp_path: Path) -> None:
    keys, watch = new_keys(tmp_path), Watch()
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    with logged(tmp_path / "log"):
        async with made(tmp_path, store=store.store, keys=keys, watch=watch) as line:
            _, code = await paused(line)
            store.units.clear()
            other = line.person("new")
            await other.says(WRONG)
            await other.says(code)
            keyring = line.app.intake.keyring
            for unit in store.units:
                if unit.chat is not None and unit.chat.state is not None:
                    row = await line.app.store.chat(unit.chat.tag)
                    assert row is not None
                    plain = keyring.states.open(row.state, row.tag)
                    digits = code.replace(" ", "")
                    assert found_in([text_forms(code), text_forms(digits)], plain) == []
    logged_text = text_of(tmp_path / "log").encode()
    assert found_in([text_forms(code), text_forms(code.replace(" ", ""))], logged_text) == []


async def test_a_move_that_is_interrupted_is_made_by_the_next_try(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    async with made(tmp_path, store=store.store, keys=keys) as line:
        _, code = await paused(line)
        other = line.person("new")
        await other.says("/start")
        store.fails = lambda u: OSError() if u.chat is not None and u.chat.apart else None
        await other.says(code)  # what had begun here is over by now, and nothing has moved
        assert other.heard == ["trouble"]
        store.fails = lambda _: None
        await other.says(code)
        assert other.heard == ["moved", "q-A1"]
        moves = [u for u in store.units if u.chat is not None and u.chat.apart]
        assert len(moves) == 1


# --- what the line says by itself -----------------------------------------------------------------


async def test_all_with_something_open_on_a_channel_are_told_and_nobody_else(
    tmp_path: Path,
) -> None:
    other = Inbox(name="other")
    async with made(tmp_path, channels=[Inbox(), other], sqlite=True) as line:
        person = line.person("person")
        for text in ["/start", *short("en")[:5]]:
            await person.says(text)
        await sent(line, "done")
        early = line.person("early")
        await early.says("/start")
        await line.app.intake.receive(
            Incoming(channel="other", peer="elsewhere", event_id="1", event=Said(text="/start"))
        )
        await line.deliver()
        line.inbox.got.clear()
        other.got.clear()
        assert await line.app.intake.tell_open("test", "missed") == 1
        await line.deliver()
        assert {peer: [m.id for m in got] for peer, got in line.inbox.got.items()} == {
            "person": ["missed", "q-A1"]
        }
        assert other.got == {}
        await line.app.intake.resend("test", "early")
        await line.deliver()
        assert early.hears()[0].id == "send-again"
