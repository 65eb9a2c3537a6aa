"""Whoever deletes a message has its answer erased while it is unsent, and is told when it is not."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.engine.events import Deleted, Drop, Edited, Event, Said, Say, Sent
from bot.engine.machine import step
from bot.engine.state import Mode, State, decode, encode
from bot.ports import Incoming, Media
from storage.rows import BlobState
from tests.depots import Drawer
from tests.line_made import Inbox, Made, made
from tests.reports import short
from tests.test_fetching import PHOTO, line_of
from tests.test_machine import NOW
from tests.test_machine_files import FILES, OPENED, PHRASE, STORY, said_in, state_after

SECRET, MORE = "It was my uncle.", "And it rained."


@dataclass
class Person:
    """Somebody in an app that tells when a message was changed or deleted."""

    line: Made
    number: int = 0

    async def does(self, event: Event, about: int = 0, media: Media | None = None) -> list[str]:
        self.number += 1
        incoming = Incoming(
            channel=self.line.inbox.name,
            peer="person",
            event_id=str(self.number),
            event=event,
            media=media,
            source=str(self.number),
            about=str(about) if about else "",
        )
        await self.line.app.intake.receive(incoming)
        await self.line.deliver()
        return [message.id for message in self.line.inbox.take("person")]

    async def says(self, text: str) -> int:
        """Say something; return what the app calls the message."""
        await self.does(Said(text=text))
        return self.number

    async def deletes(self, message: int) -> list[str]:
        return await self.does(Deleted(), about=message)

    async def comes_to_words(self) -> None:
        for text in ["/start", *short("en")[:5]]:
            await self.says(text)

    async def state(self) -> State:
        tag = self.line.app.intake.chats.tag("test", "person", self.line.watch().date())
        row = await self.line.app.store.chat(tag)
        place = None if row is None else self.line.app.intake.chats.open(row)
        assert place is not None
        return place.state


async def test_the_answer_of_a_deleted_message_is_erased_and_the_others_stay(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = Person(line)
        await person.comes_to_words()
        first, second = await person.says(SECRET), await person.says(MORE)
        state = await person.state()
        assert state.answered["A1", 0] == 2
        before = len(await line.app.store.drafts(state.case))
        assert await person.deletes(first) == ["erased-change", "q-A1"]
        assert len(await line.app.store.drafts(state.case)) == before - 1
        assert await person.deletes(first) == ["unsent", "q-A1"]
        assert await person.deletes(second) == ["erased", "q-A1"], "asked again: nothing is left"
        assert len(await line.app.store.drafts(state.case)) == before - 2
        assert (await person.state()).answered.get(("A1", 0)) is None


async def test_an_answer_that_was_given_anew_is_not_erased_with_the_old_message(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = Person(line)
        await person.comes_to_words()
        old = await person.says(SECRET)
        await person.says("/done")
        await person.says("/back")
        new = await person.says(MORE)
        kept = len(await line.app.store.drafts((await person.state()).case))
        assert "unsent" in await person.deletes(old)
        assert len(await line.app.store.drafts((await person.state()).case)) == kept
        assert "erased" in await person.deletes(new)


async def test_a_message_that_was_changed_is_known_by_both_its_names(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = Person(line)
        await person.comes_to_words()
        first = await person.says(SECRET)
        assert "edited" in await person.does(Edited(text="x"), about=first)
        assert "erased" in await person.deletes(person.number)
        assert "unsent" in await person.deletes(first)


@pytest.mark.parametrize("fetched", [False, True])
async def test_the_file_of_a_deleted_message_is_erased(tmp_path: Path, fetched: bool) -> None:
    drawer = Drawer("test")
    async with line_of(tmp_path, drawer) as line:
        person = Person(line)
        await person.comes_to_words()
        media = Media(reference=drawer.put("1", PHOTO), kind="photo")
        await person.does(Sent(), media=media)
        photo = person.number
        if fetched:
            await line.fetch()
        case = (await person.state()).case
        assert "erased" in await person.deletes(photo)
        assert await line.app.store.fetches_of(case) == ()
        there = [one for one in await line.app.store.blobs(case) if one.state is BlobState.KEPT]
        assert there == []
        assert await line.app.store.drafts(case) != ()
        await line.app.fetching.bury()
        assert await line.app.store.blobs(case) == ()


async def test_after_sending_it_is_told_once_that_what_was_sent_stays(tmp_path: Path) -> None:
    inbox = Inbox(removes=True)
    async with made(tmp_path, channels=[inbox]) as line:
        person = Person(line)
        for text in ["/start", *short("ja", words=SECRET)]:
            await person.says(text)
        line.inbox.take("person")
        person.number += 1
        incoming = Incoming(channel="test", peer="person", event_id="d", event=Deleted(), about="7")
        await line.app.intake.receive(incoming)
        await line.deliver()
        (told,) = line.inbox.take("person")
        assert (told.id, told.language) == ("deleted-sent", "ja")
        assert await person.deletes(8) == []


@pytest.mark.parametrize("last", ["/stop", "/wipe"])
async def test_who_has_emptied_the_chat_is_told_nothing_more(tmp_path: Path, last: str) -> None:
    inbox = Inbox(removes=True)
    async with made(tmp_path, channels=[inbox]) as line:
        person = Person(line)
        await person.comes_to_words()
        words = await person.says(SECRET)
        if last == "/wipe":
            for text in short("en")[6:]:
                await person.says(text)
        line.inbox.got.clear()
        await person.says(last)
        assert await person.deletes(words) == []


# --- where the conversation goes on -----------------------------------------------------------------


def erased(asked: list[Event], key: tuple[str, int], part: int = 0) -> tuple[State, list[str]]:
    before, _ = state_after(asked)
    deleted = Deleted(parts=((key, part),))
    after, effects = step(FILES, before, deleted, now=NOW, draw=bytes(32))
    assert Drop(key=key, part=part) in effects
    return after, said_in(effects)


ANSWERED: list[Event] = [
    *OPENED, Said(text="words"), Said(text="/done"), Said(text="phrase"),
]  # fmt: skip


def test_what_is_needed_is_asked_again_also_from_the_review() -> None:
    after, said = erased([*ANSWERED, Said(text="/review")], ("ok", 0))
    assert (after.mode, after.at, said) == (Mode.ASKING, ("ok", 0), ["erased"])
    assert ("ok", 0) not in after.codes


def test_what_could_be_left_out_is_as_if_it_had_been() -> None:
    after, said = erased([*ANSWERED, Said(text="/review")], PHRASE)
    assert (after.mode, after.answered[PHRASE], said) == (Mode.REVIEW, 0, ["erased-change"])


def test_the_open_question_is_asked_again() -> None:
    after, said = erased([*OPENED, Said(text="words")], STORY)
    assert (after.mode, after.at, said) == (Mode.ASKING, STORY, ["erased"])


def test_a_pause_stays_one_and_nothing_is_sent_without_what_is_needed() -> None:
    paused: list[Event] = [*ANSWERED, Said(text="/review"), Said(text="/pause")]
    after, said = erased(paused, ("ok", 0))
    assert (after.mode, said) == (Mode.PAUSED, ["erased"])
    back, _ = step(FILES, after, Said(text="hello"), now=NOW, draw=bytes(32))
    assert (back.mode, back.at) == (Mode.ASKING, ("ok", 0))


def test_a_doubt_goes_with_the_words_in_doubt_and_not_with_others() -> None:
    doubted: list[Event] = [*OPENED, Said(text="words"), Said(text="my passport E12345678")]
    after, _ = erased(doubted, STORY, part=1)
    assert after.mode is Mode.ASKING
    after, _ = erased(doubted, STORY, part=0)
    assert after.mode is Mode.DOUBT


def test_who_adds_is_told_that_it_stays() -> None:
    state = State(form="files", version="1", sha256="0" * 64, revision=3, mode=Mode.ADDING,
                  language="en", adds=b"c" * 16)  # fmt: skip
    _, effects = step(FILES, state, Deleted(), now=NOW, draw=bytes(32))
    assert Say(id="deleted-sent") in effects


def test_a_state_of_before_there_were_origins_is_read() -> None:
    state, _ = state_after(ANSWERED)
    version, *rest, origins, window, offered, unheard = json.loads(encode(state))
    assert (version, origins, window, offered, unheard) == (7, [], False, False, False)
    assert decode(json.dumps([3, *rest]).encode()) == state
