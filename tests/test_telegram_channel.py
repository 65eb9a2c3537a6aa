"""What the line says arrives as it was laid out, and what goes wrong is called by its name."""

import logging
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from bot.channels.telegram import Connection
from bot.channels.telegram.sending import BURST, TelegramChannel
from bot.errors import BotError, DeliveryFailed, NotNow, OutcomeUnknown, Refused, Unreachable
from bot.ports import Channel, Message, Option
from tests.quiet import logged, text_of
from tests.telegram_made import TOKEN, Surroundings, connected
from tests.telegram_server import Emulator, serving

PERSON = 5_550_001
PEER = str(PERSON)
DAY = 86_400.0


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as emulator:
        emulator.meet({"id": PERSON, "first_name": "Canary", "username": "canary_handle"})
        yield emulator


@pytest.fixture
def told() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def connection(server: Emulator, told: Surroundings) -> AsyncIterator[Connection]:
    async with connected(server, told) as made:
        yield made


@pytest.fixture
def channel(connection: Connection) -> TelegramChannel:
    return connection.channel


def message(text: str = "a question", **fields: object) -> Message:
    return Message(id="q", text=text, **fields)  # type: ignore[arg-type]


def standing(server: Emulator) -> list[str]:
    return [one["text"] for one in server.chat(PERSON)["messages"]]


async def failed(sending: Awaitable[object]) -> BotError:
    with pytest.raises(BotError) as caught:
        await sending
    return caught.value


