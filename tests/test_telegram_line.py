"""What the whole line does on Telegram, beside its dialogues: real HTTP, people, and bad luck."""

import itertools
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.channels.telegram.polling import CONFLICTED, UNKNOWN
from bot.channels.telegram.receiving import FIRST
from bot.delivery import LOOK_SECONDS
from bot.http import SECRET as HEADER
from bot.limits import Flood
from storage.errors import DatabaseFailed
from storage.unit import Unit
from tests.dialogues import Ledger, rows_left, shown
from tests.line_made import Watch
from tests.telegram_flood import flooded
from tests.telegram_live import PATIENCE, SECRET, TOKEN, Live, live, telegram
from tests.telegram_made import until
from tests.telegram_person import PAGE, Person, Reading, buttons_of
from tests.telegram_server import Emulator

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = itertools.count(6_660_001)
GROUPS = itertools.count(-700_001, -1)
WORDS = "They came to my parents."
FORM = Path(__file__).parent.parent / "bot" / "forms" / "intake" / "intake-1.md"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    watch = Watch()
    home = tmp_path_factory.mktemp("line")
    async with telegram(watch) as server, live(home, server, watch) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def up(shared: Live) -> AsyncIterator[Live]:
    """Yield the line that all tests share; what one let fail is whole again for the next."""
    yield shared
    shared.server.heal()
    shared.store.fails = lambda _: None
    shared.held.forward(600.0)


@pytest_asyncio.fixture(loop_scope="module")
async def alone(tmp_path: Path) -> AsyncIterator[Emulator]:
    """Yield a Telegram of a test's own."""
    async with telegram(Watch()) as server:
        yield server


def somebody(up: Live, language: str = "en", **fields: Any) -> Person:  # noqa: ANN401 - as they are
    return Person(up, next(PEOPLE), language, reading=Reading(up.line), **fields)


async def at(up: Live, name: str, until: str, language: str = "en") -> Person:
    """Return somebody who has come so far in a dialogue."""
    person = somebody(up, language)
    await person.plays(name, until=until)
    return person


def texts(person: Person) -> list[str]:
    return [one["text"] for one in person.stands()]


def labels(person: Person) -> list[str]:
    return [button["text"] for button in buttons_of(person.prompt)]


# --- taps -------------------------------------------------------------------------------------


async def test_a_tick_changes_the_question_in_its_place(up: Live) -> None:
    person = await at(up, "short_report", "q-A2")
    plain, number = labels(person), person.prompt["id"]
    for pick, ticked in (("0", 1), ("2", 2), ("0", 1)):
        assert (await person.changes(pick=pick))["id"] == number
        assert sum(one.startswith("☑") for one in labels(person)) == ticked
    assert [one.removeprefix("☑ ") for one in labels(person)][:PAGE] == plain[:PAGE]


async def test_an_edit_that_is_repeated_changes_nothing_and_sends_nothing(up: Live) -> None:
    person = await at(up, "short_report", "q-A2")
    up.server.fail("editMessageText", "close", chat=person.id)  # it was done, and nobody heard
    await person.changes(pick="0")
    await up.held.wanted(1.0)
    up.held.forward(1.0)
    await up.quiet()
    assert [c["status"] for c in up.server.calls("editMessageText", person.id)] == [0, 400]
    assert person.stands()[-1]["id"] == person.seen
    assert sum(one.startswith("☑") for one in labels(person)) == 1


async def test_ten_taps_are_one_choice(up: Live) -> None:
    person = await at(up, "short_report", "q-S2")
    under = person.prompt
    (data,) = [b["data"] for b in buttons_of(under) if b["text"] == "No"]
    for _ in range(10):
        person.tap(under["id"], data)
    await up.quiet()
    heard = await person.hears_of(6)
    whats = [what(person, one) for one in heard]
    assert whats[:4] == ["q-N1", "q-N2", "q-N3", "q-N4"]
    assert set(whats[4:]) == {"already", "q-C1"}
    assert whats[-1] == "q-C1"
    await until(
        lambda: all(up.server.query(one)["answered"] for one in person.queries), seconds=PATIENCE
    )


def what(person: Person, message: Any) -> str:  # noqa: ANN401 - a message as it is seen
    """Return the id of what is said, among those that the test above may hear."""
    names = ("q-N1", "q-N2", "q-N3", "q-N4", "q-C1", "already")
    return next(n for n in names if person.reading.first("en", message, n) is not None)


