"""What staff write reaches the person at most once, in the right chat, and what became of it is kept."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.errors import (
    BotError,
    DeliveryFailed,
    KeyChanged,
    NotNow,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from bot.keyring import padded, unpadded
from bot.ports import Message
from storage.memory import MemoryStore
from storage.standing import PERSON, Answered, OutcomeChange, ReplyChange, ReplyRow, Standing
from storage.unit import Outcome, Unit
from tests.caseworker import PHRASE, TEXT, Caseworker, reported
from tests.line_made import LANGUAGES, Draws, Inbox, Watch, made
from tests.watched import Watched, new_keys


@dataclass
class Moody(Inbox):
    """An inbox whose app answers as it is told to, after it has shown the message or before."""

    answers: list[BotError | None] = field(default_factory=list)
    shows: bool = False
    attempts: int = 0

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        if not message.once:
            return await super().deliver(peer, message)
        self.attempts += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or self.shows:
            await super().deliver(peer, message)
        if answer is not None:
            raise answer
        return ()


def shown(inbox: Inbox, peer: str = "person") -> list[str]:
    """Return what staff have written, as it stands in a chat."""
    return [one.text for one in inbox.got.get(peer, []) if one.id == "reply"]


# --- how it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_phrase_comes_first_and_ours_under_it_in_the_language_of_the_reply(
    tmp_path: Path, language: str
) -> None:
    async with made(tmp_path) as line:
        await reported(line, language=1 + LANGUAGES.index(language))
        staff = Caseworker(line)
        case = await staff.writes(language=language)
        assert await line.app.followup.round() == 1
        [text] = shown(line.inbox)
        assert text.startswith(TEXT + "\n\n")
        render = line.app.intake.speaker.render
        assert render(language, "reply-comes") in text
        assert text.endswith(render(language, "reply-how", {"days": "14"}))
        assert await staff.outcomes() == ["sent"]
        [receipt] = await staff.receipts(case)
        assert (receipt.outcome, receipt.sequence, receipt.device) == ("sent", 1, b"device-1")
        assert receipt.imprint is not None
        assert receipt.imprint.has_words(text[: len(TEXT)])
        assert not receipt.imprint.has_words(text)
        standing = await staff.standing(case)
        assert standing is not None
        assert standing.answered is Answered.YES


async def test_a_reply_that_waits_from_before_imprints_is_sent_and_has_none(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff, store = Caseworker(line), line.app.store
        case, keyring = await staff.writes(), line.app.intake.keyring
        (head,) = await store.replies()
        row = await store.reply(head.id)
        assert row is not None
        told = json.loads(unpadded(keyring.replies.open(row.sealed, row.id)))
        del told["imprint"]
        older = replace(row, sealed=keyring.replies.seal(padded(json.dumps(told).encode()), row.id))
        change = ReplyChange(id=row.id, row=older, expected=False)
        await store.commit(Unit(day=row.day, replies=(change,)))
        assert await line.app.followup.round() == 1
        assert [one.imprint for one in await staff.receipts(case)] == [None]
        assert len(shown(line.inbox)) == 1


async def test_a_reply_goes_to_the_chat_of_its_case_and_to_no_other(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line, "anna")
        await reported(line, "bert")
        (first, _), (_, _) = await line.cases()
        staff = Caseworker(line)
        await staff.writes(case=1)
        await line.app.followup.round()
        peers = [peer for peer in line.inbox.got if shown(line.inbox, peer)]
        assert len(peers) == 1
        assert await staff.writes(case=0) == first.case
        await line.app.followup.round()
        assert {len(shown(line.inbox, peer)) for peer in ("anna", "bert")} == {1}


async def test_replies_to_one_person_come_in_order(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        for number in range(12):
            await staff.writes(f"{number:02} {PHRASE}")
        assert await line.app.followup.round() == 12
        assert [text[:2] for text in shown(line.inbox)] == [f"{n:02}" for n in range(12)]


# --- at most once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (OutcomeUnknown(), "unknown"),
        (TimeoutError(), "unknown"),
        (Refused(), "unknown"),
        (Unreachable(), "blocked"),
        (KeyChanged(), "key-changed"),
    ],
)
@pytest.mark.parametrize("shows", [True, False])
async def test_what_may_have_been_shown_is_never_sent_again(
    tmp_path: Path, answer: BotError, outcome: str, shows: bool
) -> None:
    inbox = Moody(answers=[answer], shows=shows)
    async with made(tmp_path, channels=[inbox]) as line:
        await reported(line)
        staff = Caseworker(line)
        case = await staff.writes()
        for _ in range(3):
            await line.app.followup.round()
            line.watch.forward(days=1)
        assert inbox.attempts == 1
        assert await staff.outcomes() == [outcome]
        assert [one.outcome for one in await staff.receipts(case)] == [outcome]
        assert await line.app.store.chats() == ()
        standing = await staff.standing(case) or Standing(case=case)
        perhaps = Answered.PERHAPS if outcome == "unknown" else Answered.NO
        assert standing.answered is perhaps
        await staff.writes()
        await line.app.followup.round()
        told = await staff.standing(case)
        assert told is not None
        assert told.answered is Answered.YES


@pytest.mark.parametrize("answer", [NotNow(30.0), DeliveryFailed("not sent")])
async def test_what_surely_showed_nothing_waits_and_is_sent_once(
    tmp_path: Path, answer: BotError
) -> None:
    inbox, ticks = Moody(answers=[answer, answer]), [0.0]
    async with made(tmp_path, channels=[inbox]) as line:
        line.app.followup.ticks = lambda: ticks[0]
        await reported(line)
        staff = Caseworker(line)
        await staff.writes()
        await line.app.followup.round()
        assert await staff.outcomes() == ["waiting"]
        await line.app.followup.round()
        assert inbox.attempts == 1  # it is not asked again at once
        for _ in range(4):
            ticks[0] += 300.0
            await line.app.followup.round()
        assert inbox.attempts == 3
        assert len(shown(inbox)) == 1
        assert await staff.outcomes() == ["sent"]


class Killed(Watched):
    """A store whose process dies at its nth unit: before that is kept, or just after."""

    def __init__(self, store: MemoryStore, at: int, *, after: bool) -> None:
        super().__init__(store)
        self.left, self.after = at, after

    async def commit(self, unit: Unit) -> Outcome:
        self.left -= 1
        if self.left == 0 and self.after:
            await super().commit(unit)
        if self.left <= 0:
            raise ConnectionError
        return await super().commit(unit)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("answers", [[], [OutcomeUnknown()], [NotNow(1.0)]])
async def test_a_kill_at_any_point_sends_nothing_twice(
    tmp_path: Path, at: int, after: bool, answers: list[BotError | None]
) -> None:
    keys = new_keys(tmp_path)
    store = MemoryStore(keys[0].identity.sign_bytes)
    delayed = any(isinstance(one, NotNow) for one in answers)
    inbox, watch = Moody(answers=list(answers), shows=not delayed), Watch()
    async with made(
        tmp_path, store=Kept(store).store, keys=keys, channels=[inbox], watch=watch
    ) as line:
        await reported(line)
        staff = Caseworker(line)
        signer, case = staff.signer, await staff.writes()
        dying = Killed(store, at, after=after).store
        line.app.followup.store = line.app.followup.windows.store = dying
        await line.app.followup.round()
    draws = Draws(b"again")
    async with made(
        tmp_path, store=store, keys=keys, channels=[inbox], watch=watch, draws=draws
    ) as line:
        line.app.followup.ticks = iter(range(0, 100_000, 400)).__next__
        for _ in range(6):
            await line.app.followup.round()
        staff = Caseworker(line, signer=signer)
        [outcome] = await staff.outcomes()
        assert outcome in {"sent", "unknown"}
        assert len(shown(inbox)) <= 1
        assert inbox.attempts <= 1 + delayed
        assert [one.outcome for one in await staff.receipts(case)] == [outcome]


class Kept(Watched):
    """A store that outlives its line."""

    async def close(self) -> None:
        """Stay open."""


# --- while its case goes --------------------------------------------------------------------------


class Slow(Moody):
    """An app that answers when it is let."""

    def __init__(self, **how: object) -> None:
        super().__init__(**how)  # type: ignore[arg-type]
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        if message.once:
            self.asked.set()
            await self.let.wait()
        return await super().deliver(peer, message)


@pytest.mark.parametrize("erased", [True, False])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(None, "sent"), (OutcomeUnknown(), "unknown"), (NotNow(1.0), "withdrawn")],
)
async def test_what_is_tried_while_its_case_goes_has_an_end(
    tmp_path: Path, answer: BotError | None, outcome: str, *, erased: bool
) -> None:
    inbox = Slow(answers=[answer])
    async with made(tmp_path, channels=[inbox]) as line:
        await reported(line)
        staff = Caseworker(line)
        case = await staff.writes()
        await staff.writes("One that waits behind it.")
        going = asyncio.create_task(line.app.followup.round())
        await inbox.asked.wait()
        await line.app.jobs.erasing.ask(case, PERSON, line.watch())
        if erased:
            line.watch.forward(hours=48)
            assert await line.app.jobs.erase() == 1
            assert await staff.outcomes() == ["unknown", "withdrawn"]
        inbox.let.set()
        await going
        for _ in range(3):
            line.watch.forward(minutes=10)
            await line.app.followup.round()
        assert await staff.outcomes() == [outcome, "withdrawn"]
        assert await line.app.store.replies() == ()
        assert await line.app.store.chats() == ()
        assert inbox.attempts == 1
        line.watch.forward(hours=48)
        await line.app.jobs.erase()
        assert not any(row.sealed for row in await line.app.store.journal(case))


async def test_what_was_tried_before_a_crash_has_an_end_when_its_case_is_gone(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff = Caseworker(line)
        case = await staff.writes()
        [head] = await line.app.store.replies()
        row = await line.app.store.reply(head.id)
        assert row is not None
        tried = ReplyChange(id=row.id, row=replace(row, attempting=True), expected=False)
        told = OutcomeChange(device=row.device, sequence=row.sequence, outcome="attempting")
        unit = Unit(day=line.watch().date(), replies=(tried,), outcomes=(told,))
        assert await line.app.store.commit(unit) is Outcome.COMMITTED
        await line.app.jobs.erasing.ask(case, PERSON, line.watch())
        line.watch.forward(hours=48)
        await line.app.jobs.erase()
        await line.app.followup.round()
        assert await staff.outcomes() == ["unknown"]
        assert shown(line.inbox) == []


# --- very many ------------------------------------------------------------------------------------


async def test_replies_to_an_app_that_is_off_keep_no_other_from_going(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        await reported(line)
        staff, many, keyring = Caseworker(line), 1_100, line.app.intake.keyring
        told = {"channel": "pigeon", "language": "en", "peer": "coop", "text": TEXT}
        rows = [
            ReplyRow(
                id=number.to_bytes(16),
                case=bytes(16),
                tag=number.to_bytes(32),
                device=b"device-2",
                sequence=number,
                day=line.watch().date(),
                sealed=keyring.replies.seal(padded(json.dumps(told).encode()), number.to_bytes(16)),
            )
            for number in range(1, many + 1)
        ]
        new = tuple(ReplyChange(id=row.id, row=row, expected=None) for row in rows)
        unit = Unit(day=line.watch().date(), replies=new)
        assert await line.app.store.commit(unit) is Outcome.COMMITTED
        await staff.writes()
        assert await line.app.followup.round() == 1
        assert len(shown(line.inbox)) == 1
        assert len(await line.app.store.replies()) == many