class Finder:
    """Stands before all that Python loads from, and notes what is looked for there."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        self.asked.append(name)


async def test_a_request_looks_for_no_library_that_is_not_there(channel: TelegramChannel) -> None:
    await channel.deliver(PEER, message())
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        await channel.deliver(PEER, message())
    finally:
        sys.meta_path.remove(finder)
    assert finder.asked == []


# --- saying something -------------------------------------------------------------------------


async def test_a_message_stands_in_the_chat_as_it_was_laid_out(
    server: Emulator, channel: TelegramChannel
) -> None:
    options = (Option(label="Yes", pick="0", ticked=True), Option(label="No", pick="1"))
    actions = (Option(label="Stop", pick="stop"),)
    ids = await channel.deliver(PEER, message(options=options, actions=actions, revision=31))
    (shown,) = server.chat(PERSON)["messages"]
    assert ids == (str(shown["id"]),)
    assert shown["text"] == "a question"
    assert [[(b["text"], b["data"]) for b in row] for row in shown["buttons"]] == [
        [("☑ Yes", "1f.0"), ("No", "1f.1")],
        [("Stop", "1f.stop")],
    ]


async def test_words_are_sent_as_they_are_without_markup_or_preview(
    server: Emulator, channel: TelegramChannel
) -> None:
    text = "*a* <b>b</b> [c](https://example.invalid) \\_ &amp; \u2068ئۇ\u2069 😀"
    await channel.deliver(PEER, message(text))
    assert standing(server) == [text]
    (sent,) = server.world.sent
    assert sent.wire["link_preview_options"] == {"is_disabled": True}


async def test_a_long_text_comes_in_pieces_with_the_buttons_last(
    server: Emulator, channel: TelegramChannel
) -> None:
    text = "\n\n".join(f"{number} " + "字" * 900 for number in range(12))
    ids = await channel.deliver(PEER, message(text, options=(Option(label="Yes", pick="0"),)))
    shown = server.chat(PERSON)["messages"]
    assert ids == tuple(str(one["id"]) for one in shown)
    assert len(shown) == 3
    assert "\n\n".join(one["text"] for one in shown) == text
    assert [bool(one["buttons"]) for one in shown] == [False, False, True]


async def test_an_empty_message_sends_nothing(server: Emulator, channel: TelegramChannel) -> None:
    assert await channel.deliver(PEER, message("")) == ()
    assert server.calls() == []


def test_it_is_a_channel_with_the_pace_that_was_configured(channel: TelegramChannel) -> None:
    taken: Channel = channel
    assert (taken.name, taken.removes) == ("telegram", True)
    assert (taken.rate.overall, taken.rate.chat, taken.rate.burst) == (30, 1, BURST)


async def test_no_proxy_is_taken_from_the_environment(
    server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with connected(server) as connection:
        await connection.channel.deliver(PEER, message())
    assert standing(server) == ["a question"]


# --- taking messages out of the chat ----------------------------------------------------------


async def test_what_was_said_leaves_the_chat_and_that_is_told_first(
    server: Emulator, channel: TelegramChannel
) -> None:
    said = [str(server.say(PERSON, f"secret {n}")["message_id"]) for n in range(2)]
    answer = message(removes=tuple(said), removed="Removed.", not_removed="Not removed.")
    await channel.deliver(PEER, answer)
    assert standing(server) == ["Removed.\na question"]


async def test_what_telegram_keeps_stays_alone_and_is_told(
    server: Emulator, channel: TelegramChannel
) -> None:
    old = [server.say(PERSON, f"old {n}")["message_id"] for n in range(3)]
    server.clock(advance=2 * DAY)
    new = [server.say(PERSON, f"new {n}")["message_id"] for n in range(240)]
    ids = tuple(str(number) for number in [*new[:40], *old, *new[40:]])
    words = {"removed": "Removed.", "not_removed": "Not all was removed."}
    await channel.deliver(PEER, message("", removes=ids, **words))
    assert standing(server) == ["old 0", "old 1", "old 2", "Not all was removed."]
    assert len(server.calls("deleteMessages")) < 30


async def test_a_chat_that_is_too_old_costs_a_bounded_number_of_calls(
    server: Emulator, channel: TelegramChannel
) -> None:
    ids = [str(server.say(PERSON, f"old {n}")["message_id"]) for n in range(300)]
    server.clock(advance=2 * DAY)
    await channel.deliver(PEER, message(removes=tuple(ids), not_removed="Not removed."))
    assert len(server.calls("deleteMessages")) <= 100
    assert standing(server)[-1] == "Not removed.\na question"


async def test_what_is_gone_already_counts_as_removed(
    server: Emulator, channel: TelegramChannel
) -> None:
    gone = message(removes=("999", "1000"), removed="Removed.", not_removed="Not removed.")
    await channel.deliver(PEER, gone)
    assert standing(server) == ["Removed.\na question"]


async def test_nothing_is_said_of_removing_when_nothing_was_to_be_removed(
    server: Emulator, channel: TelegramChannel
) -> None:
    words = {"removed": "Removed.", "not_removed": "Not removed."}
    await channel.deliver(PEER, message(**words))
    await channel.deliver(PEER, message("", wipe=True, **words))
    assert standing(server) == ["a question", "Removed."]


async def test_a_message_that_only_removes_says_nothing(
    server: Emulator, channel: TelegramChannel
) -> None:
    said = str(server.say(PERSON, "secret")["message_id"])
    assert await channel.deliver(PEER, message("", removes=(said,))) == ()
    assert standing(server) == []


@pytest.mark.parametrize("wrong", ["close", "garbage", 502, 500])
async def test_a_removal_whose_end_is_unknown_is_tried_again_before_anything_is_said(
    server: Emulator, channel: TelegramChannel, wrong: str | int
) -> None:
    said = str(server.say(PERSON, "secret")["message_id"])
    server.fail("deleteMessages", wrong)  # type: ignore[arg-type]
    answer = message(removes=(said,), removed="Removed.", not_removed="Not removed.")
    assert type(await failed(channel.deliver(PEER, answer))) is DeliveryFailed
    assert server.sent() == []
    await channel.deliver(PEER, answer)
    assert standing(server) == ["Removed.\na question"]


async def test_an_id_that_is_none_is_told_as_not_removed(
    server: Emulator, channel: TelegramChannel
) -> None:
    await channel.deliver(PEER, message(removes=("x", "٣"), not_removed="Not removed."))
    assert standing(server) == ["Not removed.\na question"]


# --- in the place of an earlier message -------------------------------------------------------


async def test_a_tick_changes_the_message_in_its_place(
    server: Emulator, channel: TelegramChannel
) -> None:
    (first,) = await channel.deliver(PEER, message(options=(Option(label="a", pick="0"),)))
    ticked = message(options=(Option(label="a", pick="0", ticked=True),), replaces=first)
    assert await channel.deliver(PEER, ticked) == ()
    assert await channel.deliver(PEER, ticked) == ()  # a double tap: it is so already
    (shown,) = server.chat(PERSON)["messages"]
    assert shown["buttons"][0][0]["text"] == "☑ a"


@pytest.mark.parametrize("replaced", ["999", "x", "own"])
async def test_what_cannot_be_changed_is_sent_anew(
    server: Emulator, channel: TelegramChannel, replaced: str
) -> None:
    if replaced == "own":
        replaced = str(server.say(PERSON, "theirs")["message_id"])
    (new,) = await channel.deliver(PEER, message(replaces=replaced))
    assert server.chat(PERSON)["messages"][-1]["id"] == int(new)


async def test_a_text_of_several_pieces_is_sent_anew(
    server: Emulator, channel: TelegramChannel
) -> None:
    (first,) = await channel.deliver(PEER, message())
    assert len(await channel.deliver(PEER, message("a " * 4_000, replaces=first))) == 2


# --- what goes wrong --------------------------------------------------------------------------


async def test_too_many_says_how_long_to_wait(server: Emulator, channel: TelegramChannel) -> None:
    server.fail("sendMessage", 429, retry_after=17)
    error = await failed(channel.deliver(PEER, message()))
    assert isinstance(error, NotNow)
    assert error.seconds == 17


async def test_who_blocked_the_line_or_is_gone_cannot_be_reached(
    server: Emulator, channel: TelegramChannel
) -> None:
    assert type(await failed(channel.deliver("77", message()))) is Unreachable  # no such chat
    server.say(PERSON, "hello")
    server.block(PERSON)
    assert type(await failed(channel.deliver(PEER, message()))) is Unreachable
    blocked = message(removes=("1",), removed="Removed.")
    assert type(await failed(channel.deliver(PEER, blocked))) is Unreachable
    server.unblock(PERSON)
    server.deactivate(PERSON)
    assert type(await failed(channel.deliver(PEER, message()))) is Unreachable


@pytest.mark.parametrize("wrong", ["close", "garbage", 500, 502])
async def test_a_send_whose_answer_was_lost_has_an_unknown_outcome(
    server: Emulator, channel: TelegramChannel, wrong: str | int
) -> None:
    server.fail("sendMessage", wrong)  # type: ignore[arg-type]
    assert type(await failed(channel.deliver(PEER, message()))) is OutcomeUnknown


async def test_a_send_without_an_answer_has_an_unknown_outcome(server: Emulator) -> None:
    server.fail("sendMessage", "hang", seconds=5)
    async with connected(server, patience=0.2) as connection:
        error = await failed(connection.channel.deliver(PEER, message()))
        assert type(error) is OutcomeUnknown
    assert standing(server) == ["a question"]


async def test_what_never_left_was_surely_not_sent(server: Emulator) -> None:
    async with connected(server, url="http://127.0.0.1:9") as connection:
        error = await failed(connection.channel.deliver(PEER, message()))
    assert type(error) is DeliveryFailed


async def test_what_telegram_refuses_is_given_up(
    server: Emulator, channel: TelegramChannel
) -> None:
    server.fail("sendMessage", 400)
    assert type(await failed(channel.deliver(PEER, message()))) is Refused


@pytest.mark.parametrize("code", [401, 404])
async def test_an_unknown_token_is_told_once_a_minute_and_when_it_is_known_again(
    server: Emulator, channel: TelegramChannel, told: Surroundings, code: int
) -> None:
    server.fail("sendMessage", code, times=3)
    for seconds in (0, 30, 60):
        told.now += seconds
        assert type(await failed(channel.deliver(PEER, message()))) is DeliveryFailed
    assert told.troubles == ["telegram-token"] * 2
    assert told.settled == []
    await channel.deliver(PEER, message())
    await channel.deliver(PEER, message())
    assert told.settled == ["telegram-token"]


async def test_the_rest_of_a_long_text_waits_for_telegram(
    server: Emulator, channel: TelegramChannel, told: Surroundings
) -> None:
    server.limits(chat=1.0, burst=1)
    told.passing = lambda seconds: server.clock(advance=seconds)
    ids = await channel.deliver(PEER, message("a " * 5_000))
    assert len(ids) == 3
    assert len(server.sent(PERSON)) == 3
    assert told.slept == [1.0, 1.0]


async def test_a_text_of_which_a_part_was_sent_has_an_unknown_outcome(
    server: Emulator, channel: TelegramChannel
) -> None:
    server.say(PERSON, "hello")
    server.limits(chat=0.001, burst=1)  # the second piece would have to wait for long
    assert type(await failed(channel.deliver(PEER, message("a " * 4_000)))) is OutcomeUnknown
    assert len(server.sent(PERSON)) == 1


async def test_answers_typing_and_leaving_never_fail(
    server: Emulator, channel: TelegramChannel
) -> None:
    for wrong in (400, 403, 401, 429, 502, "close", "garbage"):
        server.fail("*", wrong, times=4)
        await channel.answer("none")
        await channel.typing(PEER)
        await channel.leave("-100555", "private only")
        server.heal()
    await channel.typing(PEER)
    assert server.chat(PERSON)["action"] == "typing"


# --- nothing of a person, nothing of the token ------------------------------------------------


def _all_of(error: BaseException | None) -> str:
    """Return everything an error shows, and what hangs on it."""
    if error is None:
        return ""
    shown = f"{error!r} {error} {error.args} {getattr(error, '__notes__', '')} {vars(error)}"
    return shown + _all_of(error.__cause__) + _all_of(error.__context__)


async def test_neither_token_nor_person_is_in_an_error_a_log_or_a_repr(
    server: Emulator, told: Surroundings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with logged(tmp_path / "log"):
        logging.getLogger().addHandler(caplog.handler)
        errors = await _everything_that_goes_wrong(server, told)
    records = [
        f"{r.getMessage()} {vars(r)} {_all_of(r.exc_info[1] if r.exc_info else None)}"
        for r in caplog.records
    ]
    shown = " ".join([*map(_all_of, errors), *records, text_of(tmp_path / "log")])
    assert len(errors) > 10
    assert all(error.__context__ is error.__cause__ is None for error in errors)
    assert len(caplog.records) > 3
    for canary in (TOKEN, "canaryToken", PEER, "Canary", "canary_handle", "secret words"):
        assert canary not in shown


async def _everything_that_goes_wrong(server: Emulator, told: Surroundings) -> list[BaseException]:
    errors: list[BaseException] = []
    for wrong in (400, 401, 403, 404, 409, 429, 500, 502, "close", "garbage", "hang"):
        for method in ("sendMessage", "deleteMessages", "editMessageText"):
            server.fail(method, wrong, seconds=1 if wrong == "hang" else 0)
            async with connected(server, told, patience=0.1) as connection:
                assert (
                    TOKEN
                    not in f"{connection!r} {connection.channel!r} {vars(connection.channel)['rate']!r}"
                )
                said = message("secret words", removes=("1",), replaces="2")
                try:
                    await connection.channel.deliver(PEER, said)
                except BotError as error:
                    errors.append(error)
            server.heal()
    return errors