# --- what comes twice, or again ---------------------------------------------------------------


async def test_updates_that_come_twice_more_change_nothing(alone: Emulator, tmp_path: Path) -> None:
    async with live(tmp_path, alone, Watch()) as up:
        await twice_more(up)


async def twice_more(up: Live) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, "short_report", "q-A2")
    for _ in range(2):
        await somebody(up).plays("nothing_open", until="verify")
        await up.again()
    assert person.stands()[-1]["id"] == person.seen
    person.says("1, 2")
    await person.hears("q-A3")
    for said in ("/send", "1"):
        person.says(said)
        up.server.redeliver()  # while it is in hand, and after
        await up.quiet()
        await up.again()
    await person.hears("review", "sent", "end")
    ((_, answers),) = await ledger.cases()
    assert [shown(one) for one in answers if one.question in {"A1", "A2"}] == [WORDS, "CP TD"]


async def test_what_is_brought_again_uses_up_nobody_s_patience(
    alone: Emulator, tmp_path: Path
) -> None:
    async with live(tmp_path, alone, Watch()) as up:
        person = somebody(up, seconds=0)
        await person.plays("short_report", until="q-A1")
        for _ in range(7):
            await somebody(up, seconds=0).plays("nothing_open", until="verify")
            await up.again()
        person.says(WORDS)
        await person.hears("kept")


async def test_an_edited_message_is_told_that_it_is_not_read(up: Live) -> None:
    person = await at(up, "short_report", "q-A2")
    number = person.says("not one of them")
    await person.hears("wrong-late", "q-A2")
    up.server.edit(person.id, number, text="1, 2")
    await person.hears("edited", "q-A2")
    assert person.standing(number)["text"] == "1, 2"


# --- what the line does not take --------------------------------------------------------------


@pytest.mark.parametrize("kind", ["location", "venue", "contact", "poll", "dice", "sticker"])
async def test_what_is_not_taken_is_refused_in_words_and_leaves_the_chat(
    up: Live, kind: str
) -> None:
    person = await at(up, "short_report", "q-A2")
    number = up.server.send(person.wire, kind)["message_id"]
    await person.hears("unsupported", "q-A2")
    assert number not in {one["id"] for one in person.stands()}


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_where_more_than_two_are_the_line_says_so_and_leaves(up: Live, kind: str) -> None:
    before, person = await rows(up), somebody(up)
    number = next(GROUPS)
    chat = {"id": number, "type": kind, "title": "Garden friends"}
    up.server.add(person.wire, chat)
    up.server.say(person.wire, "/start", chat=chat)
    up.server.say(person.wire, "two officers came", chat=chat)
    await up.quiet()
    await until(lambda: up.server.calls("leaveChat", number), seconds=PATIENCE)
    assert [one["text"] for one in up.server.sent(number)] == [up.running.group()]
    assert up.server.sent(person.id) == []
    assert await rows(up) == before


async def test_other_people_s_chats_are_not_even_asked_for(up: Live) -> None:
    before, person = await rows(up), somebody(up)
    assert up.server.business(person.wire, "a word to a friend")["update_id"] is None
    kinds = ("channel_post", "edited_channel_post", "business_message", "business_connection")
    assert not set(kinds) & set(up.server.queue()["allowed"])
    for kind in kinds:  # and if one came all the same:
        message = {"message_id": 1, "date": 1, "chat": {"id": person.id, "type": "private"}}
        up.server.raw({kind: {**message, "text": "/start"}})
    await up.quiet()
    assert up.server.sent(person.id) == []
    assert await rows(up) == before


async def rows(up: Live) -> dict[str, int]:
    """Return how much is kept of whatever people do."""
    names = ("chats", "drafts", "timers", "letters", "traces", "seen")
    return {name: rows_left(up.line.app.home, name) for name in names}


# --- links and commands -----------------------------------------------------------------------


async def test_a_start_link_leaves_the_chat_and_goes_with_the_case(up: Live) -> None:
    ledger, person = await Ledger.of(up.line), somebody(up)
    number = person.says("/start shelter_7-B")
    await person.hears("hello")
    assert number not in {one["id"] for one in person.stands()}
    await person.plays("short_report", after="hello")
    assert [submission.link for submission, _ in await ledger.cases()] == ["shelter_7-B"]


