"""What leaves a chat, and what stays: a person's message goes once its answer is kept."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.engine.events import Began, Chose, Edited, Event, Said, Sent, Unsupported
from bot.keyring import month_of
from bot.ports import Incoming, Message
from bot.posting import open_trace
from tests.line_made import Draws, Inbox, Made, Watch, made
from tests.reports import short
from tests.watched import new_keys

WORDS = "Two officers came to my parents' home."
FILE = "the only copy"


@dataclass
class Chat(Inbox):
    """A chat app in which messages can be removed; it counts them as Telegram does."""

    removes: bool = True
    vanishes: bool = True
    number: int = 0
    there: dict[str, str] = field(default_factory=dict)

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        for gone in message.removes:
            self.there.pop(gone, None)
        await super().deliver(peer, message)
        text = "\n".join(filter(None, (message.removed if message.removes else "", message.text)))
        if message.replaces in self.there:
            self.there[message.replaces] = text
            return ()
        return (self.add(text),) if text else ()

    def add(self, text: str) -> str:
        self.number += 1
        self.there[str(self.number)] = text
        return str(self.number)


@dataclass
class Writer:
    """Somebody who writes in that chat."""

    line: Made
    chat: Chat
    heard: list[Message] = field(default_factory=list)
    events: int = 0

    async def does(self, event: Event, shown: str = "") -> list[Message]:
        message = self.chat.add(shown) if shown else ""
        if isinstance(event, Chose):
            message = list(self.chat.there)[-1]
        self.events += 1
        come = Incoming(
            channel="test",
            peer="person",
            event_id=str(self.events),
            event=event,
            message="" if isinstance(event, Sent) else message,
        )
        await self.line.app.intake.receive(come)
        while await self.line.app.delivery.round():
            pass
        self.heard = self.chat.take("person")
        return self.heard

    async def says(self, text: str) -> list[Message]:
        return await self.does(Said(text=text), shown=text)

    async def comes_to(self, count: int) -> None:
        for text in ["/start", *short("en", words=WORDS)[:count]]:
            await self.says(text)


@pytest.fixture
async def writer(tmp_path: Path) -> object:
    chat = Chat()
    async with made(tmp_path, channels=[chat], sqlite=True) as line:
        yield Writer(line, chat)


async def test_a_kept_answer_leaves_the_chat_and_that_is_said(writer: Writer) -> None:
    await writer.comes_to(6)
    assert WORDS not in writer.chat.there.values()
    said = writer.heard[0]
    removed, not_removed = writer.line.app.intake.speaker.vanished("en", "test")
    assert (said.removed, said.not_removed) == (removed, not_removed)
    assert len(said.removes) == 1
    await writer.says("and they came again")
    assert [m.id for m in writer.heard] == ["kept"]
    assert (writer.heard[0].removed, writer.heard[0].not_removed) == ("", not_removed)
    assert len(writer.heard[0].removes) == 1


async def test_every_answer_that_was_typed_has_left_when_the_case_is_sent(writer: Writer) -> None:
    mine = ["/start", *short("en", words=WORDS)]
    await writer.comes_to(len(mine) - 1)
    assert [m.id for m in writer.heard] == ["sent", "end"]
    assert not set(mine) & set(writer.chat.there.values())


@pytest.mark.parametrize(
    "typed",
    [
        ["first words", "skip"],  # a bare word that is a command
        ["/language", "日本語"],
        ["/change", "1", "yes", "/review", "2", "5"],
        ["call 09012345678", "2"],
        ["stop", "no"],
    ],
)
async def test_a_choice_in_a_menu_leaves_without_a_word(writer: Writer, typed: list[str]) -> None:
    await writer.comes_to(6)
    for text in typed:
        await writer.says(text)
    assert not set(typed) & set(writer.chat.there.values())
    assert writer.heard[0].removed == ""


@pytest.mark.parametrize(
    "typed",
    [
        ["/pause", "I write on"],
        ["stop", "they told me, and I did not"],
        ["/language", "any that you like"],
        ["/review", "I am not sure"],
        ["/change", "the third one"],
    ],
)
async def test_words_that_no_menu_takes_stay(writer: Writer, typed: list[str]) -> None:
    await writer.comes_to(6)
    for text in typed:
        await writer.says(text)
    assert typed[-1] in writer.chat.there.values()


async def test_a_first_word_and_an_old_conversations_stay(writer: Writer) -> None:
    await writer.says("help me please")
    assert "help me please" in writer.chat.there.values()
    await writer.comes_to(9)
    intake = writer.line.app.intake
    form = replace(intake.form, version="2099010101")
    newer = replace(intake, form=form, replies=replace(intake.replies, form=form))
    object.__setattr__(writer.line.app, "intake", newer)
    await writer.says("Japan")
    assert [m.id for m in writer.heard] == ["restarted", "hello"]
    assert "Japan" in writer.chat.there.values()


async def test_what_was_not_kept_stays(writer: Writer) -> None:
    await writer.comes_to(7)
    refused = "this is none of the choices, and I wrote it with care"
    await writer.says(refused)
    assert writer.heard[0].id == "wrong-late"
    assert refused in writer.chat.there.values()


@pytest.mark.parametrize("event", [Said(text="/help"), Began(payload="c0de"), Unsupported()])
async def test_a_command_and_a_place_leave_without_a_word(writer: Writer, event: Event) -> None:
    await writer.comes_to(6)
    await writer.does(event, shown="secret")
    assert "secret" not in writer.chat.there.values()
    assert (writer.heard[0].removed, writer.heard[0].not_removed) == ("", "")


async def test_a_file_is_never_taken_out_unasked(writer: Writer) -> None:
    await writer.comes_to(6)
    await writer.does(Sent(), shown=FILE)
    await writer.does(Sent(voice=True), shown=FILE)
    await writer.says("/wipe")
    await writer.says("/stop")
    assert list(writer.chat.there.values()).count(FILE) == 2


async def test_an_edit_takes_nothing_out(writer: Writer) -> None:
    await writer.comes_to(6)
    await writer.does(Edited(text="changed"), shown="changed")
    assert "changed" in writer.chat.there.values()


async def test_a_tick_changes_the_prompt_in_its_place(writer: Writer) -> None:
    await writer.comes_to(7)
    prompt = writer.heard[-1]
    count = len(writer.chat.there)
    await writer.does(Chose(revision=prompt.revision, pick="2"))
    (ticked,) = writer.heard
    assert ticked.replaces
    assert [option.ticked for option in ticked.options].count(True) == 1
    assert len(writer.chat.there) == count
    await writer.does(Chose(revision=ticked.revision, pick="more"))
    assert writer.heard[0].replaces
    await writer.does(Chose(revision=prompt.revision, pick="1"))  # a button of before
    assert [message.id for message in writer.heard] == ["already", "q-A2"]
    assert not any(message.replaces for message in writer.heard)


async def test_stopping_empties_the_chat_but_for_what_it_says(writer: Writer) -> None:
    await writer.comes_to(9)
    await writer.says("/stop")
    (last,) = writer.chat.there.values()
    assert writer.heard[-1].id == "stopped"
    assert writer.heard[-1].text in last
    assert await writer.line.app.store.letters() == ()


@pytest.mark.parametrize("typed", ["/stop", "/wipe"])
async def test_a_draft_that_ended_with_the_process_still_has_its_chat_emptied(
    tmp_path: Path, typed: str
) -> None:
    chat, keys, watch = Chat(), new_keys(tmp_path), Watch()
    parts = {
        "keys": keys,
        "watch": watch,
        "channels": [chat],
        "sqlite": True,
        "drafts": "ephemeral",
    }
    async with made(tmp_path, **parts) as line:  # type: ignore[arg-type]
        await Writer(line, chat).comes_to(9)
    assert len(chat.there) > 3
    async with made(tmp_path, draws=Draws(b"after"), **parts) as line:  # type: ignore[arg-type]
        writer = Writer(line, chat, events=100)
        await writer.says(typed)
        assert writer.heard[-1].wipe
        assert len(chat.there) <= 2  # what it says, and what it says of the restart
        tag = line.app.intake.keyring.tag("test", "person", month_of(watch().date()))
        assert await line.app.store.chat(tag) is None


async def test_a_case_code_leaves_when_it_led_somewhere(writer: Writer) -> None:
    await writer.comes_to(6)
    await writer.says("/pause")
    said = " ".join(message.text for message in writer.heard)
    (code,) = re.findall(r"(?:[0-9]{4} ){4}[0-9]{4}", said)
    await writer.says(code)
    assert code not in writer.chat.there.values()
    await writer.says("/stop")
    await writer.says(code)
    assert [m.id for m in writer.heard] == ["code-wrong"]
    assert code in writer.chat.there.values()


async def test_in_an_app_that_takes_only_its_own_messages_out_the_persons_stay(
    tmp_path: Path,
) -> None:
    chat = Chat(vanishes=False)
    async with made(tmp_path, channels=[chat], sqlite=True) as line:
        writer = Writer(line, chat)
        await writer.comes_to(9)
        assert WORDS in chat.there.values()
        assert not any(message.removes for message in writer.heard)
        await writer.says("/stop")
        mine = {"/start", WORDS, "/stop"}
        assert mine <= set(chat.there.values())
        assert len(chat.there) == 10 + 1 + 1  # what the person wrote, and the last word


async def test_after_sending_the_chat_is_emptied_when_asked(writer: Writer) -> None:
    await writer.comes_to(13)
    assert [m.id for m in writer.heard] == ["sent", "end"]
    (offer,) = writer.heard[-1].actions
    assert (offer.pick, len(writer.chat.there) > 5) == ("wipe", True)
    await writer.does(Chose(revision=writer.heard[-1].revision, pick=offer.pick))
    (last,) = writer.chat.there.values()
    assert last == writer.heard[-1].removed
    today = writer.line.watch().date()
    tag = writer.line.app.intake.keyring.tag("test", "person", month_of(today))
    assert await writer.line.app.store.traces(tag) == (await writer.line.app.store.traces(tag))[-1:]


async def test_a_chat_is_emptied_over_the_turn_of_a_month(writer: Writer) -> None:
    writer.line.watch.forward(days=8, hours=14, minutes=50)  # 30 November, ten to midnight
    await writer.comes_to(13)
    writer.line.watch.forward(minutes=20)
    await writer.says("/wipe")
    assert list(writer.chat.there.values()) == [writer.heard[-1].removed]


async def test_a_draft_that_is_over_takes_its_chat_along(writer: Writer) -> None:
    await writer.comes_to(6)
    writer.line.watch.forward(hours=41)
    await writer.line.app.jobs.timers()
    while await writer.line.app.delivery.round():
        pass
    assert len(writer.chat.there) == 1


async def test_without_vanish_what_was_said_stays_until_the_chat_is_emptied(tmp_path: Path) -> None:
    chat = Chat()
    async with made(tmp_path, channels=[chat], vanish=False) as line:
        writer = Writer(line, chat)
        await writer.comes_to(9)
        assert WORDS in chat.there.values()
        await writer.says("/wipe")
        assert WORDS not in chat.there.values()
        assert [m.id for m in writer.heard] == ["wiped", "q-A4"]


async def test_traces_hold_numbers_and_nothing_else(writer: Writer) -> None:
    await writer.comes_to(9)
    today = writer.line.watch().date()
    keyring = writer.line.app.intake.keyring
    rows = await writer.line.app.store.traces(keyring.tag("test", "person", month_of(today)))
    assert rows
    assert {open_trace(keyring, row.sealed) for row in rows} <= set(map(str, range(100)))
    assert {len(row.sealed) for row in rows} == {len(rows[0].sealed)}