#: Where somebody may be: a dialogue, up to which text, and what is asked there again.
PLACES = {
    "before a language": ("short_report", "hello", "hello"),
    "one choice, before consent": ("short_report", "q-S1", "q-S1"),
    "consent": ("short_report", "q-C1", "q-C1"),
    "words": ("short_report", "q-A1", "q-A1"),
    "more words": ("short_report", "kept", "q-A1"),
    "several choices": ("short_report", "q-A2", "q-A2"),
    "a date": ("change_back_skip", "q-A3Y", "q-A3Y"),
    "a country": ("short_report", "q-A4", "q-A4"),
    "a doubt": ("misses", "looks-like-id", "q-A1"),
    "the review": ("short_report", "review", "review"),
    "a change": ("change_back_skip", "change-which", "change-which"),
    "a last question": ("stop_by_word", "stop-sure", "q-A1"),
}


@pytest.mark.parametrize("place", PLACES)
async def test_commands_are_obeyed_everywhere(up: Live, place: str) -> None:
    name, until_, asked = PLACES[place]
    person = await at(up, name, until_)
    why = f"{asked}-why" if person.reading.has(f"{asked}-why") else "no-why"
    for command, says in (("verify", "verify"), ("help", "help"), ("why", why), ("wipe", "wiped")):
        person.says(f"/{command}")
        await person.hears(says, asked, where=command)
    person.says("/language")
    await person.hears("hello" if asked == "hello" else "choose-language")
    person.says("English")
    after = ["q-APP", "q-S1"] if asked == "hello" else [asked]
    await person.hears("draft-language", *after)
    person.says("/stop")
    await person.hears("stopped")
    assert [one["id"] for one in person.stands()] == [person.seen]
    person.says("/verify")
    await person.hears("verify")
    person.says("/stop")
    await person.hears("delete-how")


@pytest.mark.parametrize("place", PLACES)
async def test_delete_ends_everything_from_everywhere(up: Live, place: str) -> None:
    ledger = await Ledger.of(up.line)
    person = await at(up, *PLACES[place][:2])
    person.says("/delete")
    await person.hears("stopped")
    await up.quiet()
    tables = ("chats", "drafts", "timers", "letters", "codes")
    assert [ledger.more(table) for table in tables] == [0] * 5
    assert [one["id"] for one in person.stands()] == [person.seen]


async def test_in_a_pause_nothing_is_shown_until_the_person_asks_for_it(up: Live) -> None:
    person = await at(up, "pause", "code")
    person.says("/wipe")
    await person.hears("wiped")  # and no question: whoever paused may not be alone
    for command in ("help", "verify"):
        person.says(f"/{command}")
        await person.hears(command, "q-C2")
        person.says("/pause")
        await person.hears("paused")
    person.says("/danger")
    await person.hears("danger", "lines-none", "q-C2")


# --- people who cannot be reached, and Telegram that does not want to -------------------------


async def test_a_blocked_person_delays_nobody_and_gets_what_waits_when_they_are_back(
    up: Live,
) -> None:
    gone = await at(up, "short_report", "q-A1")
    gone.says("They came again.")
    up.server.block(gone.id)
    await somebody(up).plays("short_report")
    await up.store.until(lambda: told(up, "telegram-blocked"))
    assert up.server.sent(gone.id)[-1]["id"] == gone.seen
    up.server.unblock(gone.id)
    await gone.hears("kept")
    gone.says("/done")
    await gone.hears("q-A2")


async def test_who_blocked_the_line_and_writes_again_is_answered_at_once(up: Live) -> None:
    gone = await at(up, "short_report", "q-A1")
    up.server.block(gone.id)
    await up.server.settled()
    up.server.fail("sendMessage", 403, times=1, chat=gone.id)  # it hears of the return too late
    up.server.unblock(gone.id)
    gone.says("They came again.")
    await until(
        lambda: 403 in {c["status"] for c in up.server.calls("sendMessage", gone.id)},
        seconds=PATIENCE,
    )
    gone.says("And again.")
    await gone.hears_of(1)
    assert gone.reading.first("en", gone.prompt, "kept") == "vanished"


async def test_one_chat_that_telegram_delays_delays_no_other(up: Live) -> None:
    slow = await at(up, "short_report", "q-A1")
    up.server.fail("sendMessage", 429, times=2, chat=slow.id, retry_after=40)
    slow.says("They came again.")
    for _ in range(2):
        await up.held.wanted(40.0)
        await somebody(up).plays("short_report")
        assert up.server.sent(slow.id)[-1]["id"] == slow.seen
        up.held.forward(40.0)
    await slow.hears("kept")
    assert [c["status"] for c in up.server.calls("sendMessage", slow.id)][-3:] == [429, 429, 200]


async def test_a_second_poller_is_noted_and_settled_after_some_quiet(up: Live) -> None:
    up.server.fail("getUpdates", 409, times=2)
    person = somebody(up)
    person.says("/start")
    for _ in range(2):
        await up.held.wanted(CONFLICTED)
        assert "telegram-conflict" in await up.troubles()
        up.held.forward(CONFLICTED)
    await person.hears("hello")
    assert "telegram-conflict" in await up.troubles()  # two pollers take turns
    up.held.forward(400.0)
    person.says("English")
    await person.hears("draft-language", "q-APP", "q-S1")
    await up.store.until(lambda: settled(up, "telegram-conflict"))


async def test_an_unknown_token_is_noted_and_settled_once_it_is_known(up: Live) -> None:
    up.server.fail("getUpdates", 401, times=2)
    up.server.raw({"message": 7})  # which ends the poll that waits, and is answered by nothing
    for _ in range(2):
        await up.held.wanted(UNKNOWN, LOOK_SECONDS)
        assert "telegram-token" in await up.troubles()
        up.held.forward(UNKNOWN)
    await somebody(up).plays("short_report", until="hello")
    await up.store.until(lambda: settled(up, "telegram-token"))


async def told(up: Live, code: str) -> bool:
    return code in await up.troubles()


async def settled(up: Live, code: str) -> bool:
    return code not in await up.troubles()


# --- poison -----------------------------------------------------------------------------------

GARBAGE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a text that is no text": lambda message: {**message, "text": ["a", {"b": 1}]},
    "no sender and no date": lambda message: {k: message[k] for k in ("message_id", "chat")},
    "marks that are none": lambda message: {**message, "text": "1", "entities": [7]},
    "a photo that is none": lambda message: {**message, "photo": {"x": 1}},
    "a number that is none": lambda message: {**message, "message_id": "x", "text": "1"},
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_who_sent_what_cannot_be_read_is_asked_again_and_the_line_goes_on(
    up: Live, name: str
) -> None:
    person = await at(up, "short_report", "q-A2")
    chat = {"id": person.id, "type": "private"}
    whole = {"message_id": 1, "date": 1, "chat": chat, "from": {"id": person.id}}
    up.server.raw({"message": GARBAGE[name](whole)})
    await up.quiet()
    heard = await person.hears_of(1)
    assert person.reading.first("en", heard[-1], "q-A2") is not None
    await somebody(up).plays("short_report")
    person.says("1, 2")
    await person.hears("q-A3")


@pytest.mark.parametrize(
    "update", [{"message": 7}, {"message": {"chat": 7}}, {"callback_query": []}]
)
async def test_what_is_nobody_s_is_let_go(up: Live, update: dict[str, Any]) -> None:
    before = len(up.server.sent())
    up.server.raw(update)
    await up.server.settled()
    await somebody(up).plays("short_report", until="q-S1")
    assert len(up.server.sent()) == before + 4


async def test_who_said_what_cannot_be_kept_is_told_so_and_the_line_goes_on(up: Live) -> None:
    person = await at(up, "short_report", "q-A1")

    def fails(unit: Unit) -> Exception | None:
        return ValueError(WORDS) if unit.drafts else None

    up.store.fails = fails
    number = person.says(WORDS)
    await person.hears("trouble")
    assert person.standing(number)["text"] == WORDS  # it was not kept, and it is not gone
    await somebody(up).plays("nothing_open")
    up.store.fails = lambda _: None
    person.says(WORDS)
    await person.hears("kept")


# --- clearing a chat --------------------------------------------------------------------------


async def test_clearing_a_chat_says_honestly_what_could_not_be_removed(up: Live) -> None:
    person = await at(up, "short_report", "q-A1")
    person.says("/pause")
    await person.hears("paused", "code")
    old = {one["id"] for one in person.stands()}
    up.line.watch.forward(hours=30)
    person.says("again")
    await person.hears("resumed", "q-A1")
    for said, heard in ((WORDS, ("kept",)), ("/send", ("review",)), ("1", ("sent-known", "end"))):
        person.says(said)
        await person.hears(*heard)
    up.line.watch.forward(hours=20)
    person.presses(pick="wipe")
    await person.hears("not-wiped")
    assert {one["id"] for one in person.stands()} == {*old, person.seen}


# --- a restart, and another form --------------------------------------------------------------


async def test_the_buttons_of_before_a_restart_are_good_after_it(
    alone: Emulator, tmp_path: Path
) -> None:
    watch = Watch()
    async with live(tmp_path, alone, watch) as first:
        person = await at(first, "short_report", "q-A2")
        await person.changes(pick="0")
    async with live(tmp_path, alone, watch, keys=first.keys) as second:
        person.up, ledger = second, await Ledger.of(second.line)
        shown_ = await person.changes(pick="1")
        assert sum(b["text"].startswith("☑") for b in buttons_of(shown_)) == 2
        person.presses(pick="done")
        await person.hears("q-A3")
        person.says("/send")
        await person.hears("review")
        person.presses(pick="send")
        await person.hears("sent", "end")
        ((_, answers),) = await ledger.cases()
        assert [shown(one) for one in answers if one.question == "A2"] == ["CP TD"]


async def test_another_form_says_that_one_begins_anew(alone: Emulator, tmp_path: Path) -> None:
    watch = Watch()
    text, newer = re.subn(r"(?<=\| Intake \| )\d+", "2027010101", FORM.read_text("utf-8"))
    assert newer == 1
    (tmp_path / "own.md").write_text(text, "utf-8")
    async with live(tmp_path, alone, watch) as first:
        person = await at(first, "short_report", "q-A2")
    async with live(tmp_path, alone, watch, keys=first.keys, form="own.md") as second:
        person.up, person.reading = second, Reading(second.line)
        person.presses(pick="0")
        await person.hears("restarted", "hello")
        await person.plays("short_report", after="hello")
        assert len(await second.line.cases()) == 1
        assert (await rows(second))["drafts"] == 0


# --- a webhook --------------------------------------------------------------------------------


async def test_at_the_door_nothing_is_taken_without_the_secret(
    alone: Emulator, tmp_path: Path
) -> None:
    async with live(tmp_path, alone, Watch(), webhook=True) as up:
        update = {
            "update_id": 1,
            "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}},
        }
        url = alone.webhook()["url"]
        async with httpx.AsyncClient(trust_env=False) as web:
            for secret in ("", SECRET[:-1], SECRET.upper(), TOKEN):
                answer = await web.post(url, json=update, headers={HEADER: secret})
                assert (answer.status_code, answer.content) == (403, b"")
            assert (await web.post(url, json=update)).status_code == 403
        assert up.store.units == []
        await somebody(up).plays("short_report")  # and Telegram has it


async def test_at_the_door_an_update_is_taken_when_it_is_kept_and_not_before(
    alone: Emulator, tmp_path: Path
) -> None:
    async with live(tmp_path, alone, Watch(), webhook=True) as up:
        person = await at(up, "short_report", "q-A1")
        up.store.fails = lambda unit: DatabaseFailed("full") if unit.seen else None
        person.says(WORDS)
        await up.held.wanted(FIRST)
        assert len(alone.queue()["pending"]) == 1
        up.held.forward(10.0)
        await up.held.wanted(2 * FIRST)
        up.held.forward(10.0)
        await until(
            lambda: "503" in alone.webhook().get("last_error_message", ""), seconds=PATIENCE
        )
        assert len(alone.queue()["pending"]) == 1
        up.store.fails = lambda _: None
        await person.hears("kept")
        await up.quiet()
        alone.redeliver(acknowledged=True)
        await up.quiet()
        for said, heard in (("/send", ("review",)), ("1", ("sent", "end"))):
            person.says(said)
            await person.hears(*heard)
        ((_, answers),) = await up.line.cases()
        assert [shown(one) for one in answers if one.question == "A1"] == [WORDS]


# --- a flood ----------------------------------------------------------------------------------


async def test_one_chat_that_floods_the_line_stops_nobody_and_is_told_once(tmp_path: Path) -> None:
    flood = await flooded(tmp_path, messages=10_000, people=20, compare=False)
    assert flood.cases == len(flood.beside) == 20
    assert [one["text"] for one in flood.sent].count(flood.wait) == 1
    assert len(flood.sent) <= flood.letters <= Flood().most + 1
